"""A copy of a JSON value that is small enough to be looked at closely."""

from itertools import islice
from typing import NamedTuple

from emulator.core.errors import Json

Path = tuple[str | int, ...]


class Excerpt(NamedTuple):
    """The copy, and the paths of the objects and arrays that lost members or items in it."""

    value: Json
    cut: frozenset[Path]


def take_excerpt(value: Json, *, nodes: int, depth: int) -> Excerpt:
    """Copy a value up to a number of nodes and levels.

    All members of an object come before what is inside them, so that a long array does not hide its siblings; items of
    an array come one after the other, each whole.
    """
    taker = _Taker(nodes, depth)
    return Excerpt(taker.copy(value, ()), frozenset(taker.cut))


class _Taker:
    def __init__(self, nodes: int, depth: int) -> None:
        self._left = nodes
        self._depth = depth
        self.cut: set[Path] = set()

    def copy(self, value: Json, path: Path) -> Json:
        if isinstance(value, dict):
            return self._object(value, path)
        if isinstance(value, list):
            return self._array(value, path)
        return value

    def _object(self, value: dict[str, Json], path: Path) -> Json:
        taken = self._take(len(value), path)
        return {name: self.copy(member, (*path, name)) for name, member in islice(value.items(), taken)}

    def _array(self, value: list[Json], path: Path) -> Json:
        items: list[Json] = []
        for position, item in enumerate(value):
            if not self._take(1, path):
                break
            items.append(self.copy(item, (*path, position)))
        return items

    def _take(self, wanted: int, path: Path) -> int:
        """Spend up to so many nodes; say how many were left."""
        taken = 0 if len(path) >= self._depth else min(wanted, self._left)
        if taken < wanted:
            self.cut.add(path)
        self._left -= taken
        return taken
