"""Mailjet's callbacks: a JSON object, or an array of them when events are grouped.

Source: Mailjet, "Event tracking" (webhooks), read 2026-11.
"""

from collections.abc import Mapping
from typing import Any

import msgspec

from emulator.core.records import EventType
from emulator.dialects.raven.callbacks.notices import Format, Notice, Posted, make_notice, read_items, read_json, text
from emulator.providers.script import Report

_EVENTS: Mapping[str, EventType] = {
    "sent": EventType.DELIVERED,  # the receiving server took it
    "bounce": EventType.BOUNCED,
    "blocked": EventType.FAILED,  # never sent
    "spam": EventType.COMPLAINED,
    "unsub": EventType.UNSUBSCRIBED,
    "open": EventType.OPENED,
    "click": EventType.CLICKED,
}


# `MessageID` is above 2**53, so some write it as text.
class _Event(msgspec.Struct, frozen=True):
    event: str
    message_id: int | str | None = msgspec.field(name="MessageID", default=None)
    hard_bounce: Any = None
    error: Any = None
    comment: Any = None
    url: Any = None


def _read(posted: Posted) -> list[Notice]:
    written = posted.text.strip()
    return [_notice(item) for item in (read_items(written) if written.startswith("[") else [written])]


def _notice(item: str) -> Notice:
    event = read_json(item, _Event)
    message_id = str(event.message_id) if event.message_id is not None else None
    return make_notice(message_id, event.event, _report(event), item, text(event.url))


def _report(event: _Event) -> Report | None:
    type = _EVENTS.get(event.event)
    if type is None:
        return None
    hard = type is not EventType.BOUNCED or event.hard_bounce is True
    if not hard and event.error == "greylisted":
        type = EventType.DEFERRED  # the receiving side asked to come back later, and Mailjet will
    return Report(type=type, hard=hard, reason=text(event.error), diagnostic=text(event.comment) or text(event.error))


FORMAT = Format(read=_read)
