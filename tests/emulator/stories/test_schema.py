"""The published schema: described throughout, and saying the same as the code and the control API's contract."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from emulator.core.failures import FaultKind, WebhookBreak
from emulator.core.records import Channel, EventType
from emulator.failures import faults, rules, scripts
from emulator.server.contract import load_contract
from emulator.server.contract.references import resolve
from emulator.stories.schema import form_mistakes, step_kinds, story_schema
from emulator.stories.steps import STEPS

STANDARD = sorted((Path(__file__).resolve().parents[3] / "scenarios").rglob("*.story.yaml"))


def walk(node: Any, path: str = "#") -> Iterator[tuple[str, dict[str, Any]]]:
    """Every object of the schema."""
    if isinstance(node, dict):
        yield path, node
        for key, each in node.items():
            yield from walk(each, f"{path}/{key}")
    elif isinstance(node, list):
        for place, each in enumerate(node):
            yield from walk(each, f"{path}/{place}")


def definition(name: str) -> dict[str, Any]:
    return story_schema()["$defs"][name]


def members(name: str) -> set[str]:
    return set(definition(name)["properties"])


def test_every_step_kind_and_member_is_described():
    for name, schema in {**story_schema()["properties"], **story_schema()["$defs"]["step"]["properties"]}.items():
        assert resolve(story_schema(), schema).get("description"), name
    for name, schema in story_schema()["$defs"].items():
        assert schema.get("description") or name == "webhooks", name


def test_no_object_takes_what_it_does_not_know_unless_it_is_open_on_purpose():
    open_on_purpose = []
    for path, node in walk(story_schema()):
        if node.get("type") == "object" and "properties" in node and node.get("additionalProperties") is not False:
            open_on_purpose.append(path)

    assert open_on_purpose == []


def test_every_kind_of_step_can_be_played():
    assert set(step_kinds()) == {*STEPS, "repeat", "parallel"}


def test_channels_and_reports_are_those_of_the_core():
    assert set(definition("channel")["enum"]) == {channel.value for channel in Channel}
    assert set(definition("report")["enum"]) <= {type.value for type in EventType}


def test_rules_and_scripts_are_those_that_the_emulator_reads():
    assert members("provider_rule") == set(rules.MEMBERS)
    assert members("match") == set(rules.MATCH_MEMBERS)
    assert members("script_step") == {
        "after",
        *scripts.WORDS,
        *(each for known in scripts.WORDS.values() for each in known),
    }


def test_faults_are_those_that_the_emulator_reads():
    assert members("fault") == set(faults.MEMBERS)
    assert set(definition("fault")["properties"]["webhook"]["enum"]) == {each.value for each in WebhookBreak}
    assert {kind.value for kind in FaultKind} <= members("fault")


def test_what_is_given_of_an_account_is_what_the_control_api_takes():
    contract = load_contract("control").document
    body = contract["paths"]["/_emulator/scenario"]["post"]["requestBody"]["content"]["application/json"]["schema"]

    assert set(contract["components"]["schemas"]["GivenAccount"]["properties"]) == members("account")
    assert set(body["properties"]["given"]["properties"]) == members("given")
    assert set(body["properties"]) == set(story_schema()["properties"])


def test_a_reset_account_takes_what_an_update_takes():
    contract = load_contract("control").document
    update = contract["paths"]["/_emulator/accounts/{id}"]["patch"]["requestBody"]["content"]["application/json"]

    assert set(update["schema"]["properties"]) - {"revoke"} <= members("account")


def test_every_standard_story_begins_with_the_line_for_editors():
    for path in STANDARD:
        first = path.read_text().splitlines()[0]
        relative = first.partition("$schema=")[2]

        assert first.startswith("# yaml-language-server: $schema="), path
        assert (path.parent / relative).resolve().name == "story.schema.json", path
        assert (path.parent / relative).resolve().is_file(), path


def test_a_value_of_the_right_form_has_no_mistake():
    assert form_mistakes({"name": "x", "api": "y", "steps": [{"advance": "1s"}]}) == []
    assert form_mistakes({"name": "x", "api": "y", "steps": []}) != []
