"""Faults of a world: entered, withdrawn, and taking their turns."""

from collections.abc import Callable, Iterator, Mapping
from datetime import timedelta

from msgspec.structs import replace

from emulator.core.errors import Json
from emulator.core.failures import Fault, FaultKind, Scope, WebhookBreak, has_its_turn, is_open
from emulator.core.journal import NoteEntry
from emulator.core.records import EMPTY, Record
from emulator.gateway.world import ReadyAttempt, World


class FaultDraft(Record, frozen=True, kw_only=True):
    """A fault that is not in any world yet. The words are those of `Fault`."""

    kind: FaultKind | WebhookBreak
    scope: Scope
    name: str | None = None
    written: Mapping[str, Json] = EMPTY
    shortest: timedelta = timedelta()
    longest: timedelta | None = None
    where: str = ""
    keep: int | None = None
    content_type: str = ""
    status: int = 0
    retry_after: timedelta | None = None
    limit: int = 0
    window: timedelta = timedelta()


def enter(world: World, draft: FaultDraft) -> Fault:
    """Let a fault be in force from now on, before all that there are."""
    members = {name: getattr(draft, name) for name in draft.__struct_fields__}
    return world.store.faults.put(Fault(id=f"f{world.ids.number('fault')}", created_at=world.clock.now, **members))


def withdraw(world: World, id: str) -> None:
    """End a fault, and let go what it holds. Raises `NotFound`."""
    fault = world.store.faults[id]
    for event_id in fault.holding:
        world.ready.append(ReadyAttempt(event_id, "scheduled", world.clock.now))
    world.store.faults.delete(id)
    if quota_key(fault) in world.store.rate_windows:
        world.store.rate_windows.delete(quota_key(fault))


def quota_key(fault: Fault) -> str:
    """The key under which the calls of a quota are counted."""
    return f"fault/{fault.id}"


def newest_first(world: World) -> Iterator[Fault]:
    """The faults that there are, as they are looked at."""
    return iter(reversed([*world.store.faults]))


def first_in_turn(world: World, fits: Callable[[Fault], bool]) -> Fault | None:
    """The newest fault that touches what `fits` tells; every one that fits counts it."""
    chosen: Fault | None = None
    for fault in newest_first(world):
        if not is_open(fault.scope, fault.used, world.clock.now) or not fits(fault):
            continue
        counted = replace(fault, seen=fault.seen + 1)
        has_turn = has_its_turn(fault.scope, counted.seen, lambda fault=fault: world.ids.chance(quota_key(fault)))
        if has_turn and chosen is None:
            counted = chosen = replace(counted, used=fault.used + 1)
        world.store.faults.put(counted)
    return chosen


def give_back(world: World, fault: Fault) -> None:
    """Let a turn count as not taken: the fault turned out to have nothing to touch."""
    now = world.store.faults.get(fault.id)
    if now is not None:
        world.store.faults.put(replace(now, used=now.used - 1))


def note(world: World, fault: Fault, subject: str, text: str) -> None:
    """Say in the journal what a fault touched."""
    world.journal.add(world.clock.now, NoteEntry("fault", subject, f"{fault.id} {fault.kind.value}: {text}"))
