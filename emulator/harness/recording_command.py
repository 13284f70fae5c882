"""What `parrotfish record` does, without the words of the command line."""

import asyncio
from collections.abc import Callable
from contextlib import AsyncExitStack
from pathlib import Path

from emulator.harness.recording import Recorder, probe, recorder
from emulator.harness.recording_file import HarWriter
from emulator.server.asgi import Receive, Scope, Send
from emulator.server.connection import run


def record(upstream: str, out: Path, port: int, *, say: Callable[[str], object]) -> int:
    """Record until SIGTERM or SIGINT, and return the exit status. Raises `Unreachable`, `BadHar`, `CannotListen`."""
    asyncio.run(probe(upstream))
    with HarWriter(out) as writer:

        def ready(url: str) -> None:
            say(f"ready {url} -> {upstream}, into {out}")

        app = _App(upstream, writer, say)
        return run(app, host="127.0.0.1", port=port, on_ready=ready)


class _App:
    """Opens the recorder in the server's own loop."""

    def __init__(self, upstream: str, writer: HarWriter, say: Callable[[str], object]) -> None:
        self._upstream = upstream
        self._writer = writer
        self._say = say
        self._stack = AsyncExitStack()
        self._recorder: Recorder | None = None

    async def startup(self) -> None:
        self._recorder = await self._stack.enter_async_context(recorder(self._upstream, self._writer, self._say))

    async def shutdown(self) -> None:
        await self._stack.aclose()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        assert self._recorder is not None
        await self._recorder(scope, receive, send)
