"""Events to tell, and the attempts to tell them.

A webhook event is rendered once, before its first attempt; every attempt posts the same bytes and is signed anew.
Here is only what is to be posted and what follows from an answer; `server.timekeeper` posts.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from msgspec.structs import replace

from emulator.core.ids import Ids
from emulator.core.records import DeliveryAttempt, Record, WebhookEndpoint, WebhookEvent

SignedHeaders = tuple[tuple[str, str], ...]


class Announcement(NamedTuple):
    """What a dialect wants told: to one of its endpoints, or to a bare address.

    `wire_id` is the event's id as the receiver sees it; None lets the outbox make one.
    """

    type: str
    body: bytes
    url: str
    endpoint: WebhookEndpoint | None = None
    wire_id: str | None = None


def _any_2xx(status: int) -> bool:
    return 200 <= status < 300


def _plain_secret(ids: Ids) -> str:
    return ids.secret("webhook secret", 32)


class WebhookRules(Record, frozen=True, kw_only=True):
    """How an API tells its customers.

    `schedule` are the waits between attempts, so there is one attempt more than waits. `sign` gives the headers of
    one attempt from (event, endpoint, moment of the attempt). `timeout` is the longest an answer may take. `verify` is
    what a receiver does: from (headers with names in lower case, raw body, URL, secret) whether the signature holds;
    None for an API that signs nothing. `signed` gives the bytes that the signature of a post covers, from the headers
    as they were sent (names in lower case), the raw body and the URL. `new_secret` makes one in the API's own form.
    """

    schedule: tuple[timedelta, ...]
    timeout: timedelta
    sign: Callable[[WebhookEvent, WebhookEndpoint | None, datetime], SignedHeaders]
    is_success: Callable[[int], bool] = _any_2xx
    verify: Callable[[Mapping[str, str], bytes, str, str], bool] | None = None
    signed: Callable[[Mapping[str, str], bytes, str], bytes] | None = None
    new_secret: Callable[[Ids], str] = _plain_secret


class PostOutcome(NamedTuple):
    """What came of a post: a status, or None and an error in plain words."""

    status: int | None
    body: str = ""
    error: str | None = None


def next_wait(rules: WebhookRules, attempt_number: int) -> timedelta | None:
    """How long to wait after a failed attempt (1, 2, …), or None when it was the last."""
    return rules.schedule[attempt_number - 1] if attempt_number <= len(rules.schedule) else None


def settle_attempt(
    event: WebhookEvent, attempt: DeliveryAttempt, outcome: PostOutcome, rules: WebhookRules
) -> WebhookEvent:
    """Enter what came of an attempt; a failed scheduled one names the moment of the next.

    A retry is due at this attempt's due time plus the wait, so a slow receiver does not shift the ladder. A manual
    attempt never schedules another, nor does one that ends after another attempt has delivered the event.
    """
    took_it = outcome.error is None and outcome.status is not None and rules.is_success(outcome.status)
    may_repeat = not took_it and attempt.trigger == "scheduled" and event.state == "pending"
    wait = next_wait(rules, scheduled_count(event.attempts) + 1) if may_repeat else None
    done = replace(
        attempt,
        response_status=outcome.status,
        response_body=outcome.body or None,
        error=outcome.error,
        next_attempt_at=attempt.due_at + wait if wait is not None else None,
    )
    state = "delivered" if took_it else event.state
    if may_repeat and wait is None:
        state = "failed"
    return replace(event, attempts=(*event.attempts, done), state=state)


def scheduled_count(attempts: Sequence[DeliveryAttempt]) -> int:
    """How many of the attempts were on the schedule."""
    return sum(attempt.trigger == "scheduled" for attempt in attempts)
