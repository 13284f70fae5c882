"""An emulator in this process: in a thread of its own with its own loop, or in the loop that runs.

What is needed to serve is imported when a server starts, so that a test run which starts none pays nothing.
"""

import socket
import threading
from collections.abc import AsyncGenerator
from concurrent.futures import Future
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, NamedTuple, TypedDict, Unpack

from emulator.testing.errors import CannotStart

if TYPE_CHECKING:
    import asyncio

    from emulator.app import App
    from emulator.settings import Settings

_PATIENCE = 30.0  # seconds for a start or a stop; both take a fraction of one


class ServerOptions(TypedDict, total=False):
    """How a server of one's own is started.

    `pace` is `held` (the default: time moves when told), `real` or a rate; `only` names the one API that is served, at
    the root; `port` 0, the default, takes a free one.
    """

    host: str
    port: int
    only: str
    pace: str
    seed: int
    rate_limits: str
    webhook_hosts: tuple[str, ...]


class Served(NamedTuple):
    """An app that is being served."""

    app: "App"
    url: str


class Server:
    """An emulator in a thread of its own.

    `token` is what its control API asks for. `listening` is a socket that listens already.
    """

    def __init__(
        self, token: str | None = None, *, listening: socket.socket | None = None, **options: Unpack[ServerOptions]
    ) -> None:
        self._token = token
        self._options = options
        self._listening = listening
        self._ready: Future[str] = Future()
        self._thread: threading.Thread | None = None
        self._stop: tuple[asyncio.AbstractEventLoop, asyncio.Event] | None = None

    def start(self) -> str:
        """Start it, and return its URL once calls are answered. Raises `CannotStart`."""
        # A daemon, so that who forgets to stop it can still end the program.
        self._thread = threading.Thread(target=self._run, name="parrotfish", daemon=True)
        self._thread.start()
        try:
            return self._ready.result(_PATIENCE)
        except TimeoutError:
            raise CannotStart(f"the emulator was not ready within {_PATIENCE:g} s; is the machine very busy?") from None

    def stop(self) -> None:
        """Stop it; calls in progress are let end."""
        if self._stop is not None:
            loop, stopping = self._stop
            loop.call_soon_threadsafe(stopping.set)
        if self._thread is not None:
            self._thread.join(_PATIENCE)
        self._thread = self._stop = None

    def _run(self) -> None:
        try:
            import asyncio  # noqa: PLC0415 - late, see above

            from emulator.server.connection import loop_factory  # noqa: PLC0415 - late

            with asyncio.Runner(loop_factory=loop_factory()) as runner:
                runner.run(self._serve())
        except Exception as error:  # noqa: BLE001 - whoever waits for the start is told; later there is nobody
            if not self._ready.done():
                self._ready.set_exception(cannot_start(error))

    async def _serve(self) -> None:
        import asyncio  # noqa: PLC0415 - late, see above

        stopping = asyncio.Event()
        async with serving_here(self._token, listening=self._listening, **self._options) as served:
            self._stop = asyncio.get_running_loop(), stopping
            self._ready.set_result(served.url)
            await stopping.wait()


@asynccontextmanager
async def serving_here(
    token: str | None = None, *, listening: socket.socket | None = None, **options: Unpack[ServerOptions]
) -> AsyncGenerator[Served]:
    """The same in the running loop while the block runs. Raises `CannotStart`."""
    from emulator.app import create_app  # noqa: PLC0415 - late, see above
    from emulator.server.connection import CannotListen, serving  # noqa: PLC0415 - late

    settings = _settings(token, options)
    try:
        app = create_app(settings)
        server = serving(
            app,
            settings.host,
            settings.port,
            on_stop=app.stopping,
            invalid_request=app.refuse_invalid,
            listening=listening,
        )
        url = await server.__aenter__()
    except (CannotListen, ValueError) as error:
        raise cannot_start(error) from None
    try:
        yield Served(app, url)
    finally:
        await server.__aexit__(None, None, None)


def cannot_start(error: Exception) -> CannotStart:
    """Say why a server did not start, and what to do about it."""
    if isinstance(error, CannotStart):
        return error
    if isinstance(error, ImportError):
        return CannotStart(f"the emulator cannot start: {error}; install it with all it needs: pip install parrotfish")
    if type(error).__module__ == "emulator.server.connection":
        return CannotStart(f"the emulator cannot start: {error}; leave `port` and `host` out to take a free one")
    if isinstance(error, ValueError):
        return CannotStart(f"the emulator cannot start: {error}")
    return CannotStart(f"the emulator cannot start: {type(error).__name__}: {error}")


def _settings(token: str | None, options: ServerOptions) -> "Settings":
    """The choices as settings. Raises `CannotStart`."""
    from emulator.dialects import DIALECTS  # noqa: PLC0415 - late, see above
    from emulator.settings import Settings  # noqa: PLC0415 - late

    usual: ServerOptions = {"port": 0, "pace": "held"}
    chosen: ServerOptions = {**usual, **options}
    settings = Settings(control_token=token, **chosen)
    names = [dialect.name for dialect in DIALECTS]
    if settings.only is not None and settings.only not in names:
        raise CannotStart(f"only={settings.only!r}: there is no such API; there are {', '.join(names)}")
    if settings.problem() is not None:
        raise CannotStart(f"host={settings.host!r} can be reached from other machines; give a control_token as well")
    return settings
