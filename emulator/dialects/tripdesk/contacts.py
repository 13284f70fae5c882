"""Contacts: the people whom a tenant knows in one environment.

A contact's `content` has what the API shows (`phone`, `email`, `language`, `channels`, `attributes`); its `addresses`
follow from that, and are what it is found by.
"""

from collections.abc import Iterable, Mapping
from typing import cast

from msgspec.structs import replace

from emulator.core import contacts
from emulator.core.errors import Json
from emulator.core.records import Channel, Contact
from emulator.dialects.tripdesk.addresses import comparable
from emulator.dialects.tripdesk.identifiers import new_id
from emulator.dialects.tripdesk.vocabulary import PHONE_CHANNELS
from emulator.gateway.world import World

PHONE, MAIL = "phone", "mail"

Content = Mapping[str, Json]

# The kinds of address by which somebody is found on a channel.
_KINDS: Mapping[Channel, tuple[str, ...]] = {
    **{channel: (channel.value,) for channel in Channel},
    **{channel: (channel.value, PHONE) for channel in PHONE_CHANNELS},
    Channel.EMAIL: (Channel.EMAIL.value, MAIL),
}


def channels_of(content: Content) -> list[dict[str, str]]:
    """A contact's further addresses, as the API shows them."""
    return cast("list[dict[str, str]]", content.get("channels") or [])


def as_json(channels: Iterable[Mapping[str, str]]) -> list[Json]:
    """The same, to be written into a `content`."""
    return [{"channel": each["channel"], "address": each["address"]} for each in channels]


def addresses_of(content: Content) -> tuple[tuple[str, str], ...]:
    """What a contact is found by: pairs of kind and comparable address."""
    pairs: list[tuple[str, str]] = []
    for kind, name in ((PHONE, "phone"), (MAIL, "email")):
        address = content.get(name)
        if isinstance(address, str):
            pairs.append((kind, comparable(kind, address)))
    pairs += [(each["channel"], comparable(each["channel"], each["address"])) for each in channels_of(content)]
    return tuple(dict.fromkeys(pairs))


def find(world: World, account_id: str, channel: Channel, address: str) -> Contact | None:
    """The contact with an address on a channel; for push, also the one whose id it is."""
    for kind in _KINDS[channel]:
        contact = contacts.of_address(world.store, account_id, kind, comparable(kind, address))
        if contact is not None:
            return contact
    return contacts.of_account(world.store, account_id, address) if channel is Channel.PUSH else None


def address_on(contact: Contact, channel: Channel) -> str | None:
    """Where a contact is reached on a channel, or None."""
    for each in channels_of(contact.content):
        if each["channel"] == channel:
            return each["address"]
    if channel in PHONE_CHANNELS:
        return cast("str | None", contact.content.get("phone"))
    if channel is Channel.EMAIL:
        return cast("str | None", contact.content.get("email"))
    return contact.id if channel is Channel.PUSH else None


def create(
    world: World, account_id: str, content: Content, *, external_id: str | None = None, name: str | None = None
) -> Contact:
    """Write down a new contact."""
    now = world.clock.now
    return world.store.contacts.put(
        Contact(
            id=new_id(world, "ctc"),
            account_id=account_id,
            created_at=now,
            updated_at=now,
            addresses=addresses_of(content),
            external_id=external_id,
            name=name,
            content=content,
        )
    )


def create_of_address(world: World, account_id: str, channel: Channel, address: str) -> Contact:
    """A contact of whom nothing is known but an address."""
    return create(
        world,
        account_id,
        {
            "phone": address if channel in PHONE_CHANNELS else None,
            "email": address if channel is Channel.EMAIL else None,
            "channels": [{"channel": channel.value, "address": address}],
        },
    )


def with_address(world: World, contact: Contact, channel: Channel, address: str) -> Contact:
    """The contact, with one more address if it is a new one."""
    known = set(contact.addresses)
    if any((kind, comparable(kind, address)) in known for kind in _KINDS[channel]):
        return contact
    further = [*channels_of(contact.content), {"channel": channel.value, "address": address}]
    content: dict[str, Json] = {**contact.content, "channels": as_json(further)}
    return world.store.contacts.put(
        replace(contact, content=content, addresses=addresses_of(content), updated_at=world.clock.now)
    )
