"""Mailjet: ids are integers above 2^53; events are posted one object at a time, ungrouped.

Mailjet has no event for a delay but a bounce that is `greylisted` and not hard, so every deferral is told as that.

Source: Mailjet, "Send API v3.1", "Event API: real-time notifications"; read 2026-11.
"""

from collections.abc import Callable, Mapping

from emulator.core.errors import Json
from emulator.core.ids import Ids, derived_uuid
from emulator.core.records import Channel, Event, EventType
from emulator.providers.reasons import Reason
from emulator.providers.voice import Facts, Payload, Voice, Words, words_of
from emulator.providers.voices.addresses import READER_AGENT, READER_IP, clicked_link, recipient_address
from emulator.providers.voices.answers import TOLD_LATER, answering
from emulator.providers.voices.event_ids import event_uuid
from emulator.providers.voices.moments import epoch_seconds
from emulator.providers.voices.payloads import json_payload, phrase
from emulator.providers.voices.smtp_replies import DELIVERED_LINE, MAIL_WORDS, is_permanent, smtp_reply, words_in_report

NAME = "mailjet"
_HTTP_OK = 200
_HTTP_BAD_REQUEST = 400
_STATUSES: Mapping[str, int] = {
    Reason.UNAUTHORISED: 401,
    Reason.SENDER_REFUSED: 403,
    Reason.INSUFFICIENT_CREDIT: 403,
    Reason.THROTTLED: 429,
}

# The texts, and Mailjet's error codes, are assumed.
_WORDS: Mapping[str, Words] = {
    **MAIL_WORDS,
    Reason.INVALID_ADDRESS: Words("mj-0013", "The To address is an invalid email address."),
    Reason.SENDER_REFUSED: Words("send-0008", "The From address is not an authorized sender for your account."),
    Reason.BLOCKED: Words("preblocked", "preblocked"),
    Reason.INSUFFICIENT_CREDIT: Words("403", "The account has used up the mails of its plan."),
    Reason.THROTTLED: Words("429", "Too many requests."),
    Reason.UNAUTHORISED: Words("401", "API key authentication/authorization failure."),
}
# The call itself is refused, before a message of it is looked at.
_OF_THE_CALL = frozenset({Reason.UNAUTHORISED, Reason.THROTTLED})
_RELATED_FIELDS: Mapping[str, str] = {Reason.INVALID_ADDRESS: "To[0].Email", Reason.SENDER_REFUSED: "From"}

# error_related_to, error
_ERRORS: Mapping[str, tuple[str, str]] = {
    Reason.UNKNOWN_SUBSCRIBER: ("recipient", "user unknown"),
    Reason.INVALID_ADDRESS: ("domain", "invalid domain"),
    Reason.NO_CAPABILITY: ("domain", "no mail host"),
    Reason.BLOCKED: ("mailjet", "preblocked"),
    Reason.SPAM: ("spam", "policy issue"),
    Reason.MAILBOX_FULL: ("recipient", "quota exceeded"),
    Reason.ABSENT_SUBSCRIBER: ("system", "connection issue"),
    Reason.GREYLISTED: ("domain", "greylisted"),
    Reason.CONTENT_REFUSED: ("spam", "content blocked"),
    Reason.SENDER_REFUSED: ("spam", "sender blocked"),
}
_OTHER = ("system", "system issue")
_EXPIRED = ("system", "connection issue")


def _message_id(ids: Ids) -> str:
    return ids.digits(NAME, 18)


def _message_number(facts: Facts) -> int:
    id = facts.recipient.provider_message_id or ""
    return int(id) if id.isdecimal() else 0


def _message_uuid(facts: Facts) -> str:
    return derived_uuid(NAME, facts.recipient.id)


def _accepted(facts: Facts) -> Payload:
    number = _message_number(facts)
    taken: dict[str, Json] = {
        "Email": recipient_address(facts),
        "MessageUUID": _message_uuid(facts),
        "MessageID": number,
        "MessageHref": f"https://api.mailjet.com/v3/REST/message/{number}",
    }
    return json_payload(
        {"Messages": [{"Status": "success", "CustomID": "", "To": [taken], "Cc": [], "Bcc": []}]}, _HTTP_OK
    )


