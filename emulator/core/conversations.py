"""Messages -> conversations between one person and one sender."""

from datetime import datetime

from msgspec.structs import replace

from emulator.core.ids import Ids
from emulator.core.records import Channel, Conversation, InboundMessage
from emulator.core.store import Store


def find(store: Store, account_id: str, channel: Channel, sender: str, person: str) -> Conversation | None:
    """The conversation between a person and a sender that goes on, or None; a closed one never does."""
    return store.conversations_by_pair.get((account_id, channel, sender, person))


def open_between(
    store: Store, id: str, account_id: str, channel: Channel, sender: str, person: str, *, at: datetime
) -> Conversation:
    """Begin a conversation; whoever asks has looked that there is none."""
    return store.conversations.put(
        Conversation(
            id=id,
            account_id=account_id,
            channel=channel,
            sender=sender,
            person=person,
            created_at=at,
            updated_at=at,
        )
    )


def assign(store: Store, ids: Ids, message: InboundMessage) -> InboundMessage:
    """Enter an inbound message into the conversation between this person and this sender; start one if need be.

    Returns the message with its conversation's id.
    """
    pair = (message.account_id, message.channel, message.recipient, message.sender)
    conversation = find(store, *pair) or open_between(store, ids.uuid("conversation"), *pair, at=message.created_at)
    note_inbound(store, conversation, message)
    return replace(message, conversation_id=conversation.id)


def note_inbound(store: Store, conversation: Conversation, message: InboundMessage) -> Conversation:
    """Note in a conversation that the person wrote."""
    at = message.created_at
    return store.conversations.put(
        replace(
            conversation,
            contact_id=message.contact_id or conversation.contact_id,
            unread_count=conversation.unread_count + 1,
            last_inbound_at=at,
            updated_at=at,
        )
    )


def note_outbound(store: Store, conversation: Conversation, *, at: datetime) -> Conversation:
    """Note in a conversation that the account wrote, which answers what came in."""
    return store.conversations.put(replace(conversation, unread_count=0, updated_at=at))
