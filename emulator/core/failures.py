"""What is to go wrong in a world, as records: provider rules, and faults in answers and webhooks."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from enum import StrEnum

from emulator.core.errors import Json
from emulator.core.patterns import Pattern
from emulator.core.records import EMPTY, Record


class Match(Record, frozen=True, kw_only=True):
    """Which messages a provider rule is about; what is None does not matter.

    `account` is like an account's id or name, or the account's id is one of `account_ids`. `text` is like the text, the
    subject or the HTML. `nth` counts the messages that the other conditions fit.
    """

    api: Pattern | None = None
    account: Pattern | None = None
    account_ids: tuple[str, ...] = ()
    environment: Pattern | None = None
    channel: Pattern | None = None
    recipient: Pattern | None = None
    text: Pattern | None = None
    nth: int | None = None


class ProviderRule(Record, frozen=True, kw_only=True):
    """What a provider does with the messages that match; the newest rule that matches wins.

    `script` is a `providers.script.Script`, which the core never looks into. `times` is how often the rule may be used.
    `seen` counts the messages that the conditions beside `nth` fit, `used` those that run its script. `written` is the
    rule as it was given. A rule that was withdrawn stays as long as messages may run its script.
    """

    id: str
    created_at: datetime
    match: Match
    script: Record
    written: Mapping[str, Json] = EMPTY
    name: str | None = None
    times: int | None = None
    seen: int = 0
    used: int = 0
    withdrawn: bool = False


class FaultKind(StrEnum):
    """What goes wrong in one of our answers."""

    LATENCY = "latency"  # it comes late
    DRIBBLE = "dribble"  # its body comes in small pieces
    RESET = "reset"  # the connection breaks, before the head or in the body
    TRUNCATE = "truncate"  # the connection ends in the middle of the body
    MALFORMED = "malformed"  # its body is no JSON
    CONTENT_TYPE = "content_type"  # it says that it is something else
    STATUS = "status"  # the call is refused
    HANG = "hang"  # nothing comes
    RATE_LIMIT = "rate_limit"  # the call is refused when a quota is used up
    AMBIGUOUS_COMMIT = "ambiguous_commit"  # the call is done, and the connection breaks before the answer


class WebhookBreak(StrEnum):
    """What goes wrong in telling a customer."""

    DUPLICATE = "duplicate"  # it is told twice
    REORDER = "reorder"  # it is told after what happened next
    LATE = "late"  # its first attempt comes late
    BAD_SIGNATURE = "bad_signature"  # an attempt is signed with another secret
    STALE_TIMESTAMP = "stale_timestamp"  # an attempt is signed as of an earlier moment
    BEFORE_RESPONSE = "before_response"  # it is told before the call that it is about has its answer
    DROP = "drop"  # it is never told


class Scope(Record, frozen=True, kw_only=True):
    """What a fault may touch, and when; what is None does not matter.

    Of what it may touch, every `every`-th, and by chance the part `rate` (above 0, up to 1), is touched; at most
    `times` in all, from `from_at` until before `until_at`. `account` and `type` (of the event) are for webhooks,
    `operation` and `credential` for answers.
    """

    api: Pattern | None = None
    operation: Pattern | None = None
    recipient: Pattern | None = None
    credential: Pattern | None = None
    account: Pattern | None = None
    account_ids: tuple[str, ...] = ()
    type: Pattern | None = None
    times: int | None = None
    every: int | None = None
    rate: float | None = None
    from_at: datetime | None = None
    until_at: datetime | None = None


class Fault(Record, frozen=True, kw_only=True):
    """Something that goes wrong on purpose; of several that would touch the same thing, the newest does.

    `shortest` and `longest` bound a latency; `longest` is also the span of a dribble, of a hang (None: without end),
    of a late webhook, of a stale timestamp, and the longest that a reordered webhook waits for the next. `where` is
    `before-headers` or `in-body`. `keep` is how many bytes of a body come. `limit` calls in any `window` are a quota.
    `seen` counts what the scope fits, `used` what was touched. `holding` are webhook events that wait for the next one.
    """

    id: str
    created_at: datetime
    kind: FaultKind | WebhookBreak
    scope: Scope
    written: Mapping[str, Json] = EMPTY
    name: str | None = None
    shortest: timedelta = timedelta()
    longest: timedelta | None = None
    where: str = ""
    keep: int | None = None
    content_type: str = ""
    status: int = 0
    retry_after: timedelta | None = None
    limit: int = 0
    window: timedelta = timedelta()
    seen: int = 0
    used: int = 0
    holding: tuple[str, ...] = ()


def is_open(scope: Scope, used: int, now: datetime) -> bool:
    """Whether a fault can still touch anything at a moment."""
    return (
        (scope.times is None or used < scope.times)
        and (scope.from_at is None or scope.from_at <= now)
        and (scope.until_at is None or now < scope.until_at)
    )


def has_its_turn(scope: Scope, seen: int, chance: Callable[[], float]) -> bool:
    """Whether the `seen`-th (1, 2, …) thing that fits is touched. `chance` gives a number from 0 up to 1."""
    if scope.every is not None and seen % scope.every:
        return False
    return scope.rate is None or chance() < scope.rate
