"""Puts everything together: the only module that knows everyone."""

import asyncio
import contextlib
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

from emulator import __version__
from emulator.control import create_control
from emulator.control.overview import directory
from emulator.core.clock import parse_pace
from emulator.core.errors import Json, NotFound
from emulator.dashboard import create_dashboard, make_ready
from emulator.dialects import DIALECTS
from emulator.guide import Guide
from emulator.server.asgi import Receive, Scope, Send
from emulator.server.edge import Edge
from emulator.server.webhook_client import WebhookClient
from emulator.server.worlds import Worlds
from emulator.settings import Settings

if TYPE_CHECKING:
    from emulator.stories.desk import Desk
    from emulator.stories.following import Following


_PEOPLE_COME_AFTER = 1.0  # seconds


class App(Edge):
    """The whole emulator as one ASGI app."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._following: Following | None = None
        self._desk: Desk | None = None
        client = WebhookClient(allowed_hosts=settings.webhook_hosts)
        worlds = Worlds(
            DIALECTS, client, seed=settings.seed, pace=parse_pace(settings.pace), rate_limits=settings.rate_limits
        )
        super().__init__(worlds, DIALECTS, only=settings.only)
        self.control = create_control(
            worlds,
            self.apis,
            version=__version__,
            allowed_hosts=(settings.host, *settings.allowed_hosts),
            token=settings.control_token,
            only=settings.only,
        )
        self.rest = Guide(create_dashboard(self.control, self, self.stories), self.control.guard, only=settings.only)

    def directory(self, url: str) -> dict[str, Json]:
        """What `GET /_emulator/apis` answers for the default world at this address, but for the sessions."""
        return directory(DIALECTS, self.worlds.default, url, only=self._settings.only, sessions=False)

    def follow(self, path: Path, url: str, say: Callable[[str], None]) -> None:
        """Bring about the beginning of the story in a file, and again after each edit; `say` is told of a broken one.

        `url` is where this app is served; call it in the server's loop. Raises `StoryError` if the file is broken now.
        """
        # Late: without a story nobody needs them.
        from emulator.control.scenario import has_begun  # noqa: PLC0415 - late: most servers have no story
        from emulator.stories.following import Following  # noqa: PLC0415 - late: most servers have no story

        world = self.worlds.default
        self._following = Following(
            path,
            url,
            begin=lambda members: self.control.begin_story(world, members, url),
            has_begun=lambda: has_begun(world),
            directory=lambda: self.directory(url),
            say=say,
        )
        self._following.begin()
        self._following.start()

    def make_ready_for_people(self) -> None:
        """A little later, in a thread, load what the first page needs: whoever looks first is not to wait for it."""
        loop = asyncio.get_running_loop()
        loop.call_later(_PEOPLE_COME_AFTER, loop.run_in_executor, None, make_ready)

    async def stories(self) -> "Desk":
        """Who plays stories on this server, made when it is first asked for."""
        if self._desk is None:
            # In a thread, because it brings the client and YAML, and nobody is to wait for that.
            await asyncio.to_thread(import_module, "emulator.stories.desk")
            self._desk = self._desk or self._new_desk()
        return self._desk

    def _new_desk(self) -> "Desk":
        from emulator.stories.catalogue import Catalogue  # noqa: PLC0415 - late: most servers have no story
        from emulator.stories.desk import Desk  # noqa: PLC0415 - late: most servers have no story

        settings = self._settings
        return Desk(
            Catalogue([] if settings.scenario is None else [settings.scenario]),
            self._serve_besides,
            apis=[dialect.name for dialect in DIALECTS if settings.only in (None, dialect.name)],
            token=settings.control_token,
            drop=self._drop_world,
        )

    def _serve_besides(self) -> AbstractAsyncContextManager[str]:
        """Serve once more, on a free port of the loopback interface: wherever the server listens, it can be reached."""
        from emulator.server.connection import serving  # noqa: PLC0415 - late: most servers have no story

        # Without `startup` and `shutdown`, which are the server's own.
        async def again(scope: Scope, receive: Receive, send: Send) -> None:
            await self(scope, receive, send)

        return serving(again, invalid_request=self.refuse_invalid)

    def _drop_world(self, name: str) -> None:
        with contextlib.suppress(NotFound):
            self.worlds.delete(name)

    def stopping(self) -> None:
        """The server is about to drain: let calls that wait for something end."""
        self.control.stopping()

    async def startup(self) -> None:
        """Begin to keep time."""
        for world in self.worlds:
            self.worlds.keeper(world).nudge()

    async def shutdown(self) -> None:
        """Stop the timekeepers and the webhook client."""
        if self._following is not None:
            await self._following.stop()
        if self._desk is not None:
            await self._desk.stop()
        await self.worlds.close()


def create_app(settings: Settings | None = None) -> App:
    """Build the emulator. Raises `ValueError` for a pace that is none."""
    return App(settings or Settings(pace="held"))
