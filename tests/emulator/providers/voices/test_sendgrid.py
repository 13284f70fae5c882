"""SendGrid. Source: SendGrid API reference, "Mail Send", "Event Webhook Reference", read 2026-11."""

import pytest

from emulator.core.records import EventType
from emulator.providers.reasons import Reason
from tests.emulator.providers.voices.stories import accepted, json_of, refused, report, said

E = EventType
ID = "14c5d75ce93.dfd.64b469"


def hook(*events, **changes) -> dict:
    (event,) = json_of(said("sendgrid", *events, provider_message_id=ID, **changes))
    return event


def test_accepted_has_no_body_and_the_id_in_a_header():
    answer = said("sendgrid", accepted(), provider_message_id=ID)

    assert (answer.status, answer.body, answer.headers) == (202, "", (("X-Message-Id", ID),))


@pytest.mark.parametrize(
    ("reason", "status", "field"),
    [
        (Reason.INVALID_ADDRESS, 400, "personalizations.0.to.0.email"),
        (Reason.SENDER_REFUSED, 403, "from"),
        (Reason.INSUFFICIENT_CREDIT, 401, None),
        (Reason.THROTTLED, 429, None),
        (Reason.SERVER_ERROR, 503, None),
        ("made up", 400, None),
    ],
)
def test_refused(reason: str, status: int, field: str | None):
    answer = said("sendgrid", refused(reason))

    (error,) = json_of(answer)["errors"]
    assert (answer.status, list(error), error["field"]) == (status, ["message", "field", "help"], field)


def test_hard_bounce():
    bounce = hook(report(E.BOUNCED, reason=Reason.UNKNOWN_SUBSCRIBER))

    assert len(bounce.pop("sg_event_id")) == 22
    assert bounce == {
        "email": "someone@simulator.example",
        "timestamp": 1795262400,
        "smtp-id": "<14c5d75ce93.dfd.64b469@geopod-ismtpd-1>",
        "event": "bounce",
        "sg_message_id": "14c5d75ce93.dfd.64b469.filter0001.16648.5515E0B88.0",
        "ip": "192.0.2.10",
        "reason": "550 5.1.1 The email account that you tried to reach does not exist",
        "status": "5.1.1",
        "tls": 1,
        "type": "bounce",
        "bounce_classification": "Invalid Address",
    }


def test_delivered_tells_of_the_connection():
    delivered = hook(report(E.DELIVERED))

    assert (delivered["response"], delivered["tls"], delivered["cert_err"]) == ("250 2.0.0 OK: message accepted", 1, 0)


@pytest.mark.parametrize(
    ("event", "type", "status"),
    [
        (report(E.BOUNCED, hard=False, reason=Reason.MAILBOX_FULL), "blocked", "4.2.2"),
        (report(E.EXPIRED), "expired", "4.4.7"),
        (report(E.FAILED), "bounce", "5.0.0"),
    ],
)
def test_bounce_type(event, type: str, status: str):
    bounce = hook(event)

    assert (bounce["event"], bounce["type"], bounce["status"]) == ("bounce", type, status)


def test_blocked_address_is_taken_and_dropped():
    dropped = hook(refused(Reason.BLOCKED))

    assert (dropped["event"], dropped["reason"], dropped["status"]) == ("dropped", "Bounced Address", "5.0.0")


def test_deferrals_are_counted():
    deferred = report(E.DEFERRED, reason=Reason.MAILBOX_FULL)

    assert [hook(deferred)["attempt"], hook(deferred, deferred)["attempt"]] == ["1", "2"]
    assert hook(deferred)["response"] == "452 4.2.2 The email account that you tried to reach is over quota"


@pytest.mark.parametrize(
    ("type", "name"),
    [
        (E.SENT, "processed"),
        (E.DELIVERED, "delivered"),
        (E.OPENED, "open"),
        (E.CLICKED, "click"),
        (E.COMPLAINED, "spamreport"),
        (E.UNSUBSCRIBED, "unsubscribe"),
    ],
)
def test_event_name(type: EventType, name: str):
    assert hook(report(type))["event"] == name


def test_clicked_link_has_its_place():
    click = hook(report(E.CLICKED, url="https://example.com/gates"))

    assert (click["url"], click["url_offset"]) == ("https://example.com/gates", {"index": 0, "type": "html"})
