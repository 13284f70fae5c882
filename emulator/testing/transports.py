"""Ways of asking a control API: over a socket, over a socket from a coroutine, and inside the process.

All have the same `ask`. That of `Socket` never waits for the event loop, so that `run` in `blocking.py` can take it
from beginning to end without one.
"""

import asyncio
from collections.abc import Awaitable, Mapping
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from typing import Any, NamedTuple, Protocol
from urllib.parse import urlsplit

from emulator.server.asgi import App
from emulator.testing.errors import Unreachable


class Answer(NamedTuple):
    """What came back."""

    status: int
    body: bytes


class Transport(Protocol):
    """Sends one request to a path of a server. Raises `Unreachable`."""

    def ask(
        self, method: str, path: str, headers: Mapping[str, str], body: bytes | None, seconds: float
    ) -> Awaitable[Answer]:
        """Ask, and wait for the answer so many seconds at most."""
        ...


class Socket:
    """Over HTTP, a connection for each call; it holds the thread until the answer is there. Safe in any thread."""

    def __init__(self, origin: str) -> None:
        """`origin` is scheme, host and port."""
        self.origin = origin
        parts = urlsplit(origin)
        self._connection = HTTPSConnection if parts.scheme == "https" else HTTPConnection
        self._host = parts.netloc

    async def ask(
        self, method: str, path: str, headers: Mapping[str, str], body: bytes | None, seconds: float
    ) -> Answer:
        """Ask without giving way to other tasks."""
        return self.ask_now(method, path, headers, body, seconds)

    def ask_now(self, method: str, path: str, headers: Mapping[str, str], body: bytes | None, seconds: float) -> Answer:
        """Ask. Raises `Unreachable`."""
        connection = self._connection(self._host, timeout=seconds)
        try:
            connection.request(method, path, body=body, headers={**headers, "Connection": "close"})
            answer = connection.getresponse()
            return Answer(answer.status, answer.read())
        except TimeoutError:
            raise Unreachable(f"{self.origin} did not answer {method} {path} within {seconds:g} s") from None
        except ConnectionRefusedError:
            raise Unreachable(f"nobody listens at {self.origin}; is `parrotfish serve` running there?") from None
        except (OSError, HTTPException) as error:
            why = getattr(error, "strerror", None) or error or type(error).__name__
            raise Unreachable(f"{self.origin} cannot be reached: {why}") from None
        finally:
            connection.close()


class ThreadedSocket:
    """Over HTTP, from a coroutine: the loop goes on meanwhile."""

    def __init__(self, origin: str) -> None:
        self._socket = Socket(origin)

    async def ask(
        self, method: str, path: str, headers: Mapping[str, str], body: bytes | None, seconds: float
    ) -> Answer:
        """Ask in another thread."""
        return await asyncio.to_thread(self._socket.ask_now, method, path, headers, body, seconds)


class InProcess:
    """Straight into an ASGI app in the running loop; no socket is opened."""

    def __init__(self, app: App, origin: str) -> None:
        """`origin` is what the app is to believe it was called by."""
        self._app = app
        self._origin = urlsplit(origin)

    async def ask(
        self, method: str, path: str, headers: Mapping[str, str], body: bytes | None, seconds: float
    ) -> Answer:
        """Ask the app."""
        target = urlsplit(path)
        sent = {"Host": self._origin.netloc, "Content-Length": str(len(body or b"")), **headers}
        scope = {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "method": method,
            "scheme": self._origin.scheme,
            "path": target.path,
            "raw_path": target.path.encode(),
            "query_string": target.query.encode(),
            "root_path": "",
            "headers": [(name.lower().encode(), value.encode("latin-1")) for name, value in sent.items()],
            "client": ("127.0.0.1", 0),
            "server": (self._origin.hostname, self._origin.port),
            "state": {},
        }
        exchange = _Exchange(body or b"")
        try:
            async with asyncio.timeout(seconds):
                await self._app(scope, exchange.receive, exchange.send)
        except TimeoutError:
            raise Unreachable(f"the emulator did not answer {method} {path} within {seconds:g} s") from None
        return Answer(exchange.status, b"".join(exchange.parts))


class _Exchange:
    """The two ends of one ASGI call."""

    def __init__(self, body: bytes) -> None:
        self._body: bytes | None = body
        self.status = 0
        self.parts: list[bytes] = []

    async def receive(self) -> dict[str, Any]:
        """The body, once; afterwards the caller stays and says nothing."""
        if self._body is None:
            await asyncio.Event().wait()
        body, self._body = self._body, None
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(self, message: Mapping[str, Any]) -> None:
        """Take a part of the answer."""
        if message["type"] == "http.response.start":
            self.status = message["status"]
        else:
            self.parts.append(message.get("body", b""))
