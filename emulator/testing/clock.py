"""A world's time, moved by hand."""

from datetime import datetime

import msgspec

from emulator.testing.control import Control, Span, span_of
from emulator.testing.records import Advanced, ClockState
from emulator.testing.words import moment


class AsyncClock:
    """A world's time."""

    def __init__(self, control: Control) -> None:
        self._control = control

    async def now(self) -> datetime:
        """What time it is in the world."""
        return (await self.read()).now

    async def read(self) -> ClockState:
        """The time, the pace, and what is due."""
        return msgspec.convert(await self._control.get("clock"), ClockState)

    async def advance(self, by: Span = "0s", *, to: datetime | str | None = None) -> Advanced:
        """Move on by a span, or to a moment: everything that falls due happens, webhooks and their retries included.

        Without anything, only what is due now: in the pace `held` webhooks leave when time is moved.
        """
        wanted = {"by": span_of(by)} if to is None else {"to": moment(to)}
        return msgspec.convert(await self._control.ask("POST", "clock/advance", wanted), Advanced)

    async def set_pace(self, pace: str | float) -> ClockState:
        """Let time stand (`held`), follow the machine (`real`), or run so many times as fast (a number)."""
        return msgspec.convert(await self._control.ask("PUT", "clock", {"pace": pace}), ClockState)
