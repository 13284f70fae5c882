"""A schema as rows: members, bounds, rules, and no end without one."""

from typing import Any

import pytest

from emulator.dashboard.reference import operation_sheet, operations_of, webhook_sheet, webhooks_of
from emulator.dashboard.schemas import MOST_ROWS, Row, rows_of
from emulator.dashboard.templates import prose
from emulator.server.contract import contract_names, load_contract


def rows(schema: Any, **schemas: Any) -> list[Row]:
    return rows_of({"components": {"schemas": schemas}}, schema)


def ref(name: str) -> dict[str, str]:
    return {"$ref": f"#/components/schemas/{name}"}


def test_members_stand_below_what_they_are_in():
    item = {"type": "object", "required": ["id"], "properties": {"id": {"type": "string"}}}
    schema = {
        "properties": {
            "a": {"type": "object", "properties": {"b": {"type": "integer"}}},
            "c": {"type": "array", "items": ref("Item")},
        }
    }

    found = [(row.depth, row.name, row.type, row.is_required) for row in rows(schema, Item=item)]

    assert found == [
        (0, "", "object", None),
        (1, "a", "object", False),
        (2, "b", "integer", False),
        (1, "c", "array of object", False),
        (2, "id", "string", True),
    ]


@pytest.mark.parametrize(
    ("schema", "bounds"),
    [
        ({"minLength": 1, "maxLength": 9}, [("", "1 to 9 characters")]),
        ({"minItems": 1}, [("at least", "1 item")]),
        ({"maxLength": 5}, [("at most", "5 characters")]),
        ({"exclusiveMinimum": 0}, [("more than", "0")]),
        ({"pattern": "^a$", "format": "email"}, [("format", "email"), ("matches", "^a$")]),
        ({"default": False}, [("default", "false")]),
        ({"dependentRequired": {"a": ["b", "c"]}}, [("a needs beside it", "b, c")]),
        ({"not": {"enum": ["a", "b"]}}, [("not", "a, b")]),
    ],
)
def test_what_bounds_a_value_is_told_in_words(schema: Any, bounds: list[tuple[str, str]]):
    assert list(rows(schema)[0].bounds) == bounds


def test_allowed_values_say_how_sure_we_are_of_each():
    (row,) = rows({"type": "string", "enum": ["a", "b"], "x-evidence-values": {"b": "assumed"}, "x-evidence": "docs"})

    assert row.values == ("a", "b (assumed)")
    assert row.evidence == "docs"


@pytest.mark.parametrize(
    ("rule", "told"),
    [
        ({"if": {"properties": {"a": {"const": "x"}}}, "then": {"required": ["b"]}}, ("if a is x", "needs b")),
        ({"if": {"required": ["a"]}, "then": {"properties": {"b": False}}}, ("if a is given", "b is not given")),
        (
            {"if": {"not": {"required": ["a"]}}, "then": {"properties": {"b": {"pattern": "^c"}}}},
            ("if not a is given", "b matches ^c"),
        ),
        (
            {
                "if": {"properties": {"a": {"enum": [1, 2]}}},
                "then": {"anyOf": [{"required": ["b"]}, {"required": ["c"]}]},
            },
            ("if a is one of 1, 2", "needs b or needs c"),
        ),
        ({"not": {"required": ["a", "b"]}}, ("not", "a is given and b is given")),
        (
            {"if": {"required": ["a"]}, "then": {"properties": {"a": True, "b": False}}},
            ("if a is given", "b is not given"),
        ),
        (
            {"if": {"properties": {"a": {"type": "string"}}}, "then": {"properties": {"b": {"not": {"const": "x"}}}}},
            ("if a is a string", "b is not x"),
        ),
        (
            {"if": {"propertyNames": {"enum": ["a", "b"]}}, "then": {"required": ["a"]}},
            ("if each member's name is one of a, b", "needs a"),
        ),
        ({"if": {"required": ["a"]}, "else": {"required": ["b"]}}, ("unless a is given", "needs b")),
    ],
)
def test_a_rule_is_told_in_words(rule: Any, told: tuple[str, str]):
    found = rows({"type": "object", "allOf": [rule]})

    assert [(row.name, row.type) for row in found[1:]] == [told]


