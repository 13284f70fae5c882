"""The small parts of a connection: where bytes go out, and how heads are written and measured."""

import asyncio
import os
import socket
import struct
from collections.abc import Callable, Mapping
from typing import Any

from emulator.server.asgi import Headers, Receive, Scope, Send

_LINGER_FORMAT = "hh" if os.name == "nt" else "ii"


def transport_of(scope: Mapping[str, Any]) -> asyncio.Transport | None:
    """Return the transport that a request came through; `None` if another server made the scope."""
    return scope.get("state", {}).get("transport")


def reset(transport: asyncio.Transport) -> None:
    """Break a connection off with a TCP reset: the peer reads `ECONNRESET`, and nothing unsent is delivered."""
    sock = transport.get_extra_info("socket")
    if sock is not None:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack(_LINGER_FORMAT, 1, 0))
    transport.abort()


class Outlet:
    """What uvicorn takes for the transport. `write` is the transport's own; `close` is ours, as it may have to wait."""

    __slots__ = ("close", "is_closing", "write")

    def __init__(self, transport: asyncio.Transport, close: Callable[[], None]) -> None:
        self.write: Callable[[bytes], None] = transport.write
        self.is_closing: Callable[[], bool] = transport.is_closing
        self.close: Callable[[], None] = close

    def shut(self) -> None:
        """Take nothing any more, and count as closed."""
        self.write = _ignore
        self.is_closing = lambda: True
        self.close = lambda: None


def _ignore(_data: bytes) -> None:
    pass


class Outbox:
    """Answers that are written together, once everything that had come in was parsed.

    Written one by one between the calls, each would wake its receiver anew: that cost a sixth of a send under load.
    """

    def __init__(self) -> None:
        self._waiting: list[tuple[asyncio.Transport, bytes]] = []

    def add(self, transport: asyncio.Transport, data: bytes) -> None:
        """Write this soon."""
        if not self._waiting:
            asyncio.get_running_loop().call_soon(self.flush)
        self._waiting.append((transport, data))

    def flush(self) -> None:
        """Write everything now."""
        waiting, self._waiting = self._waiting, []
        for transport, data in waiting:
            if not transport.is_closing():
                transport.write(data)


class CannotServe(Exception):
    """Raised inside a parser's callback, and so turned into an error of the parser."""


FAILED = (500, [(b"content-type", b"text/plain; charset=utf-8")], b"Internal Server Error")
"""What is answered when a bug kept the API that was asked from answering."""


def bug_behind(error: Exception) -> BaseException | None:
    """What one of our callbacks raised without meaning to; the parser takes that for an error of the caller's."""
    cause = error.__context__
    return None if isinstance(cause, CannotServe) else cause


class UntilClose(int):
    """The length of a body that ends with its connection: no body is longer, and none is too short."""

    def __lt__(self, other: int) -> bool:
        return False

    def __sub__(self, other: int) -> "UntilClose":
        return self


async def answer_and_close(
    status: int, headers: Headers, body: bytes, _scope: Scope, _receive: Receive, send: Send
) -> None:
    """An ASGI app that says one thing and closes."""
    own = [(name, value) for name, value in headers if name.lower() not in (b"content-length", b"connection")]
    own += [(b"content-length", b"%d" % len(body)), (b"connection", b"close")]
    await send({"type": "http.response.start", "status": status, "headers": own})
    await send({"type": "http.response.body", "body": body})


def head_size(url: bytes, headers: Headers) -> int:
    """How many bytes a head has, at most."""
    return len(b"POST  HTTP/1.1\r\n\r\n") + len(url) + sum(len(name) + len(value) + 4 for name, value in headers)


def head_of(scope: Mapping[str, Any]) -> bytes:
    """The head of a request, written again."""
    query = b"?" + scope["query_string"] if scope["query_string"] else b""
    return written_head(scope["method"].encode(), scope["raw_path"] + query, scope["http_version"], scope["headers"])


def written_head(method: bytes, url: bytes, version: str, headers: Headers) -> bytes:
    """A head of these parts."""
    lines = [b"%s %s HTTP/%s" % (method, url, version.encode()), *(b"%s: %s" % header for header in headers)]
    return b"\r\n".join(lines) + b"\r\n\r\n"
