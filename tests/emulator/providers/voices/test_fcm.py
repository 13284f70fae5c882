"""Firebase Cloud Messaging. Source: Firebase, "FCM HTTP v1 API", read 2026-11."""

import re

import pytest

from emulator.core.ids import Ids
from emulator.core.records import Channel, Event, EventType
from emulator.providers.reasons import Reason
from emulator.providers.voices import VOICES, payload
from tests.builders import a_message
from tests.emulator.providers.voices.stories import accepted, facts, json_of, refused, report, said

NAME = "projects/example-project/messages/0:1500415314455276%31bd1c9631bd1c96"


def test_message_id_form():
    form = r"projects/example-project/messages/0:\d{16}%[0-9a-f]{16}"

    assert re.fullmatch(form, VOICES["fcm"].message_id(Ids(1, {})))


def test_accepted():
    message = a_message(channel=Channel.PUSH)

    answer = said("fcm", accepted(), message=message, address="sim-deliver", provider_message_id=NAME)

    assert (answer.status, json_of(answer)) == (200, {"name": NAME})


def test_token_of_an_app_that_was_removed():
    answer = said("fcm", refused(Reason.UNKNOWN_SUBSCRIBER))

    assert answer.status == 404
    assert json_of(answer) == {
        "error": {
            "code": 404,
            "message": "Requested entity was not found.",
            "status": "NOT_FOUND",
            "details": [{"@type": "type.googleapis.com/google.firebase.fcm.v1.FcmError", "errorCode": "UNREGISTERED"}],
        }
    }


@pytest.mark.parametrize(
    ("event", "http_status", "status", "code"),
    [
        (refused(Reason.INVALID_ADDRESS), 400, "INVALID_ARGUMENT", "INVALID_ARGUMENT"),
        (refused(Reason.UNAUTHORISED), 401, "UNAUTHENTICATED", "THIRD_PARTY_AUTH_ERROR"),
        (refused(Reason.BLOCKED), 403, "PERMISSION_DENIED", "SENDER_ID_MISMATCH"),
        (refused(Reason.NO_CAPABILITY), 404, "NOT_FOUND", "UNREGISTERED"),
        (refused(Reason.THROTTLED), 429, "RESOURCE_EXHAUSTED", "QUOTA_EXCEEDED"),
        (refused(Reason.SERVER_ERROR, code="500"), 500, "INTERNAL", "INTERNAL"),
        (refused(Reason.SERVER_ERROR, code="503"), 503, "UNAVAILABLE", "UNAVAILABLE"),
        (refused(Reason.SERVER_ERROR, code="502"), 502, "INTERNAL", "INTERNAL"),
        (refused("made up"), 400, "INVALID_ARGUMENT", "INVALID_ARGUMENT"),
        (refused("made up", code="418"), 418, "INTERNAL", "UNSPECIFIED_ERROR"),
        (refused("made up", code="UNREGISTERED"), 404, "NOT_FOUND", "UNREGISTERED"),
    ],
)
def test_error(event: Event, http_status: int, status: str, code: str):
    answer = said("fcm", event)

    error = json_of(answer)["error"]
    assert (answer.status, error["code"], error["status"]) == (http_status, http_status, status)
    assert [detail["errorCode"] for detail in error["details"]] == [code]


@pytest.mark.parametrize("type", EventType)
def test_there_are_no_receipts(type: EventType):
    assert payload(facts("fcm", report(type))) is None


def test_nothing_is_ever_reported():
    assert VOICES["fcm"].reports == frozenset()
