"""One signed POST: the way webhooks leave, and what became of them.

What to send, when, and what counts as success is decided elsewhere. The library behind it is aiohttp, imported at the
first post because that takes 0.2 s; nothing of it is seen outside. (pyreqwest is twice as fast, but writes header names
in a case of its own, and a cancelled request goes on until its time-out.)
"""

import asyncio
import errno
import ipaddress
import re
import socket
from collections.abc import Sequence
from datetime import timedelta
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from aiohttp import ClientResponse, ClientSession
    from yarl import URL

BODY_LIMIT = 4096  # bytes of an answer that are kept

_LOOPBACK_V4 = ipaddress.ip_network("127.0.0.0/8")
_LOOPBACK_V6 = ipaddress.ip_address("::1")
_PRINTABLE = re.compile(r"[!-~]+")
_UNREACHABLE = {errno.EHOSTUNREACH, errno.ENETUNREACH, errno.EHOSTDOWN, errno.ENETDOWN}


class Outcome(msgspec.Struct, frozen=True, gc=False):
    """What became of one post.

    `status` is set once the head of an answer came, whatever happened to its body; `body` is the first 4 KiB. `error`
    is `None` if the whole answer, or 4 KiB of it, came. Else it is one of

        not loopback    refused here: the host is neither loopback nor allowed; the option that allows it follows
        bad url         refused here: not an http or https URL with a host
        bad header      refused here: a name or value that cannot be sent
        unknown host    the name does not resolve
        refused         nobody listens there
        unreachable     no way to that host
        tls             no connection of trust
        reset           the receiver broke the connection off
        closed          the receiver, or `WebhookClient.close`, ended it before the end of the answer
        invalid answer  not HTTP/1, or a head that is too large
        timed out       connecting and the whole answer took too long
    """

    status: int | None
    body: bytes = b""
    error: str | None = None


class WebhookClient:
    """Posts to loopback, and to the hosts it is allowed.

    `allowed_hosts` are names or addresses, compared as text and never resolved. `verify_tls=False` takes any
    certificate, as of a receiver that signed its own. `reuse_connections=True` halves the time of a post, but a
    receiver that closes without saying so can then spoil the post that follows: not for a world that must give the
    same journal twice. The client belongs to the loop of its first post.
    """

    def __init__(
        self, *, allowed_hosts: Sequence[str] = (), verify_tls: bool = True, reuse_connections: bool = False
    ) -> None:
        self._allowed = frozenset(_plain_host(host.strip("[]")) for host in allowed_hosts)
        self._verify_tls = verify_tls
        self._reuse = reuse_connections
        self._session: ClientSession | None = None
        self._closed = False

    async def post(
        self,
        url: str,
        headers: Sequence[tuple[str, str]],
        body: bytes,
        *,
        timeout: timedelta,  # noqa: ASYNC109 (the receiver's failure to answer is an outcome, not an exception)
    ) -> Outcome:
        """Post once, without following redirects, and never raise for what the URL or the receiver is like.

        `headers` go out as they are, with `Host` and `Content-Length` added, and `Connection: close` without reuse.
        `timeout` is for everything. If the task is cancelled, the connection is closed at once.
        """
        if self._closed:
            return Outcome(None, error="closed")
        target = _parse(url)
        if target is None:
            return Outcome(None, error="bad url")
        host = _plain_host(target.raw_host or "")
        if not (_is_loopback(host) or host in self._allowed):
            return Outcome(None, error=f"not loopback; serve --webhook-host {host} allows it")
        answer = _Answer()
        try:
            async with asyncio.timeout(timeout.total_seconds()):
                async with self._open().post(target, headers=headers, data=body, allow_redirects=False) as response:
                    await answer.read(response)
        except Exception as error:
            word = _word_for(error)
            if word is None:
                raise
            return Outcome(answer.status, bytes(answer.body), word)
        return Outcome(answer.status, bytes(answer.body))

    async def close(self) -> None:
        """End the posts that are under way, each with an `Outcome`, and take no more."""
        self._closed = True
        if self._session is not None:
            await self._session.close()

    def _open(self) -> "ClientSession":
        if self._session is None:
            self._session = _new_session(verify_tls=self._verify_tls, reuse=self._reuse)
        return self._session


