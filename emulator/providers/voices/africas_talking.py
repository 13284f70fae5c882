"""Africa's Talking: SMS to African networks.

Source: Africa's Talking, "Sending SMS" and "Delivery reports", read 2026-11.
"""

from collections.abc import Mapping

from emulator.core.ids import Ids
from emulator.core.pricing import decimal_text
from emulator.core.records import Channel, Event, EventType, Origin
from emulator.providers.reasons import Reason
from emulator.providers.voice import Facts, Payload, Voice, Words, words_of
from emulator.providers.voices.answers import answering
from emulator.providers.voices.payloads import form_payload, json_payload, phrase, text_payload

NAME = "africas_talking"
_CURRENCY = "KES"
_SENT = 101
_REJECTED_BY_GATEWAY = 502

# The HTTP status is 201 even if every recipient was refused.
_HTTP_CREATED = 201
_HTTP_UNAUTHORIZED = 401
_HTTP_TOO_MANY_REQUESTS = 429

# Words of the delivery report, except where the call itself refuses (`_AT_CALL` has the numbers).
# `NotNetworkSubcriber` and the two spellings of black list (a capital L in reports only) are theirs.
_WORDS: Mapping[str, Words] = {
    reason: Words(word, word)
    for reason, word in {
        Reason.UNKNOWN_SUBSCRIBER: "UserDoesNotExist",
        Reason.INVALID_ADDRESS: "InvalidPhoneNumber",
        Reason.BLOCKED: "UserInBlackList",
        Reason.SPAM: "UserInBlackList",
        Reason.MAILBOX_FULL: "DeliveryFailure",
        Reason.ABSENT_SUBSCRIBER: "AbsentSubscriber",
        Reason.GREYLISTED: "DeliveryFailure",
        Reason.CONTENT_REFUSED: "RejectedByGateway",
        Reason.SENDER_REFUSED: "InvalidSenderId",
        Reason.INSUFFICIENT_CREDIT: "InsufficientCredit",
        Reason.DELIVERY_FAILURE: "DeliveryFailure",
        Reason.THROTTLED: "TooManyRequests",
        Reason.NO_CAPABILITY: "UnsupportedNumberType",
        Reason.UNAUTHORISED: "The supplied authentication is invalid",
    }.items()
}

# Numbers and names are documented; which of our reasons they stand for is our choice.
_AT_CALL: Mapping[str, tuple[int, str]] = {
    Reason.UNKNOWN_SUBSCRIBER: (404, "UnsupportedNumberType"),
    Reason.INVALID_ADDRESS: (403, "InvalidPhoneNumber"),
    Reason.BLOCKED: (406, "UserInBlacklist"),
    Reason.SPAM: (401, "RiskHold"),
    Reason.MAILBOX_FULL: (501, "GatewayError"),
    Reason.ABSENT_SUBSCRIBER: (501, "GatewayError"),
    Reason.GREYLISTED: (501, "GatewayError"),
    Reason.CONTENT_REFUSED: (502, "RejectedByGateway"),
    Reason.SENDER_REFUSED: (402, "InvalidSenderId"),
    Reason.INSUFFICIENT_CREDIT: (405, "InsufficientBalance"),
    Reason.DELIVERY_FAILURE: (407, "CouldNotRoute"),
    Reason.NO_CAPABILITY: (404, "UnsupportedNumberType"),
}

_STATUSES: Mapping[EventType, str] = {
    EventType.SENT: "Sent",
    EventType.DEFERRED: "Buffered",
    EventType.DELIVERED: "Success",
    EventType.BOUNCED: "Failed",
    EventType.FAILED: "Failed",
    EventType.EXPIRED: "Expired",
}
_REJECTED = frozenset({Reason.SPAM, Reason.BLOCKED, Reason.CONTENT_REFUSED, Reason.SENDER_REFUSED})

