"""Mailjet. Source: Mailjet, "Send API v3.1", "Event API: real-time notifications", read 2026-11."""

import pytest

from emulator.core.ids import Ids
from emulator.core.records import EventType
from emulator.providers.reasons import Reason
from emulator.providers.voices import VOICES
from tests.emulator.providers.voices.stories import accepted, json_of, refused, report, said

E = EventType
ID = "576460756513665525"


def hook(event) -> dict:
    return json_of(said("mailjet", event, provider_message_id=ID))


def test_message_id_is_an_integer_above_two_to_the_53rd():
    assert 2**53 < int(VOICES["mailjet"].message_id(Ids(1, {}))) < 2**63


def test_accepted():
    answer = said("mailjet", accepted(), provider_message_id=ID)

    (message,) = json_of(answer)["Messages"]
    (to,) = message["To"]
    assert answer.status == 200
    assert (message["Status"], message["CustomID"], message["Cc"], message["Bcc"]) == ("success", "", [], [])
    assert len(to.pop("MessageUUID")) == 36
    assert to == {
        "Email": "someone@simulator.example",
        "MessageID": 576460756513665525,
        "MessageHref": "https://api.mailjet.com/v3/REST/message/576460756513665525",
    }


@pytest.mark.parametrize(
    ("reason", "status", "code", "related"),
    [
        (Reason.INVALID_ADDRESS, 400, "mj-0013", ["To[0].Email"]),
        (Reason.SENDER_REFUSED, 403, "send-0008", ["From"]),
        (Reason.INSUFFICIENT_CREDIT, 403, "403", []),
    ],
)
def test_refused(reason: Reason, status: int, code: str, related: list[str]):
    answer = said("mailjet", refused(reason))

    ((error,),) = [message["Errors"] for message in json_of(answer)["Messages"]]
    assert answer.status == error["StatusCode"] == status
    assert (error["ErrorCode"], error["ErrorRelatedTo"]) == (code, related)


@pytest.mark.parametrize(
    ("reason", "status", "text"),
    [
        (Reason.UNAUTHORISED, 401, "API key authentication/authorization failure."),
        (Reason.THROTTLED, 429, "Too many requests."),
    ],
)
def test_a_refused_call_speaks_of_no_message(reason: Reason, status: int, text: str):
    answer = said("mailjet", refused(reason))

    content = json_of(answer)
    assert list(content) == ["ErrorIdentifier", "ErrorMessage", "StatusCode"]
    assert (answer.status, content["StatusCode"], content["ErrorMessage"]) == (status, status, text)


def test_5xx_names_an_error_identifier():
    answer = said("mailjet", refused(Reason.SERVER_ERROR, code="500"))

    assert list(json_of(answer)) == ["ErrorIdentifier", "ErrorMessage", "StatusCode"]


def test_delivered_is_sent():
    event = hook(report(E.DELIVERED))

    assert (len(event.pop("Message_GUID")), type(event.pop("mj_contact_id"))) == (36, int)
    assert event == {
        "event": "sent",
        "time": 1795262400,
        "MessageID": 576460756513665525,
        "email": "someone@simulator.example",
        "mj_campaign_id": 0,
        "customcampaign": "",
        "CustomID": "",
        "Payload": "",
        "mj_message_id": "576460756513665525",
        "smtp_reply": "sent (250 2.0.0 OK: message accepted)",
    }


@pytest.mark.parametrize(
    ("event", "hard", "related", "error"),
    [
        (report(E.BOUNCED, reason=Reason.UNKNOWN_SUBSCRIBER), True, "recipient", "user unknown"),
        (report(E.BOUNCED, hard=False, reason=Reason.MAILBOX_FULL), False, "recipient", "quota exceeded"),
        (report(E.BOUNCED, hard=False, reason=Reason.GREYLISTED), False, "system", "system issue"),
        (report(E.DEFERRED, reason=Reason.MAILBOX_FULL), False, "domain", "greylisted"),
        (report(E.EXPIRED, reason=Reason.ABSENT_SUBSCRIBER), False, "system", "connection issue"),
    ],
)
def test_bounce(event, hard: bool, related: str, error: str):
    bounce = hook(event)

    assert (bounce["event"], bounce["hard_bounce"], bounce["blocked"]) == ("bounce", hard, hard)
    assert (bounce["error_related_to"], bounce["error"]) == (related, error)


def test_blocked_address_is_taken_and_not_sent():
    event = hook(refused(Reason.BLOCKED))

    assert (event["event"], event["error_related_to"], event["error"]) == ("blocked", "mailjet", "preblocked")


@pytest.mark.parametrize(
    ("type", "name"), [(E.OPENED, "open"), (E.CLICKED, "click"), (E.COMPLAINED, "spam"), (E.UNSUBSCRIBED, "unsub")]
)
def test_event_name(type: EventType, name: str):
    assert hook(report(type))["event"] == name
