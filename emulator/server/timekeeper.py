"""Moves a world's time and empties its outbox: the one loop that waits.

In `real` and with a rate, timers run when they fall due and up to twenty webhook attempts are on their way at once.
In `held` nothing moves until `advance`: one timer, then what became due, one attempt at a time, then on, so that the
same calls give the same journal.

This module is one of the few that wait in real time.
"""

import asyncio
import logging
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from emulator.core.outbox import PostOutcome
from emulator.gateway import telling
from emulator.gateway.timers import EndlessLoop, InstantGuard, catch_up, run_next
from emulator.gateway.world import ReadyAttempt, World
from emulator.server.clocks import DateHeader
from emulator.server.webhook_client import WebhookClient

MOST_IN_FLIGHT = 20
LONGEST_HELD_WAIT = timedelta(seconds=2)
_LONGEST_SLEEP = 3600.0  # seconds; the loop looks again then

log = logging.getLogger("parrotfish")


class ClockBusy(Exception):
    """The world's clock is being advanced by another call."""


class WorldReset(Exception):
    """The world was reset, restored or deleted while its clock was being advanced."""


class Advanced(NamedTuple):
    """What an advance did."""

    now: datetime
    timers_run: int
    attempts_made: int


class Timekeeper:
    """The timekeeper of one world."""

    def __init__(
        self, world: World, client: WebhookClient, on_stretch: Callable[[World], None] = lambda _: None
    ) -> None:
        self._world = world
        self._client = client
        self._on_stretch = on_stretch
        self.date = DateHeader(world.clock.now)
        self._advancing = False
        self._in_flight: set[asyncio.Task[None]] = set()
        self._alarm: asyncio.TimerHandle | None = None
        self._alarm_at: datetime | None = None

    @property
    def is_advancing(self) -> bool:
        """Whether an advance is under way."""
        return self._advancing

    def nudge(self) -> None:
        """Look at what a stretch left to do; called after each. Costs next to nothing when there is nothing new."""
        world = self._world
        self._on_stretch(world)
        if world.clock.pace.rate == 0:
            return
        if world.ready:
            self._launch()
        timers = world.clock.timers
        if timers and (self._alarm_at is None or timers[0].due_at < self._alarm_at):
            self._set_alarm(timers[0].due_at)

    def restart(self) -> None:
        """Forget alarms of an earlier epoch, and begin with the world's new clock."""
        self.stop()
        self.nudge()

    def stop(self) -> None:
        """Wake no more. Posts that are on their way end by themselves."""
        if self._alarm is not None:
            self._alarm.cancel()
        self._alarm = self._alarm_at = None

    async def drain(self) -> None:
        """Wait until the posts that are on their way have ended."""
        if self._in_flight:
            await asyncio.wait(self._in_flight)

    async def advance(self, to: datetime) -> Advanced:
        """Run everything that falls due by a moment, webhooks and their retries included, and move there.

        Raises `ClockBusy`, `WorldReset` and `EndlessLoop`.
        """
        if self._advancing:
            raise ClockBusy
        self._advancing = True
        try:
            return await self._advance(to)
        finally:
            self._advancing = False
            self.nudge()

    async def _advance(self, to: datetime) -> Advanced:
        world, epoch = self._world, self._world.epoch
        guard = InstantGuard(world.clock)
        timers_run = attempts_made = 0
        while True:
            while world.ready:
                attempts_made += await self._post(world.ready.popleft())
                if world.epoch != epoch:
                    raise WorldReset
            if not world.clock.timers or world.clock.timers[0].due_at > to:
                break
            guard.count(world.clock.timers[0])
            run_next(world, to)
            timers_run += 1
            if timers_run % 1000 == 0:
                self._on_stretch(world)
                await asyncio.sleep(0)  # others must be answered during a long advance
                if world.epoch != epoch:
                    raise WorldReset
        world.clock.jump_to(to)
        return Advanced(world.clock.now, timers_run, attempts_made)

    async def post_now(self, attempts: Sequence[ReadyAttempt]) -> None:
        """Make attempts out of turn, one after the other."""
        for ready in attempts:
            await self._post(ready)
        self.nudge()

    def _set_alarm(self, moment: datetime) -> None:
        if self._alarm is not None:
            self._alarm.cancel()
        wait = min(self._world.clock.seconds_until(moment) or 0.0, _LONGEST_SLEEP)
        self._alarm_at = moment
        self._alarm = asyncio.get_running_loop().call_later(wait, self._ring)

    def _ring(self) -> None:
        self._alarm = self._alarm_at = None
        try:
            catch_up(self._world)
        except EndlessLoop:
            log.exception("world %s", self._world.name)
        self.nudge()

    def _launch(self) -> None:
        ready = self._world.ready
        while ready and len(self._in_flight) < MOST_IN_FLIGHT:
            task = asyncio.get_running_loop().create_task(self._deliver(ready.popleft()))
            self._in_flight.add(task)
            task.add_done_callback(self._landed)

    def _landed(self, task: asyncio.Task[None]) -> None:
        self._in_flight.discard(task)
        if not task.cancelled() and task.exception() is not None:
            log.error("a webhook attempt failed in us", exc_info=task.exception())
        self.nudge()

    async def _deliver(self, ready: ReadyAttempt) -> None:
        await self._post(ready)

    async def _post(self, ready: ReadyAttempt) -> bool:
        """Post one attempt and enter what came of it; False if there was nothing to post."""
        world, epoch = self._world, self._world.epoch
        begun = telling.begin_attempt(world, ready)
        if begun is None:
            return False
        event, attempt = begun
        rules = telling.rules_of(world, event)
        held = world.clock.pace.rate == 0
        timeout = min(rules.timeout, LONGEST_HELD_WAIT) if held else rules.timeout
        outcome = await self._client.post(event.url, attempt.headers, event.body, timeout=timeout)
        if world.epoch == epoch:
            if not self._advancing:
                catch_up(world)
            text = outcome.body.decode("utf-8", "replace")
            telling.end_attempt(world, event.id, attempt, PostOutcome(outcome.status, text, outcome.error))
        return True
