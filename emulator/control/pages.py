"""One page of a group of records, newest first and filtered, without keeping others waiting.

A page costs what it costs in `core.paging`. A filter that few records pass has to look at many; it does so in slices,
and others are answered in between.
"""

import asyncio
from collections.abc import Callable, Sequence
from typing import TypeVar

from emulator.control.problems import BadInput
from emulator.core.paging import Page, newest_first
from emulator.core.records import Record
from emulator.core.table import Table
from emulator.gateway.world import World
from emulator.server.timekeeper import WorldReset

DEFAULT_LIMIT = 50
_SLICE = 2_000

R = TypeVar("R", bound=Record)


async def page(
    world: World,
    table: Table[R],
    ids: Sequence[str],
    *,
    limit: int,
    cursor: str | None,
    keep: Callable[[R], bool] | None = None,
) -> Page[R]:
    """The page of a group (an index's `ids`, oldest first) that follows a cursor.

    Raises `BadInput` for a cursor that is none, and `WorldReset` when the world is reset during a long search.
    """
    if keep is None:
        return _slice(table, ids, limit, cursor)
    epoch = world.epoch
    found: list[R] = []
    following: str | None = None
    while True:
        part = _slice(table, ids, _SLICE, cursor)
        for count, record in enumerate(part.records, start=1):
            if not keep(record):
                continue
            if len(found) == limit:
                return Page(found, following)
            found.append(record)
            if len(found) == limit:
                # Only a page of exactly so many records knows the cursor that follows this one.
                following = _slice(table, ids, count, cursor).next_cursor
        cursor = part.next_cursor
        if cursor is None:
            return Page(found, None)
        await asyncio.sleep(0)
        if world.epoch != epoch:
            raise WorldReset


def _slice(table: Table[R], ids: Sequence[str], limit: int, cursor: str | None) -> Page[R]:
    try:
        return newest_first(table, ids, limit=limit, cursor=cursor)
    except ValueError:
        raise BadInput("query", "cursor", "expected the `next` of the page before") from None
