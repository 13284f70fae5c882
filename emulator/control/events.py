"""What happens in a world, as it happens: server-sent events.

Source: the HTML standard, "Server-sent events", read 2026-11.
"""

import asyncio
from collections.abc import AsyncIterator, Iterator
from datetime import timedelta

import msgspec

from emulator.control.call import ControlCall, Stream
from emulator.control.journal import entry_as_json
from emulator.core.journal import Entry
from emulator.core.moments import iso_milliseconds
from emulator.gateway.world import World
from emulator.server.timekeeper import WorldReset

_CONTENT_TYPE = b"text/event-stream; charset=utf-8"
_SIGN_OF_LIFE_AFTER = timedelta(seconds=15)
_SIGN_OF_LIFE = b": still here\n\n"
_MOST_AT_ONCE = 100

# Seconds between two looks at the journal. What is written meanwhile is told together: one who only sends must not pay
# for one who reads.
_PAUSE = 0.1
_LONGER_PAUSE = 0.2

_encode = msgspec.json.Encoder().encode


def stream_events(call: ControlCall) -> Stream:
    """Journal entries from now on, or from the one after `Last-Event-ID`."""
    asked = dict(call.raw_headers).get(b"last-event-id", b"")
    after = int(asked) if asked.isdigit() and len(asked) < 16 else call.world.journal.last_number
    return Stream(_CONTENT_TYPE, _events(call, after))


def stream_changes(call: ControlCall) -> Stream:
    """Only that something happened, with the number of the last entry, for one who then looks for himself."""
    return Stream(_CONTENT_TYPE, _changes(call))


async def _events(call: ControlCall, after: int) -> AsyncIterator[bytes]:
    world = call.world
    now = iso_milliseconds(world.clock.now)
    yield b"retry: 1000\n" + _event("world", after, {"world": world.name, "seed": world.seed, "now": now})
    try:
        async for number in _written(call, after, _PAUSE):
            if number is None:
                yield _SIGN_OF_LIFE
                continue
            for part in _parts(world, world.journal.since(after)):
                yield part
                await asyncio.sleep(0)
            after = number
    except WorldReset:
        yield _event("reset", 0, {"world": world.name})


async def _changes(call: ControlCall) -> AsyncIterator[bytes]:
    world = call.world
    after = world.journal.last_number
    yield b"retry: 1000\n" + _event("world", after, {})
    try:
        async for number in _written(call, after, _LONGER_PAUSE):
            yield _SIGN_OF_LIFE if number is None else _event("changed", number, {})
    except WorldReset:
        yield _event("reset", 0, {})


async def _written(call: ControlCall, after: int, pause: float) -> AsyncIterator[int | None]:
    """The number of the newest entry, at once and then at most once in a pause; None where nothing happens for long.

    Raises `WorldReset`.
    """
    world, waiting = call.world, call.server.worlds.waiting
    epoch = world.epoch

    async def look() -> int | None:
        return world.journal.last_number if world.journal.last_number > after else None

    while not waiting.is_stopping:
        number = await waiting.until(world, look, _SIGN_OF_LIFE_AFTER)
        yield number
        if number is not None:
            after = number
            await asyncio.sleep(pause)
        if world.epoch != epoch:
            raise WorldReset


def _parts(world: World, entries: list[Entry]) -> Iterator[bytes]:
    """The entries as events, so many at once that nobody else waits long meanwhile."""
    for start in range(0, len(entries), _MOST_AT_ONCE):
        yield b"".join(_told(world, entry) for entry in entries[start : start + _MOST_AT_ONCE])


def _told(world: World, entry: Entry) -> bytes:
    told = entry_as_json(world, entry)
    return _event(str(told["kind"]), entry.number, told)


def _event(type: str, number: int, data: object) -> bytes:
    return b"event: %b\nid: %d\ndata: %b\n\n" % (type.encode(), number, _encode(data))
