"""Results as lines of text."""

from collections.abc import Iterator

from emulator.harness.contracts.findings import Finding, Result

_LONGEST = 12


def summary(result: Result) -> str:
    """One line: what was asked, and whether it holds."""
    cases = ", ".join(f"{phase} {count:,}" for phase, count in sorted(result.cases.items()))
    word = "holds" if result.holds else f"{len(result.findings)} found" if result.findings else "not finished"
    return (
        f"{result.api:<12} {word:<13} {len(result.operations):>3} operations  "
        f"{sum(result.cases.values()) + result.probes:>6,} calls ({cases}, our checks {result.probes:,})  "
        f"{result.seconds:.0f} s"
    )


def details(result: Result) -> Iterator[str]:
    """Every finding with the call that shows it, then what kept the run from being whole."""
    for finding, times in result.findings.values():
        yield from finding_lines(finding, times)
        yield ""
    for error in result.errors:
        yield f"{result.api}: {error}"
    for note in result.notes:
        yield f"{result.api}: {note}"


def finding_lines(finding: Finding, times: int) -> Iterator[str]:
    """A finding as a paragraph; the last line is the call."""
    seen = "" if times == 1 else f", seen {times} times"
    yield f"{finding.api} {finding.operation}: {finding.title} ({finding.check}{seen})"
    lines = [line for line in finding.message.splitlines() if line.strip()]
    yield from (f"    {line}" for line in lines[:_LONGEST])
    if finding.answer:
        yield f"    answered: {_status(finding)}{' '.join(finding.answer.split())[:400]}"
    for call in finding.before:
        yield f"    first: {call}"
    if finding.curl:
        yield f"    {finding.curl}"


def annotation(finding: Finding) -> str:
    """A finding as GitHub shows it beside a run."""
    title = _for_github(f"{finding.api} {finding.operation}: {finding.title}").replace(",", "%2C").replace(":", "%3A")
    text = "\n".join(line for line in (finding.message, finding.curl) if line)
    return f"::error title={title}::{_for_github(text)}"


def _status(finding: Finding) -> str:
    return f"{finding.status} " if finding.status is not None else ""


def _for_github(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")
