"""Stories played on a server that goes on serving: the queue, the record of each step, and the bounds."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest

from emulator.app import App, create_app
from emulator.settings import Settings
from emulator.stories import desk as module
from emulator.stories.catalogue import Catalogue
from emulator.stories.desk import Desk

SEND = 'call: {operation: sendMessage, body: {channel: sms, to: "+254722000000", body: Hi}, capture: {id: body.id}}'
GOOD = f"""\
    name: It is delivered, and told
    api: raven
    given: {{account: {{settings: {{outbound_webhooks: true}}, webhooks: [{{url: "${{receiver}}"}}]}}}}
    steps:
      - {SEND}
      - webhook: {{type: message.delivered, within: 5s}}
      - call: {{operation: getMessage, parameters: {{id: "${{id}}"}}, expect: {{body: {{status: delivered}}}}}}
    """
BAD = GOOD.replace("{status: delivered}", "{status: bounced}") + "  - advance: 1s\n"
MANY = f"""\
    name: Many calls
    api: raven
    steps: [{{repeat: {{times: 40, steps: [{{{SEND}}}]}}}}]
    """


def at_a_desk(tmp_path: Path, scene: Callable[[App, Desk], Awaitable[None]], **stories: str) -> None:
    for name, text in stories.items():
        path = tmp_path / "raven" / f"{name}.story.yaml"
        path.parent.mkdir(exist_ok=True)
        path.write_text(dedent(text))

    async def run() -> None:
        app = create_app(Settings(pace="held", control_token="s3cret"))
        desk = Desk(
            Catalogue(folder=tmp_path), app._serve_besides, apis=["raven"], token="s3cret", drop=app._drop_world
        )
        try:
            await scene(app, desk)
        finally:
            await desk.stop()
            await app.shutdown()

    asyncio.run(run())


async def ended(desk: Desk, number: int | None) -> dict[str, Any]:
    assert number is not None
    async with asyncio.timeout(60):
        while True:
            run: Any = desk.run(number)
            if run["is_over"]:
                return run
            await asyncio.sleep(0.01)


def test_a_story_is_told_step_by_step_with_what_was_asked_and_answered(tmp_path: Path):
    async def scene(app: App, desk: Desk) -> None:
        run = await ended(desk, await desk.start(key="raven/good"))
        (played,) = run["stories"]
        send, webhook, look = played["steps"]

        assert (run["is_good"], run["counts"], run["title"]) == (True, {"passed": 1}, "It is delivered, and told")
        assert [step["status"] for step in played["steps"]] == ["passed"] * 3
        (call,) = send["calls"]
        assert call["method"] == "POST"
        assert call["url"].endswith("/w/raven-good/raven/v1/messages")
        assert '"body":"Hi"' in call["body"].replace('": "', '":"')
        assert "X-Raven-Key" in call["headers"]
        assert call["answer"]["status"] == 202
        assert '"queued"' in call["answer"]["body"]
        assert (send["place"], webhook["place"]) == ("raven/sendMessage", "raven/webhooks/message.delivered")
        assert webhook["calls"] == []
        assert any('"message.delivered"' in each["body"] for each in webhook["webhooks"])
        assert look["source"].startswith("- call: {operation: getMessage")

    at_a_desk(tmp_path, scene, good=GOOD)


def test_a_failure_names_what_was_expected_and_what_came_and_ends_the_story(tmp_path: Path):
    async def scene(app: App, desk: Desk) -> None:
        run = await ended(desk, await desk.start(key="raven/bad"))
        (played,) = run["stories"]
        failed, left = played["steps"][2:]

        assert (run["is_good"], played["status"], failed["status"], left["status"]) == (
            False,
            "failed",
            "failed",
            "not played",
        )
        assert failed["failure"]["differences"] == [
            {"path": "body.status", "expected": '"bounced"', "got": '"delivered"'}
        ]
        assert any("delivered" in line for line in failed["failure"]["timeline"])
        assert played["given"] is None

    at_a_desk(tmp_path, scene, bad=BAD)


def test_what_cannot_be_given_is_the_storys_failure_and_none_of_a_steps(tmp_path: Path):
    async def scene(app: App, desk: Desk) -> None:
        (played,) = (await ended(desk, await desk.start(key="raven/odd")))["stories"]

        assert played["status"] == "failed"
        assert "nobody" in played["given"]["sentence"]
        assert {step["status"] for step in played["steps"]} == {"not played"}

    at_a_desk(tmp_path, scene, odd=GOOD.replace("{account: {", "{accounts: {nobody: {").replace("]}}\n", "]}}}\n"))


def test_the_servers_own_world_is_left_alone_and_the_storys_stays_to_be_looked_at(tmp_path: Path):
    async def scene(app: App, desk: Desk) -> None:
        before = app.worlds.default.store.copy()
        (played,) = (await ended(desk, await desk.start(key="raven/good")))["stories"]

        assert app.worlds.default.store.copy() == before
        assert len(app.worlds.get(played["world"]).store.messages) == 1

    at_a_desk(tmp_path, scene, good=GOOD)


def test_all_of_an_api_are_played_one_after_the_other_and_the_loop_stays_free(tmp_path: Path):
    async def scene(app: App, desk: Desk) -> None:
        number = await desk.start(api="raven")
        seen = set[str]()
        for _ in range(10_000):
            run: Any = desk.run(number or 0)
            words = [played["status"] for played in run["stories"]]
            seen.add(" ".join(words))
            assert words.count("playing") <= 1
            if run["is_over"]:
                break
            await asyncio.sleep(0)

        assert run["counts"] == {"failed": 1, "passed": 1}
        assert run["title"] == "All stories of raven"
        assert len(seen) > 2

    at_a_desk(tmp_path, scene, good=GOOD, bad=BAD)


def test_there_are_bounds_to_runs_worlds_calls_and_to_what_waits(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(module, "MOST_RUNS", 2)
    monkeypatch.setattr(module, "MOST_WORLDS", 1)
    monkeypatch.setattr(module, "MOST_WAITING", 3)

    async def scene(app: App, desk: Desk) -> None:
        (played,) = (await ended(desk, await desk.start(key="raven/many")))["stories"]
        assert len(played["steps"][0]["calls"]) == 25
        serve, all_are_asked_for = desk._serve, asyncio.Event()

        @asynccontextmanager
        async def serve_later() -> AsyncGenerator[str, None]:
            await all_are_asked_for.wait()
            async with serve() as url:
                yield url

        desk._serve = serve_later
        numbers = [await desk.start(key="raven/good") for _ in range(5)]
        all_are_asked_for.set()
        last = await ended(desk, numbers[3])

        assert numbers == [2, 3, 4, 5, None]
        assert desk.run(1) is None
        assert len(desk.runs()) == 2
        assert [world.name for world in app.worlds] == ["default", last["stories"][0]["world"]]

    at_a_desk(tmp_path, scene, good=GOOD, many=MANY)


def test_a_server_that_stops_breaks_off_what_is_played(tmp_path: Path):
    async def scene(app: App, desk: Desk) -> None:
        first, second = await desk.start(key="raven/good"), await desk.start(key="raven/good")
        await asyncio.sleep(0)
        await desk.stop()

        for number in (first, second):
            run: Any = desk.run(number or 0)
            assert run["stories"][0]["status"] == "broken off"
            assert run["is_over"]

    at_a_desk(tmp_path, scene, good=GOOD)


def test_a_story_that_there_is_not_or_that_is_not_well_written_cannot_be_played(tmp_path: Path):
    async def scene(app: App, desk: Desk) -> None:
        for wanted in ({"key": "raven/nobody"}, {"key": "raven/broken"}, {"api": "bird"}):
            with pytest.raises(LookupError):
                await desk.start(**wanted)

    at_a_desk(tmp_path, scene, broken="name: x\napi: raven\nsteps: [{}]\n")
