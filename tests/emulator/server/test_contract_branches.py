import json
from collections.abc import Iterator
from typing import Any

import pytest
from jsonschema_rs import Draft202012Validator

from emulator.server.contract import contract_names, load_contract
from emulator.server.contract.branches import link_branches
from emulator.server.contract.references import is_object


def when(type: str, then: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"if": {"required": ["type"], "properties": {"type": {"const": type}}, **more}, "then": then}


TEXT, HTML = {"required": ["text"]}, {"required": ["html"]}
SCHEMA = {
    "allOf": [
        when("text", TEXT),
        {"required": ["id"]},
        when("html", HTML),
        when("html", {"required": ["subject"]}, **{"not": {"required": ["template"]}}),
        when("none", {"type": "object"}),
    ]
}


def test_the_branches_for_one_member_become_a_chain_and_the_others_stay() -> None:
    is_text, is_html = SCHEMA["allOf"][0]["if"], SCHEMA["allOf"][2]["if"]
    assert link_branches(SCHEMA)["allOf"] == [
        SCHEMA["allOf"][1],
        SCHEMA["allOf"][4],
        {
            "if": is_text,
            "then": {"allOf": [TEXT]},
            "else": {"if": is_html, "then": {"allOf": [HTML, SCHEMA["allOf"][3]]}, "else": {}},
        },
    ]


def test_branches_are_linked_wherever_they_stand() -> None:
    inside = {"paths": [{"schema": {"properties": {"body": SCHEMA}}}], "title": "as it is"}
    linked = link_branches(inside)
    assert linked["paths"][0]["schema"]["properties"]["body"] == link_branches(SCHEMA)
    assert linked["title"] == "as it is"


def test_a_rule_with_an_else_holds_for_every_other_value_and_is_not_linked() -> None:
    schema = {"allOf": [when("text", TEXT) | {"else": HTML}, when("html", HTML)]}
    assert schema["allOf"][0] in link_branches(schema)["allOf"]


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
    for path in document["paths"].values():
        for operation in filter(is_object, path.values()):
            content = operation.get("requestBody", {}).get("content", {}).get("application/json", {})
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
