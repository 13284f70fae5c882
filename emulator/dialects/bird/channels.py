"""Channels and the connectors that they are installed by: resources of the workspace.

The content of a channel: `platformId`, `name`, `connectorId`, `identifier`, `status`, `updatedAt`, and what was set of
`capabilities` and the overrides, all in the API's own words. A channel's key is what `key_of` says.
"""

from collections.abc import Mapping

from msgspec.structs import replace

from emulator.core.errors import Json, NotFound
from emulator.core.records import Channel, Resource
from emulator.core.store import Store
from emulator.dialects.bird.members import inside
from emulator.dialects.bird.timestamps import timestamp
from emulator.dialects.bird.vocabulary import PLATFORM_OF_CHANNEL, PLATFORMS, Platform
from emulator.gateway.world import World

CHANNEL = "channel"
CONNECTOR = "connector"

_MMS_OFF: Json = {"messaging": {"outgoing": {"mms": {"status": "inactive"}}}}


def key_of(platform_id: str, identifier: str) -> str:
    """What a channel is found by within its workspace."""
    return f"{platform_id}/{identifier}"


def platform_of(channel: Resource) -> Platform:
    """What the channel is installed on."""
    return PLATFORMS[str(channel.content["platformId"])]


def contact_key(channel: Resource, platform: Platform) -> str:
    """What an address is, on a channel, that comes without a key."""
    return str(channel.content.get("contactIdentifierKeyOverride") or platform.identifier_key)


def find_channel(store: Store, workspace_id: str, id: str) -> Resource:
    """A channel of a workspace, deleted ones too. Raises `NotFound`."""
    channel = store.resources.rows.get(id)
    if channel is None or channel.account_id != workspace_id or channel.kind != CHANNEL:
        raise NotFound(CHANNEL, id)
    return channel


def channel_at(store: Store, workspace_id: str, channel: Channel, identifier: str | None) -> Resource | None:
    """The workspace's channel with a number or address, or None."""
    platform_id = PLATFORM_OF_CHANNEL.get(channel)
    if platform_id is None or identifier is None:
        return None
    return store.resources_by_key.get((workspace_id, CHANNEL, key_of(platform_id, identifier)))


def install(  # noqa: PLR0913 - what a channel is
    world: World,
    workspace_id: str,
    *,
    id: str,
    connector_id: str,
    platform_id: str,
    name: str,
    identifier: str,
    status: str = "active",
    arguments: Mapping[str, Json] | None = None,
) -> Resource:
    """Put a connector and its channel into the workspace; returns the channel."""
    now = world.clock.now
    connector: dict[str, Json] = {
        "name": name,
        "channelId": id,
        "platform": platform_id,
        "connectorTemplateRef": f"{platform_id}:1",
        "arguments": dict(arguments or {}),
        "updatedAt": timestamp(now),
    }
    content: dict[str, Json] = {
        "platformId": platform_id,
        "name": name,
        "connectorId": connector_id,
        "identifier": identifier,
        "status": status,
        "updatedAt": timestamp(now),
    }
    if PLATFORMS[platform_id].channel is Channel.SMS:
        content["capabilities"] = _MMS_OFF
    put = world.store.resources.put
    put(Resource(id=connector_id, account_id=workspace_id, kind=CONNECTOR, key=name, created_at=now, content=connector))
    return put(
        Resource(
            id=id,
            account_id=workspace_id,
            kind=CHANNEL,
            key=key_of(platform_id, identifier),
            created_at=now,
            content=content,
        )
    )


def change(world: World, resource: Resource, **members: Json) -> Resource:
    """Change members of a channel or connector, and note when."""
    content = {**resource.content, **members, "updatedAt": timestamp(world.clock.now)}
    return world.store.resources.put(replace(resource, content=content))


def sends_mms(channel: Resource) -> bool:
    """Whether an SMS channel can send pictures."""
    return inside(channel.content, "capabilities", "messaging", "outgoing", "mms", "status") == "active"
