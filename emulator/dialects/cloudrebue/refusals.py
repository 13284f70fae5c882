"""Refusals -> envelopes: whole answers, and the elements of a batch that failed."""

from collections.abc import Mapping, Sequence
from math import ceil
from typing import TypeGuard

from emulator.core.errors import (
    AlreadyExists,
    FieldProblem,
    Forbidden,
    InvalidFields,
    Json,
    MessagingError,
    MethodNotAllowed,
    RateLimited,
)
from emulator.dialects.cloudrebue.auth import longest_wait
from emulator.dialects.cloudrebue.numbers import operator_of
from emulator.dialects.cloudrebue.parse import whole
from emulator.dialects.cloudrebue.render import Body, contact_body
from emulator.dialects.cloudrebue.vocabulary import (
    ERRORS,
    FIELD_TEXTS,
    FORBIDDEN,
    MEMBER_TEXTS,
    ROOT_TEXT,
    ROOT_TEXTS,
    TYPE_WORDS,
)
from emulator.server.dialect import Call, RawHeaders, Reply, json_reply


def render_error(error: MessagingError, call: Call) -> Reply:
    """A refusal in this API's envelope; only a duplicate contact's carries `data`."""
    row = ERRORS[type(error)]
    body: Body = {"status": False, "message": _message(error)}
    existing = call.world.store.resources.get(error.id) if isinstance(error, AlreadyExists) else None
    if existing is not None:
        body["message"] = f"Contact with this phone number {existing.key} already exists."
        # Lower case here and nowhere else. Source: rebuetext documentation, "Address book", read 2026-11.
        body["data"] = {**contact_body(existing), "operator": operator_of(existing.key or "")}
    return json_reply(row.status, body, _error_headers(error, call))


def failed_element(error: MessagingError, item: Json) -> Body:
    """The answer to an object of a batch that was not queued: the first text of what it would have been told alone."""
    members: Mapping[str, Json] = item if isinstance(item, dict) else {}
    return {
        "status": False,
        "message": _first_text(error),
        "data": {"correlator": _echo(members.get("correlator")), "phone": _echo(members.get("phone"))},
    }


def _error_headers(error: MessagingError, call: Call) -> RawHeaders:
    if isinstance(error, RateLimited):
        seconds = ceil(min(error.retry_after, longest_wait(call)).total_seconds())
        return ((b"retry-after", b"%d" % max(1, seconds)),)
    if isinstance(error, MethodNotAllowed):
        return ((b"allow", ", ".join(error.allow).encode()),)
    return ()


def _message(error: MessagingError) -> Json:
    """`message` of a refusal: a text, or for fields an object of field -> texts."""
    if isinstance(error, InvalidFields):
        return _fields_message(error.problems)
    if isinstance(error, Forbidden) and error.why in FORBIDDEN:
        return FORBIDDEN[error.why]
    return ERRORS[type(error)].text.format_map(vars(error))


def _first_text(error: MessagingError) -> str:
    if isinstance(error, InvalidFields):
        return _field_text(error.problems[0])
    return ERRORS[type(error)].text.format_map(vars(error))


# Of a member that was left out or left empty nothing else is told.
_MISSING = frozenset({"required", "min_length"})


def _fields_message(problems: Sequence[FieldProblem]) -> Json:
    texts: dict[str, list[Json]] = {}
    missing = {problem.path[:1] for problem in problems if problem.rule in _MISSING}
    for problem in problems:
        if not problem.path:
            return _field_text(problem)
        if problem.path[:1] in missing and problem.rule not in _MISSING:
            continue
        texts.setdefault(str(problem.path[0]), []).append(_field_text(problem))
    return {**texts}


def _field_text(problem: FieldProblem) -> str:
    if not problem.path:
        return ROOT_TEXTS.get(problem.rule, ROOT_TEXT).format(expected=_expected(problem))
    member = str(problem.path[0])
    text = MEMBER_TEXTS.get((member, problem.rule)) or FIELD_TEXTS[problem.rule]
    return text.format(field=member.replace("_", " "), expected=_expected(problem), value=problem.value)


def _expected(problem: FieldProblem) -> str:
    """What a rule wanted: of types the first, since the others are leniency; of the root's, all."""
    wanted = problem.expected
    if problem.rule != "type" or not _is_tuple(wanted):
        return str(wanted)
    words = [TYPE_WORDS[str(name)] for name in wanted]
    return words[0] if problem.path else " or ".join(words)


def _is_tuple(value: object) -> TypeGuard[tuple[object, ...]]:
    return isinstance(value, tuple)


def _echo(value: Json) -> Json:
    value = whole(value)
    return value if isinstance(value, str | int) and not isinstance(value, bool) else None
