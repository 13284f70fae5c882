"""Virtual time, and the world as it was."""

import asyncio
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from emulator.stories.play import Failed, Play, Scope, Skipped, span_of
from emulator.stories.remote import Refused
from emulator.stories.words import span_text

LONGEST_REAL_WAIT = timedelta(minutes=1)


async def advance(play: Play, step: str | Mapping[str, Any], scope: Scope) -> None:
    """Let time pass; in real time where nobody can move it."""
    wanted = {"by": step} if isinstance(step, str) else step
    if play.world.has_control:
        try:
            scope["now"] = (await play.world.ask("POST", "clock/advance", {**wanted}))["now"]
        except Refused as error:
            raise Failed(f"the clock cannot be advanced: {error}") from None
        return
    if not play.waits:
        return
    if "by" not in wanted:
        play.needs_control("advance to a moment")
    span = span_of(wanted["by"])
    if span > LONGEST_REAL_WAIT:
        raise Skipped(f"advance needs a control API; {span_text(span)} of real time are too long to wait")
    await asyncio.sleep(span.total_seconds())


async def snapshot(play: Play, step: str, _: Scope) -> None:
    """Keep the world under a name."""
    play.needs_control("snapshot")
    play.snapshots[step] = (await play.world.ask("POST", "snapshots"))["id"]


async def restore(play: Play, step: str, scope: Scope) -> None:
    """Make the world again as it was."""
    play.needs_control("restore")
    await play.world.ask("POST", f"snapshots/{play.snapshots[step]}/restore")
    scope["now"] = (await play.world.get("clock"))["now"]
