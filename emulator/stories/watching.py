"""A file that is read again whenever it was edited."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

EVERY_SECONDS = 0.25


async def watch(path: Path, changed: Callable[[], Awaitable[None]], *, every: float = EVERY_SECONDS) -> None:
    """Call `changed` after each edit of a file, until cancelled. A file that is gone for a moment is waited for."""
    seen = _stamp(path)
    while True:
        await asyncio.sleep(every)
        stamp = _stamp(path)
        if stamp is not None and stamp != seen:
            seen = stamp
            await changed()


def _stamp(path: Path) -> tuple[int, int, int] | None:
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_mtime_ns, status.st_size, status.st_ino
