"""Fields <-> flat forms: what is written can be read again, and what cannot be read is said."""

from datetime import UTC, datetime
from typing import Any

import pytest

from emulator.core.clock import HELD
from emulator.core.records import Account
from emulator.dashboard import forms
from emulator.gateway.world import World
from emulator.server.editing import Field, Step

NEW = forms.Place(
    World("default", policies={}, pace=HELD),
    Account(id="1", api="acme", name="Acme", created_at=datetime(2026, 1, 1, tzinfo=UTC)),
    is_new=True,
)
KNOWN = NEW._replace(is_new=False)
COLOURS = [("r", "Red"), ("g", "Green")]

FIELDS = (
    Field(name="text", label="Text"),
    Field(name="long", label="Long", is_long=True),
    Field(name="count", label="Count", schema={"type": "integer", "minimum": 1}),
    Field(name="on", label="On", schema={"type": "boolean"}),
    Field(name="lines", label="Lines", schema={"type": "array", "items": {"type": "string"}}),
    Field(name="colours", label="Colours", schema={"type": "array"}, options=lambda _world, _account: COLOURS),
    Field(name="colour", label="Colour", options=lambda _world, _account: COLOURS),
    Field(name="json", label="JSON", schema={"type": "object"}),
    Field(
        name="steps",
        label="Steps",
        schema={"type": "array"},
        steps=(
            Step(kind="SAY", label="Say", fields=(Field(name="what", label="What", is_needed=True),)),
            Step(kind="WAIT", label="Wait", fields=(Field(name="for", label="For", usual="1h"),)),
        ),
    ),
)
MEMBERS: dict[str, Any] = {
    "text": "a",
    "long": " b\n c ",
    "count": 3,
    "on": True,
    "lines": ["x", "y z"],
    "colours": ["g"],
    "colour": "r",
    "json": {"a": [1]},
    "steps": [{"kind": "WAIT", "for": "2h"}, {"kind": "SAY", "what": "Hi"}],
}


def test_what_is_written_is_read_again():
    form = forms.written(FIELDS, MEMBERS)

    assert forms.read(FIELDS, form, NEW) == MEMBERS
    assert forms.problems(FIELDS, MEMBERS, NEW) == []
    assert all(isinstance(value, str) for value in form.values())


def test_what_is_empty_is_left_out_of_a_new_thing_and_empties_a_list_of_a_known_one():
    assert forms.read(FIELDS, {"text": "  ", "lines": ""}, NEW) == {"on": False, "colours": [], "steps": []}
    assert forms.read(FIELDS, {"lines": ""}, KNOWN)["lines"] == []


def test_line_breaks_of_forms_are_those_of_texts():
    assert forms.read(FIELDS, {"long": "a\r\nb"}, NEW)["long"] == "a\nb"


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("count", "many", "expected an integer"),
        ("count", "0", "expected at least 1"),
        ("json", "{", "expected an object"),
        ("json", "[" * 100_000, "expected an object"),
        ("colour", "blue", "names nothing that there is"),
    ],
)
def test_what_cannot_be_meant_is_said_of_its_field(name: str, value: str, said: str):
    members = forms.read(FIELDS, {name: value}, NEW)

    assert forms.errors(forms.problems(FIELDS, members, NEW)) == {name: said}


def test_what_a_step_lacks_is_said_of_the_steps_field():
    members = forms.read(FIELDS, {"steps.count": "1", "steps.0.kind": "SAY"}, NEW)

    assert forms.errors(forms.problems(FIELDS, members, NEW)) == {"steps.0.what": "is missing"}


@pytest.mark.parametrize(
    ("command", "kinds"),
    [
        ("add steps SAY", ["WAIT", "SAY", "SAY"]),
        ("add steps SHOUT", ["WAIT", "SAY"]),
        ("up steps 1", ["SAY", "WAIT"]),
        ("up steps 0", ["WAIT", "SAY"]),
        ("down steps 0", ["SAY", "WAIT"]),
        ("down steps 1", ["WAIT", "SAY"]),
        ("remove steps 0", ["SAY"]),
        ("remove steps 7", ["WAIT", "SAY"]),
        ("remove others 0", ["WAIT", "SAY"]),
        ("dance", ["WAIT", "SAY"]),
    ],
)
def test_buttons_change_the_list_and_nothing_else(command: str, kinds: list[str]):
    form = forms.written(FIELDS, MEMBERS)

    changed = forms.read(FIELDS, forms.changed(FIELDS, form, command), NEW)

    assert [each["kind"] for each in changed["steps"]] == kinds
    assert {name: value for name, value in changed.items() if name != "steps"} == {
        name: value for name, value in MEMBERS.items() if name != "steps"
    }


def test_a_step_that_is_added_begins_with_what_is_usual():
    form = forms.changed(FIELDS, {}, "add steps WAIT")

    assert forms.read(FIELDS, form, NEW)["steps"] == [{"kind": "WAIT", "for": "1h"}]


def test_a_list_of_steps_has_an_end():
    form: dict[str, str] = {}
    for _ in range(forms.MOST_STEPS + 5):
        form = forms.changed(FIELDS, form, "add steps WAIT")

    assert len(forms.read(FIELDS, form, NEW)["steps"]) == forms.MOST_STEPS
    assert len(forms.read(FIELDS, {"steps.count": "9" * 30}, NEW)["steps"]) == forms.MOST_STEPS


def test_some_fields_are_for_new_things_and_some_for_known_ones():
    fields = (Field(name="a", label="A", is_fixed=True), Field(name="b", label="B", is_later=True))

    assert [each.name for each in forms.of_form(fields, NEW)] == ["a"]
    assert [each.name for each in forms.of_form(fields, KNOWN)] == ["b"]
