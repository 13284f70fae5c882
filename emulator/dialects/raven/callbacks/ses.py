"""Amazon SES's callbacks: an SNS envelope, whose `Message` is the event as JSON text.

SNS sends it as text/plain. Its signature is not checked: that would need Amazon's certificates from the network.

Source: Amazon SES developer guide, "Contents of event data that Amazon SES publishes to Amazon SNS"; Amazon SNS
developer guide, "Parsing Amazon SNS message formats". Read 2026-11.
"""

from collections.abc import Mapping
from typing import Any

import msgspec

from emulator.core.records import EventType
from emulator.dialects.raven.callbacks.notices import (
    Format,
    Notice,
    Posted,
    read_json,
    server_reply,
    text,
    unrecognised,
)
from emulator.providers.script import Report

_EVENTS: Mapping[str, EventType] = {
    "Delivery": EventType.DELIVERED,
    "DeliveryDelay": EventType.DEFERRED,
    "Bounce": EventType.BOUNCED,
    "Reject": EventType.FAILED,  # SES found a virus and did not send; the vendor's pages do not list it
    "Rendering Failure": EventType.FAILED,  # nor this one: the template lacks a value
    "Complaint": EventType.COMPLAINED,
    "Open": EventType.OPENED,
    "Click": EventType.CLICKED,
}

# What SNS sends beside notifications; there is nothing to confirm here.
_HOUSEKEEPING = frozenset({"SubscriptionConfirmation", "UnsubscribeConfirmation"})

# The member in which an event keeps its own facts.
_DETAILS: Mapping[str, str] = {
    "DeliveryDelay": "deliveryDelay",
    "Bounce": "bounce",
    "Reject": "reject",
    "Rendering Failure": "failure",
    "Complaint": "complaint",
    "Click": "click",
    "Subscription": "subscription",
}


class _Envelope(msgspec.Struct, frozen=True):
    type: str = msgspec.field(name="Type")
    message: str = msgspec.field(name="Message")


class _Mail(msgspec.Struct, frozen=True, rename="camel"):
    message_id: str


class _Event(msgspec.Struct, frozen=True, rename="camel"):
    mail: _Mail
    event_type: str | None = None
    notification_type: str | None = None  # on the older way, without a configuration set


class _Recipient(msgspec.Struct, frozen=True, rename="camel"):
    status: Any = None
    diagnostic_code: Any = None


class _Preferences(msgspec.Struct, frozen=True, rename="camel"):
    unsubscribe_all: Any = False


class _Detail(msgspec.Struct, frozen=True, rename="camel"):
    """The facts of all events; each has a few of them."""

    bounce_type: Any = None
    bounce_sub_type: Any = None
    bounced_recipients: tuple[_Recipient, ...] = ()
    complaint_feedback_type: Any = None
    delay_type: Any = None
    reason: Any = None
    error_message: Any = None
    link: Any = None
    new_topic_preferences: _Preferences = _Preferences()

    @property
    def cause(self) -> str | None:
        """Why, in SES's words."""
        causes = (self.bounce_sub_type, self.complaint_feedback_type, self.delay_type, self.reason, self.error_message)
        return next(filter(None, map(text, causes)), None)


def _read(posted: Posted) -> list[Notice]:
    envelope = read_json(posted.text, _Envelope)
    if envelope.type in _HOUSEKEEPING:
        return [Notice(None, envelope.type, None, posted.text)]
    if envelope.type != "Notification":
        raise unrecognised()
    if not envelope.message.lstrip().startswith("{"):
        return [Notice(None, envelope.type, None, posted.text)]  # SES greets a new topic with a plain sentence
    return [_notice(envelope.message, posted.text)]


def _notice(message: str, raw: str) -> Notice:
    event = read_json(message, _Event)
    word = event.event_type or event.notification_type
    if word is None:
        raise unrecognised()
    detail = _detail(message, word)
    return Notice(event.mail.message_id, word, _report(word, detail), raw, text(detail.link))


def _detail(message: str, word: str) -> _Detail:
    written = read_json(message, dict[str, msgspec.Raw]).get(_DETAILS.get(word, ""))
    return read_json(bytes(written).decode(), _Detail) if written is not None else _Detail()


def _report(word: str, detail: _Detail) -> Report | None:
    if word == "Subscription":
        # Leaving one topic of a list is no wish to hear nothing at all.
        leaves = detail.new_topic_preferences.unsubscribe_all is True
        return Report(type=EventType.UNSUBSCRIBED) if leaves else None
    type = _EVENTS.get(word)
    if type is None:
        return None
    if type is EventType.BOUNCED:
        return _bounce(detail)
    return Report(type=type, hard=type is not EventType.DEFERRED, reason=detail.cause)


def _bounce(detail: _Detail) -> Report:
    if text(detail.bounce_type) is None:
        raise unrecognised()
    first = next(iter(detail.bounced_recipients), _Recipient())
    return Report(
        type=EventType.BOUNCED,
        hard=detail.bounce_type == "Permanent",
        reason=detail.cause,
        code=text(first.status),
        diagnostic=server_reply(first.diagnostic_code),
    )


FORMAT = Format(read=_read)
