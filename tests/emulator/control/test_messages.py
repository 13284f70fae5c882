"""The inbox over all APIs."""

import asyncio
import time
from datetime import timedelta
from typing import Any

import pytest

from tests.builders import a_message, a_recipient
from tests.emulator.control.playing import Stage, play


async def ids(stage: Stage, **query: Any) -> list[str]:
    return [message["id"] for message in (await stage.get("messages", **query))["messages"]]


def test_messages_of_all_apis_are_listed_newest_first():
    async def scene(stage: Stage) -> None:
        mail = await stage.mail()
        text = await stage.text()

        page = await stage.get("messages")

        assert [message["id"] for message in page["messages"]] == [text, mail]
        assert page["next"] is None
        assert page["messages"][1] == {
            "id": mail,
            "api": "raven",
            "account": stage.world.store.accounts[(await stage.account("raven"))["id"]].name,
            "environment": "live",
            "channel": "email",
            "recipients": [{"address": "ada@example.org", "status": "queued"}],
            "text": "It is on its way: https://example.com/track",
            "created_at": "2026-01-01T00:00:00.000Z",
        }

    play(scene)


def test_each_filter_lets_pass_what_it_names():
    async def scene(stage: Stage) -> None:
        mail = await stage.mail("Ada@Example.org")
        text = await stage.text("254711000111", message="Gate 5")
        account = (await stage.account("raven"))["id"]

        assert await ids(stage, api="raven") == [mail]
        assert await ids(stage, channel="sms") == [text]
        assert await ids(stage, account="acme") == [mail]
        assert await ids(stage, account=account) == [mail]
        assert await ids(stage, account=account, channel="sms") == []
        assert await ids(stage, recipient="ada@example.ORG") == [mail]
        assert await ids(stage, recipient="+254711000111") == [text]
        assert await ids(stage, recipient="25471100011") == []
        assert await ids(stage, contains="Gate 5") == [text]
        assert await ids(stage, contains="Your order") == [mail], "the subject counts"
        assert await ids(stage, contains="gate 5") == []
        assert await ids(stage, api="raven", contains="Gate 5") == []

    play(scene)


def test_an_account_that_is_not_there_is_a_404():
    async def scene(stage: Stage) -> None:
        assert (await stage.refused("GET", "messages", params={"account": "nobody"}))[:2] == (404, "not-found")
        assert (await stage.refused("GET", "messages", params={"account": "acme", "api": "cloudrebue"}))[0] == 404

    play(scene)


@pytest.mark.parametrize("query", [{}, {"api": "cloudrebue"}, {"contains": "Gate"}, {"account": "1"}])
def test_pages_follow_one_another_without_gap_or_repetition(query: dict[str, str]):
    async def scene(stage: Stage) -> None:
        sent = [await stage.text() for _ in range(7)]
        found: list[str] = []
        cursor: dict[str, str] = {}
        for _ in range(3):
            page = await stage.get("messages", limit=3, **query, **cursor)
            found += [message["id"] for message in page["messages"]]
            cursor = {"cursor": page["next"] or ""}

        assert found == sent[::-1]
        assert cursor == {"cursor": ""}

    play(scene)


def test_only_what_came_after_a_message_is_listed():
    async def scene(stage: Stage) -> None:
        first = await stage.mail()
        sent = [await stage.text(), await stage.text(), await stage.mail()]
        account = (await stage.account("raven"))["id"]

        page = await stage.get("messages", after=first, limit=2)
        following = await stage.get("messages", after=first, limit=2, cursor=page["next"])

        assert await ids(stage, after=first) == sent[::-1]
        assert await ids(stage, after=sent[-1]) == []
        assert [each["id"] for each in (*page["messages"], *following["messages"])] == sent[::-1]
        assert following["next"] is None
        assert await ids(stage, after=first, account=account) == [sent[2]], "the first one may be another account's"
        assert await ids(stage, after=sent[0], account=account) == [sent[2]]
        assert (await stage.refused("GET", "messages", params={"after": "nobody"}))[:2] == (404, "not-found")

    play(scene)


