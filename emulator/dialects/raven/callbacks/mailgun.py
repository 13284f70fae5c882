"""Mailgun's callbacks: one JSON object with the event in `event-data` and its signature beside it.

Source: Mailgun, "Webhooks" and "Events"; signature, severities and reasons from published clients. Read 2026-11.
"""

import re
from collections.abc import Mapping
from hmac import compare_digest, digest
from typing import Any

import msgspec

from emulator.core.records import EventType
from emulator.dialects.raven.callbacks.notices import Format, Notice, Posted, make_notice, read_json, text
from emulator.providers.script import Report

_EVENTS: Mapping[str, EventType] = {
    "delivered": EventType.DELIVERED,
    "failed": EventType.BOUNCED,
    "rejected": EventType.FAILED,  # refused by Mailgun, never sent; the vendor's pages do not list it
    "complained": EventType.COMPLAINED,
    "unsubscribed": EventType.UNSUBSCRIBED,
    "opened": EventType.OPENED,
    "clicked": EventType.CLICKED,
}

_ENHANCED = re.compile(r"[245]\.\d{1,3}\.\d{1,3} ")

# A permanent failure that says nothing against the address.
_RETRIES_RAN_OUT = "old"


class _Headers(msgspec.Struct, frozen=True):
    message_id: str | None = msgspec.field(name="message-id", default=None)


class _Message(msgspec.Struct, frozen=True):
    headers: _Headers


class _DeliveryStatus(msgspec.Struct, frozen=True):
    code: Any = None
    message: Any = None
    description: Any = None


class _Reject(msgspec.Struct, frozen=True):
    reason: Any = None


class _Event(msgspec.Struct, frozen=True):
    event: str
    message: _Message | None = None
    severity: Any = None
    reason: Any = None
    url: Any = None
    delivery_status: _DeliveryStatus | None = msgspec.field(name="delivery-status", default=None)
    reject: _Reject | None = None


class _Signature(msgspec.Struct, frozen=True):
    timestamp: str | int
    token: str
    signature: str


class _Post(msgspec.Struct, frozen=True):
    event: _Event = msgspec.field(name="event-data")


def _read(posted: Posted) -> list[Notice]:
    event = read_json(posted.text, _Post).event
    message_id = event.message.headers.message_id if event.message is not None else None
    return [make_notice(message_id, event.event, _report(event), posted.text, text(event.url))]


def _report(event: _Event) -> Report | None:
    type = _EVENTS.get(event.event)
    if type is None:
        return None
    if type is EventType.BOUNCED and event.severity == "temporary":
        type = EventType.DEFERRED
    status = event.delivery_status or _DeliveryStatus()
    reason = text(event.reason) or (text(event.reject.reason) if event.reject is not None else None)
    said = _said(status)
    hard = type is not EventType.DEFERRED and reason != _RETRIES_RAN_OUT
    return Report(type=type, hard=hard, reason=reason, code=text(status.code), diagnostic=said)


def _said(status: _DeliveryStatus) -> str | None:
    """The line that the receiving server said; Mailgun keeps its reply code apart. Else Mailgun's own text."""
    message, code = text(status.message), text(status.code)
    if message is None or code is None or not _ENHANCED.match(message):
        return message or text(status.description)
    return f"{code} {message}"


def _is_signed(posted: Posted, secret: str) -> bool:
    """The signature stands in the body and covers timestamp and token only. Raises `MalformedRequest` for no JSON."""
    said = read_json(posted.text, dict[str, Any]).get("signature")
    try:
        signature = msgspec.convert(said, _Signature)
    except msgspec.ValidationError:
        return False
    wanted = digest(secret.encode(), f"{signature.timestamp}{signature.token}".encode(), "sha256").hex()
    return compare_digest(signature.signature.encode(), wanted.encode())


FORMAT = Format(read=_read, is_signed=_is_signed)
