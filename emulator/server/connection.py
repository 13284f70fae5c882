"""Sockets and signals: serving an ASGI app until it is told to stop.

`run` serves until a signal stops it; `serving` does the same inside a running loop, for tests. This module and
`protocol.py` are the only ones that know uvicorn.
"""

import asyncio
import errno
import gc
import logging
import os
import signal
import socket
import ssl
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any, TypedDict, Unpack, cast

from uvicorn.config import Config
from uvicorn.server import ServerState

from emulator.server.asgi import App, InvalidRequest
from emulator.server.certificates import Unusable, make_context
from emulator.server.protocol import KEEP_ALIVE, Protocol, plain_refusal
from emulator.server.wire import Outbox

DRAIN = timedelta(seconds=5)  # below the ten seconds after which container runtimes kill
BACKLOG = 2048
STOP_SIGNALS = (signal.SIGTERM, signal.SIGINT)

_log = logging.getLogger("parrotfish.server")


class CannotListen(Exception):
    """The server cannot start. The text is one sentence for the user."""


class PortTaken(CannotListen):
    """Another program listens there."""

    def __init__(self, host: str, port: int) -> None:
        super().__init__(f"port {port} of {host} is taken by another program")
        self.host = host
        self.port = port


class PortForbidden(CannotListen):
    """The system does not let this user listen there, as for ports below 1024."""

    def __init__(self, host: str, port: int) -> None:
        super().__init__(f"port {port} of {host} is not open to this user")
        self.host = host
        self.port = port


class AddressUnknown(CannotListen):
    """The host is no name or address of this machine."""

    def __init__(self, host: str) -> None:
        super().__init__(f"{host!r} is not an address of this machine")
        self.host = host


class BadCertificate(CannotListen):
    """The certificate or its key cannot be used."""

    def __init__(self, cert: Path, key: Path | None, why: str) -> None:
        super().__init__(why)
        self.cert = cert
        self.key = key


class Options(TypedDict, total=False):
    """What `run`, `serving` and `Listener` take by name."""

    on_stop: Callable[[], None] | None  # called at the start of the drain, so that held event streams can end
    tls_cert: Path | None
    tls_key: Path | None
    invalid_request: InvalidRequest  # bytes that are not HTTP, from the head on -> status, headers, body
    drain: timedelta  # how long calls in progress may take to end
    keep_alive: timedelta  # how long a connection may be idle between calls
    listening: socket.socket | None  # a socket that listens already, in place of host and port


def run(app: App, *, host: str, port: int, on_ready: Callable[[str], None], **options: Unpack[Options]) -> int:
    """Serve until SIGTERM or SIGINT, and return the exit status, 0.

    `on_ready` is told the URL, with the real port, once calls are answered. At the first signal `on_stop` is called and
    calls in progress are let end. A second signal cuts them off, a third one kills the process.

    Raises `CannotListen`, before `app` is started.
    """
    listener = Listener(app, host=host, port=port, **options)
    with asyncio.Runner(loop_factory=loop_factory()) as runner:
        runner.run(_serve_until_signal(listener, on_ready))
    return 0


@asynccontextmanager
async def serving(
    app: App, host: str = "127.0.0.1", port: int = 0, **options: Unpack[Options]
) -> AsyncGenerator[str, None]:
    """Serve in the running loop, without signals, while the block runs; its value is the URL."""
    listener = Listener(app, host=host, port=port, **options)
    try:
        yield await listener.start()
    finally:
        await listener.stop()


class Listener:
    """One app on one port.

    The constructor binds, so that it raises `CannotListen` before anything else has happened. An app may offer
    `async startup()`, awaited before the first call, `async shutdown()`, awaited after the last one, and `answer_now`,
    asked first about each request that came in one piece (`protocol.py`).
    """

    def __init__(self, app: App, *, host: str = "127.0.0.1", port: int = 0, **options: Unpack[Options]) -> None:
        cert = options.get("tls_cert")
        self._app = app
        self._tls = None if cert is None else _tls_context(cert, options.get("tls_key"))
        listening = options.get("listening")
        self._sockets = _bind(host, port) if listening is None else [listening]
        self._servers: list[asyncio.Server] = []
        self._state = ServerState()
        self._protocol = partial(
            Protocol,
            _configure(app),
            self._state,
            app,
            options.get("invalid_request", plain_refusal),
            options.get("keep_alive", KEEP_ALIVE).total_seconds(),
            Outbox(),
        )
        self._on_stop = options.get("on_stop")
        self._drain = options.get("drain", DRAIN).total_seconds()
        self._forced = False
        shown = f"[{host}]" if ":" in host else host
        self.url = f"{'https' if self._tls else 'http'}://{shown}:{self._sockets[0].getsockname()[1]}"

    async def start(self) -> str:
        """Start the app, accept connections, and return the URL."""
        try:
            await _offered(self._app, "startup")
            loop = asyncio.get_running_loop()
            for sock in self._sockets:
                server = await loop.create_server(self._protocol, sock=sock, ssl=self._tls, backlog=BACKLOG)
                self._servers.append(server)
        except BaseException:
            self._close_sockets()
            raise
        return self.url

    async def stop(self) -> None:
        """Take no more calls, let those in progress end, cut off what has not ended in time, stop the app."""
        if self._on_stop is not None:
            self._on_stop()
        self._close_sockets()
        await self._let_calls_end()
        await self._cut_off()
        if self._servers:
            try:
                async with asyncio.timeout(self._drain):
                    await _offered(self._app, "shutdown")
            except TimeoutError:
                _log.warning("the app did not shut down within %s s", self._drain)

    def force(self) -> None:
        """End a `stop` that is waiting for calls."""
        self._forced = True

    def _close_sockets(self) -> None:
        for server in self._servers:
            server.close()
        for sock in self._sockets:
            sock.close()

    async def _let_calls_end(self) -> None:
        loop = asyncio.get_running_loop()
        deadline = loop.time() + self._drain
        while (self._state.connections or self._state.tasks) and not self._forced and loop.time() < deadline:
            # each time round, because a connection may have been accepted meanwhile
            for connection in list(self._state.connections):
                connection.shutdown()
            await asyncio.sleep(0.01)

    async def _cut_off(self) -> None:
        for connection in list(self._state.connections):
            cast("Protocol", connection).abandon()
        tasks = list(self._state.tasks)
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks, timeout=1)


