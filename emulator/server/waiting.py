"""Calls that wait until something happens in a world.

Such a call is held in real time, whatever the world's pace. One event for each world wakes all who wait there; each
then looks again, at what is new only.
"""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import TypeVar

from emulator.gateway.world import World
from emulator.server.timekeeper import WorldReset

LONGEST_WAIT = timedelta(seconds=60)

T = TypeVar("T")


class Waiting:
    """Who waits, by world."""

    def __init__(self) -> None:
        self._changed: dict[str, asyncio.Event] = {}
        self._is_stopping = False

    def wake(self, world: World) -> None:
        """Let those look again who wait in a world. Called after each journal entry, so it costs next to nothing."""
        if self._changed and (event := self._changed.pop(world.name, None)) is not None:
            event.set()

    @property
    def is_stopping(self) -> bool:
        """Whether the server is about to stop."""
        return self._is_stopping

    def stopping(self) -> None:
        """The server is about to stop: everyone is answered with what there is."""
        self._is_stopping = True
        for event in self._changed.values():
            event.set()
        self._changed.clear()

    async def until(self, world: World, look: Callable[[], Awaitable[T | None]], at_most: timedelta) -> T | None:
        """Look now and after each change, until there is something to see or the time is up, which gives None.

        Raises `WorldReset` when the world is reset or deleted meanwhile.
        """
        epoch = world.epoch
        try:
            async with asyncio.timeout(at_most.total_seconds()):
                while True:
                    seen = await look()
                    if seen is not None or self._is_stopping:
                        return seen
                    await self._changed.setdefault(world.name, asyncio.Event()).wait()
                    if world.epoch != epoch:
                        raise WorldReset
        except TimeoutError:
            return None
