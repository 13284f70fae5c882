"""What was expected, held against what came.

An object expects its members and lets others pass; a list expects as many items, each in its place; anything else
expects itself. A matcher, an object whose one key begins with `$`, says it otherwise:

    $type      string, number, integer, boolean, null, object, array, uuid, moment, url
    $pattern   a text in which the regular expression is found
    $exact     this value, without further members at any depth
    $one_of    one of these
    $all       each of these
    $not       not this
    $contains  a list with such an item; a text with this part
    $length    so many items, members or characters
    $at_least, $at_most  a number, or an amount written as text
    $absent    true: the member is not there; false: it is, whatever it is
"""

import re
from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal, InvalidOperation
from types import MappingProxyType
from typing import NamedTuple, TypeAlias

from emulator.core.errors import Json
from emulator.core.moments import read_moment
from emulator.stories.words import shown

_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", re.IGNORECASE)


class Difference(NamedTuple):
    """One thing that is not as expected: where, what was expected, what came."""

    path: str
    expected: str
    got: str

    def __str__(self) -> str:
        return f"{self.path}: expected {self.expected}, got {self.got}"


class _Absent:
    """Stands for a member that is not there."""


_ABSENT = _Absent()
Value: TypeAlias = "Json | _Absent"


def differences(expected: Json, got: Json, path: str) -> list[Difference]:
    """Everything in which a value is not as expected; nothing if it is."""
    return list(_compare(expected, got, path))


def matcher_of(expected: Json) -> tuple[str, Json] | None:
    """The matcher's name and argument, if an expectation is one."""
    if isinstance(expected, dict) and len(expected) == 1:
        name, argument = next(iter(expected.items()))
        if name.startswith("$"):
            return name, argument
    return None


def _compare(expected: Json, got: Value, path: str) -> Iterator[Difference]:
    matcher = matcher_of(expected)
    if matcher is not None:
        yield from MATCHERS[matcher[0]](matcher[1], got, path)
    elif isinstance(got, _Absent):
        yield Difference(path, shown(expected), "nothing")
    elif isinstance(expected, dict):
        yield from _members(expected, got, path)
    elif isinstance(expected, list):
        yield from _items(expected, got, path)
    elif not _same(expected, got):
        yield Difference(path, shown(expected), shown(got))


def _members(expected: Mapping[str, Json], got: Json, path: str) -> Iterator[Difference]:
    if not isinstance(got, dict):
        yield Difference(path, "an object", shown(got))
        return
    for name, wanted in expected.items():
        yield from _compare(wanted, got.get(name, _ABSENT), f"{path}.{name}" if path else name)


def _items(expected: list[Json], got: Json, path: str) -> Iterator[Difference]:
    if not isinstance(got, list):
        yield Difference(path, "a list", shown(got))
        return
    if len(got) != len(expected):
        yield Difference(path, _counted(len(expected)), f"{len(got)}: {shown(got)}")
        return
    for place, (wanted, item) in enumerate(zip(expected, got, strict=True)):
        yield from _compare(wanted, item, f"{path}[{place}]")


def _counted(count: int) -> str:
    return f"{count} item{'s' if count != 1 else ''}"


def _same(expected: Json, got: Json) -> bool:
    # JSON tells true from 1, Python does not.
    return isinstance(expected, bool) == isinstance(got, bool) and expected == got


def _exactly(expected: Json, got: Json) -> bool:
    if isinstance(expected, dict) and isinstance(got, dict):
        return expected.keys() == got.keys() and all(_exactly(expected[name], got[name]) for name in expected)
    if isinstance(expected, list) and isinstance(got, list):
        return len(expected) == len(got) and all(map(_exactly, expected, got))
    return _same(expected, got)


def _is_number(value: Value) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _is_whole(value: Json) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and value == int(value)


