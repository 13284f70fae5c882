from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emulator.core.clock import FASTEST_RATE, HELD, HELD_START, REAL, Pace, VirtualClock, parse_pace

SECOND = timedelta(seconds=1)
WALL = datetime(2026, 5, 4, 3, 2, 1, tzinfo=UTC)


class Machine:
    """A machine's time that stands until a test moves it."""

    def __init__(self):
        self.seconds = 1000.0

    def clock(self, pace):
        return VirtualClock(pace, monotonic=lambda: self.seconds, wall=lambda: WALL)


@pytest.fixture
def machine():
    return Machine()


def kinds(clock, until):
    """What falls due by a moment, in order, with the time at which it does."""
    ran = []
    while (timer := clock.pop_due(until)) is not None:
        ran.append((timer.kind, clock.now))
    return ran


def test_held_clock_starts_in_2026_and_does_not_follow_the_machine(machine):
    clock = machine.clock(HELD)

    machine.seconds += 3600

    assert clock.now == clock.target() == HELD_START == datetime(2026, 1, 1, tzinfo=UTC)


def test_a_pace_equal_to_held_starts_like_held(machine):
    assert machine.clock(Pace(0.0)).now == HELD_START


def test_real_clock_starts_at_the_machines_time_and_follows_it(machine):
    clock = machine.clock(REAL)

    machine.seconds += 2.5

    assert clock.target() == WALL + 2.5 * SECOND


def test_a_rate_of_ten_runs_ten_times_as_fast(machine):
    clock = machine.clock(Pace(10.0))

    machine.seconds += 3

    assert clock.target() == WALL + 30 * SECOND


@pytest.mark.parametrize("rate", [1, 60])
def test_time_that_follows_the_machine_moves_in_ticks_and_what_falls_due_keeps_its_moment(machine, rate):
    clock = machine.clock(Pace(rate))
    tick = rate * timedelta(milliseconds=2)
    clock.call_in(tick * 1.25, "first", "")
    clock.call_in(tick * 1.75, "second", "")

    machine.seconds += 0.0039
    assert clock.target() == WALL + tick
    assert kinds(clock, clock.target()) == []

    machine.seconds += 0.0001
    assert clock.target() == WALL + 2 * tick
    assert kinds(clock, clock.target()) == [("first", WALL + tick * 1.25), ("second", WALL + tick * 1.75)]


def test_now_stands_still_until_it_is_moved(machine):
    clock = machine.clock(REAL)

    machine.seconds += 5

    assert clock.now == WALL


def test_a_given_start_wins_over_the_machine():
    start = datetime(2030, 1, 1, tzinfo=UTC)

    assert VirtualClock(REAL, start).now == start


def test_timers_of_one_instant_run_in_the_order_they_were_made(machine):
    clock = machine.clock(HELD)
    for kind in "cab":
        clock.call_in(SECOND, kind, "subject")

    ran = kinds(clock, HELD_START + SECOND)

    assert [kind for kind, _ in ran] == ["c", "a", "b"]


def test_timers_run_in_the_order_of_their_moments_each_at_its_own(machine):
    clock = machine.clock(HELD)
    clock.call_in(3 * SECOND, "third", "subject")
    clock.call_in(SECOND, "first", "subject")
    clock.call_in(2 * SECOND, "second", "subject")

    ran = kinds(clock, HELD_START + 2 * SECOND)

    assert ran == [("first", HELD_START + SECOND), ("second", HELD_START + 2 * SECOND)]
    assert clock.next_due() == HELD_START + 3 * SECOND


def test_a_timer_keeps_what_it_is_about(machine):
    clock = machine.clock(HELD)
    clock.call_at(HELD_START, "script", "message-1", 4)

    timer = clock.pop_due(HELD_START)

    assert timer is not None
    assert (timer.kind, timer.subject, timer.step, timer.due_at) == ("script", "message-1", 4, HELD_START)


