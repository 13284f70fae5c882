"""Refusals -> the flat envelope of this API."""

from emulator.core.errors import (
    AlreadyExists,
    InvalidFields,
    Json,
    MessagingError,
    MethodNotAllowed,
    NotEmulated,
    NotFound,
    PayloadTooLarge,
    RateLimited,
    SenderNotAllowed,
    StatusConflict,
)
from emulator.dialects.bird.vocabulary import CONFLICTS, MALFORMED_FIELDS, REFUSALS, THINGS
from emulator.server.dialect import Call, RawHeaders, Reply, json_reply


def render_error(error: MessagingError, _call: Call) -> Reply:
    """A refusal as `code` and `message`; of fields with `details` as well."""
    refusal = REFUSALS[type(error)]
    if isinstance(error, InvalidFields):
        return json_reply(refusal.status, {"code": refusal.code, **_fields(error)})
    body = {"code": refusal.code, "message": _message(error, refusal.message)}
    return json_reply(refusal.status, body, _headers(error))


def _message(error: MessagingError, usual: str) -> str:
    own = CONFLICTS.get(error.kind) if isinstance(error, StatusConflict) else None
    return own or usual.format_map(_facts(error))


def _fields(error: InvalidFields) -> dict[str, Json]:
    from emulator.dialects.bird.problems import cause_of, details  # noqa: PLC0415 - only a refusal needs the texts

    cause = cause_of(error.problems)
    if cause is None:
        return {"message": MALFORMED_FIELDS, "details": details(error.problems)}
    text, after_colon = cause
    return {"message": f"{MALFORMED_FIELDS}: {text}" if after_colon else text}


def _facts(error: MessagingError) -> dict[str, object]:
    match error:
        case NotFound() | AlreadyExists():
            return {"thing": THINGS.get(error.kind, error.kind)}
        case StatusConflict():
            return {"thing": THINGS.get(error.kind, error.kind), "current": error.current}
        case PayloadTooLarge():
            return {"kilobytes": error.limit_bytes // 1024}
        case SenderNotAllowed():
            return {"sender": error.sender}
        case NotEmulated():
            return {"what": error.what}
        case _:
            return {}


def _headers(error: MessagingError) -> RawHeaders:
    if isinstance(error, RateLimited):
        # No other header about limits is documented.
        return ((b"retry-after", b"1"),)
    if isinstance(error, MethodNotAllowed):
        return ((b"allow", ", ".join(error.allow).encode()),)
    return ()
