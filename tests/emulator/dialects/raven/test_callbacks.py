"""Providers' callbacks: each provider's own payload for each kind of event, and what it does to the message.

The payloads are written by hand after the providers' documentation (and django-anymail's tests of them), read 2026-11.
"""

import json
from base64 import b64encode
from collections.abc import Iterator
from hmac import digest
from typing import Any, NamedTuple
from urllib.parse import urlencode

import pytest

from emulator.core.errors import MalformedRequest
from emulator.core.ids import Ids
from emulator.core.records import Channel, Event, Message, Origin
from emulator.core.records import EventType as E
from emulator.dialects.raven.callbacks import FORMATS, Posted
from emulator.providers.reasons import Reason
from emulator.providers.voice import Facts
from emulator.providers.voices import payload, voice
from tests.builders import a_mail, a_message, a_recipient, an_event
from tests.emulator.dialects.raven.asking import Answer, Raven

MAIL_PROVIDERS = ("postmark", "sendgrid", "mailgun", "brevo", "mailjet", "ses")


@pytest.fixture
def raven() -> Raven:
    return Raven()


def use(raven: Raven, provider: str, **secret: str) -> None:
    """Let a channel's messages go to one provider only."""
    channel = next(channel for channel, formats in FORMATS.items() if provider in formats)
    for connection in list(raven.world.store.connections_by_account.get(raven.tenant().id)):
        if connection.channel is channel:
            raven.world.store.connections.delete(connection.id)
    raven.change_tenant(extra_providers=["meta_waba"])
    raven.connect(provider, **secret)


def path_of(raven: Raven, provider: str) -> str:
    channel = next(channel for channel, formats in FORMATS.items() if provider in formats)
    return f"/v1/webhooks/{channel}/{provider}/{raven.tenant().id}"


def post(raven: Raven, provider: str, body: Any, headers: dict[str, str] | None = None) -> Answer:
    """Post as the provider does: JSON, SNS's text or Africa's Talking's form. Bytes go as they are."""
    if isinstance(body, bytes):
        raw, content_type = body, "application/json"
    elif provider == "africas_talking":
        raw, content_type = urlencode(body).encode(), "application/x-www-form-urlencoded"
    else:
        raw = json.dumps(body).encode()
        content_type = "text/plain; charset=UTF-8" if provider == "ses" else "application/json"
    return raven.ask("POST", path_of(raven, provider), raw, role=None, headers=headers, content_type=content_type)


def on_its_way(raven: Raven, provider: str) -> tuple[Message, str]:
    """A message that the provider has taken and not reported on yet, and the provider's id of it."""
    channel = next(channel for channel, formats in FORMATS.items() if provider in formats)
    address = "ada@example.org" if channel == "email" else "+254733111222"
    message = raven.send(channel, to=address, advance=0.2)
    recipient = raven.recipient(message)
    assert recipient.provider == provider
    assert recipient.status == "sent"
    assert recipient.provider_message_id is not None
    return message, recipient.provider_message_id


def reported(raven: Raven, message: Message) -> Event | None:
    """The event that a callback wrote, if any."""
    last = raven.recipient(message).events[-1]
    return last if last.origin == "receipt" else None


# What each provider posts. Source: providers.md of this project's research, 1.1 to 1.9, after the providers' pages.


def postmark(record: str, id: str, **members: Any) -> dict[str, Any]:
    return {
        "RecordType": record,
        "MessageStream": "outbound",
        "MessageID": id,
        "ServerID": 23,
        "Tag": "welcome-email",
        "Metadata": {"a_key": "a_value"},
        **members,
    }


def postmark_bounce(type: str, code: int, id: str) -> dict[str, Any]:
    return postmark(
        "Bounce",
        id,
        ID=4323372036854775807,
        Type=type,
        TypeCode=code,
        Name=type,
        Description="The server was unable to deliver your message (ex: unknown user, mailbox not found).",
        Details="smtp;550 5.1.1 no such user",
        Email="ada@example.org",
        From="orders@mail.acme.co.ke",
        BouncedAt="2026-01-01T00:00:00Z",
        DumpAvailable=True,
        Inactive=True,
        CanActivate=True,
        Subject="Gates",
        Content="<Full dump of bounce>",
    )


def sendgrid(event: str, id: str, **members: Any) -> list[dict[str, Any]]:
    return [
        {
            "email": "ada@example.org",
            "timestamp": 1767225600,
            "smtp-id": "<14c5d75ce93.dfd.64b469@ismtpd-555>",
            "event": event,
            "category": ["cat facts"],
            "sg_event_id": "ZGVsaXZlcmVkLTAtMTIzNDU2Nzg",
            "sg_message_id": f"{id}.filter0001.16648.5515E0B88.0",
            **members,
        }
    ]


def mailgun(event: str, id: str, **members: Any) -> dict[str, Any]:
    return {
        "signature": {"timestamp": "1767225600", "token": "c" * 50, "signature": "0" * 64},
        "event-data": {
            "id": "CPgfbmQMTCKtHW6uIWtuVe",
            "timestamp": 1767225600.12,
            "log-level": "info",
            "event": event,
            "message": {"headers": {"to": "ada@example.org", "message-id": id}, "attachments": []},
            "recipient": "ada@example.org",
            "tags": [],
            "user-variables": {},
            **members,
        },
    }


def mailgun_failed(severity: str, reason: str, id: str) -> dict[str, Any]:
    status = {"code": 550, "enhanced-code": "5.1.1", "message": "no such user", "attempt-no": 1, "description": ""}
    return mailgun("failed", id, severity=severity, reason=reason, **{"delivery-status": status})


