"""`${…}` and paths: all there is, and nothing more."""

import pytest

from emulator.stories.variables import NoSuchPlace, UnknownVariable, first_name, names_in, pick, substitute

SCOPE = {"id": "m-1", "count": 3, "person": {"name": "Ada", "tags": ["a", "b"]}, "nothing": None}


@pytest.mark.parametrize(
    ("written", "filled"),
    [
        ("plain", "plain"),
        ("${id}", "m-1"),
        ("to ${id}!", "to m-1!"),
        ("${count}", 3),
        ("no ${count}", "no 3"),
        ("${person}", {"name": "Ada", "tags": ["a", "b"]}),
        ("${person.name}", "Ada"),
        ("${person.tags[1]}", "b"),
        ("${person.tags.1}", "b"),
        ("${nothing}", None),
        ("$${id}", "${id}"),
        ("costs $5", "costs $5"),
        (["${id}", {"${id}": "${count}"}], ["m-1", {"m-1": 3}]),
        (True, True),
    ],
)
def test_a_variable_alone_keeps_its_type_and_inside_a_text_becomes_text(written, filled):
    assert substitute(written, SCOPE) == filled


@pytest.mark.parametrize(
    ("written", "sentence"),
    [
        ("${idd}", "there is no variable ${idd}; did you mean id?"),
        ("${person.nme}", "${person.nme}: person has no nme; did you mean name?"),
        ("${person.tags[2]}", "${person.tags[2]}: person.tags has 2 items, and no 2"),
        ("${id.x}", "${id.x}: id is m-1, which has no x"),
        ("${1 + 1}", "${1 + 1} is no variable: a name, and after it .member or [number]"),
        ("${}", "${} is no variable: a name, and after it .member or [number]"),
    ],
)
def test_what_is_not_there_is_said_with_the_nearest_name(written, sentence):
    with pytest.raises(UnknownVariable) as refused:
        substitute(written, SCOPE)

    assert str(refused.value) == sentence


def test_what_a_variable_holds_is_not_filled_in_again():
    assert substitute("${a}", {"a": "${b}", "b": "x"}) == "${b}"


def test_names_of_headers_are_found_in_any_case():
    assert pick({"headers": {"x-request-id": "1"}}, "headers.X-Request-Id") == "1"


def test_a_path_that_leads_nowhere_says_where_it_ended():
    with pytest.raises(NoSuchPlace, match=r"body has no ids; did you mean id\?"):
        pick({"body": {"id": 1}}, "body.ids")


def test_names_are_found_without_being_filled_in():
    assert list(names_in("${a.b} and $${c} and ${ d }")) == ["a.b", "d"]
    assert [first_name(path) for path in ("a.b[0]", "a", "0a", "")] == ["a", "a", None, None]
