"""Meta's WhatsApp Cloud API: most of what goes wrong is told later, in a status webhook.

Source: Meta, "WhatsApp Business Platform: Cloud API, Send messages", "Webhooks: messages, status", "Error codes", and
published clients; read 2026-11.
"""

import hmac
from collections.abc import Mapping
from datetime import timedelta

from emulator.core.errors import Json
from emulator.core.ids import Ids, derived_uuid
from emulator.core.records import Channel, Event, EventType
from emulator.providers.reasons import Reason
from emulator.providers.voice import Facts, Payload, Voice, Words, words_of
from emulator.providers.voices.addresses import public_text, secret_text
from emulator.providers.voices.answers import TOLD_LATER, answering
from emulator.providers.voices.event_ids import event_base62
from emulator.providers.voices.moments import epoch_seconds, submitted_at
from emulator.providers.voices.payloads import json_payload, json_text

NAMES = ("whatsapp", "meta_waba")
"""The channel's own name, and that of an account's connection to Meta."""

APP_SECRET = "parrotfish-app-secret"  # noqa: S105 - public on purpose: receivers check signatures with it
"""Signs webhooks of an account that connected WhatsApp without an `app_secret`."""

_BUSINESS_ACCOUNT = "102290129340398"
_PHONE_NUMBER_ID = "106540352242922"
_PHONE_NUMBER = "12025550199"
_HELP = "https://developers.facebook.com/docs/whatsapp/cloud-api/support/error-codes/"
_WINDOW = timedelta(hours=24)
_HTTP_OK = 200
_HTTP_BAD_REQUEST = 400
_HTTP_UNAVAILABLE = 503
_UNKNOWN_FAILURE = "131000"

# The numbers are documented; the texts but the best known ones are assumed, as is what a full inbox, a greylisting and
# content stand for here: WhatsApp has none of the first two.
_WORDS: Mapping[str, Words] = {
    Reason.UNKNOWN_SUBSCRIBER: Words("131026", "Message undeliverable"),
    Reason.INVALID_ADDRESS: Words("131009", "Parameter value is not valid"),
    Reason.BLOCKED: Words("131050", "User has stopped receiving marketing messages from this business"),
    Reason.SPAM: Words("131049", "This message was not delivered to maintain healthy ecosystem engagement"),
    Reason.MAILBOX_FULL: Words(_UNKNOWN_FAILURE, "Something went wrong"),
    Reason.ABSENT_SUBSCRIBER: Words("131026", "Message undeliverable"),
    Reason.GREYLISTED: Words("131016", "Service unavailable"),
    Reason.CONTENT_REFUSED: Words("132007", "Template format character policy violated"),
    Reason.SENDER_REFUSED: Words("131037", "Display name of the phone number is not approved"),
    Reason.INSUFFICIENT_CREDIT: Words("131042", "Business eligibility payment issue"),
    Reason.DELIVERY_FAILURE: Words(_UNKNOWN_FAILURE, "Something went wrong"),
    Reason.THROTTLED: Words("130429", "Rate limit hit"),
    Reason.NO_CAPABILITY: Words("131026", "Message undeliverable"),
    Reason.WINDOW_CLOSED: Words("131047", "Re-engagement message"),
    Reason.UNAUTHORISED: Words("190", "Access token has expired"),
}
_EXPIRED = _WORDS[Reason.ABSENT_SUBSCRIBER]

# What an error says beside its title. The wordings are assumed.
_DETAILS: Mapping[str, str] = {
    "131026": "The recipient is not on WhatsApp, has an old version, or has not accepted the current terms.",
    "131042": "The message was not sent because of a problem with the account's payment method.",
    "131047": "More than 24 hours have passed since the recipient last replied: send a template.",
    "131049": "The message was withheld, so that people stay well disposed to messages from businesses.",
    "131050": "The recipient has chosen not to receive marketing messages from this business.",
}

# The HTTP status of an answer by its code; another one is a 400. Customary, assumed.
_HTTP_STATUSES: Mapping[str, int] = {
    "0": 401,
    "190": 401,
    "10": 403,
    "131005": 403,
    "131031": 403,
    "132001": 404,
    "4": 429,
    "80007": 429,
    "130429": 429,
    "131056": 429,
    _UNKNOWN_FAILURE: 500,
    "131016": 503,
}
_TOLD_LATER = TOLD_LATER - {Reason.CONTENT_REFUSED} | {Reason.WINDOW_CLOSED, Reason.INSUFFICIENT_CREDIT}

# A message that nobody could be given is reported as failed.
_STATUSES: Mapping[EventType, str] = {
    EventType.SENT: "sent",
    EventType.DELIVERED: "delivered",
    EventType.READ: "read",
    EventType.BOUNCED: "failed",
    EventType.FAILED: "failed",
    EventType.EXPIRED: "failed",
}


def make_voice(name: str) -> Voice:
    """The voice under a name."""

    def message_id(ids: Ids) -> str:
        return f"wamid.HBgL{ids.base62(name, 38)}A="

    return Voice(
        name=name,
        channels=frozenset({Channel.WHATSAPP}),
        message_id=message_id,
        answer=answering(
            accepted=_accepted, refused=_refused, broken=_broken, receipt=_receipt, told_later=_TOLD_LATER
        ),
        receipt=_receipt,
        words=_WORDS,
        # There is no report of a delay or a complaint. A click is seen where the link leads, not by Meta.
        reports=frozenset({*_STATUSES, EventType.UNSUBSCRIBED, EventType.CLICKED}),
    )


