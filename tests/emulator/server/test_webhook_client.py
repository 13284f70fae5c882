"""Real receivers on loopback that do everything a receiver can do wrong."""

import asyncio
import socket
import ssl
import struct
import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from emulator.server.webhook_client import BODY_LIMIT, Outcome, WebhookClient

try:
    import uvloop
except ImportError:
    uvloop = None

Run = Callable[[Coroutine[Any, Any, None]], None]
Handler = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]

LIMIT = 10.0  # seconds until a hanging test fails
LONG = timedelta(seconds=5)
SHORT = timedelta(milliseconds=150)


@pytest.fixture(params=["asyncio", pytest.param("uvloop", marks=pytest.mark.skipif(not uvloop, reason="no uvloop"))])
def on_loop(request: pytest.FixtureRequest) -> Run:
    def run_on_loop(main: Coroutine[Any, Any, None]) -> None:
        async def in_time() -> None:
            async with asyncio.timeout(LIMIT):
                await main

        factory = uvloop.new_event_loop if request.param == "uvloop" and uvloop else None
        with asyncio.Runner(loop_factory=factory) as runner:
            runner.run(in_time())

    return run_on_loop


@asynccontextmanager
async def a_client(
    *, allowed_hosts: tuple[str, ...] = (), verify_tls: bool = True, reuse: bool = False
) -> AsyncIterator[WebhookClient]:
    client = WebhookClient(allowed_hosts=allowed_hosts, verify_tls=verify_tls, reuse_connections=reuse)
    try:
        yield client
    finally:
        await client.close()


@asynccontextmanager
async def receiving(handler: Handler, *, tls: ssl.SSLContext | None = None) -> AsyncIterator[str]:
    """Run a receiver; its value is the URL."""

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await handler(reader, writer)
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(handle, "127.0.0.1", 0, ssl=tls)
    port = server.sockets[0].getsockname()[1]
    try:
        yield f"{'https' if tls else 'http'}://127.0.0.1:{port}/hook"
    finally:
        server.close()


