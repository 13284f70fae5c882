"""Real sockets on loopback, on both loops that the server may run on."""

import asyncio
import logging
import os
import signal
import socket
import ssl
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Iterator
from contextlib import asynccontextmanager, suppress
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from emulator.server import connection
from emulator.server.asgi import Answer, Receive, Scope, Send
from emulator.server.connection import (
    AddressUnknown,
    BadCertificate,
    Listener,
    PortForbidden,
    PortTaken,
    run,
    serving,
)
from emulator.server.protocol import DISCARD_LIMIT, HEAD_LIMIT
from emulator.server.wire import reset, transport_of

try:
    import uvloop
except ImportError:
    uvloop = None

Run = Callable[[Coroutine[Any, Any, None]], None]

LIMIT = 10.0  # seconds until a hanging test fails


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


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    folder = tmp_path_factory.mktemp("tls")
    cert, key = folder / "cert.pem", folder / "key.pem"
    cert.write_text(CERT)
    key.write_text(KEY)
    return cert, key


@pytest.fixture(autouse=True)
def no_log(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """Nothing that a client does is worth a line in the log."""
    yield
    assert [r.getMessage() for r in caplog.get_records("call") if r.levelno >= logging.WARNING] == []


@pytest.fixture(autouse=True, params=[False, True], ids=["in its turn", "at once"])
def at_once(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whether the app answers what came in one piece where it is parsed: nobody may see a difference."""
    if request.param:
        monkeypatch.setattr(EchoApp, "answer_now", echo_now, raising=False)


def echo_now(self: "EchoApp", scope: Scope, body: bytes) -> Answer | None:
    """What `EchoApp.echo` says."""
    if scope["raw_path"] not in (b"/", b"/echo"):
        return None
    self.scopes.append(scope)
    self.bodies.append(body)
    said = f"{scope['method']} {len(body)}".encode()
    return Answer(200, [(b"content-length", str(len(said)).encode())], said)


class EchoApp:
    """Answers with method, path, number of body bytes and what else is asked; remembers each call."""

    def __init__(self) -> None:
        self.scopes: list[Scope] = []
        self.bodies: list[bytes | None] = []  # None: the caller went before its body had come
        self.waiting = asyncio.Event()
        self.go = asyncio.Event()
        self.gone = asyncio.Event()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.scopes.append(scope)
        await getattr(self, scope["path"].strip("/") or "echo")(scope, receive, send)

    async def echo(self, scope: Scope, receive: Receive, send: Send) -> None:
        body = b""
        more = True
        while more:
            message = await receive()
            if message["type"] == "http.disconnect":
                self.bodies.append(None)
                self.gone.set()
                return
            body += message["body"]
            more = message["more_body"]
            self.waiting.set()
        self.bodies.append(body)
        await answer(send, 200, f"{scope['method']} {len(body)}".encode())

    async def too_large(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Refuses without reading."""
        await answer(send, 413, b"too large")

    async def too_large_and_close(self, scope: Scope, receive: Receive, send: Send) -> None:
        await answer(send, 413, b"too large", (b"connection", b"close"))

    async def held(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers when the test says so."""
        self.waiting.set()
        await self.go.wait()
        await answer(send, 200, b"held")

    async def until_gone(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.waiting.set()
        while (await receive())["type"] != "http.disconnect":
            pass
        self.gone.set()

    async def stream(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Has no length."""
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"one,", "more_body": True})
        self.waiting.set()
        await self.go.wait()
        await send({"type": "http.response.body", "body": b"two"})

    async def reset(self, scope: Scope, receive: Receive, send: Send) -> None:
        transport = transport_of(scope)
        assert transport is not None
        reset(transport)
        await self.until_gone(scope, receive, send)


async def answer(send: Send, status: int, body: bytes, *headers: tuple[bytes, bytes]) -> None:
    length = (b"content-length", str(len(body)).encode())
    await send({"type": "http.response.start", "status": status, "headers": [length, *headers]})
    await send({"type": "http.response.body", "body": body})


def refusal(data: bytes) -> tuple[int, list[tuple[bytes, bytes]], bytes]:
    return 400, [(b"content-type", b"application/json")], b'{"read":"%s"}' % data.split(b"\r\n")[0][:40]


class Client:
    """Bytes out, bytes in."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer

    async def send(self, data: bytes) -> None:
        self.writer.write(data)
        await self.writer.drain()

    async def reply(self) -> tuple[int, dict[bytes, bytes], bytes]:
        """Read one reply with a length: status, headers, body."""
        head = await self.reader.readuntil(b"\r\n\r\n")
        status_line, *lines = head[:-4].split(b"\r\n")
        headers = dict(line.split(b": ", 1) for line in lines)
        body = await self.reader.readexactly(int(headers.get(b"content-length", 0)))
        return int(status_line.split()[1]), headers, body

    async def rest(self) -> bytes:
        return await self.reader.read()

    def abort(self) -> None:
        reset(self.writer.transport)


@asynccontextmanager
async def connected(url: str, tls: ssl.SSLContext | None = None) -> AsyncIterator[Client]:
    parts = urlsplit(url)
    reader, writer = await asyncio.open_connection(parts.hostname, parts.port, ssl=tls)
    try:
        yield Client(reader, writer)
    finally:
        writer.transport.abort()


def a_call(path: str = "/", body: bytes = b"", *headers: str, method: str = "POST", version: str = "1.1") -> bytes:
    lines = [f"{method} {path} HTTP/{version}", "Host: localhost", f"Content-Length: {len(body)}", *headers]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def test_calls_on_one_connection_are_answered_in_turn(on_loop: Run) -> None:
    async def main() -> None:
        async with serving(EchoApp()) as url, connected(url) as client:
            for size in (0, 5, 200_000):
                await client.send(a_call(body=b"x" * size))

                status, headers, body = await client.reply()

                assert (status, body) == (200, f"POST {size}".encode())
                assert set(headers) == {b"content-length"}

    on_loop(main())


def test_pipelined_calls_are_answered_in_order(on_loop: Run) -> None:
    async def main() -> None:
        app = EchoApp()
        async with serving(app) as url, connected(url) as client:
            await client.send(a_call("/held") + a_call(body=b"12") + a_call(method="PUT"))
            await app.waiting.wait()
            app.go.set()

            bodies = [(await client.reply())[2] for _ in range(3)]

            assert bodies == [b"held", b"POST 2", b"PUT 0"]

    on_loop(main())


def test_duplicate_headers_all_reach_the_app_in_order(on_loop: Run) -> None:
    async def main() -> None:
        app = EchoApp()
        async with serving(app) as url, connected(url) as client:
            await client.send(a_call("/", b"", "X-Tag: a", "X-TAG: b", "x-tag: a"))
            await client.reply()

            assert [value for name, value in app.scopes[0]["headers"] if name == b"x-tag"] == [b"a", b"b", b"a"]

    on_loop(main())


def test_chunked_body_is_read(on_loop: Run) -> None:
    async def main() -> None:
        app = EchoApp()
        async with serving(app) as url, connected(url) as client:
            await client.send(b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n")
            await client.send(b"2\r\nde\r\n0\r\n\r\n")
            await client.reply()

            assert app.bodies == [b"abcde"]

    on_loop(main())


def test_expected_continue_is_sent_when_the_app_reads(on_loop: Run) -> None:
    async def main() -> None:
        async with serving(EchoApp()) as url, connected(url) as client:
            call = a_call("/", b"12345", "Expect: 100-continue")
            await client.send(call[:-5])
            assert await client.reader.readuntil(b"\r\n\r\n") == b"HTTP/1.1 100 Continue\r\n\r\n"
            await client.send(call[-5:])

            assert (await client.reply())[2] == b"POST 5"

    on_loop(main())


def test_refusal_instead_of_continue_ends_the_connection(on_loop: Run) -> None:
    async def main() -> None:
        async with serving(EchoApp()) as url, connected(url) as client:
            await client.send(a_call("/too_large", b"12345", "Expect: 100-continue")[:-5])

            status, headers, _ = await client.reply()

            assert (status, headers[b"connection"]) == (413, b"close")
            assert await client.rest() == b""

    on_loop(main())


def test_http_1_0_caller_gets_its_answer_and_the_end_of_the_connection(on_loop: Run) -> None:
    async def main() -> None:
        async with serving(EchoApp()) as url, connected(url) as client:
            await client.send(a_call(body=b"123", version="1.0"))

            assert (await client.rest()).endswith(b"\r\nconnection: close\r\n\r\nPOST 3")

    on_loop(main())


def test_http_1_0_caller_gets_a_stream_without_chunks(on_loop: Run) -> None:
    async def main() -> None:
        app = EchoApp()
        app.go.set()
        async with serving(app) as url, connected(url) as client:
            await client.send(a_call("/stream", version="1.0"))

            assert await client.rest() == b"HTTP/1.1 200 OK\r\nconnection: close\r\n\r\none,two"

    on_loop(main())


@pytest.mark.parametrize("protocol", ["websocket", "h2c"])
def test_upgrade_is_passed_over(on_loop: Run, protocol: str) -> None:
    """Java's HTTP client offers h2c with every call."""

    async def main() -> None:
        app = EchoApp()
        upgrade = ("Connection: Upgrade, HTTP2-Settings", f"Upgrade: {protocol}")
        async with serving(app) as url, connected(url) as client:
            await client.send(a_call("/", b"123", *upgrade) + a_call("/", b"", *upgrade) + a_call(method="PUT"))

            bodies = [(await client.reply())[2] for _ in range(3)]

            assert bodies == [b"POST 3", b"POST 0", b"PUT 0"]
            assert (b"connection", b"Upgrade, HTTP2-Settings") in app.scopes[0]["headers"]

    on_loop(main())


def test_thousands_of_pipelined_upgrades_are_answered(on_loop: Run) -> None:
    async def main() -> None:
        count = 2_000
        async with serving(EchoApp()) as url, connected(url) as client:
            client.writer.write(a_call("/", b"", "Connection: Upgrade", "Upgrade: h2c") * count)

            for _ in range(count):
                assert (await client.reply())[0] == 200

    on_loop(main())


NOT_HTTP = {
    "words": b"hello there\r\n\r\n",
    "tls": bytes.fromhex("16030100a5010000a10303") + bytes(40),
    "binary": bytes(range(256)),
    "http/2": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "version": b"GET / HTTP/9.9\r\n\r\n",
    "method": b"SEND / HTTP/1.1\r\nHost: x\r\n\r\n",
    "tunnel": b"CONNECT example.com:443 HTTP/1.1\r\nHost: x\r\n\r\n",
    "no colon": b"GET / HTTP/1.1\r\nHost x\r\n\r\n",
    "two lengths": b"POST / HTTP/1.1\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabcd",
    "length and chunks": b"POST / HTTP/1.1\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "length of letters": b"POST / HTTP/1.1\r\nContent-Length: abc\r\n\r\n",
    "long header": b"GET / HTTP/1.1\r\nX: " + b"a" * HEAD_LIMIT + b"\r\n\r\n",
    "long url": b"GET /" + b"a" * HEAD_LIMIT + b" HTTP/1.1\r\n\r\n",
    "many headers": b"GET / HTTP/1.1\r\n" + b"A: b\r\n" * (HEAD_LIMIT // 6 + 1) + b"\r\n",
    "endless header": b"GET / HTTP/1.1\r\nX: " + b"a" * (2 * HEAD_LIMIT),
}


@pytest.mark.parametrize("name", NOT_HTTP)
def test_what_is_not_http_is_refused_in_the_apis_words(on_loop: Run, name: str) -> None:
    async def main() -> None:
        app = EchoApp()
        async with serving(app, invalid_request=refusal) as url, connected(url) as client:
            await client.send(NOT_HTTP[name])

            status, headers, body = await client.reply()

            assert (status, headers[b"content-type"], headers[b"connection"]) == (400, b"application/json", b"close")
            assert body == refusal(NOT_HTTP[name])[2]
            assert await client.rest() == b""
            assert app.scopes == []

    on_loop(main())


def test_head_that_comes_in_small_pieces_is_shown_whole_to_the_refusal(on_loop: Run) -> None:
    async def main() -> None:
        seen: list[bytes] = []

        def remembered(data: bytes) -> tuple[int, list[tuple[bytes, bytes]], bytes]:
            seen.append(data)
            return refusal(data)

        async with serving(EchoApp(), invalid_request=remembered) as url, connected(url) as client:
            await client.send(a_call())
            await client.reply()
            await client.send(b"GET /acme/x HTTP/1.1\r\nHost: one\r\n")
            await client.send(b"Broken\r\n\r\n")
            await client.reply()

            assert seen == [b"GET /acme/x HTTP/1.1\r\nHost: one\r\nBroken\r\n\r\n"]

    on_loop(main())


def test_head_just_within_the_limit_is_taken(on_loop: Run) -> None:
    async def main() -> None:
        call = a_call("/", b"", "X: " + "a" * (HEAD_LIMIT - 200))
        async with serving(EchoApp()) as url, connected(url) as client:
            await client.send(call)

            assert (await client.reply())[0] == 200

    on_loop(main())


def test_refusal_follows_the_answers_to_the_calls_before_it(on_loop: Run) -> None:
    async def main() -> None:
        app = EchoApp()
        async with serving(app, invalid_request=refusal) as url, connected(url) as client:
            await client.send(a_call("/held") + a_call() + b"nonsense\r\n\r\n")
            await app.waiting.wait()
            app.go.set()

            replies = [await client.reply() for _ in range(3)]

            assert [status for status, _, _ in replies] == [200, 200, 400]
            assert await client.rest() == b""

    on_loop(main())


def test_broken_chunk_is_refused_and_the_app_is_told_that_the_caller_is_gone(on_loop: Run) -> None:
    async def main() -> None:
        app = EchoApp()
        async with serving(app, invalid_request=refusal) as url, connected(url) as client:
            await client.send(b"POST /?a=b HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n")
            await app.waiting.wait()
            await client.send(b"zzz\r\n")

            status, _, body = await client.reply()

            assert (status, body) == (400, b'{"read":"POST /?a=b HTTP/1.1"}')
            assert await client.rest() == b""
            assert app.bodies == [None]

    on_loop(main())


def test_broken_chunk_of_a_queued_call_is_refused_in_its_turn(on_loop: Run) -> None:
    async def main() -> None:
        app = EchoApp()
        async with serving(app, invalid_request=refusal) as url, connected(url) as client:
            await client.send(a_call("/held") + b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nzzz\r\n")
            await app.waiting.wait()
            app.go.set()

            assert [(await client.reply())[0] for _ in range(2)] == [200, 400]
            assert app.bodies == []

    on_loop(main())


@pytest.mark.parametrize("path", ["/too_large", "/too_large_and_close"])
def test_early_answer_reaches_a_caller_who_is_still_sending(on_loop: Run, path: str) -> None:
    async def main() -> None:
        async with serving(EchoApp()) as url, connected(url) as client:
            await client.send(a_call(path, b"x" * 10_000_000))

            assert (await client.reply())[0] == 413

    on_loop(main())


def test_connection_goes_on_after_an_early_answer(on_loop: Run) -> None:
    async def main() -> None:
        async with serving(EchoApp()) as url, connected(url) as client:
            await client.send(a_call("/too_large", b"x" * 1_000_000) + a_call(body=b"next"))

            assert [(await client.reply())[2] for _ in range(2)] == [b"too large", b"POST 4"]

    on_loop(main())


@pytest.mark.parametrize("path", ["/too_large", "/too_large_and_close"])
def test_body_without_end_is_cut_off(on_loop: Run, path: str) -> None:
    async def main() -> None:
        sent = 0
        async with serving(EchoApp()) as url, connected(url) as client:
            await client.send(a_call(path, b"", "Transfer-Encoding: chunked").replace(b"Content-Length: 0\r\n", b""))
            with suppress(ConnectionError):
                while True:
                    await client.send(b"100000\r\n" + b"x" * 0x100000 + b"\r\n")
                    sent += 0x100000

            assert sent >= DISCARD_LIMIT

    on_loop(main())


@pytest.mark.parametrize("leave", ["close", "abort"])
def test_app_is_told_of_a_caller_who_goes_in_the_middle_of_the_body(on_loop: Run, leave: str) -> None:
    async def main() -> None:
        app = EchoApp()
        async with serving(app) as url:
            async with connected(url) as client:
                await client.send(a_call(body=b"12345")[:-2])
                await app.waiting.wait()
                client.abort() if leave == "abort" else client.writer.close()
                await app.gone.wait()

            assert app.bodies == [None]

    on_loop(main())


def test_app_is_told_of_a_caller_who_goes_with_calls_in_the_pipeline(on_loop: Run) -> None:
    """uvicorn tells only the newest call."""

    async def main() -> None:
        app = EchoApp()
        async with serving(app) as url, connected(url) as client:
            await client.send(a_call("/until_gone") + a_call())
            await app.waiting.wait()
            client.writer.close()

            await app.gone.wait()

            assert len(app.scopes) == 1

    on_loop(main())


def test_idle_connection_is_closed_after_the_keep_alive_time(on_loop: Run) -> None:
    async def main() -> None:
        async with serving(EchoApp(), keep_alive=timedelta(milliseconds=10)) as url, connected(url) as client:
            await client.send(a_call())

            assert (await client.rest()).endswith(b"POST 0")

    on_loop(main())


def test_connection_is_not_idle_while_the_app_works(on_loop: Run) -> None:
    async def main() -> None:
        app = EchoApp()
        keep_alive = timedelta(milliseconds=1)
        async with serving(app, keep_alive=keep_alive) as url, connected(url) as client:
            await client.send(a_call() + a_call("/held"))
            await client.reply()
            asyncio.get_running_loop().call_later(0.05, app.go.set)

            assert (await client.reply())[2] == b"held"

    on_loop(main())


def test_reset_is_a_reset(on_loop: Run) -> None:
    async def main() -> None:
        app = EchoApp()
        async with serving(app) as url, connected(url) as client:
            await client.send(a_call("/reset"))

            with pytest.raises(ConnectionResetError):
                await client.rest()
            await app.gone.wait()

    on_loop(main())


def test_scope_of_another_server_has_no_transport() -> None:
    assert transport_of({"type": "http"}) is None


def test_tls(on_loop: Run, certificate: tuple[Path, Path]) -> None:
    async def main() -> None:
        cert, key = certificate
        context = ssl.create_default_context(cafile=str(cert))
        context.check_hostname = False
        app = EchoApp()
        async with serving(app, tls_cert=cert, tls_key=key, invalid_request=refusal) as url:
            async with connected(url, context) as client:
                await client.send(a_call(body=b"123"))
                assert (await client.reply())[2] == b"POST 3"
                await client.send(a_call("/too_large_and_close", b"x" * 1_000_000))
                assert (await client.reply())[0] == 413
            async with connected(url, context) as client:
                await client.send(b"nonsense\r\n\r\n")
                assert (await client.reply())[0] == 400

        assert url.startswith("https://127.0.0.1:")
        assert app.scopes[0]["scheme"] == "https"

    on_loop(main())


def test_taken_port_is_named() -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]

        with pytest.raises(PortTaken) as refused:
            run(EchoApp(), host="127.0.0.1", port=port, on_ready=print)

    assert (refused.value.host, refused.value.port) == ("127.0.0.1", port)
    assert str(refused.value) == f"port {port} of 127.0.0.1 is taken by another program"


@pytest.mark.parametrize("host", ["", "192.0.2.1", "a" * 70 + ".x", "*"])
def test_address_that_is_not_ours_is_named(host: str) -> None:
    with pytest.raises(AddressUnknown) as refused:
        run(EchoApp(), host=host, port=0, on_ready=print)

    assert refused.value.host == host


def test_a_name_that_nobody_knows_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(*_: object, **__: object) -> None:
        raise socket.gaierror(-2, "Name or service not known")

    # Whoever is asked for names on this machine may take seconds to say so.
    monkeypatch.setattr(connection.socket, "getaddrinfo", unknown)

    with pytest.raises(AddressUnknown) as refused:
        run(EchoApp(), host="no-such-host.invalid", port=0, on_ready=print)

    assert refused.value.host == "no-such-host.invalid"


def test_forbidden_port_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    def forbidden(self: socket.socket, address: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(connection.socket.socket, "bind", forbidden)

    with pytest.raises(PortForbidden, match=r"port 80 of 127\.0\.0\.1"):
        run(EchoApp(), host="127.0.0.1", port=80, on_ready=print)


def test_unusable_certificate_is_named(tmp_path: Path) -> None:
    missing = tmp_path / "missing.pem"

    with pytest.raises(BadCertificate, match=r"missing\.pem: No such file") as refused:
        run(EchoApp(), host="127.0.0.1", port=0, on_ready=print, tls_cert=missing, tls_key=missing)

    assert (refused.value.cert, refused.value.key) == (missing, missing)


class LifeApp(EchoApp):
    """Offers startup and shutdown."""

    def __init__(self) -> None:
        super().__init__()
        self.life: list[str] = []

    async def startup(self) -> None:
        self.life.append("startup")

    async def shutdown(self) -> None:
        self.life.append("shutdown")


def test_app_is_started_before_the_first_call_and_stopped_after_the_last(on_loop: Run) -> None:
    async def main() -> None:
        app = LifeApp()
        async with serving(app, on_stop=lambda: app.life.append("stopping")) as url, connected(url) as client:
            await client.send(a_call())
            app.life.append(str((await client.reply())[0]))

        assert app.life == ["startup", "200", "stopping", "shutdown"]

    on_loop(main())


def test_port_is_free_again_when_the_app_does_not_start() -> None:
    class Broken(EchoApp):
        async def startup(self) -> None:
            raise LookupError("no contract")

    async def main() -> None:
        listener = Listener(Broken())
        with pytest.raises(LookupError):
            await listener.start()
        port = urlsplit(listener.url).port
        assert port is not None
        async with serving(EchoApp(), port=port):
            pass

    asyncio.run(main())


def test_app_that_does_not_shut_down_is_left_with_a_warning(on_loop: Run, caplog: pytest.LogCaptureFixture) -> None:
    class Stubborn(EchoApp):
        async def shutdown(self) -> None:
            await asyncio.Event().wait()

    async def main() -> None:
        async with serving(Stubborn(), drain=timedelta(milliseconds=20)):
            pass

    on_loop(main())
    assert caplog.messages == ["the app did not shut down within 0.02 s"]
    caplog.clear()


def test_stop_lets_a_call_in_progress_end(on_loop: Run) -> None:
    async def main() -> None:
        app = EchoApp()
        listener = Listener(app, on_stop=app.go.set)
        async with connected(await listener.start()) as client, connected(listener.url) as idle:
            await client.send(a_call("/held"))
            await app.waiting.wait()
            await listener.stop()

            status, headers, _ = await client.reply()

            assert (status, headers[b"connection"]) == (200, b"close")
            assert await idle.rest() == b""

    on_loop(main())


def test_stop_cuts_off_what_does_not_end_in_time(on_loop: Run) -> None:
    async def main() -> None:
        app = EchoApp()
        listener = Listener(app, drain=timedelta(milliseconds=20))
        async with connected(await listener.start()) as client:
            await client.send(a_call("/held"))
            await app.waiting.wait()
            await listener.stop()

            assert await client.rest() == b""

    on_loop(main())


def with_a_client(talk: Callable[[str], Awaitable[None]]) -> tuple[Callable[[str], None], list["asyncio.Task[None]"]]:
    """Return an `on_ready` that runs a client in the server's own loop, and the list its task will be in."""
    tasks: list[asyncio.Task[None]] = []

    async def to_the_end(url: str) -> None:
        try:
            await asyncio.wait_for(talk(url), LIMIT)
        finally:
            os.kill(os.getpid(), signal.SIGTERM)

    return lambda url: tasks.append(asyncio.get_running_loop().create_task(to_the_end(url))), tasks


def test_run_ends_with_status_0_at_a_signal_and_ends_held_streams_first() -> None:
    app = LifeApp()
    parts: list[bytes] = []

    async def talk(url: str) -> None:
        async with connected(url) as client:
            await client.send(a_call("/stream"))
            await app.waiting.wait()
            os.kill(os.getpid(), signal.SIGINT)
            parts.append(await client.rest())

    on_ready, _ = with_a_client(talk)

    assert run(app, host="127.0.0.1", port=0, on_ready=on_ready, on_stop=app.go.set) == 0
    assert parts[0].endswith(b"4\r\none,\r\n3\r\ntwo\r\n0\r\n\r\n")
    assert app.life == ["startup", "shutdown"]


def test_second_signal_cuts_off_what_still_runs() -> None:
    app = EchoApp()

    async def talk(url: str) -> None:
        async with connected(url) as client:
            await client.send(a_call("/held"))
            await app.waiting.wait()
            os.kill(os.getpid(), signal.SIGTERM)  # the second comes from `with_a_client`

    on_ready, tasks = with_a_client(talk)

    started = time.monotonic()
    assert run(app, host="127.0.0.1", port=0, on_ready=on_ready, drain=timedelta(seconds=LIMIT)) == 0
    assert time.monotonic() - started < LIMIT
    assert tasks[0].done()


PROGRAM = """
import sys
from emulator.server.connection import run

async def app(scope, receive, send): ...

sys.exit(run(app, host="127.0.0.1", port=0, on_ready=lambda url: print("ready", url, flush=True)))
"""


def test_process_stops_at_sigterm_without_a_word() -> None:
    process = subprocess.Popen(
        [sys.executable, "-c", PROGRAM],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )
    assert process.stdout is not None
    ready = process.stdout.readline()
    process.terminate()
    out, err = process.communicate(timeout=LIMIT)

    assert ready.startswith("ready http://127.0.0.1:")
    assert (process.returncode, out, err) == (0, "", "")


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