def _accepted(facts: Facts) -> Payload:
    content: dict[str, Json] = {
        "messaging_product": "whatsapp",
        "contacts": [{"input": facts.recipient.address, "wa_id": _digits(facts.recipient.address)}],
        "messages": [{"id": facts.recipient.provider_message_id, "message_status": "accepted"}],
    }
    return json_payload(content, _HTTP_OK)


def _refused(facts: Facts) -> Payload:
    words = _words(facts.event)
    status = _HTTP_STATUSES.get(words.code, _HTTP_BAD_REQUEST)
    return _error(facts, words, status)


def _broken(facts: Facts, status: int) -> Payload:
    reason = Reason.GREYLISTED if status == _HTTP_UNAVAILABLE else Reason.DELIVERY_FAILURE
    return _error(facts, _WORDS[reason], status)


def _error(facts: Facts, words: Words, status: int) -> Payload:
    error: dict[str, Json] = {
        "message": f"(#{words.code}) {words.text}",
        "type": "OAuthException",
        "code": _number(words.code),
        "error_data": {"messaging_product": "whatsapp", "details": _DETAILS.get(words.code, words.text)},
        "fbtrace_id": event_base62(facts, 27, "trace"),
    }
    return json_payload({"error": error}, status)


def _receipt(facts: Facts) -> Payload | None:
    if facts.event.type is EventType.UNSUBSCRIBED:
        return _post(facts, "user_preferences", {"user_preferences": [_preference(facts)]})
    name = _STATUSES.get(facts.event.type)
    return None if name is None else _post(facts, "messages", {"statuses": [_status(facts, name)]})


def _post(facts: Facts, field: str, news: dict[str, Json]) -> Payload:
    """The envelope of all webhooks, signed."""
    value: dict[str, Json] = {
        "messaging_product": "whatsapp",
        "metadata": {
            "display_phone_number": _sender(facts),
            "phone_number_id": public_text(facts, "phone_number_id", _PHONE_NUMBER_ID),
        },
        **news,
    }
    account = public_text(facts, "business_account_id", _BUSINESS_ACCOUNT)
    content: dict[str, Json] = {
        "object": "whatsapp_business_account",
        "entry": [{"id": account, "changes": [{"value": value, "field": field}]}],
    }
    key = secret_text(facts, "app_secret", APP_SECRET).encode()
    signature = hmac.new(key, json_text(content).encode(), "sha256").hexdigest()
    return json_payload(content, headers=(("X-Hub-Signature-256", f"sha256={signature}"),))


def _status(facts: Facts, name: str) -> dict[str, Json]:
    status: dict[str, Json] = {
        "id": facts.recipient.provider_message_id,
        "status": name,
        "timestamp": str(epoch_seconds(facts.event.at)),
        "recipient_id": _digits(facts.recipient.address),
    }
    return {**status, "errors": [_cause(facts.event)]} if name == "failed" else {**status, **_price(facts)}


def _price(facts: Facts) -> dict[str, Json]:
    """The conversation that the message is counted to, and its price. That it is a `utility` message is assumed."""
    recipient = facts.recipient
    return {
        "conversation": {
            "id": derived_uuid(recipient.provider or "", recipient.id, "conversation").replace("-", ""),
            "expiration_timestamp": str(epoch_seconds(submitted_at(facts) + _WINDOW)),
            "origin": {"type": "utility"},
        },
        "pricing": {"billable": True, "pricing_model": "PMP", "type": "regular", "category": "utility"},
    }


def _cause(event: Event) -> dict[str, Json]:
    words = _words(event)
    return {
        "code": _number(words.code),
        "title": words.text,
        "message": words.text,
        "error_data": {"details": _DETAILS.get(words.code, words.text)},
        "href": _HELP,
    }


def _preference(facts: Facts) -> dict[str, Json]:
    # That a preference changed is told in `user_preferences`; what it is made of is assumed.
    return {
        "wa_id": _digits(facts.recipient.address),
        "detail": "User requested to stop marketing messages",
        "category": "marketing_messages",
        "value": "stop",
        "timestamp": epoch_seconds(facts.event.at),
    }


def _words(event: Event) -> Words:
    if event.reason is None and event.type is EventType.EXPIRED:
        return Words(event.code or _EXPIRED.code, event.diagnostic or _EXPIRED.text)
    words = words_of(_SPEAKER, event)
    return (
        words if words.code.isdecimal() else Words(_UNKNOWN_FAILURE, words.text or _WORDS[Reason.DELIVERY_FAILURE].text)
    )


def _number(code: str) -> int:
    return int(code) if code.isdecimal() else int(_UNKNOWN_FAILURE)


def _sender(facts: Facts) -> str:
    number = _digits(facts.message.sender or "")
    return number if number.isdecimal() else public_text(facts, "display_phone_number", _PHONE_NUMBER)


def _digits(address: str) -> str:
    """A WhatsApp id: the number without its plus."""
    return address.removeprefix("+")


VOICES: Mapping[str, Voice] = {name: make_voice(name) for name in NAMES}
_SPEAKER = VOICES["whatsapp"]  # both use the same words
