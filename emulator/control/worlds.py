"""Worlds: made, listed, made as new, removed."""

from emulator.control.call import ControlCall
from emulator.control.problems import BadInput, Impossible
from emulator.core.clock import Pace, parse_pace
from emulator.core.errors import Json
from emulator.core.moments import iso_milliseconds
from emulator.gateway.world import World
from emulator.server.dialect import Reply, json_reply


def list_worlds(call: ControlCall) -> Reply:
    """All worlds."""
    return json_reply(200, {"worlds": [_world(call, world) for world in call.server.worlds]})


def create_world(call: ControlCall) -> Reply:
    """Make a world."""
    word = call.members.get("pace")
    pace = read_pace(word) if word is not None else None
    try:
        world = call.server.worlds.create(call.members["name"], seed=call.members.get("seed"), pace=pace)
    except ValueError as error:
        raise BadInput("body", "name", str(error)) from None
    call.server.worlds.keeper(world).nudge()
    return json_reply(201, _world(call, world))


def reset_world(call: ControlCall) -> Reply:
    """Make the world as new, and let those go who wait in it."""
    call.server.worlds.reset(call.world, seed=call.members.get("seed"))
    call.server.worlds.waiting.wake(call.world)
    return json_reply(200, _world(call, call.world))


def delete_world(call: ControlCall) -> Reply:
    """Remove a world, and let those go who wait in it."""
    world = call.server.worlds.get(call.parameters["name"])
    if world.is_default:
        raise Impossible("The default world is always there; reset it instead.")
    call.server.worlds.delete(world.name)
    call.server.worlds.waiting.wake(world)
    return Reply(204, content_type=None)


def read_pace(word: object) -> Pace:
    """Read a pace from a body. Raises `BadInput`."""
    try:
        return parse_pace(word)
    except ValueError as error:
        raise BadInput("body", "pace", str(error)) from None


def _world(call: ControlCall, world: World) -> dict[str, Json]:
    prefix = "" if world.is_default else f"/w/{world.name}"
    return {
        "name": world.name,
        "seed": world.seed,
        "pace": world.clock.pace.word,
        "now": iso_milliseconds(world.clock.now),
        "base_url": call.origin + prefix,
    }