def test_a_call_that_waits_for_more_than_it_knows_is_held():
    async def scene(stage: Stage) -> None:
        first = await stage.text()
        held = asyncio.create_task(stage.get("messages", after=first, wait="30s"))
        await asyncio.sleep(0)
        second = await stage.text()

        assert [message["id"] for message in (await held)["messages"]] == [second]

    play(scene)


def fill(stage: Stage, count: int) -> None:
    store = stage.world.store
    account = next(iter(store.accounts))
    for number in range(count):
        id = f"m{number}"
        store.messages.put(a_message(id=id, account_id=account.id))
        store.recipients.put(a_recipient(id=id, message_id=id))


def test_a_page_costs_the_same_among_many_messages():
    async def scene(stage: Stage) -> None:
        fill(stage, 60_000)
        await stage.get("messages")

        begun = time.process_time()
        page = await stage.get("messages", limit=10)
        following = await stage.get("messages", limit=10, cursor=page["next"])
        took = time.process_time() - begun

        assert page["messages"][0]["id"] == "m59999"
        assert following["messages"][0]["id"] == "m59989"
        assert took < 0.1

    play(scene)


def test_a_search_through_many_messages_keeps_nobody_waiting():
    async def scene(stage: Stage) -> None:
        fill(stage, 60_000)
        search = asyncio.create_task(stage.get("messages", contains="not there"))
        answered = 0
        while not search.done():
            await asyncio.sleep(0)
            answered += 1

        assert (await search)["messages"] == []
        assert answered > 10

    play(scene)


def test_a_search_ends_when_the_world_is_reset():
    async def scene(stage: Stage) -> None:
        fill(stage, 20_000)
        search = asyncio.create_task(stage.refused("GET", "messages", params={"contains": "not there"}))
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        stage.worlds.reset(stage.world)

        assert (await search)[:2] == (409, "world-reset")

    play(scene)


def test_a_call_waits_until_something_matches():
    async def scene(stage: Stage) -> None:
        waiting = asyncio.create_task(stage.get("messages", contains="Gate 7", wait="30s"))
        await asyncio.sleep(0.02)
        await stage.text(message="Gate 6")
        await asyncio.sleep(0.02)
        assert not waiting.done()
        id = await stage.text(message="Gate 7")

        async with asyncio.timeout(2):
            page = await waiting

        assert [message["id"] for message in page["messages"]] == [id]

    play(scene)


def test_a_call_that_finds_something_at_once_does_not_wait():
    async def scene(stage: Stage) -> None:
        id = await stage.text()

        async with asyncio.timeout(2):
            assert await ids(stage, wait="60s") == [id]

    play(scene)


def test_a_wait_is_over_in_real_time():
    async def scene(stage: Stage) -> None:
        begun = time.perf_counter()

        assert await ids(stage, wait="50ms") == []
        assert 0.04 < time.perf_counter() - begun < 2

    play(scene)


def test_a_message_in_another_world_wakes_nobody():
    async def scene(stage: Stage) -> None:
        await stage.post("worlds", {"name": "x"}, status=201)
        waiting = asyncio.create_task(ids(stage, wait="200ms"))
        await asyncio.sleep(0.02)
        await stage.text(prefix="/w/x")

        assert await waiting == []

    play(scene)


@pytest.mark.parametrize("end", ["reset", "delete"])
def test_a_wait_ends_with_its_world(end: str):
    async def scene(stage: Stage) -> None:
        await stage.post("worlds", {"name": "x"}, status=201)
        waiting = asyncio.create_task(stage.call("GET", "/w/x/_emulator/messages?wait=30s"))
        await asyncio.sleep(0.02)
        if end == "reset":
            await stage.call("POST", "/w/x/_emulator/reset")
        else:
            await stage.call("DELETE", "/_emulator/worlds/x")

        async with asyncio.timeout(2):
            answer = await waiting

        assert answer.status_code == 409
        assert answer.json()["type"].endswith(":world-reset")

    play(scene)


