"""Conversations: listed, read, continued, assigned, closed, reopened."""

from bisect import bisect_left
from collections.abc import Callable, Mapping, Sequence
from typing import cast

from emulator.core.errors import MalformedRequest, NotFound
from emulator.core.records import Conversation, User
from emulator.core.store import Store
from emulator.dialects.tripdesk import conversations, sends, tenants
from emulator.dialects.tripdesk.queries import moment_of
from emulator.dialects.tripdesk.render import USUAL_LIMIT, page_reply, render_accepted, render_message, render_page
from emulator.dialects.tripdesk.tokens import agents_of
from emulator.server.dialect import Call, Handler, Reply, json_reply

_MOST_DIGITS = 12


def list_conversations(call: Call) -> Reply:
    """The conversations, newest first."""
    store = call.world.store
    ids = store.conversations_by_account.ids(call.owner.id)
    return render_page(
        call, store.conversations, ids, lambda each: conversations.render(store, each), keep=_filter(call)
    )


def _filter(call: Call) -> Callable[[Conversation], bool] | None:
    query = call.query
    wanted = [(name, query[name]) for name in ("status", "contact_id", "assigned_to") if name in query]
    after = moment_of(call, "updated_after")
    if not wanted and after is None:
        return None
    return lambda conversation: (
        all(getattr(conversation, name) == value for name, value in wanted)
        and (after is None or conversation.updated_at > after)
    )


def get_conversation(call: Call) -> Reply:
    """One conversation."""
    return _shown(call, find_conversation(call))


def list_conversation_messages(call: Call) -> Reply:
    """The messages of a conversation, oldest first; those after a message, if one is named."""
    world, conversation = call.world, find_conversation(call)
    store, query = world.store, call.query
    ids = store.log_by_conversation.ids(conversation.id)
    start = _place_behind(store, ids, str(query["after"])) if "after" in query else 0
    if "cursor" in query:
        start = max(start, _place_of(str(query["cursor"]), ids))
    end = start + cast("int", query.get("limit", USUAL_LIMIT))
    page = [render_message(world, store.log[id]) for id in ids[start:end]]
    return page_reply(page, f"{end}~{ids[end - 1]}" if end < len(ids) else None)


def _place_behind(store: Store, ids: Sequence[str], id: str) -> int:
    """Where a conversation (in order of time) goes on behind a message. Raises `NotFound` for one that is not in it."""
    message = store.log.rows.get(id)
    if message is not None:
        rows = store.log.rows
        place = bisect_left(ids, message.created_at, key=lambda each: rows[each].created_at)
        while place < len(ids) and rows[ids[place]].created_at == message.created_at:
            if ids[place] == id:
                return place + 1
            place += 1
    raise NotFound("message", id)


def _place_of(cursor: str, ids: Sequence[str]) -> int:
    """A cursor is a place and the message before it; no message ever leaves. Raises `MalformedRequest`."""
    digits, _, last = cursor.partition("~")
    place = int(digits) if digits.isascii() and digits.isdigit() and len(digits) <= _MOST_DIGITS else 0
    if not 0 < place <= len(ids) or ids[place - 1] != last:
        raise MalformedRequest("cursor")
    return place


def send_conversation_message(call: Call) -> Reply:
    """Take a message to the contact of a conversation, on its channel."""
    message = sends.accept(call, find_conversation(call))
    return json_reply(202, render_accepted(call.world, message))


def assign_conversation(call: Call) -> Reply:
    """Give a conversation to an agent of the tenant."""
    conversation = find_conversation(call)
    agent = _find_agent(call, str(call.members["agent_id"]))
    by = call.user.id if call.user is not None else tenants.partner_of(call.owner)
    return _shown(call, conversations.assign(call.world, conversation, agent, by=by))


def close_conversation(call: Call) -> Reply:
    """Close a conversation; the next message opens another one."""
    return _shown(call, conversations.close(call.world, find_conversation(call)))


def reopen_conversation(call: Call) -> Reply:
    """Open a closed conversation again."""
    return _shown(call, conversations.reopen(call.world, find_conversation(call)))


def find_conversation(call: Call) -> Conversation:
    """The conversation that the path names. Raises `NotFound`."""
    return sends.find_conversation(call.world, call.owner, call.parameters["id"])


def _find_agent(call: Call, id: str) -> User:
    for agent in agents_of(call.world, call.owner):
        if agent.id == id:
            return agent
    raise NotFound("user", id)


def _shown(call: Call, conversation: Conversation) -> Reply:
    return json_reply(200, conversations.render(call.world.store, conversation))


HANDLERS: Mapping[str, Handler] = {
    "listConversations": list_conversations,
    "getConversation": get_conversation,
    "listConversationMessages": list_conversation_messages,
    "sendConversationMessage": send_conversation_message,
    "assignConversation": assign_conversation,
    "closeConversation": close_conversation,
    "reopenConversation": reopen_conversation,
}
