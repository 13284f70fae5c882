"""Calls of an operation, and raw requests."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any, NamedTuple
from urllib.parse import quote, urlencode

import msgspec

from emulator.core.errors import Json
from emulator.server.contract import Operation
from emulator.stories.api import Surface
from emulator.stories.client import DEFAULT_TIMEOUT, Answer, Broken, Unreachable
from emulator.stories.matching import Difference, differences
from emulator.stories.play import Failed, Play, Scope, capture, span_of
from emulator.stories.variables import as_text
from emulator.stories.words import nearest, shown

_JSON = "application/json"
_FORM = "application/x-www-form-urlencoded"
_NOBODY = "none"
_MOST_SHOWN = 1500


class Caller(NamedTuple):
    """Who calls: an account's card and which of its credentials, or headers in their place."""

    card: Mapping[str, Any]
    scheme: str | None
    headers: dict[str, str] | None


class Sending(NamedTuple):
    """What is sent."""

    method: str
    url: str
    headers: Mapping[str, str]
    raw: bytes | None


async def call(play: Play, step: Mapping[str, Any], scope: Scope) -> None:
    """Call an operation, and hold the answer against what is expected and against the contract."""
    api = play.api(step)
    if step["operation"] not in api.operation_ids:
        raise Failed(f"{api.name} has no operation {step['operation']}{nearest(step['operation'], api.operation_ids)}")
    operation = api.operation(step["operation"])
    caller = await _caller(play, api.name, step.get("as"))
    url, headers = _address(api, operation, step.get("parameters", {}), caller.card)
    raw: bytes | None = None
    if "body" in step:
        content_type, raw = _body(operation, step["body"])
        headers["Content-Type"] = content_type
    headers = {
        **headers,
        **_credential(caller, operation.security),
        **play.world.headers,
        **_texts(step.get("headers", {})),
    }
    url = await play.base_url(api.name) + url
    answer = await _ask(play, Sending(operation.method, url, headers, raw), step)
    if answer is not None:
        if play.judges:
            _judge(answer, step.get("expect", {}), api, operation)
        capture(scope, step.get("capture", {}), answer)


async def request(play: Play, step: Mapping[str, Any], scope: Scope) -> None:
    """Send any request, and hold the answer against what is expected."""
    headers: dict[str, str] = {}
    url = step.get("url")
    if url is None:
        api = step.get("api", play.story.api)
        url = await play.base_url(api) + step["path"]
        # Nobody is asked for a credential, unless the step says so.
        caller = await _caller(play, api, step.get("as", _NOBODY))
        headers = {**_credential(caller, tuple(caller.card.get("credentials", ()))), **play.world.headers}
    if "query" in step:
        url += ("&" if "?" in url else "?") + urlencode(_texts(step["query"]))
    raw: bytes | None = step["text"].encode() if "text" in step else None
    if "body" in step:
        raw = msgspec.json.encode(step["body"])
        headers["Content-Type"] = _JSON
    headers = {**headers, **_texts(step.get("headers", {}))}
    answer = await _ask(play, Sending(step["method"], url, headers, raw), step)
    if answer is not None:
        if play.judges:
            _judge(answer, step.get("expect", {}), None, None)
        capture(scope, step.get("capture", {}), answer)


async def _ask(play: Play, sending: Sending, step: Mapping[str, Any]) -> Answer | None:
    """The answer; None if there was to be none, and was none. Raises `Failed`."""
    expected: str | None = step.get("expect", {}).get("broken")
    timeout: timedelta = span_of(step["timeout"]) if "timeout" in step else DEFAULT_TIMEOUT
    try:
        answer = await play.client.ask(
            sending.method, sending.url, headers=sending.headers, body=sending.raw, timeout=timeout
        )
    except Broken as error:
        if expected in ("any", error.how) or not play.judges:
            return None
        wanted = "an answer" if expected is None else f"the connection to end: {expected}"
        raise Failed("no whole answer came", [Difference("connection", wanted, error.how)]) from None
    except Unreachable as error:
        if sending.url.startswith(play.world.url):
            raise
        raise Failed(str(error)) from None
    if expected is not None and play.judges:
        raise Failed("an answer came, and none was expected", [], came=_shown(answer))
    return answer


