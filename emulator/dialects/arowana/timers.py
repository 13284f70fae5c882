"""What a timer of the kind `resource` does, by the kind of resource that it is about."""

from collections.abc import Callable, Mapping

from emulator.core.records import Resource
from emulator.dialects.arowana import agent_life, campaign_runs, topups
from emulator.gateway.world import World

RUN: Mapping[str, Callable[[World, Resource, int], None]] = {
    agent_life.KIND: agent_life.run_timer,
    campaign_runs.RUN: campaign_runs.run_timer,
    topups.KIND: topups.run_timer,
}


def run_timer(world: World, resource_id: str, step: int) -> None:
    """Do what falls due; nothing for a resource that has become another kind, such as an alias."""
    resource = world.store.resources[resource_id]
    run = RUN.get(resource.kind)
    if run is not None:
        run(world, resource, step)
