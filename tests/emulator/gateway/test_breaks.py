"""Webhooks that go wrong on purpose: each break changes the one property that it names."""

from typing import Any

import pytest

from emulator.core.outbox import PostOutcome
from emulator.gateway import breaks, faults
from tests.emulator.failures.knowing import BELL, enter_fault
from tests.emulator.gateway.acme import ACCOUNT, REFUSED, Acme, acme_policy

ADA, BOB = "+254711000111", "+254722000222"


@pytest.fixture
def acme() -> Acme:
    return Acme()


def sent_and_delivered(acme: Acme, seconds: float = 10, **send: Any) -> list[tuple[str, float]]:
    """The webhooks of one ordinary message: `sent` at 0.1 s, `delivered` at 0.5 s, if nothing is broken."""
    acme.posted.clear()
    start = acme.seconds(acme.clock.now)
    acme.send(ADA, **send)
    acme.advance(seconds)
    names = {"message.sending": "sending", "message.sent": "sent", "message.delivered": "delivered"}
    return [(names[type], round(at - start, 3)) for type, at in acme.posted if type != "message.sending"]


def signatures(acme: Acme) -> list[dict[str, str]]:
    return [dict(attempt.headers) for event in acme.told() for attempt in event.attempts]


def test_without_a_break_an_event_is_told_once_when_it_happens(acme: Acme):
    assert sent_and_delivered(acme) == [("sent", 0.1), ("delivered", 0.5)]


def test_a_duplicate_is_the_same_event_twice(acme: Acme):
    enter_fault(acme, webhook="duplicate", type="message.sent", times=1)

    assert sent_and_delivered(acme) == [("sent", 0.1), ("sent", 0.1), ("delivered", 0.5)]
    (twice,) = [event for event in acme.told() if len(event.attempts) == 2]
    assert [attempt.trigger for attempt in twice.attempts] == ["scheduled", "duplicate"]
    assert twice.attempts[0].headers == twice.attempts[1].headers
    assert twice.state == "delivered"
    assert sent_and_delivered(acme) == [("sent", 0.1), ("delivered", 0.5)]


def test_a_duplicate_that_is_not_taken_is_not_tried_again(acme: Acme):
    enter_fault(acme, webhook="duplicate", type="message.sent")
    acme.answers = [PostOutcome(200), PostOutcome(200), REFUSED]

    assert sent_and_delivered(acme, 3600) == [("sent", 0.1), ("sent", 0.1), ("delivered", 0.5)]


def test_a_reordered_event_comes_after_the_next_one(acme: Acme):
    enter_fault(acme, webhook="reorder", type="message.sent", times=1)

    assert sent_and_delivered(acme, 600) == [("delivered", 0.5), ("sent", 0.5)]


def test_reordered_events_change_places_in_pairs(acme: Acme):
    enter_fault(acme, webhook="reorder", type={"regex": "sent|delivered"})

    assert sent_and_delivered(acme, 600) == [("delivered", 0.5), ("sent", 0.5)]
    assert sent_and_delivered(acme, 600) == [("delivered", 0.5), ("sent", 0.5)]


def test_a_reordered_event_that_nothing_follows_comes_at_last(acme: Acme):
    enter_fault(acme, webhook="reorder", type="message.delivered", by="5m")

    assert sent_and_delivered(acme, 3600) == [("sent", 0.1), ("delivered", 300.5)]


def test_a_reordered_event_that_was_not_taken_is_tried_again_as_usual(acme: Acme):
    enter_fault(acme, webhook="reorder", type="message.sent", times=1)
    acme.answers = [PostOutcome(200), PostOutcome(200), REFUSED]

    assert sent_and_delivered(acme, 3600) == [("delivered", 0.5), ("sent", 0.5), ("sent", 30.5)]


def test_an_event_of_another_receiver_lets_nothing_go(acme: Acme):
    acme.add_endpoint("second")
    enter_fault(acme, webhook="reorder", type="message.sent", times=1, by="20m")

    sent_and_delivered(acme, 0.2)

    (held,) = [event for event in acme.told() if event.type == "message.sent" and not event.attempts]
    assert held.first_due_at is not None
    assert acme.seconds(held.first_due_at) == 1200.1


def test_a_fault_that_is_withdrawn_lets_go_what_it_holds(acme: Acme):
    fault = enter_fault(acme, webhook="reorder", type="message.sent", by="20m")
    acme.send(ADA)
    acme.advance(0.2)

    faults.withdraw(acme.world, fault.id)
    acme.advance(0.1)
    acme.advance(3600)

    told = [entry for entry in acme.posted if entry[0] != "message.sending"]
    assert told == [("message.sent", 0.2), ("message.delivered", 0.5)]


def test_a_late_event_is_tried_first_later_and_signed_then(acme: Acme):
    enter_fault(acme, webhook="late", type="message.sent", by="2h")

    assert sent_and_delivered(acme, 7300) == [("delivered", 0.5), ("sent", 7200.1)]
    late = signatures(acme)[1]["x-acme-signature"]
    assert late.endswith("T02:00:00.100000+00:00")


