"""Recorded traffic, of ours, of a browser or of another tool, held against a contract: drift."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import msgspec

from emulator.control.redaction import REDACTED
from emulator.core.errors import InvalidFields, Json, MethodNotAllowed, UnknownPath
from emulator.harness.contracts.curl import as_curl
from emulator.harness.contracts.findings import WRONG_INPUT, Finding, Result
from emulator.harness.har_file import BadHar, RecordedCall, Recording, read_recording
from emulator.server.contract import Contract, Match, contract_names, load_contract
from emulator.server.contract.references import find, resolve
from emulator.stories.words import nearest

_CONTROL = "control"
_JSON = "application/json"
_MOST_SHOWN = 1000
CALLS = "recorded calls"
"""Under this word `Result.cases` counts what was checked."""


class _Found(NamedTuple):
    """An operation at a place: `base` is what stands before its path."""

    api: str
    base: str
    match: Match | None


@dataclass(frozen=True)
class HarCheck:
    """One result for each API that the file has calls of; `strangers` counts calls to anything else, by origin.

    `damage` says what is wrong with the file, if it could be read in part.
    """

    results: Sequence[Result]
    strangers: Mapping[str, int] = field(default_factory=dict[str, int])
    damage: str | None = None

    @property
    def left_out(self) -> int:
        """How many calls were not checked."""
        return sum(self.strangers.values())

    @property
    def trouble(self) -> str | None:
        """Why the file as a whole was not checked, if it was not."""
        if self.damage is not None:
            return self.damage
        if self.results:
            return None
        return "there is no call in it to an API that a contract here describes"

    @property
    def exit_status(self) -> int:
        """0 everything holds, 1 there are findings, 2 the file is damaged, or nothing in it could be checked."""
        if self.trouble is not None:
            return WRONG_INPUT
        return 1 if any(each.findings for each in self.results) else 0


def check_har(path: Path, api: str | None = None) -> HarCheck:
    """Check all calls of a file, or those that are of one API. Raises `BadHar`."""
    return check_recording(read_recording(path), api)


def check_recording(recording: Recording, api: str | None = None) -> HarCheck:
    """Check the calls of a recording. Raises `BadHar` for an unknown API, and where several fit."""
    known = [name for name in contract_names() if name != _CONTROL]
    if api is not None and api not in contract_names():
        raise BadHar(f"there is no API {api}{nearest(api, known)}")
    places = _Places([api] if api is not None else known, recording)
    results: dict[str, Result] = {}
    strangers: Counter[str] = Counter()
    for call in recording.calls:
        found = places.find(call)
        if found is None:
            strangers[call.origin] += 1
        else:
            _judge(results.setdefault(found.api, Result(found.api, load_contract(found.api).title)), call, found)
    return HarCheck(list(results.values()), strangers, recording.damage)


def _judge(result: Result, call: RecordedCall, found: _Found) -> None:
    result.cases[CALLS] += 1
    for finding in _findings(load_contract(found.api), call, found):
        result.add(finding)
    if found.match is not None:
        result.operations = tuple(dict.fromkeys((*result.operations, found.match.operation.id)))
    if call.answer is None:
        result.notes.append(f"{call.method} {call.url}: no answer was recorded")


class _Places:
    """Which API stands where in a recording: decided once for each origin and prefix, from all calls together."""

    def __init__(self, apis: Sequence[str], recording: Recording) -> None:
        self._contracts = {name: load_contract(name) for name in apis}
        self._hosts = {host: name for name, each in self._contracts.items() for host in _hosts(each)}
        self._owners: dict[str, str] = {}
        votes: dict[str, Counter[str]] = {}
        for call in recording.calls:
            for found in self._shortest(call):
                votes.setdefault(found.base, Counter())[found.api] += self._weight(found, call)
        for base, counted in votes.items():
            best = (+counted).most_common(2)
            if not best:
                continue
            if len(best) == 2 and best[0][1] == best[1][1]:
                names = " or ".join(name for name, _ in best)
                raise BadHar(f"{recording.file}: the calls to {base} can be of {names}; say which with --api")
            self._owners[base] = best[0][0]

    def find(self, call: RecordedCall) -> _Found | None:
        """The API of a call and its operation; None for a call to anything else."""
        for found in self._shortest(call):
            if self._owners.get(found.base) == found.api:
                return found
        # Below an API's address, only what talks as an API does is one of its operations.
        owner = next((each for each in self._owners.items() if call.url.startswith(f"{each[0]}/")), None)
        talks = call.answer is not None and "json" in call.answer.content_type and call.answer.status < 400
        return _Found(owner[1], owner[0], None) if owner is not None and talks else None

    def _shortest(self, call: RecordedCall) -> list[_Found]:
        """The candidates with the most of the path: one API's whole path can end like another's."""
        every = [*self._candidates(call)]
        return [each for each in every if each.base == every[0].base]

    def _candidates(self, call: RecordedCall) -> Iterator[_Found]:
        segments = call.path.split("/")
        for place in range(1, len(segments)):
            path = ("/" + "/".join(segments[place:])).encode()
            for name, contract in self._contracts.items():
                try:
                    match = contract.match(call.method, path)
                except (UnknownPath, MethodNotAllowed):
                    continue
                yield _Found(name, call.origin + "/".join(segments[:place]), match)

    def _weight(self, found: _Found, call: RecordedCall) -> int:
        """How much a call says: its host or the prefix names the API, or the answer fits its contract.

        Nothing, where any page of the web would fit as well.
        """
        named = self._hosts.get(urlsplit(call.url).hostname or "") == found.api
        named = named or found.base.endswith(f"/{found.api}")
        if not named and (call.answer is None or "json" not in call.answer.content_type):
            return 0
        fits = not [*_findings(self._contracts[found.api], call, found)]
        return (100_000 if named else 0) + (10 if fits else 1)


def _hosts(contract: Contract) -> Iterator[str]:
    for server in contract.document.get("servers", ()):
        host = urlsplit(str(server["url"])).hostname
        if host is not None:
            yield host


def _findings(contract: Contract, call: RecordedCall, found: _Found) -> Iterator[Finding]:
    answer, api, match = call.answer, found.api, found.match
    if match is None:
        asked = f"{call.method} {call.path[len(urlsplit(found.base).path) :]}"
        said = f"{asked} is answered, and the contract has no such operation"
        yield _finding(api, asked, "documented_operation", "An undocumented operation", said, call)
        return
    if answer is None:
        return
    id = match.operation.id
    responses = _responses(contract, match)
    declared = next(
        (key for key in (str(answer.status), f"{answer.status // 100}XX", "default") if key in responses), None
    )
    if declared is None:
        said = f"it answers {answer.status}; the contract has {', '.join(responses)}"
        yield _finding(api, id, "documented_status", f"The undocumented status {answer.status}", said, call)
    else:
        yield from _answer(api, contract, call, match, responses[declared])
    if answer.status < 300:
        yield from _request(api, call, match)


def _responses(contract: Contract, match: Match) -> Mapping[str, Any]:
    operation = match.operation
    return find(contract.document, ("paths", operation.path, operation.method.lower(), "responses"))[1]


def _answer(api: str, contract: Contract, call: RecordedCall, match: Match, response: Any) -> Iterator[Finding]:  # noqa: ANN401 - a document's
    answer, id = call.answer, match.operation.id
    assert answer is not None
    described = resolve(contract.document, response)
    for name, header in described.get("headers", {}).items():
        if resolve(contract.document, header).get("required", False) and name.lower() not in answer.headers:
            said = f"the answer {answer.status} has no header {name}"
            yield _finding(api, id, "documented_headers", f"The header {name} is missing", said, call)
    if not answer.raw_body and not described.get("content"):
        return
    body, is_json = _json(answer.raw_body)
    if "json" in answer.content_type and not is_json:
        said = "the body is no JSON, though its content type says so"
        if answer.raw_body:
            yield _finding(api, id, "answer_fits", "The body is no JSON", said, call)
            return
        # Tools leave bodies out, of cached answers for example.
        return
    for problem in contract.reply_problems(id, answer.status, body, answer.content_type or _JSON):
        if REDACTED not in problem:
            title = f"The answer {answer.status} does not fit: {_subject(problem)}"
            yield _finding(api, id, "answer_fits", title, problem, call)


def _request(api: str, call: RecordedCall, match: Match) -> Iterator[Finding]:
    """What the provider accepted, though the contract refuses it."""
    operation, id = match.operation, match.operation.id
    problems: list[Any] = []
    try:
        operation.read_query(urlsplit(call.url).query.encode())
    except InvalidFields as error:
        problems += error.problems
    kind = call.headers.get("content-type", "").partition(";")[0].strip().lower()
    body, is_json = _json(call.body or b"")
    if call.body and is_json and "json" in (kind or _JSON):
        try:
            operation.check_body(body, kind)
        except InvalidFields as error:
            problems += error.problems
    for problem in problems:
        if REDACTED in str(problem.value):
            continue
        where = ".".join(map(str, problem.path)) or "the whole"
        said = f"it accepts {where} = {problem.value!r:.100}, which breaks the contract: {problem.rule}"
        title = f"It accepts what the contract refuses: {where}"
        yield _finding(api, id, "request_refused", title, said, call)


def _finding(api: str, operation: str, check: str, title: str, message: str, call: RecordedCall) -> Finding:
    answer = call.answer
    return Finding(
        api=api,
        operation=operation,
        check=check,
        title=title,
        message=f"{message} (call {call.number} of the recording)",
        curl=as_curl(call.method, call.url, call.headers, call.body),
        status=answer.status if answer is not None else None,
        answer=answer.text[:_MOST_SHOWN] if answer is not None else "",
    )


def _subject(problem: str) -> str:
    """The place and the rule of a problem, without the value, which is another each time."""
    return problem.partition(", got ")[0]


def _json(raw: bytes) -> tuple[Json, bool]:
    try:
        return (msgspec.json.decode(raw), True) if raw else (None, False)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None, False
