"""A server's own story: taken up at the start and after each edit; a broken edit changes nothing."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

import httpx
import pytest

from emulator.app import App, create_app
from emulator.server.connection import serving
from emulator.settings import Settings
from emulator.stories import following
from emulator.stories.mistakes import StoryError

USUAL = following.EVERY_SECONDS

STORY = """\
name: Nobody is there
api: cloudrebue
given:
  account: {balance: 5, settings: {callback_url: "${receiver}"}}
  receiver: {answers: [500, 200]}
providers:
  - {name: gone, match: {channel: sms}, script: [{after: 1s, report: failed}]}
steps:
  - advance: 1s
"""


@pytest.fixture(autouse=True)
def _looking_often(monkeypatch):
    monkeypatch.setattr(following, "EVERY_SECONDS", 0.01)


Scene = Callable[[httpx.AsyncClient, Path, list[str]], Awaitable[None]]


def follow(path: Path, scene: Scene, text: str = STORY) -> None:
    path.write_text(text)

    async def run() -> None:
        said: list[str] = []
        app: App = create_app(Settings(pace="held"))
        async with serving(app) as url, httpx.AsyncClient(base_url=url) as client:
            app.follow(path, url, said.append)
            await scene(client, path, said)

    asyncio.run(run())


async def balance(client: httpx.AsyncClient) -> str:
    accounts = (await client.get("/_emulator/accounts?api=cloudrebue&limit=500")).json()["accounts"]
    return next(each for each in accounts if each["id"] == "1")["wallet"]["balance"]


async def rules(client: httpx.AsyncClient) -> list[str]:
    return [rule["name"] for rule in (await client.get("/_emulator/providers")).json()["rules"]]


async def until(holds: Callable[[], Awaitable[bool]]) -> float:
    """Seconds until something holds; at most thirty."""
    begun = time.monotonic()
    while not await holds():
        assert time.monotonic() - begun < 30
        await asyncio.sleep(0.02)
    return time.monotonic() - begun


def test_what_is_given_is_so_when_the_server_is_ready(tmp_path):
    async def scene(client, _path, said):
        sink = (await client.get("/_emulator/sink/story")).json()
        accounts = (await client.get("/_emulator/accounts?api=cloudrebue&limit=500")).json()["accounts"]
        account = next(each for each in accounts if each["id"] == "1")

        assert (float(await balance(client)), await rules(client)) == (5, ["gone"])
        assert account["settings"]["callback_url"] == sink["url"]
        assert sink["status"] == [500, 200]
        assert said == []

    follow(tmp_path / "a.story.yaml", scene)


def test_an_edit_is_taken_up_within_a_second_while_calls_are_answered(tmp_path):
    assert USUAL < 0.5

    async def scene(client, path, said):
        path.write_text(STORY.replace("name: gone", "name: other").replace("balance: 5", "balance: 7"))
        statuses: set[int] = set()

        async def has_changed() -> bool:
            statuses.add((await client.get("/_emulator/health")).status_code)
            return await rules(client) == ["other"]

        seconds = await until(has_changed)

        assert seconds < 1
        assert statuses == {200}
        assert (await balance(client)).startswith("7")
        assert said == [f"took up {path}: Nobody is there"]

    follow(tmp_path / "a.story.yaml", scene)


@pytest.mark.parametrize(
    ("edit", "mistake"),
    [
        (("script:", "scrpt:"), "7:58: scrpt is not known here; did you mean script?"),
        (("report: failed", "report: opened"), "providers.0.script.0.report: Cloud Rebue bulk SMS has no report"),
        (("balance: 5", "settings: {colour: red}, x: 1"), ""),
        (("name: Nobody", "\tname"), ""),
    ],
)
def test_a_broken_edit_is_reported_once_and_the_old_one_stays(tmp_path, edit, mistake):
    async def scene(client, path, said):
        path.write_text(STORY.replace(*edit).replace("match: {channel: sms}", "match: {channel: sms, api: cloudrebue}"))

        async def is_reported() -> bool:
            return bool(said)

        await until(is_reported)
        for _ in range(50):  # time enough to look again
            await client.get("/_emulator/health")

        assert len(said) == 1
        assert said[0].startswith(f"{path}:")
        assert mistake in said[0]
        assert said[0].endswith("\nthe story stays as it was")
        assert (await rules(client), (await balance(client))[0]) == (["gone"], "5")

        path.write_text(STORY.replace("name: gone", "name: mended"))

        async def is_mended() -> bool:
            return await rules(client) == ["mended"]

        await until(is_mended)

    follow(tmp_path / "a.story.yaml", scene)


def test_a_world_that_was_made_as_new_gets_its_story_again(tmp_path):
    async def scene(client, _path, said):
        await client.post("/_emulator/reset", json={})

        async def is_back() -> bool:
            return await rules(client) == ["gone"]

        assert await until(is_back) < 1
        assert said == []

    follow(tmp_path / "a.story.yaml", scene)


def test_a_file_that_is_broken_from_the_start_is_refused(tmp_path):
    with pytest.raises(StoryError, match="1:1: "):
        follow(tmp_path / "a.story.yaml", None, "nme: x\n")  # type: ignore[arg-type] # never played


def test_the_clock_of_a_story_is_set(tmp_path):
    async def scene(client, _path, _said):
        async def is_set() -> bool:
            return (await client.get("/_emulator/clock")).json()["now"] == "2026-05-01T08:00:00.000Z"

        await until(is_set)

    text = STORY.replace("given:", 'given:\n  clock: {at: "2026-05-01T08:00:00Z"}')
    follow(tmp_path / "a.story.yaml", scene, text)
