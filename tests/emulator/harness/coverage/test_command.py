"""The options are looked at before anything runs."""

import subprocess
import sys

import pytest


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--coverage", "report.txt"), "report.txt: a coverage report ends with .html or .json"),
        (("--coverage", "report.json", "--shard", "1/2"), "coverage is of whole contracts"),
        (("--fail-under", "100", "--har", "some.har"), "coverage is of whole contracts"),
        (("--fail-under", "101"), "--fail-under"),
        (("--coverage", "no/such/folder/report.json"), "the report cannot be written"),
    ],
)
def test_what_cannot_be_is_said_at_once(options: tuple[str, ...], said: str):
    done = subprocess.run(
        [sys.executable, "-m", "emulator", "contracts", *options], capture_output=True, text=True, check=False
    )

    assert done.returncode == 2
    assert said in done.stderr
    assert "Traceback" not in done.stderr
