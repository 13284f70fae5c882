"""Results on a terminal, as JUnit and as JSON."""

from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from emulator.stories.matching import Difference
from emulator.stories.reports.as_json import as_json, write_json
from emulator.stories.reports.console import Console
from emulator.stories.reports.junit import junit
from emulator.stories.results import FAILED, PASSED, SKIPPED, Failure, StepResult, StoryResult, Take
from emulator.stories.story import parse_story

TAKE = Take(
    parse_story("name: Ada & <Bo>\napi: raven\nsteps: [{advance: 1s}, {advance: 2s}]\n", file="in/a.story.yaml")
)
FAILURE = Failure(
    line=3,
    step="step 2, advance 2s",
    sentence="it did not \x00 hold",
    differences=(Difference("body.to", '"a"', '"b"'),),
    came="200\n\n{}",
    timeline=("message m-1", "  +0s       queued"),
)


@pytest.fixture
def results() -> list[StoryResult]:
    return [
        StoryResult(TAKE, PASSED, 0.25, [StepResult(3, "step 1, advance 1s", SKIPPED, 0.0, "nobody can")]),
        StoryResult(TAKE, FAILED, 0.5, [StepResult(3, "step 2, advance 2s", FAILED, 0.5, "no")], FAILURE),
        StoryResult(TAKE, SKIPPED, 0.0, skipped="nobody can"),
    ]


def test_a_terminal_shows_a_line_for_each_story_and_all_about_a_failure(results):
    shown: list[str] = []
    seconds = iter((10.0, 10.75))
    console = Console(shown.append, is_live=False, clock=lambda: next(seconds))
    console.begun(3)
    console.step_begun(TAKE, 1, "advance")
    for result in results:
        console.story_ended(result)
    console.ended(results)

    assert "".join(shown).splitlines() == [
        "ok      in/a.story.yaml  Ada & <Bo> (0.25 s)",
        "    line 3, step 1, advance 1s: skipped, nobody can",
        "FAILED  in/a.story.yaml:3  Ada & <Bo> (0.50 s)",
        "    line 3, step 2, advance 2s: it did not \x00 hold",
        "      body.to",
        '        expected "a"',
        '        got      "b"',
        "    what came:",
        "      200",
        "      ",
        "      {}",
        "    what became of the message:",
        "      message m-1",
        "        +0s       queued",
        "skipped in/a.story.yaml  Ada & <Bo> (0.00 s)  nobody can",
        "1 passed, 1 failed, 1 skipped in 0.75 s",
    ]


def test_progress_is_drawn_and_cleared_only_where_it_can_be(results):
    shown: list[str] = []
    console = Console(shown.append, is_live=True)
    console.begun(3)
    console.step_begun(TAKE, 2, "advance")
    console.story_ended(results[0])

    assert shown[0] == "\r\x1b[K0/3  Ada & <Bo>: step 2 of 2, advance"
    assert shown[1].startswith("\r\x1b[Kok ")


def test_junit_counts_and_tells_what_a_ci_server_shows(results):
    suite = ET.fromstring(junit(results))[0]
    cases = list(suite)

    assert {name: suite.get(name) for name in ("tests", "failures", "skipped", "errors")} == {
        "tests": "3",
        "failures": "1",
        "skipped": "1",
        "errors": "0",
    }
    assert [case.get("name") for case in cases] == ["Ada & <Bo>"] * 3
    assert cases[0].get("classname") == "in"
    assert cases[0].findtext("system-out") == "line 3, step 1, advance 1s: nobody can"
    failure = cases[1].find("failure")
    assert failure is not None
    assert failure.get("message") == "it did not \ufffd hold"
    assert (failure.text or "").startswith("in/a.story.yaml:3\nline 3, step 2")
    assert cases[1].get("line") == "3"
    skipped = cases[2].find("skipped")
    assert skipped is not None
    assert skipped.get("message") == "nobody can"


def test_json_has_everything(results, tmp_path: Path):
    value = as_json(results)
    write_json(tmp_path / "out.json", results)

    assert value["held"] is False
    assert [each["status"] for each in value["stories"]] == [PASSED, FAILED, SKIPPED]
    assert value["stories"][1]["failure"]["differences"] == [{"path": "body.to", "expected": '"a"', "got": '"b"'}]
    assert value["stories"][0]["steps"][0]["why"] == "nobody can"
    assert (tmp_path / "out.json").read_text().endswith("}\n")