def _configure(app: App) -> Config:
    config = Config(
        lambda: app,
        factory=True,  # else uvicorn calls the app without arguments, to see whether it is one
        interface="asgi3",
        http=Protocol,
        ws="none",
        lifespan="off",
        log_config=None,
        log_level="warning",  # also spares the work of trace messages, which an unset level lets through
        access_log=False,
        proxy_headers=False,
        server_header=False,
        date_header=False,
        workers=1,
    )
    config.load()
    return config


def loop_factory() -> Callable[[], asyncio.AbstractEventLoop] | None:
    """What makes the loop that servers run on; None for Python's own."""
    try:
        import uvloop  # noqa: PLC0415 (not made for Windows)
    except ImportError:
        return None
    return uvloop.new_event_loop


async def _serve_until_signal(listener: Listener, on_ready: Callable[[str], None]) -> None:
    stopping = asyncio.Event()

    def on_signal() -> None:
        if stopping.is_set():
            listener.force()
            _unwatch_signals()
        stopping.set()

    _watch_signals(on_signal)
    try:
        url = await listener.start()
        try:
            _settle_memory()
            on_ready(url)
            await stopping.wait()
        finally:
            await listener.stop()
    finally:
        _unwatch_signals()


def _settle_memory() -> None:
    """Keep what was made at start out of the garbage collector's sight, and let it look less often.

    Records are unseen by it anyway, and a call leaves no cycle behind; at the default thresholds it looked at each
    seventh call or so.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(10_000, 20, 20)


def _watch_signals(on_signal: Callable[[], None]) -> None:
    loop = asyncio.get_running_loop()
    for number in STOP_SIGNALS:
        try:
            loop.add_signal_handler(number, on_signal)
        except NotImplementedError:  # Windows
            signal.signal(number, lambda _number, _frame: loop.call_soon_threadsafe(on_signal) and None)


def _unwatch_signals() -> None:
    loop = asyncio.get_running_loop()
    for number in STOP_SIGNALS:
        try:
            loop.remove_signal_handler(number)
        except NotImplementedError:  # Windows
            signal.signal(number, signal.SIG_DFL)


async def _offered(app: App, name: str) -> None:
    """Await a method of the app, if it has it."""
    method: Callable[[], Awaitable[None]] | None = getattr(app, name, None)
    if method is not None:
        await method()


def _tls_context(cert: Path, key: Path | None) -> ssl.SSLContext:
    try:
        return make_context(cert, key)
    except Unusable as error:
        raise BadCertificate(cert, key, str(error)) from None


def _bind(host: str, port: int) -> list[socket.socket]:
    """Listen on every address of a host, on the same port: `localhost` is 127.0.0.1 and ::1."""
    sockets: list[socket.socket] = []
    try:
        for family, address in _addresses(host):
            chosen = sockets[0].getsockname()[1] if sockets else port
            listening = _bind_one(family, (address[0], chosen, *address[2:]), host)
            if listening is not None:
                sockets.append(listening)
    except CannotListen:
        if port == 0 and sockets:  # the system chose the port for the first address only
            return sockets
        for sock in sockets:
            sock.close()
        raise
    if not sockets:
        raise AddressUnknown(host)
    return sockets


def _addresses(host: str) -> list[tuple[socket.AddressFamily, tuple[Any, ...]]]:
    try:
        found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        raise AddressUnknown(host) from None
    return [(family, address) for family, _, _, _, address in found]


def _bind_one(family: socket.AddressFamily, address: tuple[Any, ...], host: str) -> socket.socket | None:
    """Listen on one address; `None` if this machine does not have it."""
    port: int = address[1]
    # With the protocol named, asyncio sends small parts at once; else a second one waits 40 ms for the peer's word.
    sock = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        if os.name == "posix":  # on Windows the option would let two servers share a port
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        sock.bind(address)
        sock.listen(BACKLOG)
    except OSError as error:
        sock.close()
        if error.errno == errno.EADDRINUSE:
            raise PortTaken(host, port) from None
        if error.errno in (errno.EACCES, errno.EPERM):
            raise PortForbidden(host, port) from None
        return None
    return sock
