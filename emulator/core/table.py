"""Tables of frozen records, with indexes that are functions of the record.

`Table.put` and `Table.delete` are the only two places where the state of a world changes, so a journal on disk or a
replica can be attached here later. Nothing else may assume that the state is in memory.
"""

from collections import ChainMap, defaultdict
from collections.abc import Callable, Hashable, Iterator, Mapping
from itertools import takewhile
from typing import Any, Generic, Protocol, TypeVar

from emulator.core.errors import NotFound

R = TypeVar("R")


class Index(Generic[R]):
    """Groups of a table's records by a key, each in order of insertion.

    A key of `None` leaves the record out. A group is a list of ids, so a page in the middle of a million records is
    found by its place and costs what it costs among a thousand. `groups` is for `Table` to fill.
    """

    __slots__ = ("_rows", "groups")

    def __init__(self, rows: Mapping[str, R]) -> None:
        self._rows = rows
        self.groups: defaultdict[Hashable, list[str]] = defaultdict(list)

    def ids(self, key: Hashable) -> list[str]:
        """The ids of one group, oldest first. The list is the index's own: read it, never change it."""
        return self.groups.get(key, _NO_IDS)

    def get(self, key: Hashable) -> Iterator[R]:
        """The records of one group, oldest first."""
        rows = self._rows
        return (rows[id] for id in tuple(self.ids(key)))

    def add(self, id: str, key: Hashable) -> None:
        """Enter an id under a key; for `Table` only."""
        self.groups[key].append(id)

    def remove(self, id: str, key: Hashable) -> None:
        """Take an id out of its group; for `Table` only."""
        group = self.groups[key]
        group.remove(id)
        if not group:
            del self.groups[key]


class UniqueIndex(Generic[R]):
    """One id for each key; the record that took the key last owns it. `owners` is for `Table` to fill."""

    __slots__ = ("_rows", "owners")

    def __init__(self, rows: Mapping[str, R]) -> None:
        self._rows = rows
        self.owners: dict[Hashable, str] = {}

    def get(self, key: Hashable) -> R | None:
        """The record with this key, or None."""
        id = self.owners.get(key)
        return None if id is None else self._rows[id]

    def add(self, id: str, key: Hashable) -> None:
        """Enter an id under a key; for `Table` only."""
        self.owners[key] = id

    def remove(self, id: str, key: Hashable) -> None:
        """Forget a key, if this id still owns it; for `Table` only."""
        if self.owners.get(key) == id:
            del self.owners[key]


class Changes(Generic[R]):
    """Groups of a table's records by a key, in the order of their last change.

    The changes of a group are numbered 1, 2, 3, …; whoever has seen them up to a number can ask for what is newer, at a
    cost that depends on nothing else. A key of `None` leaves the record out.
    """

    __slots__ = ("_groups", "_numbers", "_rows")

    def __init__(self, rows: Mapping[str, R]) -> None:
        self._rows = rows
        self._groups: defaultdict[Hashable, dict[str, int]] = defaultdict(dict)
        self._numbers: dict[Hashable, int] = {}

    def last(self, key: Hashable) -> int:
        """The number of a group's last change; 0 if there was none."""
        return self._numbers.get(key, 0)

    def since(self, key: Hashable, number: int) -> list[R]:
        """The records of one group that changed after the change with a number, the latest change first."""
        newer = takewhile(lambda change: change[1] > number, reversed(self._groups.get(key, {}).items()))
        return [self._rows[id] for id, _ in newer]

    def note(self, id: str, key: Hashable) -> None:
        """Count a change of a record; for `Table` only."""
        number = self._numbers[key] = self._numbers.get(key, 0) + 1
        group = self._groups[key]
        group.pop(id, None)
        group[id] = number

    def forget(self, id: str, key: Hashable) -> None:
        """Take a record out of its group; for `Table` only."""
        self._groups[key].pop(id)


