"""`parrotfish run` and `validate` as people call them: what is printed, written and returned.

Where only the words of the command matter, it is called without a process of its own.
"""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree as ET

import httpx
import pytest
from click.testing import CliRunner, Result

from emulator.cli import main

GOOD = """\
name: A message is sent
api: raven
steps:
  - call: {operation: sendMessage, body: {channel: sms, to: "+254722000000", body: "${text}"}}
"""
GIVEN = GOOD.replace("steps:", "given: {variables: {text: Hi}}\nsteps:")
BAD = GIVEN + "  - timeline: {status: delivered}\n"


def parrotfish(*arguments: str | Path, cwd: Path) -> subprocess.CompletedProcess[str]:
    root = Path(__file__).resolve().parents[3]
    return subprocess.run(
        [sys.executable, "-m", "emulator", *map(str, arguments)],
        cwd=cwd,
        env={**os.environ, "PYTHONPATH": str(root)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def called(*arguments: str) -> Result:
    """What the command says in this process, where the current folder is."""
    return CliRunner().invoke(main, arguments)


@pytest.fixture
def inside(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder, as the current one."""
    monkeypatch.chdir(folder)
    return folder


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "good.story.yaml").write_text(GIVEN)
    return tmp_path


def test_stories_that_hold_give_0_and_both_reports(folder):
    done = parrotfish("run", ".", "--junit", "out.xml", "--json", "out.json", cwd=folder)

    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("ok      good.story.yaml  A message is sent (")
    assert done.stdout.splitlines()[-1].startswith("1 passed in ")
    assert "\x1b" not in done.stdout
    assert ET.parse(folder / "out.xml").getroot().get("tests") == "1"
    assert json.loads((folder / "out.json").read_text())["held"] is True


def test_a_story_that_does_not_hold_gives_1_and_its_line(folder):
    (folder / "bad.story.yaml").write_text(BAD)

    done = parrotfish("run", "-n", "2", folder, cwd=folder)

    assert done.returncode == 1
    assert f"FAILED  {folder}/bad.story.yaml:6  A message is sent" in done.stdout
    assert done.stdout.splitlines()[-1].startswith("1 passed, 1 failed in ")


@pytest.mark.parametrize("command", ["run", "validate"])
def test_a_wrong_story_gives_2_and_every_mistake_before_anything_runs(inside, command):
    (inside / "wrong.story.yaml").write_text(GIVEN.replace("steps:", "stesp:"))

    done = called(command, ".")

    assert done.exit_code == 2
    assert done.stderr.splitlines() == [
        "wrong.story.yaml:4:1: stesp is not known here; did you mean steps?",
    ]
    assert done.stdout == ""


def test_good_stories_are_valid_without_being_played(inside):
    done = called("validate", "good.story.yaml")

    assert (done.exit_code, done.stdout) == (0, "1 story is well written\n")


def test_a_path_that_is_not_there_gives_2(inside):
    assert called("run", "gone").exit_code == 2


@pytest.mark.parametrize(
    "arguments", [("--url", "localhost"), ("--var", "x"), ("--header", "X"), ("-n", "0"), ("--junit", "no/where.xml")]
)
def test_a_wrong_option_gives_2(inside, arguments):
    done = called("run", ".", *arguments)

    assert done.exit_code == 2
    assert done.stderr


def test_a_target_that_cannot_be_reached_gives_3(inside):
    done = called("run", ".", "--url", "http://127.0.0.1:9")

    assert done.exit_code == 3
    assert "cannot be reached" in done.stderr


def test_a_variable_from_outside_wins(inside):
    (inside / "good.story.yaml").write_text(GIVEN + "  - await: {contains: Outside, within: 0s}\n")

    assert called("run", ".").exit_code == 1
    assert called("run", ".", "--var", "text=Outside").exit_code == 0


def test_a_server_is_a_target_with_its_token_and_keeps_no_world(folder):
    command = [sys.executable, "-m", "emulator", "serve", "--port", "0", "--pace", "held", "--control-token", "t"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        try:
            assert server.stdout is not None
            url = next(line for line in server.stdout if line.startswith("ready ")).split()[1]

            with_token = parrotfish("run", ".", "--url", url, "--control-token", "t", cwd=folder)
            without = parrotfish("run", ".", "--url", url, cwd=folder)
            worlds = httpx.get(f"{url}/_emulator/worlds", headers={"Authorization": "Bearer t"}).json()["worlds"]
        finally:
            server.send_signal(signal.SIGTERM)
    assert [world["name"] for world in worlds] == ["default"]
    assert with_token.returncode == 0, with_token.stdout
    assert without.returncode == 3
    assert "control token" in without.stderr


def test_serve_refuses_a_broken_story_with_2_and_its_place(folder):
    (folder / "wrong.story.yaml").write_text("name: x\n")

    done = parrotfish("serve", "--port", "0", "--scenario", "wrong.story.yaml", cwd=folder)

    assert done.returncode == 2
    assert done.stderr.splitlines()[0].startswith("wrong.story.yaml:1:1: ")
