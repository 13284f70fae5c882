"""One page of a group of records, in either order, at a cost that does not depend on how many there are."""

from collections.abc import Callable, Sequence
from typing import Generic, NamedTuple, TypeVar

from emulator.core.records import Record
from emulator.core.table import Joined, Table

R = TypeVar("R", bound=Record)

_MOST_DIGITS = 12


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
) -> Page[R]:
    """The page of a group (an index's `ids`, oldest first) that follows a cursor. Raises `ValueError` for a bad one.

    `keep` filters. Records that were deleted meanwhile do not shift the pages: a cursor names the last record of its
    page and the first of the next. Only if both are gone may a page repeat records; none is ever left out.
    """
    place = len(ids) if cursor is None else _place_of(ids, cursor)
    records: list[R] = []
    last = place
    while place > 0:
        place -= 1
        record = table.rows[ids[place]]
        if keep is not None and not keep(record):
            continue
        if len(records) == limit:
            return Page(records, f"{last}~{ids[last]}~{ids[place]}")
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
) -> Page[R]:
    """The same from the oldest on; records that are made meanwhile come on the last pages.

    Here, too, a page may repeat records only if both that its cursor names are gone: then the list begins anew.
    """
    place = -1 if cursor is None else _last_place(ids, cursor)
    records: list[R] = []
    last = place
    while place + 1 < len(ids):
        place += 1
        record = table.rows[ids[place]]
        if keep is not None and not keep(record):
            continue
        if len(records) == limit:
            return Page(records, f"{last}~{ids[last]}~{ids[place]}")
        records.append(record)
        last = place
    return Page(records, None)


def _last_place(ids: Sequence[str], cursor: str) -> int:
    """Where the last record of the page before stands now, or would stand; -1 if nobody can tell."""
    start, last, following = _read(cursor)
    start = min(start, len(ids) - 1)
    # Deletions move both to the left; a filter that leaves records out has the second one far to the right.
    for distance in range(len(ids)):
        for place in (start - distance, start + distance):
            if 0 <= place < len(ids) and ids[place] in (last, following):
                return place if ids[place] == last else place - 1
    return -1


def _read(cursor: str) -> tuple[int, str, str]:
    digits, _, names = cursor.partition("~")
    last, tilde, following = names.partition("~")
    if not tilde or not digits.isascii() or not digits.isdigit() or len(digits) > _MOST_DIGITS:
        raise ValueError(f"not a cursor: {cursor!r}")
    return int(digits), last, following


def _place_of(ids: Sequence[str], cursor: str) -> int:
    """Behind which place a page begins now: as many places further left as records were deleted there."""
    start, last, following = _read(cursor)
    for place in range(min(start, len(ids) - 1), -1, -1):
        if ids[place] == last:
            return place
        if ids[place] == following:
            return place + 1
    return max(0, min(start - 1, len(ids)))
