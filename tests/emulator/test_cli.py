"""`parrotfish apis` as people call it, rightly and wrongly."""

import pytest
from click.testing import CliRunner

from emulator.cli import main
from emulator.testing import Emulator


@pytest.mark.parametrize(
    ("path", "options", "status", "said"),
    [
        ("", [], 3, "answers 401: This server asks for its control token"),
        ("/w/nowhere", ["--control-token", "t"], 3, "answers 404: There is no world 'nowhere'."),
        ("/raven", [], 3, "answers 404: Not Found; the address of an emulator, or its /w/<world>, is expected"),
        ("", ["--control-token", "t"], 0, "Raven Cloud  http://"),
    ],
)
def test_a_server_that_refuses_is_told_with_its_reason(path: str, options: list[str], status: int, said: str):
    with Emulator(control_token="t") as emulator:
        url = emulator.url.partition("/w/")[0]

        told = CliRunner().invoke(main, ["apis", "--url", url + path, *options])

    assert told.exit_code == status
    assert said in told.output


@pytest.mark.parametrize("command", [["apis"], ["run", "x"], ["contracts"]])
def test_an_address_without_its_scheme_is_refused_with_the_one_that_is_meant(command: list[str]):
    told = CliRunner().invoke(main, [*command, "--url", "127.0.0.1:8026"])

    assert told.exit_code == 2
    assert "--url 127.0.0.1:8026: not an http address; did you mean http://127.0.0.1:8026?" in told.output