def brevo(event: str, id: str, **members: Any) -> dict[str, Any]:
    return {
        "event": event,
        "email": "ada@example.org",
        "id": 26224,
        "date": "2026-01-01 03:00:00",
        "ts": 1767225600,
        "message-id": id,
        "ts_event": 1767225600,
        "subject": "Gates",
        "sending_ip": "185.41.28.109",
        "ts_epoch": 1767225600000,
        "tags": ["gates"],
        **members,
    }


def mailjet(event: str, id: str, **members: Any) -> dict[str, Any]:
    return {
        "event": event,
        "time": 1767225600,
        "MessageID": int(id),
        "Message_GUID": "1ab23cd4-e567-8901-2345-6789f0gh1i2j",
        "email": "ada@example.org",
        "mj_campaign_id": 7257,
        "mj_contact_id": 4,
        "customcampaign": "",
        "CustomID": "gates",
        "Payload": "",
        **members,
    }


def mailjet_bounce(id: str, error: str, *, hard: bool) -> dict[str, Any]:
    return mailjet("bounce", id, blocked=False, hard_bounce=hard, error_related_to="recipient", error=error)


def sns(message: dict[str, Any] | str, type: str = "Notification") -> dict[str, Any]:
    return {
        "Type": type,
        "MessageId": "19ba9823-d7f2-53c1-860e-cb10e0d13dfc",
        "TopicArn": "arn:aws:sns:us-east-1:1234567890:SES_Events",
        "Subject": "Amazon SES Email Event Notification",
        "Message": message if isinstance(message, str) else json.dumps(message),
        "Timestamp": "2026-01-01T00:00:00.000Z",
        "SignatureVersion": "1",
        "Signature": "EXAMPLE-SIGNATURE==",
        "SigningCertURL": "https://sns.us-east-1.amazonaws.com/SimpleNotificationService-12345abcde.pem",
        "UnsubscribeURL": "https://sns.us-east-1.amazonaws.com/?Action=Unsubscribe",
    }


def ses(event: str, id: str, **members: Any) -> dict[str, Any]:
    mail = {
        "timestamp": "2026-01-01T00:00:00.000Z",
        "source": "orders@mail.acme.co.ke",
        "sendingAccountId": "123456789012",
        "messageId": id,
        "destination": ["ada@example.org"],
        "headersTruncated": False,
        "headers": [{"name": "From", "value": "orders@mail.acme.co.ke"}],
        "tags": {"ses:configuration-set": ["default"]},
    }
    return sns({"eventType": event, "mail": mail, **members})


def ses_bounce(type: str, subtype: str, id: str) -> dict[str, Any]:
    recipient = {
        "emailAddress": "ada@example.org",
        "action": "failed",
        "status": "5.1.1",
        "diagnosticCode": "smtp; 550",
    }
    bounce = {"bounceType": type, "bounceSubType": subtype, "bouncedRecipients": [recipient], "feedbackId": "0100"}
    return ses("Bounce", id, bounce=bounce)


def africas_talking(status: str, id: str, **members: str) -> dict[str, str]:
    return {"id": id, "status": status, "phoneNumber": "+254733111222", "networkCode": "63902", **members}


def meta(status: str, id: str, **members: Any) -> dict[str, Any]:
    told = {"id": id, "status": status, "timestamp": "1767225600", "recipient_id": "254733111222", **members}
    return meta_value(statuses=[told])


def meta_value(**members: Any) -> dict[str, Any]:
    metadata = {"display_phone_number": "254700000000", "phone_number_id": "106540352242922"}
    value = {"messaging_product": "whatsapp", "metadata": metadata, **members}
    change = {"value": value, "field": "messages"}
    return {"object": "whatsapp_business_account", "entry": [{"id": "102290129340398", "changes": [change]}]}


class Case(NamedTuple):
    """A provider's report, and what becomes of the message: its status, the event, the suppression entered."""

    provider: str
    body: Any
    status: str
    event: str
    suppression: str | None = None
    hard: bool | None = None


LINK = "https://example.org/4"
ID = "987654321012345678"
"""Stands for the provider's id of a message; digits, because Mailjet's is a number."""


def with_id(body: Any, id: str) -> Any:
    """The payload with a message's own id."""
    return json.loads(json.dumps(body).replace(ID, id))


