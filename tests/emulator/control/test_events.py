"""What happens, as it happens."""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import httpx

from emulator.app import App, create_app
from emulator.server.connection import serving
from emulator.settings import Settings

MESSAGE = {"channel": "sms", "to": "+254722000000", "body": "Hello"}


async def told(answer: httpx.Response) -> AsyncIterator[tuple[str, int, Any]]:
    """Type, id and data of each event."""
    event: dict[str, str] = {}
    async for line in answer.aiter_lines():
        name, _, value = line.partition(": ")
        if name and value:
            event[name] = value
        elif not line and "event" in event:
            yield event["event"], int(event["id"]), json.loads(event["data"])
            event = {}


async def send(client: httpx.AsyncClient, app: App) -> None:
    headers = app.directory("x")["apis"][0]["accounts"][0]["headers"]
    assert (await client.post("/raven/v1/messages", json=MESSAGE, headers=headers)).status_code == 202


def play(scene: Any) -> None:
    async def run() -> None:
        app = create_app(Settings(pace="held"))
        async with (
            asyncio.timeout(10),
            serving(app, on_stop=app.stopping) as url,
            httpx.AsyncClient(base_url=url, timeout=None) as client,
        ):
            await scene(app, client)

    asyncio.run(run())


def test_each_entry_of_the_journal_is_told_once_it_is_written():
    async def scene(app: App, client: httpx.AsyncClient) -> None:
        async with client.stream("GET", "/_emulator/events") as answer:
            assert answer.headers["content-type"].startswith("text/event-stream")
            events = told(answer)
            type, _, data = await anext(events)
            assert (type, data["world"]) == ("world", "default")

            await send(client, app)
            await client.post("/_emulator/clock/advance", json={"by": "1s"})

            seen = [await anext(events) for _ in range(4)]
            assert [type for type, _, _ in seen] == ["call", "status", "status", "status"]
            assert seen[0][2]["call"]["operation"] == "sendMessage"
            assert [each[2]["status"]["type"] for each in seen[1:]] == ["sending", "sent", "delivered"]

    play(scene)


def test_a_reader_that_comes_back_misses_nothing():
    async def scene(app: App, client: httpx.AsyncClient) -> None:
        await send(client, app)
        await send(client, app)

        async with client.stream("GET", "/_emulator/events", headers={"Last-Event-ID": "1"}) as answer:
            events = told(answer)
            assert (await anext(events))[0] == "world"
            assert (await anext(events))[1] == 2

    play(scene)


def test_a_reset_ends_the_stream():
    async def scene(_app: App, client: httpx.AsyncClient) -> None:
        async with client.stream("GET", "/_emulator/events") as answer:
            events = told(answer)
            await anext(events)
            await client.post("/_emulator/reset", json={})

            assert [type async for type, _, _ in events] == ["reset"]

    play(scene)


def test_a_stopping_server_ends_the_stream():
    async def scene(app: App, client: httpx.AsyncClient) -> None:
        async with client.stream("GET", "/_emulator/events") as answer:
            events = told(answer)
            await anext(events)
            app.stopping()

            assert [each async for each in events] == []

    play(scene)


def test_what_happens_between_two_looks_is_told_in_full_and_in_order():
    async def scene(app: App, client: httpx.AsyncClient) -> None:
        async with client.stream("GET", "/_emulator/events") as answer:
            events = told(answer)
            _, first, _ = await anext(events)
            for _ in range(30):
                await send(client, app)
            await client.post("/_emulator/clock/advance", json={"by": "1s"})

            numbers = [(await anext(events))[1] for _ in range(120)]
            assert numbers == list(range(first + 1, first + 121))

    play(scene)


def test_an_open_page_is_told_only_that_something_happened():
    async def scene(app: App, client: httpx.AsyncClient) -> None:
        async with client.stream("GET", "/events", headers={"accept": "text/event-stream"}) as answer:
            events = told(answer)
            assert (await anext(events))[0] == "world"
            await send(client, app)
            assert await anext(events) == ("changed", 1, {})
            await client.post("/_emulator/reset", json={})
            assert (await anext(events))[0] == "reset"

    play(scene)
