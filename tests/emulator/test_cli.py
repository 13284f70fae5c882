"""The commands that ask a running emulator, as people call them, rightly and wrongly."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from emulator.cli import main
from emulator.testing import Emulator


@pytest.fixture(scope="module")
def emulator_url() -> Iterator[str]:
    """One emulator, which no test here changes."""
    with Emulator() as emulator:
        yield emulator.url.partition("/w/")[0]


@pytest.mark.parametrize(
    ("path", "options", "status", "said"),
    [
        ("", [], 3, "answers 401: This server asks for its control token"),
        ("/w/nowhere", ["--control-token", "t"], 3, "answers 404: There is no world 'nowhere'."),
        ("/raven", ["--control-token", "t"], 2, "/raven: the emulator's own address is expected, without /raven: http"),
        ("/w/a/b", ["--control-token", "t"], 3, "answers 404: There is no world 'a'."),
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


STORY = Path(__file__).parents[2] / "scenarios" / "raven" / "idempotent-replay.story.yaml"


@pytest.mark.parametrize("path", ["/raven", "/raven/v1/", "/nowhere"])
@pytest.mark.parametrize(
    ("command", "option"),
    [
        (["run", str(STORY)], "--url"),
        (["contracts"], "--url"),
        (["parity", str(STORY), "--right", "test"], "--left"),
    ],
)
def test_the_address_of_one_api_is_refused_with_that_of_the_emulator(
    emulator_url: str, command: list[str], option: str, path: str
):
    told = CliRunner().invoke(main, [*command, option, emulator_url + path])

    assert told.exit_code == 2
    assert told.output == (
        f"parrotfish: {option} {emulator_url}{path}: the emulator's own address is expected,"
        f" without {path.rstrip('/')}: {emulator_url}\n"
    )


def test_who_sends_a_credential_of_their_own_may_play_against_one_api(emulator_url: str):
    told = CliRunner().invoke(main, ["run", str(STORY), "--url", f"{emulator_url}/raven", "--header", "X-Raven-Key:x"])

    assert told.exit_code == 1
    assert "the answer 401 is not as expected" in told.output


def test_apis_prints_where_webhooks_go_and_what_they_are_signed_with():
    with Emulator() as emulator:
        signed: dict[str, Any] = {"url": "http://127.0.0.1:9/hook", "secret": "s" * 20}
        emulator.update_account(emulator.account("tripdesk"), webhooks=[signed])
        emulator.update_account(emulator.account("cloudrebue"), webhooks=[{"url": "http://127.0.0.1:9/receipts"}])

        told = CliRunner().invoke(main, ["apis", "--url", emulator.url])

    assert f"    webhook http://127.0.0.1:9/hook, signed with {'s' * 20}\n" in told.output
    assert "    webhook http://127.0.0.1:9/receipts, not signed\n" in told.output


def test_the_list_of_commands_says_what_each_does_in_80_columns():
    told = CliRunner().invoke(main, ["--help"], terminal_width=80)

    commands = told.output.partition("Commands:\n")[2].splitlines()
    assert [line.split()[0] for line in commands] == sorted(main.commands)
    assert all(line.endswith(".") and not line.endswith("...") and len(line) <= 80 for line in commands)
