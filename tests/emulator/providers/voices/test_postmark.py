"""Postmark. Source: Postmark, "Email API", "API error codes", "Webhooks", read 2026-11."""

import pytest

from emulator.core.records import EventType
from emulator.providers.reasons import Reason
from tests.builders import a_mail
from tests.emulator.providers.voices.stories import (
    a_connection,
    accepted,
    json_of,
    refused,
    report,
    said,
)

E = EventType
ID = "883953f4-6105-42a2-a16a-77a8eac79483"


def hook(event, **changes) -> dict:
    return json_of(said("postmark", event, provider_message_id=ID, **changes))


def test_accepted():
    answer = said("postmark", accepted(), provider_message_id=ID)

    assert answer.status == 200
    assert json_of(answer) == {
        "To": "someone@simulator.example",
        "SubmittedAt": "2026-11-21T12:00:00.100Z",
        "MessageID": ID,
        "ErrorCode": 0,
        "Message": "OK",
    }


@pytest.mark.parametrize(
    ("reason", "status", "code"),
    [
        (Reason.INVALID_ADDRESS, 422, 300),
        (Reason.SENDER_REFUSED, 422, 400),
        (Reason.INSUFFICIENT_CREDIT, 422, 405),
        (Reason.BLOCKED, 422, 406),
        (Reason.THROTTLED, 429, 429),
        (Reason.SERVER_ERROR, 503, 100),
        ("made up", 422, 300),
    ],
)
def test_error_code_is_in_the_body(reason: str, status: int, code: int):
    answer = said("postmark", refused(reason))

    assert (answer.status, json_of(answer)["ErrorCode"]) == (status, code)


def test_delivery():
    assert hook(report(E.DELIVERED)) == {
        "RecordType": "Delivery",
        "MessageStream": "outbound",
        "ServerID": 23,
        "MessageID": "883953f4-6105-42a2-a16a-77a8eac79483",
        "Recipient": "someone@simulator.example",
        "Tag": "",
        "DeliveredAt": "2026-11-21T12:00:00.500Z",
        "Details": "250 2.0.0 OK: message accepted",
        "Metadata": {},
    }


def test_hard_bounce():
    bounce = hook(report(E.BOUNCED, reason=Reason.UNKNOWN_SUBSCRIBER))

    assert 10**9 <= bounce.pop("ID") < 10**10
    assert bounce == {
        "RecordType": "Bounce",
        "MessageStream": "outbound",
        "ServerID": 23,
        "MessageID": "883953f4-6105-42a2-a16a-77a8eac79483",
        "Type": "HardBounce",
        "TypeCode": 1,
        "Name": "Hard bounce",
        "Tag": "",
        "Description": "The server was unable to deliver your message (ex: unknown user, mailbox not found).",
        "Details": "smtp;550 5.1.1 The email account that you tried to reach does not exist",
        "Email": "someone@simulator.example",
        "From": "news@example.org",
        "BouncedAt": "2026-11-21T12:00:00.500Z",
        "DumpAvailable": True,
        "Inactive": True,
        "CanActivate": True,
        "Subject": "Gate change",
        "Content": "",
        "Metadata": {},
    }


@pytest.mark.parametrize(
    ("event", "type", "code", "inactive"),
    [
        (report(E.DEFERRED, reason=Reason.MAILBOX_FULL), "Transient", 2, False),
        (report(E.BOUNCED, hard=False), "SoftBounce", 4096, False),
        (report(E.EXPIRED), "SoftBounce", 4096, False),
        (report(E.BOUNCED, reason=Reason.INVALID_ADDRESS), "BadEmailAddress", 100000, True),
        (report(E.BOUNCED, reason=Reason.CONTENT_REFUSED), "Blocked", 100006, False),
        (report(E.COMPLAINED), "SpamComplaint", 100001, True),
    ],
)
def test_bounce_type(event, type: str, code: int, inactive: bool):
    bounce = hook(event)

    assert (bounce["Type"], bounce["TypeCode"], bounce["Inactive"]) == (type, code, inactive)


def test_second_open_is_not_the_first():
    opened = report(E.OPENED)

    assert hook(opened)["FirstOpen"] is True
    assert json_of(said("postmark", opened, opened))["FirstOpen"] is False


def test_click_names_link_and_place():
    click = hook(report(E.CLICKED, url="https://example.com/gates"))

    assert (click["RecordType"], click["OriginalLink"], click["ClickLocation"]) == (
        "Click",
        "https://example.com/gates",
        "HTML",
    )


def test_unsubscribe_is_a_change_of_subscription():
    change = hook(report(E.UNSUBSCRIBED))

    assert (change["RecordType"], change["Origin"], change["SuppressSending"], change["SuppressionReason"]) == (
        "SubscriptionChange",
        "Recipient",
        True,
        "ManualSuppression",
    )


def test_stream_and_sender_are_the_connection_s():
    connection = a_connection("postmark", public={"message_stream": "news", "from_email": "team@example.org"})

    bounce = hook(report(E.BOUNCED), connection=connection, message=a_mail(sender=None))

    assert (bounce["MessageStream"], bounce["From"]) == ("news", "team@example.org")
