"""What a report usually says when nobody says otherwise: the same as in the catalogue's scripts."""

from collections.abc import Mapping
from datetime import timedelta
from types import MappingProxyType

from emulator.core.records import EventType
from emulator.providers.reasons import Reason
from emulator.providers.script import Report

REPORTS: tuple[EventType, ...] = (
    EventType.SENT,
    EventType.DEFERRED,
    EventType.DELIVERED,
    EventType.READ,
    EventType.OPENED,
    EventType.CLICKED,
    EventType.BOUNCED,
    EventType.FAILED,
    EventType.EXPIRED,
    EventType.COMPLAINED,
    EventType.UNSUBSCRIBED,
)
"""What a provider can be told to report."""

# The usual cause of each report, hard and soft.
_REASONS: Mapping[EventType, tuple[Reason, Reason]] = MappingProxyType(
    {
        EventType.BOUNCED: (Reason.UNKNOWN_SUBSCRIBER, Reason.MAILBOX_FULL),
        EventType.FAILED: (Reason.UNKNOWN_SUBSCRIBER, Reason.ABSENT_SUBSCRIBER),
        EventType.DEFERRED: (Reason.MAILBOX_FULL, Reason.MAILBOX_FULL),
        EventType.EXPIRED: (Reason.ABSENT_SUBSCRIBER, Reason.ABSENT_SUBSCRIBER),
        EventType.COMPLAINED: (Reason.SPAM, Reason.SPAM),
    }
)
_SOFT = frozenset({EventType.DEFERRED, EventType.EXPIRED})


def usual_report(
    type: EventType,
    *,
    after: timedelta = timedelta(),
    kind: str | None = None,
    reason: str | None = None,
    code: str | None = None,
    diagnostic: str | None = None,
) -> Report:
    """A report with what was left out filled in.

    `kind` is `hard` or `soft`; without it a deferral and an expiry are soft, all others hard.
    """
    hard = (kind or ("soft" if type in _SOFT else "hard")) == "hard"
    usual = _REASONS.get(type)
    return Report(
        type=type,
        after=after,
        hard=hard,
        reason=reason or (usual[not hard] if usual is not None else None),
        code=code,
        diagnostic=diagnostic,
    )
