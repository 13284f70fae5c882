from datetime import timedelta

import pytest

from emulator.core.errors import NotFound, StatusConflict
from emulator.core.journal import AttemptEntry
from emulator.core.outbox import Announcement, PostOutcome
from emulator.gateway import telling
from emulator.gateway.world import ReadyAttempt
from tests.emulator.gateway.acme import ACCOUNT, REFUSED, Acme

NOTHING = PostOutcome(None, "", "connection refused")


@pytest.fixture
def acme():
    return Acme()


def tell(acme, **changes):
    announcement = Announcement(
        **{"type": "ping", "body": b"{}", "url": acme.endpoint.url, "endpoint": acme.endpoint} | changes
    )
    return telling.enqueue(acme.world, announcement, api="acme", account_id=ACCOUNT)


def attempts(acme, event):
    return acme.store.webhook_events[event.id].attempts


def test_an_event_is_written_down_and_its_first_attempt_is_due_now(acme):
    event = tell(acme)

    assert acme.store.webhook_events[event.id] == event
    assert (event.state, event.wire_id, event.body) == ("pending", event.id, b"{}")
    assert list(acme.world.ready) == [ReadyAttempt(event.id, "scheduled", acme.start)]


def test_a_dialect_can_choose_the_id_on_the_wire(acme):
    assert tell(acme, wire_id="evt_7").wire_id == "evt_7"


def test_a_refused_event_is_posted_again_at_its_scheduled_moments_until_it_is_taken(acme):
    acme.answers = [REFUSED, REFUSED]
    event = tell(acme)

    acme.advance(3600)

    settled = acme.store.webhook_events[event.id]
    assert acme.posted == [("ping", 0), ("ping", 30), ("ping", 150)]
    assert settled.state == "delivered"
    assert [attempt.number for attempt in settled.attempts] == [1, 2, 3]
    assert [attempt.response_status for attempt in settled.attempts] == [500, 500, 200]
    assert [acme.seconds(attempt.due_at) for attempt in settled.attempts] == [0, 30, 150]


def test_an_event_that_nobody_takes_has_failed_and_is_posted_no_more(acme):
    acme.answers = [NOTHING] * 9
    event = tell(acme)

    acme.advance(86_400)

    assert len(acme.posted) == 3
    assert acme.store.webhook_events[event.id].state == "failed"
    assert attempts(acme, event)[-1].error == "connection refused"


def test_each_attempt_is_signed_anew_over_the_same_bytes(acme):
    acme.answers = [REFUSED]
    event = tell(acme)

    acme.advance(60)

    first, second = (attempt.headers for attempt in attempts(acme, event))
    assert first == (("x-acme-signature", f"secret-hook/{event.wire_id}/2026-01-01T00:00:00+00:00"),)
    assert second == (("x-acme-signature", f"secret-hook/{event.wire_id}/2026-01-01T00:00:30+00:00"),)
    assert acme.store.webhook_events[event.id].body == event.body


def test_every_attempt_is_in_the_journal(acme):
    acme.answers = [REFUSED]
    event = tell(acme)

    acme.advance(60)

    assert [(entry.fact, acme.seconds(entry.at)) for entry in acme.world.journal] == [
        (AttemptEntry(event.id, 1), 0),
        (AttemptEntry(event.id, 2), 30),
    ]


def test_a_failed_event_can_be_told_again_by_hand(acme):
    acme.answers = [NOTHING] * 3
    event = tell(acme)
    acme.advance(3600)

    telling.retry_by_hand(acme.world, event.id)
    acme.advance(0)

    last = attempts(acme, event)[-1]
    assert acme.store.webhook_events[event.id].state == "delivered"
    assert (last.number, last.trigger, acme.seconds(last.due_at)) == (4, "manual", 3600)


def test_an_attempt_by_hand_leaves_the_ladder_as_it_is(acme):
    acme.answers = [REFUSED, REFUSED, REFUSED]
    event = tell(acme)
    acme.advance(10)

    telling.retry_by_hand(acme.world, event.id)
    acme.advance(3600)

    assert [(a.trigger, acme.seconds(a.due_at)) for a in attempts(acme, event)] == [
        ("scheduled", 0),
        ("manual", 10),
        ("scheduled", 30),
        ("scheduled", 150),
    ]


def test_what_was_delivered_by_hand_is_not_posted_again(acme):
    acme.answers = [REFUSED]
    event = tell(acme)
    acme.advance(10)

    telling.retry_by_hand(acme.world, event.id)
    acme.advance(3600)

    assert len(attempts(acme, event)) == 2


def test_only_an_event_that_is_there_can_be_told_again(acme):
    with pytest.raises(NotFound):
        telling.retry_by_hand(acme.world, "nothing")


