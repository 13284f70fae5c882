"""Results as JUnit XML, in the form that CI servers read: one suite for each contract, one case for each operation."""

import re
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from xml.etree import ElementTree as ET

from emulator.harness.contracts.findings import Finding, Result
from emulator.harness.contracts.reports.console import finding_lines

_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def junit(results: Sequence[Result]) -> bytes:
    """The document."""
    suites = ET.Element("testsuites", name="parrotfish contracts")
    for result in results:
        _suite(suites, result)
    for word in ("tests", "failures", "errors"):
        suites.set(word, str(sum(int(suite.get(word, "0")) for suite in suites)))
    suites.set("time", f"{sum(result.seconds for result in results):.3f}")
    ET.indent(suites)
    return ET.tostring(suites, encoding="utf-8", xml_declaration=True)


def write_junit(path: Path, results: Sequence[Result]) -> None:
    """Write the file. Raises `OSError`."""
    path.write_bytes(junit(results))


def _suite(suites: ET.Element, result: Result) -> None:
    found: dict[str, list[tuple[Finding, int]]] = defaultdict(list)
    for finding, times in result.findings.values():
        found[finding.operation].append((finding, times))
    names = list(dict.fromkeys((*result.operations, *found)))
    suite = ET.SubElement(
        suites,
        "testsuite",
        name=f"contracts.{result.api}",
        tests=str(len(names) + bool(result.errors)),
        failures=str(len(found)),
        errors=str(int(bool(result.errors))),
        skipped="0",
        time=f"{result.seconds:.3f}",
    )
    for name in names:
        case = ET.SubElement(suite, "testcase", classname=f"contracts.{result.api}", name=_plain(name), time="0")
        if name in found:
            message = "; ".join(dict.fromkeys(finding.title for finding, _ in found[name]))
            failure = ET.SubElement(case, "failure", message=_plain(message), type=found[name][0][0].check)
            text = "\n\n".join("\n".join(finding_lines(finding, times)) for finding, times in found[name])
            failure.text = _plain(text)
    if result.errors:
        case = ET.SubElement(suite, "testcase", classname=f"contracts.{result.api}", name="the whole run", time="0")
        error = ET.SubElement(case, "error", message=_plain(result.errors[0].splitlines()[0]), type="error")
        error.text = _plain("\n".join(result.errors))


def _plain(text: str) -> str:
    return _NOT_XML.sub("\ufffd", text)
