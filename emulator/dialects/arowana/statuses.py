"""What a recipient's events amount to, in this API's words: status, timeline, times, cost and cause."""

from collections.abc import Iterator
from datetime import datetime
from typing import NamedTuple

from emulator.core.lifecycle import STATUS_OF_EVENT
from emulator.core.pricing import decimal_text
from emulator.core.records import Channel, Event, EventType, Message, Origin, Recipient, Status
from emulator.dialects.arowana.vocabulary import (
    EMAIL,
    FAILURES,
    HARD_BOUNCE,
    HARD_BOUNCES,
    LATE_BOUNCE,
    SMS,
    SOFT_BOUNCE,
    SOFT_BOUNCES,
    STATUS_WORDS,
    UNKNOWN_SMS_USER,
    Bounce,
    Failure,
    event_word,
)

_FAILED_MAIL = frozenset({Status.BOUNCED, Status.FAILED, Status.EXPIRED, Status.SUPPRESSED})
_FAILED = frozenset({Status.FAILED, Status.EXPIRED, Status.SUPPRESSED, Status.BOUNCED})
_READ = frozenset({EventType.READ, EventType.OPENED})
_REPORTED = frozenset({Origin.RECEIPT, Origin.BOUNCE_MAIL})

# What a person did with a message, the furthest first; it stands before what the core knows as the status.
_ENGAGEMENT = (
    (EventType.UNSUBSCRIBED, "unsubscribed"),
    (EventType.CLICKED, "clicked"),
    (EventType.OPENED, "read"),
)


def status_of(message: Message, recipient: Recipient) -> str:
    """The status in lower case. A soft bounce and a complaint leave it as it is; it never goes back."""
    status = recipient.status
    if message.channel is EMAIL and status in _FAILED_MAIL:
        return "bounced"
    # Few messages have more than queued, sending, sent, delivered.
    if len(recipient.events) > 4 and status is not Status.CANCELED and status not in _FAILED:
        for type, word in _ENGAGEMENT:
            if any(event.type is type for event in recipient.events):
                return word
    return STATUS_WORDS[status]


def timeline(message: Message, recipient: Recipient) -> Iterator[tuple[str, datetime]]:
    """What happened, in order of time; a report that came twice stands there once."""
    for event in recipient.events:
        word = event_word(message.channel, event.type)
        if word is not None and not event.repeats:
            yield word, event.at


class Times(NamedTuple):
    """When a message was first sent, delivered and read; None for what did not happen."""

    sent_at: datetime | None = None
    delivered_at: datetime | None = None
    read_at: datetime | None = None


def times_of(recipient: Recipient) -> Times:
    """The times that the log shows."""
    first: dict[EventType, datetime] = {}
    for event in recipient.events:
        first.setdefault(event.type, event.at)
    read_at = min((first[type] for type in _READ if type in first), default=None)
    return Times(first.get(EventType.SENT), first.get(EventType.DELIVERED), read_at)


def cost_text(recipient: Recipient) -> str | None:
    """What was charged, with four decimals; None until it is settled, and where nothing was charged."""
    if recipient.charged_micros:
        return decimal_text(recipient.charged_micros, places=4)
    if recipient.price_micros == 0 and recipient.status in (Status.DELIVERED, Status.READ):
        return "0.0000"
    return None


def failure_of(channel: Channel, event: Event) -> Failure:
    """Why an RCS message or an SMS failed; a scripted reason that no table has is told as it is."""
    if event.type is EventType.EXPIRED:
        return FAILURES["absent-subscriber"]
    reason = event.reason or ""
    known = FAILURES.get(reason)
    if known is None:
        return Failure(reason or "DELIVERY_FAILED", event.diagnostic or reason or "The message failed.")
    if channel is SMS and known.code == "UNKNOWN_RCS_USER":
        return UNKNOWN_SMS_USER
    return known


def is_hard(event: Event) -> bool:
    """Whether an event of a mail means that it will never arrive."""
    return event.type is not EventType.DEFERRED and (event.hard or event.type is not EventType.BOUNCED)


def bounce_of(event: Event) -> Bounce:
    """What the receiving server said of a mail; a scripted report's code or diagnostic wins.

    What the provider answered to our call is no word of the receiving server.
    """
    reason = event.reason or ""
    if not is_hard(event):
        known = SOFT_BOUNCES.get(reason, SOFT_BOUNCE)
    elif event.type is EventType.EXPIRED:
        known = LATE_BOUNCE
    else:
        known = HARD_BOUNCES.get(reason, HARD_BOUNCE)
    if event.origin not in _REPORTED:
        return known
    return Bounce(event.code or known.code, event.diagnostic or known.text)


def cause_of(message: Message, recipient: Recipient) -> Failure | Bounce | None:
    """Why a message ended badly: its code, and the same in words; None for any other."""
    if recipient.status not in _FAILED:
        return None
    events = (event for event in reversed(recipient.events) if STATUS_OF_EVENT.get(event.type) is recipient.status)
    event = next(events, recipient.events[-1])
    return bounce_of(event) if message.channel is EMAIL else failure_of(message.channel, event)
