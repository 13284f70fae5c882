"""Inbound message -> conversation."""

from msgspec.structs import replace

from emulator.core.ids import Ids
from emulator.core.records import Conversation, InboundMessage
from emulator.core.store import Store


def assign(store: Store, ids: Ids, message: InboundMessage) -> InboundMessage:
    """Enter an inbound message into the conversation between this person and this sender; start one if need be.

    Returns the message with its conversation's id.
    """
    known = store.conversations_by_pair.get((message.account_id, message.channel, message.recipient, message.sender))
    conversation = known or Conversation(
        id=ids.uuid("conversation"),
        account_id=message.account_id,
        channel=message.channel,
        sender=message.recipient,
        person=message.sender,
        created_at=message.created_at,
        updated_at=message.created_at,
    )
    store.conversations.put(
        replace(conversation, message_ids=(*conversation.message_ids, message.id), updated_at=message.created_at)
    )
    return replace(message, conversation_id=conversation.id)
