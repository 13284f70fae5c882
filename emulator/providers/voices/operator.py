"""A mobile network operator's short message centre, spoken to over SMPP.

Answers are the facts of a `submit_sm_resp` as JSON, receipts the text of a `deliver_sm`.

Source: SMPP v3.4, 5.1.3 (command status), Appendix B (delivery receipt format); 3GPP TS 29.002 (the network's errors
and their numbers).
"""

from collections.abc import Mapping
from datetime import datetime

from emulator.core.errors import Json
from emulator.core.ids import Ids
from emulator.core.records import Channel, Event, EventType
from emulator.providers.reasons import Reason
from emulator.providers.voice import Facts, Payload, Voice, Words, words_of
from emulator.providers.voices.answers import answering
from emulator.providers.voices.moments import submitted_at
from emulator.providers.voices.payloads import json_payload, text_payload

OPERATORS = ("safaricom", "airtel", "telkom", "unknown")
_TEXT_LENGTH = 20

# The number in a receipt's `err`, and the error's name. Networks differ; that these are MAP's own is assumed.
_WORDS: Mapping[str, Words] = {
    Reason.UNKNOWN_SUBSCRIBER: Words("001", "unknownSubscriber"),
    Reason.INVALID_ADDRESS: Words("001", "unknownSubscriber"),
    Reason.BLOCKED: Words("013", "callBarred"),
    Reason.SPAM: Words("013", "callBarred"),
    Reason.MAILBOX_FULL: Words("032", "sm-DeliveryFailure"),
    Reason.ABSENT_SUBSCRIBER: Words("027", "absentSubscriber"),
    Reason.GREYLISTED: Words("031", "subscriberBusyForMT-SMS"),
    Reason.CONTENT_REFUSED: Words("021", "facilityNotSupported"),
    Reason.SENDER_REFUSED: Words("021", "facilityNotSupported"),
    Reason.INSUFFICIENT_CREDIT: Words("021", "facilityNotSupported"),
    Reason.DELIVERY_FAILURE: Words("032", "sm-DeliveryFailure"),
    Reason.THROTTLED: Words("034", "systemFailure"),
    Reason.NO_CAPABILITY: Words("011", "teleserviceNotProvisioned"),
    Reason.UNAUTHORISED: Words("021", "facilityNotSupported"),
}

_ROK = (0x00, "ESME_ROK")
_RSYSERR = (0x08, "ESME_RSYSERR")
_RSUBMITFAIL = (0x45, "ESME_RSUBMITFAIL")
_COMMAND_STATUSES: Mapping[str, tuple[int, str]] = {
    Reason.UNKNOWN_SUBSCRIBER: (0x0B, "ESME_RINVDSTADR"),
    Reason.INVALID_ADDRESS: (0x0B, "ESME_RINVDSTADR"),
    Reason.SENDER_REFUSED: (0x0A, "ESME_RINVSRCADR"),
    Reason.MAILBOX_FULL: (0x14, "ESME_RMSGQFUL"),
    Reason.THROTTLED: (0x58, "ESME_RTHROTTLED"),
    Reason.UNAUTHORISED: (0x04, "ESME_RINVBNDSTS"),  # refused when the session was opened, so there is none
}

_STATES: Mapping[EventType, str] = {
    EventType.SENT: "ACCEPTD",
    EventType.DEFERRED: "ENROUTE",  # an intermediate notification: not final
    EventType.DELIVERED: "DELIVRD",
    EventType.BOUNCED: "UNDELIV",
    EventType.FAILED: "UNDELIV",
    EventType.EXPIRED: "EXPIRED",
    EventType.UNCERTAIN: "UNKNOWN",
    EventType.CANCELED: "DELETED",
}
# Two octets of a header that has sixteen. Assumed: a peer may break off anywhere.
_GARBLED = text_payload("80 00")
_REJECTED = frozenset({Reason.BLOCKED, Reason.SPAM, Reason.CONTENT_REFUSED, Reason.SENDER_REFUSED})


def make_voice(name: str) -> Voice:
    """The voice of one operator."""

    def message_id(ids: Ids) -> str:
        return ids.hex(name, 10)

    return Voice(
        name=name,
        channels=frozenset({Channel.SMS}),
        message_id=message_id,
        answer=answering(accepted=_accepted, refused=_refused, broken=_broken, garbled=_GARBLED),
        receipt=_receipt,
        words=_WORDS,
    )


def _accepted(facts: Facts) -> Payload:
    return _response(_ROK, facts.recipient.provider_message_id)


def _refused(facts: Facts) -> Payload:
    return _response(_COMMAND_STATUSES.get(facts.event.reason or "", _RSUBMITFAIL), None)


def _broken(_facts: Facts, _status: int) -> Payload:
    return _response(_RSYSERR, None)


def _response(status: tuple[int, str], message_id: str | None) -> Payload:
    number, name = status
    content: dict[str, Json] = {
        "command": "submit_sm_resp",
        "command_status": f"0x{number:08X}",
        "command_status_name": name,
        "message_id": message_id,
    }
    return json_payload(content)


def _receipt(facts: Facts) -> Payload | None:
    event = facts.event
    state = _STATES.get(event.type)
    if state is None:
        return None
    if state == "UNDELIV" and event.reason in _REJECTED:
        state = "REJECTD"
    text = (facts.message.content.text or "")[:_TEXT_LENGTH]
    return text_payload(
        f"id:{facts.recipient.provider_message_id} sub:001 dlvrd:{'001' if state == 'DELIVRD' else '000'} "
        f"submit date:{_moment(submitted_at(facts))} done date:{_moment(event.at)} "
        f"stat:{state} err:{_error(event)} text:{text}"
    )


def _moment(at: datetime) -> str:
    return f"{at:%y%m%d%H%M}"


def _error(event: Event) -> str:
    return words_of(_SPEAKER, event).code if event.reason or event.code else "000"


VOICES: Mapping[str, Voice] = {name: make_voice(name) for name in OPERATORS}
_SPEAKER = VOICES["unknown"]  # all operators use the same words
