"""The coverage report for the terminal: a line for each API, then every gap by its name."""

from collections import defaultdict
from collections.abc import Iterator, Sequence

from emulator.harness.coverage.assess import Coverage, Figure, total
from emulator.harness.coverage.parts import EVENT, KINDS, STATUS, Part

_HEADS = {"operation": "operations", "status": "statuses", "event": "events"}
_WIDTH = 18


def lines(all_of_them: Sequence[Coverage]) -> Iterator[str]:
    """The report, line by line."""
    heads = "".join(f"{_HEADS[kind]:>{_WIDTH}}" for kind in KINDS)
    yield f"{'coverage':<12}{heads}{'keywords':>{_WIDTH}}"
    for each in all_of_them:
        cells = "".join(f"{told(figure):>{_WIDTH}}" for figure in each.figures.values())
        yield f"{each.api:<12}{cells}{_keywords(each):>{_WIDTH}}"
    whole = total(all_of_them)
    waived = f", {whole.waived} of them waived with a reason" if whole.waived else ""
    yield f"{percent(whole.percent)} of {whole.total} operations, statuses and events{waived}"
    for each in all_of_them:
        yield from _named(each)


def told(figure: Figure) -> str:
    """A figure: its share, and how many."""
    return f"{figure.exercised + figure.waived}/{figure.total} {percent(figure.percent)}"


def percent(share: float) -> str:
    """A share, rounded down: 100 % means all."""
    return f"{int(share * 10) / 10:g} %"


def _keywords(coverage: Coverage) -> str:
    found = coverage.keywords
    return f"{found.full}/{found.total} {percent(found.percent)}" if found is not None else "not measured"


def _named(coverage: Coverage) -> Iterator[str]:
    for trouble in coverage.troubles:
        yield f"{coverage.api}: not whole: {trouble}"
    for name, statuses in _by_operation(coverage.gaps).items():
        yield f"{coverage.api}: not exercised: {name} {' '.join(statuses)}".rstrip()
    for part in coverage.gaps:
        if part.kind == EVENT:
            yield f"{coverage.api}: never sent: {part.name}"
    for stale in coverage.stale:
        yield f"{coverage.api}: the waiver of {stale.part} should go: {stale.why}"


def _by_operation(gaps: Sequence[Part]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = defaultdict(list)
    for part in gaps:
        if part.kind != EVENT:
            found[part.name] += [part.status] if part.kind == STATUS else []
    return found
