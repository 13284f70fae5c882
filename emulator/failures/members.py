"""The members of one JSON object, read one by one, with words for people when something is wrong with them."""

from collections.abc import Sequence
from datetime import timedelta
from typing import TypeAlias

from emulator.core.errors import Json
from emulator.core.hints import hint
from emulator.core.patterns import Pattern, address_pattern, pattern_of, pattern_of_regex
from emulator.core.spans import parse_span

Path: TypeAlias = tuple[str | int, ...]
"""The way from the whole value to a member: names and places."""

MOST_CHARACTERS = 2_000


class Unusable(Exception):
    """A value cannot be used. The text is one sentence for people.

    `path` leads to the member. With `is_conflict` the value is well written, but asks for what there is not.
    """

    def __init__(self, path: Path, detail: str, *, is_conflict: bool = False) -> None:
        super().__init__(f"{spoken(path)}: {detail}" if path else detail)
        self.path = path
        self.detail = detail
        self.is_conflict = is_conflict


def spoken(path: Path) -> str:
    """A path in one word: `0.script.1.report`."""
    return ".".join(map(str, path))


class Members:
    """An object's members. `path` leads to the object; what is read is held against what there may be."""

    def __init__(self, value: Json, path: Path, known: Sequence[str]) -> None:
        """Raises `Unusable` for what is no object, and for a member that is not among `known`."""
        if not isinstance(value, dict):
            raise Unusable(path, "expected an object")
        self.path = path
        self.values = value
        for name in value:
            if name not in known:
                raise Unusable((*path, name), f"is not known here; {hint(name, known)}")

    def __contains__(self, name: str) -> bool:
        """Whether there is a member of this name."""
        return name in self.values

    def refuse(self, name: str, detail: str, *, is_conflict: bool = False) -> Unusable:
        """The exception that says what is wrong with a member."""
        return Unusable((*self.path, name), detail, is_conflict=is_conflict)

    def text(self, name: str) -> str | None:
        """A text that is not empty, or None if there is no such member."""
        value = self.values.get(name)
        if name not in self.values:
            return None
        if not isinstance(value, str) or not value:
            raise self.refuse(name, "expected a text")
        if len(value) > MOST_CHARACTERS:
            raise self.refuse(name, f"expected at most {MOST_CHARACTERS} characters")
        return value

    def word(self, name: str, known: Sequence[str]) -> str | None:
        """One of some words."""
        value = self.text(name)
        if value is not None and value not in known:
            raise self.refuse(name, f"{value!r} is not known; {hint(value, known)}")
        return value

    def is_set(self, name: str) -> bool:
        """Whether a member that can only be `true` is there."""
        if name in self.values and self.values[name] is not True:
            raise self.refuse(name, "expected true; leave it out otherwise")
        return name in self.values

    def whole(self, name: str, *, least: int = 1, most: int = 1_000_000_000) -> int | None:
        """An integer in a range."""
        value = self.values.get(name)
        if name not in self.values:
            return None
        if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
            raise self.refuse(name, f"expected an integer from {least} to {most}")
        return value

    def span(self, name: str) -> timedelta | None:
        """A span of time."""
        return read_span(self.values[name], (*self.path, name)) if name in self.values else None

    def pattern(self, name: str, *, known: Sequence[str] = (), is_address: bool = False) -> Pattern | None:
        """A text that is exact or a glob, or `{"regex": …}`. An exact one must be in `known`, if that is given."""
        if name not in self.values:
            return None
        value = self.values[name]
        if isinstance(value, dict):
            return _regex(Members(value, (*self.path, name), ("regex",)))
        text = self.text(name)
        assert text is not None
        pattern = address_pattern(text) if is_address else pattern_of(text)
        if known and pattern.literal is not None and text not in known:
            raise self.refuse(name, f"{text!r} is not known; {hint(text, known)}")
        return pattern


def read_span(value: Json, path: Path) -> timedelta:
    """A span of time. Raises `Unusable`."""
    try:
        return parse_span(value if isinstance(value, str) else "")
    except ValueError as error:
        raise Unusable(path, str(error)) from None


def as_list(value: Json) -> list[tuple[Path, Json]]:
    """One thing or a list of things, each with its path."""
    if isinstance(value, list):
        return [((place,), item) for place, item in enumerate(value)]
    return [((), value)]


def _regex(members: Members) -> Pattern:
    expression = members.text("regex")
    if expression is None:
        raise members.refuse("regex", "is missing")
    try:
        return pattern_of_regex(expression)
    except ValueError as error:
        raise members.refuse("regex", str(error)) from None
