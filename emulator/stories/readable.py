"""What can be read of a story that has mistakes of form, so that what it means can be judged all the same.

What is wrong is cut out; where that cannot be missing, so is what it stands in. A step that cannot be read stays, as
one that does nothing, so that every other keeps its place.
"""

from collections.abc import Iterable, Iterator
from contextlib import suppress
from copy import deepcopy
from typing import Any, NamedTuple

from emulator.core.errors import Json
from emulator.stories.schema import Mistake, ValuePath, form_mistakes

_MOST_ROUNDS = 20

# Without these, other members mean something else.
_DECISIVE = frozenset({"api", "between"})


class Readable(NamedTuple):
    """A story of the right form. `cut` leads to what is missing from it, which may have defined any of the `names`."""

    story: dict[str, Any]
    cut: frozenset[ValuePath]
    names: frozenset[str]

    def can_tell(self, mistake: Mistake) -> bool:
        """Whether a mistake of meaning is one, and does not come from what is missing."""
        size = len(mistake.path)
        return mistake.undefined not in self.names and not any(each[:size] == mistake.path for each in self.cut)


def readable_part(value: Json, mistakes: Iterable[Mistake]) -> Readable | None:
    """What is left of a story; None if it is nothing. `mistakes` are its mistakes of form."""
    left, cut, names = deepcopy(value), set[ValuePath](), set[str]()
    for _ in range(_MOST_ROUNDS):
        for mistake in mistakes:
            if not isinstance(left, dict) or not _mend(left, mistake, cut, names):
                return None
        mistakes = form_mistakes(left)
        if not mistakes:
            return Readable(left, frozenset(cut), frozenset(names)) if isinstance(left, dict) else None
    return None


def _mend(story: dict[str, Any], mistake: Mistake, cut: set[ValuePath], names: set[str]) -> bool:
    """Cut out what a mistake is about; whether there is a story without it."""
    path = mistake.path
    if mistake.missing == "name" and not path:
        story["name"] = "a story"
        return True
    name = mistake.meant[1] if mistake.meant is not None else path[-1] if path else None
    if name in _DECISIVE:
        path = path[:-1]
    while path and isinstance(path[-1], int) and not _is_step(path):
        # An element's place cannot be left empty.
        path = path[:-1]
    if not path:
        return False
    around: Any = story
    with suppress(KeyError):  # when a mistake before this one was about more
        for step in path[:-1]:
            around = around[step]
        _cut_from(around, path, cut, names)
    return True


def _cut_from(around: Any, path: ValuePath, cut: set[ValuePath], names: set[str]) -> None:  # noqa: ANN401 - a story's
    last = path[-1]
    cut.add(path)
    if _is_step(path):
        names.update(_names_in(around[last]))
        around[last] = {"advance": {"by": "0s"}}
    else:
        names.add(str(last))
        names.update(_names_in(around.pop(last)))


def _is_step(path: ValuePath) -> bool:
    """Whether a path leads to a step: of the story, of a `repeat`, or of a `parallel`."""
    return len(path) > 1 and isinstance(path[-1], int) and path[-2] in ("steps", "parallel")


def _names_in(value: Json) -> Iterator[str]:
    if isinstance(value, dict):
        yield from value
        for each in value.values():
            yield from _names_in(each)
    elif isinstance(value, list):
        for each in value:
            yield from _names_in(each)
    elif isinstance(value, str):
        yield value
