"""Webhook breaks over real sockets, seen by a receiver that verifies with none of our code."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import httpx
import pytest

from emulator.app import create_app
from emulator.server.connection import serving
from emulator.settings import Settings
from tests.receiver import Received, Receiver, has_valid_timestamped_signature, receiving

SECRET = "whsec_abcdefghijklmnopqrstuvwxyz012345"
SMS = {"channel": "sms", "to": "+254722000000", "body": "Hi Ada"}
START = 1_767_225_600  # 2026-01-01T00:00:00Z


class Stage(NamedTuple):
    """An emulator whose account has one webhook endpoint, and its receiver."""

    client: httpx.AsyncClient
    key: dict[str, str]
    receiver: Receiver

    async def send(self) -> httpx.Response:
        answer = await self.client.post("/raven/v1/messages", json=SMS, headers=self.key)
        assert answer.status_code == 202, answer.text
        return answer

    async def fault(self, **fault: Any) -> None:
        answer = await self.client.post("/_emulator/faults", json=fault)
        assert answer.status_code == 201, answer.text

    async def live(self, by: str = "10s") -> list[tuple[str, int, bool]]:
        """Send a message and let time go on: types, seconds of the signed time, and whether the signature holds."""
        self.receiver.received.clear()
        await self.send()
        await self.advance(by)
        return [seen(each) for each in self.receiver.received]

    async def advance(self, by: str) -> None:
        assert (await self.client.post("/_emulator/clock/advance", json={"by": by})).status_code == 200


def seen(received: Received) -> tuple[str, int, bool]:
    header = "x-raven-signature"
    stamp = int(received.headers[header].split(",")[0].removeprefix("t="))
    return received.json["type"], stamp - START, has_valid_timestamped_signature(received, header, SECRET)


SENT, DELIVERED = ("message.sent", 0, True), ("message.delivered", 0, True)


@asynccontextmanager
async def staged(*answers: int, pace: str = "held") -> AsyncGenerator[Stage]:
    app = create_app(Settings(pace=pace))
    async with (
        receiving(*answers) as receiver,
        serving(app) as url,
        httpx.AsyncClient(base_url=url, timeout=10) as client,
    ):
        apis = (await client.get("/_emulator/apis")).json()["apis"]
        account = next(each for each in apis if each["name"] == "raven")["accounts"][0]
        change = {"settings": {"outbound_webhooks": True}, "webhooks": [{"url": receiver.url, "secret": SECRET}]}
        assert (await client.patch(f"/_emulator/accounts/{account['id']}", json=change)).status_code == 200
        yield Stage(client, account["headers"], receiver)


def play(scene: Callable[[Stage], Awaitable[None]], *answers: int) -> None:
    async def run() -> None:
        async with staged(*answers) as stage:
            await scene(stage)

    asyncio.run(run())


def test_without_a_break_each_event_comes_once_in_order_and_well_signed():
    async def scene(stage: Stage) -> None:
        assert await stage.live() == [SENT, DELIVERED]

    play(scene)


def test_a_duplicate_has_the_same_body_and_headers():
    async def scene(stage: Stage) -> None:
        await stage.fault(webhook="duplicate", type="message.sent", times=1)

        assert await stage.live() == [SENT, SENT, DELIVERED]
        one, two, _ = stage.receiver.received
        assert (one.body, one.headers) == (two.body, two.headers)
        assert await stage.live() == [("message.sent", 10, True), ("message.delivered", 10, True)]

    play(scene)


def test_a_reordered_event_comes_after_the_next_and_is_well_signed():
    async def scene(stage: Stage) -> None:
        await stage.fault(webhook="reorder", type="message.sent", times=1)

        assert await stage.live() == [DELIVERED, SENT]

    play(scene)


def test_a_late_event_is_signed_when_it_comes():
    async def scene(stage: Stage) -> None:
        await stage.fault(webhook="late", type="message.sent", by="1h", times=1)

        assert await stage.live("2h") == [DELIVERED, ("message.sent", 3600, True)]

    play(scene)


def test_a_bad_signature_does_not_verify_and_all_else_is_right():
    async def scene(stage: Stage) -> None:
        await stage.fault(webhook="bad_signature", type="message.sent", times=1)

        assert await stage.live() == [("message.sent", 0, False), DELIVERED]
        broken, whole = (each.headers for each in stage.receiver.received)
        assert set(broken) == set(whole)
        assert len(broken["x-raven-signature"]) == len(whole["x-raven-signature"])

    play(scene)


def test_a_refused_bad_signature_is_followed_by_a_good_one():
    async def scene(stage: Stage) -> None:
        await stage.fault(webhook="bad_signature", type="message.sent", times=1)

        assert await stage.live("1h") == [("message.sent", 0, False), DELIVERED, ("message.sent", 30, True)]

    play(scene, 401, 200)


def test_a_stale_timestamp_verifies_and_is_old():
    async def scene(stage: Stage) -> None:
        await stage.fault(webhook="stale_timestamp", type="message.sent", by="10m")

        assert await stage.live() == [("message.sent", -600, True), DELIVERED]

    play(scene)


def test_a_dropped_event_never_comes():
    async def scene(stage: Stage) -> None:
        await stage.fault(webhook="drop", type="message.sent", times=1)

        assert await stage.live("72h") == [DELIVERED]
        (id,) = [each["id"] for each in (await stage.client.get("/_emulator/messages")).json()["messages"]]
        told = (await stage.client.get(f"/_emulator/messages/{id}")).json()["webhooks"]
        assert [(each["type"], each["state"]) for each in told] == [
            ("message.sent", "dropped"),
            ("message.delivered", "delivered"),
        ]

    play(scene)


@pytest.mark.parametrize("type", ["message.sent", "message.delivered"])
def test_before_the_response_the_receiver_has_it_while_the_caller_waits(type: str):
    async def scene(stage: Stage) -> None:
        await stage.fault(webhook="before_response", type=type, times=1)

        answer = await stage.send()

        early = list(stage.receiver.received)
        assert early[-1].json["type"] == type
        assert early[-1].json["data"]["messageId"] == answer.json()["id"]
        assert all(seen(each)[1:] == (0, True) for each in early)
        await stage.advance("10s")
        assert [each.json["type"] for each in stage.receiver.received] == ["message.sent", "message.delivered"]
        assert len(await stage.live()) == 2, "the next message's come after its answer"

    play(scene)


def test_before_the_response_in_a_running_pace():
    async def run() -> None:
        async with staged(pace="real") as stage:
            await stage.fault(webhook="before_response", type="message.delivered", times=1)

            await stage.send()

            assert [each.json["type"] for each in stage.receiver.received] == ["message.sent", "message.delivered"]

    asyncio.run(run())


def test_before_the_response_a_receiver_that_does_not_take_it_is_tried_again_as_usual():
    async def scene(stage: Stage) -> None:
        await stage.fault(webhook="before_response", type="message.sent", times=1)

        await stage.send()
        await stage.advance("1h")

        assert [seen(each)[:2] for each in stage.receiver.received] == [
            ("message.sent", 0),
            ("message.delivered", 0),
            ("message.sent", 30),
        ]

    play(scene, 500, 200)


def test_an_event_can_come_before_an_answer_that_never_comes():
    async def scene(stage: Stage) -> None:
        await stage.fault(webhook="before_response", type="message.sent", times=1)
        await stage.fault(ambiguous_commit=True, times=1)

        with pytest.raises(httpx.TransportError):
            await stage.send()

        assert [each.json["type"] for each in stage.receiver.received] == ["message.sent"]

    play(scene)


def test_with_every_break_two_runs_give_the_same_posts_and_journals():
    async def run() -> tuple[list[tuple[bytes, str]], bytes]:
        async with staged(200, 500, 200, 401, 200) as stage:
            stage.client.headers["host"] = "127.0.0.1"
            for kind in ("duplicate", "reorder", "late", "bad_signature", "stale_timestamp", "drop", "before_response"):
                await stage.fault(webhook=kind, rate=0.3)
            await stage.fault(malformed=True, rate=0.2)
            for _ in range(20):
                await stage.client.post("/raven/v1/messages", json=SMS, headers=stage.key)
            await stage.advance("72h")
            posts = [(each.body, each.headers["x-raven-signature"]) for each in stage.receiver.received]
            journal = (await stage.client.get("/_emulator/journal?limit=500")).content
            receiver = urlsplit(stage.receiver.url).netloc.encode()  # the bare port can be part of a signature
            return posts, journal.replace(receiver, b"RECEIVER")

    one, two = asyncio.run(run()), asyncio.run(run())

    assert one == two
    assert len(one[0]) > 20
