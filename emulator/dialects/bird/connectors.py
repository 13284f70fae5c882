"""Connectors: whoever installs one gets a channel, which is ready a moment later."""

from collections.abc import Callable, Mapping
from types import MappingProxyType

from emulator.core.errors import AlreadyExists, Json, NotFound
from emulator.core.ids import Ids
from emulator.core.records import Channel, Resource
from emulator.core.store import Store
from emulator.dialects.bird.channels import CHANNEL, CONNECTOR, change, channel_at, install
from emulator.dialects.bird.timestamps import timestamp
from emulator.dialects.bird.vocabulary import CHANNEL_CREATED, CHANNEL_UPDATED, INSTALL_TIME, PLATFORMS
from emulator.dialects.bird.webhooks import announce_channel
from emulator.gateway.world import World

ACTIVE = "active"
PENDING = "pending"
DELETED = "deleted"


def create(
    world: World, workspace_id: str, name: str, template: str, arguments: Mapping[str, Json], shown: Mapping[str, Json]
) -> Resource:
    """Install a connector from a template (`whatsapp:1`). Raises `AlreadyExists` for a name that is taken.

    `shown` are members of the connector that it is shown with, besides.
    """
    store, ids = world.store, world.ids
    if store.resources_by_key.get((workspace_id, CONNECTOR, name)) is not None:
        raise AlreadyExists(CONNECTOR)
    platform_id = template.partition(":")[0]
    channel = install(
        world,
        workspace_id,
        id=ids.uuid("channel"),
        connector_id=ids.uuid("connector"),
        platform_id=platform_id,
        name=name,
        identifier=_new_identifier(world, workspace_id, PLATFORMS[platform_id].channel),
        status=PENDING,
        arguments=arguments,
    )
    tell(world, channel, CHANNEL_CREATED)
    world.clock.call_in(INSTALL_TIME, "resource", channel.id)
    return change(world, store.resources[str(channel.content["connectorId"])], **shown)


def finish(world: World, resource_id: str, _step: int) -> None:
    """A channel that was being installed is ready, unless it was removed meanwhile."""
    channel = world.store.resources[resource_id]
    if channel.kind == CHANNEL and channel.content["status"] == PENDING:
        tell(world, change(world, channel, status=ACTIVE), CHANNEL_UPDATED)


def remove(world: World, connector: Resource) -> None:
    """Remove a connector, and with it its channel; what was sent there can still be read."""
    world.store.resources.delete(connector.id)
    channel = world.store.resources.get(str(connector.content["channelId"]))
    if channel is not None:
        tell(world, change(world, channel, status=DELETED), CHANNEL_UPDATED)


def find(store: Store, workspace_id: str, id: str) -> Resource:
    """A connector of a workspace. Raises `NotFound`."""
    connector = store.resources.get(id)
    if connector is None or connector.account_id != workspace_id or connector.kind != CONNECTOR:
        raise NotFound(CONNECTOR, id)
    return connector


def tell(world: World, channel: Resource, event: str) -> None:
    """Tell subscribers what became of a channel."""
    announce_channel(world, channel, render_channel(channel), event)


def render_channel(channel: Resource) -> dict[str, Json]:
    """A channel as the API shows it."""
    return {"id": channel.id, **_between(channel)}


def render_connector(connector: Resource) -> dict[str, Json]:
    """A connector as the API shows it."""
    content = _between(connector)
    place: Json = {"channelId": content.pop("channelId"), "platform": content.pop("platform")}
    head: dict[str, Json] = {"id": connector.id, "workspaceId": connector.account_id, "name": content.pop("name")}
    return {**head, "channel": place, **content}


def _between(resource: Resource) -> dict[str, Json]:
    """The content, with the moments at its end."""
    content = dict(resource.content)
    updated_at = content.pop("updatedAt")
    return {**content, "createdAt": timestamp(resource.created_at), "updatedAt": updated_at}


def _new_identifier(world: World, workspace_id: str, channel: Channel) -> str:
    """A number or address that none of the workspace's channels has. The vendor's come from parts not emulated."""
    make = _IDENTIFIERS.get(channel, _account_name)
    while True:
        made = make(world.ids)
        if channel_at(world.store, workspace_id, channel, made) is None:
            return made


def _number(ids: Ids) -> str:
    # Of the Dutch numbers for machines, as those of the fixtures.
    return f"+3197{ids.digits('channel number', 7)}"


def _mailbox(ids: Ids) -> str:
    return f"channel-{ids.hex('channel address', 8)}@shop.example.com"


def _account_name(ids: Ids) -> str:
    return f"channel{ids.hex('channel address', 8)}"


_IDENTIFIERS: Mapping[Channel, Callable[[Ids], str]] = MappingProxyType(
    {Channel.SMS: _number, Channel.WHATSAPP: _number, Channel.EMAIL: _mailbox}
)
