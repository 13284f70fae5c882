"""What happened to a message's recipients -> the one status that the message has here, step by step."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from types import MappingProxyType
from typing import NamedTuple

from msgspec.structs import replace

from emulator.core.records import Event, EventType, Message, Recipient, recipient_ids
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


class Step(NamedTuple):
    """A status, since when it holds, and the event that brought it."""

    status: str
    at: datetime
    event: Event


_FAILURES = frozenset({EventType.FAILED, EventType.BOUNCED, EventType.EXPIRED})

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

_PROGRESS = {SCHEDULED: 0, ACCEPTED: 0, PROCESSING: 1, SENT: 2, DELIVERED: 3}


def steps(message: Message, recipient: Recipient) -> list[Step]:
    """The statuses that one recipient has gone through, the first at acceptance."""
    taken: list[Step] = []
    for event in recipient.events:
        current = taken[-1].status if taken else ""
        wanted = _wanted(message, current, event)
        if wanted is None:
            continue
        taken.extend(Step(status, event.at, event) for status in _way(current, wanted))
    return taken


def _wanted(message: Message, current: str, event: Event) -> str | None:
    word = WORDS[event.type]
    if current and "rejection" in message.extras:
        return REJECTED
    if event.type in (EventType.SENDING, EventType.SUPPRESSED) and "skip" in message.extras:
        return SKIPPED
    if event.type is EventType.SENDING and current == SCHEDULED:
        return PROCESSING
    if event.type in _FAILURES and current in (ACCEPTED, SCHEDULED, PROCESSING):
        # A receipt says that the platform has had it, even if its answer has not come yet.
        return DELIVERY_FAILED if event.origin.value in ("receipt", "bounce_mail") else SENDING_FAILED
    return word


def _way(current: str, wanted: str) -> tuple[str, ...]:
    """The statuses to go through to a wanted one: at most one stands between; none if there is no way."""
    if not current:
        return (wanted,)
    following = FOLLOWS.get(current, frozenset())
    if wanted in following:
        return (wanted,)
    between = next((each for each in (PROCESSING, SENT) if each in following and wanted in FOLLOWS[each]), None)
    return () if between is None else (between, wanted)


def history(message: Message, recipients: Sequence[Recipient]) -> list[Step]:
    """The statuses that the message has gone through.

    To several recipients it has come as far as the one who is furthest, and it has failed when all have.
    """
    lives = [steps(message, each) for each in recipients]
    if len(lives) == 1:
        return lives[0]
    later = sorted((step for life in lives for step in life[1:]), key=lambda step: step.at)
    return _Fold(lives[0][0], len(lives)).after(later)


def current(message: Message, recipients: Sequence[Recipient]) -> Step:
    """Where the message stands."""
    return history(message, recipients)[-1]


def news(message: Message, recipients: Sequence[Recipient], recipient: Recipient) -> list[Step]:
    """The statuses that the message has come to by the last event of one of its recipients.

    The platform's answer that comes after its receipt is news as well, though the status does not go back.
    """
    before = steps(message, replace(recipient, events=recipient.events[:-1]))
    after = steps(message, recipient)
    new = after[len(before) :]
    event = recipient.events[-1]
    if len(recipients) == 1:
        late = not new and event.type is EventType.SENT and after[-1].status == DELIVERED
        return [Step(SENT, event.at, event)] if late and SENT not in {step.status for step in after} else new
    if not new:
        return []
    others = [steps(message, each) for each in recipients if each.id != recipient.id]
    earlier = sorted((step for life in (before, *others) for step in life[1:]), key=lambda step: step.at)
    fold = _Fold((before or after)[0], len(recipients))
    known = len(fold.after(earlier))
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
                self._taken.append(step._replace(status=DELIVERY_FAILED) if reached == SENT else step)
        elif _PROGRESS[step.status] > _PROGRESS.get(reached, len(_PROGRESS)):
            self._taken.append(step)


def recipients_of(store: Store, message: Message) -> list[Recipient]:
    """The message's recipients, in order."""
    return [store.recipients[id] for id in recipient_ids(message)]
