"""Records -> bodies. Members stand in the order of the documentation's samples."""

from datetime import datetime, timedelta
from functools import lru_cache

from emulator.core.errors import Json
from emulator.core.moments import iso_microseconds, to_the_second
from emulator.core.pricing import MICROS, decimal_number
from emulator.core.records import InboundMessage, Message, Resource
from emulator.dialects.cloudrebue.numbers import operator_of
from emulator.dialects.cloudrebue.vocabulary import LEGACY, QUEUED, REBUETEXT
from emulator.gateway.sending import SendRequest

Body = dict[str, Json]

_EAST_AFRICA = timedelta(hours=3)

# rebuetext counts cents where legacy counts units; a unit is KES 0.50 (assumed).
_CENTS_A_UNIT = 50
MICROS_A_CENT = MICROS // _CENTS_A_UNIT


@lru_cache(maxsize=64)
def local_time(moment: datetime) -> str:
    """`2026-06-02 11:15:30`, in East Africa Time."""
    return to_the_second(moment + _EAST_AFRICA).replace("T", " ")


@lru_cache(maxsize=64)
def utc_time(moment: datetime) -> str:
    """`2026-06-02T08:15:30.000000Z`."""
    return iso_microseconds(moment)


def queued_full(request: SendRequest, message: Message, units: int) -> Body:
    """The answer to an object in the legacy profile. Its correlator is text, whatever was sent."""
    return {
        "status": True,
        "message": QUEUED[LEGACY],
        "data": {
            "correlator": message.external_id,
            "uniqueId": message.id,
            "client_id": message.account_id,
            "phone": ",".join(request.addresses),
            "operator": operator_of(request.addresses[0]),
            "sms_units": units,
            "short_code": message.sender,
            "message": message.content.text,
            "link_id": message.extras.get("link_id"),
            "end_point": message.endpoint_url,
            "batch_id": message.extras["batch_id"],
            "created_at": local_time(message.created_at),
        },
    }


def queued_short(request: SendRequest, message: Message, units: int) -> Body:
    """The answer to one object of a batch in the legacy profile. Its correlator keeps its type."""
    return {
        "status": True,
        "message": QUEUED[LEGACY],
        "data": {
            "correlator": message.extras["correlator"],
            "uniqueId": message.id,
            "phone": ",".join(request.addresses),
            "sms_units": units,
        },
    }


def queued_rebuetext(request: SendRequest, message: Message, units: int) -> Body:
    """The answer for one number in the rebuetext profile."""
    return {
        "status": True,
        "message": QUEUED[REBUETEXT],
        "data": {
            "short_code": message.sender,
            "phone": request.addresses[0],
            "operator": operator_of(request.addresses[0]).capitalize(),
            "message": message.content.text,
            "correlator": message.extras["correlator"],
            **_rebuetext_rest(message, units),
        },
    }


def queued_voice(request: SendRequest, message: Message, units: int) -> Body:
    """The answer for one number of a voice message, in either profile."""
    rich = message.content.rich
    assert isinstance(rich, dict)
    return {
        "status": True,
        "message": QUEUED[REBUETEXT],
        "data": {
            "originator": message.sender,
            "phone": request.addresses[0],
            "operator": operator_of(request.addresses[0]).capitalize(),
            "message": message.content.text,
            "voice": rich["voice"],
            "repeat": rich["repeat"],
            "correlator": message.extras["correlator"],
            **_rebuetext_rest(message, units),
        },
    }


def _rebuetext_rest(message: Message, units: int) -> Body:
    return {
        "delivery_endpoint": message.endpoint_url,
        "batch_id": message.extras["batch_id"],
        "uniqueId": message.id,
        "time_to_send": utc_time(message.starts_at),
        "sms_units": units,
        "length": len(message.content.text or ""),
        "remarks": QUEUED[REBUETEXT],
        "created_at": local_time(message.created_at),
    }


def balance_legacy(micros: int, now: datetime) -> Body:
    """What is left in units, as text."""
    return {"status": True, "data": {"account_units": str(micros // MICROS), "date": local_time(now)}}


def balance_rebuetext(micros: int, now: datetime) -> Body:
    """What is left in KES, and in cents."""
    minor = micros // MICROS_A_CENT
    return {"status": True, "data": {"balance_kes": kes(micros), "balance_minor": minor, "date": local_time(now)}}


def kes(micros: int) -> int | float:
    """Micros of a unit as KES, in whole cents: `1880.5`."""
    return decimal_number(micros // MICROS_A_CENT * (MICROS // 100))


def topped_up_legacy(*, units: int, before_micros: int, reference: str, now: datetime) -> Body:
    """What was moved to a sub-account in units; `before_micros` is what it had."""
    initial = before_micros // MICROS
    return {
        "status": True,
        "message": "account top up successful",
        "data": {
            "topup_units": str(units),
            "initial_units": str(initial),
            "updated_units": initial + units,
            "topup_reference": reference,
            "created_at": local_time(now),
        },
    }


def topped_up_rebuetext(
    account_id: str, *, micros: int, target_micros: int, source_micros: int, reference: str, now: datetime
) -> Body:
    """What was moved to a sub-account in KES, and what both have now."""
    return {
        "status": True,
        "data": {
            "account_id": int(account_id) if account_id.isdigit() else account_id,
            "topup_amount": kes(micros),
            "updated_balance_kes": kes(target_micros),
            "parent_balance_kes": kes(source_micros),
            "topup_reference": reference,
            "created_at": local_time(now),
        },
    }


def contact_body(contact: Resource) -> Body:
    """A contact of the address book, with the operator capitalised."""
    facts = contact.content
    phone = contact.key or ""
    return {
        "id": facts["id"],
        "first_name": facts["first_name"],
        "last_name": facts["last_name"],
        "email": facts["email"],
        "phone": phone,
        "operator": operator_of(phone).capitalize(),
        "custom_fields": {name: facts[name] for name in ("field_1", "field_2", "field_3")},
        "created_at": local_time(contact.created_at),
    }


def group_body(group: Resource) -> Body:
    """A group of the address book."""
    facts = group.content
    return {"id": facts["id"], "name": facts["name"], "created_at": local_time(group.created_at)}


def incoming_body(inbound: InboundMessage, *, phone: str, link_id: str) -> Body:
    """What a person wrote to a short code."""
    return {
        "phone": phone,
        "message": inbound.text or "",
        "short_code": inbound.recipient,
        "link_id": link_id,
        "operator": operator_of(phone),
        "uniqueId": inbound.id,
        "received_at": local_time(inbound.created_at),
    }
