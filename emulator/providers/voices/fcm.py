"""Firebase Cloud Messaging, HTTP v1: the answer to the send call is all that is ever known of one message.

Source: Firebase, "FCM HTTP v1 API: projects.messages.send", "ErrorCode", and published clients; read 2026-11.
"""

from collections.abc import Mapping

from emulator.core.ids import Ids
from emulator.core.records import Channel
from emulator.providers.reasons import Reason
from emulator.providers.voice import Facts, Payload, Voice, Words, words_of
from emulator.providers.voices.answers import answering, client_error_status
from emulator.providers.voices.google_errors import google_error
from emulator.providers.voices.payloads import json_payload, phrase

NAME = "fcm"
_PROJECT = "example-project"
_DETAILS_TYPE = "type.googleapis.com/google.firebase.fcm.v1.FcmError"
_HTTP_OK = 200

# The codes are documented. The texts are assumed, and so is what stands for a reason that push does not have.
_UNREGISTERED = Words("UNREGISTERED", "Requested entity was not found.")
_INVALID_ARGUMENT = Words("INVALID_ARGUMENT", "The registration token is not a valid FCM registration token")
_SENDER_ID_MISMATCH = Words("SENDER_ID_MISMATCH", "SenderId mismatch")
_QUOTA_EXCEEDED = Words("QUOTA_EXCEEDED", "Resource has been exhausted (e.g. check quota).")
_UNAVAILABLE = Words("UNAVAILABLE", "The service is currently unavailable.")
_WORDS: Mapping[str, Words] = {
    Reason.UNKNOWN_SUBSCRIBER: _UNREGISTERED,
    Reason.INVALID_ADDRESS: _INVALID_ARGUMENT,
    Reason.BLOCKED: _SENDER_ID_MISMATCH,
    Reason.SPAM: _SENDER_ID_MISMATCH,
    Reason.MAILBOX_FULL: _QUOTA_EXCEEDED,
    Reason.ABSENT_SUBSCRIBER: _UNAVAILABLE,
    Reason.GREYLISTED: _UNAVAILABLE,
    Reason.CONTENT_REFUSED: Words("INVALID_ARGUMENT", "Request contains an invalid argument."),
    Reason.SENDER_REFUSED: _SENDER_ID_MISMATCH,
    Reason.INSUFFICIENT_CREDIT: _QUOTA_EXCEEDED,
    Reason.DELIVERY_FAILURE: Words("INTERNAL", "Internal error encountered."),
    Reason.THROTTLED: _QUOTA_EXCEEDED,
    Reason.NO_CAPABILITY: _UNREGISTERED,
    Reason.UNAUTHORISED: Words("THIRD_PARTY_AUTH_ERROR", "Request had invalid authentication credentials."),
}
_HTTP_STATUSES: Mapping[str, int] = {
    "INVALID_ARGUMENT": 400,
    "THIRD_PARTY_AUTH_ERROR": 401,
    "SENDER_ID_MISMATCH": 403,
    "UNREGISTERED": 404,
    "QUOTA_EXCEEDED": 429,
    "INTERNAL": 500,
    "UNAVAILABLE": 503,
}
_CODES = {status: code for code, status in _HTTP_STATUSES.items()}


def _message_id(ids: Ids) -> str:
    # The form of Firebase's own example; the numbers in it are assumed to mean nothing.
    return f"projects/{_PROJECT}/messages/0:{ids.digits(NAME, 16)}%{ids.hex(NAME, 16)}"


def _accepted(facts: Facts) -> Payload:
    return json_payload({"name": facts.recipient.provider_message_id}, _HTTP_OK)


def _refused(facts: Facts) -> Payload:
    words = words_of(VOICE, facts.event)
    return _error(words, _HTTP_STATUSES.get(words.code) or client_error_status(words.code))


def _broken(_facts: Facts, status: int) -> Payload:
    known = {503: _UNAVAILABLE, 500: _WORDS[Reason.DELIVERY_FAILURE]}
    return _error(known.get(status, Words("INTERNAL", phrase(status))), status)


def _error(words: Words, status: int) -> Payload:
    code = words.code if words.code in _HTTP_STATUSES else _CODES.get(status, "UNSPECIFIED_ERROR")
    return google_error(status, words.text, {"@type": _DETAILS_TYPE, "errorCode": code})


def _receipt(_facts: Facts) -> None:
    return None


VOICE = Voice(
    name=NAME,
    channels=frozenset({Channel.PUSH}),
    message_id=_message_id,
    answer=answering(accepted=_accepted, refused=_refused, broken=_broken),
    receipt=_receipt,
    words=_WORDS,
    reports=frozenset(),  # only figures for all messages together, hours later
)
