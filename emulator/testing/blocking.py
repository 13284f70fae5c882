"""The same for tests that are no coroutines: each call of `aio.py`, taken from beginning to end.

Nothing is written twice: with a `Socket` below them, those coroutines never wait for an event loop, so they can be run
without one.
"""

from collections.abc import Callable, Coroutine, Generator
from contextlib import AsyncExitStack, contextmanager
from functools import wraps
from types import TracebackType
from typing import Any, Concatenate, ParamSpec, Self, TypeVar, Unpack

from emulator.testing.aio import AsyncEmulator
from emulator.testing.clock import AsyncClock
from emulator.testing.control import Control
from emulator.testing.errors import Trouble, Unreachable
from emulator.testing.server import Server, ServerOptions, serving_here
from emulator.testing.sink import AsyncSink
from emulator.testing.transports import InProcess, Socket, ThreadedSocket

P = ParamSpec("P")
R = TypeVar("R")


def _run(coroutine: Coroutine[Any, Any, R]) -> R:
    """Take a coroutine from beginning to end in one go."""
    try:
        coroutine.send(None)
    except StopIteration as ended:
        return ended.value
    coroutine.close()
    raise AssertionError("this coroutine waits for an event loop")


def _blocking(method: Callable[Concatenate[Any, P], Coroutine[Any, Any, R]]) -> Callable[Concatenate[Any, P], R]:
    """The method that does what the partner's coroutine does."""

    @wraps(method)
    def call(self: Any, /, *args: P.args, **kwargs: P.kwargs) -> R:  # noqa: ANN401 - any of the faces below
        return _run(method(self.partner, *args, **kwargs))

    return call


class Clock:
    """A world's time."""

    def __init__(self, partner: AsyncClock) -> None:
        self.partner = partner

    now = _blocking(AsyncClock.now)
    read = _blocking(AsyncClock.read)
    advance = _blocking(AsyncClock.advance)
    set_pace = _blocking(AsyncClock.set_pace)


class Sink:
    """A webhook receiver of the emulator. `url` is what an account is given as its address."""

    def __init__(self, partner: AsyncSink) -> None:
        self.partner = partner
        self.name = partner.name
        self.url = partner.url

    posts = _blocking(AsyncSink.posts)
    wait_for_post = _blocking(AsyncSink.wait_for_post)
    answer = _blocking(AsyncSink.answer)
    forget = _blocking(AsyncSink.forget)


