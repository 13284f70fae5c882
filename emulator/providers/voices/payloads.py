"""Payloads in the usual content types, and the standard phrases of HTTP."""

from collections.abc import Mapping
from http import HTTPStatus
from urllib.parse import urlencode

import msgspec

from emulator.core.errors import Json
from emulator.providers.voice import Payload

Headers = tuple[tuple[str, str], ...]


def json_payload(content: Mapping[str, Json] | list[Json], status: int | None = None, headers: Headers = ()) -> Payload:
    """A JSON payload; `status` is the HTTP status of an answer."""
    return Payload(content_type="application/json", body=json_text(content), status=status, headers=headers)


def json_text(content: Mapping[str, Json] | list[Json]) -> str:
    """Compact JSON, members in the order given."""
    return msgspec.json.encode(content).decode()


def form_payload(fields: Mapping[str, str]) -> Payload:
    """A form, as a browser would post it."""
    return Payload(content_type="application/x-www-form-urlencoded", body=urlencode(fields))


def text_payload(text: str, status: int | None = None) -> Payload:
    """A plain text payload."""
    return Payload(content_type="text/plain", body=text, status=status)


def phrase(status: int) -> str:
    """The standard phrase of an HTTP status."""
    return HTTPStatus(status).phrase if status in HTTPStatus.__members__.values() else "Server Error"