TYPES: Mapping[str, Callable[[Json], bool]] = MappingProxyType(
    {
        "string": lambda value: isinstance(value, str),
        "number": _is_number,
        "integer": _is_whole,
        "boolean": lambda value: isinstance(value, bool),
        "null": lambda value: value is None,
        "object": lambda value: isinstance(value, dict),
        "array": lambda value: isinstance(value, list),
        "uuid": lambda value: isinstance(value, str) and _UUID.fullmatch(value) is not None,
        "moment": lambda value: isinstance(value, str) and read_moment(value) is not None,
        "url": lambda value: isinstance(value, str) and re.fullmatch(r"https?://[^\s]+", value) is not None,
    }
)
"""What `$type` knows."""


def _type(argument: Json, got: Value, path: str) -> Iterator[Difference]:
    if isinstance(got, _Absent) or not TYPES[str(argument)](got):
        yield Difference(path, f"the type {argument}", _came(got))


def _pattern(argument: Json, got: Value, path: str) -> Iterator[Difference]:
    if not isinstance(got, str) or re.search(str(argument), got) is None:
        yield Difference(path, f"a text like /{argument}/", _came(got))


def _exact(argument: Json, got: Value, path: str) -> Iterator[Difference]:
    if isinstance(got, _Absent) or not _exactly(argument, got):
        yield Difference(path, f"exactly {shown(argument)}", _came(got))


def _one_of(argument: Json, got: Value, path: str) -> Iterator[Difference]:
    if all(list(_compare(each, got, path)) for each in _list(argument)):
        yield Difference(path, f"one of {shown(argument)}", _came(got))


def _all(argument: Json, got: Value, path: str) -> Iterator[Difference]:
    for each in _list(argument):
        yield from _compare(each, got, path)


def _not(argument: Json, got: Value, path: str) -> Iterator[Difference]:
    if not list(_compare(argument, got, path)):
        yield Difference(path, f"not {shown(argument)}", _came(got))


def _contains(argument: Json, got: Value, path: str) -> Iterator[Difference]:
    found = False
    if isinstance(got, str):
        found = isinstance(argument, str) and argument in got
    elif isinstance(got, list):
        found = any(not list(_compare(argument, item, path)) for item in got)
    if not found:
        yield Difference(path, f"something with {shown(argument)} in it", _came(got))


def _length(argument: Json, got: Value, path: str) -> Iterator[Difference]:
    if not isinstance(got, str | list | dict):
        yield Difference(path, "something with a length", _came(got))
    else:
        yield from _compare(argument, len(got), f"{path}.$length")


def _bound(holds: Callable[[Decimal, Decimal], bool], words: str) -> "Matcher":
    def compare(argument: Json, got: Value, path: str) -> Iterator[Difference]:
        bound, number = _decimal(argument), _decimal(got)
        if bound is None or number is None or not holds(number, bound):
            yield Difference(path, f"{words} {shown(argument)}", _came(got))

    return compare


def _absent(argument: Json, got: Value, path: str) -> Iterator[Difference]:
    if isinstance(got, _Absent) is not (argument is True):
        yield Difference(path, "nothing" if argument is True else "something", _came(got))


def _came(got: Value) -> str:
    return "nothing" if isinstance(got, _Absent) else shown(got)


def _list(argument: Json) -> list[Json]:
    return argument if isinstance(argument, list) else [argument]


def _decimal(value: Value) -> Decimal | None:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        number = Decimal(str(value))
    except InvalidOperation:
        return None
    return number if number.is_finite() else None


Matcher = Callable[[Json, Value, str], Iterator[Difference]]

MATCHERS: Mapping[str, Matcher] = MappingProxyType(
    {
        "$type": _type,
        "$pattern": _pattern,
        "$exact": _exact,
        "$one_of": _one_of,
        "$all": _all,
        "$not": _not,
        "$contains": _contains,
        "$length": _length,
        "$at_least": _bound(lambda number, bound: number >= bound, "at least"),
        "$at_most": _bound(lambda number, bound: number <= bound, "at most"),
        "$absent": _absent,
    }
)
"""All matchers. Whether one is used as it can be is `meaning.py`'s to say, before a story runs."""
