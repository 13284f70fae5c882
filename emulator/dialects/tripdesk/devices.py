"""Agents' devices: what is registered for push notifications."""

from collections.abc import Iterator
from typing import NamedTuple

from msgspec.structs import replace

from emulator.core.errors import Json, NotFound
from emulator.core.moments import iso_seconds
from emulator.core.records import Resource, User
from emulator.core.store import Store
from emulator.dialects.tripdesk.identifiers import new_id
from emulator.gateway.world import World

KIND = "device"


class Registered(NamedTuple):
    """A registration, and whether the agent's device was not known before."""

    device: Resource
    is_new: bool


def register(
    world: World, account_id: str, agent: User, *, device_id: str, token: str, platform: str, app_version: str | None
) -> Registered:
    """Register a device of an agent; one that is known keeps its id and gets the new token."""
    content: dict[str, Json] = {
        "agent_id": agent.id,
        "device_id": device_id,
        "token": token,
        "platform": platform,
        "app_version": app_version,
    }
    key = f"{agent.id}/{device_id}"
    known = world.store.resources_by_key.get((account_id, KIND, key))
    if known is not None:
        return Registered(world.store.resources.put(replace(known, content=content)), is_new=False)
    device = Resource(
        id=new_id(world, "dev"),
        account_id=account_id,
        kind=KIND,
        key=key,
        created_at=world.clock.now,
        content=content,
    )
    return Registered(world.store.resources.put(device), is_new=True)


def remove(store: Store, agent: User, id: str) -> Resource:
    """Forget a device of an agent, and give what it was. Raises `NotFound`, also for another agent's."""
    device = store.resources.get(id)
    if device is None or device.kind != KIND or device.content["agent_id"] != agent.id:
        raise NotFound(KIND, id)
    store.resources.delete(id)
    return device


def devices_of(store: Store, account_id: str, agent_id: str) -> Iterator[Resource]:
    """The devices of an agent, oldest first."""
    for device in store.resources_by_kind.get((account_id, KIND)):
        if device.content["agent_id"] == agent_id:
            yield device


def render(device: Resource) -> dict[str, Json]:
    """A device as the API shows it; its token is never shown."""
    return {
        "id": device.id,
        "platform": device.content["platform"],
        "device_id": device.content["device_id"],
        "created_at": iso_seconds(device.created_at),
    }