class Receiver:
    """Keeps each request and gives the same bytes as answer."""

    def __init__(self, answer: bytes = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok") -> None:
        self.answer = answer
        self.requests: list[bytes] = []
        self.connections = 0

    async def __call__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        while True:
            head = await reader.readuntil(b"\r\n\r\n")
            length = next(
                int(line.split(b":")[1]) for line in head.split(b"\r\n") if line.startswith(b"Content-Length")
            )
            self.requests.append(head + await reader.readexactly(length))
            writer.write(self.answer)
            await writer.drain()
            if b"Content-Length" not in self.answer:
                return


def breaking_off(answer: bytes) -> Handler:
    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(answer)
        await writer.drain()
        writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        writer.transport.abort()

    return handle


async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Reads until the client has gone."""
    await reader.read()


def free_port() -> int:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return sock.getsockname()[1]


def test_request_goes_out_as_given(on_loop: Run) -> None:
    async def main() -> None:
        receiver = Receiver()
        headers = [
            ("User-Agent", "Vendor-Hooks/1.0"),
            ("Content-Type", "application/json"),
            ("X-TripDesk-Signature", "t=1,v1=ab"),
            ("webhook-id", "msg_1"),
            ("X-Tag", "a"),
            ("X-Tag", "b"),
        ]
        async with receiving(receiver) as url, a_client() as client:
            outcome = await client.post(url + "/%7e?a=%41&b=1#part", headers, b'{"a":1}', timeout=LONG)

            host = url.split("/")[2]
            assert outcome == Outcome(200, b"ok")
            assert receiver.requests == [
                b"POST /hook/%7e?a=%41&b=1 HTTP/1.1\r\n"
                b"Host: " + host.encode() + b"\r\n"
                b"User-Agent: Vendor-Hooks/1.0\r\n"
                b"Content-Type: application/json\r\n"
                b"X-TripDesk-Signature: t=1,v1=ab\r\n"
                b"webhook-id: msg_1\r\n"
                b"X-Tag: a\r\n"
                b"X-Tag: b\r\n"
                b"Content-Length: 7\r\n"
                b"Connection: close\r\n"
                b"\r\n"
                b'{"a":1}'
            ]

    on_loop(main())


def test_each_post_has_its_own_connection(on_loop: Run) -> None:
    async def main() -> None:
        receiver = Receiver()
        async with receiving(receiver) as url, a_client() as client:
            for _ in range(3):
                assert (await client.post(url, [], b"{}", timeout=LONG)).status == 200

        assert receiver.connections == 3

    on_loop(main())


def test_connection_is_reused_if_asked(on_loop: Run) -> None:
    async def main() -> None:
        receiver = Receiver()
        async with receiving(receiver) as url, a_client(reuse=True) as client:
            for _ in range(3):
                assert (await client.post(url, [], b"{}", timeout=LONG)).status == 200

        assert (receiver.connections, len(receiver.requests)) == (1, 3)
        assert b"Connection" not in receiver.requests[0]

    on_loop(main())


def test_proxy_of_the_environment_is_not_used(on_loop: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:9")

    async def main() -> None:
        async with receiving(Receiver()) as url, a_client() as client:
            assert (await client.post(url, [], b"{}", timeout=LONG)).status == 200

    on_loop(main())


ANSWERS = {
    "no body": (b"HTTP/1.1 204 No Content\r\n\r\n", Outcome(204)),
    "redirect": (b"HTTP/1.1 307 X\r\nLocation: /other\r\nContent-Length: 0\r\n\r\n", Outcome(307)),
    "unreadable redirect": (b"HTTP/1.1 301 X\r\nLocation: http://[::\r\nContent-Length: 0\r\n\r\n", Outcome(301)),
    "error": (b"HTTP/1.1 503 X\r\nContent-Length: 4\r\n\r\nbusy", Outcome(503, b"busy")),
    "odd status": (b"HTTP/1.1 999 X\r\nContent-Length: 0\r\n\r\n", Outcome(999)),
    "no reason": (b"HTTP/1.1 200\r\nContent-Length: 0\r\n\r\n", Outcome(200)),
    "until close": (b"HTTP/1.1 200 OK\r\n\r\nabc", Outcome(200, b"abc")),
    "HTTP/1.0": (b"HTTP/1.0 200 OK\r\n\r\nabc", Outcome(200, b"abc")),
    "chunks": (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n0\r\n\r\n", Outcome(200, b"ab")),
    "hints first": (b"HTTP/1.1 103 X\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\na", Outcome(200, b"a")),
    "not decoded": (b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 3\r\n\r\nabc", Outcome(200, b"abc")),
    "nothing": (b"", Outcome(None, error="closed")),
    "half a head": (b"HTTP/1.1 200 OK\r\nX-A", Outcome(None, error="closed")),
    "half a body": (b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nab", Outcome(200, b"ab", "closed")),
    "half a chunk": (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab", Outcome(200, b"ab", "closed")),
    "words": (b"hello\r\n\r\n", Outcome(None, error="invalid answer")),
    "HTTP/2": (b"HTTP/2 200 OK\r\n\r\n", Outcome(None, error="invalid answer")),
    "bad header": (b"HTTP/1.1 200 OK\r\nno colon\r\n\r\n", Outcome(None, error="invalid answer")),
    "long header": (b"HTTP/1.1 200 OK\r\nX: " + b"a" * 100_000 + b"\r\n\r\n", Outcome(None, error="invalid answer")),
}


@pytest.mark.parametrize("name", ANSWERS)
def test_answer_becomes_an_outcome(on_loop: Run, name: str) -> None:
    answer, expected = ANSWERS[name]

    async def main() -> None:
        receiver = Receiver(answer)
        async with receiving(receiver) as url, a_client() as client:
            assert await client.post(url, [], b"{}", timeout=LONG) == expected

        assert len(receiver.requests) == 1

    on_loop(main())


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (b"", Outcome(None, error="reset")),
        (b"HTTP/1.1 200 OK\r\nX-A", Outcome(None, error="reset")),
    ],
)
def test_reset_is_told_from_an_orderly_end(on_loop: Run, answer: bytes, expected: Outcome) -> None:
    async def main() -> None:
        async with receiving(breaking_off(answer)) as url, a_client() as client:
            assert await client.post(url, [], b"{}", timeout=LONG) == expected

    on_loop(main())


def test_status_is_kept_when_the_body_is_broken_off(on_loop: Run) -> None:
    async def main() -> None:
        answer = b"HTTP/1.1 202 OK\r\nContent-Length: 9\r\n\r\nab"
        async with receiving(breaking_off(answer)) as url, a_client() as client:
            outcome = await client.post(url, [], b"{}", timeout=LONG)

        assert outcome.error == "reset"
        assert outcome.status in (None, 202)  # whether what came before a reset is read is up to the system

    on_loop(main())


@pytest.mark.parametrize("size", [BODY_LIMIT - 1, BODY_LIMIT, BODY_LIMIT + 1, 10_000_000])
def test_first_4_kib_of_the_answer_are_kept(on_loop: Run, size: int) -> None:
    async def main() -> None:
        receiver = Receiver(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % size + b"x" * size)
        async with receiving(receiver) as url, a_client() as client:
            assert await client.post(url, [], b"{}", timeout=LONG) == Outcome(200, b"x" * min(size, BODY_LIMIT))

    on_loop(main())


def test_answer_without_end_is_left_at_the_limit(on_loop: Run) -> None:
    async def main() -> None:
        left = asyncio.Event()

        async def endless(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
            try:
                while True:
                    writer.write(b"x" * 65536)
                    await writer.drain()
            finally:
                left.set()

        async with receiving(endless) as url, a_client() as client:
            assert await client.post(url, [], b"{}", timeout=LONG) == Outcome(200, b"x" * BODY_LIMIT)
            await left.wait()

    on_loop(main())


@pytest.mark.parametrize(
    ("start", "status"), [(b"", None), (b"HTTP/1.1 200 OK\r\nX: ", None), (b"HTTP/1.1 200 OK\r\n\r\n", 200)]
)
def test_answer_that_comes_too_slowly_times_out(on_loop: Run, start: bytes, status: int | None) -> None:
    async def main() -> None:
        left = asyncio.Event()

        async def drip(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            writer.write(start)
            end = asyncio.ensure_future(reader.read())
            while not end.done():
                if start:
                    writer.write(b"x")
                await asyncio.wait([end], timeout=0.01)
            left.set()

        async with receiving(drip) as url, a_client() as client:
            outcome = await client.post(url, [], b"{}", timeout=SHORT)

            assert (outcome.status, outcome.error) == (status, "timed out")
            await left.wait()

    on_loop(main())


def test_connecting_counts_for_the_time_out(on_loop: Run) -> None:
    async def main() -> None:
        with socket.socket() as full:
            full.bind(("127.0.0.1", 0))
            full.listen(0)
            port = full.getsockname()[1]
            fillers = [socket.socket() for _ in range(4)]
            for filler in fillers:
                filler.setblocking(False)
                filler.connect_ex(("127.0.0.1", port))
            async with a_client() as client:
                outcome = await client.post(f"http://127.0.0.1:{port}/", [], b"{}", timeout=SHORT)
            for filler in fillers:
                filler.close()

        assert outcome == Outcome(None, error="timed out")

    on_loop(main())


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "hooks.localhost"])
def test_nobody_listening_is_refused(on_loop: Run, host: str) -> None:
    async def main() -> None:
        async with a_client() as client:
            outcome = await client.post(f"http://{host}:{free_port()}/", [], b"{}", timeout=LONG)

        assert outcome == Outcome(None, error="refused")

    on_loop(main())


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST", "localhost.", "hooks.localhost", "a.b.localhost"])
def test_names_of_loopback_are_reached_without_a_resolver(
    on_loop: Run, host: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def main() -> None:
        receiver = Receiver()
        async with receiving(receiver) as url, a_client() as client:
            monkeypatch.setattr("aiohttp.ThreadedResolver.resolve", None)
            outcome = await client.post(url.replace("127.0.0.1", host), [], b"{}", timeout=LONG)

        assert outcome.status == 200

    on_loop(main())


ELSEWHERE = [
    "http://example.com/",
    "https://example.com/",
    "http://127.0.0.1@example.com/",
    "http://127.0.0.1:80@example.com/",
    "http://localhost.example.com/",
    "http://notlocalhost/",
    "http://10.0.0.1/",
    "http://0.0.0.0/",
    "http://[::]/",
    "http://[::2]/",
    "http://[::ffff:127.0.0.1]/",
    "http://[::1%25lo]/",
    "http://2130706433/",
    "http://0x7f000001/",
    "http://0x7f.0.0.1/",
    "http://0177.0.0.1/",
    "http://127.1/",
    "http://127.0.0.1.example.com/",
    "http://128.0.0.1/",
    "http://%31%32%37.0.0.1/",
]


@pytest.mark.parametrize("url", ELSEWHERE)
def test_hosts_that_are_not_loopback_are_refused(url: str) -> None:
    async def main() -> None:
        async with a_client(allowed_hosts=("hooks.example.com",)) as client:
            outcome = await client.post(url, [], b"{}", timeout=LONG)

        assert outcome.status is None
        assert str(outcome.error).startswith("not loopback; ")

    asyncio.run(main())


@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("http://Hooks.Example.com:8080/hook", "hooks.example.com"),
        ("https://192.0.2.7/", "192.0.2.7"),
        ("http://[2001:db8::1]/", "2001:db8::1"),
    ],
)
def test_a_refusal_names_the_option_that_allows_the_host(url: str, host: str) -> None:
    async def main() -> None:
        async with a_client() as client:
            refused = await client.post(url, [], b"{}", timeout=LONG)
        async with a_client(allowed_hosts=(host,)) as client:
            let_through = await client.post(url, [], b"{}", timeout=timedelta(milliseconds=1))

        assert refused == Outcome(None, error=f"not loopback; serve --webhook-host {host} allows it")
        assert not str(let_through.error).startswith("not loopback")

    asyncio.run(main())


NOT_A_URL = [
    "",
    "hook",
    "/hook",
    "//127.0.0.1/",
    "127.0.0.1:8080/hook",
    "ftp://127.0.0.1/",
    "file:///etc/hosts",
    "http://",
    "http:///hook",
    "http://127.0.0.1:x/",
    "http://127.0.0.1:99999/",
    "http://[::1/",
    "http://[127.0.0.1]/",
    "http://127.0.0.1\\@example.com/",
    "http://127.0.0.1\r\nX: y/",
]


@pytest.mark.parametrize("url", NOT_A_URL)
def test_what_is_no_url_is_refused(url: str) -> None:
    async def main() -> None:
        async with a_client() as client:
            assert await client.post(url, [], b"{}", timeout=LONG) == Outcome(None, error="bad url")

    asyncio.run(main())


@pytest.mark.parametrize("listed", ["2130706433", "Hooks.Example.COM", "192.0.2.7", "[2001:db8::1]"])
def test_allowed_host_is_compared_by_name(listed: str, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    async def main() -> None:
        async with a_client(allowed_hosts=(listed,)) as client:
            monkeypatch.setattr(client, "_open", lambda: asked.append(listed) or pytest.fail("went on to connect"))
            with pytest.raises(pytest.fail.Exception):
                await client.post(f"http://{listed.lower()}:1/", [], b"{}", timeout=LONG)

    asyncio.run(main())
    assert asked == [listed]


def test_allowed_name_that_does_not_resolve_is_unknown(on_loop: Run) -> None:
    async def main() -> None:
        async with a_client(allowed_hosts=("no-such-host.invalid",)) as client:
            outcome = await client.post("http://no-such-host.invalid/", [], b"{}", timeout=LONG)

        assert outcome == Outcome(None, error="unknown host")

    on_loop(main())


def test_header_that_would_break_the_request_is_refused(on_loop: Run) -> None:
    async def main() -> None:
        async with receiving(silent) as url, a_client() as client:
            outcome = await client.post(url, [("X-A", "b\r\nX-C: d")], b"{}", timeout=LONG)

            assert outcome == Outcome(None, error="bad header")

    on_loop(main())


def test_self_signed_receiver_is_refused_unless_told_otherwise(on_loop: Run, tmp_path: Path) -> None:
    cert, key = tmp_path / "cert.pem", tmp_path / "key.pem"
    cert.write_text(CERT)
    key.write_text(KEY)
    tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    tls.load_cert_chain(cert, key)

    async def main() -> None:
        asyncio.get_running_loop().set_exception_handler(lambda loop, context: None)  # the refused handshake
        async with receiving(Receiver(), tls=tls) as url:
            async with a_client() as strict:
                assert await strict.post(url, [], b"{}", timeout=LONG) == Outcome(None, error="tls")
            async with a_client(verify_tls=False) as lenient:
                assert await lenient.post(url, [], b"{}", timeout=LONG) == Outcome(200, b"ok")

    on_loop(main())


def test_https_to_a_plain_receiver_is_a_matter_of_tls(on_loop: Run) -> None:
    async def plain(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1)
        writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        await writer.drain()
        await reader.read()

    async def main() -> None:
        async with receiving(plain) as url, a_client() as client:
            outcome = await client.post(url.replace("http:", "https:"), [], b"{}", timeout=LONG)

            assert outcome == Outcome(None, error="tls")

    on_loop(main())


def test_cancelled_post_leaves_nothing_behind(on_loop: Run) -> None:
    async def main() -> None:
        reached, left = asyncio.Event(), asyncio.Event()

        async def waiting(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await reader.readuntil(b"\r\n\r\n")
            reached.set()
            await silent(reader, writer)
            left.set()

        async with receiving(waiting) as url, a_client() as client:
            before = asyncio.all_tasks()
            post = asyncio.create_task(client.post(url, [], b"{}", timeout=timedelta(hours=1)))
            await reached.wait()
            post.cancel()

            with pytest.raises(asyncio.CancelledError):
                await post
            await left.wait()
            assert asyncio.all_tasks() <= before

    on_loop(main())


def test_close_ends_the_posts_under_way(on_loop: Run) -> None:
    async def main() -> None:
        reached = asyncio.Event()

        async def waiting(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await reader.readuntil(b"\r\n\r\n")
            reached.set()
            await silent(reader, writer)

        async with receiving(waiting) as url:
            client = WebhookClient()
            post = asyncio.create_task(client.post(url, [], b"{}", timeout=timedelta(hours=1)))
            await reached.wait()
            await client.close()

            assert await post == Outcome(None, error="closed")
            assert await client.post(url, [], b"{}", timeout=LONG) == Outcome(None, error="closed")

    on_loop(main())


def test_many_posts_at_once_are_kept_apart(on_loop: Run) -> None:
    async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        body = await reader.readexactly(3)
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n" + body)
        await writer.drain()

    async def main() -> None:
        bodies = [b"%03d" % number for number in range(50)]
        async with receiving(echo) as url, a_client() as client:
            outcomes = await asyncio.gather(*(client.post(url, [], body, timeout=LONG) for body in bodies))

        assert [outcome.body for outcome in outcomes] == bodies

    on_loop(main())


def test_library_is_imported_at_the_first_post() -> None:
    program = (
        "import sys; from emulator.server.webhook_client import WebhookClient; WebhookClient(); print(*sys.modules)"
    )

    done = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        check=True,
        env={"PYTHONPATH": ":".join(sys.path)},
    )

    assert not {"aiohttp", "yarl"} & set(done.stdout.split())


# Made for these tests: self-signed, for `localhost` and 127.0.0.1, valid until 2126.
CERT = """\
-----BEGIN CERTIFICATE-----
MIIBmzCCAUGgAwIBAgIUDWsxRdzAuM8S5RGTqm/YdAw6p3QwCgYIKoZIzj0EAwIw
FDESMBAGA1UEAwwJbG9jYWxob3N0MCAXDTI2MTEyMTExNTQ1M1oYDzIxMjYxMDI4
MTE1NDUzWjAUMRIwEAYDVQQDDAlsb2NhbGhvc3QwWTATBgcqhkjOPQIBBggqhkjO
PQMBBwNCAAQth2fywaCys60PVksNJYjOwKGpHvYnh4EsIyEi4l1NR0JnN2982khH
6oMtZpABm0dXIHOy9+9YQdCrkoz22qFgo28wbTAdBgNVHQ4EFgQUKEW2FI1bfxZJ
Qyeff+mqToPUC6gwHwYDVR0jBBgwFoAUKEW2FI1bfxZJQyeff+mqToPUC6gwDwYD
VR0TAQH/BAUwAwEB/zAaBgNVHREEEzARgglsb2NhbGhvc3SHBH8AAAEwCgYIKoZI
zj0EAwIDSAAwRQIgPH+jJZkqwcQMqAaswIt3FcA0mYvBIh3izH6/crxkRLICIQDw
DgCM0TdG8iRTskP9Du3nYs2If9Fzoor1+NWAVAecUA==
-----END CERTIFICATE-----
"""

KEY = """\
-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgxQDXsgFOLPdCP9HP
XOLYZ5r25jV9cKizenuaOhJx/NGhRANCAAQth2fywaCys60PVksNJYjOwKGpHvYn
h4EsIyEi4l1NR0JnN2982khH6oMtZpABm0dXIHOy9+9YQdCrkoz22qFg
-----END PRIVATE KEY-----
"""
