"""What happens in a world, as it happens: server-sent events.

Source: the HTML standard, "Server-sent events", read 2026-11.
"""

from collections.abc import AsyncIterator
from datetime import timedelta

import msgspec

from emulator.control.call import ControlCall, Stream
from emulator.control.journal import entry_as_json
from emulator.core.journal import Entry
from emulator.core.moments import iso_milliseconds
from emulator.server.timekeeper import WorldReset

_CONTENT_TYPE = b"text/event-stream; charset=utf-8"
_SIGN_OF_LIFE_AFTER = timedelta(seconds=15)

_encode = msgspec.json.Encoder().encode


def stream_events(call: ControlCall) -> Stream:
    """Journal entries from now on, or from the one after `Last-Event-ID`."""
    asked = dict(call.raw_headers).get(b"last-event-id", b"")
    after = int(asked) if asked.isdigit() and len(asked) < 16 else call.world.journal.last_number
    return Stream(_CONTENT_TYPE, _events(call, after))


async def _events(call: ControlCall, after: int) -> AsyncIterator[bytes]:
    world, waiting = call.world, call.server.worlds.waiting

    async def look() -> list[Entry] | None:
        if world.journal.last_number <= after:
            return None
        return world.journal.since(after)

    now = iso_milliseconds(world.clock.now)
    yield b"retry: 1000\n" + _event("world", after, {"world": world.name, "seed": world.seed, "now": now})
    while not waiting.is_stopping:
        try:
            found = await waiting.until(world, look, _SIGN_OF_LIFE_AFTER)
        except WorldReset:
            yield _event("reset", 0, {"world": world.name})
            return
        if found is None:
            yield b": still here\n\n"
            continue
        for entry in found:
            after = entry.number
            told = entry_as_json(world, entry)
            yield _event(str(told["kind"]), entry.number, told)


def _event(type: str, number: int, data: object) -> bytes:
    return b"event: %b\nid: %d\ndata: %b\n\n" % (type.encode(), number, _encode(data))
