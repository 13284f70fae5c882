"""Built-in webhook receivers."""

import asyncio
import hmac

import httpx

from emulator.app import create_app
from emulator.server.connection import serving
from emulator.settings import Settings
from tests.emulator.control.playing import ORIGIN, Stage, play


async def bring(stage: Stage, name: str = "orders", body: bytes = b"{}", **headers: str) -> int:
    return (await stage.client.post(f"/_emulator/sink/{name}", content=body, headers=headers)).status_code


def test_a_sink_is_there_once_it_is_named_and_keeps_what_comes():
    async def scene(stage: Stage) -> None:
        assert (await stage.get("sink/orders"))["count"] == 0

        assert await bring(stage, body=b'{"id":1}', **{"x-name": "Ada"}) == 200

        sink = await stage.get("sink/orders")
        [post] = sink["posts"]
        assert sink["url"] == f"{ORIGIN}/_emulator/sink/orders"
        assert (post["number"], post["body"], post["headers"]["x-name"], post["signature"]) == (
            1,
            '{"id":1}',
            "Ada",
            None,
        )
        assert (await stage.get("sink/other"))["posts"] == []

    play(scene)


def test_it_answers_what_it_was_told_in_turn():
    async def scene(stage: Stage) -> None:
        await stage.post("sink/orders", {"status": [500, 429, 200]}, method="PUT")

        assert [await bring(stage) for _ in range(4)] == [500, 429, 200, 200]
        assert [post["status"] for post in (await stage.get("sink/orders"))["posts"]] == [500, 429, 200, 200]

    play(scene)


def test_it_reads_on_from_a_number_and_forgets_when_told():
    async def scene(stage: Stage) -> None:
        for _ in range(3):
            await bring(stage)

        assert [post["number"] for post in (await stage.get("sink/orders", after=1, limit=1))["posts"]] == [2]
        assert (await stage.post("sink/orders", {"forget": True}, method="PUT"))["posts"] == []
        await bring(stage)
        assert [post["number"] for post in (await stage.get("sink/orders"))["posts"]] == [4]

    play(scene)


def test_a_reader_may_wait_for_what_comes():
    async def scene(stage: Stage) -> None:
        waiting = asyncio.create_task(stage.get("sink/orders", wait="5s"))
        await asyncio.sleep(0)
        await bring(stage, body=b"there")

        assert [post["body"] for post in (await waiting)["posts"]] == ["there"]

    play(scene)


def test_webhooks_need_no_token_and_readers_do():
    async def scene(stage: Stage) -> None:
        assert await bring(stage, **{"content-type": "text/plain", "origin": "http://elsewhere"}) == 200
        assert (await stage.refused("GET", "sink/orders"))[0] == 401

    play(scene, token="secret")


def test_each_world_has_its_own():
    async def scene(stage: Stage) -> None:
        stage.worlds.create("other")
        await stage.client.post("/w/other/_emulator/sink/orders", content=b"x")

        assert (await stage.get("sink/orders"))["count"] == 0
        assert (await stage.call("GET", "/w/other/_emulator/sink/orders")).json()["count"] == 1

    play(scene)


def test_a_signed_webhook_arrives_and_its_signature_holds():
    async def main() -> None:
        app = create_app(Settings(pace="held"))
        async with serving(app) as url, httpx.AsyncClient(base_url=url) as client:
            account = next(
                each for each in (await client.get("/_emulator/apis")).json()["apis"] if each["name"] == "raven"
            )["accounts"][0]
            sink = (await client.get("/_emulator/sink/raven")).json()["url"]
            changes = {
                "webhooks": [{"url": sink, "secret": "whsec_orders"}],
                "settings": {"outbound_webhooks": True},
            }
            assert (await client.patch(f"/_emulator/accounts/{account['id']}", json=changes)).status_code == 200
            message = {"channel": "sms", "to": "+254722000000", "body": "Hello"}
            await client.post("/raven/v1/messages", json=message, headers=account["headers"])
            await client.post("/_emulator/clock/advance", json={"by": "5s"})

            posts = (await client.get("/_emulator/sink/raven")).json()["posts"]

            assert [post["signature"] for post in posts] == [True] * len(posts)
            assert len(posts) >= 2
            seconds, given = posts[0]["headers"]["x-raven-signature"].removeprefix("t=").split(",v1=")
            signed = f"{seconds}.{posts[0]['body']}".encode()
            assert hmac.new(b"whsec_orders", signed, "sha256").hexdigest() == given
            forged = {**posts[0]["headers"], "x-raven-signature": f"t={seconds},v1={'0' * 64}"}
            await client.post("/_emulator/sink/raven", content=posts[0]["body"], headers=forged)
            assert (await client.get("/_emulator/sink/raven")).json()["posts"][-1]["signature"] is False

    asyncio.run(main())