def _judge(answer: Answer, expect: Mapping[str, Any], api: Surface | None, operation: Operation | None) -> None:
    found = _differences(answer, expect)
    if found:
        raise Failed(f"the answer {answer.status} is not as expected", found, came=_shown(answer))
    if api is None or operation is None or not expect.get("contract", True):
        return
    problems = api.answer_problems(operation.id, answer.status, answer.body, answer.content_type or _JSON)
    if problems:
        found = [Difference("contract", "an answer that fits it", problem) for problem in problems]
        raise Failed("the answer breaks the contract", found, came=_shown(answer))


def _differences(answer: Answer, expect: Mapping[str, Any]) -> list[Difference]:
    found: list[Difference] = []
    wanted: list[str | int] | str | int = expect.get("status", "2xx")
    statuses = wanted if isinstance(wanted, list) else [wanted]
    if not any(_is_status(each, answer.status) for each in statuses):
        found.append(Difference("status", " or ".join(map(str, statuses)), str(answer.status)))
    if "headers" in expect:
        lowered = {name.lower(): _header(value) for name, value in expect["headers"].items()}
        found += differences(lowered, dict(answer.headers), "headers")
    if "body" in expect:
        found += differences(expect["body"], answer.body, "body")
    if "text" in expect:
        found += differences(expect["text"], answer.text, "text")
    return found


def _is_status(wanted: str | int, status: int) -> bool:
    text = str(wanted)
    return text == str(status) or (text.endswith("xx") and text[0] == str(status)[0])


def _header(value: Json) -> Json:
    # Headers are text, and people write numbers.
    return value if isinstance(value, str | dict) else as_text(value)


def _address(
    api: Surface, operation: Operation, given: Mapping[str, Json], card: Mapping[str, Any]
) -> tuple[str, dict[str, str]]:
    """Path with query, and headers, with every parameter in its place. Raises `Failed` for a path without its own."""
    path, query, headers = operation.path, list[tuple[str, str]](), dict[str, str]()
    for name, place in api.parameters(operation.id):
        value = given.get(name, _own(card, name) if place == "path" else None)
        if place == "path":
            if value is None:
                raise Failed(f"{operation.id} needs the parameter {name}")
            path = path.replace(f"{{{name}}}", quote(as_text(value), safe=""))
        elif value is not None and place == "query":
            query += [(name, as_text(each)) for each in (value if isinstance(value, list) else [value])]
        elif value is not None:
            headers[name] = as_text(value)
    return f"{path}?{urlencode(query)}" if query else path, headers


def _own(card: Mapping[str, Any], name: str) -> Json:
    """What the account's card offers for a parameter of a path."""
    return card.get("parameters", {}).get(name)


def _body(operation: Operation, body: Json) -> tuple[str, bytes]:
    if _FORM in operation.content_types and _JSON not in operation.content_types and isinstance(body, dict):
        return _FORM, urlencode(_texts(body)).encode()
    return _JSON, msgspec.json.encode(body)


def _texts(members: Mapping[str, Json]) -> dict[str, str]:
    return {name: as_text(value) for name, value in members.items()}


async def _caller(play: Play, api: str, chosen: Any) -> Caller:  # noqa: ANN401 - as the schema has it
    """Who calls: nobody, an account, or whoever these headers belong to."""
    if chosen == _NOBODY:
        return Caller({}, None, {})
    if isinstance(chosen, str) or chosen is None:
        name, _, environment = (chosen or "").partition("/")
        return Caller(await play.card(api, name or None, environment or None), None, None)
    members: dict[str, Any] = chosen
    headers: dict[str, str] | None = members.get("headers")
    if headers is not None:
        return Caller({}, None, headers)
    card = await play.card(api, members.get("account"), members.get("environment"))
    return Caller(card, members.get("scheme"), None)


def _credential(caller: Caller, schemes: Sequence[str]) -> dict[str, str]:
    """The headers that prove who calls, in the first of these ways that the account has."""
    if caller.headers is not None or not caller.card:
        return caller.headers or {}
    credentials: Mapping[str, Any] = caller.card["credentials"]
    wanted = schemes if caller.scheme is None else (caller.scheme,)
    fitting = (credentials[each]["headers"] for each in wanted if each in credentials)
    return next(fitting, dict[str, str]())


def _shown(answer: Answer) -> str:
    headers = "".join(f"\n{name}: {value}" for name, value in answer.headers.items())
    body = answer.text if answer.body is None else shown_body(answer.body)
    return f"{answer.status}{headers}\n\n{body[:_MOST_SHOWN]}"


def shown_body(body: Json) -> str:
    """A JSON body as people read it."""
    text = msgspec.json.format(msgspec.json.encode(body), indent=2).decode()
    return text if len(text) <= _MOST_SHOWN else shown(body)
