"""Amazon SES. Source: Amazon SES API v2, developer guide, "Examples of event data", read 2026-11."""

import json
import re

import pytest

from emulator.core.ids import Ids
from emulator.core.records import EventType
from emulator.providers.reasons import Reason
from emulator.providers.voices import VOICES
from tests.emulator.providers.voices.stories import MAILBOX, a_connection, accepted, json_of, refused, report, said

E = EventType
ID = "00000138111222aa-33322211-cccc-cccc-cccc-ddddaaaa0680-000000"


def event_of(event, **changes) -> dict:
    return json.loads(json_of(said("ses", event, provider_message_id=ID, **changes))["Message"])


def test_message_id_form():
    form = r"[0-9a-f]{16}-[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}-000000"

    assert re.fullmatch(form, VOICES["ses"].message_id(Ids(1, {})))


def test_accepted():
    answer = said("ses", accepted(), provider_message_id=ID)

    assert (answer.status, json_of(answer)) == (200, {"MessageId": ID})


@pytest.mark.parametrize(
    ("reason", "status", "type"),
    [
        (Reason.INVALID_ADDRESS, 400, "BadRequestException"),
        (Reason.SENDER_REFUSED, 400, "MessageRejected"),
        (Reason.INSUFFICIENT_CREDIT, 400, "AccountSuspendedException"),
        (Reason.THROTTLED, 429, "TooManyRequestsException"),
        (Reason.SERVER_ERROR, 503, "ServiceUnavailable"),
    ],
)
def test_type_of_an_error_is_in_a_header(reason: Reason, status: int, type: str):
    answer = said("ses", refused(reason))

    assert (answer.status, dict(answer.headers)) == (status, {"x-amzn-ErrorType": type})
    assert list(json_of(answer)) == ["message"]


def test_hard_bounce():
    event = event_of(report(E.BOUNCED, reason=Reason.UNKNOWN_SUBSCRIBER))

    feedback_id = event["bounce"].pop("feedbackId")
    assert re.fullmatch(r"[0-9a-f]{16}-.{36}-000000", feedback_id)
    assert event == {
        "eventType": "Bounce",
        "bounce": {
            "bounceType": "Permanent",
            "bounceSubType": "NoEmail",
            "bouncedRecipients": [
                {
                    "emailAddress": "someone@simulator.example",
                    "action": "failed",
                    "status": "5.1.1",
                    "diagnosticCode": "smtp; 550 5.1.1 The email account that you tried to reach does not exist",
                }
            ],
            "timestamp": "2026-11-21T12:00:00.500Z",
            "reportingMTA": "dns; a8-70.smtp-out.amazonses.com",
        },
        "mail": {
            "timestamp": "2026-11-21T12:00:00.000Z",
            "source": "news@example.org",
            "sourceArn": "arn:aws:ses:us-east-1:123456789012:identity/example.org",
            "sendingAccountId": "123456789012",
            "messageId": ID,
            "destination": ["someone@simulator.example"],
            "headersTruncated": False,
            "headers": [
                {"name": "From", "value": "news@example.org"},
                {"name": "To", "value": "someone@simulator.example"},
                {"name": "Subject", "value": "Gate change"},
            ],
            "commonHeaders": {
                "from": ["news@example.org"],
                "to": ["someone@simulator.example"],
                "messageId": ID,
                "subject": "Gate change",
            },
            "tags": {"ses:configuration-set": ["default"]},
        },
    }


@pytest.mark.parametrize(
    ("event", "type", "subtype"),
    [
        (report(E.BOUNCED), "Permanent", "General"),
        (refused(Reason.BLOCKED), "Permanent", "OnAccountSuppressionList"),
        (report(E.BOUNCED, hard=False), "Transient", "General"),
        (report(E.BOUNCED, hard=False, reason=Reason.MAILBOX_FULL), "Transient", "MailboxFull"),
        (report(E.BOUNCED, hard=False, reason=Reason.CONTENT_REFUSED), "Transient", "ContentRejected"),
        (report(E.EXPIRED, reason=Reason.ABSENT_SUBSCRIBER), "Transient", "CustomTimeoutExceeded"),
    ],
)
def test_bounce_type(event, type: str, subtype: str):
    bounce = event_of(event)["bounce"]

    assert (bounce["bounceType"], bounce["bounceSubType"]) == (type, subtype)


def test_delay():
    delay = event_of(report(E.DEFERRED, reason=Reason.MAILBOX_FULL))["deliveryDelay"]

    assert delay["delayType"] == "MailboxFull"
    assert delay["delayedRecipients"][0]["status"] == "4.2.2"


def test_delivery_counts_the_time_since_the_message_was_handed_over():
    delivery = event_of(report(E.DELIVERED))["delivery"]

    assert (delivery["processingTimeMillis"], delivery["recipients"]) == (500, [MAILBOX])


@pytest.mark.parametrize(
    ("type", "name", "member"),
    [
        (E.SENT, "Send", "send"),
        (E.DELIVERED, "Delivery", "delivery"),
        (E.COMPLAINED, "Complaint", "complaint"),
        (E.UNSUBSCRIBED, "Subscription", "subscription"),
        (E.OPENED, "Open", "open"),
        (E.CLICKED, "Click", "click"),
    ],
)
def test_event_type_names_its_member(type: EventType, name: str, member: str):
    event = event_of(report(type))

    assert event["eventType"] == name
    assert list(event) == ["eventType", member, "mail"]


def test_envelope_and_headers_agree():
    payload = said("ses", report(E.DELIVERED), connection=a_connection("ses", public={"region": "eu-west-1"}))

    envelope, headers = json_of(payload), dict(payload.headers)
    assert payload.content_type == "text/plain; charset=UTF-8"
    assert envelope["Type"] == headers["x-amz-sns-message-type"] == "Notification"
    assert envelope["MessageId"] == headers["x-amz-sns-message-id"]
    assert envelope["TopicArn"] == headers["x-amz-sns-topic-arn"]
    assert envelope["TopicArn"].startswith("arn:aws:sns:eu-west-1:")
    assert {"Timestamp", "SignatureVersion", "Signature", "SigningCertURL", "UnsubscribeURL"} <= set(envelope)
