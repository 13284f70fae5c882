"""On-demand messages: a person writes to a short code, and the reply must carry the `link_id` of what was written.

A link is a resource of the account, with the link id as its key.
"""

from datetime import timedelta

from msgspec.structs import replace

from emulator.core.records import Channel, Message, Resource
from emulator.gateway.world import World

LINK = "link"

# Valid once and for a day, 20 digits: operator practice (assumed).
_LIFETIME = timedelta(hours=24)
_DIGITS = 20


def is_on_demand(world: World, account_id: str, channel: Channel, sender: str | None) -> bool:
    """Whether people can write to this sender of the account, so that each message from it is a reply."""
    if sender is None:
        return False
    known = world.store.senders_by_address.get((account_id, channel, sender.lower()))
    return known is not None and known.two_way


def open_link(world: World, account_id: str) -> str:
    """Make the link of something that a person just wrote; returns its id."""
    link_id = world.ids.digits(LINK, _DIGITS)
    world.store.resources.put(
        Resource(
            id=f"{LINK}-{link_id}",
            account_id=account_id,
            kind=LINK,
            key=link_id,
            created_at=world.clock.now,
            content={"used_at": None, "used_by": None},
        )
    )
    return link_id


def claim_link(world: World, message: Message) -> None:
    """Use up the link that a message names, if the message is on-demand and the link is still good."""
    link = _link_of(world, message)
    if link is None or link.content["used_by"] is not None or link.created_at + _LIFETIME <= message.created_at:
        return
    content = {"used_at": message.created_at.isoformat(), "used_by": message.id}
    world.store.resources.put(replace(link, content=content))


def lacks_link(world: World, message: Message) -> bool:
    """Whether the operator will refuse a message because it is on-demand and holds no link."""
    if not is_on_demand(world, message.account_id, message.channel, message.sender):
        return False
    link = _link_of(world, message)
    return link is None or link.content["used_by"] != message.id


def _link_of(world: World, message: Message) -> Resource | None:
    link_id = message.extras.get("link_id")
    if link_id is None or not is_on_demand(world, message.account_id, message.channel, message.sender):
        return None
    return world.store.resources_by_key.get((message.account_id, LINK, link_id))