def test_a_timer_for_a_moment_that_has_passed_falls_due_now(machine):
    clock = machine.clock(HELD)
    clock.move_to(HELD_START + 10 * SECOND)

    clock.call_at(HELD_START, "late", "subject")

    assert clock.next_due() == HELD_START + 10 * SECOND


def test_nothing_is_due_on_a_new_clock(machine):
    clock = machine.clock(HELD)

    assert clock.next_due() is None
    assert clock.pop_due(HELD_START + 1000 * SECOND) is None


def test_time_never_goes_back(machine):
    clock = machine.clock(HELD)
    clock.move_to(HELD_START + 5 * SECOND)

    clock.move_to(HELD_START)
    clock.jump_to(HELD_START)

    assert clock.now == HELD_START + 5 * SECOND


def test_target_is_never_before_now(machine):
    clock = machine.clock(REAL)

    clock.move_to(WALL + 60 * SECOND)

    assert clock.target() == WALL + 60 * SECOND


def test_a_jump_lets_the_machines_present_be_the_new_moment(machine):
    clock = machine.clock(REAL)
    clock.jump_to(WALL + 3600 * SECOND)

    machine.seconds += 2

    assert clock.target() == WALL + 3602 * SECOND


@pytest.mark.parametrize(("before", "after"), [(REAL, Pace(60.0)), (Pace(60.0), REAL), (HELD, REAL), (REAL, HELD)])
def test_another_pace_makes_no_leap(machine, before, after):
    clock = machine.clock(before)
    machine.seconds += 7
    reached = clock.target()

    clock.set_pace(after)

    assert clock.now == clock.target() == reached


def test_another_pace_counts_from_the_moment_it_was_set(machine):
    clock = machine.clock(REAL)
    machine.seconds += 7
    clock.set_pace(Pace(10.0))

    machine.seconds += 1

    assert clock.target() == WALL + 17 * SECOND


def test_seconds_until_are_real_ones(machine):
    clock = machine.clock(Pace(10.0))

    assert clock.seconds_until(WALL + 30 * SECOND) == pytest.approx(3.0)


def test_what_has_passed_is_zero_seconds_away(machine):
    assert machine.clock(REAL).seconds_until(WALL - SECOND) == 0.0


def test_a_held_clock_reaches_nothing_by_itself(machine):
    assert machine.clock(HELD).seconds_until(HELD_START + SECOND) is None


@pytest.mark.parametrize(
    ("word", "pace"),
    [
        ("held", HELD),
        ("real", REAL),
        (1, REAL),
        ("10", Pace(10.0)),
        (0.5, Pace(0.5)),
        (FASTEST_RATE, Pace(FASTEST_RATE)),
    ],
)
def test_a_pace_is_read(word, pace):
    assert parse_pace(word) == pace


@pytest.mark.parametrize(
    "word", ["", "fast", "nan", "inf", 0, -1, FASTEST_RATE * 2, True, False, None, [], {"pace": "held"}]
)
def test_what_is_no_pace_is_refused_with_a_sentence(word):
    with pytest.raises(ValueError, match="the pace is 'held', 'real' or a rate"):
        parse_pace(word)


@pytest.mark.parametrize("word", ["held", "real", 10, 0.5])
def test_a_pace_is_written_as_it_was_read(word):
    written = parse_pace(word).word

    assert written == word
    assert type(written) is type(word)


@given(st.lists(st.tuples(st.integers(-5, 50), st.booleans()), max_size=40))
def test_timers_run_by_moment_and_number_whatever_is_added_meanwhile(plan):
    clock = VirtualClock(HELD)
    ran = []
    for seconds, run_one in plan:
        clock.call_in(seconds * SECOND, "kind", "subject")
        if run_one and (timer := clock.pop_due(clock.now + 10 * SECOND)):
            ran.append((timer, clock.now))
    while timer := clock.pop_due(HELD_START + 10_000 * SECOND):
        ran.append((timer, clock.now))

    moments = [now for _, now in ran]
    assert len(ran) == len(plan)
    assert moments == sorted(moments)
    assert all(timer.due_at == now for timer, now in ran)