class Emulator:
    """One world of an emulator, started for the block or running elsewhere.

        with Emulator() as emulator:                               # a server of one's own, in a thread, on a free port
        with Emulator("http://127.0.0.1:8026") as emulator:        # one that runs already; `/w/<world>` may follow
        async with Emulator() as emulator:                         # in the running loop; `emulator.app` is the ASGI app

    In a coroutine the value is an `AsyncEmulator`, whose calls are awaited. `aio` gives one in any case. Before it is
    started, there is nothing to be asked.
    """

    def __init__(
        self, url: str | None = None, *, control_token: str | None = None, **options: Unpack[ServerOptions]
    ) -> None:
        """`options` are those of a server of one's own. Raises `TypeError` if there are any beside a URL."""
        if url is not None and options:
            given = ", ".join(options)
            raise TypeError(f"{given}: only for a server that is started here; the one at {url} has its own")
        self._url = url
        self._token = control_token
        self._options = options
        self._partner: AsyncEmulator | None = None
        self._server: Server | None = None
        self._stack = AsyncExitStack()

    # The server

    def start(self) -> Self:
        """Start the server, or see that it is there. Raises `CannotStart`, `Unreachable`, `Refused`."""
        url = self._url
        if url is None:
            server = Server(self._token, **self._options)
            url = server.start()
            self._server = server
        self._partner = _reach(url, self._token, Socket)
        _run(_greet(self._partner))
        return self

    def stop(self) -> None:
        """Stop the server, if it was started here."""
        self._partner = None
        if self._server is not None:
            self._server.stop()
            self._server = None

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

    async def __aenter__(self) -> AsyncEmulator:
        if self._url is not None:
            there = _reach(self._url, self._token, ThreadedSocket)
            await _greet(there)
            return there
        served = await self._stack.enter_async_context(serving_here(self._token, **self._options))
        return AsyncEmulator(Control(InProcess(served.app, served.url), served.url, self._token), app=served.app)

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self._stack.__aexit__(kind, error, traceback)

    @property
    def partner(self) -> AsyncEmulator:
        """What does the work. Raises `Trouble` before the start."""
        if self._partner is None:
            raise Trouble("this emulator is not running; write `with Emulator() as emulator:`, or call start()")
        return self._partner

    @property
    def aio(self) -> AsyncEmulator:
        """The same world for coroutines; the loop goes on while it is asked."""
        control = self.partner.control
        transport = ThreadedSocket(control.origin)
        return AsyncEmulator(Control(transport, control.url, control.token), taken=self.partner.taken)

    # The world

    @property
    def url(self) -> str:
        """What addresses in this world begin with, without a slash at the end."""
        return self.partner.url

    @property
    def world(self) -> str:
        """The world's name."""
        return self.partner.world

    @property
    def clock(self) -> Clock:
        """The world's time."""
        return Clock(self.partner.clock)

    def sink(self, name: str = "sink") -> Sink:
        """A webhook receiver of the emulator; it is there once it is named."""
        return Sink(self.partner.sink(name))

    def create_world(self, name: str, *, seed: int | None = None, pace: str | float | None = "held") -> "Emulator":
        """Make another world on the same server; it stays until `delete_world`. Raises `Refused`."""
        return _over(_run(self.partner.create_world(name, seed=seed, pace=pace)))

    @contextmanager
    def new_world(
        self, name: str, *, seed: int | None = None, pace: str | float | None = "held"
    ) -> "Generator[Emulator]":
        """Another world on the same server while the block runs. Raises `Refused`."""
        world = self.create_world(name, seed=seed, pace=pace)
        try:
            yield world
        finally:
            self.delete_world(name)

    delete_world = _blocking(AsyncEmulator.delete_world)
    worlds = _blocking(AsyncEmulator.worlds)
    reset = _blocking(AsyncEmulator.reset)
    snapshot = _blocking(AsyncEmulator.snapshot)
    restore = _blocking(AsyncEmulator.restore)
    journal = _blocking(AsyncEmulator.journal)
    what_happened = _blocking(AsyncEmulator.what_happened)

    apis = _blocking(AsyncEmulator.apis)
    api = _blocking(AsyncEmulator.api)
    account = _blocking(AsyncEmulator.account)
    account_state = _blocking(AsyncEmulator.account_state)
    update_account = _blocking(AsyncEmulator.update_account)
    create_account = _blocking(AsyncEmulator.create_account)
    sign_in = _blocking(AsyncEmulator.sign_in)
    suppressions = _blocking(AsyncEmulator.suppressions)

    messages = _blocking(AsyncEmulator.messages)
    message = _blocking(AsyncEmulator.message)
    wait_for_message = _blocking(AsyncEmulator.wait_for_message)
    verify = _blocking(AsyncEmulator.verify)
    receipt = _blocking(AsyncEmulator.receipt)
    inbound = _blocking(AsyncEmulator.inbound)
    reply = _blocking(AsyncEmulator.reply)

    script = _blocking(AsyncEmulator.script)
    rules = _blocking(AsyncEmulator.rules)
    fault = _blocking(AsyncEmulator.fault)
    faults = _blocking(AsyncEmulator.faults)
    withdraw = _blocking(AsyncEmulator.withdraw)
    clear = _blocking(AsyncEmulator.clear)
    load = _blocking(AsyncEmulator.load)

    attempts = _blocking(AsyncEmulator.attempts)
    retry = _blocking(AsyncEmulator.retry)


def _over(partner: AsyncEmulator) -> Emulator:
    """The face of a world that is there already."""
    world = Emulator(partner.url, control_token=partner.control.token)
    world._partner = partner  # noqa: SLF001  # pyright: ignore[reportPrivateUsage] - its own module
    return world


def _reach(url: str, token: str | None, transport: type[Socket] | type[ThreadedSocket]) -> AsyncEmulator:
    if not url.startswith(("http://", "https://")):
        raise Unreachable(f"{url!r} is no address; expected something like http://127.0.0.1:8026")
    scheme, _, rest = url.partition("://")
    return AsyncEmulator(Control(transport(f"{scheme}://{rest.partition('/')[0]}"), url, token))


async def _greet(emulator: AsyncEmulator) -> None:
    """See that an emulator is there and lets us in."""
    health = await emulator.control.get("health")
    if not isinstance(health, dict) or "world" not in health:
        raise Unreachable(f"{emulator.url} answers something that is no Parrotfish")
    await emulator.clock.read()
