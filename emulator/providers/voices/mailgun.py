"""Mailgun: `event-data` beside a signature block that signs its own timestamp and token, not the event.

Source: Mailgun, "Sending", "Events", "Webhooks"; reasons and codes as met in public code; read 2026-11.
"""

import hmac
from collections.abc import Callable, Mapping

from emulator.core.errors import Json
from emulator.core.ids import Ids
from emulator.core.records import Channel, Event, EventType
from emulator.providers.reasons import Reason
from emulator.providers.voice import Facts, Payload, Voice, Words, words_of
from emulator.providers.voices.addresses import (
    READER_AGENT,
    READER_IP,
    SENDING_IP,
    clicked_link,
    domain_of,
    recipient_address,
    secret_text,
    sender_address,
)
from emulator.providers.voices.answers import TOLD_LATER, answering, client_error_status
from emulator.providers.voices.event_ids import event_base62, event_hex
from emulator.providers.voices.moments import epoch_seconds
from emulator.providers.voices.payloads import json_payload, phrase, text_payload
from emulator.providers.voices.smtp_replies import MAIL_WORDS, smtp_reply, words_in_report

NAME = "mailgun"

WEBHOOK_SIGNING_KEY = "parrotfish-webhook-signing-key"
"""Signs events of an account that connected Mailgun without a `webhook_secret`."""

_DOMAIN = "mg.example.com"
_RETRY_SECONDS = 600
_HTTP_OK = 200

# Codes are HTTP statuses of the answer, or Mailgun's own: 605 previously bounced. The texts are assumed.
_WORDS: Mapping[str, Words] = {
    **MAIL_WORDS,
    Reason.INVALID_ADDRESS: Words("400", "'to' parameter is not a valid address. please check documentation"),
    Reason.SENDER_REFUSED: Words("403", "The domain is not allowed to send: it is not verified"),
    Reason.INSUFFICIENT_CREDIT: Words("402", "The account's sending limit is reached"),
    Reason.BLOCKED: Words("605", "Not delivering to previously bounced address"),
    Reason.THROTTLED: Words("429", "Too many requests"),
    Reason.UNAUTHORISED: Words("401", "Forbidden"),
}
_REASONS: Mapping[str, str] = {
    Reason.BLOCKED: "suppress-bounce",
    Reason.SPAM: "espblock",
    Reason.CONTENT_REFUSED: "espblock",
    Reason.SENDER_REFUSED: "espblock",
}


def _message_id(ids: Ids) -> str:
    return f"{ids.digits(NAME, 14)}.1.{ids.hex(NAME, 16).upper()}@{_DOMAIN}"


def _accepted(facts: Facts) -> Payload:
    # Angle brackets here, none in the events.
    return json_payload({"id": f"<{facts.recipient.provider_message_id}>", "message": "Queued. Thank you."}, _HTTP_OK)


def _refused(facts: Facts) -> Payload:
    words = words_of(VOICE, facts.event)
    if facts.event.reason == Reason.UNAUTHORISED:
        return text_payload(words.text, client_error_status(words.code))  # no JSON, unlike the other refusals
    return json_payload({"message": words.text}, client_error_status(words.code))


def _broken(_facts: Facts, status: int) -> Payload:
    return json_payload({"message": phrase(status)}, status)


def _receipt(facts: Facts) -> Payload | None:
    said = _EVENTS.get(facts.event.type)
    if said is None:
        return None
    name, level, part = said
    recipient, sender = recipient_address(facts), sender_address(facts)
    event: dict[str, Json] = {
        "id": event_base62(facts, 22),
        "event": name,
        "timestamp": facts.event.at.timestamp(),
        "log-level": level,
        "recipient": recipient,
        "recipient-domain": domain_of(recipient),
        **part(facts),
        "message": {
            "headers": {
                "to": recipient,
                "message-id": facts.recipient.provider_message_id,
                "from": sender,
                "subject": facts.message.content.subject or "",
            },
            "attachments": [],
        },
        "tags": [],
        "user-variables": {},
        "flags": {"is-routed": False, "is-authenticated": True, "is-system-test": False, "is-test-mode": False},
    }
    return json_payload({"signature": _signature(facts), "event-data": event})


