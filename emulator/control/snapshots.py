"""A world's state, kept and put back."""

from emulator.control.call import ControlCall
from emulator.control.problems import Impossible
from emulator.core.errors import Json, NotFound
from emulator.core.journal import NoteEntry
from emulator.core.moments import iso_milliseconds
from emulator.gateway import snapshots
from emulator.gateway.snapshots import Snapshot
from emulator.server.dialect import Reply, json_reply
from emulator.server.timekeeper import ClockBusy

MOST_SNAPSHOTS = 100


def take_snapshot(call: ControlCall) -> Reply:
    """Keep the world as it is. Raises `ClockBusy` while time moves: there is no moment to keep."""
    world = call.world
    if call.server.worlds.keeper(world).is_advancing:
        raise ClockBusy
    if len(world.snapshots) >= MOST_SNAPSHOTS:
        raise Impossible(f"A world keeps at most {MOST_SNAPSHOTS} snapshots; reset it to begin anew.")
    id = f"snapshot-{len(world.snapshots) + 1}"
    world.snapshots[id] = snapshots.take(world)
    return json_reply(201, _snapshot(id, world.snapshots[id]))


def restore_snapshot(call: ControlCall) -> Reply:
    """Put the world back. An advance that is under way ends with a conflict."""
    world, id = call.world, call.parameters["id"]
    snapshot = world.snapshots.get(id)
    if snapshot is None:
        raise NotFound("snapshot", id)
    snapshots.restore(world, snapshot)
    world.journal.add(world.clock.now, NoteEntry("restored", id, ""))
    call.server.worlds.keeper(world).restart()
    call.server.worlds.waiting.wake(world)
    return json_reply(200, _snapshot(id, snapshot))


def _snapshot(id: str, snapshot: Snapshot) -> dict[str, Json]:
    return {"id": id, "taken_at": iso_milliseconds(snapshot.taken_at)}
