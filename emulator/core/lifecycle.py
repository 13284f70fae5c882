"""Which delivery status may follow which: tables.

A report that the table does not allow leaves the status alone; it is still written into the recipient's events,
because providers report twice, late and out of order.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import TypeAlias

from emulator.core.records import EventType, Status

Lifecycle: TypeAlias = Mapping[Status, frozenset[Status]]
"""From a status to those that may follow it; a status that is missing is final."""

S = Status

COMMON: Lifecycle = MappingProxyType(
    {
        S.SCHEDULED: frozenset({S.QUEUED, S.SENDING, S.SUPPRESSED, S.CANCELED}),
        S.QUEUED: frozenset({S.SENDING, S.SUPPRESSED, S.FAILED, S.EXPIRED, S.CANCELED}),
        # A receipt can overtake the answer to the send call, so each later status may follow `sending`.
        S.SENDING: frozenset({S.SENT, S.DELIVERED, S.READ, S.FAILED, S.BOUNCED, S.EXPIRED, S.UNCERTAIN, S.CANCELED}),
        S.SENT: frozenset({S.DELIVERED, S.READ, S.BOUNCED, S.FAILED, S.EXPIRED, S.UNCERTAIN, S.CANCELED}),
        S.UNCERTAIN: frozenset({S.DELIVERED, S.READ, S.FAILED}),
        S.DELIVERED: frozenset({S.READ}),
    }
)

STATUS_OF_EVENT: Mapping[EventType, Status] = {
    event: Status(event.value) for event in EventType if event.value in {status.value for status in Status}
}
"""The status that an event moves to; events without an entry move nothing."""


def may_follow(lifecycle: Lifecycle, current: Status, wanted: Status, *, soft: bool = False) -> bool:
    """Whether a recipient may go from one status to another. `soft` marks a bounce that was temporary.

    A soft bounce may still be delivered: the receiving side can take a later try.
    """
    if soft and current is Status.BOUNCED:
        return wanted in {Status.DELIVERED, Status.READ, Status.BOUNCED}
    return wanted in lifecycle.get(current, frozenset())


def is_final(lifecycle: Lifecycle, status: Status) -> bool:
    """Whether nothing more has to happen to a recipient in this status."""
    return status is Status.DELIVERED or not lifecycle.get(status)