def test_a_bad_signature_is_of_another_secret_and_of_nothing_else(acme: Acme):
    enter_fault(acme, webhook="bad_signature", type="message.sent", times=1)
    acme.answers = [PostOutcome(200), PostOutcome(401)]

    assert sent_and_delivered(acme, 60) == [("sent", 0.1), ("delivered", 0.5), ("sent", 30.1)]
    secrets = [each["x-acme-signature"].split("/")[0] for each in signatures(acme)]
    times = [each["x-acme-signature"].split("/")[2] for each in signatures(acme)]
    assert secrets == ["secret-hook", "secreu-hook", "secret-hook", "secret-hook"]
    assert times[1].endswith("00:00:00.100000+00:00")


def test_a_stale_timestamp_is_signed_truly(acme: Acme):
    enter_fault(acme, webhook="stale_timestamp", type="message.sent", by="30m")

    assert sent_and_delivered(acme) == [("sent", 0.1), ("delivered", 0.5)]
    stale = signatures(acme)[1]["x-acme-signature"]
    assert stale.startswith("secret-hook/")
    assert stale.endswith("2025-12-31T23:30:00.100000+00:00")


def test_a_dropped_event_is_never_told(acme: Acme):
    enter_fault(acme, webhook="drop", type="message.sent", times=1)

    assert sent_and_delivered(acme, 86_400) == [("delivered", 0.5)]
    assert [event.state for event in acme.told() if event.type == "message.sent"] == ["dropped"]


def test_before_the_response_the_messages_life_goes_on_up_to_the_event(acme: Acme):
    enter_fault(acme, webhook="before_response", type="message.sent", times=1)
    message = acme.send(ADA)

    early = breaks.tell_early(acme.world, [message.id])

    told = [acme.store.webhook_events[ready.event_id].type for ready in early]
    assert told == ["message.sending", "message.sent"]
    assert acme.timeline(message) == [("queued", 0.0), ("sending", 0.0), ("sent", 0.0)]
    assert not acme.world.ready
    acme.advance(10)
    assert acme.timeline(message)[-1] == ("delivered", 0.4)
    assert breaks.tell_early(acme.world, [acme.send(ADA).id]) == ()


SCOPES: list[tuple[dict[str, Any], bool]] = [
    ({"api": "acme"}, True),
    ({"api": "bell"}, False),
    ({"account": ACCOUNT}, True),
    ({"account": "Bell Ltd"}, False),
    ({"recipient": "254711000111"}, True),
    ({"recipient": BOB}, False),
    ({"type": "message.*"}, True),
    ({"type": "inbound"}, False),
    ({"from": "1s"}, False),
    ({"until": "1s"}, True),
    ({"until": "2026-01-01T00:00:00.050Z"}, False),
]


@pytest.mark.parametrize(("scope", "fits"), SCOPES, ids=[str(case[0]) for case in SCOPES])
def test_a_scope_fits_or_does_not(acme: Acme, scope: dict[str, Any], fits: bool):
    enter_fault(acme, webhook="drop", **scope)

    told = sent_and_delivered(acme)

    assert told == ([] if fits else [("sent", 0.1), ("delivered", 0.5)])


def test_every_second_event(acme: Acme):
    enter_fault(acme, webhook="drop", type="message.delivered", every=2)

    kept = [("delivered", 0.5) in sent_and_delivered(acme) for _ in range(4)]

    assert kept == [True, False, True, False]


def test_a_part_by_seeded_chance():
    def run() -> list[bool]:
        acme = Acme()
        enter_fault(acme, webhook="drop", type="message.delivered", rate=0.25)
        return [("delivered", 0.5) in sent_and_delivered(acme, unit_micros=0) for _ in range(200)]

    kept = run()

    assert kept == run()
    assert 130 < sum(kept) < 170


def test_of_several_breaks_the_newest_counts(acme: Acme):
    enter_fault(acme, webhook="drop", type="message.sent")
    enter_fault(acme, webhook="late", by="1s", type="message.sent", times=1)

    assert sent_and_delivered(acme) == [("delivered", 0.5), ("sent", 1.1)]
    assert sent_and_delivered(acme) == [("delivered", 0.5)]


def test_inbound_messages_are_webhooks_too(acme: Acme):
    enter_fault(acme, webhook="drop", type="inbound")
    acme.send("+12025550111")  # the person answers

    acme.advance(60)

    assert "inbound" not in [type for type, _ in acme.posted]
    assert [event.state for event in acme.told() if event.type == "inbound"] == ["dropped"]


def test_the_journal_says_what_was_broken(acme: Acme):
    enter_fault(acme, webhook="drop", type="message.sent")

    sent_and_delivered(acme)

    assert acme.notes() == ["fault"]


@pytest.mark.parametrize(
    "secret", ["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "0123abcf", "zZ9", "", "_", "f", "Z", "9", "secret"]
)
def test_another_secret_has_the_same_form_and_is_another_one(secret: str):
    other = breaks.another_secret(secret)

    assert other != secret
    assert len(other) == max(1, len(secret)) or not any(mark.isalnum() for mark in secret)
    assert sum(one != two for one, two in zip(secret, other, strict=False)) <= 1


def test_what_an_api_signs_is_seen_by_asking_it():
    acme = acme_policy().webhooks

    assert breaks.is_signed(acme, "acme")
    assert breaks.is_stamped(acme, "acme")
    assert not breaks.is_signed(BELL.webhooks, "bell")
    assert not breaks.is_stamped(BELL.webhooks, "bell")
