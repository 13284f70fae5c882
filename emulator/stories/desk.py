"""Stories played on this very server, one after the other, in worlds of their own, while it serves others.

What is asked for waits in a queue; a task takes it from there. The worlds of the last stories stay, so that their
messages can be looked at; older ones are removed. Everything is kept in memory, and no more than the bounds say.
"""

import asyncio
import logging
from collections import deque
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager

from emulator.core.errors import Json
from emulator.stories.catalogue import Catalogue, Ready
from emulator.stories.client import Client, Unreachable
from emulator.stories.receiver import receiving
from emulator.stories.records import PLAYING, WAITING, Overhearing, Played, Run
from emulator.stories.remote import Refused, Target, World
from emulator.stories.results import Take
from emulator.stories.runner import Stage, world_names

log = logging.getLogger("parrotfish")

MOST_RUNS = 20
"""So many runs are kept, the one that is playing included."""

MOST_WAITING = 5
MOST_WORLDS = 12
"""The worlds of so many stories stay."""

Serve = Callable[[], AbstractAsyncContextManager[str]]
"""Serves this server's own app on a port of its own while the block runs; its value is the URL."""


class Lasting(Target):
    """A target whose world stays when its story has ended; the record is told which it is."""

    def __init__(self, client: Client, url: str, played: Played, *, token: str | None) -> None:
        super().__init__(client, url, token=token, headers={})
        self._played = played

    @asynccontextmanager
    async def world(self, name: str, seed: int) -> AsyncGenerator[World]:
        """A world as new, held."""
        made = self._played.world = await self._make(name, seed)
        yield self._world(f"{self.url}/w/{made}")


class Desk:
    """Takes stories, plays them, and tells what became of them.

    `apis` are those that can be played, `token` the control API's; `drop` removes a world, which may be gone.
    """

    def __init__(
        self,
        catalogue: Catalogue,
        serve: Serve,
        *,
        apis: Sequence[str],
        token: str | None,
        drop: Callable[[str], None],
    ) -> None:
        self._catalogue = catalogue
        self._serve = serve
        self._apis = apis
        self._token = token
        self._drop = drop
        self._runs: deque[Run] = deque()
        self._waiting: deque[Run] = deque()
        self._in_worlds: deque[Played] = deque()
        self._number = 0
        self._task: asyncio.Task[None] | None = None
        self._playing: asyncio.Task[None] | None = None
        self._is_stopping = False

    async def catalogue(self) -> list[dict[str, Json]]:
        """The stories that can be played, as `Ready.as_values` tells them."""
        return [ready.as_values() for ready in await self._ready()]

    async def start(self, *, key: str | None = None, api: str | None = None) -> int | None:
        """Play one story, or all of an API; the number of the run, or None if too much is waiting.

        Raises `LookupError` if there is no such story, or it is not well written.
        """
        wanted = [each for each in await self._ready() if each.story and (each.key == key or (api and each.api == api))]
        stories = [
            Played(ready, Take(ready.story, environment))
            for ready in wanted
            if ready.story is not None
            for environment in ready.story.environments
        ]
        if not stories:
            raise LookupError(key or api)
        if len(self._waiting) >= MOST_WAITING or self._is_stopping:
            return None
        self._number += 1
        run = Run(self._number, wanted[0].title if key else f"All stories of {api}", stories)
        self._runs.append(run)
        self._waiting.append(run)
        self._forget()
        if self._task is None or self._task.done():
            self._task = asyncio.get_running_loop().create_task(self._play_all())
        return run.number

    def runs(self) -> list[dict[str, Json]]:
        """What was played, newest first."""
        return [run.as_values() for run in reversed(self._runs)]

    def run(self, number: int) -> dict[str, Json] | None:
        """One run, with every step of each story; None if it is not kept any more."""
        run = next((each for each in self._runs if each.number == number), None)
        return None if run is None else {**run.as_values(), "stories": [each.as_values() for each in run.stories]}

    async def stop(self) -> None:
        """Break off what is being played, and what waits."""
        self._is_stopping = True
        if self._playing is not None:
            self._playing.cancel()
        if self._task is not None:
            await self._task

    async def _ready(self) -> list[Ready]:
        found = await asyncio.to_thread(self._catalogue.read)
        return [each for each in found if each.api in self._apis]

    def _forget(self) -> None:
        while len(self._runs) > MOST_RUNS and self._runs[0].is_over:
            self._runs.popleft()

    async def _play_all(self) -> None:
        while self._waiting:
            run = self._waiting.popleft()
            try:
                if not self._is_stopping:
                    await self._play(run)
            except (Unreachable, Refused) as error:
                _break_off(run, str(error))
            except Exception:
                log.exception("run %d", run.number)
                _break_off(run, "The emulator could not play it; its log says why.")
            _break_off(run, "The server was stopped.")
            self._forget()

    async def _play(self, run: Run) -> None:
        names = world_names([each.take for each in run.stories])
        async with self._serve() as url, Overhearing() as client:
            for played, name in zip(run.stories, names, strict=True):
                # In a task of its own, so that what was opened around it is closed in peace when it is broken off.
                self._playing = asyncio.create_task(self._play_one(played, name, url, client))
                await asyncio.wait([self._playing])
                if self._playing.cancelled():
                    return
                self._playing.result()

    async def _play_one(self, played: Played, name: str, url: str, client: Overhearing) -> None:
        client.calls = played.calls
        target = Lasting(client, url, played, token=self._token)
        await target.probe()
        self._in_worlds.append(played)
        while len(self._in_worlds) > MOST_WORLDS:
            self._leave(self._in_worlds.popleft())
        played.status = PLAYING
        async with receiving(played.hear) as receiver:
            await Stage(target, client, receiver, {}, [played]).play(played.take, name)

    def _leave(self, played: Played) -> None:
        if played.world is not None:
            self._drop(played.world)
            played.world = None


def _break_off(run: Run, why: str) -> None:
    for played in run.stories:
        if played.status in (WAITING, PLAYING):
            played.broke_off(why)