def test_a_wait_ends_when_the_server_stops():
    async def scene(stage: Stage) -> None:
        waiting = asyncio.create_task(ids(stage, wait="30s"))
        await asyncio.sleep(0.02)
        stage.control.stopping()

        async with asyncio.timeout(2):
            assert await waiting == []
            assert await ids(stage, wait="30s") == [], "and nobody begins to wait"

    play(scene)


def test_hundreds_can_wait_at_once():
    async def scene(stage: Stage) -> None:
        waiting = [asyncio.create_task(ids(stage, contains="now", wait="30s")) for _ in range(300)]
        await asyncio.sleep(0.2)
        await stage.text(message="it is now")

        async with asyncio.timeout(10):
            found = await asyncio.gather(*waiting)

        assert all(len(each) == 1 for each in found)

    play(scene)


def test_one_message_in_full():
    async def scene(stage: Stage) -> None:
        id = await stage.text("254711000111", message="Gate 4 is open €", endpoint="http://127.0.0.1:9/hook")
        await stage.advance("10s")

        message = await stage.get(f"messages/{id}")

        recipient = message["recipients"][0]
        assert (message["handed_to"], message["content"]["text"]) == ("safaricom", "Gate 4 is open €")
        assert recipient["status"] == "delivered"
        assert recipient["segments"] == {"encoding": "GSM-7", "units": 17, "count": 1}
        assert recipient["money"]["currency"] == "units"
        assert recipient["money"]["charged"] == "1"
        assert [event["type"] for event in message["timeline"]] == ["queued", "sending", "sent", "delivered"]
        assert message["timeline"][3]["raw"]["body"]
        assert message["timeline"][0]["raw"] is None
        assert [event["state"] for event in message["webhooks"]] == ["delivered"] * len(message["webhooks"])
        assert message["webhooks"][-1]["attempts"][0]["response"] == {"status": 200, "body": "ok", "duration_ms": 0}
        assert message["webhooks"][-1]["body"] == stage.posted.bodies[-1].decode()

    play(scene)


def test_a_message_of_the_test_environment_is_handed_to_the_sandbox():
    async def scene(stage: Stage) -> None:
        apis = (await stage.get("apis"))["apis"]
        accounts = next(api for api in apis if api["name"] == "raven")["accounts"]
        headers = next(account for account in accounts if account["environment"] == "test")["headers"]
        body = {"channel": "sms", "to": "+254722000000", "body": "Hi"}
        id = (await stage.client.post("/raven/v1/messages", json=body, headers=headers)).json()["id"]
        assert (await stage.get(f"messages/{id}"))["handed_to"] is None
        await stage.advance("10s")

        message = await stage.get(f"messages/{id}")

        assert (message["environment"], message["handed_to"]) == ("test", "sandbox")

    play(scene)


def test_a_message_that_is_not_there_is_a_404():
    async def scene(stage: Stage) -> None:
        assert (await stage.refused("GET", "messages/none"))[:2] == (404, "not-found")
        assert (await stage.refused("GET", "messages/a%2Fb"))[2] == "There is no message 'a/b'."

    play(scene)


def test_retries_of_a_provider_show_in_the_timeline():
    async def scene(stage: Stage) -> None:
        id = await stage.mail("flaky@simulator.example")
        await stage.advance("1m")

        message = await stage.get(f"messages/{id}")

        retries = [event for event in message["timeline"] if event["type"] == "retry_scheduled"]
        assert [event["attempt"] for event in retries] == [1, 2]
        assert retries[0]["raw"]["status"] == 503
        assert message["recipients"][0]["provider_calls"] == 3

    play(scene)


def test_held_time_is_not_moved_by_a_wait():
    async def scene(stage: Stage) -> None:
        await ids(stage, wait="60ms")

        assert stage.world.clock.now - stage.world.clock.now.replace(hour=0, minute=0, second=0) == timedelta()

    play(scene)