CASES = (
    Case("postmark", postmark("Delivery", ID, Details="250 OK", Recipient="a@b"), "delivered", "delivered"),
    Case("postmark", postmark_bounce("HardBounce", 1, ID), "bounced", "bounced", "hard_bounce", True),
    Case("postmark", postmark_bounce("SoftBounce", 4096, ID), "bounced", "bounced", None, False),
    Case("postmark", postmark_bounce("Blocked", 100006, ID), "bounced", "bounced", None, False),
    Case("postmark", postmark_bounce("Transient", 2, ID), "sent", "deferred"),
    Case(
        "postmark",
        postmark("SpamComplaint", ID, Type="SpamComplaint", TypeCode=100001),
        "complained",
        "complained",
        "spam_complaint",
    ),
    Case(
        "postmark",
        postmark("SubscriptionChange", ID, SuppressSending=True, SuppressionReason="ManualSuppression"),
        "unsubscribed",
        "unsubscribed",
        "unsubscribed",
    ),
    Case(
        "postmark",
        postmark("SubscriptionChange", ID, SuppressSending=True, SuppressionReason="HardBounce"),
        "bounced",
        "bounced",
        "hard_bounce",
        True,
    ),
    Case(
        "postmark",
        postmark("SubscriptionChange", ID, SuppressSending=True, SuppressionReason="SpamComplaint"),
        "complained",
        "complained",
        "spam_complaint",
    ),
    Case("postmark", postmark("Open", ID, FirstOpen=True, Client={}, Geo={}), "sent", "opened"),
    Case("postmark", postmark("Click", ID, ClickLocation="HTML", OriginalLink=LINK), "sent", "clicked"),
    Case("sendgrid", sendgrid("delivered", ID, response="250 OK", tls=1), "delivered", "delivered"),
    Case(
        "sendgrid",
        sendgrid("bounce", ID, type="bounce", reason="550 5.1.1 unknown user", status="5.1.1"),
        "bounced",
        "bounced",
        "hard_bounce",
        True,
    ),
    Case("sendgrid", sendgrid("bounce", ID, type="blocked"), "bounced", "bounced", None, False),
    Case("sendgrid", sendgrid("bounce", ID, type="expired"), "bounced", "bounced", None, False),
    Case("sendgrid", sendgrid("deferred", ID, response="450 later", attempt="5"), "sent", "deferred"),
    Case("sendgrid", sendgrid("dropped", ID, reason="Bounced Address", status="5.0.0"), "failed", "failed"),
    Case("sendgrid", sendgrid("spamreport", ID), "complained", "complained", "spam_complaint"),
    Case("sendgrid", sendgrid("unsubscribe", ID), "unsubscribed", "unsubscribed", "unsubscribed"),
    Case("sendgrid", sendgrid("open", ID, useragent="Mozilla/4.0", ip="255.0.0.1"), "sent", "opened"),
    Case("sendgrid", sendgrid("click", ID, url=LINK, useragent="Mozilla/4.0"), "sent", "clicked"),
    Case("mailgun", mailgun("delivered", ID), "delivered", "delivered"),
    Case("mailgun", mailgun_failed("permanent", "bounce", ID), "bounced", "bounced", "hard_bounce", True),
    Case("mailgun", mailgun_failed("permanent", "old", ID), "bounced", "bounced", None, False),
    Case("mailgun", mailgun_failed("temporary", "generic", ID), "sent", "deferred"),
    Case("mailgun", mailgun("rejected", ID, reject={"reason": "Sandbox"}), "failed", "failed"),
    Case("mailgun", mailgun("complained", ID), "complained", "complained", "spam_complaint"),
    Case("mailgun", mailgun("unsubscribed", ID, ip="1.2.3.4"), "unsubscribed", "unsubscribed", "unsubscribed"),
    Case("mailgun", mailgun("opened", ID, geolocation={"country": "US"}), "sent", "opened"),
    Case("mailgun", mailgun("clicked", ID, url=LINK), "sent", "clicked"),
    Case("brevo", brevo("delivered", ID), "delivered", "delivered"),
    Case("brevo", brevo("hard_bounce", ID, reason="550 no"), "bounced", "bounced", "hard_bounce", True),
    Case("brevo", brevo("soft_bounce", ID, reason="full"), "bounced", "bounced", None, False),
    Case("brevo", brevo("deferred", ID, reason="later"), "sent", "deferred"),
    Case("brevo", brevo("blocked", ID, reason="blocked : due to blacklist user"), "failed", "failed"),
    Case("brevo", brevo("invalid_email", ID), "failed", "failed"),
    Case("brevo", brevo("error", ID), "failed", "failed"),
    Case("brevo", brevo("spam", ID), "complained", "complained", "spam_complaint"),
    Case("brevo", brevo("complaint", ID), "complained", "complained", "spam_complaint"),
    Case("brevo", brevo("unsubscribed", ID), "unsubscribed", "unsubscribed", "unsubscribed"),
    Case("brevo", brevo("unsubscribe", ID), "unsubscribed", "unsubscribed", "unsubscribed"),
    Case("brevo", brevo("unique_opened", ID), "sent", "opened"),
    Case("brevo", brevo("opened", ID), "sent", "opened"),
    Case("brevo", brevo("proxy_open", ID), "sent", "opened"),
    Case("brevo", brevo("click", ID, link=LINK), "sent", "clicked"),
    Case(
        "mailjet",
        mailjet("sent", ID, mj_message_id=ID, smtp_reply="sent (250 OK)"),
        "delivered",
        "delivered",
    ),
    Case("mailjet", [mailjet("sent", ID)], "delivered", "delivered"),
    Case("mailjet", mailjet("sent", ID) | {"MessageID": ID}, "delivered", "delivered"),
    Case("mailjet", mailjet_bounce(ID, "user unknown", hard=True), "bounced", "bounced", "hard_bounce", True),
    Case("mailjet", mailjet_bounce(ID, "quota exceeded", hard=False), "bounced", "bounced", None, False),
    Case("mailjet", mailjet_bounce(ID, "greylisted", hard=False), "sent", "deferred"),
    Case("mailjet", mailjet_bounce(ID, "greylisted", hard=True), "bounced", "bounced", "hard_bounce", True),
    Case("mailjet", mailjet("blocked", ID, error_related_to="mailjet", error="preblocked"), "failed", "failed"),
    Case("mailjet", mailjet("spam", ID, source="JMRPP"), "complained", "complained", "spam_complaint"),
    Case("mailjet", mailjet("unsub", ID, mj_list_id=1), "unsubscribed", "unsubscribed", "unsubscribed"),
    Case("mailjet", mailjet("open", ID, ip="1.2.3.4", geo="KE", agent="x"), "sent", "opened"),
    Case("mailjet", mailjet("click", ID, url=LINK), "sent", "clicked"),
    Case("ses", ses("Delivery", ID, delivery={"recipients": ["a@b"]}), "delivered", "delivered"),
    Case("ses", ses_bounce("Permanent", "General", ID), "bounced", "bounced", "hard_bounce", True),
    Case("ses", ses_bounce("Transient", "MailboxFull", ID), "bounced", "bounced", None, False),
    Case("ses", ses_bounce("Undetermined", "Undetermined", ID), "bounced", "bounced", None, False),
    Case("ses", ses("DeliveryDelay", ID, deliveryDelay={"delayType": "MailboxFull"}), "sent", "deferred"),
    Case("ses", ses("Reject", ID, reject={"reason": "Bad content"}), "failed", "failed"),
    Case("ses", ses("Rendering Failure", ID, failure={"errorMessage": "x"}), "failed", "failed"),
    Case(
        "ses",
        ses("Complaint", ID, complaint={"complaintFeedbackType": "abuse", "complaintSubType": None}),
        "complained",
        "complained",
        "spam_complaint",
    ),
    Case(
        "ses",
        ses("Subscription", ID, subscription={"newTopicPreferences": {"unsubscribeAll": True}}),
        "unsubscribed",
        "unsubscribed",
        "unsubscribed",
    ),
    Case("ses", ses("Open", ID, open={"ipAddress": "192.0.2.1"}), "sent", "opened"),
    Case("ses", ses("Click", ID, click={"link": LINK, "linkTags": None}), "sent", "clicked"),
    Case(
        "ses",
        sns({"notificationType": "Delivery", "mail": {"messageId": ID}, "delivery": {}}),
        "delivered",
        "delivered",
    ),
    Case("africas_talking", africas_talking("Success", ID, retryCount="0"), "delivered", "delivered"),
    Case("africas_talking", africas_talking("Buffered", ID), "sent", "deferred"),
    Case(
        "africas_talking",
        africas_talking("Failed", ID, failureReason="UserDoesNotExist"),
        "failed",
        "failed",
    ),
    Case(
        "africas_talking",
        africas_talking("Rejected", ID, failureReason="UserInBlackList"),
        "failed",
        "failed",
    ),
    Case("africas_talking", africas_talking("AbsentSubscriber", ID), "failed", "failed"),
    Case("africas_talking", africas_talking("Expired", ID), "failed", "failed"),
    Case("meta_waba", meta("delivered", ID, pricing={"billable": True}), "delivered", "delivered"),
    Case("meta_waba", meta("read", ID), "read", "read"),
    Case(
        "meta_waba",
        meta("failed", ID, errors=[{"code": 131026, "title": "Message undeliverable", "href": "x"}]),
        "failed",
        "failed",
    ),
)


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.provider}-{case.event}")
def test_each_report_has_its_effect(raven: Raven, case: Case):
    use(raven, case.provider)
    message, id = on_its_way(raven, case.provider)

    answer = post(raven, case.provider, with_id(case.body, id))

    assert (answer.status, answer.body) == (200, None)
    shown = raven.show(message)
    assert (shown["status"], shown["events"][-1]["eventType"]) == (case.status, case.event)
    assert [entry.reason for entry in raven.suppressions()] == ([case.suppression] if case.suppression else [])
    event = reported(raven, message)
    assert event is not None
    assert case.hard is None or event.hard is case.hard
    assert event.url == (LINK if case.event == "clicked" else None)


