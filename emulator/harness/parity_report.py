"""What came of a comparison, for people and as JUnit XML."""

from collections.abc import Iterator
from pathlib import PurePath
from xml.etree import ElementTree as ET

from emulator.harness.parity import Comparison, Parity
from emulator.stories.reports.junit import plain

_MOST_FINDINGS = 40


def story_lines(comparison: Comparison, left: str, right: str) -> Iterator[str]:
    """The verdict over one story, in lines."""
    story = comparison.story
    mark, where = "ok  ", story.file
    if comparison.error is not None or comparison.findings:
        mark = "FAIL"
        where = f"{story.file}:{comparison.findings[0].line}" if comparison.findings else story.file
    elif comparison.skipped is not None:
        mark = "skip"
    known = f", {_counted(len(comparison.documented), 'documented difference')}" if comparison.documented else ""
    said = f"{_counted(comparison.calls, 'call')}, {_counted(comparison.events, 'webhook')}{known}"
    yield f"{mark} {where}  {story.name} ({said}, {comparison.seconds:.2f} s)"
    for note in (comparison.skipped, comparison.error, *comparison.notes):
        if note is not None:
            yield f"     {note}"
    yield from (f"     {line}" for line in finding_lines(comparison, left, right))


def finding_lines(comparison: Comparison, left: str, right: str) -> Iterator[str]:
    """Each difference: where it stands, and what each side says."""
    last = None
    left, right = _names(left, right)
    width = max(len(left), len(right))
    for gap in comparison.findings[:_MOST_FINDINGS]:
        if (gap.line, gap.place) != last:
            yield f"line {gap.line}, {gap.place}"
            last = gap.line, gap.place
        yield f"  {gap.path}: {_KINDS[gap.kind]}"
        yield f"    {left:<{width}}  {gap.side(is_left=True)}"
        yield f"    {right:<{width}}  {gap.side(is_left=False)}"
    if len(comparison.findings) > _MOST_FINDINGS:
        yield f"and {len(comparison.findings) - _MOST_FINDINGS} more differences"


_KINDS = {
    "status": "another status",
    "connection": "one of them gives no whole answer",
    "missing": "only on the left",
    "surplus": "only on the right",
    "type": "another type",
    "value": "another value",
    "identity": "another thing than the one that was named like this before",
    "time": "another time after the story's beginning",
    "length": "another length",
    "order": "another order",
    "calls": "another number of calls",
    "verdict": "it holds on one side only",
    "signature": "another signature",
    "documented": "a documented difference that is none",
}
"""What a kind of difference is called."""


def summary(parity: Parity) -> str:
    """The last lines."""
    every = parity.comparisons
    found = sum(len(each.findings) for each in every)
    lines = [each for each in (parity.unreachable, *parity.damage) if each]
    differing = sum(1 for each in every if each.findings)
    skipped = sum(1 for each in every if each.skipped)
    documented = sum(len(each.documented) for each in every)
    compared = sum(1 for each in every if each.calls)
    counts = f"{compared} of {_counted(len(every), 'story', 'stories')} compared, {parity.left} with {parity.right}: "
    counts += f"{_counted(found, 'difference')} in {differing}, {documented} documented"
    if skipped:
        counts += f", {skipped} skipped"
    if not compared and parity.unreachable is None:
        lines.append("nothing could be compared")
    return "\n".join([*lines, counts])


def annotations(parity: Parity) -> Iterator[str]:
    """The same as GitHub reads it beside the code."""
    for comparison in parity.comparisons:
        for gap in comparison.findings:
            said = f"{gap.path}: {gap.side(is_left=True)} and {gap.side(is_left=False)}"
            yield f"::error file={comparison.story.file},line={gap.line},title={_escaped(gap.place)}::{_escaped(said)}"


def junit(parity: Parity) -> bytes:
    """One test suite, one case for each story. An unreachable target is an error."""
    every = parity.comparisons
    counts = {
        "tests": str(max(len(every), 1 if parity.unreachable else 0)),
        "failures": str(sum(1 for each in every if each.findings and not each.error)),
        "errors": str(sum(1 for each in every if each.error) or (1 if parity.unreachable else 0)),
        "skipped": str(sum(1 for each in every if each.skipped and not each.error)),
        "time": f"{sum(each.seconds for each in every):.3f}",
    }
    suites = ET.Element("testsuites", {name: counts[name] for name in ("tests", "failures", "errors", "time")})
    suite = ET.SubElement(suites, "testsuite", {"name": "parity", **counts})
    for comparison in every:
        _case(suite, comparison, parity)
    if parity.unreachable is not None and not any(each.error for each in every):
        case = ET.SubElement(suite, "testcase", {"classname": "parity", "name": "the targets", "time": "0"})
        ET.SubElement(case, "error", {"message": plain(parity.unreachable), "type": "unreachable"})
    ET.indent(suites)
    return ET.tostring(suites, encoding="utf-8", xml_declaration=True)


def _case(suite: ET.Element, comparison: Comparison, parity: Parity) -> None:
    folder = PurePath(comparison.story.file).parent
    case = ET.SubElement(
        suite,
        "testcase",
        {
            "classname": ".".join(part for part in folder.parts if part not in (".", "/")) or "stories",
            "name": plain(comparison.story.name),
            "time": f"{comparison.seconds:.3f}",
        },
    )
    if comparison.error is not None:
        ET.SubElement(case, "error", {"message": plain(comparison.error), "type": "unreachable"})
    elif comparison.findings:
        first = comparison.findings[0]
        message = f"{_counted(len(comparison.findings), 'difference')}, the first: {first.place}, {first.path}"
        element = ET.SubElement(case, "failure", {"message": plain(message), "type": "parity"})
        lines = (f"{comparison.story.file}:{first.line}", *finding_lines(comparison, parity.left, parity.right))
        element.text = plain("\n".join(lines))
    elif comparison.skipped is not None:
        ET.SubElement(case, "skipped", {"message": plain(comparison.skipped)})
    if comparison.notes:
        ET.SubElement(case, "system-out").text = plain("\n".join(comparison.notes))


def _names(left: str, right: str) -> tuple[str, str]:
    """Short names of the sides, that tell them apart."""
    return (left, right) if left != right else (f"{left} (left)", f"{right} (right)")


def _counted(count: int, one: str, many: str | None = None) -> str:
    return f"{count} {one if count == 1 else many or one + 's'}"


def _escaped(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A").replace(",", "%2C").replace(":", "%3A")
