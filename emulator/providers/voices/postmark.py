"""Postmark: transactional mail; one JSON object a post, told apart by `RecordType`.

Source: Postmark, "Email API", "API error codes", "Webhooks"; bounce type codes from its Node SDK; read 2026-11.
"""

from collections.abc import Callable, Mapping
from typing import NamedTuple

from emulator.core.errors import Json
from emulator.core.ids import Ids
from emulator.core.records import Channel, Event, EventType
from emulator.providers.reasons import Reason
from emulator.providers.voice import Facts, Payload, Voice, Words, words_of
from emulator.providers.voices.addresses import (
    READER_AGENT,
    READER_IP,
    clicked_link,
    public_text,
    recipient_address,
    sender_address,
)
from emulator.providers.voices.answers import TOLD_LATER, answering
from emulator.providers.voices.event_ids import event_number, occurrence
from emulator.providers.voices.moments import iso_millis
from emulator.providers.voices.payloads import json_payload, phrase
from emulator.providers.voices.smtp_replies import DELIVERED_LINE, MAIL_WORDS, is_permanent, smtp_reply, words_in_report

NAME = "postmark"
_SERVER_ID = 23
_MAINTENANCE = 100
_INVALID_REQUEST = 300
_HTTP_OK = 200
_HTTP_UNPROCESSABLE = 422
_HTTP_UNAVAILABLE = 503
_STATUSES: Mapping[str, int] = {Reason.THROTTLED: 429, Reason.UNAUTHORISED: 401}

# The texts, and 429 as an error code, are assumed; the other codes are documented.
_WORDS: Mapping[str, Words] = {
    **MAIL_WORDS,
    Reason.INVALID_ADDRESS: Words("300", "Invalid 'To' address."),
    Reason.SENDER_REFUSED: Words("400", "The 'From' address you supplied is not a Sender Signature on your account."),
    Reason.INSUFFICIENT_CREDIT: Words("405", "Not allowed to send: you are out of credits."),
    Reason.BLOCKED: Words("406", "You tried to send to a recipient that has been marked as inactive."),
    Reason.THROTTLED: Words("429", "Rate limit exceeded."),
    Reason.UNAUTHORISED: Words(
        "10", "The Server Token you provided in the X-Postmark-Server-Token header is not valid."
    ),
}


class _Bounce(NamedTuple):
    type: str
    code: int
    name: str
    description: str


_HARD = _Bounce(
    "HardBounce",
    1,
    "Hard bounce",
    "The server was unable to deliver your message (ex: unknown user, mailbox not found).",
)
_TRANSIENT = _Bounce(
    "Transient",
    2,
    "Message delayed",
    "The server could not temporarily deliver your message (ex: Message is delayed due to network troubles).",
)
_SOFT = _Bounce(
    "SoftBounce",
    4096,
    "Soft bounce",
    "Unable to temporarily deliver message (i.e. mailbox full, account disabled, exceeds quota, out of disk space).",
)
_BLOCKED = _Bounce("Blocked", 100006, "ISP block", "Blocked from this ISP due to content or blacklisting.")
_BAD_ADDRESS = _Bounce("BadEmailAddress", 100000, "Invalid email address", "The address is not a valid email address.")
_COMPLAINT = _Bounce(
    "SpamComplaint", 100001, "Spam complaint", "The subscriber explicitly marked this message as spam."
)
_PERMANENT: Mapping[str, _Bounce] = {
    Reason.INVALID_ADDRESS: _BAD_ADDRESS,
    Reason.BLOCKED: _BLOCKED,
    Reason.SPAM: _BLOCKED,
    Reason.CONTENT_REFUSED: _BLOCKED,
    Reason.SENDER_REFUSED: _BLOCKED,
}


def _message_id(ids: Ids) -> str:
    return ids.uuid(NAME)


def _accepted(facts: Facts) -> Payload:
    return json_payload(
        {
            "To": recipient_address(facts),
            "SubmittedAt": iso_millis(facts.event.at),
            "MessageID": facts.recipient.provider_message_id,
            "ErrorCode": 0,
            "Message": "OK",
        },
        _HTTP_OK,
    )


def _refused(facts: Facts) -> Payload:
    # 422 for nearly every error: the number that counts is in the body.
    status = _STATUSES.get(facts.event.reason or "", _HTTP_UNPROCESSABLE)
    words = words_of(VOICE, facts.event)
    code = int(words.code) if words.code.isdecimal() else _INVALID_REQUEST
    return json_payload({"ErrorCode": code, "Message": words.text}, status)