def _signature(facts: Facts) -> dict[str, Json]:
    timestamp, token = str(epoch_seconds(facts.event.at)), event_hex(facts, 50, "token")
    key = secret_text(facts, "webhook_secret", WEBHOOK_SIGNING_KEY)
    return {
        "timestamp": timestamp,
        "token": token,
        "signature": hmac.new(key.encode(), f"{timestamp}{token}".encode(), "sha256").hexdigest(),
    }


def _envelope(facts: Facts) -> dict[str, Json]:
    return {
        "envelope": {
            "sender": sender_address(facts),
            "targets": recipient_address(facts),
            "transport": "smtp",
            "sending-ip": SENDING_IP,
        }
    }


def _delivered(facts: Facts) -> dict[str, Json]:
    status = _delivery_status(facts, code=250, message="OK")
    return {**_envelope(facts), "delivery-status": {**status, "attempt-no": _attempt(facts)}}


def _failed(facts: Facts) -> dict[str, Json]:
    event = facts.event
    temporary = event.type is EventType.DEFERRED
    status = _not_tried(facts) if event.reason == Reason.BLOCKED else _tried_in_vain(facts)
    if temporary:
        status["retry-seconds"] = _RETRY_SECONDS
    return {
        "severity": "temporary" if temporary else "permanent",
        "reason": _reason(event),
        **_envelope(facts),
        "delivery-status": status,
    }


def _tried_in_vain(facts: Facts) -> dict[str, Json]:
    reply = smtp_reply(facts.event)
    status = _delivery_status(facts, code=reply.code, message=reply.text)
    return {**status, "enhanced-code": reply.status, "attempt-no": _attempt(facts)}


def _not_tried(facts: Facts) -> dict[str, Json]:
    """Mailgun's own refusal: no server was asked, so none said anything."""
    words = words_of(VOICE, facts.event)
    return {
        "attempt-no": _attempt(facts),
        "message": "",
        "code": int(words.code) if words.code.isdecimal() else smtp_reply(facts.event).code,
        "description": words.text,
        "session-seconds": 0,
    }


def _reason(event: Event) -> str:
    if event.type is EventType.DEFERRED:
        return "greylisted" if event.reason == Reason.GREYLISTED else "generic"
    if event.type is EventType.EXPIRED:
        return "old"  # the retry window is over
    return _REASONS.get(event.reason or "", "bounce")


def _delivery_status(facts: Facts, *, code: int, message: str) -> dict[str, Json]:
    return {
        "code": code,
        "message": message,
        "description": "",
        "mx-host": f"mx.{domain_of(recipient_address(facts))}",
        "session-seconds": 0.1,
        "tls": True,
        "utf8": True,
        "certificate-verified": True,
    }


def _attempt(facts: Facts) -> int:
    before = facts.recipient.events[: facts.place]
    return 1 + sum(event.type is EventType.DEFERRED for event in before)


def _reading(_facts: Facts) -> dict[str, Json]:
    return {
        "ip": READER_IP,
        "geolocation": {"country": "Unknown", "region": "Unknown", "city": "Unknown"},
        "client-info": {
            "client-type": "browser",
            "client-os": "Linux",
            "device-type": "desktop",
            "client-name": "Firefox",
            "user-agent": READER_AGENT,
        },
    }


def _clicked(facts: Facts) -> dict[str, Json]:
    return {**_reading(facts), "url": clicked_link(facts)}


_EVENTS: Mapping[EventType, tuple[str, str, Callable[[Facts], dict[str, Json]]]] = {
    EventType.SENT: ("accepted", "info", _envelope),
    EventType.DELIVERED: ("delivered", "info", _delivered),
    EventType.DEFERRED: ("failed", "warn", _failed),
    EventType.BOUNCED: ("failed", "error", _failed),
    EventType.FAILED: ("failed", "error", _failed),
    EventType.EXPIRED: ("failed", "error", _failed),
    EventType.COMPLAINED: ("complained", "warn", _envelope),
    EventType.UNSUBSCRIBED: ("unsubscribed", "warn", _reading),
    EventType.OPENED: ("opened", "info", _reading),
    EventType.READ: ("opened", "info", _reading),
    EventType.CLICKED: ("clicked", "info", _clicked),
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
