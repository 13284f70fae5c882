import logging
from datetime import UTC, datetime, timedelta

import pytest

from emulator.core.clock import HELD, REAL, VirtualClock
from emulator.core.journal import NoteEntry
from emulator.gateway import timers
from emulator.gateway.timers import EndlessLoop, InstantGuard, catch_up, run_next
from tests.emulator.gateway.acme import REFUSED, Acme

ADA = "+254711000111"
START = datetime(2026, 1, 1, tzinfo=UTC)
SECOND = timedelta(seconds=1)


class Machine:
    """A machine's time that stands until a test moves it."""

    seconds = 0.0

    def acme(self):
        """A world in real pace that follows this machine."""
        return Acme(pace=REAL, new_clock=lambda pace: VirtualClock(pace, START, monotonic=lambda: self.seconds))


@pytest.fixture
def acme():
    return Acme()


@pytest.fixture
def recorded(monkeypatch):
    """What a timer of the kind `test` was called with, and when."""
    calls = []
    monkeypatch.setattr(
        timers,
        "RUN",
        {**timers.RUN, "test": lambda world, subject, step: calls.append((subject, step, world.clock.now))},
    )
    return calls


def test_a_timer_runs_at_its_own_due_time(acme, recorded):
    acme.clock.call_in(5 * SECOND, "test", "subject", 3)

    assert run_next(acme.world, START + 60 * SECOND)

    assert recorded == [("subject", 3, START + 5 * SECOND)]


def test_nothing_runs_that_is_not_due(acme, recorded):
    acme.clock.call_in(5 * SECOND, "test", "subject")

    assert not run_next(acme.world, START + 4 * SECOND)
    assert recorded == []
    assert acme.clock.now == START


def test_a_timer_that_raises_is_logged_journaled_and_dropped(acme, caplog):
    message = acme.send(ADA)
    acme.store.messages.delete(message.id)

    with caplog.at_level(logging.ERROR, logger="parrotfish"):
        acme.advance(60)

    assert "a timer failed" in caplog.text
    assert next(reversed(acme.world.journal)).fact == NoteEntry("timer failed", message.id, "hand-over")
    assert acme.clock.next_due() is None


def test_a_timer_of_a_kind_that_nobody_knows_is_dropped_too(acme):
    acme.clock.call_in(SECOND, "mystery", "subject")

    acme.advance(60)

    assert acme.notes() == ["timer failed"]


def test_after_a_timer_that_raised_the_others_run(acme, recorded):
    acme.clock.call_in(SECOND, "mystery", "subject")
    acme.clock.call_in(2 * SECOND, "test", "subject")

    acme.advance(60)

    assert len(recorded) == 1


def test_a_stretch_first_runs_what_fell_due_each_at_its_time(recorded):
    machine = Machine()
    world = machine.acme().world
    for seconds in (3, 1, 9):
        world.clock.call_in(seconds * SECOND, "test", str(seconds))
    machine.seconds = 5.0

    catch_up(world)

    assert recorded == [("1", 0, START + SECOND), ("3", 0, START + 3 * SECOND)]
    assert world.clock.now == START + 5 * SECOND


def test_what_a_timer_makes_due_in_the_past_of_the_stretch_runs_in_it_too():
    machine = Machine()
    acme = machine.acme()
    message = acme.send(ADA)
    machine.seconds = 2.0

    catch_up(acme.world)

    assert acme.timeline(message) == [("queued", 0), ("sending", 0.05), ("sent", 0.1), ("delivered", 0.5)]


def test_in_held_pace_a_stretch_moves_nothing(acme, recorded):
    acme.clock.call_at(START, "test", "subject")

    catch_up(acme.world)

    assert recorded == []
    assert acme.clock.pace == HELD


def test_a_retry_that_falls_due_is_ready_to_be_posted(acme):
    acme.clock.call_in(SECOND, "attempt", "no such event")

    acme.advance(60)

    assert acme.notes() == []


@pytest.fixture
def few(monkeypatch):
    monkeypatch.setattr(timers, "MOST_AT_ONE_INSTANT", 50)
    return 50


def test_timers_that_make_new_ones_at_their_own_instant_are_stopped(monkeypatch, few):
    machine = Machine()
    world = machine.acme().world
    monkeypatch.setattr(
        timers, "RUN", {"test": lambda world, subject, _: world.clock.call_at(world.clock.now, "test", subject)}
    )
    world.clock.call_in(SECOND, "test", "subject")
    machine.seconds = 5.0

    with pytest.raises(EndlessLoop, match="50 timers at 2026-01-01T00:00:01"):
        catch_up(world)


def test_a_crowd_that_was_due_at_one_instant_all_along_is_no_loop(recorded, few):
    machine = Machine()
    world = machine.acme().world
    for _ in range(few * 3):
        world.clock.call_in(SECOND, "test", "subject")
    machine.seconds = 5.0

    catch_up(world)

    assert len(recorded) == few * 3


def test_a_chain_of_timers_over_time_is_no_loop(few):
    clock = VirtualClock(HELD)
    guard = InstantGuard(clock)

    for _ in range(few * 3):
        clock.call_in(SECOND, "test", "subject")
        guard.count(clock.timers[0])
        clock.pop_due(clock.now + SECOND)


def test_every_kind_of_timer_that_a_message_needs_has_its_function(acme):
    acme.answers = [REFUSED]
    acme.send(ADA)
    kinds = set()
    while acme.clock.timers:
        kinds.add(acme.clock.timers[0].kind)
        acme.advance(0.01)

    assert kinds == {"hand-over", "script", "attempt"} <= set(timers.RUN)