class _Answer:
    """What came so far, so that it is kept when the rest does not come."""

    def __init__(self) -> None:
        self.status: int | None = None
        self.body = bytearray()

    async def read(self, response: "ClientResponse") -> None:
        self.status = response.status
        while missing := BODY_LIMIT - len(self.body):
            piece = await response.content.read(missing)
            if not piece:
                return
            self.body += piece
        response.close()  # without reading the rest


def _new_session(*, verify_tls: bool, reuse: bool) -> "ClientSession":
    import aiohttp  # noqa: PLC0415 (late, see above)
    from aiohttp.abc import AbstractResolver, ResolveResult  # noqa: PLC0415 (late, see above)

    class Resolver(AbstractResolver):
        """Knows `localhost` and the names below it without asking anybody (RFC 6761, 6.3)."""

        def __init__(self) -> None:
            self._system = aiohttp.ThreadedResolver()

        async def resolve(
            self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
        ) -> list[ResolveResult]:
            if not _is_loopback(_plain_host(host)):
                return await self._system.resolve(host, port, family)
            return [
                ResolveResult(hostname=host, host=address, port=port, family=kind, proto=0, flags=0)
                for address, kind in (("127.0.0.1", socket.AF_INET), ("::1", socket.AF_INET6))
            ]

        async def close(self) -> None:
            await self._system.close()

    connector = aiohttp.TCPConnector(ssl=verify_tls, limit=0, force_close=not reuse, resolver=Resolver())
    return aiohttp.ClientSession(
        connector=connector,
        cookie_jar=aiohttp.DummyCookieJar(),
        auto_decompress=False,
        trust_env=False,  # no proxy
        skip_auto_headers=("Accept", "Accept-Encoding", "Content-Type", "User-Agent"),
        timeout=aiohttp.ClientTimeout(total=None),  # `post` has its own
    )


def _parse(url: str) -> "URL | None":
    """Read a URL with the library's own parser, so that the host that is judged is the host that is connected to."""
    from yarl import URL  # noqa: PLC0415 (late, see above)

    try:
        # what is plain text stays as it is; the rest is escaped
        parsed = URL(url, encoded=_PRINTABLE.fullmatch(url) is not None)
        usable = parsed.scheme in ("http", "https") and parsed.raw_host and parsed.port is not None
    except ValueError:
        return None
    return parsed if usable else None


def _plain_host(host: str) -> str:
    return host.lower().removesuffix(".")


def _is_loopback(plain_host: str) -> bool:
    if plain_host == "localhost" or plain_host.endswith(".localhost"):
        return True
    try:
        address = ipaddress.ip_address(plain_host)
    except ValueError:
        return False
    # not `is_loopback`, which may take IPv4 addresses in IPv6 clothes as well
    return address in _LOOPBACK_V4 or address == _LOOPBACK_V6


def _word_for(error: Exception) -> str | None:
    """Say in the words of `Outcome` what went wrong; `None` for what is a fault of ours."""
    import aiohttp  # noqa: PLC0415 (late, see above)

    system_error: OSError | None = getattr(error, "os_error", None)
    if system_error is not None and system_error.errno in _UNREACHABLE:
        return "unreachable"
    if isinstance(error, aiohttp.ClientPayloadError):
        return "reset" if "ConnectionResetError" in str(error) else "closed"  # its cause is in the text only
    words: tuple[tuple[type[Exception], str], ...] = (  # a subclass before its class
        (TimeoutError, "timed out"),
        (aiohttp.ClientConnectorDNSError, "unknown host"),
        (aiohttp.ClientSSLError, "tls"),
        (aiohttp.ClientConnectorError, "refused"),
        (aiohttp.ClientOSError, "reset"),
        (aiohttp.ClientConnectionError, "closed"),
        (aiohttp.InvalidURL, "bad url"),
        (aiohttp.ClientError, "invalid answer"),
        (ValueError, "bad header"),
    )
    return next((word for kind, word in words if isinstance(error, kind)), None)
