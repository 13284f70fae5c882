"""Delivery receipts: what every recipient ends as, when, and where it is told."""

import msgspec
import pytest

from emulator.core.outbox import PostOutcome
from emulator.core.records import Channel, EventType
from emulator.gateway import reporting, telling
from emulator.providers.script import Report

RECEIVER = "https://client.example/dlr"


def magic(number):
    return f"4477009000{number:02d}"


@pytest.fixture
def send(client):
    def send(**changes):
        answer = client.send(endpoint=RECEIVER, **changes)
        assert answer.status == 200
        return answer.json[0]["data"]["uniqueId"]

    return send


# Source: Cloud Rebue documentation, "Delivery receipts", read 2026-11.
def test_an_ordinary_recipient_is_delivered_after_a_second(world, send, advance, told):
    id = send(phone="0722000222", correlator=2)

    advance(world, 0.99)
    assert told(world) == []
    advance(world, 0.01)

    (body,) = told(world)
    assert list(body.items()) == [
        ("phone", "254722000222"),
        ("correlator", 2),
        ("uniqueId", id),
        ("deliveryStatus", "DeliveredToTerminal"),
        ("deliveryTime", "2026-01-01 03:00:01"),
    ]
    (event,) = world.store.webhook_events
    assert (event.url, event.endpoint_id) == (RECEIVER, None)
    assert [ready.event_id for ready in world.ready] == [event.id]


@pytest.mark.parametrize(
    ("number", "seconds", "statuses_told"),
    [
        (0, 0.5, ["DeliveredToTerminal"]),
        (1, 30, ["DeliveredToTerminal"]),
        (2, 0.5, ["UnknownSubscriber"]),
        (3, 15, ["DeliveredToTerminal"]),
        (4, 0.1, ["SenderName Blacklisted"]),
        (5, 0.5, ["SenderName Blacklisted"]),
        (6, 51.05, ["SystemFailure"]),
        (7, 6.6, ["DeliveredToTerminal"]),
        (8, 0.1, ["InvalidMsisdn"]),
        (9, 60, ["AbsentSubscriber"]),
        (10, 0.5, ["DeliveredToTerminal"]),
        (11, 0.5, ["DeliveredToTerminal"]),
        (12, 0.5, ["DeliveredToTerminal"]),
        (13, 0.7, ["DeliveredToTerminal", "DeliveredToTerminal"]),
        (14, 0.5, ["DeliveredToTerminal", "DeliveredToNetwork"]),
        (15, 0, []),
        (16, 0.5, ["DeliveredToTerminal"]),
    ],
)
def test_a_magic_recipient_decides_its_outcome(world, send, advance, statuses, number, seconds, statuses_told):
    send(phone=magic(number))

    advance(world, seconds - 0.001)
    assert statuses(world) != statuses_told or not statuses_told
    advance(world, 0.001)
    assert statuses(world) == statuses_told
    advance(world, 3600)
    assert statuses(world) == statuses_told


def test_the_provider_is_called_three_times(world, send, advance):
    id = send(phone=magic(6))

    advance(world, 60)

    recipient = world.store.recipients[id]
    assert recipient.attempt == 3
    assert [event.type for event in recipient.events].count(EventType.RETRY_SCHEDULED) == 2


def test_a_duplicate_receipt_has_the_same_bytes(world, send, advance):
    send(phone=magic(13), correlator="a")

    advance(world, 1)

    first, second = world.store.webhook_events
    assert (first.body, first.wire_id) == (second.body, second.wire_id)


@pytest.mark.parametrize("correlator", [5, "5", None])
def test_the_correlator_keeps_its_type(world, send, advance, told, correlator):
    send(correlator=correlator)

    advance(world, 1)

    assert told(world)[0]["correlator"] == correlator


def test_a_list_has_one_receipt_for_each_number_under_one_id(world, send, advance, told):
    id = send(phone=f"0711000111,0733000333,{magic(2)}", correlator=1)

    advance(world, 1)

    bodies = {body["phone"]: body["deliveryStatus"] for body in told(world)}
    assert {body["uniqueId"] for body in told(world)} == {id}
    assert bodies == {
        "254711000111": "DeliveredToTerminal",
        "254733000333": "DeliveredToTerminal",
        magic(2): "UnknownSubscriber",
    }


def test_a_rebuetext_list_has_an_id_for_each_number(world, rebuetext, advance, told):
    answer = rebuetext.send(phone="0711000111,0733000333", delivery_endpoint=RECEIVER, correlator=1)

    advance(world, 1)

    sent = {element["data"]["phone"]: element["data"]["uniqueId"] for element in answer.json}
    assert {body["phone"]: body["uniqueId"] for body in told(world)} == sent


