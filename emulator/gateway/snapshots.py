"""A world's whole state, kept and put back."""

from datetime import datetime
from typing import NamedTuple

from emulator.core.clock import ClockState
from emulator.core.ids import Ids
from emulator.core.journal import Entry
from emulator.core.store import StateCopy
from emulator.gateway.world import ReadyAttempt, World


class Snapshot(NamedTuple):
    """Everything that a world consists of."""

    taken_at: datetime
    seed: int
    clock: ClockState
    ready: tuple[ReadyAttempt, ...]
    state: StateCopy
    journal: tuple[Entry, ...]


def take(world: World) -> Snapshot:
    """Keep a world as it is now."""
    return Snapshot(
        taken_at=world.clock.now,
        seed=world.seed,
        clock=world.clock.state(),
        ready=tuple(world.ready),
        state=world.store.copy(),
        journal=world.journal.copy(),
    )


def restore(world: World, snapshot: Snapshot) -> None:
    """Put a world back. What was on its way meanwhile is dropped when it comes back."""
    world.epoch += 1
    world.seed = snapshot.seed
    world.store.load(snapshot.state)
    world.ids = Ids(snapshot.seed, world.store.counters, world.name)
    world.clock.load(snapshot.clock)
    world.ready.clear()
    world.ready.extend(snapshot.ready)
    world.journal.load(snapshot.journal)
