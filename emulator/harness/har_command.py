"""What `parrotfish contracts --har` does, without the words of the command line. It needs no Schemathesis."""

from collections.abc import Callable, Iterator
from pathlib import Path

from emulator.harness.contracts.findings import WRONG_INPUT, Result
from emulator.harness.contracts.reports.console import annotation, details
from emulator.harness.contracts.reports.junit import write_junit
from emulator.harness.har import CALLS, HarCheck, check_har

_MOST_ORIGINS = 5


def check(
    path: Path, api: str | None, *, junit: Path | None = None, annotate: bool = False, write: Callable[[str], object]
) -> int:
    """Check a recording, report, and return the exit status.

    Raises `BadHar`, and `OSError` if the report cannot be written.
    """
    checked = check_har(path, api)
    results = [*checked.results]
    if checked.trouble is not None:
        results.append(Result(path.name, errors=[checked.trouble], trouble=WRONG_INPUT))
    for line in (*_summaries(checked), *_left_out(checked)):
        write(line)
    for result in results:
        for line in details(result):
            write(line)
        for finding, _ in result.findings.values() if annotate else ():
            write(annotation(finding))
    if junit is not None:
        write_junit(junit, results)
    return checked.exit_status


def _summaries(checked: HarCheck) -> Iterator[str]:
    for result in checked.results:
        word = f"{len(result.findings)} found" if result.findings else "holds"
        yield f"{result.api:<12} {word:<13} {len(result.operations):>3} operations  {result.cases[CALLS]:>6,} calls"


def _left_out(checked: HarCheck) -> Iterator[str]:
    if checked.strangers:
        origins = sorted(checked.strangers)
        more = f" and {len(origins) - _MOST_ORIGINS} others" if len(origins) > _MOST_ORIGINS else ""
        where = ", ".join(origins[:_MOST_ORIGINS]) + more
        yield f"left out     {checked.left_out:,} calls to what is no API of ours: {where}"
