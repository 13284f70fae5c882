"""Brevo's callbacks: one JSON object for each event.

Source: Brevo, "Transactional webhooks", and published clients. Read 2026-11.
"""

from collections.abc import Mapping
from typing import Any

import msgspec

from emulator.core.records import EventType
from emulator.dialects.raven.callbacks.notices import Format, Notice, Posted, make_notice, read_json, text
from emulator.providers.script import Report

# What an event is, and whether it speaks against the address for good.
_EVENTS: Mapping[str, tuple[EventType, bool]] = {
    "delivered": (EventType.DELIVERED, True),
    "deferred": (EventType.DEFERRED, False),
    "hard_bounce": (EventType.BOUNCED, True),
    "soft_bounce": (EventType.BOUNCED, False),
    "blocked": (EventType.FAILED, True),  # on Brevo's own list, never sent
    "invalid_email": (EventType.FAILED, True),  # never sent either; the vendor's pages do not list this one
    "error": (EventType.FAILED, True),  # nor this one
    "spam": (EventType.COMPLAINED, True),
    "complaint": (EventType.COMPLAINED, True),  # the same, from newer accounts
    "unsubscribed": (EventType.UNSUBSCRIBED, True),
    "unsubscribe": (EventType.UNSUBSCRIBED, True),  # published clients have this spelling
    "opened": (EventType.OPENED, True),
    "unique_opened": (EventType.OPENED, True),  # the first time
    "proxy_open": (EventType.OPENED, True),  # by a mail program's proxy
    "unique_proxy_open": (EventType.OPENED, True),
    "click": (EventType.CLICKED, True),
}


class _Post(msgspec.Struct, frozen=True):
    event: str
    message_id: str | None = msgspec.field(name="message-id", default=None)
    reason: Any = None
    link: Any = None


def _read(posted: Posted) -> list[Notice]:
    post = read_json(posted.text, _Post)
    return [make_notice(post.message_id, post.event, _report(post), posted.text, text(post.link))]


def _report(post: _Post) -> Report | None:
    known = _EVENTS.get(post.event)
    if known is None:
        return None
    type, hard = known
    said = text(post.reason)
    return Report(type=type, hard=hard, reason=said, diagnostic=said)


FORMAT = Format(read=_read)
