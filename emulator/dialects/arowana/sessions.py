"""Sessions: a person's reply lets the agent answer freely for 24 hours, for the price of one conversation.

A session is an open `Conversation` between an agent (its sender) and a phone number. Its `extras` have `paid_by`, the
message that holds the money, and `delivered`, whether any message of it reached the person. The hold is settled when
the session ends.

Source: Arowana documentation, "RCS conversation" and the seed, read 2026-11; the details of the charge are assumed.
"""

from msgspec.structs import replace

from emulator.core import conversations
from emulator.core.errors import Json
from emulator.core.moments import iso_seconds
from emulator.core.records import Conversation, InboundMessage, Message
from emulator.core.store import Store
from emulator.dialects.arowana import topups
from emulator.dialects.arowana.vocabulary import RCS, SESSION_LENGTH
from emulator.dialects.arowana.webhooks import announce_account_event
from emulator.gateway.reporting import settle_hold
from emulator.gateway.world import World

ENDED = "conversation.ended"


def open_session(store: Store, account_id: str, agent_id: str, phone: str) -> Conversation | None:
    """The session that goes on between an agent and a number, or None; its timer closes it when its time is over."""
    return conversations.find(store, account_id, RCS, agent_id, phone)


def is_paid(session: Conversation) -> bool:
    """Whether a message of the session holds, or held, its price."""
    return session.extras.get("paid_by") is not None


def enter_reply(world: World, message: InboundMessage, contact_id: str) -> InboundMessage:
    """Open a session, or let the one that goes on last longer. Returns the reply with ids of contact and session."""
    store, now = world.store, world.clock.now
    message = replace(message, contact_id=contact_id)
    pair = (message.account_id, RCS, message.recipient, message.sender)
    session = conversations.find(store, *pair)
    if session is None:
        session = conversations.open_between(store, world.ids.uuid("conversation"), *pair, at=now)
        world.clock.call_at(now + SESSION_LENGTH, "conversation", session.id)
    session = conversations.note_inbound(store, session, message)
    store.conversations.put(replace(session, expires_at=now + SESSION_LENGTH))
    return replace(message, conversation_id=session.id)


def enter_message(world: World, session: Conversation, message: Message, *, pays: bool) -> None:
    """Note in a session a message that was accepted; `pays` if it holds the session's price."""
    if pays:
        session = _change(world, session, paid_by=message.id)
    conversations.note_outbound(world.store, session, at=world.clock.now)


def note_delivered(world: World, message: Message) -> None:
    """A message of a session reached the person."""
    session = _session_of(world.store, message)
    if session is not None and session.extras.get("delivered") is not True:
        _change(world, session, delivered=True)


def note_failed(world: World, message: Message) -> None:
    """A message of a session failed: if it held the session's price, the next one holds it."""
    session = _session_of(world.store, message)
    if session is not None and session.extras.get("paid_by") == message.id:
        _change(world, session, paid_by=None)


def run_timer(world: World, session_id: str, _step: int) -> None:
    """A session's time is over, unless a reply came meanwhile."""
    session = world.store.conversations[session_id]
    if session.status != "open" or session.expires_at is None:
        return
    if session.expires_at > world.clock.now:
        world.clock.call_at(session.expires_at, "conversation", session.id)
    else:
        _end(world, session)


def _end(world: World, session: Conversation) -> None:
    world.store.conversations.put(replace(session, status="closed", updated_at=world.clock.now))
    facts: dict[str, Json] = {
        "agent_id": session.sender,
        "with": session.person,
        "ended_at": iso_seconds(world.clock.now),
        "reason": "ttl_expired",
    }
    announce_account_event(world, world.store.accounts[session.account_id], ENDED, facts)
    paid_by = session.extras.get("paid_by")
    if isinstance(paid_by, str):
        settle_hold(world, paid_by, capture=session.extras.get("delivered") is True)
        topups.after_balance_change(world, session.account_id)


def _session_of(store: Store, message: Message) -> Conversation | None:
    return store.conversations.get(message.conversation_id) if message.conversation_id else None


def _change(world: World, session: Conversation, **changes: Json) -> Conversation:
    return world.store.conversations.put(replace(session, extras={**session.extras, **changes}))
