"""Brevo (formerly Sendinblue): one flat JSON object a post.

`date` is in the account's own time zone, which is UTC here; only `ts_epoch` is dependable at the real one.

Source: Brevo API reference, "Send a transactional email", "Transactional webhooks"; read 2026-11.
"""

from collections.abc import Mapping

from emulator.core.errors import Json
from emulator.core.ids import Ids
from emulator.core.records import Channel, Event, EventType
from emulator.providers.reasons import Reason
from emulator.providers.voice import Facts, Payload, Voice, Words, words_of
from emulator.providers.voices.addresses import SENDING_IP, clicked_link, recipient_address
from emulator.providers.voices.answers import TOLD_LATER, answering
from emulator.providers.voices.event_ids import occurrence
from emulator.providers.voices.moments import epoch_seconds
from emulator.providers.voices.payloads import json_payload, phrase
from emulator.providers.voices.smtp_replies import MAIL_WORDS, is_permanent, smtp_reply, words_in_report

NAME = "brevo"
_ACCOUNT = 1000001
_HTTP_CREATED = 201
_HTTP_BAD_REQUEST = 400
_STATUSES: Mapping[str, int] = {
    Reason.UNAUTHORISED: 401,
    Reason.INSUFFICIENT_CREDIT: 402,
    Reason.THROTTLED: 429,
}

# The texts are assumed, and so are `blocked` and `too_many_requests`.
_WORDS: Mapping[str, Words] = {
    **MAIL_WORDS,
    Reason.INVALID_ADDRESS: Words("invalid_parameter", "email is not valid in to"),
    Reason.SENDER_REFUSED: Words("invalid_parameter", "sender is not valid: it is not a verified sender"),
    Reason.INSUFFICIENT_CREDIT: Words("not_enough_credits", "You do not have enough credits to send this email"),
    Reason.BLOCKED: Words("blocked", "blocked : due to blacklist user"),
    Reason.THROTTLED: Words("too_many_requests", "Too many requests"),
    Reason.UNAUTHORISED: Words("unauthorized", "Key not found"),
}
_EVENTS: Mapping[EventType, str] = {
    EventType.SENT: "request",
    EventType.DELIVERED: "delivered",
    EventType.DEFERRED: "deferred",
    EventType.COMPLAINED: "spam",
    EventType.UNSUBSCRIBED: "unsubscribe",
    EventType.CLICKED: "click",
}
_OPENS = frozenset({EventType.OPENED, EventType.READ})
_FAILURES = frozenset({EventType.BOUNCED, EventType.FAILED, EventType.EXPIRED})
_REASONED = _FAILURES | {EventType.DEFERRED}


def _message_id(ids: Ids) -> str:
    return f"<{ids.digits(NAME, 12)}.{ids.digits(NAME, 11)}@smtp-relay.mailin.fr>"


def _accepted(facts: Facts) -> Payload:
    return json_payload({"messageId": facts.recipient.provider_message_id}, _HTTP_CREATED)


def _refused(facts: Facts) -> Payload:
    words = words_of(VOICE, facts.event)
    status = _STATUSES.get(facts.event.reason or "", _HTTP_BAD_REQUEST)
    return json_payload({"code": words.code, "message": words.text}, status)


def _broken(_facts: Facts, status: int) -> Payload:
    text = phrase(status)
    return json_payload({"code": text.lower().replace(" ", "_"), "message": text}, status)


def _receipt(facts: Facts) -> Payload | None:
    name = _event_name(facts)
    if name is None:
        return None
    event = facts.event
    seconds = epoch_seconds(event.at)
    content: dict[str, Json] = {
        "event": name,
        "email": recipient_address(facts),
        "id": _ACCOUNT,
        "date": f"{event.at:%Y-%m-%d %H:%M:%S}",
        "ts": seconds,
        "message-id": facts.recipient.provider_message_id,
        "ts_event": seconds,
        "subject": facts.message.content.subject or "",
        "sending_ip": SENDING_IP,
        "ts_epoch": seconds * 1000 + event.at.microsecond // 1000,
    }
    if event.type in _REASONED:
        content["reason"] = _reason(event)
    if event.type is EventType.CLICKED:
        content["link"] = clicked_link(facts)
    return json_payload(content)


def _event_name(facts: Facts) -> str | None:
    event = facts.event
    if event.type in _OPENS:
        return "unique_opened" if occurrence(facts) == 1 else "opened"
    if event.type not in _FAILURES:
        return _EVENTS.get(event.type)
    if event.reason == Reason.BLOCKED:
        return "blocked"
    if event.reason == Reason.INVALID_ADDRESS:
        return "invalid_email"
    return "hard_bounce" if is_permanent(event) else "soft_bounce"


def _reason(event: Event) -> str:
    return words_of(VOICE, event).text if event.reason == Reason.BLOCKED else smtp_reply(event).line


VOICE = Voice(
    name=NAME,
    channels=frozenset({Channel.EMAIL}),
    message_id=_message_id,
    answer=answering(accepted=_accepted, refused=_refused, broken=_broken, receipt=_receipt, told_later=TOLD_LATER),
    receipt=_receipt,
    words=_WORDS,
    words_here=words_in_report,
)
