"""The documented differences of a story: which gaps they explain, and which of them did not occur.

An entry is a text, or an object with `at`. `at` names a place as a report does (`status`, `headers.x-cost`,
`body.provider`, `webhook.body.data.cost`, `webhooks.message.sent`, `verdict`); `*` stands for anything, `[]` for any
item. `times` means every moment that differs. An entry counts between its two environments, `live` and `test` unless
it says otherwise, in either direction.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from emulator.core.errors import Json
from emulator.harness.parity_compare import Gap, Nothing, Value
from emulator.harness.parity_masks import TIME
from emulator.stories.matching import differences
from emulator.stories.story import Story

TIMES = "times"
_BETWEEN = ("live", "test")


class Entry(NamedTuple):
    """One documented difference. `values` are what stands on the left and on the right, if it says so."""

    at: str
    line: int
    operation: str | None = None
    webhook: str | None = None
    step: int | None = None
    left: tuple[Json] | None = None
    right: tuple[Json] | None = None
    because: str | None = None


class Judged(NamedTuple):
    """`findings` are gaps that nothing explains and entries that did not occur; `documented` the gaps explained."""

    findings: list[Gap]
    documented: list[Gap]


def entries(story: Story, left: str | None, right: str | None) -> list[Entry]:
    """The entries that count between two sides, by the names of their environments."""
    found: list[Entry] = []
    for place, written in enumerate(story.differs):
        members: Mapping[str, Any] = {"at": written} if isinstance(written, str) else written
        if {left, right} != set(members.get("between", _BETWEEN)):
            continue
        values: Mapping[str, Json] = members.get("values", {})
        found.append(
            Entry(
                at=members["at"],
                line=story.line(("differs", place)),
                operation=members.get("operation"),
                webhook=members.get("webhook"),
                step=members.get("step"),
                left=(values[left],) if left is not None and left in values else None,
                right=(values[right],) if right is not None and right in values else None,
                because=members.get("because"),
            )
        )
    return found


def judge(gaps: Iterable[Gap], documented: Sequence[Entry], *, is_whole: bool = True) -> Judged:
    """Tell findings from what is documented. `is_whole`: the story was played to its end on both sides."""
    occurred: set[int] = set()
    result = Judged([], [])
    for gap in gaps:
        fitting = [place for place, entry in enumerate(documented) if _explains(entry, gap)]
        occurred.update(fitting)
        (result.documented if fitting else result.findings).append(gap)
    if is_whole:
        result.findings.extend(_idle(entry) for place, entry in enumerate(documented) if place not in occurred)
    return result


def _idle(entry: Entry) -> Gap:
    wanted = [each[0] if each is not None else "another value" for each in (entry.left, entry.right)]
    place = f"differs: {entry.at}{f', {entry.because}' if entry.because else ''}"
    return Gap("documented", place, "listed, and did not occur", wanted[0], wanted[1], entry.line)


def _explains(entry: Entry, gap: Gap) -> bool:
    if entry.at == TIMES:
        return gap.kind == TIME and _is_about(entry, gap)
    return (
        _pattern(entry.at).fullmatch(gap.path) is not None
        and _is_about(entry, gap)
        and _fits(entry.left, gap.left)
        and _fits(entry.right, gap.right)
    )


def _is_about(entry: Entry, gap: Gap) -> bool:
    return (
        entry.operation in (None, gap.operation)
        and entry.webhook in (None, gap.webhook)
        and entry.step in (None, gap.step)
    )


def _fits(wanted: tuple[Json] | None, came: Value) -> bool:
    if wanted is None:
        return True
    if isinstance(came, Nothing):
        return wanted[0] == {"$absent": True}
    return not differences(wanted[0], came, "value")


def _pattern(at: str) -> re.Pattern[str]:
    pieces = re.split(r"(\*|\[\])", at)
    plain = {"*": ".*", "[]": r"\[\d+\]"}
    return re.compile("".join(plain.get(piece, re.escape(piece)) for piece in pieces), re.IGNORECASE)