def test_each_object_of_a_batch_names_its_own_receiver(world, client, message, advance, told):
    client.send([message(endpoint="http://a.example", correlator=1), message(), message(endpoint="http://b.example")])

    advance(world, 1)

    assert len(told(world)) == 2
    assert [body["correlator"] for body in told(world, url="http://a.example")] == [1]


def test_without_a_receiver_nothing_is_told(world, client, advance):
    client.send()

    advance(world, 10)

    assert len(world.store.webhook_events) == 0


@pytest.mark.parametrize("phone", ["254810000000", "254119000000", "254200000000"])
def test_a_number_that_cannot_exist_is_accepted_and_fails_later(world, send, client, advance, statuses, phone):
    send(phone=phone)

    advance(world, 1)

    assert statuses(world) == ["InvalidMsisdn"]
    assert client.units == 100_000 - 1


def test_foreign_numbers_are_delivered(world, send, advance, statuses):
    send(phone="255712345678")

    advance(world, 1)

    assert statuses(world) == ["DeliveredToTerminal"]


def test_a_scheduled_message_waits(world, send, advance, told):
    send(time_to_send="2026-01-01 04:00")

    advance(world, 3600)
    assert told(world) == []
    advance(world, 1)

    assert told(world)[0]["deliveryTime"] == "2026-01-01 04:00:01"


def test_a_time_in_the_past_means_now(world, send, advance, told):
    send(send_at="2020-01-01 04:00")

    advance(world, 1)

    assert len(told(world)) == 1


def test_a_network_report_that_comes_separately_is_told(world, send, advance, statuses):
    id = send(phone=magic(1))
    advance(world, 1)

    reporting.report(world, id, Report(type=EventType.SENT))
    reporting.report(world, id, Report(type=EventType.FAILED, reason="CallBarred"))

    assert statuses(world) == ["DeliveredToNetwork", "CallBarred"]


def test_a_wait_that_is_reported_is_told_before_the_final_status(world, send, advance, statuses):
    id = send()
    advance(world, 0.6)

    reporting.report(world, id, Report(type=EventType.DEFERRED, reason="mailbox-full"))
    reporting.report(world, id, Report(type=EventType.DEFERRED, reason="SentToNetwork"))
    advance(world, 1)

    assert statuses(world) == ["MessageWaiting", "SentToNetwork", "DeliveredToTerminal"]


def test_a_late_report_is_told_and_moves_nothing(world, send, advance, statuses):
    id = send()
    advance(world, 1)

    reporting.report(world, id, Report(type=EventType.FAILED, reason="SM-DeliveryFailure"))

    assert statuses(world) == ["DeliveredToTerminal", "SM-DeliveryFailure"]
    assert world.store.recipients[id].status == "delivered"


def test_nothing_is_given_back_for_a_failure(world, send, client, advance):
    send(phone=magic(2), message="a" * 161)

    advance(world, 10)

    assert client.units == 100_000 - 2


def test_a_receipt_is_posted_again_after_one_and_five_minutes_then_dropped(world, send, advance):
    send()
    advance(world, 1)
    at = []
    for wait in (0, 60, 300):
        advance(world, wait)
        ready = world.ready.popleft()
        event, attempt = telling.begin_attempt(world, ready)
        at.append((attempt.due_at - event.created_at).total_seconds())
        assert attempt.headers == (("Content-Type", "application/json"),)
        telling.end_attempt(world, event.id, attempt, PostOutcome(500))

    advance(world, 3600)

    assert at == [0, 60, 360]
    assert not world.ready
    assert world.store.webhook_events[event.id].state == "failed"


def test_the_operator_is_the_provider(world, client, advance):
    client.send(phone="0711000111,0733000333,0770000111,447700900000")

    advance(world, 1)

    providers = [recipient.provider for recipient in world.store.recipients]
    assert providers == ["safaricom", "airtel", "telkom", "unknown"]
    assert all(recipient.provider_message_id for recipient in world.store.recipients)


def test_two_worlds_with_one_seed_tell_the_same_bytes(make_world, client_of, message, advance):
    bodies = []
    for _ in range(2):
        world = make_world(seed=7)
        answer = client_of(world).send([message(endpoint=RECEIVER, phone=magic(number)) for number in range(17)])
        advance(world, 100)
        bodies.append((msgspec.json.encode(answer.json), [event.body for event in world.store.webhook_events]))

    assert bodies[0] == bodies[1]


def test_an_opted_out_number_is_refused_by_the_operator(world, send, advance, statuses):
    from emulator.core import suppressions

    at = world.clock.now
    suppressions.suppress(
        world.store, world.ids, "1", Channel.SMS, "254711000111", "unsubscribed", at=at, environment="live"
    )
    send()

    advance(world, 1)

    assert statuses(world) == ["SenderName Blacklisted"]
