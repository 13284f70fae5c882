"""One page of a group of records, in either order, at a cost that does not depend on how many there are.

A cursor is `place~last~following~mark`: where the page ended, its last record, the first of the next page, and a mark
of the table. So a list knows the cursors of other lists: those of another table by the mark, those of another group
by records that are there and not in it, and those that show the same records by the name that goes into the mark.
"""

from collections.abc import Callable, Sequence
from hashlib import blake2b
from typing import Generic, NamedTuple, TypeVar

from emulator.core.records import Record
from emulator.core.table import Joined, Table

R = TypeVar("R", bound=Record)

_MOST_DIGITS = 12
_MARK_BYTES = 4


class Page(NamedTuple, Generic[R]):
    """`records` in the order asked for, and the cursor of the next page, None on the last one."""

    records: list[R]
    next_cursor: str | None


def newest_first(
    table: Table[R] | Joined[R],
    ids: Sequence[str],
    *,
    limit: int,
    cursor: str | None = None,
    keep: Callable[[R], bool] | None = None,
    of: str = "",
) -> Page[R]:
    """The page of a group (an index's `ids`, oldest first) that follows a cursor.

    `keep` filters, `of` names the list. Records that were deleted meanwhile do not shift the pages: a cursor names the
    last record of its page and the first of the next. Only if both are gone may a page repeat records; none is ever
    left out. Raises `ValueError` for a cursor that is none, or that another list gave.
    """
    place = len(ids) if cursor is None else _place_of(table, ids, cursor, of)
    records: list[R] = []
    last = place
    while place > 0:
        place -= 1
        record = table.rows[ids[place]]
        if keep is not None and not keep(record):
            continue
        if len(records) == limit:
            return Page(records, _cursor(table, ids, last, place, of))
        records.append(record)
        last = place
    return Page(records, None)


def oldest_first(
    table: Table[R] | Joined[R],
    ids: Sequence[str],
    *,
    limit: int,
    cursor: str | None = None,
    keep: Callable[[R], bool] | None = None,
    of: str = "",
) -> Page[R]:
    """The same from the oldest on; records that are made meanwhile come on the last pages.

    Here, too, a page may repeat records only if both that its cursor names are gone: then the list begins anew.
    """
    place = -1 if cursor is None else _last_place(table, ids, cursor, of)
    records: list[R] = []
    last = place
    while place + 1 < len(ids):
        place += 1
        record = table.rows[ids[place]]
        if keep is not None and not keep(record):
            continue
        if len(records) == limit:
            return Page(records, _cursor(table, ids, last, place, of))
        records.append(record)
        last = place
    return Page(records, None)


def _last_place(table: Table[R] | Joined[R], ids: Sequence[str], cursor: str, of: str) -> int:
    """Where the last record of the page before stands now, or would stand; -1 if nobody can tell."""
    start, last, following = _read(table, cursor, of)
    if not (last in table.rows or following in table.rows):
        return -1
    start = min(start, len(ids) - 1)
    # Deletions move both to the left; a filter that leaves records out has the second one far to the right.
    for distance in range(len(ids)):
        for place in (start - distance, start + distance):
            if 0 <= place < len(ids) and ids[place] == following:
                return place - 1
            if 0 <= place <= start and ids[place] == last:
                return place
    if last not in ids:
        raise _not_a_cursor(cursor)
    # It was made anew, and is among the newest.
    return -1


def _place_of(table: Table[R] | Joined[R], ids: Sequence[str], cursor: str, of: str) -> int:
    """Behind which place a page begins now: as many places further left as records were deleted there."""
    start, last, following = _read(table, cursor, of)
    if last in table.rows or following in table.rows:
        for place in range(min(start, len(ids) - 1), -1, -1):
            if ids[place] == last:
                return place
            if ids[place] == following:
                return place + 1
        if last not in ids and following not in ids:
            raise _not_a_cursor(cursor)
    # Both were deleted; or one was made anew, and is among the newest.
    return max(0, min(start - 1, len(ids)))


def _cursor(table: Table[R] | Joined[R], ids: Sequence[str], last: int, following: int, of: str) -> str:
    return f"{last}~{ids[last]}~{ids[following]}~{_mark(table, last, of)}"


def _read(table: Table[R] | Joined[R], cursor: str, of: str) -> tuple[int, str, str]:
    digits, *names = cursor.split("~")
    if len(names) != 3 or not digits.isascii() or not digits.isdigit() or len(digits) > _MOST_DIGITS:
        raise _not_a_cursor(cursor)
    place = int(digits)
    if names[2] != _mark(table, place, of):
        raise _not_a_cursor(cursor)
    return place, names[0], names[1]


def _mark(table: Table[R] | Joined[R], place: int, of: str) -> str:
    """No id goes into it: with ids masked, the cursors of two runs read the same."""
    return blake2b(f"{table.kind}/{of}/{place}".encode(), digest_size=_MARK_BYTES).hexdigest()


def _not_a_cursor(cursor: str) -> ValueError:
    return ValueError(f"not a cursor of this list: {cursor!r}")
