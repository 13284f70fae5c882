"""Postmark's callbacks: one JSON object for each event.

Source: Postmark, "Webhooks overview" and the page of each webhook; bounce types from its Node SDK. Read 2026-11.
"""

from base64 import b64encode
from collections.abc import Mapping
from hmac import compare_digest, digest
from typing import Any

import msgspec

from emulator.core.records import EventType
from emulator.dialects.raven.callbacks.notices import Format, Notice, Posted, make_notice, read_json, server_reply, text
from emulator.providers.script import Report

_SIGNATURE = b"x-postmark-signature"

_EVENTS: Mapping[str, EventType] = {
    "Delivery": EventType.DELIVERED,
    "SpamComplaint": EventType.COMPLAINED,
    "Open": EventType.OPENED,
    "Click": EventType.CLICKED,
}

# By the `Type` of a bounce: what it is, and whether it is permanent. All others are soft bounces.
_BOUNCES: Mapping[str, tuple[EventType, bool]] = {
    "HardBounce": (EventType.BOUNCED, True),
    "Transient": (EventType.DEFERRED, False),
}

# By the `SuppressionReason` of a change that stops further mail: Postmark also tells of bounces and complaints so.
# All others, and none, are the person's own wish.
_SUPPRESSIONS: Mapping[str, EventType] = {
    "HardBounce": EventType.BOUNCED,
    "SpamComplaint": EventType.COMPLAINED,
}


class _Post(msgspec.Struct, frozen=True):
    record_type: str = msgspec.field(name="RecordType")
    message_id: str | None = msgspec.field(name="MessageID", default=None)
    type: Any = msgspec.field(name="Type", default=None)
    type_code: Any = msgspec.field(name="TypeCode", default=None)
    description: Any = msgspec.field(name="Description", default=None)
    details: Any = msgspec.field(name="Details", default=None)
    link: Any = msgspec.field(name="OriginalLink", default=None)
    suppresses: Any = msgspec.field(name="SuppressSending", default=True)
    suppression_reason: Any = msgspec.field(name="SuppressionReason", default=None)


def _read(posted: Posted) -> list[Notice]:
    post = read_json(posted.text, _Post)
    if post.record_type == "SubscriptionChange" and post.message_id is None:
        return [Notice(None, post.record_type, None, posted.text)]  # made by hand, not by a message
    return [make_notice(post.message_id, post.record_type, _report(post), posted.text, text(post.link))]


def _report(post: _Post) -> Report | None:
    if post.record_type == "Bounce":
        return _bounce(post)
    if post.record_type == "SubscriptionChange":
        return _change(post)
    type = _EVENTS.get(post.record_type)
    return Report(type=type) if type is not None else None


def _bounce(post: _Post) -> Report:
    word = text(post.type)
    type, hard = _BOUNCES.get(word or "", (EventType.BOUNCED, False))
    diagnostic = server_reply(post.details) or text(post.description)
    return Report(type=type, hard=hard, reason=word, code=text(post.type_code), diagnostic=diagnostic)


def _change(post: _Post) -> Report | None:
    if post.suppresses is False:
        return None  # the person wants to hear from us again
    reason = text(post.suppression_reason)
    return Report(type=_SUPPRESSIONS.get(reason or "", EventType.UNSUBSCRIBED), reason=reason)


def _is_signed(posted: Posted, secret: str) -> bool:
    """Postmark itself documents no signature; header and form are the vendor's, the encoding is assumed."""
    wanted = b64encode(digest(secret.encode(), posted.body, "sha256"))
    return compare_digest(posted.headers.get(_SIGNATURE, b"").strip(), wanted)


FORMAT = Format(read=_read, is_signed=_is_signed)
