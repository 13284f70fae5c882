"""Webhook endpoints, and what is told to them: envelope, signature, attempts."""

import json
from datetime import timedelta
from typing import Any

import pytest
from msgspec.structs import replace

from emulator.core.outbox import PostOutcome
from emulator.core.records import EventType
from emulator.dialects.arowana import samples
from emulator.dialects.arowana.fixtures import key_of
from emulator.dialects.arowana.vocabulary import EVENT_NAMES
from emulator.dialects.arowana.webhooks import RULES, signature
from emulator.gateway import telling
from emulator.gateway.reporting import report
from emulator.providers.reasons import Reason
from emulator.providers.script import Report
from tests.emulator.dialects.arowana.conftest import CONTRACT, MAIL, PERSON, SECRET, Api, is_signed

HOOK = {"url": "https://hooks.example/arowana", "events": ["message.delivered", "email.bounced"], "secret": SECRET}


def test_an_endpoint_is_registered_without_showing_the_secret_it_was_given(api: Api):
    reply = api.post("/v1/webhooks", HOOK, base_path="/arowana")

    assert reply.status == 201
    id = reply.json["id"]
    assert reply.json == {
        "id": id,
        "url": "https://hooks.example/arowana",
        "events": ["message.delivered", "email.bounced"],
        "status": "ACTIVE",
        "created_at": "2026-01-01T00:00:00Z",
        "updated_at": "2026-01-01T00:00:00Z",
    }
    assert reply.headers["location"] == f"/arowana/v1/webhooks/{id}"


def test_a_secret_that_was_made_is_shown_once(api: Api):
    created = api.post("/v1/webhooks", {"url": "http://127.0.0.1:8099/x", "events": ["conversation.started"]})

    assert created.json["secret"].startswith("whsec_")
    assert len(created.json["secret"]) == len("whsec_") + 32
    (listed,) = api.get("/v1/webhooks").json["webhooks"]
    assert "secret" not in listed
    assert "secret" not in api.patch(f"/v1/webhooks/{created.json['id']}", {"secret": "whsec_second"}).json


@pytest.mark.parametrize(
    "url",
    [
        "https://a.example",
        "http://localhost:1/x",
        "http://127.0.0.1/x",
        "http://127.9.9.9:80",
        "http://[::1]:8099/x?y=z",
    ],
)
def test_https_and_the_machine_itself_are_taken(api: Api, url: str):
    assert api.post("/v1/webhooks", {**HOOK, "url": url}).status == 201


@pytest.mark.parametrize(
    ("changes", "details"),
    [
        ({"url": "http://hooks.example/x"}, [("url", "Must be an https address.")]),
        ({"url": "ftp://hooks.example/x"}, [("url", "Must be an https address.")]),
        ({"events": ["message.sent"]}, [("events[0]", "Is not an event.")]),
        ({"events": []}, [("events", "Must have at least 1 entry.")]),
        ({"events": ["*"]}, [("events[0]", "Is not an event.")]),
        ({"secret": "short"}, [("secret", "Must be at least 8 characters.")]),
        ({"url": 5}, [("url", "Must be a string.")]),
        ({"url": "https://hooks.example/x\n"}, [("url", "Must be an https address.")]),
    ],
)
def test_what_is_wrong_with_an_endpoint(api: Api, changes: Any, details: list[tuple[str, str]]):
    id = api.listen("message.read")
    for reply in (api.post("/v1/webhooks", {**HOOK, **changes}), api.patch(f"/v1/webhooks/{id}", changes)):
        assert (reply.status, reply.details) == (400, details)


def test_endpoints_are_listed_in_the_order_of_their_registration(api: Api):
    ids = [api.listen("message.read") for _ in range(5)]

    first = api.get("/v1/webhooks?limit=3").json
    rest = api.get(f"/v1/webhooks?limit=3&cursor={first['next_cursor']}").json

    assert [each["id"] for each in first["webhooks"]] == ids[:3]
    assert [each["id"] for each in rest["webhooks"]] == ids[3:]
    assert rest["next_cursor"] is None


def test_a_cursor_that_no_page_gave_is_refused(api: Api):
    reply = api.get("/v1/webhooks?cursor=zzz")

    assert (reply.status, reply.details) == (400, [("cursor", "Is not valid.")])


def test_an_endpoint_is_changed_in_what_is_given(api: Api):
    id = api.listen("message.read", url="https://a.example/")
    api.advance(90)

    reply = api.patch(f"/v1/webhooks/{id}", {"events": ["message.failed", "message.failed"]})

    assert (reply.json["url"], reply.json["events"]) == ("https://a.example/", ["message.failed"])
    assert reply.json["updated_at"] == "2026-01-01T00:01:30Z"
    assert api.patch(f"/v1/webhooks/{id}", {}).json["events"] == ["message.failed"]


