"""The report names every gap, in each of its forms, and the page needs nothing from elsewhere."""

import json
import re
from pathlib import Path

import pytest

from emulator.harness.coverage.assess import assess
from emulator.harness.coverage.heard import Heard
from emulator.harness.coverage.report import Gathered
from emulator.harness.coverage.reports.as_json import as_value
from emulator.harness.coverage.reports.console import lines, percent
from emulator.harness.coverage.reports.page import render_page
from tests.emulator.harness.coverage.small import document

PARTLY = Heard()
PARTLY.answers.update([("createNote", 201), ("listNotes", 200)])
MISSING = ["createNote 402", "listNotes 4XX", "deleteNote 204", "note.made", "receipt"]


def found(**waivers: object):
    return assess("small", document(**waivers), PARTLY, ["it was <interrupted>"])


def test_the_terminal_names_every_gap():
    said = list(lines([found(createNote={"201": "Hard"})]))

    assert said[1].split()[:5] == ["small", "2/3", "66.6", "%", "2/7"]
    assert said[2] == "33.3 % of 12 operations, statuses and events"
    assert said[3:] == [
        "small: not whole: it was <interrupted>",
        "small: not exercised: listNotes 4XX",
        "small: not exercised: createNote 402",
        "small: not exercised: deleteNote 204 404 default",
        "small: never sent: note.made",
        "small: never sent: receipt",
        "small: the waiver of createNote 201 should go: it was exercised 1 times",
    ]


@pytest.mark.parametrize(("share", "told"), [(100, "100 %"), (99.99, "99.9 %"), (0, "0 %"), (66.66, "66.6 %")])
def test_a_share_is_never_rounded_up(share: float, told: str):
    assert percent(share) == told


def test_json_has_every_part_with_its_count():
    (api,) = as_value([found(createNote={"402": "No money"})])["apis"]

    assert api["figures"]["status"] == {"exercised": 2, "waived": 1, "total": 7, "percent": 42.86}
    assert {"kind": "status", "name": "createNote", "status": "201", "count": 1} in api["parts"]
    assert {"kind": "status", "name": "createNote", "status": "402", "count": 0, "waived": "No money"} in api["parts"]
    assert {"kind": "event", "name": "receipt"} in api["gaps"]
    assert len(api["parts"]) == 12
    assert api["troubles"] == ["it was <interrupted>"]


def test_the_page_names_every_gap_and_needs_no_network():
    page = render_page([found(deleteNote={"404": "Nothing is <b>gone</b>"})])

    assert "it was &lt;interrupted&gt;" in page
    assert "Nothing is &lt;b&gt;gone&lt;/b&gt;" in page
    for part in MISSING:
        assert f"<code>{part}</code>" in page
    assert not re.search(r"<(script|link|img|iframe)|src=|@import|url\(|https?://", page)
    assert "prefers-color-scheme: dark" in page


@pytest.mark.parametrize("ending", ["json", "html"])
def test_the_file_is_there_after_each_step(tmp_path: Path, ending: str):
    path = tmp_path / f"report.{ending}"
    gathered = Gathered({"small": document()}, path)

    gathered.take("small", PARTLY)
    first = path.read_text()
    gathered.take("small", None, ["it was interrupted"])

    assert "it was interrupted" not in first
    assert "it was interrupted" in path.read_text()
    if ending == "json":
        assert json.loads(first)["total"]["exercised"] == 4
