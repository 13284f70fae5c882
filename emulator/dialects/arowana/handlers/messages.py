"""Messages: sent, read, listed, revoked."""

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

from emulator.core.errors import Json, NotFound
from emulator.core.moments import iso_seconds, read_moment
from emulator.core.records import InboundMessage, Message, Status
from emulator.core.store import Store
from emulator.dialects.arowana import agent_life, people
from emulator.dialects.arowana.auth import may_send
from emulator.dialects.arowana.render import (
    channel_of_inbound,
    render_accepted,
    render_item,
    render_message,
)
from emulator.dialects.arowana.sends import send_on_behalf
from emulator.dialects.arowana.statuses import status_of
from emulator.dialects.arowana.vocabulary import CONVERSATION, RCS, USUAL_PAGE
from emulator.gateway.reporting import cancel
from emulator.server.dialect import Call, Handler, Reply, json_reply

Entry = Message | InboundMessage


def send_message(call: Call) -> Reply:
    """Take a message on any channel."""
    world = call.world
    accepted = send_on_behalf(world, call.owner, call.members, may_send=may_send(call))
    return json_reply(200, render_accepted(world.store, accepted))


def get_message(call: Call) -> Reply:
    """Show a message in full, in either direction."""
    return json_reply(200, render_message(call.world.store, _find(call)))


def revoke_message(call: Call) -> Reply:
    """Take a message back that is not delivered yet. Raises `NotFound` for whatever cannot be."""
    entry = _find(call)
    if not isinstance(entry, Message) or not _can_be_revoked(call, entry):
        raise NotFound("revocable message", entry.id)
    cancel(call.world, entry.id)
    return json_reply(200, {"id": entry.id, "status": "REVOKED", "revoked_at": iso_seconds(call.now)})


def _can_be_revoked(call: Call, message: Message) -> bool:
    """Whether a message is queued, or sent over a carrier that gives messages back.

    Source: Arowana documentation, "Revoke and status", read 2026-11; which carriers do not is a setting.
    """
    recipient = call.world.store.recipients[message.id]
    status = status_of(message, recipient)
    if status != "sent":
        return status == "queued"
    keeping = call.owner.extras.get("unrevocable_carriers")
    is_kept = isinstance(keeping, list) and people.carrier_of(call.owner, recipient.address) in keeping
    return recipient.status is Status.SENT and not (message.channel is RCS and is_kept)


def _find(call: Call) -> Entry:
    store, id = call.world.store, call.parameters["id"]
    entry: Entry | None = store.messages.get(id) or store.inbound.get(id)
    if entry is None or entry.account_id != call.owner.id or entry.contact_id is None:
        raise NotFound("message", id)
    return entry


def list_messages(call: Call) -> Reply:
    """A page of messages in both directions, newest first, with the number of those that fit."""
    query, store = call.query, call.world.store
    limit, offset = _whole(query.get("limit"), USUAL_PAGE), _whole(query.get("offset"), 0)
    ids = _in_period(store, _group(call), query)
    keep = _filter(store, query)
    if keep is not None:
        ids = [id for id in ids if keep(store.log[id])]
    end = max(0, len(ids) - offset)
    page = [render_item(store, store.log[id]) for id in reversed(ids[max(0, end - limit) : end])]
    return json_reply(200, {"messages": page, "total": len(ids), "limit": limit, "offset": offset})


def _whole(value: Json, usual: int) -> int:
    return int(value) if isinstance(value, int | float) else usual


def _group(call: Call) -> Sequence[str]:
    """The smallest group of the log that holds all that is asked for: a contact's, an agent's, else the workspace's."""
    store, contact_id, channel_id = call.world.store, call.query.get("contact_id"), call.query.get("channel_id")
    if contact_id is not None:
        ids = store.log_by_contact.ids(str(contact_id))
        return ids if ids and store.log[ids[0]].account_id == call.owner.id else ()
    if channel_id is not None:
        for agent in store.resources_by_kind.get((call.owner.id, agent_life.KIND)):
            if agent.content["channel_id"] == channel_id:
                return store.log_by_sender.ids((call.owner.id, RCS, agent.id))
    return store.log_by_account.ids(call.owner.id)


def _in_period(store: Store, ids: Sequence[str], query: Mapping[str, Json]) -> Sequence[str]:
    """The part of a group from a moment to a moment, both included. The log is in the order of time."""

    def created_at(id: str) -> datetime:
        # As answers show it: with the `created_at` of a message as both ends, the message is found.
        return store.log[id].created_at.replace(microsecond=0)

    start, end = (read_moment(str(query[name])) if name in query else None for name in ("from", "to"))
    if start is None and end is None:
        return ids
    first = 0 if start is None else bisect_left(ids, start, key=created_at)
    last = len(ids) if end is None else bisect_right(ids, end, key=created_at)
    return ids[first:last]


# What each query parameter compares; contact, time and paging have been seen to.
_FACTS: Mapping[str, Callable[[Store, Entry], Json]] = {
    "direction": lambda _, entry: "OUTBOUND" if isinstance(entry, Message) else "INBOUND",
    "status": lambda store, entry: (
        status_of(entry, store.recipients[entry.id]).upper() if isinstance(entry, Message) else "DELIVERED"
    ),
    "channel_id": lambda store, entry: (
        entry.extras["channel_id"] if isinstance(entry, Message) else channel_of_inbound(store, entry)
    ),
    "campaign_id": lambda _, entry: entry.extras.get("campaign_id") if isinstance(entry, Message) else None,
    "message_type": lambda _, entry: entry.extras["message_type"] if isinstance(entry, Message) else CONVERSATION,
}


def _filter(store: Store, query: Mapping[str, Json]) -> Callable[[Entry], bool] | None:
    wanted = [(fact, _wanted(name, query[name])) for name, fact in _FACTS.items() if name in query]
    if not wanted:
        return None
    return lambda entry: all(fact(store, entry) == value for fact, value in wanted)


def _wanted(name: str, value: Json) -> Json:
    """A status is compared in upper case, in which lists show it."""
    return str(value).upper() if name == "status" else value


HANDLERS: Mapping[str, Handler] = {
    "sendMessage": send_message,
    "listMessages": list_messages,
    "getMessage": get_message,
    "revokeMessage": revoke_message,
}