NOTHING_NEW = (
    ("postmark", postmark("SubscriptionChange", ID, SuppressSending=False, SuppressionReason=None)),
    ("postmark", postmark("SomethingNew", ID)),
    ("sendgrid", sendgrid("processed", ID)),
    ("sendgrid", sendgrid("group_unsubscribe", ID, asm_group_id=10)),
    ("mailgun", mailgun("accepted", ID)),
    ("brevo", brevo("request", ID)),
    ("brevo", brevo("list_addition", ID)),
    ("mailjet", mailjet("something", ID)),
    ("ses", ses("Send", ID, send={})),
    ("ses", ses("Subscription", ID, subscription={"newTopicPreferences": {"unsubscribeAll": False}})),
    ("africas_talking", africas_talking("Sent", ID)),
    ("africas_talking", africas_talking("Submitted", ID)),
    ("meta_waba", meta("sent", ID)),
)


@pytest.mark.parametrize(("provider", "body"), NOTHING_NEW, ids=[provider for provider, _ in NOTHING_NEW])
def test_a_report_of_another_type_is_noted_and_changes_nothing(raven: Raven, provider: str, body: Any):
    use(raven, provider)
    message, id = on_its_way(raven, provider)
    before = raven.show(message)

    answer = post(raven, provider, with_id(body, id))

    assert (answer.status, answer.body) == (200, None)
    assert raven.show(message) == before
    note = raven.notes()[-1]
    assert note.kind.startswith("callback without effect")
    assert (note.subject, id in note.text) == (message.id, True)


ABOUT_NO_MESSAGE = (
    ("ses", sns("Confirm the subscription.", "SubscriptionConfirmation") | {"SubscribeURL": "https://sns/"}),
    ("ses", sns("You left.", "UnsubscribeConfirmation")),
    ("ses", sns("Successfully validated SNS topic for Amazon SES event publishing.")),
    ("sendgrid", [{"event": "account_status_change", "type": "compliance_suspend", "timestamp": 1}]),
    ("mailgun", {"signature": {}, "event-data": {"event": "list_uploaded"}}),
    ("brevo", {"event": "list_addition", "email": "ada@example.org"}),
    ("postmark", {"RecordType": "SubscriptionChange", "Origin": "Customer", "SuppressSending": True}),
    ("meta_waba", meta_value(messages=[{"from": "254733111222", "id": "wamid.x", "type": "text"}])),
)


