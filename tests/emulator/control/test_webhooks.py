"""Every delivery attempt."""

import asyncio
from typing import Any

import httpx
from msgspec.structs import replace

from emulator.app import create_app
from emulator.server.webhook_client import Outcome
from emulator.settings import Settings
from tests.emulator.control.playing import Stage, play
from tests.receiver import receiving

HOOK = "http://127.0.0.1:9/hook"


async def attempts(stage: Stage, **query: Any) -> list[dict[str, Any]]:
    return (await stage.get("webhooks/attempts", **query))["attempts"]


def refusing(stage: Stage) -> None:
    async def refuse() -> Outcome:
        return Outcome(503, b"later")

    stage.posted.answer = refuse


def test_an_attempt_shows_what_was_posted_and_what_came_back():
    async def scene(stage: Stage) -> None:
        id = await stage.text(endpoint=HOOK)
        await stage.advance("10s")

        [attempt, *_] = await attempts(stage)

        assert (attempt["message"], attempt["recipient"], attempt["api"]) == (id, "254722000000", "cloudrebue")
        assert (attempt["number"], attempt["trigger"], attempt["state"]) == (1, "scheduled", "delivered")
        assert attempt["request"]["url"] == HOOK
        assert attempt["request"]["body"] == stage.posted.bodies[-1].decode()
        assert attempt["response"] == {"status": 200, "body": "ok", "duration_ms": 0}
        assert attempt["next_attempt_at"] is None

    play(scene)


def test_the_retry_that_is_to_come_is_there_with_its_time():
    async def scene(stage: Stage) -> None:
        refusing(stage)
        await stage.text(endpoint=HOOK)
        await stage.advance("10s")

        pending, failed = (await attempts(stage))[:2]

        assert (failed["state"], failed["response"]["status"]) == ("failed", 503)
        assert failed["next_attempt_at"] == pending["due_at"]
        assert (pending["number"], pending["state"]) == (2, "pending")
        assert (pending["request"]["headers"], pending["response"], pending["started_at"]) == (None, None, None)
        stage.posted.answer = stage.posted.take
        await stage.advance("2m")
        assert {each["state"] for each in (await attempts(stage)) if each["number"] == 2} == {"delivered"}

    play(scene)


def test_an_attempt_that_got_no_answer_says_why():
    async def scene(stage: Stage) -> None:
        async def nothing() -> Outcome:
            return Outcome(None, b"", "refused")

        stage.posted.answer = nothing
        await stage.text(endpoint=HOOK)
        await stage.advance("10s")

        failed = (await attempts(stage, state="failed"))[0]

        assert (failed["response"], failed["error"]) == (None, "refused")

    play(scene)


def test_each_filter_lets_pass_what_it_names():
    async def scene(stage: Stage) -> None:
        first = await stage.text(endpoint=HOOK)
        await stage.advance("10s")
        refusing(stage)
        second = await stage.text(endpoint=HOOK)
        await stage.advance("10s")

        async def messages(**query: Any) -> set[str]:
            return {each["message"] for each in await attempts(stage, **query)}

        type = (await attempts(stage))[0]["type"]
        assert await messages() == {first, second}
        assert await messages(message=first) == {first}
        assert await messages(message="none") == set()
        assert await messages(state="delivered") == {first}
        assert await messages(state="failed") == {second}
        assert await messages(state="pending") == {second}
        assert await messages(type=type) == {first, second}
        assert await messages(type="none") == set()
        assert await messages(api="raven") == set()
        assert await messages(account="1", api="cloudrebue") == {first, second}
        assert await messages(account="3") == set()

    play(scene)


def test_pages_count_events():
    async def scene(stage: Stage) -> None:
        for _ in range(3):
            await stage.text(endpoint=HOOK)
        await stage.advance("10s")
        every = await attempts(stage)
        found: list[dict[str, Any]] = []
        cursor: dict[str, str] = {}
        while True:
            page = await stage.get("webhooks/attempts", limit=2, **cursor)
            found += page["attempts"]
            if page["next"] is None:
                break
            cursor = {"cursor": page["next"]}

        assert found == every

    play(scene)


def test_a_retry_by_hand_posts_the_same_bytes_with_the_next_advance():
    async def scene(stage: Stage) -> None:
        id = await stage.text(endpoint=HOOK)
        await stage.advance("10s")
        done = (await attempts(stage, message=id))[0]
        posted = len(stage.posted.bodies)

        due = await stage.post(f"webhooks/attempts/{done['id']}/retry", status=202)
        assert (due["trigger"], due["state"], due["number"]) == ("manual", "pending", 2)
        assert (await attempts(stage, state="pending"))[0] == due
        assert (await stage.advance("0s"))["attempts_made"] == 1

        again = (await attempts(stage, message=id))[0]
        assert (again["trigger"], again["state"], again["event_id"]) == ("manual", "delivered", done["event_id"])
        assert stage.posted.bodies[posted] == done["request"]["body"].encode()

    play(scene)


def test_a_retry_can_be_asked_for_by_the_events_id():
    async def scene(stage: Stage) -> None:
        await stage.text(endpoint=HOOK)
        await stage.advance("10s")
        event_id = (await attempts(stage))[0]["event_id"]

        assert (await stage.post(f"webhooks/attempts/{event_id}/retry", status=202))["event_id"] == event_id
        assert (await stage.refused("POST", "webhooks/attempts/none/retry"))[0] == 404

    play(scene)


def test_in_real_time_a_retry_is_posted_at_once_to_a_real_receiver():
    async def scene(stage: Stage) -> None:
        app = create_app(Settings(pace="1000"))
        async with (
            receiving() as receiver,
            httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://127.0.0.1:1") as client,
        ):
            apis = (await client.get("/_emulator/apis")).json()["apis"]
            headers = next(api for api in apis if api["name"] == "cloudrebue")["accounts"][0]["headers"]
            body = {"sender": "CLOUD_REBUE", "message": "Hi", "phone": "254711000111", "endpoint": receiver.url}
            await client.post("/cloudrebue/api/v1/send-sms", json=body, headers=headers)

            async def delivered(count: int) -> list[dict[str, Any]]:
                for _ in range(300):
                    answer = await client.get("/_emulator/webhooks/attempts?state=delivered")
                    if len(answer.json()["attempts"]) >= count:
                        return answer.json()["attempts"]
                    await asyncio.sleep(0.01)
                raise AssertionError(answer.text)

            first = (await delivered(1))[0]
            before = len(receiver.received)
            await client.post(f"/_emulator/webhooks/attempts/{first['id']}/retry")
            await delivered(before + 1)

            assert len(receiver.received) >= before + 1
            assert receiver.received[-1].body
        await app.shutdown()

    play(scene)


def test_when_the_endpoint_is_gone_a_retry_is_refused():
    async def scene(stage: Stage) -> None:
        id = (await stage.account("raven"))["id"]
        await stage.text(endpoint=HOOK)
        await stage.advance("10s")
        store = stage.world.store
        event = next(iter(store.webhook_events))
        store.webhook_events.put(replace(event, endpoint_id="gone", account_id=id))

        assert (await stage.refused("POST", f"webhooks/attempts/{event.id}/retry"))[:2] == (409, "not-possible")

    play(scene)
