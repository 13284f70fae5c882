"""The options are looked at before anything runs."""

import pytest
from click.testing import CliRunner

from emulator.cli import main


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
    done = CliRunner().invoke(main, ["contracts", *options])

    assert done.exit_code == 2, done.output
    assert said in done.stderr
    assert "Traceback" not in done.output