def _broken(_facts: Facts, status: int) -> Payload:
    text = "Maintenance" if status == _HTTP_UNAVAILABLE else phrase(status)
    return json_payload({"ErrorCode": _MAINTENANCE, "Message": text}, status)


def _receipt(facts: Facts) -> Payload | None:
    said = _RECORDS.get(facts.event.type)
    if said is None:
        return None
    record, part = said
    content: dict[str, Json] = {
        "RecordType": record,
        "MessageStream": public_text(facts, "message_stream", "outbound"),
        "ServerID": _SERVER_ID,
        "MessageID": facts.recipient.provider_message_id,
        **part(facts),
        "Metadata": {},
    }
    return json_payload(content)


def _delivery(facts: Facts) -> dict[str, Json]:
    return {
        "Recipient": recipient_address(facts),
        "Tag": "",
        "DeliveredAt": iso_millis(facts.event.at),
        "Details": DELIVERED_LINE,
    }


def _bounce(facts: Facts) -> dict[str, Json]:
    return _bounced(facts, _kind(facts.event), f"smtp;{smtp_reply(facts.event).line}")


def _complaint(facts: Facts) -> dict[str, Json]:
    return _bounced(facts, _COMPLAINT, facts.event.diagnostic or "")


def _kind(event: Event) -> _Bounce:
    if event.type is EventType.DEFERRED:
        return _TRANSIENT
    return _PERMANENT.get(event.reason or "", _HARD) if is_permanent(event) else _SOFT


def _bounced(facts: Facts, kind: _Bounce, details: str) -> dict[str, Json]:
    final = kind in {_HARD, _BAD_ADDRESS, _COMPLAINT}
    return {
        "ID": event_number(facts, 10),
        "Type": kind.type,
        "TypeCode": kind.code,
        "Name": kind.name,
        "Tag": "",
        "Description": kind.description,
        "Details": details,
        "Email": recipient_address(facts),
        "From": sender_address(facts),
        "BouncedAt": iso_millis(facts.event.at),
        "DumpAvailable": True,
        "Inactive": final,
        "CanActivate": kind is not _COMPLAINT,
        "Subject": facts.message.content.subject or "",
        "Content": "",
    }


def _open(facts: Facts) -> dict[str, Json]:
    return {**_reading(facts), "FirstOpen": occurrence(facts) == 1}


def _click(facts: Facts) -> dict[str, Json]:
    location = "HTML" if facts.message.content.html else "Text"
    return {**_reading(facts), "ClickLocation": location, "OriginalLink": clicked_link(facts)}


def _reading(facts: Facts) -> dict[str, Json]:
    return {
        "Recipient": recipient_address(facts),
        "Tag": "",
        "ReceivedAt": iso_millis(facts.event.at),
        "Client": {"Name": "Firefox 140.0", "Company": "Mozilla Foundation", "Family": "Firefox"},
        "OS": {"Name": "Linux", "Company": "", "Family": "Linux"},
        "Platform": "Desktop",
        "UserAgent": READER_AGENT,
        "Geo": {"IP": READER_IP},
    }


def _subscription(facts: Facts) -> dict[str, Json]:
    return {
        "Recipient": recipient_address(facts),
        "Tag": "",
        "ChangedAt": iso_millis(facts.event.at),
        "Origin": "Recipient",
        "SuppressSending": True,
        "SuppressionReason": "ManualSuppression",
    }


_RECORDS: Mapping[EventType, tuple[str, Callable[[Facts], dict[str, Json]]]] = {
    EventType.DELIVERED: ("Delivery", _delivery),
    EventType.DEFERRED: ("Bounce", _bounce),
    EventType.BOUNCED: ("Bounce", _bounce),
    EventType.FAILED: ("Bounce", _bounce),
    EventType.EXPIRED: ("Bounce", _bounce),
    EventType.COMPLAINED: ("SpamComplaint", _complaint),
    EventType.UNSUBSCRIBED: ("SubscriptionChange", _subscription),
    EventType.OPENED: ("Open", _open),
    EventType.READ: ("Open", _open),
    EventType.CLICKED: ("Click", _click),
}

VOICE = Voice(
    name=NAME,
    channels=frozenset({Channel.EMAIL}),
    message_id=_message_id,
    answer=answering(
        accepted=_accepted,
        refused=_refused,
        broken=_broken,
        receipt=_receipt,
        # Postmark knows its inactive recipients at the call.
        told_later=TOLD_LATER - {Reason.BLOCKED},
    ),
    receipt=_receipt,
    words=_WORDS,
    words_here=words_in_report,
)