@pytest.mark.parametrize(("provider", "body"), ABOUT_NO_MESSAGE, ids=[provider for provider, _ in ABOUT_NO_MESSAGE])
def test_what_is_about_no_message_is_answered_and_noted(raven: Raven, provider: str, body: Any):
    answer = post(raven, provider, body)

    assert (answer.status, answer.body) == (200, None)
    assert raven.notes()[-1].kind == "callback about no message"
    assert json.loads(raven.notes()[-1].text)


@pytest.mark.parametrize("case", [case for case in CASES if case.event == "delivered"], ids=lambda case: case.provider)
def test_a_report_about_an_unknown_message_is_answered_and_noted(raven: Raven, case: Case):
    answer = post(raven, case.provider, case.body)

    assert (answer.status, answer.body) == (200, None)
    assert [note.kind for note in raven.notes()] == ["callback about an unknown message"]


def test_another_tenants_message_is_unknown(raven: Raven):
    message, id = on_its_way(raven, "postmark")
    path = f"/v1/webhooks/email/postmark/{raven.tenant('kilima').id}"

    answer = raven.ask("POST", path, postmark("Delivery", id), role=None)

    assert answer.status == 200
    assert raven.show(message)["status"] == "sent"
    assert raven.notes()[-1].kind == "callback about an unknown message"


def test_a_report_before_the_hand_over_is_answered_and_noted(raven: Raven):
    from msgspec.structs import replace

    message = raven.send(to="ada@example.org", advance=0)
    recipients = raven.world.store.recipients
    recipients.put(replace(recipients[message.id], provider_message_id="early"))

    answer = post(raven, "postmark", postmark("Delivery", "early"))

    assert answer.status == 200
    assert raven.notes()[-1].kind == "callback before the hand-over"
    assert raven.show(message)["status"] == "queued"


BAD_SHAPES: dict[str, list[Any]] = {
    "postmark": [b"", b"{", b"[]", {"MessageID": "x"}, {"RecordType": "Delivery"}, {"RecordType": 1, "MessageID": "x"}],
    "sendgrid": [
        b"",
        {"event": "delivered", "sg_message_id": "x"},
        [1],
        [{"event": "delivered"}],
        [{"sg_message_id": "x"}],
    ],
    "mailgun": [b"null", {}, {"event-data": {}}, {"event-data": {"event": "delivered"}}],
    "brevo": [b"", [brevo("delivered", "x")], {"event": "delivered"}, {"message-id": "x"}],
    "mailjet": [b"", b"  ", {"event": "sent"}, [{"MessageID": 1}], [mailjet("sent", "1"), {"event": "sent"}]],
    "ses": [
        b"",
        b"hello",
        {"Type": "Notification"},
        {"Type": "Other", "Message": "{}"},
        sns({}),
        sns({"eventType": "Delivery"}),
        sns({"mail": {"messageId": "x"}}),
        ses("Bounce", "x"),
        sns('{"eventType":'),
    ],
    "africas_talking": [b"", b"id=x", b"status=Success", b'{"id":"x","status":"Success"}', b"id=\xff&status=\xfe"],
    "meta_waba": [b"", b"[]", {"object": "x"}, {"object": "x", "entry": [{}]}, meta_value(statuses=[{"id": "x"}])],
}


@pytest.mark.parametrize(
    ("provider", "body"), [(provider, body) for provider, bodies in BAD_SHAPES.items() for body in bodies]
)
def test_a_bad_shape_is_refused(raven: Raven, provider: str, body: Any):
    refused = post(raven, provider, body)

    assert (refused.status, refused.message) == (400, "Unrecognised callback payload")


@pytest.mark.parametrize("provider", [provider for formats in FORMATS.values() for provider in formats])
@pytest.mark.parametrize("body", [b"\xff\xfe", b'{"a":"\xff"}', b"[" * 100_000, b'{"a":' * 100_000, b'"\\ud800"'])
def test_no_body_is_too_strange_to_be_refused(raven: Raven, provider: str, body: bytes):
    assert post(raven, provider, body).status == 400


ODD_VALUES: tuple[Any, ...] = (None, True, 0, -1.5, "", "x", [], [[]], {}, {"x": None})


def mutations(value: Any) -> Iterator[Any]:
    """The value with one part replaced by something odd, or left out."""
    yield from ODD_VALUES
    parts = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for place, part in parts:
        for odd in mutations(part):
            changed = value.copy()
            changed[place] = odd
            yield changed
        left = value.copy()
        del left[place]
        yield left


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.provider}-{case.event}")
def test_one_odd_member_is_understood_or_refused_but_never_a_fault(case: Case):
    format = next(formats[case.provider] for formats in FORMATS.values() if case.provider in formats)
    for body in mutations(case.body):
        raw = urlencode(body) if case.provider == "africas_talking" and isinstance(body, dict) else json.dumps(body)
        try:
            notices = format.read(Posted(raw.encode(), {}))
        except MalformedRequest:
            continue
        for notice in notices:
            assert notice.report is None or notice.message_id is not None


def test_of_a_batch_with_one_bad_event_nothing_is_taken(raven: Raven):
    use(raven, "sendgrid")
    message, id = on_its_way(raven, "sendgrid")

    refused = post(raven, "sendgrid", [*sendgrid("delivered", id), {"event": "delivered"}])

    assert refused.status == 400
    assert raven.show(message)["status"] == "sent"


def test_a_batch_is_taken_in_its_order(raven: Raven):
    use(raven, "sendgrid")
    message, id = on_its_way(raven, "sendgrid")
    first, second = sendgrid("processed", id), sendgrid("delivered", id)

    post(raven, "sendgrid", [*first, *second, *sendgrid("open", id)])

    assert [event["eventType"] for event in raven.show(message)["events"]][3:] == ["delivered", "opened"]


