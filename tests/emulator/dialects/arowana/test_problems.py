"""Field problems -> details."""

import pytest

from emulator.core.errors import RULES, FieldProblem
from emulator.dialects.arowana.problems import details, field_name


@pytest.mark.parametrize(
    ("path", "name"),
    [
        (("to",), "to"),
        (("content", "rich_card", "carousel", "cards", 0, "title"), "content.rich_card.carousel.cards[0].title"),
        (("events", 0), "events[0]"),
    ],
)
def test_fields_are_named_with_dots_and_indexes(path: tuple[str | int, ...], name: str):
    assert field_name(path) == name


def said(*problems: FieldProblem) -> list[tuple[str, str]]:
    return [(each.field, each.message) for each in details(problems)]


@pytest.mark.parametrize(
    ("problem", "message"),
    [
        (FieldProblem(("a",), "required"), "Is required."),
        (FieldProblem(("a",), "type", 1, ("string",)), "Must be a string."),
        (FieldProblem(("a",), "type", 1, ("object", "array", "null")), "Must be an object, an array or null."),
        (FieldProblem(("a",), "enum", 1, ("EMAIL", "RCS", None)), "Must be one of EMAIL, RCS."),
        (FieldProblem(("a",), "min_length", "", 1), "Must be at least 1 character."),
        (FieldProblem(("a",), "max_length", "", 200), "Must be at most 200 characters."),
        (FieldProblem(("a",), "min_items", [], 1), "Must have at least 1 entry."),
        (FieldProblem(("a",), "minimum", 0, 10), "Must be at least 10."),
        (FieldProblem(("limit",), "maximum", 300, 200), "Must be between 1 and 200."),
        (FieldProblem(("action", "open_url", "url"), "url"), "Must be an http or https address."),
        (FieldProblem(("media", "url"), "pattern", "x", "^https://[^ ]+$"), "Must be an https address."),
        (FieldProblem(("open_url", "url"), "pattern", "x", "^https?://[^ ]+$"), "Must be an http or https address."),
        (FieldProblem(("template_id",), "pattern", "x", "^tpl_"), "Is not valid."),
        (FieldProblem(("to",), "pattern"), "Must be a phone number in international format."),
        (FieldProblem(("to",), "address"), "Must be an email address."),
        (FieldProblem(("phone",), "pattern"), "Must be a phone number in international format."),
        (FieldProblem(("color",), "not_allowed"), "Must have a contrast of at least 4.5:1 to white."),
        (FieldProblem(("from",), "moment"), "Must be a date and time in ISO 8601."),
    ],
)
def test_sentences(problem: FieldProblem, message: str):
    assert [each[1] for each in said(problem)] == [message]


def test_of_several_rules_that_a_field_breaks_the_first_is_told():
    assert said(FieldProblem(("a",), "min_length", "", 1), FieldProblem(("a",), "pattern")) == [
        ("a", "Must be at least 1 character.")
    ]


def test_a_body_of_the_wrong_type_has_no_details():
    assert said(FieldProblem((), "type", [], ("object",))) == []


@pytest.mark.parametrize("names", [("email", "phone"), ("phone",), ()])
def test_a_contact_without_an_address_is_told_both(names: tuple[str, ...]):
    assert said(FieldProblem((), "any_of", None, names)) == [
        ("email", "Give email or phone."),
        ("phone", "Give email or phone."),
    ]


def test_every_rule_has_a_sentence():
    for rule in RULES:
        for expected in (None, 1, ("x",)):
            assert said(FieldProblem(("field",), rule, None, expected)), (rule, expected)
