"""The README says what is true: every API, option, command and control call stands in it."""

import re
from pathlib import Path

import click

from emulator.cli import main
from emulator.dialects import DIALECTS
from emulator.providers.catalogue import OUTCOMES
from emulator.server.contract import load_contract

ROOT = Path(__file__).resolve().parent.parent
README = (ROOT / "README.md").read_text()


def test_every_api_is_named():
    for dialect in DIALECTS:
        assert f"/{dialect.name}" in README
        assert dialect.title in README


def test_every_command_and_option_is_named():
    for name, command in main.commands.items():
        assert f"parrotfish {name}" in README
        for option in command.params:
            if not isinstance(option, click.Option):
                continue
            assert option.opts[-1] in README, option.opts


def test_every_control_call_is_named():
    contract = load_contract("control")

    for id in contract.operation_ids:
        operation = contract.operation(id)
        path = operation.path.replace("{id}", "{id}")
        assert path in README, f"{operation.method} {path}"


def test_every_outcome_is_in_the_table():
    for outcome in OUTCOMES:
        assert re.search(rf"\| {outcome.number:02d} \| `{outcome.name}`", README), outcome.name


def test_every_dependency_is_named_with_its_reason():
    import tomllib

    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    names = [re.split(r"[\[<>=; ]", line, maxsplit=1)[0] for line in project["dependencies"]]

    for name in names:
        assert re.search(rf"\| `{re.escape(name)}` \| \S+", README), name


def test_what_is_not_emulated_is_said():
    for dialect in DIALECTS:
        for left_out in load_contract(dialect.name).document["info"].get("x-not-emulated", []):
            assert left_out["what"] in README, left_out["what"]


def test_the_changelog_has_an_unreleased_section():
    assert "## [Unreleased]" in (ROOT / "CHANGELOG.md").read_text()
