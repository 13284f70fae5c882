"""Conversations: the messages with one contact on one channel. A contact has at most one open one on each.

The record's `person` is the contact's id, and its `extras` have the `address` at which the person is reached.
"""

from collections.abc import Callable, Mapping
from types import MappingProxyType

from msgspec.structs import replace

from emulator.core import conversations
from emulator.core.errors import Json, StatusConflict
from emulator.core.moments import iso_seconds
from emulator.core.records import Channel, Conversation, User
from emulator.core.store import Store
from emulator.dialects.tripdesk import webhooks
from emulator.dialects.tripdesk.identifiers import new_id
from emulator.gateway import telling
from emulator.gateway.world import World

OPEN, PENDING, CLOSED = "open", "pending", "closed"

_ANY_SENDER = ""


def find_open(store: Store, account_id: str, channel: Channel, contact_id: str) -> Conversation | None:
    """The conversation with a contact on a channel that is not closed, or None."""
    return store.conversations_by_pair.get((account_id, channel, _ANY_SENDER, contact_id))


def find_ready(store: Store, account_id: str, channel: Channel, contact_id: str, address: str) -> Conversation | None:
    """The conversation that a message to a contact's address goes to, if there is nothing to make or to change."""
    known = find_open(store, account_id, channel, contact_id)
    return known if known is not None and _is_ready(known, contact_id, address) else None


def _is_ready(known: Conversation, contact_id: str, address: str) -> bool:
    return known.status == OPEN and known.contact_id == contact_id and known.extras.get("address") == address


def open_or_find(world: World, account_id: str, channel: Channel, contact_id: str, address: str) -> Conversation:
    """The conversation that a message goes to."""
    known = find_open(world.store, account_id, channel, contact_id)
    if known is None:
        pair = (account_id, channel, _ANY_SENDER, contact_id)
        known = conversations.open_between(world.store, new_id(world, "cnv"), *pair, at=world.clock.now)
    if _is_ready(known, contact_id, address):
        return known
    changed = replace(known, status=OPEN, contact_id=contact_id, extras={"address": address})
    return world.store.conversations.put(changed)


def note_sent(world: World, conversation: Conversation) -> Conversation:
    """Note in a conversation that the tenant wrote: that answers what came in, and opens one that was put aside."""
    return world.store.conversations.put(replace(conversation, status=OPEN, unread_count=0, updated_at=world.clock.now))


def require_open(conversation: Conversation) -> None:
    """Refuse to write into a closed conversation. Raises `StatusConflict`."""
    if conversation.status == CLOSED:
        raise StatusConflict("conversation", CLOSED, "message")


def close(world: World, conversation: Conversation) -> Conversation:
    """Close a conversation; a closed one stays as it is."""
    if conversation.status == CLOSED:
        return conversation
    return world.store.conversations.put(replace(conversation, status=CLOSED, updated_at=world.clock.now))


def reopen(world: World, conversation: Conversation) -> Conversation:
    """Open a closed conversation or one that was put aside, and close the one that took its place."""
    return _enliven(world, conversation, OPEN)


def put_aside(world: World, conversation: Conversation) -> Conversation:
    """Make a conversation `pending`: it goes on, and the next message of either side opens it.

    No call of the API does this; that the vendor's agents do is assumed.
    """
    return _enliven(world, conversation, PENDING)


def _enliven(world: World, conversation: Conversation, status: str) -> Conversation:
    if conversation.status == status:
        return conversation
    other = find_open(world.store, conversation.account_id, conversation.channel, conversation.person)
    if other is not None and other.id != conversation.id:
        close(world, other)
    return world.store.conversations.put(replace(conversation, status=status, updated_at=world.clock.now))


def assign(world: World, conversation: Conversation, agent: User, *, by: str | None) -> Conversation:
    """Give a conversation to an agent, and tell so; the one who has it already changes nothing.

    `by` is the agent who did it or the partner whose key did.
    """
    if conversation.assigned_to == agent.id:
        return conversation
    now = world.clock.now
    changed = world.store.conversations.put(replace(conversation, assigned_to=agent.id, updated_at=now))
    told = webhooks.tell_assigned(world, changed, agent, previous=conversation.assigned_to, by=by)
    telling.enqueue_all(world, told, api=webhooks.API, account_id=changed.account_id)
    return changed


SET: Mapping[str, Callable[[World, Conversation], Conversation]] = MappingProxyType(
    {OPEN: reopen, PENDING: put_aside, CLOSED: close}
)
"""How a conversation gets each of its statuses."""


def render(store: Store, conversation: Conversation) -> dict[str, Json]:
    """A conversation as the API shows it."""
    ids = store.log_by_conversation.ids(conversation.id)
    last = store.log[ids[-1]].created_at if ids else None
    return {
        "id": conversation.id,
        "status": conversation.status,
        "channel": conversation.channel.value,
        "contact_id": conversation.contact_id,
        "assigned_to": conversation.assigned_to,
        "last_message_at": iso_seconds(last) if last else None,
        "unread_count": conversation.unread_count,
        "created_at": iso_seconds(conversation.created_at),
        "updated_at": iso_seconds(conversation.updated_at),
    }