def test_the_raw_payload_is_kept_as_it_was_posted(raven: Raven):
    message, id = on_its_way(raven, "postmark")
    raw = b'{ "RecordType":"Delivery",\n  "MessageID": "%s", "Details":"\\u00e9 250" }' % id.encode()

    post(raven, "postmark", raw)

    event = reported(raven, message)
    assert event is not None
    assert event.raw == raw.decode()


def test_of_a_batch_each_event_keeps_its_own_part(raven: Raven):
    use(raven, "sendgrid")
    message, id = on_its_way(raven, "sendgrid")
    raw = b'[{"event":"delivered","sg_message_id":"%s", "n":1e0},{"event":"open","sg_message_id":"%s"}]'

    post(raven, "sendgrid", raw % (id.encode(), id.encode()))

    assert [event.raw for event in raven.recipient(message).events if event.raw] == [
        f'[{{"event":"delivered","sg_message_id":"{id}", "n":1e0}}]',
        f'[{{"event":"open","sg_message_id":"{id}"}}]',
    ]


def test_the_suffix_of_sendgrids_id_is_cut_where_it_begins(raven: Raven):
    from msgspec.structs import replace

    use(raven, "sendgrid")
    message, _ = on_its_way(raven, "sendgrid")
    recipients = raven.world.store.recipients
    recipients.put(replace(recipients[message.id], provider_message_id="14c5d75ce93.dfd.64b469"))

    post(raven, "sendgrid", [{"event": "delivered", "sg_message_id": "14c5d75ce93.dfd.64b469.recvd-5d9-1.0"}])

    assert raven.show(message)["status"] == "delivered"


@pytest.mark.parametrize("written", ["<{}>", "{}"])
@pytest.mark.parametrize("provider", ["mailgun", "brevo"])
def test_angle_brackets_around_an_id_make_no_difference(raven: Raven, provider: str, written: str):
    use(raven, provider)
    message, id = on_its_way(raven, provider)
    bodies = {"mailgun": mailgun, "brevo": brevo}

    post(raven, provider, bodies[provider]("delivered", written.format(id.strip("<>"))))

    assert raven.show(message)["status"] == "delivered"


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (africas_talking("Failed", ID, failureReason="UserDoesNotExist"), "UserDoesNotExist"),
        (africas_talking("Rejected", ID, failureReason="DoNotDisturbRejection"), "DoNotDisturbRejection"),
        (africas_talking("AbsentSubscriber", ID), "AbsentSubscriber"),
        (africas_talking("Expired", ID), "Expired"),
    ],
)
def test_a_failure_says_why_in_the_providers_word(raven: Raven, body: Any, reason: str):
    message, id = on_its_way(raven, "africas_talking")

    post(raven, "africas_talking", with_id(body, id))

    assert raven.show(message)["failureReason"] == reason


def test_a_refused_mail_says_why_in_the_providers_text(raven: Raven):
    use(raven, "sendgrid")
    message, id = on_its_way(raven, "sendgrid")

    post(raven, "sendgrid", sendgrid("dropped", id, reason="Spam Reporting Address"))

    assert raven.show(message)["failureReason"] == "Spam Reporting Address"


_SMTP_REPLY = "550 5.1.1 no such user"
_DIAGNOSED = {"bouncedRecipients": [{"diagnosticCode": f"smtp; {_SMTP_REPLY}"}], "bounceType": "Permanent"}


@pytest.mark.parametrize(
    ("provider", "body", "reason"),
    [
        ("postmark", postmark_bounce("HardBounce", 1, ID), _SMTP_REPLY),
        ("ses", ses("Bounce", ID, bounce=_DIAGNOSED), _SMTP_REPLY),
        ("mailgun", mailgun_failed("permanent", "bounce", ID), "no such user"),
        (
            "mailgun",
            mailgun("failed", ID, severity="permanent", **{"delivery-status": {"code": 550, "message": "5.1.1 No"}}),
            "550 5.1.1 No",
        ),
        ("brevo", brevo("hard_bounce", ID, reason=_SMTP_REPLY), _SMTP_REPLY),
    ],
)
def test_a_bounced_mail_says_what_the_receiving_server_said(raven: Raven, provider: str, body: Any, reason: str):
    use(raven, provider)
    message, id = on_its_way(raven, provider)

    post(raven, provider, with_id(body, id))

    assert raven.show(message)["failureReason"] == reason


def test_a_report_that_would_move_a_message_backwards_is_written_to_its_events_only(raven: Raven):
    message, id = on_its_way(raven, "postmark")
    post(raven, "postmark", postmark("Delivery", id))

    post(raven, "postmark", postmark_bounce("HardBounce", 1, id))

    shown = raven.show(message)
    assert (shown["status"], shown["events"][-1]["eventType"]) == ("delivered", "bounced")


def test_a_report_that_comes_twice_is_written_twice(raven: Raven):
    message, id = on_its_way(raven, "postmark")
    for _ in range(2):
        assert post(raven, "postmark", postmark("Delivery", id)).status == 200

    events = [event["eventType"] for event in raven.show(message)["events"]]
    assert events == ["queued", "sending", "sent", "delivered", "delivered"]


def test_a_soft_bounce_can_still_be_delivered(raven: Raven):
    message, id = on_its_way(raven, "postmark")
    post(raven, "postmark", postmark_bounce("SoftBounce", 4096, id))

    post(raven, "postmark", postmark("Delivery", id))

    assert raven.show(message)["status"] == "delivered"


