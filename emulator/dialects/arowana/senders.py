"""What a send names as its sender: an RCS agent, an e-mail channel, an SMS channel; and whether it may send.

A channel is a `Resource` of the kind `channel` whose id is the one on the wire; its content has `type` (`EMAIL`,
`SMS`), `from`, `reply_to`, `verified`, `active` and `message_types`. Agents are described in `agent_life`.
"""

from collections.abc import Mapping
from typing import Any

import msgspec

from emulator.core.errors import Forbidden, NotFound
from emulator.core.records import Channel, Resource
from emulator.core.store import Store
from emulator.dialects.arowana import agent_life, test_agent
from emulator.dialects.arowana.vocabulary import (
    APPROVED,
    CHANNEL_TYPES,
    EMAIL,
    MESSAGE,
    MESSAGE_TYPES_OF_USE_CASE,
    NEWSLETTER,
    RCS,
    SMS,
)

KIND = "channel"


class Sender(msgspec.Struct, frozen=True, gc=False):
    """Who sends.

    `address` is what the core calls the sender: an agent's id, an e-mail channel's From, an SMS channel's id.
    `message_types` are those that it may send at all. `obstacle` is the key of the refusal while it may send nothing.
    """

    channel: Channel
    channel_id: str
    address: str
    message_types: tuple[str, ...]
    newsletters: bool = True
    obstacle: str | None = None


def find_sender(store: Store, account_id: str, members: Mapping[str, Any]) -> Sender:
    """The sender that a body names. Raises `NotFound`, also for the shared test agent: it sends in the sandbox only."""
    if "agent_id" in members:
        return of_agent(agent_life.find(store, account_id, members["agent_id"]))
    return _of_channel(find_channel(store, account_id, str(members["channel_id"])))


def find_channel(store: Store, account_id: str, id: str) -> Resource:
    """A channel of the workspace. Raises `NotFound`."""
    found = store.resources.get(id)
    if found is None or found.kind != KIND or found.account_id != account_id:
        raise NotFound("channel", id)
    return found


def type_of_channel(store: Store, account_id: str, id: str) -> Channel | None:
    """The type of a channel of the workspace; None if there is no such channel."""
    try:
        return CHANNEL_TYPES[str(find_channel(store, account_id, id).content["type"])]
    except NotFound:
        return None


def of_agent(agent: Resource) -> Sender:
    """An agent as a sender: it may send once it is approved and launched at a carrier."""
    content: Mapping[str, Any] = agent.content
    is_ready = content["status"] == APPROVED and agent_life.is_launched(agent)
    return Sender(
        channel=RCS,
        channel_id=content["channel_id"],
        address=agent.id,
        message_types=MESSAGE_TYPES_OF_USE_CASE[content["use_case"]],
        newsletters=content.get("newsletter_enabled") is True,
        obstacle=None if is_ready else "agent-not-approved",
    )


def test_sender() -> Sender:
    """The sandbox's shared agent: approved, launched everywhere, for anything but newsletters (assumed)."""
    return Sender(
        channel=RCS,
        channel_id=test_agent.CHANNEL_ID,
        address=test_agent.AGENT_ID,
        message_types=MESSAGE_TYPES_OF_USE_CASE["MULTI_USE"],
        newsletters=False,
    )


def _of_channel(channel: Resource) -> Sender:
    content = channel.content
    type = CHANNEL_TYPES[str(content["type"])]
    allowed = content.get("message_types")
    return Sender(
        channel=type,
        channel_id=channel.id,
        address=str(content["from"]) if type is EMAIL else channel.id,
        message_types=tuple(map(str, allowed)) if isinstance(allowed, list) else (MESSAGE,),
        obstacle=obstacle_of(channel),
    )


def obstacle_of(channel: Resource) -> str | None:
    """The key of the refusal while nothing can be sent over a channel; None if it is ready."""
    content = channel.content
    is_active = content.get("active") is not False
    if CHANNEL_TYPES[str(content["type"])] is SMS:
        return None if is_active else "sms"
    if not is_active:
        return "channel-inactive"
    return None if content.get("verified") is True else "channel-not-verified"


def require_ready(sender: Sender, message_type: str) -> None:
    """Refuse a sender that may not send, or not this type of message. Raises `Forbidden`."""
    if sender.obstacle is not None:
        raise Forbidden(sender.obstacle)
    if message_type not in sender.message_types:
        raise Forbidden("message-type", message_type=message_type)
    if message_type == NEWSLETTER and not sender.newsletters:
        raise Forbidden("newsletter")
