"""Which operation a method and a raw path mean.

A path is split first and decoded after, so that `%2F` stays inside a value. A path without parameters is one look-up;
the others walk a tree whose nodes try fixed text before parameters.
"""

from collections.abc import Iterable
from functools import lru_cache
from typing import NamedTuple
from urllib.parse import unquote_to_bytes

from emulator.core.errors import MethodNotAllowed, UnknownPath
from emulator.server.contract.operation import Operation


class Match(NamedTuple):
    """An operation, and the percent-decoded values of its path parameters. Do not change the mapping: it is shared."""

    operation: Operation
    parameters: dict[str, str]


class _Target(NamedTuple):
    operation: Operation
    names: tuple[str, ...]


class _Node:
    """What may come after the segments so far. `patterns` are segments with a parameter: text before and after it."""

    __slots__ = ("literals", "patterns", "targets")

    def __init__(self) -> None:
        self.literals: dict[str, _Node] = {}
        self.patterns: dict[tuple[str, str], _Node] = {}
        self.targets: dict[str, _Target] = {}

    def pattern(self, before: str, after: str) -> "_Node":
        node = self.patterns.get((before, after))
        if node is None:
            node = self.patterns[before, after] = _Node()
            # The more fixed text, the more exact: `{id}.json` is tried before `{id}`.
            self.patterns = dict(sorted(self.patterns.items(), key=lambda item: -len("".join(item[0]))))
        return node


class Routes:
    """The paths of one contract."""

    __slots__ = ("_depth", "_root", "_searched", "_static")

    def __init__(self, operations: Iterable[Operation]) -> None:
        self._static: dict[tuple[str, bytes], Match] = {}
        self._root = _Node()
        self._depth = 0
        # Who sends, sends to the same few paths: a walk down the tree takes ten times as long as to look it up.
        self._searched = lru_cache(maxsize=64)(self._search)
        for operation in operations:
            self._add(operation)

    def match(self, method: str, raw_path: bytes) -> Match:
        """Find the operation. Raises `UnknownPath`, `MethodNotAllowed`."""
        return self._static.get((method, raw_path)) or self._searched(method, raw_path)

    def _add(self, operation: Operation) -> None:
        node = self._root
        names: list[str] = []
        segments = operation.path.split("/")[1:]
        self._depth = max(self._depth, len(segments))
        for segment in segments:
            before, brace, rest = segment.partition("{")
            if brace:
                name, _, after = rest.partition("}")
                names.append(name)
                node = node.pattern(before, after)
            else:
                node = node.literals.setdefault(segment, _Node())
        node.targets[operation.method] = _Target(operation, tuple(names))
        if not names:
            self._static[operation.method, operation.path.encode()] = Match(operation, {})

    def _search(self, method: str, raw_path: bytes) -> Match:
        found = self._walk(raw_path)
        if found is None:
            raise UnknownPath(method, raw_path.decode("utf-8", "replace"))
        targets, values = found
        target = targets.get(method)
        if target is None:
            raise MethodNotAllowed(method, raw_path.decode("utf-8", "replace"), sorted(targets))
        return Match(target[0], dict(zip(target[1], values, strict=True)))

    def _walk(self, raw_path: bytes) -> tuple[dict[str, _Target], tuple[str, ...]] | None:
        first, *parts = raw_path.split(b"/", self._depth + 1)
        if first or len(parts) > self._depth:
            return None
        try:
            segments = [(unquote_to_bytes(part) if b"%" in part else part).decode() for part in parts]
        except UnicodeDecodeError:
            return None
        return _descend(self._root, segments, 0, ())


def _descend(
    node: _Node, segments: list[str], position: int, values: tuple[str, ...]
) -> tuple[dict[str, _Target], tuple[str, ...]] | None:
    if position == len(segments):
        return (node.targets, values) if node.targets else None
    segment = segments[position]
    literal = node.literals.get(segment)
    if literal is not None and (found := _descend(literal, segments, position + 1, values)):
        return found
    for (before, after), pattern in node.patterns.items():
        value = _between(segment, before, after) if before or after else segment
        if value and (found := _descend(pattern, segments, position + 1, (*values, value))):
            return found
    return None


def _between(segment: str, before: str, after: str) -> str:
    """Give what stands between two texts, or nothing when they do not stand there."""
    if segment.startswith(before) and segment.endswith(after):
        return segment[len(before) : len(segment) - len(after)]
    return ""
