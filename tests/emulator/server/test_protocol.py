"""Requests that the app answers where they are parsed."""

import asyncio
from typing import Any

import pytest

from emulator.server.asgi import Answer, App, Receive, Scope, Send
from emulator.server.connection import serving
from tests.emulator.server.test_connection import Client, a_call, answer, connected


class AtOnceApp:
    """Answers each call with its number, and notes which way it took."""

    def __init__(self) -> None:
        self.ways: list[str] = []

    def answer_now(self, scope: Scope, body: bytes) -> Answer | App | None:
        path = scope["raw_path"]
        if path == b"/ordinary":
            return None
        self.ways.append("at once")
        if path == b"/bug":
            raise ValueError("ours")
        if path == b"/later":
            return self.later
        if path == b"/injected":
            return Answer(200, [(b"content-length", b"0"), (b"x-name", b"a\r\nset-cookie: b")], b"")
        said = b"%d %d" % (len(self.ways), len(body))
        return Answer(200, [(b"content-length", b"%d" % len(said))], said)

    async def later(self, _scope: Scope, _receive: Receive, send: Send) -> None:
        await asyncio.sleep(0)
        await answer(send, 202, b"later")

    async def __call__(self, _scope: Scope, receive: Receive, send: Send) -> None:
        while (await receive()).get("more_body"):
            pass
        self.ways.append("in its turn")
        await answer(send, 200, b"in its turn")


def serve(main: Any) -> AtOnceApp:
    app = AtOnceApp()

    async def run() -> None:
        async with asyncio.timeout(10), serving(app) as url, connected(url) as client:
            await main(client)

    asyncio.run(run())
    return app


def test_what_came_in_one_piece_is_answered_at_once():
    async def main(client: Client) -> None:
        await client.send(a_call(body=b"12345"))
        assert await client.reply() == (200, {b"content-length": b"3"}, b"1 5")
        await client.send(a_call())
        assert (await client.reply())[2] == b"2 0"

    assert serve(main).ways == ["at once", "at once"]


def test_a_bug_is_logged_and_not_told_as_the_callers_mistake(caplog):
    async def main(client: Client) -> None:
        await client.send(a_call() + a_call("/bug", body=b"12345"))
        assert [(await client.reply())[0] for _ in range(2)] == [200, 500]
        assert await client.rest() == b""

    assert serve(main).ways == ["at once", "at once"]
    assert [str(record.exc_info[1]) for record in caplog.records if record.exc_info] == ["ours"]


def test_a_body_that_comes_later_is_waited_for():
    async def main(client: Client) -> None:
        whole = a_call(body=b"12345")
        await client.send(whole[:-3])
        await asyncio.sleep(0.01)
        await client.send(whole[-3:])
        assert (await client.reply())[2] == b"in its turn"

    assert serve(main).ways == ["in its turn"]


def test_calls_in_one_packet_are_answered_in_their_order():
    async def main(client: Client) -> None:
        await client.send(a_call() + a_call("/ordinary") + a_call(body=b"1") + a_call("/later"))
        bodies = [(await client.reply())[2] for _ in range(4)]
        assert bodies[0] == b"1 0"
        assert bodies[1:] == [b"in its turn", b"in its turn", b"in its turn"]

    serve(main)


def test_an_answer_may_come_later():
    async def main(client: Client) -> None:
        await client.send(a_call("/later"))
        assert (await client.reply())[::2] == (202, b"later")
        await client.send(a_call())
        assert (await client.reply())[2] == b"2 0"

    assert serve(main).ways == ["at once", "at once"]


def test_a_caller_who_sends_no_more_still_gets_the_answer():
    async def main(client: Client) -> None:
        client.writer.write(a_call())
        client.writer.write_eof()
        assert (await client.rest()).endswith(b"\r\n\r\n1 0")

    serve(main)


def test_a_header_cannot_smuggle_another_one(caplog: pytest.LogCaptureFixture):
    async def main(client: Client) -> None:
        await client.send(a_call("/injected"))
        status, headers, _ = await client.reply()
        assert (status, headers) == (500, {b"content-length": b"0"})

    serve(main)
    assert "cannot be sent" in caplog.text


@pytest.mark.parametrize(
    "call",
    [
        a_call(method="HEAD"),
        a_call(version="1.0"),
        a_call("/", b"", "Connection: close"),
        b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\nExpect: 100-continue\r\n\r\n1",
        b"GET http://localhost/ HTTP/1.1\r\nHost: localhost\r\n\r\n",
    ],
    ids=["HEAD", "1.0", "close", "expect", "absolute"],
)
def test_unusual_calls_take_the_ordinary_way(call: bytes):
    async def main(client: Client) -> None:
        await client.send(call)
        await client.reader.readuntil(b"200 OK")

    assert serve(main).ways == ["in its turn"]