def _refused(facts: Facts) -> Payload:
    reason, words = facts.event.reason or "", words_of(VOICE, facts.event)
    status = _STATUSES.get(reason, _HTTP_BAD_REQUEST)
    if reason in _OF_THE_CALL:
        return _call_error(facts, words.text, status)
    related = _RELATED_FIELDS.get(reason)
    error: dict[str, Json] = {
        "ErrorIdentifier": event_uuid(facts, "error"),
        "ErrorCode": words.code,
        "StatusCode": status,
        "ErrorMessage": words.text,
        "ErrorRelatedTo": [related] if related else [],
    }
    return json_payload({"Messages": [{"Status": "error", "Errors": [error]}]}, status)


def _broken(facts: Facts, status: int) -> Payload:
    return _call_error(facts, phrase(status), status)


def _call_error(facts: Facts, text: str, status: int) -> Payload:
    content: dict[str, Json] = {
        "ErrorIdentifier": event_uuid(facts, "error"),
        "ErrorMessage": text,
        "StatusCode": status,
    }
    return json_payload(content, status)


def _receipt(facts: Facts) -> Payload | None:
    said = _EVENTS.get(facts.event.type)
    if said is None:
        return None
    name, part = said
    if facts.event.reason == Reason.BLOCKED and name == "bounce":
        name, part = "blocked", _blocked
    content: dict[str, Json] = {
        "event": name,
        "time": epoch_seconds(facts.event.at),
        "MessageID": _message_number(facts),
        "Message_GUID": _message_uuid(facts),
        "email": recipient_address(facts),
        "mj_campaign_id": 0,
        "mj_contact_id": _contact_id(facts),
        "customcampaign": "",
        "CustomID": "",
        "Payload": "",
        **part(facts),
    }
    return json_payload(content)


def _contact_id(facts: Facts) -> int:
    """One number for one address of an account."""
    return int(derived_uuid(NAME, facts.message.account_id, recipient_address(facts))[:8], 16)


def _sent(facts: Facts) -> dict[str, Json]:
    return {"mj_message_id": facts.recipient.provider_message_id, "smtp_reply": f"sent ({DELIVERED_LINE})"}


def _bounce(facts: Facts) -> dict[str, Json]:
    related, error = _error(facts.event)
    hard = is_permanent(facts.event)
    return {
        "blocked": hard,
        "hard_bounce": hard,
        "error_related_to": related,
        "error": error,
        "comment": smtp_reply(facts.event).line,
    }


def _error(event: Event) -> tuple[str, str]:
    if event.type is EventType.DEFERRED:
        return _ERRORS[Reason.GREYLISTED]
    if event.type is EventType.EXPIRED:
        return _EXPIRED
    found = _ERRORS.get(event.reason or "", _OTHER)
    # A soft bounce that said `greylisted` would be read as a delay.
    return _OTHER if event.reason == Reason.GREYLISTED else found


def _blocked(facts: Facts) -> dict[str, Json]:
    related, error = _error(facts.event)
    return {"error_related_to": related, "error": error}


def _spam(_facts: Facts) -> dict[str, Json]:
    return {"source": "JMRPP"}


def _open(_facts: Facts) -> dict[str, Json]:
    return {"ip": READER_IP, "geo": "", "agent": READER_AGENT}


def _click(facts: Facts) -> dict[str, Json]:
    return {"url": clicked_link(facts), **_open(facts)}


def _unsubscribed(_facts: Facts) -> dict[str, Json]:
    return {"mj_list_id": 0, "ip": READER_IP, "geo": "", "agent": "List-Unsubscribe"}


_EVENTS: Mapping[EventType, tuple[str, Callable[[Facts], dict[str, Json]]]] = {
    EventType.DELIVERED: ("sent", _sent),  # the receiving server took it
    EventType.DEFERRED: ("bounce", _bounce),
    EventType.BOUNCED: ("bounce", _bounce),
    EventType.FAILED: ("bounce", _bounce),
    EventType.EXPIRED: ("bounce", _bounce),
    EventType.COMPLAINED: ("spam", _spam),
    EventType.UNSUBSCRIBED: ("unsub", _unsubscribed),
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
