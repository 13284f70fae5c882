"""Mailgun. Source: Mailgun, "Sending", "Events", "Webhooks", read 2026-11."""

import hmac

import pytest

from emulator.core.ids import Ids
from emulator.core.records import EventType
from emulator.providers.reasons import Reason
from emulator.providers.voices import VOICES
from emulator.providers.voices.mailgun import WEBHOOK_SIGNING_KEY
from tests.emulator.providers.voices.stories import a_connection, accepted, json_of, refused, report, said

E = EventType
ID = "20261121.1.ABC@mg.example.com"


def event_data(*events, **changes) -> dict:
    return json_of(said("mailgun", *events, provider_message_id=ID, **changes))["event-data"]


def test_accepted_has_angle_brackets():
    answer = said("mailgun", accepted(), provider_message_id=ID)

    assert answer.status == 200
    assert json_of(answer) == {"id": "<20261121.1.ABC@mg.example.com>", "message": "Queued. Thank you."}


def test_id_is_kept_without_angle_brackets():
    assert not set("<>") & set(VOICES["mailgun"].message_id(Ids(1, {})))


@pytest.mark.parametrize(
    ("reason", "status"),
    [
        (Reason.INVALID_ADDRESS, 400),
        (Reason.SENDER_REFUSED, 403),
        (Reason.INSUFFICIENT_CREDIT, 402),
        (Reason.THROTTLED, 429),
        (Reason.SERVER_ERROR, 503),
    ],
)
def test_refused(reason: Reason, status: int):
    answer = said("mailgun", refused(reason))

    assert (answer.status, list(json_of(answer))) == (status, ["message"])


def test_permanent_failure():
    data = event_data(report(E.BOUNCED, reason=Reason.UNKNOWN_SUBSCRIBER))

    assert (data["event"], data["severity"], data["reason"]) == ("failed", "permanent", "bounce")
    assert data["timestamp"] == 1795262400.5
    assert data["recipient"] == "someone@simulator.example"
    assert data["message"]["headers"]["message-id"] == "20261121.1.ABC@mg.example.com"
    assert data["delivery-status"] == {
        "code": 550,
        "message": "5.1.1 The email account that you tried to reach does not exist",
        "description": "",
        "mx-host": "mx.simulator.example",
        "session-seconds": 0.1,
        "tls": True,
        "utf8": True,
        "certificate-verified": True,
        "enhanced-code": "5.1.1",
        "attempt-no": 1,
    }


@pytest.mark.parametrize(
    ("event", "severity", "reason", "code"),
    [
        (report(E.DEFERRED, reason=Reason.MAILBOX_FULL), "temporary", "generic", 452),
        (report(E.DEFERRED, reason=Reason.GREYLISTED), "temporary", "greylisted", 450),
        (report(E.BOUNCED, hard=False, reason=Reason.MAILBOX_FULL), "permanent", "bounce", 452),
        (report(E.EXPIRED), "permanent", "old", 451),
        (report(E.BOUNCED, reason=Reason.CONTENT_REFUSED), "permanent", "espblock", 554),
        (refused(Reason.BLOCKED), "permanent", "suppress-bounce", 605),
    ],
)
def test_failure(event, severity: str, reason: str, code: int):
    data = event_data(event)

    assert (data["severity"], data["reason"], data["delivery-status"]["code"]) == (severity, reason, code)
    assert ("retry-seconds" in data["delivery-status"]) == (severity == "temporary")


def test_an_address_on_mailguns_own_list_is_not_tried():
    assert event_data(refused(Reason.BLOCKED))["delivery-status"] == {
        "attempt-no": 1,
        "message": "",
        "code": 605,
        "description": "Not delivering to previously bounced address",
        "session-seconds": 0,
    }


def test_attempts_are_counted():
    deferred = report(E.DEFERRED)

    assert event_data(deferred, report(E.DELIVERED))["delivery-status"]["attempt-no"] == 2


@pytest.mark.parametrize(
    ("type", "name"),
    [
        (E.SENT, "accepted"),
        (E.DELIVERED, "delivered"),
        (E.OPENED, "opened"),
        (E.CLICKED, "clicked"),
        (E.COMPLAINED, "complained"),
        (E.UNSUBSCRIBED, "unsubscribed"),
    ],
)
def test_event_name(type: EventType, name: str):
    assert event_data(report(type))["event"] == name


@pytest.mark.parametrize(
    ("connection", "key"),
    [
        (None, WEBHOOK_SIGNING_KEY),
        (a_connection(), WEBHOOK_SIGNING_KEY),
        (a_connection(secret={"webhook_secret": "signing-key"}), "signing-key"),
    ],
)
def test_signature_covers_timestamp_and_token(connection, key: str):
    signature = json_of(said("mailgun", report(E.DELIVERED), connection=connection))["signature"]

    assert (signature["timestamp"], len(signature["token"])) == ("1795262400", 50)
    signed = (signature["timestamp"] + signature["token"]).encode()
    assert signature["signature"] == hmac.new(key.encode(), signed, "sha256").hexdigest()