class Table(Generic[R]):
    """Records of one type by id, in order of insertion. `kind` is the noun that `NotFound` names."""

    __slots__ = ("_changes", "_groups", "_has_more", "_id_of", "_indexes", "_many", "_owners", "kind", "rows")

    def __init__(self, kind: str, id_of: Callable[[R], str]) -> None:
        self.kind = kind
        self.rows: dict[str, R] = {}
        self._id_of = id_of
        self._indexes: list[tuple[Index[Any] | UniqueIndex[R], Callable[[R], Hashable | None]]] = []
        # What these hold, for new records: one look less for each index.
        self._groups: list[tuple[defaultdict[Hashable, list[str]], Callable[[R], Hashable | None]]] = []
        self._owners: list[tuple[dict[Hashable, str], Callable[[R], Hashable | None]]] = []
        self._many: list[tuple[Index[R], Callable[[R], tuple[Hashable, ...]]]] = []
        self._changes: list[tuple[Changes[R], Callable[[R], Hashable | None]]] = []
        self._has_more = False  # whether there are any of the last two, which few tables have

    def index(self, key_of: Callable[[R], Hashable | None]) -> Index[R]:
        """Add an index; only before the first record."""
        index = Index(self.rows)
        self.enter_into(index, key_of)
        return index

    def index_each(self, keys_of: Callable[[R], tuple[Hashable, ...]]) -> Index[R]:
        """Add an index that has a record under several keys; only before the first record."""
        index = Index(self.rows)
        self._many.append((index, keys_of))
        self._has_more = True
        return index

    def changes(self, key_of: Callable[[R], Hashable | None]) -> Changes[R]:
        """Add groups in the order of the records' last change; only before the first record."""
        changes = Changes(self.rows)
        self._changes.append((changes, key_of))
        self._has_more = True
        return changes

    def enter_into(self, index: Index[Any], key_of: Callable[[R], Hashable | None]) -> None:
        """Let this table fill an index that joins several tables; only before the first record."""
        self._indexes.append((index, key_of))
        self._groups.append((index.groups, key_of))

    def unique(self, key_of: Callable[[R], Hashable | None]) -> UniqueIndex[R]:
        """Add an index with one record a key; only before the first record."""
        index = UniqueIndex(self.rows)
        self._indexes.append((index, key_of))
        self._owners.append((index.owners, key_of))
        return index

    def put(self, record: R) -> R:
        """Add the record, or replace the one with its id, and move it between groups. Returns the record."""
        id = self._id_of(record)
        rows = self.rows
        before = rows.get(id)
        rows[id] = record
        if before is None:
            # Most records are new. What an index would do is done here: a call for each would cost more than it.
            for groups, key_of in self._groups:
                key = key_of(record)
                if key is not None:
                    groups[key].append(id)
            for owners, key_of in self._owners:
                key = key_of(record)
                if key is not None:
                    owners[key] = id
            if self._has_more:
                self._enter_among_many(id, record)
        elif self._indexes or self._has_more:
            self._regroup(id, before, record)
        return record

    def _enter_among_many(self, id: str, record: R) -> None:
        for index, keys_of in self._many:
            _move(index, id, (), keys_of(record))
        for changes, key_of in self._changes:
            key = key_of(record)
            if key is not None:
                changes.note(id, key)

    def _regroup(self, id: str, before: R, record: R) -> None:
        for index, key_of in self._indexes:
            old, new = key_of(before), key_of(record)
            if old != new:
                if old is not None:
                    index.remove(id, old)
                if new is not None:
                    index.add(id, new)
        for index, keys_of in self._many:
            _move(index, id, keys_of(before), keys_of(record))
        for changes, key_of in self._changes:
            old, new = key_of(before), key_of(record)
            if old is not None and old != new:
                changes.forget(id, old)
            if new is not None:
                changes.note(id, new)

    def delete(self, id: str) -> None:
        """Remove the record with this id. Raises `NotFound`."""
        record = self[id]
        del self.rows[id]
        for index, key_of in self._indexes:
            key = key_of(record)
            if key is not None:
                index.remove(id, key)
        for index, keys_of in self._many:
            _move(index, id, keys_of(record), ())
        for changes, key_of in self._changes:
            key = key_of(record)
            if key is not None:
                changes.forget(id, key)

    def get(self, id: str) -> R | None:
        """The record with this id, or None."""
        return self.rows.get(id)

    def __getitem__(self, id: str) -> R:
        """The record with this id. Raises `NotFound`."""
        record = self.rows.get(id)
        if record is None:
            raise NotFound(self.kind, id)
        return record

    def __contains__(self, id: str) -> bool:
        """Whether there is a record with this id."""
        return id in self.rows

    def __iter__(self) -> Iterator[R]:
        """All records, oldest first."""
        return iter(tuple(self.rows.values()))

    def __len__(self) -> int:
        """The number of records."""
        return len(self.rows)


class Joined(Generic[R]):
    """Several tables read as one: whatever has an id in any of them. Its indexes keep one order over all."""

    __slots__ = ("kind", "rows")

    def __init__(self, kind: str, *tables: Table[Any]) -> None:
        self.kind = kind
        self.rows: Mapping[str, R] = ChainMap(*(table.rows for table in tables))

    def index(self) -> Index[R]:
        """Make an index, for each of the tables to `enter_into`."""
        return Index(self.rows)

    def __getitem__(self, id: str) -> R:
        """The record with this id. Raises `NotFound`."""
        record = self.rows.get(id)
        if record is None:
            raise NotFound(self.kind, id)
        return record


class _Owned(Protocol):
    @property
    def account_id(self) -> str: ...


Belonging = TypeVar("Belonging", bound=_Owned)


def owned(table: Table[Belonging], account_id: str, id: str) -> Belonging:
    """An account's record. Raises `NotFound`, also for another account's: that there is one is not for all to know."""
    record = table[id]
    if record.account_id != account_id:
        raise NotFound(table.kind, id)
    return record


def _move(index: Index[Any], id: str, old: tuple[Hashable, ...], new: tuple[Hashable, ...]) -> None:
    """Take an id out of the groups that it left and enter it into those that it joined."""
    for key in old:
        if key not in new:
            index.remove(id, key)
    for key in new:
        if key not in old:
            index.add(id, key)


_NO_IDS: list[str] = []
