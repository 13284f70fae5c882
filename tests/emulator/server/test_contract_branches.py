import json
from collections.abc import Iterator
from typing import Any

import pytest
from jsonschema_rs import Draft202012Validator

from emulator.server.contract import contract_names, load_contract
from emulator.server.contract.branches import link_branches
from emulator.server.contract.references import is_object


def when(type: str, then: Any, **more: Any) -> dict[str, Any]:
    return {"if": {"required": ["type"], "properties": {"type": {"const": type}}, **more}, "then": then}


TEXT, HTML = {"required": ["text"]}, {"required": ["html"]}
BRANCHES: list[dict[str, Any]] = [
    when("text", TEXT),
    {"required": ["id"]},
    when("html", HTML),
    when("html", {"required": ["subject"]}, **{"not": {"required": ["template"]}}),
    when("html", {"properties": {"html": {"type": "string"}}}),
    when("none", {"type": "object"}),
    when("gif", {"required": ["gif"]}),
]
SCHEMA = {"allOf": BRANCHES}


def test_each_branch_for_another_value_of_a_member_is_asked_only_after_the_one_before() -> None:
    text, _, html, _, _, _, gif = BRANCHES
    assert link_branches(SCHEMA)["allOf"][0] == {**text, "else": {**html, "else": {**gif, "else": {}}}}


def test_every_other_branch_stays_where_it_is() -> None:
    linked = link_branches(SCHEMA)["allOf"]
    assert [linked[place] for place in (1, 3, 4, 5)] == [BRANCHES[place] for place in (1, 3, 4, 5)]


def test_a_linked_branch_never_applies_where_it_stood_and_can_still_be_referred_to() -> None:
    for place in (2, 6):
        left = link_branches(SCHEMA)["allOf"][place]
        assert left["if"] == BRANCHES[place]["if"] | {"enum": []}
        assert left["then"] == BRANCHES[place]["then"]


def test_branches_are_linked_wherever_they_stand() -> None:
    inside = {"paths": [{"schema": {"properties": {"body": SCHEMA}}}], "title": "as it is"}
    linked = link_branches(inside)
    assert linked["paths"][0]["schema"]["properties"]["body"] == link_branches(SCHEMA)
    assert linked["title"] == "as it is"


@pytest.mark.parametrize(
    "rule",
    [
        {"if": True, "then": TEXT},
        {"if": {"required": ["type"], "properties": {"type": True}}, "then": TEXT},
        {"if": {"required": ["type"], "properties": {"type": {"enum": ["text"]}}}, "then": TEXT},
        {"if": {"properties": {"type": {"const": "text"}}}, "then": TEXT},
        {"if": {"required": ["type"], "properties": {"type": {"const": 1}}}, "then": TEXT},
        when("text", True),
        when("text", {"type": "object"}),
        True,
    ],
    ids=str,
)
def test_what_asks_for_more_or_for_something_else_is_not_linked(rule: Any) -> None:
    schema = {"allOf": [rule, when("html", HTML), when("gif", {})]}
    assert link_branches(schema)["allOf"][0] == rule


def test_a_rule_with_an_else_holds_for_every_other_value_and_is_not_linked() -> None:
    schema = {"allOf": [when("text", TEXT) | {"else": HTML}, when("html", HTML)]}
    assert link_branches(schema)["allOf"][0] == schema["allOf"][0]


@pytest.mark.parametrize(
    "value",
    [
        {"id": 1, "type": "text", "text": ""},
        {"id": 1, "type": "text"},
        {"type": "text", "text": ""},
        {"id": 1, "type": "html", "html": ""},
        {"id": 1, "type": "html", "html": "", "subject": ""},
        {"id": 1, "type": "html", "html": "", "template": ""},
        {"id": 1, "type": "html", "subject": ""},
        {"id": 1, "type": "html", "html": 1, "subject": ""},
        {"id": 1, "type": "gif"},
        {"id": 1, "type": "gif", "gif": 1},
        {"id": 1, "type": "another"},
        {"id": 1, "type": None},
        {"id": 1},
        None,
        [],
        "text",
    ],
    ids=str,
)
def test_the_same_values_are_valid(value: object) -> None:
    linked = Draft202012Validator(link_branches(SCHEMA))
    assert linked.is_valid(value) == Draft202012Validator(SCHEMA).is_valid(value)


def test_examples_of_the_contracts_and_what_is_near_them_are_judged_as_by_the_contract() -> None:
    judged = {True: 0, False: 0}
    for name in contract_names():
        document = load_contract(name).document
        parts = {"components": document["components"]}
        linked_parts = link_branches(parts)
        for body in bodies(document):
            schema = {"allOf": [body["schema"]]}
            as_written = Draft202012Validator(schema | parts, validate_formats=True)
            linked = Draft202012Validator(link_branches(schema) | linked_parts, validate_formats=True)
            for example in body.get("examples", {}).values():
                for value in near(example.get("value")):
                    expected = as_written.is_valid(value)
                    assert linked.is_valid(value) == expected, json.dumps(value)
                    judged[expected] += 1
    assert min(judged.values()) > 100


OTHERS: tuple[Any, ...] = (None, 1, "x", "sms", "email", "text", "html", {}, [])


def bodies(document: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Each JSON body that a contract takes."""
    paths: dict[str, dict[str, Any]] = document["paths"]
    for path in paths.values():
        for operation in path.values():
            body: dict[str, Any] = operation.get("requestBody", {}) if is_object(operation) else {}
            content: dict[str, Any] = body.get("content", {}).get("application/json", {})
            if "schema" in content:
                yield content


def near(value: Any) -> Iterator[Any]:
    """A value, and those that differ from it in one member, or in one of a member's own."""
    yield value
    if not is_object(value):
        return
    for name, member in value.items():
        yield {key: each for key, each in value.items() if key != name}
        yield from ({**value, name: other} for other in OTHERS)
        yield from ({**value, name: other} for other in near(member))
