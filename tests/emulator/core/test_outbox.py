from datetime import UTC, datetime, timedelta

import pytest

from emulator.core.outbox import PostOutcome, WebhookRules, next_wait, scheduled_count, settle_attempt
from emulator.core.records import DeliveryAttempt, WebhookEvent

NOW = datetime(2026, 1, 1, tzinfo=UTC)
WAITS = (timedelta(seconds=30), timedelta(minutes=2), timedelta(minutes=10))
RULES = WebhookRules(schedule=WAITS, timeout=timedelta(seconds=10), sign=lambda event, endpoint, at: ())
TAKEN, REFUSED, NOTHING = PostOutcome(200, "ok"), PostOutcome(500, "no"), PostOutcome(None, "", "connection refused")


def an_event(**changes):
    usual = {
        "id": "event-1",
        "wire_id": "event-1",
        "api": "acme",
        "account_id": "acc-1",
        "endpoint_id": "endpoint-1",
        "url": "http://127.0.0.1/hook",
        "type": "message.delivered",
        "body": b"{}",
        "created_at": NOW,
    }
    return WebhookEvent(**usual | changes)


def an_attempt(event, trigger="scheduled", due_at=NOW, started_at=None):
    number = len(event.attempts) + 1
    return DeliveryAttempt(number=number, trigger=trigger, due_at=due_at, started_at=started_at or due_at)


def run(event, *outcomes, trigger="scheduled"):
    """Attempts with these outcomes, each due when the one before said it would be."""
    for outcome in outcomes:
        due_at = event.attempts[-1].next_attempt_at if event.attempts else NOW
        event = settle_attempt(event, an_attempt(event, trigger, due_at or NOW), outcome, RULES)
    return event


def test_a_taken_event_is_delivered_and_told_no_more():
    event = run(an_event(), TAKEN)

    (attempt,) = event.attempts
    assert event.state == "delivered"
    assert attempt.next_attempt_at is None
    assert (attempt.response_status, attempt.response_body, attempt.error) == (200, "ok", None)


@pytest.mark.parametrize(
    "outcome", [REFUSED, NOTHING, PostOutcome(302, ""), PostOutcome(199, ""), PostOutcome(200, "", "cut off")]
)
def test_a_failed_attempt_names_the_moment_of_the_next(outcome):
    event = run(an_event(), outcome)

    assert event.state == "pending"
    assert event.attempts[0].next_attempt_at == NOW + WAITS[0]
    assert event.attempts[0].error == outcome.error


def test_a_ladder_is_walked_to_its_end_and_the_event_has_failed():
    event = run(an_event(), *[REFUSED] * 4)

    gaps = [a.next_attempt_at - a.due_at if a.next_attempt_at else None for a in event.attempts]
    assert gaps == [*WAITS, None]
    assert event.state == "failed"


def test_the_last_attempt_can_still_deliver():
    event = run(an_event(), REFUSED, REFUSED, REFUSED, TAKEN)

    assert event.state == "delivered"
    assert len(event.attempts) == 4


def test_a_slow_receiver_does_not_shift_the_ladder():
    event = an_event()

    settled = settle_attempt(event, an_attempt(event, started_at=NOW + timedelta(seconds=9)), REFUSED, RULES)

    assert settled.attempts[0].next_attempt_at == NOW + WAITS[0]


def test_an_attempt_by_hand_schedules_no_other():
    event = run(an_event(), REFUSED)

    event = settle_attempt(event, an_attempt(event, "manual"), REFUSED, RULES)

    assert event.attempts[-1].next_attempt_at is None
    assert event.state == "pending"


def test_an_attempt_by_hand_takes_no_step_of_the_ladder():
    event = run(an_event(), REFUSED)
    event = settle_attempt(event, an_attempt(event, "manual"), REFUSED, RULES)

    event = settle_attempt(event, an_attempt(event, due_at=NOW + WAITS[0]), REFUSED, RULES)

    assert event.attempts[-1].next_attempt_at == NOW + WAITS[0] + WAITS[1]
    assert scheduled_count(event.attempts) == 2


def test_an_attempt_by_hand_can_deliver_what_had_failed():
    event = run(an_event(), *[REFUSED] * 4)

    event = settle_attempt(event, an_attempt(event, "manual"), TAKEN, RULES)

    assert event.state == "delivered"


def test_what_was_delivered_stays_so_when_it_is_tried_again_by_hand():
    event = run(an_event(), TAKEN)

    event = settle_attempt(event, an_attempt(event, "manual"), REFUSED, RULES)

    assert event.state == "delivered"


def test_an_attempt_that_ends_after_another_delivered_the_event_schedules_no_more():
    event = an_event()
    on_its_way = an_attempt(event)
    event = settle_attempt(event, an_attempt(event, "manual"), TAKEN, RULES)

    event = settle_attempt(event, on_its_way, NOTHING, RULES)

    assert event.state == "delivered"
    assert event.attempts[-1].next_attempt_at is None


def test_what_counts_as_success_is_the_rules_choice():
    rules = WebhookRules(schedule=(), timeout=RULES.timeout, sign=RULES.sign, is_success=lambda status: status == 204)
    event = an_event()

    assert settle_attempt(event, an_attempt(event), PostOutcome(204), rules).state == "delivered"
    assert settle_attempt(event, an_attempt(event), PostOutcome(200), rules).state == "failed"


@pytest.mark.parametrize(("number", "wait"), [(1, WAITS[0]), (2, WAITS[1]), (3, WAITS[2]), (4, None), (5, None)])
def test_waits_are_those_between_attempts(number, wait):
    assert next_wait(RULES, number) == wait