def test_an_event_whose_endpoint_is_gone_cannot_be_told_again(acme):
    event = tell(acme)
    acme.store.endpoints.delete(acme.endpoint.id)

    with pytest.raises(StatusConflict):
        telling.retry_by_hand(acme.world, event.id)


def test_a_deleted_endpoint_is_told_nothing_more(acme):
    acme.answers = [REFUSED]
    event = tell(acme)
    acme.advance(10)
    acme.store.endpoints.delete(acme.endpoint.id)

    acme.advance(3600)

    assert len(acme.posted) == 1
    assert acme.store.webhook_events[event.id].state == "failed"


def test_an_endpoint_may_be_deleted_while_a_post_is_on_its_way(acme):
    event = tell(acme)
    begun = telling.begin_attempt(acme.world, acme.world.ready.popleft())
    assert begun is not None
    acme.store.endpoints.delete(acme.endpoint.id)

    telling.end_attempt(acme.world, event.id, begun[1], PostOutcome(200))

    assert acme.store.webhook_events[event.id].state == "delivered"


def test_an_event_may_be_deleted_while_a_post_is_on_its_way(acme):
    event = tell(acme)
    begun = telling.begin_attempt(acme.world, acme.world.ready.popleft())
    assert begun is not None
    acme.store.webhook_events.delete(event.id)

    telling.end_attempt(acme.world, event.id, begun[1], PostOutcome(200))

    assert list(acme.world.journal) == []


def test_an_event_that_was_deleted_is_not_posted(acme):
    event = tell(acme)
    acme.store.webhook_events.delete(event.id)

    acme.advance(60)

    assert acme.posted == []


def test_attempts_are_numbered_as_they_end(acme):
    event = tell(acme)
    slow = telling.begin_attempt(acme.world, acme.world.ready.popleft())
    telling.retry_by_hand(acme.world, event.id)
    quick = telling.begin_attempt(acme.world, acme.world.ready.popleft())
    assert slow is not None
    assert quick is not None

    telling.end_attempt(acme.world, event.id, quick[1], PostOutcome(200))
    telling.end_attempt(acme.world, event.id, slow[1], NOTHING)

    settled = acme.store.webhook_events[event.id]
    assert [(a.number, a.trigger) for a in settled.attempts] == [(1, "manual"), (2, "scheduled")]
    assert settled.state == "delivered"
    assert acme.clock.next_due() is None


def test_how_long_an_answer_took_is_virtual_time(acme):
    event = tell(acme)
    begun = telling.begin_attempt(acme.world, acme.world.ready.popleft())
    assert begun is not None
    acme.clock.move_to(acme.start + timedelta(milliseconds=1500))

    telling.end_attempt(acme.world, event.id, begun[1], REFUSED)

    (attempt,) = attempts(acme, event)
    assert attempt.response_duration_ms == 1500
    assert attempt.next_attempt_at == acme.start + timedelta(seconds=30)


def test_a_bare_address_is_told_without_an_endpoint(acme):
    event = tell(acme, endpoint=None, url="http://127.0.0.1/callback")

    acme.advance(0)

    settled = acme.store.webhook_events[event.id]
    assert (settled.endpoint_id, settled.url, settled.state) == (None, "http://127.0.0.1/callback", "delivered")


def test_a_repetition_goes_to_the_endpoint_that_was_told(acme):
    announcement = Announcement(type="ping", body=b"1", url=acme.endpoint.url, endpoint=acme.endpoint)
    first = telling.enqueue(
        acme.world, announcement, api="acme", account_id=ACCOUNT, message_id="message-1", recipient_id="message-1"
    )

    telling.repeat(acme.world, "message-1", "message-1", announcement._replace(body=b"2"))
    telling.repeat(acme.world, "message-1", "message-1", announcement._replace(url="http://127.0.0.1/other"))
    telling.repeat(acme.world, "message-1", "message-1:1", announcement)

    _, again = acme.told()
    assert again.id != first.id
    assert (again.wire_id, again.body) == (first.wire_id, b"1")


def test_an_event_that_is_told_once_is_never_posted_again(acme):
    acme.answers = [REFUSED]
    announcement = Announcement(type="ping", body=b"{}", url=acme.endpoint.url, endpoint=acme.endpoint)
    event = telling.enqueue(acme.world, announcement, api="acme", account_id=ACCOUNT, once=True)

    acme.advance(3600)

    assert [attempt.trigger for attempt in attempts(acme, event)] == ["manual"]
    assert acme.posted == [("ping", 0)]


def test_one_events_attempts_are_taken_out_of_turn_and_the_others_keep_theirs(acme):
    first, second, third = (tell(acme) for _ in range(3))

    (taken,) = telling.take_ready(acme.world, second.id)

    assert taken.event_id == second.id
    assert [each.event_id for each in acme.world.ready] == [first.id, third.id]
    assert telling.take_ready(acme.world, second.id) == ()
