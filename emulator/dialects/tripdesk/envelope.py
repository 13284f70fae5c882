"""Refusals -> the one error envelope of the API, or a page where people read.

Source: the vendor's page, read 2026-11, promises "structured error responses"; the shape is assumed.
"""

from math import ceil

from emulator.core.errors import (
    InsufficientFunds,
    InvalidFields,
    Json,
    MessagingError,
    MethodNotAllowed,
    RateLimited,
    RequestInProgress,
    Unauthenticated,
)
from emulator.dialects.tripdesk.checks import is_api, request_id
from emulator.dialects.tripdesk.problems import Fault, fault_of, one_fault_per_field
from emulator.dialects.tripdesk.refusals import TYPES, Refusal, refusal_of
from emulator.dialects.tripdesk.render import money
from emulator.server.dialect import Call, RawHeaders, Reply, json_reply


def render_error(error: MessagingError, call: Call) -> Reply:
    """Say a refusal in the envelope of the API, or as a page where people read."""
    if not is_api(call):
        from emulator.dialects.tripdesk.pages import render_refusal  # noqa: PLC0415 - a send shows no page

        return render_refusal(error, call)
    refusal = refusal_of(error)
    faults = faults_of(error, refusal, call)
    first = faults[0] if faults else Fault(None, refusal.code, refusal.text)
    details: list[Json] = [{**fault._asdict(), **_amounts(error)} for fault in faults]
    body = {
        "error": {
            "type": TYPES[refusal.status],
            "code": first.code,
            "message": first.message,
            "param": first.param,
            "request_id": request_id(call),
            "details": details,
        }
    }
    return json_reply(refusal.status, body, error_headers(error))


def faults_of(error: MessagingError, refusal: Refusal, call: Call) -> list[Fault]:
    """What is wrong with single fields, one entry a field, in contract order; empty if it is none's fault."""
    if isinstance(error, InvalidFields):
        return one_fault_per_field([fault_of(problem, call.body) for problem in error.problems])
    if refusal.param is not None or isinstance(error, InsufficientFunds):
        return [Fault(refusal.param, refusal.code, refusal.text)]
    return []


def error_headers(error: MessagingError) -> RawHeaders:
    """The headers that some refusals have."""
    match error:
        case RateLimited():
            return ((b"retry-after", b"%d" % max(1, ceil(error.retry_after.total_seconds()))),)
        case RequestInProgress():
            return ((b"retry-after", b"1"),)
        case MethodNotAllowed():
            return ((b"allow", ", ".join(error.allow).encode()),)
        case Unauthenticated():
            return ((b"www-authenticate", b"Bearer"),)
        case _:
            return ()


def _amounts(error: MessagingError) -> dict[str, Json]:
    if not isinstance(error, InsufficientFunds):
        return {}
    return {"required": money(error.needed_micros), "available": money(error.available_micros)}
