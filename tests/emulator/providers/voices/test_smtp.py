"""A plain SMTP relay. Source: RFC 5321, RFC 3464."""

from email import message_from_string
from email.message import EmailMessage
from email.policy import default

import pytest

from emulator.core.records import Content, EventType, Origin
from emulator.providers.reasons import Reason
from emulator.providers.voices import payload
from tests.builders import a_mail
from tests.emulator.providers.voices.stories import REPORTED_AT, accepted, facts, refused, report, said

E = EventType
ID = "4F3A2B1C0D"
HARD = report(E.BOUNCED, reason=Reason.UNKNOWN_SUBSCRIBER, origin=Origin.BOUNCE_MAIL)


def bounce_mail(event=HARD, **changes) -> EmailMessage:
    answer = said("smtp", event, provider_message_id=ID, **changes)
    assert answer.content_type == "message/rfc822"
    return message_from_string(answer.body, _class=EmailMessage, policy=default)


def delivery_status(mail: EmailMessage) -> dict[str, str]:
    """The fields about the recipient: the second block of the second part."""
    about_message, about_recipient = mail.get_payload(1).get_payload()
    assert about_message["Reporting-MTA"] == "dns; mail.example.com"
    return dict(about_recipient.items())


def test_accepted_names_the_queue_id():
    assert said("smtp", accepted(), provider_message_id=ID).body == "250 2.0.0 Ok: queued as 4F3A2B1C0D"


@pytest.mark.parametrize(
    ("reason", "line"),
    [
        (Reason.UNKNOWN_SUBSCRIBER, "550 5.1.1 The email account that you tried to reach does not exist"),
        (Reason.INVALID_ADDRESS, "553 5.1.3 The recipient address is not a valid mail address"),
        (Reason.SERVER_ERROR, "421 4.3.2 Service not available, closing transmission channel"),
    ],
)
def test_refused_is_a_line_of_dialogue(reason: Reason, line: str):
    answer = said("smtp", refused(reason))

    assert (answer.body, answer.status) == (line, None)


@pytest.mark.parametrize("type", [E.DELIVERED, E.DEFERRED, E.OPENED, E.CLICKED, E.COMPLAINED, E.UNSUBSCRIBED])
def test_nothing_but_a_bounce_comes_back(type: EventType):
    assert payload(facts("smtp", report(type))) is None


def test_bounce_mail_is_a_report_of_three_parts():
    mail = bounce_mail()

    assert mail.get_content_type() == "multipart/report"
    assert mail.get_param("report-type") == "delivery-status"
    assert [part.get_content_type() for part in mail.get_payload()] == [
        "text/plain",
        "message/delivery-status",
        "message/rfc822",
    ]
    assert mail.defects == []
    assert (mail["Return-Path"], mail["Auto-Submitted"]) == ("<>", "auto-replied")
    assert mail["To"] == "news@example.org"
    assert mail["Date"].datetime == REPORTED_AT.replace(microsecond=0)


def test_delivery_status():
    assert delivery_status(bounce_mail()) == {
        "Final-Recipient": "rfc822; someone@simulator.example",
        "Original-Recipient": "rfc822;someone@simulator.example",
        "Action": "failed",
        "Status": "5.1.1",
        "Remote-MTA": "dns; mx.simulator.example",
        "Diagnostic-Code": "smtp; 550 5.1.1 The email account that you tried to reach does not exist",
    }


@pytest.mark.parametrize(
    ("event", "status"),
    [
        (report(E.BOUNCED, hard=False, reason=Reason.MAILBOX_FULL), "4.2.2"),
        (report(E.EXPIRED, reason=Reason.ABSENT_SUBSCRIBER), "4.4.7"),
        (report(E.BOUNCED, diagnostic="550 5.7.26 Not authenticated"), "5.7.26"),
    ],
)
def test_status_of_other_failures(event, status: str):
    assert delivery_status(bounce_mail(event))["Status"] == status


def test_mail_comes_back_with_the_report():
    content = Content(subject="Größe\r\nBcc: x@example.com", text="Grüße,\nwir", html="<p>Grüße</p>")

    (original,) = bounce_mail(message=a_mail(content=content)).get_payload(2).get_payload()

    assert original["Subject"] == "Größe Bcc: x@example.com"
    assert original["Bcc"] is None
    assert [part.get_content().replace("\r\n", "\n").strip() for part in original.iter_parts()] == [
        "Grüße,\nwir",
        "<p>Grüße</p>",
    ]


def test_lines_end_as_on_the_wire():
    body = said("smtp", HARD).body

    assert body.count("\n") == body.count("\r\n") > 0
    assert body.isascii()
