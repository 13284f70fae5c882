"""A person writes to a tenant: whose contact is it, which conversation, who is told."""

from collections.abc import Iterable

from msgspec.structs import replace

from emulator.core import contacts as people
from emulator.core.conversations import note_inbound
from emulator.core.outbox import Announcement
from emulator.core.records import Channel, Contact, InboundMessage
from emulator.dialects.tripdesk import contacts, conversations, gateways, push_outbox, webhooks
from emulator.dialects.tripdesk.vocabulary import ONE_WAY
from emulator.gateway.world import World


def receives(world: World, account_id: str, channel: Channel, _sender: str | None) -> bool:
    """Whether people can write to a tenant: on each channel that it has and that has a way back."""
    return channel not in ONE_WAY and gateways.first_of(world.store, account_id, channel) is not None


def take_inbound(world: World, message: InboundMessage) -> InboundMessage:
    """Find or make the contact, enter the message into the conversation with it, notify its agent.

    An exact `external_id` comes first, then an exact address of the channel.
    """
    contact = _matched(world, message)
    if contact is not None:
        contact = contacts.with_address(world, contact, message.channel, message.sender)
    else:
        facts = (world, message.account_id, message.channel, message.sender)
        contact = contacts.find(*facts) or contacts.create_of_address(*facts)
    conversation = conversations.open_or_find(world, message.account_id, message.channel, contact.id, message.sender)
    message = replace(message, contact_id=contact.id, conversation_id=conversation.id)
    note_inbound(world.store, conversation, message)
    push_outbox.notify(world, message)
    return message


def announce_inbound(world: World, message: InboundMessage) -> Iterable[Announcement]:
    """Only a hit by external id is told; of other messages a partner learns by reading the conversation."""
    contact = _matched(world, message)
    return webhooks.tell_matched(world, message, contact) if contact is not None else ()


def _matched(world: World, message: InboundMessage) -> Contact | None:
    return people.of_external_id(world.store, message.account_id, message.external_id)
