"""Addresses that a tenant must not write to."""

from collections.abc import Mapping

from emulator.core import suppressions
from emulator.core.errors import AlreadyExists, Json
from emulator.core.moments import iso_milliseconds
from emulator.core.records import Channel, Suppression
from emulator.core.table import owned
from emulator.dialects.raven import audit
from emulator.dialects.raven.render import render_page
from emulator.server.dialect import Call, Handler, Reply, json_reply

# Source: Raven documentation, "Suppressions", read 2026-11: the list knows these two channels.
_CHANNELS = frozenset({Channel.EMAIL, Channel.SMS})


def create_suppression(call: Call) -> Reply:
    """Enter an address; it then holds in both environments."""
    world, members = call.world, call.members
    channel, address = Channel(members["channel"]), str(members["address"])
    known = suppressions.find(world.store, call.owner.id, channel, address, "live")
    if known is not None:
        raise AlreadyExists("suppression", known.id)
    suppression = suppressions.suppress(
        world.store, world.ids, call.owner.id, channel, address, members["reason"], at=call.now
    )
    _record(call, "suppression.create", suppression)
    return json_reply(201, render_suppression(suppression))


def list_suppressions(call: Call) -> Reply:
    """List the tenant's suppressed addresses, newest first."""
    store, query = call.world.store, call.query
    channel, part = query.get("channel"), str(query.get("q", "")).casefold()

    def keeps(suppression: Suppression) -> bool:
        listed = suppression.channel in _CHANNELS if channel is None else suppression.channel == channel
        return listed and part in suppression.address.casefold()

    ids = store.suppressions_by_account.ids(call.owner.id)
    return render_page(call, store.suppressions, ids, render_suppression, keep=keeps)


def delete_suppression(call: Call) -> Reply:
    """Lift a suppression: the address can be written to again."""
    store, id = call.world.store, call.parameters["id"]
    suppression = owned(store.suppressions, call.owner.id, id)
    store.suppressions.delete(id)
    _record(call, "suppression.delete", suppression)
    return Reply(204, content_type=None)


def render_suppression(suppression: Suppression) -> dict[str, Json]:
    """An entry as the API shows it."""
    return {
        "id": suppression.id,
        "channel": suppression.channel.value,
        "address": suppression.address,
        "reason": suppression.reason,
        "createdAt": iso_milliseconds(suppression.created_at),
    }


def _record(call: Call, action: str, suppression: Suppression) -> None:
    metadata: dict[str, Json] = {"channel": suppression.channel.value, "address": suppression.address}
    audit.record(call, action, "suppression", suppression.id, metadata=metadata)


HANDLERS: Mapping[str, Handler] = {
    "createSuppression": create_suppression,
    "listSuppressions": list_suppressions,
    "deleteSuppression": delete_suppression,
}
