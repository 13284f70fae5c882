"""Amazon SES: events in its own JSON, which SNS posts.

Source: Amazon SES API v2, "SendEmail"; Amazon SES developer guide, "Examples of event data"; read 2026-11.
"""

from collections.abc import Callable, Mapping
from datetime import timedelta

from emulator.core.errors import Json
from emulator.core.ids import Ids
from emulator.core.records import Channel, Event, EventType
from emulator.providers.reasons import Reason
from emulator.providers.voice import Facts, Payload, Voice, Words, words_of
from emulator.providers.voices.addresses import (
    READER_AGENT,
    READER_IP,
    RECEIVING_IP,
    clicked_link,
    domain_of,
    public_text,
    recipient_address,
    sender_address,
)
from emulator.providers.voices.answers import TOLD_LATER, answering
from emulator.providers.voices.event_ids import event_hex, event_uuid
from emulator.providers.voices.moments import iso_millis, submitted_at
from emulator.providers.voices.payloads import Headers, json_payload, json_text, phrase
from emulator.providers.voices.smtp_replies import DELIVERED_LINE, MAIL_WORDS, is_permanent, smtp_reply, words_in_report
from emulator.providers.voices.sns import ACCOUNT, notification, region_of

NAME = "ses"
_REPORTING_MTA = "a8-70.smtp-out.amazonses.com"
_HTTP_OK = 200
_HTTP_BAD_REQUEST = 400
_STATUSES: Mapping[str, int] = {Reason.THROTTLED: 429, Reason.UNAUTHORISED: 403}
_HTTP_UNAVAILABLE = 503
_RETRIED_FOR = timedelta(hours=12)

# The texts are assumed; the codes are documented.
_WORDS: Mapping[str, Words] = {
    **MAIL_WORDS,
    Reason.INVALID_ADDRESS: Words("BadRequestException", "Invalid email address in the To field."),
    Reason.SENDER_REFUSED: Words("MessageRejected", "Email address is not verified."),
    Reason.INSUFFICIENT_CREDIT: Words("AccountSuspendedException", "Sending for this account is suspended."),
    Reason.THROTTLED: Words("TooManyRequestsException", "Too many requests have been made to the operation."),
    Reason.UNAUTHORISED: Words("UnrecognizedClientException", "The security token included in the request is invalid."),
    Reason.BLOCKED: Words(
        "OnAccountSuppressionList",
        "Amazon SES did not send the message to this address because it is on the suppression list for your account.",
    ),
}

_PERMANENT_SUBTYPES: Mapping[str, str] = {
    Reason.UNKNOWN_SUBSCRIBER: "NoEmail",
    Reason.BLOCKED: "OnAccountSuppressionList",
}
_TRANSIENT_SUBTYPES: Mapping[str, str] = {
    Reason.MAILBOX_FULL: "MailboxFull",
    Reason.CONTENT_REFUSED: "ContentRejected",
    Reason.SPAM: "ContentRejected",
}
_DELAY_TYPES: Mapping[str, str] = {
    Reason.MAILBOX_FULL: "MailboxFull",
    Reason.SPAM: "SpamDetected",
    Reason.GREYLISTED: "RecipientServerError",
    Reason.ABSENT_SUBSCRIBER: "TransientCommunicationFailure",
}


def _message_id(ids: Ids) -> str:
    return f"{ids.hex(NAME, 16)}-{ids.uuid(NAME)}-000000"


def _accepted(facts: Facts) -> Payload:
    return json_payload({"MessageId": facts.recipient.provider_message_id}, _HTTP_OK)


def _refused(facts: Facts) -> Payload:
    status = _STATUSES.get(facts.event.reason or "", _HTTP_BAD_REQUEST)
    words = words_of(VOICE, facts.event)
    return json_payload({"message": words.text}, status, _error_type(words.code))


def _broken(_facts: Facts, status: int) -> Payload:
    kind = "ServiceUnavailable" if status == _HTTP_UNAVAILABLE else "InternalFailure"
    return json_payload({"message": phrase(status)}, status, _error_type(kind))


def _error_type(name: str) -> Headers:
    return (("x-amzn-ErrorType", name),)


def _receipt(facts: Facts) -> Payload | None:
    said = _EVENTS.get(facts.event.type)
    if said is None:
        return None
    type, member, part = said
    content: dict[str, Json] = {"eventType": type, member: part(facts), "mail": _mail(facts)}
    return notification(facts, json_text(content))


def _mail(facts: Facts) -> dict[str, Json]:
    sender, recipient = sender_address(facts), recipient_address(facts)
    subject = facts.message.content.subject or ""
    message_id = facts.recipient.provider_message_id
    return {
        "timestamp": iso_millis(submitted_at(facts)),
        "source": sender,
        "sourceArn": f"arn:aws:ses:{region_of(facts)}:{ACCOUNT}:identity/{domain_of(sender)}",
        "sendingAccountId": ACCOUNT,
        "messageId": message_id,
        "destination": [recipient],
        "headersTruncated": False,
        "headers": [
            {"name": "From", "value": sender},
            {"name": "To", "value": recipient},
            {"name": "Subject", "value": subject},
        ],
        "commonHeaders": {"from": [sender], "to": [recipient], "messageId": message_id, "subject": subject},
        "tags": {"ses:configuration-set": [public_text(facts, "configuration_set", "default")]},
    }


