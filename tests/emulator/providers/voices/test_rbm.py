"""RCS for Business. Source: Google, "RCS for Business: phones.agentMessages", "Events", "Webhooks", read 2026-11."""

import json
from base64 import b64decode, b64encode
from hmac import new as hmac_of
from typing import Any

import pytest

from emulator.core.records import Channel, Connection, Event, EventType
from emulator.providers.reasons import Reason
from emulator.providers.voice import Payload
from emulator.providers.voices import VOICES, payload
from emulator.providers.voices.rbm import CLIENT_TOKEN
from tests.builders import a_message
from tests.emulator.providers.voices.stories import a_connection, accepted, facts, json_of, refused, report, said

E = EventType
ID = "5b8e6c1e-2f43-4d0b-9c55-1f3f0c2f7a10"
TO = "+12025550100"


def told(event: Event, **changes: Any) -> Payload:
    usual: dict[str, Any] = {"provider_message_id": ID, "address": TO, "message": a_message(channel=Channel.RCS)}
    return said("rbm", event, **usual | changes)


def event_in(post: Payload) -> Any:
    return json.loads(b64decode(json_of(post)["message"]["data"]))


def test_accepted():
    answer = told(accepted())

    assert (answer.status, json_of(answer)) == (
        200,
        {
            "name": "phones/+12025550100/agentMessages/5b8e6c1e-2f43-4d0b-9c55-1f3f0c2f7a10",
            "sendTime": "2026-11-21T12:00:00.100Z",
            "contentMessage": {"text": "Gate 4 is open."},
        },
    )


@pytest.mark.parametrize(
    ("event", "http_status", "status"),
    [
        (refused(Reason.INVALID_ADDRESS), 400, "INVALID_ARGUMENT"),
        (refused(Reason.UNAUTHORISED), 401, "UNAUTHENTICATED"),
        (refused(Reason.BLOCKED), 403, "PERMISSION_DENIED"),
        (refused(Reason.UNKNOWN_SUBSCRIBER), 404, "NOT_FOUND"),
        (refused(Reason.NO_CAPABILITY), 404, "NOT_FOUND"),
        (refused(Reason.THROTTLED), 429, "RESOURCE_EXHAUSTED"),
        (refused(Reason.SERVER_ERROR, code="503"), 503, "UNAVAILABLE"),
        (refused("made up"), 400, "INVALID_ARGUMENT"),
        (refused("made up", code="404"), 404, "NOT_FOUND"),
    ],
)
def test_refused(event: Event, http_status: int, status: str):
    answer = told(event)

    error = json_of(answer)["error"]
    assert list(error) == ["code", "message", "status"]
    assert (answer.status, error["code"], error["status"]) == (http_status, http_status, status)


@pytest.mark.parametrize(
    ("type", "name"), [(E.DELIVERED, "DELIVERED"), (E.READ, "READ"), (E.UNSUBSCRIBED, "UNSUBSCRIBE")]
)
def test_event_of_the_person(type: EventType, name: str):
    event = event_in(told(report(type)))

    assert len(event.pop("eventId")) == 36
    assert event == {
        "senderPhoneNumber": TO,
        "eventType": name,
        "messageId": ID,
        "agentId": "example_agent",
        "sendTime": "2026-11-21T12:00:00.500Z",
    }


@pytest.mark.parametrize(
    ("type", "name"), [(E.EXPIRED, "TTL_EXPIRATION_REVOKED"), (E.UNCERTAIN, "TTL_EXPIRATION_REVOKE_FAILED")]
)
def test_event_of_the_platform(type: EventType, name: str):
    event = event_in(told(report(type)))

    assert len(event.pop("eventId")) == 36
    assert event == {
        "phoneNumber": TO,
        "eventType": name,
        "messageId": ID,
        "agentId": "example_agent",
        "sendTime": "2026-11-21T12:00:00.500Z",
    }


def test_click_is_a_tap_on_a_suggestion():
    event = event_in(told(report(E.CLICKED, url="https://example.com/gates")))

    assert event["suggestionResponse"] == {
        "postbackData": "https://example.com/gates",
        "text": "https://example.com/gates",
        "type": "ACTION",
    }
    assert "eventType" not in event


def test_agent_is_the_connection_s():
    connection = a_connection("rbm", public={"agent_id": "acme_agent"})

    assert event_in(told(report(E.READ), connection=connection))["agentId"] == "acme_agent"


@pytest.mark.parametrize(
    ("connection", "token"),
    [(None, CLIENT_TOKEN), (a_connection("rbm", secret={"client_token": "clienttoken"}), "clienttoken")],
)
def test_event_is_signed_before_it_is_wrapped(connection: Connection | None, token: str):
    post = told(report(E.DELIVERED), connection=connection)

    data = b64decode(json_of(post)["message"]["data"])
    signature = b64encode(hmac_of(token.encode(), data, "sha512").digest()).decode()
    assert post.headers == (("X-Goog-Signature", signature),)
    assert post.status is None


@pytest.mark.parametrize("type", [E.DEFERRED, E.FAILED, E.BOUNCED, E.COMPLAINED, E.OPENED])
def test_what_google_does_not_tell(type: EventType):
    assert payload(facts("rbm", report(type))) is None
    assert type not in (VOICES["rbm"].reports or set())