def test_the_fifth_soft_bounce_within_a_week_suppresses_the_address(raven: Raven):
    for _ in range(5):
        assert raven.suppressions() == []
        _, id = on_its_way(raven, "postmark")
        post(raven, "postmark", postmark_bounce("SoftBounce", 4096, id))
        raven.advance(86_400)

    assert [(entry.address, entry.reason) for entry in raven.suppressions()] == [("ada@example.org", "hard_bounce")]


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("/v1/webhooks/email/smtp/{id}", "Provider not found"),
        ("/v1/webhooks/email/africas_talking/{id}", "Provider not found"),
        ("/v1/webhooks/sms/postmark/{id}", "Provider not found"),
        ("/v1/webhooks/whatsapp/fcm/{id}", "Provider not found"),
        ("/v1/webhooks/email/postmark/acme", "Tenant not found"),
        ("/v1/webhooks/sms/africas_talking/8a11c4de-5b2f-4e07-9c36-71d0f2a8b94c", "Tenant not found"),
    ],
)
def test_an_unknown_provider_or_tenant_is_not_found(raven: Raven, path: str, message: str):
    refused = raven.ask("POST", path.format(id=raven.tenant().id), postmark("Delivery", "x"), role=None)

    assert (refused.status, refused.message) == (404, message)


def test_any_content_type_is_read(raven: Raven):
    message, id = on_its_way(raven, "postmark")

    raven.ask("POST", path_of(raven, "postmark"), postmark("Delivery", id), role=None, content_type="text/html")

    assert raven.show(message)["status"] == "delivered"


def test_only_posts_are_taken(raven: Raven):
    refused = raven.ask("GET", "/v1/webhooks/whatsapp/meta_waba/x", role=None)

    assert (refused.status, refused.headers["allow"]) == (405, "POST")


# Signatures


def signed_postmark(raw: bytes, secret: str) -> dict[str, str]:
    return {"X-Postmark-Signature": b64encode(digest(secret.encode(), raw, "sha256")).decode()}


def test_a_signed_postmark_report_is_taken_and_others_are_refused(raven: Raven):
    use(raven, "postmark", server_token="t", webhook_secret="s3cret")
    message, id = on_its_way(raven, "postmark")
    raw = json.dumps(postmark("Delivery", id)).encode()
    wrong = [{}, signed_postmark(raw, "other"), signed_postmark(raw + b" ", "s3cret"), {"X-Postmark-Signature": "é"}]

    refused = [post(raven, "postmark", raw, headers) for headers in wrong]
    before = raven.show(message)["status"]
    taken = post(raven, "postmark", raw, signed_postmark(raw, "s3cret"))

    assert {(answer.status, answer.message) for answer in refused} == {(401, "Invalid signature")}
    assert (before, taken.status, raven.show(message)["status"]) == ("sent", 200, "delivered")


def test_a_signature_is_looked_at_before_the_shape(raven: Raven):
    use(raven, "postmark", webhook_secret="s3cret")

    assert post(raven, "postmark", b"nonsense").status == 401
    assert post(raven, "postmark", b"nonsense", signed_postmark(b"nonsense", "s3cret")).status == 400


def test_without_a_secret_a_signature_means_nothing(raven: Raven):
    message, id = on_its_way(raven, "postmark")

    post(raven, "postmark", postmark("Delivery", id), {"X-Postmark-Signature": "anything"})

    assert raven.show(message)["status"] == "delivered"


def test_one_of_several_secrets_is_enough(raven: Raven):
    use(raven, "postmark", webhook_secret="first")
    raven.connect("postmark", webhook_secret="second")
    message, id = on_its_way(raven, "postmark")
    raw = json.dumps(postmark("Delivery", id)).encode()

    post(raven, "postmark", raw, signed_postmark(raw, "second"))

    assert raven.show(message)["status"] == "delivered"


def test_a_signed_mailgun_report_is_taken_and_others_are_refused(raven: Raven):
    use(raven, "mailgun", api_key="k", webhook_secret="s3cret")
    message, id = on_its_way(raven, "mailgun")
    body = mailgun("delivered", id)
    wrong = [body, {"event-data": body["event-data"]}, {**body, "signature": {"token": 1}}, {**body, "signature": "x"}]
    signature = {"timestamp": "1767225600", "token": "c" * 50}
    signed = "1767225600" + "c" * 50
    signature["signature"] = digest(b"s3cret", signed.encode(), "sha256").hex()

    refused = [post(raven, "mailgun", each) for each in wrong]
    taken = post(raven, "mailgun", {**body, "signature": signature})

    assert {answer.status for answer in refused} == {401}
    assert (taken.status, raven.show(message)["status"]) == (200, "delivered")


def test_a_signed_sendgrid_report_is_taken_and_others_are_refused(raven: Raven):
    ec = pytest.importorskip("cryptography.hazmat.primitives.asymmetric.ec")
    from cryptography.hazmat.primitives import hashes, serialization

    private = ec.generate_private_key(ec.SECP256R1())
    shown = private.public_key().public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    use(raven, "sendgrid", api_key="k", webhook_secret=b64encode(shown).decode())
    message, id = on_its_way(raven, "sendgrid")
    raw = json.dumps(sendgrid("delivered", id)).encode()

    def signed(timestamp: str, covered: bytes) -> dict[str, str]:
        signature = private.sign(covered, ec.ECDSA(hashes.SHA256()))
        return {
            "X-Twilio-Email-Event-Webhook-Signature": b64encode(signature).decode(),
            "X-Twilio-Email-Event-Webhook-Timestamp": timestamp,
        }

    wrong = [{}, signed("1767225600", raw), signed("1", b"2" + raw), {"X-Twilio-Email-Event-Webhook-Signature": "x"}]
    refused = [post(raven, "sendgrid", raw, headers) for headers in wrong]
    taken = post(raven, "sendgrid", raw, signed("1767225600", b"1767225600" + raw))

    assert {answer.status for answer in refused} == {401}
    assert (taken.status, raven.show(message)["status"]) == (200, "delivered")


