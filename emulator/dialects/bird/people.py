"""Messages -> the people they concern, and whether one may be written to: as a message is taken, out or in."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from msgspec.structs import replace

from emulator.core import contacts as people
from emulator.core import conversations
from emulator.core.errors import Json
from emulator.core.records import Channel, Contact, InboundMessage, Message, Resource, recipient_ids
from emulator.dialects.bird import contacts, uploads
from emulator.dialects.bird.channels import channel_at, contact_key, platform_of
from emulator.dialects.bird.vocabulary import SERVICE_WINDOW
from emulator.gateway.world import World

Receivers = list[dict[str, Any]]
"""Those whom a message goes to, as answers show them. What `identifiers` they have are further ones."""

TAG = "tag"


def make_known(world: World, workspace_id: str, receivers: Receivers) -> None:
    """Give each receiver the id of its contact, which is made if there is none, and learns its further identifiers."""
    for each in receivers:
        if each["id"] is None:
            each["id"] = contacts.find_or_create(world, workspace_id, each["identifierKey"], each["identifierValue"]).id
        if "identifiers" in each:
            _learn(world, world.store.contacts[each["id"]], each["identifiers"])


def _learn(world: World, contact: Contact, further: Iterable[Mapping[str, str]]) -> None:
    for each in further:
        key = each["identifierKey"]
        value = contacts.comparable(key, each["identifierValue"])
        # Whose an identifier is already, nobody takes from them.
        if people.of_address(world.store, contact.account_id, key, value) is None:
            contact = world.store.contacts.put(people.with_address(contact, key, value, at=world.clock.now))


def tag_ids(world: World, workspace_id: str, tags: Iterable[str]) -> list[Json]:
    """The ids of tags; those that the workspace lacks are made."""
    return [_tag_id(world, workspace_id, tag) for tag in tags]


def _tag_id(world: World, workspace_id: str, tag: str) -> str:
    known = world.store.resources_by_key.get((workspace_id, TAG, tag))
    if known is None:
        known = world.store.resources.put(
            Resource(id=world.ids.uuid(TAG), account_id=workspace_id, kind=TAG, key=tag, created_at=world.clock.now)
        )
    return known.id


def end_validity(world: World, message: Message) -> None:
    """Let a message expire at the end of its validity, if the caller gave one."""
    if message.expires_at is not None:
        for id in recipient_ids(message):
            world.clock.call_at(message.expires_at, "expiry", id)


def take_inbound(world: World, inbound: InboundMessage) -> InboundMessage:
    """Find or make the contact of who writes, and let the service window begin anew."""
    channel = channel_at(world.store, inbound.account_id, inbound.channel, inbound.recipient)
    assert channel is not None, "nobody can write to a channel that there is not"
    key = contact_key(channel, platform_of(channel))
    contact = contacts.find_or_create(world, inbound.account_id, key, inbound.sender)
    kept = uploads.keep_incoming(world, inbound)
    taken = conversations.assign(world.store, world.ids, replace(kept, contact_id=contact.id))
    if inbound.channel is Channel.WHATSAPP and taken.conversation_id is not None:
        conversation = world.store.conversations[taken.conversation_id]
        world.store.conversations.put(replace(conversation, expires_at=inbound.created_at + SERVICE_WINDOW))
    return taken


def window_ends_at(world: World, account_id: str, sender: str | None, person: str) -> datetime | None:
    """When the WhatsApp service window between a sender and a person closes, or closed; None if it never opened."""
    known = conversations.find(world.store, account_id, Channel.WHATSAPP, sender or "", person)
    return known.expires_at if known is not None else None


def messages_of_late(world: World, contact_id: str, within: timedelta) -> int:
    """How many messages under a frequency cap a contact was sent within a span."""
    since = world.clock.now - within
    store, count = world.store, 0
    for id in reversed(store.log_by_contact.ids(contact_id)):
        message = store.log[id]
        if message.created_at < since:
            break
        count += isinstance(message, Message) and bool(message.extras.get("capped")) and "skip" not in message.extras
    return count
