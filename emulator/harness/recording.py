"""A recording reverse proxy: each call is passed on to a real provider, and what was said is written without secrets.

Bodies pass as they come, in both directions; what is kept of each is bounded.
"""

import asyncio
import gzip
import ssl
import zlib
from collections.abc import AsyncGenerator, Callable, Iterable
from contextlib import asynccontextmanager
from datetime import datetime
from urllib.parse import urlsplit

import aiohttp
import msgspec
from yarl import URL

from emulator.core.clock import REAL, VirtualClock
from emulator.harness.recording_file import HarWriter, Pairs, Taken
from emulator.server.asgi import Receive, Scope, Send
from emulator.stories.client import Unreachable

KEPT_BYTES = 16 * 1024 * 1024
CONNECT_SECONDS = 10
ANSWER_SECONDS = 120

_HOP_BY_HOP = frozenset(
    [
        "connection",
        "keep-alive",
        "proxy-authenticate",
        "proxy-authorization",
        "proxy-connection",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
        "host",
        "content-length",
    ]
)
_ENCODINGS = "gzip, deflate"


class Recorder:
    """The ASGI app. `told` hears a line about each call. Use `recording` to make one."""

    def __init__(
        self, upstream: str, writer: HarWriter, session: aiohttp.ClientSession, told: Callable[[str], object]
    ) -> None:
        self._upstream = upstream.rstrip("/")
        self._writer = writer
        self._session = session
        self._told = told
        self._clock = VirtualClock(REAL)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on one call, and write it down."""
        clock = asyncio.get_running_loop().time
        started_at, begun = self._clock.target(), clock()

        def write(call: _Passing) -> None:
            self._write(call.taken(started_at, clock() - begun))

        call = _Passing(self._session, self._upstream, scope, receive, send)
        call.on_end = write
        try:
            await call.run()
        finally:
            call.end()

    def _write(self, taken: Taken) -> None:
        path = urlsplit(taken.url).path
        self._told(f"{taken.status or '---'} {taken.method} {path}{f'  {taken.error}' if taken.error else ''}")
        try:
            self._writer.add(taken)
        except OSError as error:
            self._told(f"this call could not be written: {error.strerror or error}")


class _Passing:
    """One call on its way. `on_end` is called before the caller can know that the answer is whole."""

    def __init__(
        self, session: aiohttp.ClientSession, upstream: str, scope: Scope, receive: Receive, send: Send
    ) -> None:
        self._session = session
        self._upstream = upstream
        self._scope = scope
        self._receive = receive
        self._send = send
        self._request = _Kept()
        self._response = _Kept()
        self._status, self._reason = 0, ""
        self._headers: Pairs = ()
        self._error: str | None = None
        self.on_end: Callable[[_Passing], None] | None = None
        query = scope["query_string"].decode("latin-1")
        self.url = f"{upstream}{scope['raw_path'].decode('latin-1')}{f'?{query}' if query else ''}"
        self._sent: Pairs = _request_headers(scope["headers"])

    async def run(self) -> None:
        body = await self._read()
        if body is None:
            self._error = "the caller went away"
            return
        has_started = False
        try:
            async with self._session.request(
                self._scope["method"],
                URL(self.url, encoded=True),
                headers=self._sent,
                data=body or None,
                allow_redirects=False,
            ) as answer:
                self._status, self._reason = answer.status, answer.reason or ""
                self._headers = [(str(name), value) for name, value in answer.headers.items()]
                has_started = True
                length = 0 if self._has_no_body(answer) else answer.content_length
                if length == 0:
                    self.end()
                await self._send(
                    {"type": "http.response.start", "status": answer.status, "headers": self._passed_on(answer)}
                )
                async for part in answer.content.iter_any():
                    self._response.add(part)
                    if self._response.came == length:
                        self.end()
                    await self._send({"type": "http.response.body", "body": part, "more_body": True})
                self.end()
                await self._send({"type": "http.response.body", "body": b""})
        except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as error:
            self._error = reason(error)
            # Half an answer stays half: the server cuts the connection of a call that was not answered to its end.
            self.end()
            if not has_started:
                await self._refuse()

    def end(self) -> None:
        """Tell once that there is no more to come."""
        told, self.on_end = self.on_end, None
        if told is not None:
            told(self)

    def _has_no_body(self, answer: aiohttp.ClientResponse) -> bool:
        return self._scope["method"] == "HEAD" or answer.status in (204, 304)

    async def _read(self) -> bytes | None:
        parts: list[bytes] = []
        while True:
            message = await self._receive()
            if message["type"] == "http.disconnect":
                return None
            parts.append(message.get("body", b""))
            self._request.add(parts[-1])
            if not message.get("more_body", False):
                return b"".join(parts)

    def _passed_on(self, answer: aiohttp.ClientResponse) -> list[tuple[bytes, bytes]]:
        scheme = self._scope.get("scheme", "http")
        host = next((value for name, value in self._scope["headers"] if name == b"host"), b"").decode("latin-1")
        passed: list[tuple[bytes, bytes]] = []
        for name, value in answer.raw_headers:
            lowered = name.lower().decode("latin-1")
            if lowered in _HOP_BY_HOP and lowered != "content-length":
                continue
            text = value.decode("latin-1")
            # A redirect leads back through here.
            if lowered == "location" and text.startswith(self._upstream):
                text = f"{scheme}://{host}{text[len(self._upstream) :]}"
            passed.append((lowered.encode("latin-1"), text.encode("latin-1")))
        return passed

    async def _refuse(self) -> None:
        problem = {"title": "Bad Gateway", "status": 502, "detail": f"{self._upstream}: {self._error}"}
        body = msgspec.json.encode(problem)
        headers = [(b"content-type", b"application/problem+json"), (b"content-length", b"%d" % len(body))]
        await self._send({"type": "http.response.start", "status": 502, "headers": headers})
        await self._send({"type": "http.response.body", "body": body})

    def taken(self, started_at: datetime, seconds: float) -> Taken:
        body, headers = _decoded(self._response.body(), self._headers)
        return Taken(
            started_at=started_at,
            seconds=seconds,
            method=self._scope["method"],
            url=self.url,
            request_headers=self._sent,
            request_body=self._request.body(),
            status=self._status,
            reason=self._reason,
            response_headers=headers,
            response_body=body,
            error=self._error,
            is_cut=self._request.is_cut or self._response.is_cut,
        )


class _Kept:
    """What is kept of a body; `came` counts all its bytes."""

    def __init__(self) -> None:
        self.came = 0
        self._parts: list[bytes] = []
        self._size = 0
        self.is_cut = False

    def add(self, part: bytes) -> None:
        self.came += len(part)
        if self._size + len(part) > KEPT_BYTES:
            self.is_cut = True
            return
        self._parts.append(part)
        self._size += len(part)

    def body(self) -> bytes:
        return b"".join(self._parts)


@asynccontextmanager
async def recorder(
    upstream: str, writer: HarWriter, told: Callable[[str], object] = lambda _: None
) -> AsyncGenerator[Recorder]:
    """A recorder while the block runs."""
    limit = aiohttp.ClientTimeout(total=None, connect=CONNECT_SECONDS, sock_read=ANSWER_SECONDS)
    async with aiohttp.ClientSession(
        auto_decompress=False,
        cookie_jar=aiohttp.DummyCookieJar(),
        timeout=limit,
        trust_env=False,
        skip_auto_headers=("Accept", "Accept-Encoding", "Content-Type", "User-Agent"),
    ) as session:
        yield Recorder(upstream, writer, session, told)


async def probe(upstream: str) -> None:
    """See whether the provider can be reached, and its certificate is trusted. Raises `Unreachable`."""
    parts = urlsplit(upstream)
    context = ssl.create_default_context() if parts.scheme == "https" else None
    port = parts.port or (443 if context else 80)
    try:
        opening = asyncio.open_connection(parts.hostname, port, ssl=context)
        _, writer = await asyncio.wait_for(opening, CONNECT_SECONDS)
        writer.close()
    except (OSError, TimeoutError) as error:
        raise Unreachable(f"{upstream} cannot be reached: {reason(error)}") from None


def reason(error: BaseException) -> str:
    """Why a connection failed, in words for people."""
    cause = getattr(error, "certificate_error", None) or error
    if isinstance(cause, ssl.SSLCertVerificationError):
        why = cause.verify_message or str(cause)
        return f"its certificate is not trusted ({why}); SSL_CERT_FILE names certificates to trust"
    if isinstance(error, TimeoutError):
        return "it gives no answer in time"
    inner = getattr(error, "os_error", None) or error
    return str(getattr(inner, "strerror", None) or inner or type(error).__name__)


def _request_headers(raw: Iterable[tuple[bytes, bytes]]) -> Pairs:
    pairs = [(name.decode("latin-1"), value.decode("latin-1")) for name, value in raw]
    kept = [(name, value) for name, value in pairs if name.lower() not in _HOP_BY_HOP and name != "accept-encoding"]
    # Only what can be read again here; an answer without compression is always allowed.
    return [*kept, ("accept-encoding", _ENCODINGS)] if any(n == "accept-encoding" for n, _ in pairs) else kept


def _decoded(body: bytes, headers: Pairs) -> tuple[bytes, Pairs]:
    """A body as it was before it was compressed; HAR has it so."""
    encoding = next((value.strip().lower() for name, value in headers if name.lower() == "content-encoding"), "")
    try:
        if encoding in ("gzip", "x-gzip"):
            body = gzip.decompress(body)
        elif encoding == "deflate":
            body = _inflated(body)
    except (OSError, EOFError, zlib.error):
        pass
    return body, headers


def _inflated(body: bytes) -> bytes:
    try:
        return zlib.decompress(body)
    except zlib.error:
        return zlib.decompress(body, -zlib.MAX_WBITS)