def test_a_secret_that_is_no_public_key_fits_no_signature(raven: Raven):
    pytest.importorskip("cryptography")
    use(raven, "sendgrid", webhook_secret="not a key")

    assert post(raven, "sendgrid", sendgrid("delivered", "x")).status == 401


def test_without_the_library_a_sendgrid_signature_is_left_unchecked_and_that_is_noted(
    raven: Raven, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("emulator.dialects.raven.callbacks.ecdsa.find_spec", lambda name: None)
    use(raven, "sendgrid", webhook_secret="any")
    message, id = on_its_way(raven, "sendgrid")

    post(raven, "sendgrid", sendgrid("delivered", id))

    assert raven.show(message)["status"] == "delivered"
    assert "callback signature not checked" in [note.kind for note in raven.notes()]


def test_ses_and_africas_talking_have_no_signature_to_check(raven: Raven):
    for provider in ("ses", "africas_talking"):
        use(raven, provider, webhook_secret="s3cret")
        _, id = on_its_way(raven, provider)
        body = ses("Delivery", id) if provider == "ses" else africas_talking("Success", id)

        assert post(raven, provider, body).status == 200


# What the simulated providers say is what the callbacks understand.

MAIL_OUTCOMES = ("deliver", "bounce", "soft-then-deliver", "complaint", "expired", "read", "stop", "open-click")
SMS_OUTCOMES = ("+12025550100", "+12025550102", "+12025550103", "+12025550105", "+12025550109")
PLAYED = [
    *((provider, f"{outcome}@simulator.example") for provider in MAIL_PROVIDERS for outcome in MAIL_OUTCOMES),
    *(("africas_talking", number) for number in SMS_OUTCOMES),
]


@pytest.mark.parametrize(("provider", "address"), PLAYED)
def test_a_simulated_life_is_the_same_when_its_reports_come_from_outside(raven: Raven, provider: str, address: str):
    use(raven, provider)
    channel = Channel.EMAIL if "@" in address else Channel.SMS
    played = raven.send(channel, to=address, advance=120)
    recipient, connection = raven.recipient(played), raven.connection(provider)
    for entry in raven.suppressions():
        raven.world.store.suppressions.delete(entry.id)
    message, id = on_its_way(raven, provider)

    for place, event in enumerate(recipient.events):
        if event.origin == "receipt":
            said = payload(Facts(played, recipient, event, place, connection))
            assert said is not None
            body = said.body.replace(str(recipient.provider_message_id), id).encode()
            assert (
                raven.ask("POST", path_of(raven, provider), body, role=None, headers=dict(said.headers)).status == 200
            )

    simulated, told = raven.show(played), raven.show(message)
    assert told["status"] == simulated["status"]
    assert [event["eventType"] for event in told["events"]] == [event["eventType"] for event in simulated["events"]]


# What a provider has another word for. No provider reports an expiry as such, and mail is opened, not read.
HEARD = {
    Channel.EMAIL: {E.FAILED: E.BOUNCED, E.EXPIRED: E.BOUNCED, E.READ: E.OPENED},
    Channel.SMS: {E.BOUNCED: E.FAILED, E.EXPIRED: E.FAILED},
}
# What these providers refuse on their own account, before sending, is no bounce to them.
NEVER_SENT = {
    "sendgrid": {Reason.BLOCKED},
    "mailjet": {Reason.BLOCKED},
    "brevo": {Reason.BLOCKED, Reason.INVALID_ADDRESS},
}


def heard(provider: str, channel: Channel, event: Event) -> E:
    """What a callback should understand of an event that a provider reports."""
    ends = {E.BOUNCED, E.FAILED} | ({E.EXPIRED} if provider in ("brevo", "mailjet") else set())
    if event.reason in NEVER_SENT.get(provider, ()) and event.type in ends:
        return E.FAILED
    return HEARD[channel].get(event.type, event.type)


@pytest.mark.parametrize("provider", [*MAIL_PROVIDERS, "africas_talking"])
@pytest.mark.parametrize("hard", [True, False])
@pytest.mark.parametrize("reason", [None, *Reason])
def test_every_report_that_a_voice_can_make_is_understood(provider: str, reason: Reason | None, hard: bool):
    speaker = voice(provider)
    (channel,) = speaker.channels
    message = a_mail() if channel is Channel.EMAIL else a_message()
    id = speaker.message_id(Ids(1, {}))
    spoken = 0
    for type in E:
        event = an_event(type=type, origin=Origin.RECEIPT, reason=reason, hard=hard, url=LINK)
        recipient = a_recipient(provider=provider, provider_message_id=id, events=(event,), address="+254733111222")
        said = speaker.receipt(Facts(message, recipient, event, 0))
        if said is None or type is E.SENT or (type, reason) == (E.DEFERRED, Reason.BLOCKED):
            continue  # nothing new; and nobody who blocks an address asks to come back later
        spoken += 1

        (notice,) = FORMATS[channel][provider].read(Posted(said.body.encode(), {}))

        assert notice.message_id == id
        assert notice.report is not None
        assert notice.report.type == heard(provider, channel, event)
        assert notice.raw == said.body
        if type is E.CLICKED:
            assert notice.url == LINK
        if type is E.BOUNCED and notice.report.type is E.BOUNCED and provider not in ("postmark", "mailgun"):
            assert notice.report.hard is hard
    assert spoken >= 4
