"""What happened to a message's recipients -> the one status that the message has here, step by step."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from types import MappingProxyType

import msgspec
from msgspec.structs import replace

from emulator.core.records import Event, EventType, Message, Origin, Recipient, recipient_ids
from emulator.core.store import Store
from emulator.dialects.bird.vocabulary import (
    ACCEPTED,
    DELETED,
    DELIVERED,
    DELIVERY_FAILED,
    FOLLOWS,
    PROCESSING,
    REJECTED,
    SCHEDULED,
    SENDING_FAILED,
    SENT,
    SKIPPED,
)


class Step(msgspec.Struct, frozen=True, gc=False):
    """A status, since when it holds, and the event that brought it."""

    status: str
    at: datetime
    event: Event


_FAILURES = frozenset({EventType.FAILED, EventType.BOUNCED, EventType.EXPIRED})
_UNDER_WAY = frozenset({ACCEPTED, SCHEDULED, PROCESSING})
_BY_THE_PLATFORM = frozenset({Origin.RECEIPT, Origin.BOUNCE_MAIL})

WORDS: Mapping[EventType, str | None] = MappingProxyType(
    {
        EventType.SCHEDULED: SCHEDULED,
        EventType.QUEUED: ACCEPTED,
        EventType.SENDING: None,  # `processing` to a message that was scheduled; to others it takes no time
        EventType.SENT: SENT,
        EventType.DELIVERED: DELIVERED,
        EventType.READ: None,
        EventType.BOUNCED: DELIVERY_FAILED,
        EventType.FAILED: DELIVERY_FAILED,
        EventType.EXPIRED: DELIVERY_FAILED,
        EventType.SUPPRESSED: SENDING_FAILED,
        EventType.UNCERTAIN: None,
        EventType.CANCELED: DELETED,
        EventType.DEFERRED: None,
        EventType.RETRY_SCHEDULED: PROCESSING,
        EventType.OPENED: None,
        EventType.CLICKED: None,
        EventType.COMPLAINED: None,
        EventType.UNSUBSCRIBED: None,
    }
)
"""The status that an event brings; None where it brings none. Reactions are interactions here."""

FAILED = frozenset({REJECTED, SKIPPED, SENDING_FAILED, DELIVERY_FAILED, DELETED})
"""Statuses in which nothing arrived and nothing will."""

_NONE: frozenset[str] = frozenset()
_PROGRESS = {SCHEDULED: 0, ACCEPTED: 0, PROCESSING: 1, SENT: 2, DELIVERED: 3}


def first_step(event: Event) -> Step:
    """How a message begins, by the first event of any of its recipients."""
    return Step(SCHEDULED if event.type is EventType.SCHEDULED else ACCEPTED, event.at, event)


def steps(message: Message, events: Sequence[Event]) -> list[Step]:
    """The statuses that one recipient has gone through by its events, the first at acceptance."""
    taken = [first_step(events[0])]
    current = taken[0].status
    for event in events[1:]:
        for status in _brought(message, current, event):
            taken.append(Step(status, event.at, event))
            current = status
    return taken


def _brought(message: Message, current: str, event: Event) -> tuple[str, ...]:
    """The statuses to go through from the current one by an event: at most one stands before the one it brings."""
    wanted = _wanted(message, current, event)
    if wanted is None:
        return ()
    following = FOLLOWS.get(current, _NONE)
    if wanted in following:
        return (wanted,)
    for between in (PROCESSING, SENT):
        if between in following and wanted in FOLLOWS[between]:
            return (between, wanted)
    return ()


def _wanted(message: Message, current: str, event: Event) -> str | None:
    type = event.type
    if "rejection" in message.extras:
        return REJECTED
    if type in (EventType.SENDING, EventType.SUPPRESSED) and "skip" in message.extras:
        return SKIPPED
    if type is EventType.SENDING and current == SCHEDULED:
        return PROCESSING
    if type in _FAILURES and current in _UNDER_WAY:
        # A receipt says that the platform has had it, even if its answer has not come yet.
        return DELIVERY_FAILED if event.origin in _BY_THE_PLATFORM else SENDING_FAILED
    return WORDS[type]


def history(message: Message, recipients: Sequence[Recipient]) -> list[Step]:
    """The statuses that the message has gone through.

    To several recipients it has come as far as the one who is furthest, and it has failed when all have.
    """
    if len(recipients) == 1:
        return steps(message, recipients[0].events)
    lives = [steps(message, each.events) for each in recipients]
    later = sorted((step for life in lives for step in life[1:]), key=lambda step: step.at)
    return _Fold(lives[0][0], len(lives)).after(later)


def current(message: Message, recipients: Sequence[Recipient]) -> Step:
    """Where the message stands."""
    return history(message, recipients)[-1]


def news(message: Message, recipients: Sequence[Recipient], recipient: Recipient) -> list[Step]:
    """The statuses that the message has come to by the last event of one of its recipients.

    The platform's answer that comes after its receipt is news as well, though the status does not go back.
    """
    event = recipient.events[-1]
    before = steps(message, recipient.events[:-1])
    new = [Step(status, event.at, event) for status in _brought(message, before[-1].status, event)]
    if len(recipients) == 1:
        late = not new and event.type is EventType.SENT and before[-1].status == DELIVERED
        return [Step(SENT, event.at, event)] if late and SENT not in {step.status for step in before} else new
    if not new:
        return []
    others = [steps(message, each.events) for each in recipients if each.id != recipient.id]
    known_steps = sorted((step for life in (before, *others) for step in life[1:]), key=lambda step: step.at)
    fold = _Fold(before[0], len(recipients))
    known = len(fold.after(known_steps))
    return fold.after(new)[known:]


class _Fold:
    """Several recipients' steps, in order, into the message's own."""

    def __init__(self, first: Step, recipients: int) -> None:
        self._taken = [first]
        self._open = recipients

    def after(self, later: Iterable[Step]) -> list[Step]:
        """The message's steps once these have been taken, too."""
        for step in later:
            self._take(step)
        return list(self._taken)

    def _take(self, step: Step) -> None:
        reached = self._taken[-1].status
        if step.status in FAILED:
            self._open -= 1
            if self._open == 0 and reached in FOLLOWS:
                self._taken.append(replace(step, status=DELIVERY_FAILED) if reached == SENT else step)
        elif _PROGRESS[step.status] > _PROGRESS.get(reached, len(_PROGRESS)):
            self._taken.append(step)


def recipients_of(store: Store, message: Message) -> list[Recipient]:
    """The message's recipients, in order."""
    if message.recipient_count == 1:
        return [store.recipients.rows[message.id]]
    return [store.recipients[id] for id in recipient_ids(message)]
