"""The steps of a script by their moments, so that one can come late or overtake another."""

from datetime import timedelta
from typing import NamedTuple, TypeAlias

from msgspec.structs import replace

from emulator.failures.members import Path, Unusable
from emulator.providers.script import ACCEPT_AFTER, Accept, CallStep, Either, Refuse, Reply, Report, Step

Happening: TypeAlias = Accept | Refuse | Report | Reply


class _Moment(NamedTuple):
    """What happens, and how long after the call, or after what stood before the script, it does."""

    at: timedelta
    step: Happening


class Timeline:
    """A script that is being written. Calls that fail stand first; what comes after them has its moments."""

    def __init__(self, *, is_answered: bool, will_answer: bool) -> None:
        """`is_answered`: the provider answered before; `will_answer`: its answer is one of the steps to come."""
        self._was_answered = is_answered
        self._is_cared_for = is_answered or will_answer
        self._failing: list[CallStep] = []
        self._moments: list[_Moment] = []
        self._either: Either | None = None
        self._now = timedelta()

    @property
    def is_cared_for(self) -> bool:
        """Whether the provider's answer stands somewhere by now."""
        return self._is_cared_for

    def fail(self, step: CallStep, path: Path) -> None:
        """Let a call fail. Raises `Unusable` after an answer."""
        if self._was_answered or self._moments:
            raise Unusable(path, "a call can only fail before the provider has answered one")
        self._failing.append(step)

    def answer(self, step: Accept | Refuse, after: timedelta | None, path: Path) -> None:
        """Let the provider answer. Raises `Unusable` if it has."""
        if self._was_answered or any(isinstance(each.step, Accept | Refuse) for each in self._moments):
            raise Unusable(path, "a provider answers a message once")
        self._is_cared_for = True
        self._now += ACCEPT_AFTER if after is None else after
        self._moments.append(_Moment(self._now, step))

    def happen(
        self,
        step: Report | Reply,
        after: timedelta,
        *,
        late: timedelta = timedelta(),
        overtakes: bool = False,
        path: Path = (),
    ) -> None:
        """Let something come: `late` after the moment from which the steps that follow are counted."""
        if not self._is_cared_for:
            self._is_cared_for = True
            self._moments.append(_Moment(min(ACCEPT_AFTER, self._now + after), Accept()))
        self._now += after
        self._moments.append(_Moment(self._now + late, step))
        if overtakes:
            self._exchange(path)

    def repeat(self, step: Report, wait: timedelta) -> None:
        """Let what came last come again, after a wait. The steps that follow do not wait for it."""
        last = next(each for each in reversed(self._moments) if each.step == replace(step, repeats=False))
        self._moments.append(_Moment(last.at + wait, step))

    def choose(self, either: Either, after: timedelta, path: Path) -> None:
        """Let chance say how it goes on. Raises `Unusable` if something comes later than that."""
        self._now += after
        last = max((each.at for each in self._moments), default=timedelta())
        if last > self._now:
            raise Unusable(path, "something before it comes later than it; write that into each of the ways")
        self._either = replace(either, after=self._now - last)

    def steps(self) -> tuple[Step | Either, ...]:
        """The script, each step counted from the one before it."""
        steps: list[Step | Either] = [*self._failing]
        before = timedelta()
        for at, step in sorted(self._moments, key=lambda each: each.at):
            steps.append(replace(step, after=at - before))
            before = at
        return (*steps, self._either) if self._either is not None else tuple(steps)

    def _exchange(self, path: Path) -> None:
        if len(self._moments) < 2:
            raise Unusable(path, "nothing stands before it that it could overtake")
        *_, before, last = self._moments
        self._moments[-2:] = [_Moment(before.at, last.step), _Moment(last.at, before.step)]
