"""The coverage report as one HTML page that needs no network."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from jinja2 import Environment, PackageLoader, StrictUndefined

from emulator.harness.coverage.assess import Coverage, total
from emulator.harness.coverage.parts import EVENT, OPERATION, STATUS, Part
from emulator.harness.coverage.reports.console import percent, told


class Mark(NamedTuple):
    """A status or an event as it is shown. `state` is `exercised`, `waived` or `gap`."""

    word: str
    state: str
    times: int
    reason: str


class Row(NamedTuple):
    """An operation with its statuses."""

    name: str
    state: str
    marks: Sequence[Mark]


def write_page(path: Path, all_of_them: Sequence[Coverage]) -> None:
    """Write it. Raises `OSError`."""
    path.write_text(render_page(all_of_them), encoding="utf-8")


def render_page(all_of_them: Sequence[Coverage]) -> str:
    """The page."""
    environment = Environment(
        loader=PackageLoader("emulator.harness.coverage.reports", "."), autoescape=True, undefined=StrictUndefined
    )
    environment.filters["told"] = told
    environment.filters["percent"] = percent
    template = environment.get_template("page.html")
    shown = [
        {"coverage": each, "rows": list(_rows(each)), "events": list(_marks(each, EVENT, None))} for each in all_of_them
    ]
    return template.render(apis=shown, total=total(all_of_them))


def _rows(coverage: Coverage) -> Iterator[Row]:
    for part in coverage.counts:
        if part.kind == OPERATION:
            marks = list(_marks(coverage, STATUS, part.name))
            states = {_state(coverage, part), *(each.state for each in marks)}
            yield Row(part.name, next(state for state in ("gap", "waived", "exercised") if state in states), marks)


def _marks(coverage: Coverage, kind: str, name: str | None) -> Iterator[Mark]:
    for part, count in coverage.counts.items():
        if part.kind == kind and name in (None, part.name):
            yield Mark(part.status or part.name, _state(coverage, part), count, coverage.waived.get(part, ""))


def _state(coverage: Coverage, part: Part) -> str:
    if coverage.counts[part]:
        return "exercised"
    return "waived" if part in coverage.waived else "gap"