# Network codes by the number's beginning, the longest first; 99999 is Athena, the test network.
_NETWORKS = (
    (("254757", "254758", "254759", "254768", "254769"), "63902"),
    (("254763", "254764", "254765", "254766"), "63999"),
    (("25410", "25473", "25475", "25478", "254762"), "63903"),
    (("25477",), "63907"),
    (("254",), "63902"),
    # Of other countries one network each, as their numbers are not told apart here.
    (("234",), "62130"),
    (("250",), "63510"),
    (("255",), "64004"),
    (("256",), "64110"),
    (("265",), "65010"),
)
_TEST_NETWORK = "99999"


def _message_id(ids: Ids) -> str:
    return f"ATXid_{ids.hex(NAME, 32)}"


def _accepted(facts: Facts) -> Payload:
    recipient = facts.recipient
    micros = recipient.price_micros if recipient.cost_micros is None else recipient.cost_micros
    cost = f"{_CURRENCY} {decimal_text(micros, places=4)}"
    return json_payload(
        {
            "SMSMessageData": {
                "Message": f"Sent to 1/1 Total Cost: {cost}",
                "Recipients": [
                    {
                        "statusCode": _SENT,
                        "number": recipient.address,
                        "status": "Success",
                        "cost": cost,
                        "messageId": recipient.provider_message_id,
                        "messageParts": recipient.segments,
                    }
                ],
            }
        },
        _HTTP_CREATED,
    )


def _refused(facts: Facts) -> Payload:
    if facts.event.reason == Reason.THROTTLED:
        return text_payload(phrase(_HTTP_TOO_MANY_REQUESTS), _HTTP_TOO_MANY_REQUESTS)
    if facts.event.reason == Reason.UNAUTHORISED:
        return text_payload(words_of(VOICE, facts.event).text, _HTTP_UNAUTHORIZED)
    code, word = _refusal(facts.event)
    refusal = {
        "statusCode": code,
        "number": facts.recipient.address,
        "status": word,
        "cost": "0",
        "messageId": "None",
    }
    return json_payload(
        {"SMSMessageData": {"Message": "Sent to 0/1 Total Cost: 0", "Recipients": [{**refusal}]}}, _HTTP_CREATED
    )


def _refusal(event: Event) -> tuple[int, str]:
    code, word = _AT_CALL.get(event.reason or "", (_REJECTED_BY_GATEWAY, words_of(VOICE, event).text))
    if event.code is None:
        return code, word
    return (int(event.code), word) if event.code.isdecimal() else (code, event.code)


def _words_at_call(event: Event) -> Words | None:
    """The answer to the call has names of its own for some causes."""
    said = _AT_CALL.get(event.reason or "")
    return Words(said[1], said[1]) if said is not None and event.origin is Origin.ANSWER else None


def _broken(_facts: Facts, status: int) -> Payload:
    return text_payload(phrase(status), status)


def _receipt(facts: Facts) -> Payload | None:
    event = facts.event
    status = _STATUSES.get(event.type)
    if status is None:
        return None
    if event.reason == Reason.ABSENT_SUBSCRIBER and status in {"Failed", "Expired"}:
        status = "AbsentSubscriber"
    elif status == "Failed" and event.reason in _REJECTED:
        status = "Rejected"
    fields = {
        "id": facts.recipient.provider_message_id or "",
        "status": status,
        "phoneNumber": facts.recipient.address,
        "networkCode": _network(facts.recipient.address),
    }
    if status in {"Failed", "Rejected"}:
        fields["failureReason"] = words_of(VOICE, event).code or "DeliveryFailure"
    return form_payload(fields)


def _network(number: str) -> str:
    digits = number.removeprefix("+")
    return next((code for beginnings, code in _NETWORKS if digits.startswith(beginnings)), _TEST_NETWORK)


VOICE = Voice(
    name=NAME,
    channels=frozenset({Channel.SMS}),
    message_id=_message_id,
    answer=answering(accepted=_accepted, refused=_refused, broken=_broken),
    receipt=_receipt,
    words=_WORDS,
    words_here=_words_at_call,
)
