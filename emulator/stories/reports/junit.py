"""Results as JUnit XML, in the form that CI servers read."""

import re
from collections.abc import Sequence
from pathlib import Path, PurePath
from xml.etree import ElementTree as ET

from emulator.stories.reports.console import failure_lines
from emulator.stories.results import FAILED, SKIPPED, StoryResult

# What XML 1.0 cannot hold.
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def junit(results: Sequence[StoryResult]) -> bytes:
    """One test suite, one case for each story."""
    failed = sum(result.status == FAILED for result in results)
    skipped = sum(result.status == SKIPPED for result in results)
    seconds = sum(result.seconds for result in results)
    counts = {"tests": str(len(results)), "failures": str(failed), "errors": "0", "skipped": str(skipped)}
    suites = ET.Element("testsuites", {**counts, "time": f"{seconds:.3f}"})
    suite = ET.SubElement(suites, "testsuite", {"name": "parrotfish", **counts, "time": f"{seconds:.3f}"})
    for result in results:
        _case(suite, result)
    ET.indent(suites)
    return ET.tostring(suites, encoding="utf-8", xml_declaration=True)


def write_junit(path: Path, results: Sequence[StoryResult]) -> None:
    """Write the file. Raises `OSError`."""
    path.write_bytes(junit(results))


def _case(suite: ET.Element, result: StoryResult) -> None:
    story = result.take.story
    folder = PurePath(story.file).parent
    case = ET.SubElement(
        suite,
        "testcase",
        {
            "classname": ".".join(part for part in folder.parts if part not in (".", "/")) or "stories",
            "name": plain(result.take.title),
            "file": plain(story.file),
            "line": str(result.failure.line if result.failure else 1),
            "time": f"{result.seconds:.3f}",
        },
    )
    if result.failure is not None:
        element = ET.SubElement(case, "failure", {"message": plain(result.failure.sentence), "type": "expectation"})
        element.text = plain("\n".join((f"{story.file}:{result.failure.line}", *failure_lines(result.failure))))
    elif result.skipped is not None:
        ET.SubElement(case, "skipped", {"message": plain(result.skipped)})
    left_out = [
        f"line {step.line}, {step.step}: {step.why}" for step in result.steps if step.status != FAILED and step.why
    ]
    if left_out:
        ET.SubElement(case, "system-out").text = plain("\n".join(left_out))


def plain(text: str) -> str:
    """A text without what XML cannot hold."""
    return _NOT_XML.sub("\ufffd", text)
