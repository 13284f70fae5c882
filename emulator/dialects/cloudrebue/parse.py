"""Bodies -> what is asked, in our words. What the contract cannot say is checked here.

The members have passed the contract; their `Any` is JSON that it has vouched for.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple, TypeAlias

from msgspec.structs import replace

from emulator.core.errors import FieldProblem, InvalidFields, Json, SenderNotAllowed
from emulator.core.moments import read_moment
from emulator.core.records import Account, Channel, Content
from emulator.dialects.cloudrebue.auth import profile_of
from emulator.dialects.cloudrebue.numbers import normalise, parts_of
from emulator.dialects.cloudrebue.vocabulary import API, LEGACY, REBUETEXT
from emulator.gateway.sending import SendRequest
from emulator.gateway.world import World
from emulator.server.dialect import Call

Members: TypeAlias = Mapping[str, Any]

# Source: Cloud Rebue documentation, "Batch sending", read 2026-11; that a list of numbers ends there too is assumed.
MOST_NUMBERS = 100

_EAST_AFRICA_TIME = "+03:00"

# Each profile has its own name for where receipts go, and takes the other's where that is absent.
_ENDPOINT_NAMES: Mapping[str, tuple[str, str]] = {
    LEGACY: ("endpoint", "delivery_endpoint"),
    REBUETEXT: ("delivery_endpoint", "endpoint"),
}

# Source: Cloud Rebue's PHP SDK; rebuetext documentation, "Voice SMS"; read 2026-11.
_REPEAT: Mapping[str, int] = {LEGACY: 1, REBUETEXT: 5}
_FEMALE = 1


class Contact(NamedTuple):
    """A contact to add: its number in the normal form, and the rest as it was sent."""

    phone: str
    content: Mapping[str, Json]


def drop_nulls(call: Call) -> None:
    """Take members that are null out of the body: the SDK sends one for whatever is unset."""
    body = call.body
    if isinstance(body, dict):
        call.body = _without_nulls(body)
    elif isinstance(body, list):
        call.body = [_without_nulls(item) if isinstance(item, dict) else item for item in body]


def parse_sms(world: World, account: Account, members: Members, batch_id: str) -> tuple[SendRequest, ...]:
    """Read one text message: one request, in the rebuetext profile one for each number.

    Raises `InvalidFields` and `SenderNotAllowed`.
    """
    problems: list[FieldProblem] = []
    numbers = _numbers(members, problems)
    name: str = members["sender"]
    sender = world.store.senders_by_address.get((account.id, Channel.SMS, name.lower()))
    if sender is not None and sender.two_way and not members.get("link_id"):
        problems.append(FieldProblem(("link_id",), "required"))
    scheduled_at = _moment(members, "time_to_send" if "time_to_send" in members else "send_at", problems)
    if problems:
        raise InvalidFields(problems)
    if sender is None or sender.address != name:
        raise SenderNotAllowed(name)
    content = Content(text=members["message"])
    request = _request(
        account,
        members,
        batch_id,
        channel=Channel.SMS,
        sender=name,
        numbers=numbers,
        content=content,
        scheduled_at=scheduled_at,
    )
    return (request,) if profile_of(account) == LEGACY else _one_each(request)


def parse_voice(_world: World, account: Account, members: Members, batch_id: str) -> tuple[SendRequest, ...]:
    """Read one voice message: one request for each number. Raises `InvalidFields`.

    `content.rich` holds `voice` and `repeat` as numbers.
    """
    problems: list[FieldProblem] = []
    numbers = _numbers(members, problems)
    scheduled_at = _moment(members, "time_to_send", problems)
    if problems:
        raise InvalidFields(problems)
    voice = int(members.get("voice", _FEMALE))
    repeat = int(members.get("repeat", _REPEAT[profile_of(account)]))
    content = Content(text=members["message"], rich={"voice": voice, "repeat": repeat})
    request = _request(
        account,
        members,
        batch_id,
        channel=Channel.VOICE,
        sender=members["originator"],
        numbers=numbers,
        content=content,
        scheduled_at=scheduled_at,
    )
    return _one_each(request)


def parse_contact(members: Members) -> Contact:
    """Read a contact. Raises `InvalidFields` for anything but one number."""
    phone = _phone_text(members["phone"])
    number = normalise(phone)
    if number is None:
        raise InvalidFields([FieldProblem(("phone",), "phone", phone)])
    names = ("first_name", "last_name", "email", "field_1", "field_2", "field_3")
    return Contact(number, {name: members.get(name) for name in names})


def whole(value: Json) -> Json:
    """A JSON number that is whole as an integer (`1.0` is one, for the contract too); anything else as it is."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _without_nulls(members: dict[str, Json]) -> dict[str, Json]:
    if None not in members.values():
        return members
    return {name: value for name, value in members.items() if value is not None}


def _request(  # noqa: PLR0913 - what both kinds of message are made of
    account: Account,
    members: Members,
    batch_id: str,
    *,
    channel: Channel,
    sender: str,
    numbers: Sequence[str],
    content: Content,
    scheduled_at: datetime | None,
) -> SendRequest:
    correlator = whole(members.get("correlator"))
    extras: dict[str, Json] = {"batch_id": batch_id, "correlator": correlator}
    if members.get("link_id"):
        extras["link_id"] = members["link_id"]
    own, alias = _ENDPOINT_NAMES[profile_of(account)]
    return SendRequest(
        api=API,
        account_id=account.id,
        environment="live",
        channel=channel,
        sender=sender,
        addresses=tuple(numbers),
        content=content,
        external_id=None if correlator is None else str(correlator),
        endpoint_url=members.get(own) or members.get(alias),
        scheduled_at=scheduled_at,
        extras=extras,
    )


def _one_each(request: SendRequest) -> tuple[SendRequest, ...]:
    if len(request.addresses) == 1:
        return (request,)
    return tuple(replace(request, addresses=(number,)) for number in request.addresses)


def _numbers(members: Members, problems: list[FieldProblem]) -> list[str]:
    """The numbers of `phone` in their normal form; what is wrong with them is added to the problems."""
    phone = _phone_text(members["phone"])
    number = normalise(phone)
    if number is not None:
        return [number]
    parts = parts_of(phone)
    if not parts:
        problems.append(FieldProblem(("phone",), "required"))
    elif len(parts) > MOST_NUMBERS:
        problems.append(FieldProblem(("phone",), "max_items", phone, MOST_NUMBERS))
    else:
        normalised = [(part, normalise(part)) for part in parts]
        invalid = dict.fromkeys(part for part, number in normalised if number is None)
        problems.extend(FieldProblem(("phone",), "phone", part) for part in invalid)
        return [number for _, number in normalised if number is not None]
    return []


def _phone_text(phone: Json) -> str:
    return phone if isinstance(phone, str) else str(whole(phone))


def _moment(members: Members, name: str, problems: list[FieldProblem]) -> datetime | None:
    """When to send, or None for now; a time that is in no calendar is added to the problems."""
    text: str | None = members.get(name)
    if text is None:
        return None
    moment = read_moment(text + _EAST_AFRICA_TIME)
    if moment is None:
        problems.append(FieldProblem((name,), "moment", text))
    return moment
