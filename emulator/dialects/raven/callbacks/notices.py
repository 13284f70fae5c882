"""What a callback is read with: what was posted, and what it says of a message.

A provider's module turns the one into the other by tables of the provider's words; nothing here or there changes
state. All of a body is read before any of it is acted on, so a body with one bad part has no effect.
"""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple, TypeVar

import msgspec

from emulator.core.errors import MalformedRequest
from emulator.core.records import Record
from emulator.providers.script import Report

T = TypeVar("T")


class Posted(NamedTuple):
    """A callback as it came. The names of `headers` are in lower case."""

    body: bytes
    headers: Mapping[bytes, bytes]

    @property
    def text(self) -> str:
        """The body as text. Raises `MalformedRequest`."""
        try:
            return self.body.decode()
        except UnicodeDecodeError:
            raise unrecognised() from None


class Notice(NamedTuple):
    """What a provider says once.

    `message_id` is the provider's id, None if it is about no message; `word` is what the provider calls it. `report`
    is None when it changes nothing. `raw` is what the provider posted; of several items at once, the one.
    """

    message_id: str | None
    word: str
    report: Report | None
    raw: str
    url: str | None = None


class Format(Record, frozen=True, kw_only=True):
    """How one provider calls back.

    `is_signed` holds a callback against the connection's `webhook_secret`; it gives None when it cannot tell. A
    provider without it has no signature that could be checked here.
    """

    read: Callable[[Posted], list[Notice]]
    is_signed: Callable[[Posted, str], bool | None] | None = None


def unrecognised() -> MalformedRequest:
    """The refusal of a body that does not have the provider's shape."""
    return MalformedRequest("unrecognised callback payload")


def read_json(written: str, shape: type[T]) -> T:
    """Decode JSON of a shape; members that the shape does not name are ignored. Raises `MalformedRequest`."""
    try:
        return msgspec.json.decode(written, type=shape)
    except (msgspec.DecodeError, RecursionError):
        raise unrecognised() from None


def read_items(written: str) -> list[str]:
    """The items of a JSON array, each as it was written. Raises `MalformedRequest`."""
    return [bytes(item).decode() for item in read_json(written, list[msgspec.Raw])]


def make_notice(message_id: str | None, word: str, report: Report | None, raw: str, url: str | None = None) -> Notice:
    """Put a notice together. Raises `MalformedRequest` for a report that does not say which message it is about."""
    if report is not None and message_id is None:
        raise unrecognised()
    return Notice(message_id, word, report, raw, url)


def text(value: Any) -> str | None:  # noqa: ANN401 - JSON at the edge
    """A detail as text: None when it is missing, empty, or nothing that can be said in a line."""
    if isinstance(value, str):
        return value or None
    return str(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


def server_reply(value: Any) -> str | None:  # noqa: ANN401 - JSON at the edge
    """What the receiving mail server said, without the protocol that some providers put in front (`smtp; 550 …`).

    Source: RFC 3464, 2.3.6: a diagnostic code is its type, a semicolon and the text.
    """
    said = text(value) or ""
    type, _, reply = said.partition(";")
    return (reply.strip() if type.strip().lower() == "smtp" else said) or None
