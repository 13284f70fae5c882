"""The clock, moved from outside."""

import asyncio
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emulator.control.spans import parse_span
from emulator.server.webhook_client import Outcome
from tests.emulator.control.playing import Stage, play

RECEIVER = "http://127.0.0.1:9/hook"


@pytest.mark.parametrize(
    ("text", "span"),
    [
        ("250ms", timedelta(milliseconds=250)),
        ("5s", timedelta(seconds=5)),
        ("0s", timedelta()),
        ("1.5s", timedelta(seconds=1.5)),
        ("1h30m", timedelta(hours=1, minutes=30)),
        ("2d", timedelta(days=2)),
        ("1d2h3m4s5ms", timedelta(days=1, hours=2, minutes=3, seconds=4, milliseconds=5)),
    ],
)
def test_a_span_is_read_as_it_is_written(text: str, span: timedelta):
    assert parse_span(text) == span


@pytest.mark.parametrize("text", ["", "5", "s", "5 s", "-5s", "5s1h", "1e3s", "٥s", "5S", "5s\n"])
def test_what_is_no_span_is_refused(text: str):
    with pytest.raises(ValueError):
        parse_span(text)


@given(st.integers(0, 99), st.integers(0, 99), st.integers(0, 9999))
def test_a_span_is_the_sum_of_its_parts(hours: int, minutes: int, milliseconds: int):
    assert parse_span(f"{hours}h{minutes}m{milliseconds}ms") == timedelta(
        hours=hours, minutes=minutes, milliseconds=milliseconds
    )


def test_advance_runs_what_falls_due_and_says_so():
    async def scene(stage: Stage) -> None:
        await stage.text(endpoint=RECEIVER)
        before = await stage.get("clock")

        done = await stage.advance("10s")
        after = await stage.get("clock")

        assert (before["now"], before["timers"]) == ("2026-01-01T00:00:00.000Z", 1)
        assert before["next_timer_at"] is not None
        assert done["now"] == after["now"] == "2026-01-01T00:00:10.000Z"
        assert done["timers_run"] >= 3
        assert done["attempts_made"] == len(stage.posted.bodies) >= 1
        assert (after["timers"], after["next_timer_at"], after["attempts_due"]) == (0, None, 0)

    play(scene)


def test_advance_to_a_moment():
    async def scene(stage: Stage) -> None:
        done = await stage.post("clock/advance", {"to": "2026-01-02T03:00:00+03:00"})

        assert done["now"] == "2026-01-02T00:00:00.000Z"
        assert (await stage.refused("POST", "clock/advance", json={"to": "2026-01-01T23:59:59Z"}))[0] == 422
        assert (await stage.post("clock/advance", {"to": done["now"]}))["now"] == done["now"]

    play(scene)


def test_time_does_not_lead_beyond_what_python_can_count():
    async def scene(stage: Stage) -> None:
        answers = [await stage.call("POST", "/_emulator/clock/advance", json={"by": "999999d"}) for _ in range(4)]

        assert [answer.status_code for answer in answers] == [200, 200, 422, 422]

    play(scene)


def test_while_the_clock_is_advanced_advance_and_pace_are_busy():
    async def scene(stage: Stage) -> None:
        arrived, go = asyncio.Event(), asyncio.Event()

        async def slow() -> Outcome:
            arrived.set()
            await go.wait()
            return Outcome(200)

        stage.posted.answer = slow
        await stage.text(endpoint=RECEIVER)
        advance = asyncio.create_task(stage.advance("10s"))
        await arrived.wait()

        assert (await stage.get("clock"))["is_advancing"] is True
        assert (await stage.refused("POST", "clock/advance", json={"by": "1s"}))[:2] == (409, "clock-busy")
        assert (await stage.refused("PUT", "clock", json={"pace": "real"}))[:2] == (409, "clock-busy")
        assert await stage.text() is not None, "an ordinary stretch goes on"
        go.set()
        assert (await advance)["attempts_made"] >= 1

    play(scene)


@pytest.mark.parametrize("call", [("POST", "/_emulator/reset"), ("POST", "/w/x/_emulator/reset"), ("DELETE", "x")])
def test_a_reset_or_deletion_ends_an_advance(call: tuple[str, str]):
    async def scene(stage: Stage) -> None:
        await stage.post("worlds", {"name": "x"}, status=201)
        prefix = "" if call[1] == "/_emulator/reset" else "/w/x"
        arrived, go = asyncio.Event(), asyncio.Event()

        async def slow() -> Outcome:
            arrived.set()
            await go.wait()
            return Outcome(200)

        stage.posted.answer = slow
        await stage.text(endpoint=RECEIVER, prefix=prefix)
        advance = asyncio.create_task(stage.call("POST", f"{prefix}/_emulator/clock/advance", json={"by": "10s"}))
        await arrived.wait()
        path = "/_emulator/worlds/x" if call[0] == "DELETE" else call[1]
        assert (await stage.call(call[0], path)).status_code in (200, 204)
        go.set()

        answer = await advance

        assert answer.status_code == 409
        assert answer.json()["type"].endswith(":world-reset")

    play(scene)


def test_an_endless_loop_is_named():
    async def scene(stage: Stage) -> None:
        from emulator.gateway import timers

        def again(world, subject, step):  # type: ignore[no-untyped-def] # a timer that makes itself
            world.clock.call_in(timedelta(), "again", subject)

        table = {**timers.RUN, "again": again}
        original, timers.RUN = timers.RUN, table
        try:
            stage.world.clock.call_in(timedelta(), "again", "x")
            assert (await stage.refused("POST", "clock/advance", json={"by": "1s"}))[:2] == (409, "endless-loop")
        finally:
            timers.RUN = original
        assert (await stage.post("reset"))["now"] == "2026-01-01T00:00:00.000Z"

    play(scene)


@pytest.mark.parametrize("pace", ["held", "real", 10, 0.5])
def test_the_pace_can_be_changed(pace: object):
    async def scene(stage: Stage) -> None:
        assert (await stage.post("clock", {"pace": pace}, method="PUT"))["pace"] == pace
        assert (await stage.get("health"))["pace"] == pace

    play(scene)


@pytest.mark.parametrize("pace", ["fast", "10", 0, -1, True, None, 1_000_001, []])
def test_what_is_no_pace_is_refused(pace: object):
    async def scene(stage: Stage) -> None:
        status, _, detail = await stage.refused("PUT", "clock", json={"pace": pace})

        assert status == 422
        assert detail == "pace: expected held, real or a rate, a number above 0 and up to 1,000,000"

    play(scene)


def test_in_another_pace_time_moves_by_itself():
    async def scene(stage: Stage) -> None:
        id = await stage.text(endpoint=RECEIVER)
        await stage.post("clock", {"pace": 1000}, method="PUT")

        for _ in range(200):
            await asyncio.sleep(0.01)
            if stage.posted.bodies:
                break

        assert (await stage.get(f"messages/{id}"))["recipients"][0]["status"] == "delivered"

    play(scene)
