"""Google's RCS for Business (RBM): refusals come at the send call, events in the envelope of Cloud Pub/Sub.

A message whose person is out of reach is held; what ends that is its time to live, told as a revocation.

Source: Google, "RCS for Business: phones.agentMessages.create", "Events", "Webhooks"; read 2026-11.
"""

import hmac
from base64 import b64encode
from collections.abc import Mapping

from emulator.core.errors import Json
from emulator.core.ids import Ids
from emulator.core.records import Channel, EventType
from emulator.providers.reasons import Reason
from emulator.providers.voice import Facts, Payload, Voice, Words, words_of
from emulator.providers.voices.addresses import public_text, secret_text
from emulator.providers.voices.answers import answering, client_error_status
from emulator.providers.voices.event_ids import event_number, event_uuid
from emulator.providers.voices.google_errors import HTTP_STATUSES, google_error
from emulator.providers.voices.moments import iso_millis
from emulator.providers.voices.payloads import json_payload, json_text, phrase

NAME = "rbm"

CLIENT_TOKEN = "parrotfish-client-token"  # noqa: S105 - public on purpose: receivers check signatures with it
"""Signs events of an account that connected no `client_token`."""

_AGENT = "example_agent"
_HTTP_OK = 200

# The kinds of error are documented; the texts, 401 and 429, and what stands for a reason that RCS lacks are assumed.
_NOT_FOUND = Words("NOT_FOUND", "Requested entity was not found.")
_PERMISSION_DENIED = Words("PERMISSION_DENIED", "The caller does not have permission")
_EXHAUSTED = Words("RESOURCE_EXHAUSTED", "Resource has been exhausted (e.g. check quota).")
_INVALID_ARGUMENT = Words("INVALID_ARGUMENT", "Request contains an invalid argument.")
_REVOKED = Words("TTL_EXPIRATION_REVOKED", "The message was revoked: its time to live is over")
_WORDS: Mapping[str, Words] = {
    Reason.UNKNOWN_SUBSCRIBER: _NOT_FOUND,
    Reason.INVALID_ADDRESS: _INVALID_ARGUMENT,
    Reason.BLOCKED: _PERMISSION_DENIED,
    Reason.SPAM: _PERMISSION_DENIED,
    Reason.MAILBOX_FULL: _REVOKED,
    Reason.ABSENT_SUBSCRIBER: _REVOKED,
    Reason.GREYLISTED: _EXHAUSTED,
    Reason.CONTENT_REFUSED: _INVALID_ARGUMENT,
    Reason.SENDER_REFUSED: _PERMISSION_DENIED,
    Reason.INSUFFICIENT_CREDIT: _PERMISSION_DENIED,
    Reason.DELIVERY_FAILURE: Words("INTERNAL", "Internal error encountered."),
    Reason.THROTTLED: _EXHAUSTED,
    Reason.NO_CAPABILITY: _NOT_FOUND,
    Reason.UNAUTHORISED: Words("UNAUTHENTICATED", "Request had invalid authentication credentials."),
}

# What the person's phone tells, and what the platform does. The name of the last of the former is assumed.
_OF_THE_PERSON: Mapping[EventType, str] = {
    EventType.DELIVERED: "DELIVERED",
    EventType.READ: "READ",
    EventType.UNSUBSCRIBED: "UNSUBSCRIBE",
}
_OF_THE_PLATFORM: Mapping[EventType, str] = {
    EventType.EXPIRED: "TTL_EXPIRATION_REVOKED",
    EventType.UNCERTAIN: "TTL_EXPIRATION_REVOKE_FAILED",
}


def _message_id(ids: Ids) -> str:
    # Chosen by the caller, which is us.
    return ids.uuid(NAME)


def _accepted(facts: Facts) -> Payload:
    recipient = facts.recipient
    content: dict[str, Json] = {
        "name": f"phones/{recipient.address}/agentMessages/{recipient.provider_message_id}",
        "sendTime": iso_millis(facts.event.at),
        "contentMessage": {"text": facts.message.content.text or ""},
    }
    return json_payload(content, _HTTP_OK)


def _refused(facts: Facts) -> Payload:
    words = words_of(VOICE, facts.event)
    return google_error(HTTP_STATUSES.get(words.code) or client_error_status(words.code), words.text)


def _broken(_facts: Facts, status: int) -> Payload:
    return google_error(status, phrase(status))


def _receipt(facts: Facts) -> Payload | None:
    event, address = facts.event, facts.recipient.address
    if event.type in _OF_THE_PERSON:
        return _post(facts, {"senderPhoneNumber": address, "eventType": _OF_THE_PERSON[event.type]})
    if event.type in _OF_THE_PLATFORM:
        return _post(facts, {"phoneNumber": address, "eventType": _OF_THE_PLATFORM[event.type]})
    if event.type is EventType.CLICKED:
        return _post(facts, {"senderPhoneNumber": address, "suggestionResponse": _tap(facts)})
    return None


def _post(facts: Facts, news: dict[str, Json]) -> Payload:
    """The event as Pub/Sub pushes it: base64 inside, and signed as it is before that."""
    event: dict[str, Json] = {
        **news,
        "eventId": event_uuid(facts),
        "messageId": facts.recipient.provider_message_id,
        "agentId": public_text(facts, "agent_id", _AGENT),
        "sendTime": iso_millis(facts.event.at),
    }
    data = json_text(event).encode()
    key = secret_text(facts, "client_token", CLIENT_TOKEN).encode()
    signature = b64encode(hmac.new(key, data, "sha512").digest()).decode()
    message: dict[str, Json] = {
        "data": b64encode(data).decode(),
        "messageId": str(event_number(facts, 16, "pub/sub")),
        "attributes": {"type": "event"},  # which attributes there are is assumed
    }
    return json_payload({"message": message}, headers=(("X-Goog-Signature", signature),))


def _tap(facts: Facts) -> dict[str, Json]:
    """A tap on a suggestion. Which it was is only known for one that opens a link."""
    return {"postbackData": facts.event.url or "", "text": facts.event.url or "", "type": "ACTION"}


VOICE = Voice(
    name=NAME,
    channels=frozenset({Channel.RCS}),
    message_id=_message_id,
    answer=answering(accepted=_accepted, refused=_refused, broken=_broken),
    receipt=_receipt,
    words=_WORDS,
    reports=frozenset({*_OF_THE_PERSON, *_OF_THE_PLATFORM, EventType.CLICKED}),
)