def test_a_value_that_may_be_one_or_a_list_is_told_as_both():
    one = {"type": "object", "required": ["to"], "properties": {"to": {"type": "string"}}}
    many = {"items": {}, "x-item-schema": ref("One"), "maxItems": 9}
    schema = {"type": ["object", "array"], "if": {"type": "array"}, "then": many, "else": ref("One")}

    found = rows(schema, One=one)

    assert [(row.depth, row.name, row.type, row.is_required) for row in found] == [
        (0, "", "object or array", None),
        (1, "if it is an array", "array of object", None),
        (2, "to", "string", True),
        (1, "else", "object", None),
        (2, "to", "string", True),
    ]
    assert found[1].bounds == (("at most", "9 items"),)


def test_a_rule_that_asks_much_is_told_row_by_row():
    card = {"type": "object", "required": ["url"], "properties": {"url": {"type": "string"}}}
    rule = {
        "if": {"properties": {"type": {"const": "card"}}},
        "then": {"required": ["card", "note"], "properties": {"type": True, "card": ref("Card")}},
    }

    found = rows({"type": "object", "allOf": [rule]}, Card=card)

    assert [(row.depth, row.name, row.type, row.is_required) for row in found[1:]] == [
        (1, "if type is card", "needs note", None),
        (2, "card", "object", True),
        (3, "url", "string", True),
    ]


def test_a_rule_about_a_value_itself_tells_its_bounds():
    found = rows({"if": {"type": "string"}, "then": {"enum": ["held"]}, "else": {"minimum": 0}})

    assert [(row.name, row.values, row.bounds) for row in found[1:]] == [
        ("if it is a string", ("held",), ()),
        ("else", (), (("at least", "0"),)),
    ]


def test_known_values_stand_below_their_member():
    known = [{"value": "Sent", "meaning": "It went.", "class": "pending", "evidence": "code"}, "Lost"]

    found = rows({"type": "string", "x-known-values": known})

    assert [(row.depth, row.name, row.type, row.description, row.evidence) for row in found[1:]] == [
        (1, "Sent", "known value, pending", "It went.", "code"),
        (1, "Lost", "known value", "", ""),
    ]


@pytest.mark.parametrize("name", contract_names())
def test_no_contract_is_told_in_json(name: str):
    contract = load_contract(name)
    sheets = [
        *(operation_sheet(contract, brief.id) for brief in operations_of(contract)),
        *(webhook_sheet(contract, brief.id) for brief in webhooks_of(contract)),
    ]
    bodies = [
        body
        for sheet in sheets
        if sheet is not None
        for body in (*sheet.bodies, *(body for answer in sheet.answers for body in answer.bodies))
    ]
    told = {text for body in bodies for row in body.rows for text in (row.name, row.type, *map(" ".join, row.bounds))}

    assert bodies
    assert [text for text in told if '{"' in text or "[{" in text or len(text) > 400] == []
    assert [body.rows[-1].type for body in bodies if len(body.rows) > MOST_ROWS] == []


def test_alternatives_are_told_one_by_one():
    found = rows({"anyOf": [{"required": ["a"]}, {"type": "string"}, {"properties": {"b": {}}}]})

    assert [(row.name, row.type) for row in found[1:]] == [
        ("either", "needs a"),
        ("or", "string"),
        ("or", "object"),
        ("b", ""),
    ]


def test_a_schema_within_itself_comes_to_an_end():
    node = {"type": "object", "properties": {"next": ref("Node"), "all": {"type": "array", "items": ref("Node")}}}

    assert [(row.name, row.type) for row in rows(ref("Node"), Node=node)] == [
        ("", "object"),
        ("next", "Node, as above"),
        ("all", "array of object"),
        ("(each item)", "Node, as above"),
    ]


def test_a_large_schema_is_cut():
    found = rows({"properties": {f"a{number}": {} for number in range(1000)}})

    assert len(found) == MOST_ROWS + 1
    assert found[-1].type == "and more, in the contract"


@pytest.mark.parametrize(
    ("markdown", "html"),
    [
        ("a `b` **c**", "<p>a <code>b</code> <strong>c</strong></p>\n"),
        ("<script>alert(1)</script>", "<p>&lt;script&gt;alert(1)&lt;/script&gt;</p>\n"),
        ("[a](javascript:x) <https://evil.example> ![b](//c)", None),
    ],
)
def test_a_contracts_markdown_makes_no_link_and_no_markup_of_its_own(markdown: str, html: str | None):
    made = prose(markdown)

    assert not any(tag in made for tag in ("<a", "<img", "<script"))
    assert html is None or made == html
