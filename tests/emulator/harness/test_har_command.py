"""`parrotfish contracts --har`: what a user is told, the exit status, and the report that is kept."""

import json
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from click.testing import CliRunner, Result

from emulator.cli import main

HOST = "https://bulk.cloudrebue.co.ke"


def call(url: str, response: Any) -> dict[str, Any]:
    return {"request": {"method": "GET", "url": url, "headers": []}, "response": response}


REFUSED = call(
    f"{HOST}/api/v1/account/balance", {"status": 418, "content": {"mimeType": "text/plain", "text": "I am a\nteapot"}}
)
UNANSWERED = call(f"{HOST}/api/v1/account/balance", {"status": 0})
PICTURE = call("https://cdn.example/a.png", {"status": 200})
PAGE = {"status": 200, "headers": [], "content": {"mimeType": "text/html", "text": "<html>"}}


def har(tmp_path: Path, *entries: Any) -> Path:
    path = tmp_path / "a.har"
    path.write_text(json.dumps({"log": {"version": "1.2", "entries": entries}}))
    return path


def contracts(*arguments: object) -> Result:
    return CliRunner().invoke(main, ["contracts", *map(str, arguments)])


def test_drift_is_found_told_and_written_down(tmp_path: Path):
    report = tmp_path / "out.xml"

    result = contracts("--har", har(tmp_path, REFUSED, PICTURE), "--junit", report)

    assert result.exit_code == 1, result.output
    assert "cloudrebue   1 found         1 operations       1 calls" in result.output
    assert "the contract has 200" in result.output
    assert "curl -i https://bulk.cloudrebue.co.ke/api/v1/account/balance" in result.output
    assert "1 calls to what is no API of ours: https://cdn.example" in result.output
    assert [case.get("name") for case in ET.parse(report).iter("testcase")] == ["getBalance"]
    assert "::error" not in result.output


def test_a_file_that_fits_is_success(tmp_path: Path):
    result = contracts("--har", har(tmp_path, UNANSWERED))

    assert result.exit_code == 0, result.output
    assert "no answer was recorded" in result.output


def test_half_a_file_is_checked_as_far_as_it_goes_and_its_report_kept(tmp_path: Path):
    path, report = har(tmp_path, REFUSED, REFUSED, PICTURE), tmp_path / "out.xml"
    path.write_bytes(path.read_bytes()[:-60])

    result = contracts("--har", path, "--junit", report)

    assert result.exit_code == 2, result.output
    assert "cut off or damaged after 2 calls" in result.output
    assert (ET.parse(report).getroot().get("failures"), ET.parse(report).getroot().get("errors")) == ("1", "1")


def test_a_file_with_calls_to_something_else_only_is_told(tmp_path: Path):
    others = [call(f"https://{number}.example/", PAGE) for number in range(9)]

    result = contracts("--har", har(tmp_path, *others))

    assert result.exit_code == 2, result.output
    assert "https://4.example and 4 others" in result.output
    assert "there is no call in it to an API that a contract here describes" in result.output


def test_github_shows_what_was_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("GITHUB_ACTIONS", "true")

    result = contracts("--har", har(tmp_path, REFUSED))

    lines = [line for line in result.output.splitlines() if line.startswith("::error")]
    assert len(lines) == 1
    assert lines[0].startswith("::error title=cloudrebue getBalance%3A The undocumented status 418::it answers 418")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--har", "nowhere.har"], "nowhere.har: cannot be read"),
        (["--har", "a.har", "--api", "bürd"], "there is no API bürd"),
        (["--har", "a.har", "--url", "http://127.0.0.1:1"], "leave --url out"),
        (["--har", "a.har", "--junit", "nowhere/out.xml"], "the report cannot be written"),
        (["--har", "page.html"], "page.html: no HAR"),
    ],
)
def test_wrong_input_is_a_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str], said: str):
    monkeypatch.chdir(tmp_path)
    har(tmp_path, REFUSED)
    (tmp_path / "page.html").write_text("<html>")

    result = contracts(*arguments)

    assert result.exit_code == 2, result.output
    assert said in result.output
