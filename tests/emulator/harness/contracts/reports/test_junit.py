"""The JUnit report parses against the form that CI servers read, whatever is in it."""

from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
import xmlschema

from emulator.harness.contracts.findings import Finding, Result
from emulator.harness.contracts.reports.junit import junit

EVERYTHING = "".join(map(chr, range(0x180))) + "\ud800\ufffe\U0001f600 ]]> </failure> &amp;"


@pytest.fixture(scope="module")
def form() -> xmlschema.XMLSchema10:
    return xmlschema.XMLSchema10(str(Path(__file__).with_name("junit.xsd")))


def finding(text: str = "Oh", operation: str = "send", check: str = "error_envelope") -> Finding:
    return Finding("tiny", operation, check, text, text, f"curl {text}", 500, text, (text,))


def result(*findings: Finding, errors: list[str] | None = None) -> Result:
    made = Result("tiny", "Tiny API", ("send", "read"), errors=errors or [], seconds=1.25)
    for each in findings:
        made.add(each)
    return made


RESULTS = {
    "nothing at all": [],
    "what holds": [result()],
    "a finding": [result(finding())],
    "every character that there is": [result(finding(EVERYTHING, EVERYTHING), errors=[EVERYTHING])],
    "an error, and nothing that was asked": [Result("tiny", errors=["the target\nstopped answering"])],
    "an error without a word": [Result("tiny", errors=["\n"])],
    "several APIs": [result(), result(finding(), finding("Ah")), result(finding(operation="note.kept"))],
}


@pytest.mark.parametrize("what", RESULTS)
def test_a_report_has_the_form_that_is_read(form: xmlschema.XMLSchema10, what: str):
    form.validate(ET.fromstring(junit(RESULTS[what])))


@pytest.mark.parametrize("what", RESULTS)
def test_the_numbers_are_those_of_the_cases(what: str):
    suites = ET.fromstring(junit(RESULTS[what]))

    for each in (suites, *suites):
        assert int(each.get("tests", "0")) == len(list(each.iter("testcase")))
        assert int(each.get("failures", "0")) == len(list(each.iter("failure")))
        assert int(each.get("errors", "0")) == len(list(each.iter("error")))


def test_a_failure_names_what_was_found_and_how_to_see_it():
    case = ET.fromstring(junit([result(finding(), finding("Ah", check="not_a_server_error"))])).find(".//failure/..")

    assert case is not None
    failure = case.find("failure")
    assert failure is not None
    assert (case.get("classname"), case.get("name"), failure.get("message")) == ("contracts.tiny", "send", "Oh; Ah")
    assert failure.text is not None
    assert "curl Oh" in failure.text
    assert "not_a_server_error" in failure.text


def test_the_form_itself_refuses_what_is_not_it(form: xmlschema.XMLSchema10):
    report = junit([result(finding())])

    for old, new in ((b'tests="2"', b'tests="two"'), (b"testcase", b"case"), (b' name="send"', b"")):
        assert not form.is_valid(ET.fromstring(report.replace(old, new)))
