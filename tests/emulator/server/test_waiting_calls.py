"""A handler may wait for the world before it answers."""

import asyncio
import json
from datetime import timedelta
from typing import Any

import httpx
import pytest
from msgspec.structs import replace

from emulator.app import App
from emulator.core.records import Status
from emulator.dialects import DIALECTS
from emulator.server.connection import serving
from emulator.server.dialect import Call, Dialect, Reply, Wait, json_reply
from emulator.settings import Settings
from tests.emulator.dialects.raven.conftest import SMS

TEN_SECONDS = timedelta(seconds=10)


class Client:
    """Sends to Raven, whose handler waits until the message is delivered."""

    def __init__(self, app: App) -> None:
        self.app = app
        self.world = app.worlds.default
        (api,) = (each for each in app.apis.values() if each.dialect.name == "raven")
        self.headers = next(iter(api.dialect.describe(self.world)[0].credentials.values()))

    async def send(self, **changes: str) -> tuple[int, Any]:
        body = json.dumps({**SMS, **changes}).encode()
        named = {**self.headers, "content-type": "application/json"}
        sent: list[Any] = []

        async def receive() -> dict[str, Any]:
            return {"type": "http.request", "body": body, "more_body": False}

        async def send(message: Any) -> None:
            sent.append(message)

        scope = {
            "type": "http",
            "method": "POST",
            "scheme": "http",
            "raw_path": b"/raven/v1/messages",
            "path": "/raven/v1/messages",
            "query_string": b"",
            "headers": [(name.lower().encode(), value.encode()) for name, value in named.items()],
        }
        await self.app(scope, receive, send)
        return sent[0]["status"], json.loads(sent[1]["body"])

    async def advance(self, seconds: float) -> None:
        await self.app.worlds.keeper(self.world).advance(self.world.clock.now + timedelta(seconds=seconds))


def waiting_raven(at_most: timedelta) -> Dialect:
    (raven,) = (each for each in DIALECTS if each.name == "raven")
    plain = raven.handlers["sendMessage"]

    def wait(call: Call) -> Wait:
        reply = plain(call)
        assert isinstance(reply, Reply)
        id = json.loads(reply.body)["id"]
        recipients = call.world.store.recipients

        def answer(_call: Call) -> Reply:
            return json_reply(200, {"id": id, "status": recipients[id].status})

        return Wait(lambda: recipients[id].status is Status.DELIVERED, at_most, answer)

    return replace(raven, handlers={**raven.handlers, "sendMessage": wait})


def a_client(monkeypatch: pytest.MonkeyPatch, at_most: timedelta = TEN_SECONDS, **settings: Any) -> Client:
    monkeypatch.setattr("emulator.app.DIALECTS", (waiting_raven(at_most),))
    return Client(App(Settings(**{"pace": "held", **settings})))


async def begun(client: Client, **changes: str) -> "asyncio.Task[tuple[int, Any]]":
    task = asyncio.create_task(client.send(**changes))
    await asyncio.sleep(0)
    return task


def test_the_answer_comes_when_what_it_waits_for_has_happened(monkeypatch: pytest.MonkeyPatch):
    async def main() -> None:
        client = a_client(monkeypatch)
        waiting = await begun(client)
        assert not waiting.done()

        await client.advance(1)

        assert (await waiting)[0] == 200
        assert (await waiting)[1]["status"] == "delivered"

    asyncio.run(main())


def test_the_wait_ends_after_so_much_of_the_worlds_time(monkeypatch: pytest.MonkeyPatch):
    async def main() -> None:
        client = a_client(monkeypatch, timedelta(seconds=0.2))
        waiting = await begun(client)

        await client.advance(0.3)

        assert (await waiting)[1]["status"] == "sent"

    asyncio.run(main())


def test_where_time_stands_the_wait_ends_after_as_much_real_time(monkeypatch: pytest.MonkeyPatch):
    async def main() -> None:
        client = a_client(monkeypatch, timedelta(milliseconds=5))

        assert (await client.send())[1]["status"] == "queued"

    asyncio.run(main())


def test_the_key_of_a_waiting_call_is_in_progress(monkeypatch: pytest.MonkeyPatch):
    async def main() -> None:
        client = a_client(monkeypatch)
        key = {"idempotencyKey": "order-1042"}
        waiting = await begun(client, **key)

        assert (await client.send(**key))[0] == 409
        await client.advance(1)
        first = await waiting

        assert await client.send(**key) == first
        assert len(client.world.store.messages) == 1

    asyncio.run(main())


def test_a_reset_ends_the_wait_with_the_apis_own_500(monkeypatch: pytest.MonkeyPatch):
    async def main() -> None:
        client = a_client(monkeypatch)
        waiting = await begun(client)

        client.app.worlds.reset(client.world)

        assert (await waiting)[0] == 500

    asyncio.run(main())


def test_a_stopping_server_answers_with_what_there_is(monkeypatch: pytest.MonkeyPatch):
    async def main() -> None:
        client = a_client(monkeypatch)
        waiting = await begun(client)

        client.app.stopping()

        assert (await waiting)[1]["status"] == "queued"

    asyncio.run(main())


async def a_webhook(client: httpx.AsyncClient, url: str, *events: str) -> tuple[str, dict[str, str]]:
    """An Arowana endpoint: its path, and the headers to call with."""
    apis = (await client.get("/_emulator/apis")).json()["apis"]
    headers = next(each for each in apis if each["name"] == "arowana")["accounts"][0]["headers"]
    made = await client.post("/arowana/v1/webhooks", json={"url": url, "events": events}, headers=headers)
    return f"/arowana/v1/webhooks/{made.json()['id']}", headers


async def told(client: httpx.AsyncClient) -> list[str]:
    posts = (await client.get("/_emulator/sink/a")).json()["posts"]
    return [json.loads(each["body"])["event"] for each in posts]


@pytest.mark.parametrize(("status", "delivered"), [(204, True), (500, False)])
def test_in_held_the_event_that_a_call_waits_for_is_posted_at_once_and_no_other(status: int, delivered: bool):
    async def main() -> None:
        app = App(Settings(pace="held"))
        async with serving(app) as url, httpx.AsyncClient(base_url=url) as client:
            hook, headers = await a_webhook(client, f"{url}/_emulator/sink/a", "message.read", "consent.created")
            await client.put("/_emulator/sink/a", json={"status": status})
            consent = {"channel_type": "SMS", "message_type": "MESSAGE", "source": "api"}
            await client.post("/arowana/v1/contacts/c_kim01/consent", json=consent, headers=headers)

            answer = (await client.post(f"{hook}/test", headers=headers)).json()

            assert (answer["delivered"], answer["response_status"]) == (delivered, status)
            assert await told(client) == ["message.read"]
            await client.post("/_emulator/clock/advance", json={"by": "0s"})
            assert await told(client) == ["message.read", "consent.created"]

    asyncio.run(main())


def test_a_reset_while_that_event_is_posted_ends_the_call_with_the_apis_own_500():
    async def main() -> None:
        app = App(Settings(pace="held"))

        async def resetter(_scope: Any, _receive: Any, send: Any) -> None:
            app.worlds.reset(app.worlds.default)
            await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"0")]})
            await send({"type": "http.response.body", "body": b""})

        async with (
            serving(app) as url,
            serving(resetter) as receiver,
            httpx.AsyncClient(base_url=url) as client,
        ):
            hook, headers = await a_webhook(client, receiver, "message.read")

            answer = await client.post(f"{hook}/test", headers=headers)

            assert answer.status_code == 500

    asyncio.run(main())
