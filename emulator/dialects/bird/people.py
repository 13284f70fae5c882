"""Messages -> the people they concern, and whether one may be written to: as a message is taken, out or in."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from msgspec.structs import replace

from emulator.core import contacts as people
from emulator.core import conversations
from emulator.core.errors import Json
from emulator.core.records import Channel, Contact, InboundMessage, Message, Resource, recipient_ids
from emulator.dialects.bird import contacts, uploads
from emulator.dialects.bird.channels import channel_at, platform_of
from emulator.dialects.bird.parse import contact_key
from emulator.dialects.bird.vocabulary import SERVICE_WINDOW
from emulator.gateway.world import World

TAG = "tag"


def take_message(world: World, message: Message) -> Message:
    """Make the contacts and tags that a message needs, and end its validity if the caller gave one."""
    listed = message.extras["contacts"]
    assert isinstance(listed, list)
    shown = [_with_id(world, message.account_id, each) for each in listed]
    extras: dict[str, Json] = {**message.extras, "contacts": [*shown]}
    tags = extras.get("tags")
    if isinstance(tags, list):
        extras["tag_ids"] = [_tag_id(world, message.account_id, str(tag)) for tag in tags]
    if message.expires_at is not None:
        for id in recipient_ids(message):
            world.clock.call_at(message.expires_at, "expiry", id)
    return replace(message, extras=extras, contact_id=str(shown[0]["id"]) if shown else message.id)


def _with_id(world: World, workspace_id: str, listed: Json) -> dict[str, Json]:
    """A receiver as answers show it, with the id of its contact; the contact learns its further identifiers."""
    assert isinstance(listed, dict)
    id = listed.get("id")
    contact = world.store.contacts.get(id) if isinstance(id, str) else None
    if contact is None:
        key, value = str(listed["identifierKey"]), str(listed["identifierValue"])
        contact = contacts.find_or_create(world, workspace_id, key, value)
    further = listed.get("identifiers")
    if isinstance(further, list):
        _learn(world, contact, further)
    return {"id": contact.id, **listed}


def _learn(world: World, contact: Contact, further: Iterable[Json]) -> None:
    for each in further:
        assert isinstance(each, dict)
        key = str(each["identifierKey"])
        value = contacts.comparable(key, str(each["identifierValue"]))
        # Whose an identifier is already, nobody takes from them.
        if people.of_address(world.store, contact.account_id, key, value) is None:
            contact = world.store.contacts.put(people.with_address(contact, key, value, at=world.clock.now))


def _tag_id(world: World, workspace_id: str, tag: str) -> str:
    known = world.store.resources_by_key.get((workspace_id, TAG, tag))
    if known is None:
        known = world.store.resources.put(
            Resource(id=world.ids.uuid(TAG), account_id=workspace_id, kind=TAG, key=tag, created_at=world.clock.now)
        )
    return known.id


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
