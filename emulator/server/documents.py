"""Reading YAML strictly: what is written is what is meant.

Only the scalars of JSON have a type (YAML 1.1 turns `+12025550100` into a number, `0711000111` into 119799881 and `no`
into false); everything else that is not quoted is text, and a value left empty is null. Keys are always text. Aliases,
anchors, tags, merge keys, duplicate keys and second documents are refused. Contracts and stories are read this way.
"""

import math
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Final, TypeAlias

from emulator.core.errors import Json

if TYPE_CHECKING:
    from yaml import Event, Mark, MarkedYAMLError, NodeEvent, ScalarEvent

Path: TypeAlias = tuple[str | int, ...]

LIMIT_BYTES: Final = 1024 * 1024
DEPTH_LIMIT: Final = 64

_WORDS: dict[str, Json] = {"null": None, "true": True, "false": False, "": None}
# 300 digits: Python refuses to read integers of more than 4,300.
_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]{0,299})((?:\.[0-9]{1,300})?(?:[eE][+-]?[0-9]{1,9})?)", re.ASCII)


class DocumentError(Exception):
    """A document cannot be read. `line` and `column` count from one; `str()` gives `name:line:column: problem`."""

    def __init__(self, name: str, line: int, column: int, problem: str) -> None:
        super().__init__(f"{name}:{line}:{column}: {problem}")
        self.name = name
        self.line = line
        self.column = column
        self.problem = problem


def read_yaml(text: str | bytes, *, name: str, limit_bytes: int = LIMIT_BYTES) -> Json:
    """Read one YAML document; `name` stands for it in errors. An empty text is null.

    Raises `DocumentError`.
    """
    return _Reader(name, None).read(_encoded(text, name, limit_bytes))


def read_positions(text: str | bytes, *, name: str, limit_bytes: int = LIMIT_BYTES) -> dict[Path, tuple[int, int]]:
    """Say where everything stands: the path of each value to the line and column of its key, or of itself in a list.

    Both count from one; the root is `()`. It costs a second reading: ask when there is a mistake to report. Raises
    `DocumentError`.
    """
    positions: dict[Path, tuple[int, int]] = {}
    _Reader(name, positions).read(_encoded(text, name, limit_bytes))
    return positions


def _why(encoded: bytes, error: "MarkedYAMLError") -> str:
    # The parser's own sentence for the commonest mistake of all does not say what is wrong.
    mark = error.problem_mark
    lines = encoded.decode().split("\n")
    if mark is not None and "".join(lines[mark.line : mark.line + 1]).startswith("\t", mark.column):
        return "a tab cannot indent; use spaces"
    return error.problem or error.context or "not YAML"


def _encoded(text: str | bytes, name: str, limit_bytes: int) -> bytes:
    try:
        encoded = text.encode() if isinstance(text, str) else text
        encoded.decode()
    except UnicodeError:
        raise DocumentError(name, 1, 1, "the file is not UTF-8") from None
    if len(encoded) > limit_bytes:
        raise DocumentError(name, 1, 1, f"the file is larger than {limit_bytes} bytes")
    return encoded


class _Reader:
    """One pass over the parser's events. Nothing else of the library is used, so none of its types can slip in."""

    def __init__(self, name: str, positions: dict[Path, tuple[int, int]] | None) -> None:
        # Only a checkout without a cache, and stories, need YAML.
        import yaml  # noqa: PLC0415 - late

        self._yaml = yaml
        self._name = name
        self._positions = positions
        self._events: Iterator[Event] = iter(())

    def read(self, encoded: bytes) -> Json:
        self._events = self._parse(encoded)
        value: Json = None
        documents = 0
        for event in self._events:
            if isinstance(event, self._yaml.DocumentStartEvent):
                documents += 1
                if documents > 1:
                    raise self._error(event.start_mark, "only one document is allowed in a file")
                value = self._value(self._next((), None), (), 0)
        return value

    def _parse(self, encoded: bytes) -> "Iterator[Event]":
        # The parser in C is ten times as fast; a build of the library may lack it.
        loader = getattr(self._yaml, "CSafeLoader", self._yaml.SafeLoader)
        try:
            yield from self._yaml.parse(encoded, Loader=loader)  # pyright: ignore[reportUnknownMemberType] untyped there
        except self._yaml.MarkedYAMLError as error:
            mark = error.problem_mark or error.context_mark
            raise self._error(mark, _why(encoded, error)) from None
        except self._yaml.YAMLError:
            raise DocumentError(self._name, 1, 1, "the file has a character that YAML does not allow") from None

    def _next(self, path: Path, mark: "Mark | None") -> "Event":
        """Take the next event, which begins the value at `path`; `mark` is that of its key."""
        event = next(self._events)
        if self._positions is not None:
            place = mark or event.start_mark
            self._positions[path] = (place.line + 1, place.column + 1)
        return event

    def _value(self, event: "Event", path: Path, depth: int) -> Json:
        if not isinstance(event, self._yaml.NodeEvent) or isinstance(event, self._yaml.AliasEvent):
            raise self._error(event.start_mark, "aliases are not allowed")
        self._refuse_extras(event)
        if isinstance(event, self._yaml.ScalarEvent):
            return self._scalar(event)
        if depth >= DEPTH_LIMIT:
            raise self._error(event.start_mark, f"nested more than {DEPTH_LIMIT} levels deep")
        if isinstance(event, self._yaml.MappingStartEvent):
            return self._mapping(path, depth + 1)
        return self._sequence(path, depth + 1)

    def _refuse_extras(self, event: "NodeEvent") -> None:
        if event.anchor is not None:
            raise self._error(event.start_mark, "anchors are not allowed")
        if getattr(event, "tag", None) is not None:
            raise self._error(event.start_mark, "tags are not allowed")

    def _mapping(self, path: Path, depth: int) -> dict[str, Json]:
        members: dict[str, Json] = {}
        while not isinstance(event := next(self._events), self._yaml.MappingEndEvent):
            key = self._key(event)
            if key in members:
                raise self._error(event.start_mark, f"the key {key!r} is written twice")
            inner = path if self._positions is None else (*path, key)
            members[key] = self._value(self._next(inner, event.start_mark), inner, depth)
        return members

    def _key(self, event: "Event") -> str:
        if not isinstance(event, self._yaml.ScalarEvent):
            raise self._error(event.start_mark, "a key must be plain text")
        self._refuse_extras(event)
        if event.value == "<<" and event.implicit[0]:
            raise self._error(event.start_mark, "merge keys are not allowed")
        return event.value

    def _sequence(self, path: Path, depth: int) -> list[Json]:
        items: list[Json] = []
        while not isinstance(event := next(self._events), self._yaml.SequenceEndEvent):
            inner = path
            if self._positions is not None:
                inner = (*path, len(items))
                self._positions[inner] = (event.start_mark.line + 1, event.start_mark.column + 1)
            items.append(self._value(event, inner, depth))
        return items

    def _scalar(self, event: "ScalarEvent") -> Json:
        text = event.value
        if not event.implicit[0]:
            return text
        if text in _WORDS:
            return _WORDS[text]
        number = _NUMBER.fullmatch(text)
        if number is None:
            return text
        if not number[1]:
            return int(text)
        value = float(text)
        if math.isinf(value):
            raise self._error(event.start_mark, "the number is out of range")
        return value

    def _error(self, mark: "Mark | None", problem: str) -> DocumentError:
        line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
        return DocumentError(self._name, line, column, problem)
