"""What a timer does when it falls due: a total table from its kind to a function."""

import logging
from collections.abc import Callable, Mapping
from datetime import datetime

from emulator.core.clock import Timer, VirtualClock
from emulator.core.journal import NoteEntry
from emulator.gateway import breaks, life, telling
from emulator.gateway.world import World

log = logging.getLogger("parrotfish")

MOST_AT_ONE_INSTANT = 100_000


class EndlessLoop(Exception):
    """Timers at one instant keep making new ones at the same instant."""


def _attempt(world: World, event_id: str, _step: int) -> None:
    telling.fall_due(world, event_id)


def _release(world: World, event_id: str, _step: int) -> None:
    breaks.release(world, event_id)


def _resource(world: World, resource_id: str, step: int) -> None:
    resource = world.store.resources.get(resource_id)
    account = world.store.accounts.get(resource.account_id) if resource is not None else None
    if account is not None:
        world.policies[account.api].on_resource(world, resource_id, step)


def _conversation(world: World, conversation_id: str, step: int) -> None:
    conversation = world.store.conversations.get(conversation_id)
    account = world.store.accounts.get(conversation.account_id) if conversation is not None else None
    if account is not None:
        world.policies[account.api].on_conversation(world, conversation_id, step)


RUN: Mapping[str, Callable[[World, str, int], None]] = {
    "hand-over": life.hand_over,
    "script": life.run_step,
    "stray": life.run_stray_step,
    "expiry": life.expire,
    "attempt": _attempt,
    "release": _release,
    "resource": _resource,
    "conversation": _conversation,
}


def run_next(world: World, until: datetime) -> bool:
    """Run the next timer that is due by a moment, at its own due time; False if there is none.

    A timer that raises is logged, written into the journal and dropped: it is a bug of ours, never the caller's.
    """
    timer = world.clock.pop_due(until)
    if timer is None:
        return False
    try:
        RUN[timer.kind](world, timer.subject, timer.step)
    except Exception:
        log.exception("a timer failed: %s", timer)
        world.journal.add(world.clock.now, NoteEntry("timer failed", timer.subject, timer.kind))
    return True


def catch_up(world: World) -> None:
    """Begin a stretch: run every timer due until now, each at its own due time, then set `now`.

    In `held` nothing is due and nothing moves. Raises `EndlessLoop`.
    """
    clock = world.clock
    if clock.pace.rate == 0:
        return
    until = clock.target()
    guard = InstantGuard(clock)
    while clock.timers and clock.timers[0].due_at <= until:
        guard.count(clock.timers[0])
        run_next(world, until)
    clock.move_to(until)


class InstantGuard:
    """Counts timers that were made at the very instant at which they fall due; the rest of a crowd is no loop."""

    __slots__ = ("_clock", "_count", "_crowd", "_instant")

    def __init__(self, clock: VirtualClock) -> None:
        self._clock = clock
        self._instant: datetime | None = None
        self._crowd = 0
        self._count = 0

    def count(self, timer: Timer) -> None:
        """Count a timer that is about to run. Raises `EndlessLoop` at the hundred-thousandth of an instant."""
        if timer.due_at != self._instant:
            self._instant, self._crowd, self._count = timer.due_at, self._clock.last_number, 0
        if timer.number > self._crowd:
            self._count += 1
            if self._count >= MOST_AT_ONE_INSTANT:
                raise EndlessLoop(f"{MOST_AT_ONE_INSTANT:,} timers at {timer.due_at.isoformat()}")
