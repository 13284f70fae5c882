"""A load generator: so many keep-alive connections, each with one request on its way.

It counts whole answers and checks their status; nothing else is done with them, so that it stays faster than what it
measures.
"""

import asyncio
import time
from collections.abc import Callable
from typing import NamedTuple, cast

Render = Callable[[int], bytes]


class Load(NamedTuple):
    """What a run of load measured."""

    requests: int
    seconds: float
    server_seconds: float = 0.0  # processor time of the server meanwhile, where that was asked for

    @property
    def microseconds(self) -> float:
        """Processor time of the server for one request."""
        return self.server_seconds / self.requests * 1e6

    @property
    def per_second(self) -> float:
        return self.requests / self.seconds


def request(path: str, body: bytes, headers: dict[str, str] | None = None, *, host: str = "127.0.0.1") -> bytes:
    """The bytes of one POST with a JSON body."""
    lines = {"Host": host, "Content-Type": "application/json", "Content-Length": str(len(body)), **(headers or {})}
    head = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
    return f"POST {path} HTTP/1.1\r\n{head}\r\n".encode() + body


class _Connection(asyncio.Protocol):
    def __init__(self, run: "_Run") -> None:
        self._run = run
        self._buffer = b""
        self._transport: asyncio.Transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)  # uvloop's is no subclass of it
        self._next()

    def data_received(self, data: bytes) -> None:
        self._buffer = self._buffer + data if self._buffer else data
        end = self._buffer.find(b"\r\n\r\n")
        if end < 0:
            return
        head = self._buffer[:end].lower()
        place = head.find(b"content-length:")
        length = int(head[place + 15 :].split(b"\r\n", 1)[0]) if place >= 0 else 0
        if len(self._buffer) < end + 4 + length:
            return
        self._run.count(int(self._buffer[9:12]), self._buffer)
        self._buffer = b""
        self._next()

    def _next(self) -> None:
        wanted = self._run.take()
        if wanted is None:
            self._transport.close()
            self._run.leave()
        else:
            self._transport.write(wanted)

    def connection_lost(self, exc: Exception | None) -> None:
        if exc is not None:
            self._run.fail(exc)


class _Run:
    def __init__(self, render: Render, *, first: int, requests: int, connections: int, status: int) -> None:
        self._render = render
        self._number = first
        self._last = first + requests
        self._left = connections
        self._status = status
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def take(self) -> bytes | None:
        if self._number >= self._last:
            return None
        self._number += 1
        return self._render(self._number)

    def count(self, status: int, answer: bytes) -> None:
        if status != self._status:
            self.fail(AssertionError(f"{status} instead of {self._status}: {answer[:600]!r}"))

    def leave(self) -> None:
        self._left -= 1
        if self._left == 0 and not self.done.done():
            self.done.set_result(None)

    def fail(self, error: BaseException) -> None:
        if not self.done.done():
            self.done.set_exception(error)


async def run_load(
    port: int, render: Render, *, first: int, requests: int, connections: int = 16, status: int = 200
) -> Load:
    """Send a number of requests as fast as they are answered. Raises `AssertionError` for another status."""
    run = _Run(render, first=first, requests=requests, connections=connections, status=status)
    loop = asyncio.get_running_loop()
    started = time.perf_counter()
    for _ in range(connections):
        await loop.create_connection(lambda: _Connection(run), "127.0.0.1", port)
    await asyncio.wait_for(run.done, 300)
    return Load(requests, time.perf_counter() - started)
