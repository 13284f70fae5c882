"""The world's clock: read, paced, advanced."""

from datetime import UTC, datetime, timedelta
from typing import TypeVar

from emulator.control.call import ControlCall
from emulator.control.problems import BadInput
from emulator.control.spans import parse_span
from emulator.control.worlds import read_pace
from emulator.core.moments import iso_milliseconds, read_moment
from emulator.server.dialect import Reply, json_reply
from emulator.server.timekeeper import ClockBusy

M = TypeVar("M", datetime, timedelta)

LATEST = datetime(9000, 1, 1, tzinfo=UTC)
"""Retries and expiries are counted from now, and must still be moments that Python has."""

# Moments are written to the millisecond, so the `now` that a caller read may lie a little before the real one.
_ROUNDING = timedelta(milliseconds=1)


def get_clock(call: ControlCall) -> Reply:
    """The virtual time, and what is due."""
    clock = call.world.clock
    next_due = clock.next_due()
    return json_reply(
        200,
        {
            "now": iso_milliseconds(clock.now),
            "pace": clock.pace.word,
            "timers": len(clock.timers),
            "next_timer_at": iso_milliseconds(next_due) if next_due is not None else None,
            "attempts_due": len(call.world.ready),
            "is_advancing": call.server.worlds.keeper(call.world).is_advancing,
        },
    )


def set_clock(call: ControlCall) -> Reply:
    """Change the pace. Raises `ClockBusy`."""
    keeper = call.server.worlds.keeper(call.world)
    if keeper.is_advancing:
        raise ClockBusy
    call.world.clock.set_pace(read_pace(call.members["pace"]))
    keeper.restart()
    return get_clock(call)


async def advance_clock(call: ControlCall) -> Reply:
    """Move time forward, with everything that falls due. Raises `ClockBusy`, `WorldReset`, `EndlessLoop`."""
    done = await call.server.worlds.keeper(call.world).advance(_target(call))
    return json_reply(
        200,
        {"now": iso_milliseconds(done.now), "timers_run": done.timers_run, "attempts_made": done.attempts_made},
    )


def moment_ahead(call: ControlCall, name: str, text: str) -> datetime:
    """A moment to which the clock can be advanced; `name` is the member that says it. Raises `BadInput`."""
    now = call.world.clock.now
    moment = read_moment(text)
    if moment is None:
        raise BadInput("body", name, "expected a moment with a zone, such as 2026-01-02T00:00:00Z")
    if moment < now - _ROUNDING:
        raise BadInput("body", name, f"the clock never goes back; it is {iso_milliseconds(now)}")
    return _in_reach(name, max(moment, now), LATEST)


def _target(call: ControlCall) -> datetime:
    if "to" in call.members:
        return moment_ahead(call, "to", call.members["to"])
    now = call.world.clock.now
    span = parse_span(call.members["by"])
    # Compared without adding: far enough, Python has no such moment.
    return now + _in_reach("by", span, LATEST - now)


def _in_reach(name: str, wanted: M, most: M) -> M:
    if wanted > most:
        raise BadInput("body", name, f"leads beyond the year {LATEST.year}")
    return wanted
