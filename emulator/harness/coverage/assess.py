"""Holds what was heard against what is documented: figures, gaps by name, and waivers that are not needed."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from emulator.harness.contracts.documents import Document
from emulator.harness.coverage.heard import Heard
from emulator.harness.coverage.keywords import Keywords, measure
from emulator.harness.coverage.parts import EVENT, KINDS, OPERATION, Part, documented, status_part, waivers


class Figure(NamedTuple):
    """How many parts of a kind there are, and how many of them were exercised or waived."""

    exercised: int
    waived: int
    total: int

    @property
    def percent(self) -> float:
        """The share that was exercised or waived. 100 where there is nothing."""
        return 100 * (self.exercised + self.waived) / self.total if self.total else 100.0


class Stale(NamedTuple):
    """A waiver that should go, and why."""

    part: Part
    why: str


@dataclass(frozen=True)
class Coverage:
    """What one contract's run has exercised. `troubles` say why it may be less than it should be."""

    api: str
    title: str
    counts: Mapping[Part, int]
    waived: Mapping[Part, str]
    stale: Sequence[Stale] = ()
    keywords: Keywords | None = None
    troubles: Sequence[str] = ()

    @property
    def gaps(self) -> list[Part]:
        """What was neither exercised nor waived, in the contract's order."""
        return [part for part, count in self.counts.items() if not count and part not in self.waived]

    def figure(self, kind: str) -> Figure:
        """The figure of one kind."""
        return _figure((part for part in self.counts if part.kind == kind), self)

    @property
    def figures(self) -> dict[str, Figure]:
        """The figure of each kind."""
        return {kind: self.figure(kind) for kind in KINDS}


def assess(api: str, document: Document, heard: Heard, troubles: Sequence[str] = ()) -> Coverage:
    """Hold what was heard of an API against its contract."""
    counts = dict.fromkeys(documented(document), 0)
    for operation in document.operations.values():
        for (name, status), count in heard.answers.items():
            if name == operation.id:
                counts[Part(OPERATION, name)] += count
                part = status_part(document, operation, status)
                if part is not None:
                    counts[part] += count
    for name, count in heard.events.items():
        if Part(EVENT, name) in counts:
            counts[Part(EVENT, name)] += count
    written = waivers(document)
    return Coverage(
        api=api,
        title=document.title,
        counts=counts,
        waived={part: reason for part, reason in written.items() if counts.get(part) == 0},
        stale=tuple(_stale(written, counts)),
        keywords=measure(document.raw, heard.keywords),
        troubles=tuple(troubles),
    )


def total(all_of_them: Iterable[Coverage]) -> Figure:
    """Operations, statuses and events of all contracts together."""
    figures = [figure for each in all_of_them for figure in each.figures.values()]
    return Figure(*(sum(column) for column in zip(*figures, strict=True))) if figures else Figure(0, 0, 0)


def _stale(written: Mapping[Part, str], counts: Mapping[Part, int]) -> Iterable[Stale]:
    for part, reason in written.items():
        if part not in counts:
            yield Stale(part, "the contract documents no such thing")
        elif counts[part]:
            yield Stale(part, f"it was exercised {counts[part]} times")
        elif not reason:
            yield Stale(part, "it gives no reason")


def _figure(parts: Iterable[Part], coverage: Coverage) -> Figure:
    exercised = waived = all_of_them = 0
    for part in parts:
        all_of_them += 1
        exercised += bool(coverage.counts[part])
        waived += part in coverage.waived
    return Figure(exercised, waived, all_of_them)
