"""The virtual clock of a world.

`now` is read once at the start of a stretch and stands still until the next one. Three paces: *held* (only `advance`
moves time), *real* (it follows the machine), and a rate (so many virtual seconds for each real one).

This module is one of the few that may read the machine's time, and the only one that turns it into virtual time.
"""

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from heapq import heapify, heappop, heappush
from typing import NamedTuple

import msgspec

HELD_START = datetime(2026, 1, 1, tzinfo=UTC)
FASTEST_RATE = 1_000_000.0
TICKS_A_SECOND = 500
"""How often time that follows the machine moves on: what falls due within two milliseconds runs together."""

_LITTLE = 1e-6  # of a tick: a span that is so many ticks long is not one short of them by a rounding error


class Timer(msgspec.Struct, frozen=True, order=True, gc=False):
    """Something that falls due: a record, so a snapshot can copy it.

    `kind` names a function of the gateway's table, `subject` the record it is about, `step` where in that record's
    life. Timers due at the same moment run in the order of their numbers.
    """

    due_at: datetime
    number: int
    kind: str
    subject: str
    step: int


class Pace(NamedTuple):
    """How virtual time follows real time: 0 is held, 1 is real, anything else a rate."""

    rate: float

    @property
    def word(self) -> str | float:
        """`held`, `real` or the rate, as the control API writes it."""
        if self.rate == 0:
            return "held"
        if self.rate == 1:
            return "real"
        return int(self.rate) if self.rate == int(self.rate) else self.rate


HELD = Pace(0.0)
REAL = Pace(1.0)


def parse_pace(word: object) -> Pace:
    """Read `held`, `real` or a positive number. Raises `ValueError` with a sentence for people."""
    if word == "held":
        return HELD
    if word == "real":
        return REAL
    try:
        rate = float(str(word)) if not isinstance(word, bool) else 0.0
    except ValueError:
        rate = 0.0
    if not 0 < rate <= FASTEST_RATE:
        raise ValueError(f"the pace is 'held', 'real' or a rate above 0 and up to {FASTEST_RATE:,.0f}, not {word!r}")
    return Pace(rate)


class ClockState(NamedTuple):
    """What a clock knows: the moment, its timers as a heap, and the number of the newest one."""

    now: datetime
    timers: tuple[Timer, ...]
    number: int


class VirtualClock:
    """Virtual time and the timers on it.

    `now` is an aware UTC datetime. `timers` is a heap of `Timer`. `monotonic` gives seconds and `wall` the machine's
    UTC time; tests hand in their own.
    """

    __slots__ = ("_anchor", "_anchor_seconds", "_monotonic", "_number", "_tick", "_ticked_to", "now", "pace", "timers")

    def __init__(
        self,
        pace: Pace = HELD,
        start: datetime | None = None,
        *,
        monotonic: Callable[[], float] = time.monotonic,
        wall: Callable[[], datetime] = lambda: datetime.now(UTC),  # noqa: TID251 - the one place
    ) -> None:
        self.pace = pace
        self.now = start or (HELD_START if pace.rate == 0 else wall())
        self.timers: list[Timer] = []
        self._number = 0
        self._monotonic = monotonic
        self._set_anchor()

    @property
    def last_number(self) -> int:
        """The number of the newest timer ever made."""
        return self._number

    def target(self) -> datetime:
        """Where virtual time stands by the machine's clock; in `held` that is `now`. Never before `now`.

        It moves in ticks. Under load a message's steps then run by the dozen, which takes a third less time than one or
        two of them between any two calls.
        """
        if self.pace.rate == 0:
            return self.now
        tick = int((self._monotonic() - self._anchor_seconds) * TICKS_A_SECOND + _LITTLE)
        if tick != self._tick:
            self._tick = tick
            self._ticked_to = self._anchor + timedelta(seconds=tick / TICKS_A_SECOND * self.pace.rate)
        return max(self.now, self._ticked_to)

    def state(self) -> "ClockState":
        """Where the clock stands, and what is due."""
        return ClockState(self.now, tuple(self.timers), self._number)

    def load(self, state: "ClockState") -> None:
        """Go back to a state, in the pace of today: the machine's present corresponds to that moment from now on."""
        self.now = state.now
        self._set_anchor()
        self.timers[:] = state.timers
        self._number = state.number

    def set_pace(self, pace: Pace) -> None:
        """Follow the machine in another pace from this moment on; time does not jump."""
        self.now = self.target()
        self._set_anchor()
        self.pace = pace

    def move_to(self, moment: datetime) -> None:
        """Set `now`; it never goes back."""
        self.now = max(self.now, moment)

    def jump_to(self, moment: datetime) -> None:
        """Let the machine's present correspond to `moment` from now on, if that is ahead."""
        self.move_to(moment)
        self._set_anchor()

    def _set_anchor(self) -> None:
        """Let the machine's present correspond to `now` from here on."""
        self._anchor = self._ticked_to = self.now
        self._anchor_seconds = self._monotonic()
        self._tick = 0

    def call_at(self, moment: datetime, kind: str, subject: str, step: int = 0) -> None:
        """Let something fall due at a moment; one that has passed falls due now."""
        self._number += 1
        # Called several times in a message's life; `max` would take a third of the time of all this.
        due_at = moment if moment > self.now else self.now  # noqa: FURB136 - see above
        heappush(self.timers, Timer(due_at, self._number, kind, subject, step))

    def call_in(self, span: timedelta, kind: str, subject: str, step: int = 0) -> None:
        """Let something fall due after a span."""
        self.call_at(self.now + span, kind, subject, step)

    def next_due(self) -> datetime | None:
        """When the next timer falls due, or None."""
        return self.timers[0].due_at if self.timers else None

    def pop_due(self, until: datetime) -> Timer | None:
        """Take the next timer that is due by `until` and move `now` to its due time."""
        timers = self.timers
        if not timers or timers[0].due_at > until:
            return None
        timer = heappop(timers)
        self.now = max(self.now, timer.due_at)
        return timer

    def take_next(self, is_wanted: Callable[[Timer], bool]) -> Timer | None:
        """Take the first timer of a kind out, however late it is due; `now` stays."""
        timer = min((each for each in self.timers if is_wanted(each)), default=None)
        if timer is not None:
            self.timers.remove(timer)
            heapify(self.timers)
        return timer

    def seconds_until(self, moment: datetime) -> float | None:
        """Real seconds until virtual time reaches a moment; None in `held`, where it never does by itself."""
        if self.pace.rate == 0:
            return None
        return max(0.0, (moment - self.target()).total_seconds() / self.pace.rate)
