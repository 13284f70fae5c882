"""How Google's APIs refuse: one JSON object, whose `status` names the kind of error.

Source: Google Cloud API design guide, "Errors" (google.rpc.Code and its HTTP statuses); read 2026-11.
"""

from collections.abc import Mapping

from emulator.core.errors import Json
from emulator.providers.voice import Payload
from emulator.providers.voices.payloads import json_payload

HTTP_STATUSES: Mapping[str, int] = {
    "INVALID_ARGUMENT": 400,
    "UNAUTHENTICATED": 401,
    "PERMISSION_DENIED": 403,
    "NOT_FOUND": 404,
    "RESOURCE_EXHAUSTED": 429,
    "INTERNAL": 500,
    "UNAVAILABLE": 503,
    "DEADLINE_EXCEEDED": 504,
}
_KINDS = {status: kind for kind, status in HTTP_STATUSES.items()}


def kind_of(status: int) -> str:
    """The name of an HTTP status; one that the table lacks is an internal error."""
    return _KINDS.get(status, "INTERNAL")


def google_error(status: int, message: str, details: Mapping[str, Json] | None = None) -> Payload:
    """The answer with this HTTP status; `details` is its one further fact."""
    error: dict[str, Json] = {"code": status, "message": message, "status": kind_of(status)}
    if details is not None:
        error["details"] = [dict(details)]
    return json_payload({"error": error}, status)
