"""Webhooks: the envelope, its signature, when it is sent again, and who is told."""

import hashlib
import hmac
from datetime import timedelta

from msgspec.structs import replace

from emulator.core.outbox import PostOutcome
from emulator.dialects.tripdesk.webhooks import EVENT_TYPES, RULES, signature
from emulator.gateway import telling
from tests.emulator.dialects.tripdesk.conftest import CONTRACT, SEED, SMS, Api


def test_the_six_types_are_those_of_the_contract():
    assert set(CONTRACT.document["webhooks"]) == set(EVENT_TYPES)


def test_message_sent_has_the_providers_id_and_status(api: Api):
    api.listen("message.sent")
    id = api.send(SEED, external_id="trip-77").json["id"]
    api.advance(2)

    (event,) = api.told()

    message = api.message(id)
    assert event.pop("id").startswith("evt_")
    assert event == {
        "type": "message.sent",
        "created_at": "2026-01-01T00:00:00Z",
        "tenant_id": api.account.id,
        "data": {
            "message_id": id,
            "channel": "whatsapp",
            "to": "+15551234567",
            "external_id": "trip-77",
            "provider": {
                "gateway_id": message["gateway_id"],
                "message_id": message["provider_message_id"],
                "status": "accepted",
            },
        },
    }


def test_message_delivered_has_the_moment(api: Api):
    api.listen("message.delivered")
    message = api.life({**SMS, "to": "+12025550101"})

    (event,) = api.told()

    assert event["data"] == {
        "message_id": message["id"],
        "channel": "sms",
        "to": "+12025550101",
        "external_id": None,
        "provider_message_id": message["provider_message_id"],
        "delivered_at": "2026-01-01T00:00:30Z",
    }


def test_message_failed_has_last_error_retry_count_and_refund(api: Api):
    # The body: the reference page, section 16, "Example of a failure".
    api.listen("message.failed")
    message = api.life({**SMS, "to": "+12025550106"})

    (event,) = api.told()

    assert event["data"] == {
        "message_id": message["id"],
        "channel": "sms",
        "to": "+12025550106",
        "external_id": None,
        "last_error": {"code": "provider_timeout", "message": "No answer within 15 s", "provider_code": None},
        "retry_count": 3,
        "refund": {
            "transaction_id": message["refund"]["transaction_id"],
            "amount": "0.020",
            "currency": "USD",
            "balance_after": "100.000",
        },
    }


def test_message_bounced_has_the_diagnostic(api: Api):
    api.listen("message.bounced")
    body = {"channel": "email", "to": "bounce@simulator.example", "subject": "Trip", "text": "x"}
    message = api.life(body)

    (event,) = api.told()

    assert event["data"] == {
        "message_id": message["id"],
        "to": "bounce@simulator.example",
        "external_id": None,
        "bounce": message["bounce"],
    }


def test_the_signature_covers_time_and_body_with_the_whole_secret_as_key(api: Api):
    endpoint = api.listen("message.sent")
    api.life(SMS)
    (event,) = api.events()
    at = api.world.clock.now

    headers = dict(RULES.sign(event, endpoint, at))

    assert headers["Content-Type"] == "application/json"
    assert headers["X-TripDesk-Event"] == "message.sent"
    assert headers["X-TripDesk-Timestamp"] == str(int(at.timestamp()))
    signed = f"{headers['X-TripDesk-Timestamp']}.".encode() + event.body
    expected = hmac.new(b"whsec_0123456789", signed, hashlib.sha256).hexdigest()
    assert headers["X-TripDesk-Signature"] == f"v1={expected}"


def test_a_signature_that_was_made_elsewhere():
    # printf '%s' '1780388131.{"id":"evt_1"}' | openssl dgst -sha256 -hmac whsec_abc
    expected = "ded2e8098093c7e154e018ee01618bbcf229e5b10ade7e0c881224df3338a80b"

    assert signature("whsec_abc", 1780388131, b'{"id":"evt_1"}') == expected


def test_each_attempt_is_signed_anew_under_one_delivery_id(api: Api):
    endpoint = api.listen("message.sent")
    api.life(SMS)
    (event,) = api.events()

    first, second = (
        dict(RULES.sign(event, endpoint, api.world.clock.now + timedelta(minutes=wait))) for wait in (0, 1)
    )

    assert first["X-TripDesk-Delivery"] == second["X-TripDesk-Delivery"]
    assert first["X-TripDesk-Signature"] != second["X-TripDesk-Signature"]
    declared = CONTRACT.schema_problems("#/components/parameters/Delivery/schema", first["X-TripDesk-Delivery"])
    assert declared == []


def test_seven_attempts_are_made_and_then_no_more(api: Api):
    api.listen("message.sent")
    api.life(SMS, seconds=1)
    start = api.world.ready[0].due_at
    waits: list[float] = []
    while api.world.ready:
        begun = telling.begin_attempt(api.world, api.world.ready.popleft())
        assert begun is not None
        event, attempt = begun
        waits.append((attempt.due_at - start).total_seconds())
        telling.end_attempt(api.world, event.id, attempt, PostOutcome(500))
        next_attempt_at = api.events()[0].attempts[-1].next_attempt_at
        if next_attempt_at is not None:
            api.advance((next_attempt_at - api.world.clock.now).total_seconds())

    minutes = [0, 1, 5, 30, 120, 360, 1440]
    assert waits == [sum(minutes[: place + 1]) * 60 for place in range(7)]
    assert api.events()[0].state == "failed"
    assert RULES.timeout == timedelta(seconds=10)


def test_two_endpoints_get_the_same_event_in_deliveries_of_their_own(api: Api):
    endpoint = api.listen("message.sent")
    api.world.store.endpoints.put(replace(endpoint, id="other"))
    api.life(SMS)

    first, second = api.events()

    assert first.body == second.body
    deliveries = {dict(RULES.sign(each, endpoint, api.world.clock.now))["X-TripDesk-Delivery"] for each in api.events()}
    assert len(deliveries) == 2


def test_an_endpoint_that_names_no_types_gets_all_and_another_only_its_own(api: Api):
    endpoint = api.listen("message.failed")
    api.life(SMS)
    assert api.told() == []

    api.world.store.endpoints.put(replace(endpoint, event_types=()))
    api.life(SMS)
    assert [event["type"] for event in api.told()] == ["message.sent", "message.delivered"]


def test_the_other_side_is_told_nothing(api: Api, sandbox: Api):
    sandbox.listen()

    api.life(SMS)

    assert sandbox.told() == []


def test_an_endpoint_that_is_switched_off_is_told_nothing(api: Api):
    endpoint = api.listen()
    api.world.store.endpoints.put(replace(endpoint, status="disabled"))

    api.life(SMS)

    assert api.told() == []
