"""Servers in a thread, in the running loop, and elsewhere; and what is said when there is none."""

import asyncio
import http.server
import socket
import sys
import threading
from collections.abc import Generator
from contextlib import contextmanager
from typing import Any

import httpx
import pytest

from emulator.testing import CannotStart, Emulator, Refused, Trouble, Unreachable
from emulator.testing.server import cannot_start
from tests.emulator.testing.sending import PHONE, send


def test_a_server_of_ones_own_runs_for_the_block():
    with Emulator(seed=5) as emulator:
        assert send(emulator).status_code == 202
        assert emulator.world == "default"
        url = emulator.url

    with pytest.raises(Trouble, match="not running"):
        emulator.messages()
    with pytest.raises(Unreachable, match=f"nobody listens at {url}"):
        Emulator(url).start()
    with emulator:
        assert emulator.messages() == [], "started anew"


def test_it_can_be_told_how_to_start():
    with Emulator(pace="1000", only="raven", control_token="secret") as emulator:
        assert emulator.clock.read().pace == 1000
        assert emulator.account("raven").base_url == emulator.url
        assert [api.name for api in emulator.apis()] == ["raven"]
        with pytest.raises(Refused, match="given as `control_token`, to pytest as `--parrotfish-token`"):
            Emulator(emulator.url).start()
        with Emulator(emulator.url, control_token="secret") as same:
            assert same.url == emulator.url


def test_one_that_runs_elsewhere_is_asked_in_the_same_way(emulator: Emulator):
    with Emulator(f"{emulator.url}/") as same:
        send(same)

        assert same.world == emulator.world
        assert same.wait_for_message(recipient=PHONE).code == "4711"
        with same.new_world(f"{same.world}-inner") as inner:
            assert inner.messages() == []
    assert len(emulator.messages()) == 1


def test_a_coroutine_has_it_in_its_own_loop():
    async def scene() -> None:
        async with Emulator() as emulator:
            account = await emulator.account("raven")
            assert emulator.app is not None
            body = {"channel": "sms", "to": PHONE, "body": "Your code is 4711"}
            async with httpx.AsyncClient(transport=httpx.ASGITransport(emulator.app)) as inside:
                first = await inside.post(f"{account.base_url}/v1/messages", json=body, headers=account.headers)
            async with httpx.AsyncClient() as outside:
                second = await outside.post(f"{account.base_url}/v1/messages", json=body, headers=account.headers)
            assert [first.status_code, second.status_code] == [202, 202]
            assert (await emulator.wait_for_message()).id == first.json()["id"]

            # A webhook of the emulator to the emulator, while the clock is moved from the same loop.
            sink = emulator.sink()
            await emulator.update_account(account, settings={"outbound_webhooks": True}, webhooks=[{"url": sink.url}])
            await emulator.clock.advance("5s")
            assert [post.signature for post in await sink.posts()] == [True] * 4

            async with Emulator(emulator.url) as same, emulator.new_world("other") as other:
                assert same.app is None
                assert await same.verify(exactly=2) == 2
                assert await other.messages() == []
                assert other.app is emulator.app

    asyncio.run(scene())


def test_the_face_for_coroutines_gives_way_while_it_waits(emulator: Emulator):
    async def scene() -> list[str]:
        account = emulator.account("raven")
        waiting = asyncio.create_task(emulator.aio.wait_for_message())
        async with httpx.AsyncClient() as client:
            body = {"channel": "sms", "to": PHONE, "body": "Your code is 4711"}
            await client.post(f"{account.base_url}/v1/messages", json=body, headers=account.headers)
        return [(await waiting).code]

    assert asyncio.run(scene()) == ["4711"]


@pytest.mark.parametrize(
    ("options", "why"),
    [
        ({"pace": "fast"}, "the pace is 'held', 'real' or a rate"),
        ({"only": "ravn"}, "there is no such API; there are raven"),
        ({"host": "0.0.0.0"}, "give a control_token as well"),
        ({"host": "nowhere.invalid", "control_token": "x"}, "'nowhere.invalid' is not an address of this machine"),
    ],
)
def test_what_cannot_be_started_says_why(options: dict[str, Any], why: str):
    with pytest.raises(CannotStart, match=why):
        Emulator(**options).start()

    async def scene() -> None:
        async with Emulator(**options):
            pytest.fail("it cannot be started")

    with pytest.raises(CannotStart, match=why):
        asyncio.run(scene())


def test_a_port_that_is_taken_is_named_with_the_way_out():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(CannotStart, match=f"port {port} of 127.0.0.1 is taken by another program; leave `port`"):
            Emulator(port=port).start()


def test_a_package_that_is_missing_is_named(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setitem(sys.modules, "emulator.app", None)

    with pytest.raises(CannotStart, match=r"emulator\.app.*pip install parrotfish"):
        Emulator().start()
    assert str(cannot_start(KeyError("x"))) == "the emulator cannot start: KeyError: 'x'"


@pytest.mark.parametrize(("answer", "status"), [(b"<html>", 200), (b"[]", 200), (b"", 404), (b"{}", 500)])
def test_what_is_no_emulator_is_recognised(answer: bytes, status: int):
    with another_server(answer, status) as url, pytest.raises(Unreachable, match="no Parrotfish"):
        Emulator(url).start()


def test_addresses_that_lead_nowhere_say_so(emulator: Emulator):
    with pytest.raises(Unreachable, match="expected something like http"):
        Emulator("127.0.0.1:8026").start()
    with pytest.raises(Unreachable, match="cannot be reached"):
        Emulator("http://nowhere.invalid").start()
    with pytest.raises(Refused, match="no world 'nobody'"):
        Emulator(f"{emulator.url.partition('/w/')[0]}/w/nobody").start()
    with pytest.raises(TypeError, match="pace, seed: only for a server that is started here"):
        Emulator("http://127.0.0.1:1", pace="real", seed=1)


@contextmanager
def another_server(answer: bytes, status: int) -> Generator[str]:
    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(status)
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

    with http.server.HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()