def test_an_endpoint_is_removed(api: Api):
    id = api.listen("message.delivered")

    assert api.delete(f"/v1/webhooks/{id}").json == {"success": True}
    assert api.delete(f"/v1/webhooks/{id}").json == {"error": "not_found", "message": "Webhook not found."}
    api.life()
    assert api.events == []


def test_another_workspaces_endpoint_is_not_found(api: Api):
    id = api.listen("message.delivered")
    api.key = key_of("default", "example-studio")

    assert api.patch(f"/v1/webhooks/{id}", {}).status == 404
    assert api.delete(f"/v1/webhooks/{id}").status == 404
    assert api.post(f"/v1/webhooks/{id}/test").status == 404
    assert api.get("/v1/webhooks").json == {"webhooks": [], "next_cursor": None}


def test_the_seeds_delivered_event(api: Api):
    api.listen("message.delivered")
    id = api.sent()
    api.advance(5)

    (told,) = api.told()
    # Source: the seed has `message_id` and `delivered_at`; the reference page the other three.
    assert {**told, "id": "evt_z9y8x7"} == {
        "id": "evt_z9y8x7",
        "event": "message.delivered",
        "timestamp": "2026-01-01T00:00:05Z",
        "data": {
            "message_id": id,
            "agent_id": "ag_live_shop01",
            "to": PERSON,
            "status": "delivered",
            "delivered_at": "2026-01-01T00:00:05Z",
        },
    }


def test_names_match_exactly(api: Api):
    api.listen("message.delivered")
    api.life(MAIL)

    assert api.told() == []


def test_several_endpoints_get_the_same_event(api: Api):
    first, second = api.listen("message.delivered"), api.listen("message.delivered", "message.read")
    api.life()

    one, other = api.events
    assert {one.endpoint_id, other.endpoint_id} == {first, second}
    assert (one.wire_id, one.body) == (other.wire_id, other.body)


def test_an_endpoint_made_for_everything_gets_everything(api: Api, world: Any):
    from msgspec.structs import replace

    endpoint = world.store.endpoints[api.listen("message.read")]
    world.store.endpoints.put(replace(endpoint, event_types=()))
    api.life()

    assert [each["event"] for each in api.told()] == ["message.delivered"]
    assert api.get("/v1/webhooks").json["webhooks"][0]["events"] == list(EVENT_NAMES)


def attempt(api: Api, event_id: str, status: int | None = 200) -> Any:
    """Make an attempt that is due; gives its headers."""
    ready = next(each for each in api.world.ready if each.event_id == event_id)
    api.world.ready.remove(ready)
    begun = telling.begin_attempt(api.world, ready)
    assert begun is not None
    telling.end_attempt(api.world, event_id, begun[1], PostOutcome(status))
    return dict(begun[1].headers)


def test_attempts_are_signed_over_the_raw_body_with_the_whole_secret(api: Api):
    api.listen("message.delivered")
    api.life()
    (event,) = api.events

    headers = attempt(api, event.id)

    assert set(headers) == {"Content-Type", "User-Agent", "X-Arowana-Signature"}
    assert headers["Content-Type"] == "application/json"
    assert headers["User-Agent"] == "Arowana-Webhooks/1.0"
    assert is_signed(event.body, headers["X-Arowana-Signature"], SECRET)


def test_the_signatures_check_value():
    body = (
        b'{"id":"evt_9c1d","event":"message.delivered","timestamp":"2026-03-28T09:00:05Z",'
        b'"data":{"message_id":"msg_7d0c2f1e","delivered_at":"2026-03-28T09:00:05Z"}}'
    )

    # Source: made for the reference page, independently of this code.
    assert signature("whsec_emulator_test", body) == (
        "sha256=ac5895b1dd1e549d669c86116dff0fa6d186d581c1dd89bbad0312971e07cf70"
    )


def test_a_new_secret_signs_from_the_next_attempt_on(api: Api):
    id = api.listen("message.delivered")
    api.life()
    (event,) = api.events
    first = attempt(api, event.id, 500)
    api.patch(f"/v1/webhooks/{id}", {"secret": "whsec_second_secret"})
    api.advance(60)
    second = attempt(api, event.id)

    assert is_signed(event.body, first["X-Arowana-Signature"], SECRET)
    assert is_signed(event.body, second["X-Arowana-Signature"], "whsec_second_secret")


def test_five_attempts_in_all_at_the_documented_waits(api: Api):
    api.listen("message.delivered")
    api.sent()
    api.advance(5)
    (event,) = api.events

    for wait in (timedelta(), timedelta(minutes=1), timedelta(minutes=5), timedelta(hours=1), timedelta(hours=24)):
        api.advance(wait.total_seconds() - 1 if wait else 0)
        assert bool(api.world.ready) is not bool(wait)
        api.advance(1 if wait else 0)
        attempt(api, event.id, 500)

    api.advance(days=9)
    assert not api.world.ready
    assert api.world.store.webhook_events[event.id].state == "failed"


