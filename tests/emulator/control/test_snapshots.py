"""A world's state, kept and put back."""

import asyncio

import msgspec

from emulator.control.snapshots import MOST_SNAPSHOTS
from emulator.server.webhook_client import Outcome
from tests.emulator.control.playing import Stage, play


def state(stage: Stage) -> bytes:
    """Everything that the world knows, as bytes."""
    world = stage.world
    rows = {
        name: {str(key): repr(value) for key, value in part.items()}
        for name, part in world.store.copy().items()
        if part
    }
    return msgspec.json.encode([rows, repr(world.clock.state()), repr(list(world.ready)), world.seed])


def test_what_happened_after_it_is_undone_to_the_last_byte():
    async def scene(stage: Stage) -> None:
        await stage.text()
        kept = await stage.post("snapshots", status=201)
        before, entries = state(stage), len(stage.world.journal)
        await stage.text("254722000001")
        await stage.advance("60s")
        assert state(stage) != before

        restored = await stage.post(f"snapshots/{kept['id']}/restore")

        assert restored == kept
        assert state(stage) == before
        assert len(stage.world.journal) == entries + 1  # and that it was restored

    play(scene)


def test_the_same_calls_after_it_give_the_same_world_each_time():
    async def scene(stage: Stage) -> None:
        await stage.text()
        id = (await stage.post("snapshots", status=201))["id"]
        states = set[bytes]()
        for _ in range(3):
            await stage.post(f"snapshots/{id}/restore")
            await stage.mail()
            await stage.advance("5s")
            states.add(state(stage))

        assert len(states) == 1

    play(scene)


def test_a_snapshot_is_not_there_after_a_reset():
    async def scene(stage: Stage) -> None:
        id = (await stage.post("snapshots", status=201))["id"]
        await stage.post("reset", {})

        assert (await stage.refused("POST", f"snapshots/{id}/restore"))[:2] == (404, "not-found")

    play(scene)


def test_while_the_clock_is_advanced_nothing_is_kept_but_a_restore_wins():
    async def scene(stage: Stage) -> None:
        id = (await stage.post("snapshots", status=201))["id"]
        posting, go_on = asyncio.Event(), asyncio.Event()

        async def slowly() -> Outcome:
            posting.set()
            await go_on.wait()
            return Outcome(200, b"")

        stage.posted.answer = slowly
        await stage.text(endpoint="http://127.0.0.1:9/hook")
        advancing = asyncio.create_task(stage.call("POST", "/_emulator/clock/advance", json={"by": "10s"}))
        await posting.wait()

        assert (await stage.refused("POST", "snapshots"))[:2] == (409, "clock-busy")
        await stage.post(f"snapshots/{id}/restore")
        go_on.set()
        assert (await advancing).status_code == 409
        assert not stage.world.store.messages.rows

    play(scene)


def test_there_is_an_end_to_keeping():
    async def scene(stage: Stage) -> None:
        for _ in range(MOST_SNAPSHOTS):
            await stage.post("snapshots", status=201)

        assert (await stage.refused("POST", "snapshots"))[0] == 409

    play(scene)
