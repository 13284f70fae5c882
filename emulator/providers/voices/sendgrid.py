"""SendGrid: events come as an array; a post here holds one.

Its signature (ECDSA, optional) is left out: an event webhook without it is what an account has by default.

Source: SendGrid API reference, "Mail Send", "Event Webhook Reference"; read 2026-11.
"""

from collections.abc import Callable, Mapping

from emulator.core.errors import Json
from emulator.core.ids import Ids
from emulator.core.records import Channel, Event, EventType
from emulator.providers.reasons import Reason
from emulator.providers.voice import Facts, Payload, Voice, Words, words_of
from emulator.providers.voices.addresses import READER_AGENT, READER_IP, SENDING_IP, clicked_link, recipient_address
from emulator.providers.voices.answers import TOLD_LATER, answering, client_error_status
from emulator.providers.voices.event_ids import event_base62, occurrence
from emulator.providers.voices.moments import epoch_seconds
from emulator.providers.voices.payloads import json_payload, phrase
from emulator.providers.voices.smtp_replies import DELIVERED_LINE, MAIL_WORDS, is_permanent, smtp_reply, words_in_report

NAME = "sendgrid"
_HTTP_ACCEPTED = 202

# Codes are the HTTP statuses of the answer; the texts but `Bounced Address` are assumed.
_WORDS: Mapping[str, Words] = {
    **MAIL_WORDS,
    Reason.INVALID_ADDRESS: Words("400", "Does not contain a valid address."),
    Reason.SENDER_REFUSED: Words("403", "The from address does not match a verified Sender Identity."),
    Reason.INSUFFICIENT_CREDIT: Words("401", "Maximum credits exceeded"),
    Reason.BLOCKED: Words("5.0.0", "Bounced Address"),
    Reason.THROTTLED: Words("429", "too many requests"),
    Reason.UNAUTHORISED: Words("401", "The provided authorization grant is invalid, expired, or revoked"),
}
_FIELDS: Mapping[str, str] = {
    Reason.INVALID_ADDRESS: "personalizations.0.to.0.email",
    Reason.SENDER_REFUSED: "from",
}
_CLASSIFICATIONS: Mapping[str, str] = {
    Reason.UNKNOWN_SUBSCRIBER: "Invalid Address",
    Reason.NO_CAPABILITY: "Invalid Address",
    Reason.INVALID_ADDRESS: "Invalid Address",
    Reason.MAILBOX_FULL: "Mailbox Unavailable",
    Reason.ABSENT_SUBSCRIBER: "Technical",
    Reason.CONTENT_REFUSED: "Content",
    Reason.SPAM: "Reputation",
    Reason.SENDER_REFUSED: "Reputation",
    Reason.GREYLISTED: "Frequency or Volume Too High",
    Reason.THROTTLED: "Frequency or Volume Too High",
}


def _message_id(ids: Ids) -> str:
    return ids.base62(NAME, 22)


def _accepted(facts: Facts) -> Payload:
    # The body is empty, the id is in a header.
    headers = (("X-Message-Id", facts.recipient.provider_message_id or ""),)
    return Payload(content_type="text/plain", body="", status=_HTTP_ACCEPTED, headers=headers)


def _refused(facts: Facts) -> Payload:
    words = words_of(VOICE, facts.event)
    return _errors(words.text, _FIELDS.get(facts.event.reason or ""), client_error_status(words.code))


def _broken(_facts: Facts, status: int) -> Payload:
    return _errors(phrase(status), None, status)


def _errors(message: str, field: str | None, status: int) -> Payload:
    return json_payload({"errors": [{"message": message, "field": field, "help": None}]}, status)


def _receipt(facts: Facts) -> Payload | None:
    if facts.event.reason == Reason.BLOCKED and facts.event.type in {EventType.FAILED, EventType.BOUNCED}:
        return _post(facts, "dropped", _dropped(facts))
    said = _EVENTS.get(facts.event.type)
    return None if said is None else _post(facts, said[0], said[1](facts))


def _post(facts: Facts, name: str, details: dict[str, Json]) -> Payload:
    id = facts.recipient.provider_message_id or ""
    event: dict[str, Json] = {
        "email": recipient_address(facts),
        "timestamp": epoch_seconds(facts.event.at),
        "smtp-id": f"<{id}@geopod-ismtpd-1>",
        "event": name,
        "sg_event_id": event_base62(facts, 22),
        # The id of the answer, and where it was processed.
        "sg_message_id": f"{id}.filter0001.16648.5515E0B88.0",
        **details,
    }
    return json_payload([event])


def _dropped(facts: Facts) -> dict[str, Json]:
    words = words_of(VOICE, facts.event)
    return {"reason": words.text, "status": words.code}


def _deferred(facts: Facts) -> dict[str, Json]:
    return {"response": smtp_reply(facts.event).line, "attempt": str(occurrence(facts))}


def _delivered(_facts: Facts) -> dict[str, Json]:
    return {"ip": SENDING_IP, "response": DELIVERED_LINE, "tls": 1, "cert_err": 0}


def _bounce(facts: Facts) -> dict[str, Json]:
    event, reply = facts.event, smtp_reply(facts.event)
    return {
        "ip": SENDING_IP,
        "reason": reply.line,
        "status": reply.status,
        "tls": 1,
        "type": _bounce_type(event),
        "bounce_classification": _CLASSIFICATIONS.get(event.reason or "", "Unclassified"),
    }


def _bounce_type(event: Event) -> str:
    if event.type is EventType.EXPIRED:
        return "expired"  # the retries ran out
    return "bounce" if is_permanent(event) else "blocked"


def _open(_facts: Facts) -> dict[str, Json]:
    return {"ip": READER_IP, "useragent": READER_AGENT, "sg_machine_open": False}


def _click(facts: Facts) -> dict[str, Json]:
    kind = "html" if facts.message.content.html else "text"
    return {
        "ip": READER_IP,
        "useragent": READER_AGENT,
        "url": clicked_link(facts),
        "url_offset": {"index": 0, "type": kind},
    }


def _plain(_facts: Facts) -> dict[str, Json]:
    return {}


_EVENTS: Mapping[EventType, tuple[str, Callable[[Facts], dict[str, Json]]]] = {
    EventType.SENT: ("processed", _plain),
    EventType.DEFERRED: ("deferred", _deferred),
    EventType.DELIVERED: ("delivered", _delivered),
    EventType.BOUNCED: ("bounce", _bounce),
    EventType.FAILED: ("bounce", _bounce),
    EventType.EXPIRED: ("bounce", _bounce),
    EventType.COMPLAINED: ("spamreport", _plain),
    EventType.UNSUBSCRIBED: ("unsubscribe", _plain),
    EventType.OPENED: ("open", _open),
    EventType.READ: ("open", _open),
    EventType.CLICKED: ("click", _click),
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
