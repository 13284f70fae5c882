"""Worlds, and what runs here."""

import asyncio

import pytest

from tests.emulator.control.playing import ORIGIN, Stage, play


def test_a_world_is_made_listed_and_removed():
    async def scene(stage: Stage) -> None:
        made = await stage.post("worlds", {"name": "checkout", "seed": 7, "pace": "real"}, status=201)

        assert (made["name"], made["seed"], made["pace"]) == ("checkout", 7, "real")
        assert made["base_url"] == f"{ORIGIN}/w/checkout"
        names = [world["name"] for world in (await stage.get("worlds"))["worlds"]]
        assert names == ["default", "checkout"]
        assert (await stage.call("GET", "/w/checkout/_emulator/health")).json()["world"] == "checkout"
        assert (await stage.call("DELETE", "/_emulator/worlds/checkout")).status_code == 204
        assert (await stage.client.get("/w/checkout/_emulator/health")).status_code == 404
        assert (await stage.refused("DELETE", "worlds/checkout"))[:2] == (404, "not-found")

    play(scene)


def test_without_more_a_world_has_the_servers_seed_and_pace():
    async def scene(stage: Stage) -> None:
        made = await stage.post("worlds", {"name": "x"}, status=201)

        assert (made["seed"], made["pace"]) == (1, "held")

    play(scene)


def test_a_world_can_delete_itself():
    async def scene(stage: Stage) -> None:
        await stage.post("worlds", {"name": "x"}, status=201)

        assert (await stage.call("DELETE", "/w/x/_emulator/worlds/x")).status_code == 204

    play(scene)


def test_a_name_is_given_once_and_default_stays():
    async def scene(stage: Stage) -> None:
        await stage.post("worlds", {"name": "x"}, status=201)

        assert (await stage.refused("POST", "worlds", json={"name": "x"}))[:2] == (409, "already-exists")
        assert (await stage.refused("DELETE", "worlds/default"))[:2] == (409, "not-possible")

    play(scene)


@pytest.mark.parametrize("name", ["", "a/b", ".x", "x" * 64, "ä", "a b", None, 5])
def test_a_name_must_stand_in_a_path(name: object):
    async def scene(stage: Stage) -> None:
        assert (await stage.refused("POST", "worlds", json={"name": name}))[0] == 422

    play(scene)


def test_worlds_share_nothing():
    async def scene(stage: Stage) -> None:
        await stage.post("worlds", {"name": "x"}, status=201)
        await stage.text(prefix="/w/x")
        await stage.call("POST", "/w/x/_emulator/clock/advance", json={"by": "1h"})

        assert (await stage.get("messages"))["messages"] == []
        assert (await stage.get("clock"))["now"] == "2026-01-01T00:00:00.000Z"
        assert (await stage.call("GET", "/w/x/_emulator/clock")).json()["now"] == "2026-01-01T01:00:00.000Z"

    play(scene)


def test_a_reset_makes_the_world_as_new():
    async def scene(stage: Stage) -> None:
        first = await stage.text()
        await stage.advance("1h")

        same = await stage.post("reset")
        again = await stage.text()
        await stage.post("reset", {"seed": 7})
        other = await stage.text()

        assert (same["seed"], same["now"]) == (1, "2026-01-01T00:00:00.000Z")
        assert again == first
        assert other != first
        assert (await stage.get("worlds"))["worlds"][0]["seed"] == 7
        assert (await stage.refused("POST", "reset", json={"seed": -1}))[0] == 422

    play(scene)


def test_health_names_the_world_and_its_time():
    async def scene(stage: Stage) -> None:
        assert await stage.get("health") == {
            "status": "ok",
            "version": "1.2.3",
            "world": "default",
            "now": "2026-01-01T00:00:00.000Z",
            "pace": "held",
        }

    play(scene)


def test_apis_lead_back_to_the_host_and_world_of_the_call():
    async def scene(stage: Stage) -> None:
        await stage.post("worlds", {"name": "x"}, status=201)
        answer = await stage.call("GET", "/w/x/_emulator/apis", headers={"host": "localhost:9"})
        apis = answer.json()["apis"]

        assert [api["name"] for api in apis] == ["raven", "tripdesk", "cloudrebue", "arowana", "bird"]
        assert apis[0]["base_url"] == "http://localhost:9/w/x/raven"
        assert apis[0]["openapi_url"] == "http://localhost:9/w/x/_emulator/openapi/raven.yaml"
        for account in (account for api in apis for account in api["accounts"]):
            first = next(iter(account["credentials"].values()))
            assert account["headers"] == first["headers"]

    play(scene)


def test_a_server_with_one_api_at_its_root_lists_that_one():
    async def scene(stage: Stage) -> None:
        apis = (await stage.get("apis"))["apis"]

        assert [(api["name"], api["base_url"]) for api in apis] == [("raven", ORIGIN)]

    play(scene, only="raven")


def test_metrics_count_what_costs_nothing_to_count():
    async def scene(stage: Stage) -> None:
        await stage.post("worlds", {"name": "x"}, status=201)
        await stage.text(prefix="/w/x")
        await stage.mail()
        answer = await stage.call("GET", "/_emulator/metrics")
        lines = answer.text.splitlines()

        assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
        assert 'parrotfish_info{version="1.2.3"} 1.0' in lines
        assert "parrotfish_worlds 2.0" in lines
        assert 'parrotfish_messages{api="raven",world="default"} 1.0' in lines
        assert 'parrotfish_messages{api="cloudrebue",world="x"} 1.0' in lines
        assert 'parrotfish_journal_calls{api="raven",status="202",world="default"} 1.0' in lines
        assert 'parrotfish_timers{world="default"} 1.0' in lines
        assert any(line.startswith("process_resident_memory_bytes") for line in lines)

    play(scene)


def test_reading_changes_nothing():
    async def scene(stage: Stage) -> None:
        id = await stage.text(endpoint="http://127.0.0.1:9/hook")
        await stage.advance("1s")
        paths = ["health", "apis", "clock", "messages", f"messages/{id}", "accounts", "webhooks/attempts", "worlds"]

        async def everything() -> list[bytes]:
            return [(await stage.call("GET", f"/_emulator/{path}")).content for path in [*paths, "journal"]]

        first = await everything()
        await asyncio.sleep(0.01)

        assert await everything() == first

    play(scene)
