"""SendGrid's callbacks: a JSON array of events.

Source: Twilio SendGrid, "Event Webhook Reference" and the signature check of its Python SDK. Read 2026-11.
"""

import re
from collections.abc import Mapping
from typing import Any

import msgspec

from emulator.core.records import EventType
from emulator.dialects.raven.callbacks.ecdsa import verify
from emulator.dialects.raven.callbacks.notices import Format, Notice, Posted, make_notice, read_items, read_json, text
from emulator.providers.script import Report

_SIGNATURE = b"x-twilio-email-event-webhook-signature"
_TIMESTAMP = b"x-twilio-email-event-webhook-timestamp"

_EVENTS: Mapping[str, EventType] = {
    "delivered": EventType.DELIVERED,
    "deferred": EventType.DEFERRED,
    "bounce": EventType.BOUNCED,
    "dropped": EventType.FAILED,  # refused by SendGrid, never sent
    "spamreport": EventType.COMPLAINED,
    "unsubscribe": EventType.UNSUBSCRIBED,
    "open": EventType.OPENED,
    "click": EventType.CLICKED,
}

# The `type` of a bounce that says nothing against the address: refused for now, and retries ran out.
_SOFT = frozenset({"blocked", "expired"})

# What SendGrid appends to the id that it gave in its answer, which may itself hold full stops.
_SUFFIX = re.compile(r"\.(?:filter|recvd)")


class _Event(msgspec.Struct, frozen=True):
    event: str
    message_id: str | None = msgspec.field(name="sg_message_id", default=None)
    type: Any = None
    status: Any = None
    reason: Any = None
    response: Any = None
    url: Any = None


def _read(posted: Posted) -> list[Notice]:
    items = read_items(posted.text)
    return [_notice(item, posted.text if len(items) == 1 else f"[{item}]") for item in items]


def _notice(item: str, raw: str) -> Notice:
    event = read_json(item, _Event)
    message_id = _SUFFIX.split(event.message_id, maxsplit=1)[0] if event.message_id is not None else None
    return make_notice(message_id, event.event, _report(event), raw, text(event.url))


def _report(event: _Event) -> Report | None:
    type = _EVENTS.get(event.event)
    if type is None:
        return None
    said = text(event.reason) or text(event.response)
    cause = text(event.type) if type is EventType.BOUNCED else text(event.reason)
    hard = type is not EventType.DEFERRED and cause not in _SOFT
    return Report(type=type, hard=hard, reason=cause, code=text(event.status), diagnostic=said)


def _is_signed(posted: Posted, secret: str) -> bool | None:
    """The secret is the webhook's public key, as SendGrid shows it."""
    signed = posted.headers.get(_TIMESTAMP, b"").strip() + posted.body
    return verify(secret, posted.headers.get(_SIGNATURE, b"").strip(), signed)


FORMAT = Format(read=_read, is_signed=_is_signed)