def _bounce(facts: Facts) -> dict[str, Json]:
    reply, (type, subtype) = smtp_reply(facts.event), _bounce_type(facts.event)
    blocked = facts.event.reason == Reason.BLOCKED
    bounced: dict[str, Json] = {
        "emailAddress": recipient_address(facts),
        "action": "failed",
        "status": reply.status,
        "diagnosticCode": words_of(VOICE, facts.event).text if blocked else f"smtp; {reply.line}",
    }
    return {
        "bounceType": type,
        "bounceSubType": subtype,
        "bouncedRecipients": [bounced],
        "timestamp": iso_millis(facts.event.at),
        "feedbackId": _feedback_id(facts),
        "reportingMTA": f"dns; {_REPORTING_MTA}",
    }


def _bounce_type(event: Event) -> tuple[str, str]:
    if is_permanent(event):
        return "Permanent", _PERMANENT_SUBTYPES.get(event.reason or "", "General")
    if event.type is EventType.EXPIRED:
        return "Transient", "CustomTimeoutExceeded"
    return "Transient", _TRANSIENT_SUBTYPES.get(event.reason or "", "General")


def _complaint(facts: Facts) -> dict[str, Json]:
    return {
        "complainedRecipients": [{"emailAddress": recipient_address(facts)}],
        "timestamp": iso_millis(facts.event.at),
        "feedbackId": _feedback_id(facts),
        "complaintSubType": None,
        "userAgent": "ExampleFeedbackLoop/1.0",
        "complaintFeedbackType": "abuse",
        "arrivalDate": iso_millis(facts.event.at),
    }


def _feedback_id(facts: Facts) -> str:
    return f"{event_hex(facts, 16, 'feedback')}-{event_uuid(facts, 'feedback id')}-000000"


def _delivery(facts: Facts) -> dict[str, Json]:
    return {
        "timestamp": iso_millis(facts.event.at),
        "processingTimeMillis": (facts.event.at - submitted_at(facts)) // timedelta(milliseconds=1),
        "recipients": [recipient_address(facts)],
        "smtpResponse": DELIVERED_LINE,
        "reportingMTA": _REPORTING_MTA,
        "remoteMtaIp": RECEIVING_IP,
    }


def _delay(facts: Facts) -> dict[str, Json]:
    reply = smtp_reply(facts.event)
    return {
        "timestamp": iso_millis(facts.event.at),
        "delayType": _DELAY_TYPES.get(facts.event.reason or "", "General"),
        "expirationTime": iso_millis(submitted_at(facts) + _RETRIED_FOR),
        "delayedRecipients": [
            {"emailAddress": recipient_address(facts), "status": reply.status, "diagnosticCode": f"smtp; {reply.line}"}
        ],
        "reportingMTA": _REPORTING_MTA,
    }


def _open(facts: Facts) -> dict[str, Json]:
    return {"ipAddress": READER_IP, "timestamp": iso_millis(facts.event.at), "userAgent": READER_AGENT}


def _click(facts: Facts) -> dict[str, Json]:
    return {**_open(facts), "link": clicked_link(facts), "linkTags": None}


def _subscription(facts: Facts) -> dict[str, Json]:
    return {
        "contactList": "default",
        "timestamp": iso_millis(facts.event.at),
        "source": "UnsubscribeHeader",
        "newTopicPreferences": {"unsubscribeAll": True, "topicSubscriptionStatus": []},
        "oldTopicPreferences": {"unsubscribeAll": False, "topicSubscriptionStatus": []},
    }


def _nothing(_facts: Facts) -> dict[str, Json]:
    return {}


_EVENTS: Mapping[EventType, tuple[str, str, Callable[[Facts], dict[str, Json]]]] = {
    EventType.SENT: ("Send", "send", _nothing),
    EventType.DELIVERED: ("Delivery", "delivery", _delivery),
    EventType.DEFERRED: ("DeliveryDelay", "deliveryDelay", _delay),
    EventType.BOUNCED: ("Bounce", "bounce", _bounce),
    EventType.FAILED: ("Bounce", "bounce", _bounce),
    EventType.EXPIRED: ("Bounce", "bounce", _bounce),
    EventType.COMPLAINED: ("Complaint", "complaint", _complaint),
    EventType.UNSUBSCRIBED: ("Subscription", "subscription", _subscription),
    EventType.OPENED: ("Open", "open", _open),
    EventType.READ: ("Open", "open", _open),
    EventType.CLICKED: ("Click", "click", _click),
}

VOICE = Voice(
    name=NAME,
    channels=frozenset({Channel.EMAIL}),
    message_id=_message_id,
    answer=answering(accepted=_accepted, refused=_refused, broken=_broken, receipt=_receipt, told_later=TOLD_LATER),
    receipt=_receipt,
    words=_WORDS,
    words_here=words_in_report,
)