@pytest.mark.parametrize(("status", "is_success"), [(200, True), (204, True), (299, True), (302, False), (410, False)])
def test_any_2xx_is_a_success(status: int, is_success: bool):
    assert RULES.is_success(status) is is_success


def test_an_answer_may_take_five_seconds():
    assert RULES.timeout == timedelta(seconds=5)


def test_mail_events(api: Api):
    api.listen(*(name for name in EVENT_NAMES if name.startswith("email.")))
    id = api.sent(MAIL)
    api.advance(5)
    report(api.world, id, Report(type=EventType.OPENED))
    report(api.world, id, Report(type=EventType.CLICKED), url="https://shop.example/77")
    report(api.world, id, Report(type=EventType.COMPLAINED))
    report(api.world, id, Report(type=EventType.UNSUBSCRIBED))
    report(api.world, id, Report(type=EventType.BOUNCED, reason=Reason.UNKNOWN_SUBSCRIBER))

    at = "2026-01-01T00:00:05Z"
    common = {"message_id": id, "channel_id": "ch_mail01", "to": "kim@example.org"}
    assert [(each["event"], each["data"]) for each in api.told()] == [
        ("email.delivered", {**common, "subject": "Receipt 77", "delivered_at": at}),
        ("email.opened", {**common, "opened_at": at}),
        ("email.clicked", {**common, "url": "https://shop.example/77", "clicked_at": at}),
        ("email.complained", {**common, "complained_at": at}),
        ("email.unsubscribed", {**common, "unsubscribed_at": at}),
        (
            "email.bounced",
            {
                **common,
                "bounce_type": "hard",
                "bounce_code": "550",
                "bounce_message": "5.1.1 No such user.",
                "bounced_at": at,
            },
        ),
    ]


def test_a_read_message_is_told(api: Api):
    api.listen("message.read")
    id = api.sent(to="+12025550110")
    api.advance(10)

    assert api.told()[0]["data"] == {
        "message_id": id,
        "agent_id": "ag_live_shop01",
        "to": "+12025550110",
        "status": "read",
        "read_at": "2026-01-01T00:00:02Z",
    }


@pytest.mark.parametrize("name", EVENT_NAMES)
def test_the_sample_of_each_event_fits_the_contract(api: Api, name: str):
    id = api.listen(name)

    assert api.post(f"/v1/webhooks/{id}/test").status == 200
    (told,) = api.told()
    assert told["event"] == name
    assert told["data"] == samples.data_of(name, api.world.clock.now)


def test_there_is_a_sample_and_a_contract_for_each_event():
    assert set(CONTRACT.document["webhooks"]) == set(EVENT_NAMES)
    enum = CONTRACT.document["components"]["schemas"]["EventName"]["enum"]
    assert tuple(enum) == EVENT_NAMES


@pytest.mark.parametrize(("status", "delivered"), [(200, True), (204, True), (500, False), (302, False), (None, False)])
def test_a_test_event_is_sent_once_and_reported(api: Api, status: int | None, delivered: bool):
    id = api.listen("message.failed", "message.read")
    headers: list[Any] = []
    api.while_waiting = lambda: headers.append(attempt(api, api.events[0].id, status))

    reply = api.post(f"/v1/webhooks/{id}/test")
    api.advance(days=3)

    (event,) = api.events
    assert reply.json == {
        "event_id": event.wire_id,
        "event": "message.failed",
        "delivered": delivered,
        "response_status": status,
    }
    assert is_signed(event.body, headers[0]["X-Arowana-Signature"], SECRET)
    assert not api.world.ready
    assert len(event.attempts) == 1


def test_an_endpoint_that_gives_no_answer_in_time_is_reported_so(api: Api):
    reply = api.post(f"/v1/webhooks/{api.listen('message.read')}/test")

    assert (reply.json["delivered"], reply.json["response_status"]) == (False, None)


def test_a_repeated_test_with_one_key_sends_one_event(api: Api):
    id = api.listen("message.read")
    key = {"Idempotency-Key": "k"}

    replies = [api.post(f"/v1/webhooks/{id}/test", headers=key) for _ in range(2)]

    assert replies[0].body == replies[1].body
    assert len(api.events) == 1
    assert json.loads(api.events[0].body)["event"] == "message.read"


def test_an_endpoint_that_was_switched_off_is_shown_so_and_told_nothing(api: Api):
    id = api.listen("message.delivered")
    endpoint = api.world.store.endpoints[id]
    api.world.store.endpoints.put(replace(endpoint, status="disabled"))

    api.life()

    assert [each["status"] for each in api.get("/v1/webhooks").json["webhooks"]] == ["DISABLED"]
    assert api.told() == []
