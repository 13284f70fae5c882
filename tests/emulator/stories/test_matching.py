"""Expectations, held against what came."""

import pytest

from emulator.stories.matching import MATCHERS, TYPES, differences


def holds(expected, got) -> bool:
    return differences(expected, got, "body") == []


@pytest.mark.parametrize(
    ("expected", "got"),
    [
        ("a", "a"),
        (1, 1.0),
        (None, None),
        ({"a": 1}, {"a": 1, "b": 2}),
        ({"a": {"b": [1, {"c": 2}]}}, {"a": {"b": [1, {"c": 2, "d": 3}]}}),
        ([], []),
        ({"$type": "uuid"}, "ffbb081f-589a-49d8-91e6-d80423b596f7"),
        ({"$type": "moment"}, "2026-01-01T00:00:00.000Z"),
        ({"$type": "url"}, "http://127.0.0.1:1/x"),
        ({"$type": "integer"}, 3.0),
        ({"$type": "number"}, 3.5),
        ({"$type": "null"}, None),
        ({"$pattern": "^AT"}, "ATXid_1"),
        ({"$exact": {"a": [1]}}, {"a": [1]}),
        ({"$one_of": [1, {"a": 1}]}, {"a": 1, "b": 1}),
        ({"$all": [{"a": 1}, {"b": {"$type": "string"}}]}, {"a": 1, "b": "x"}),
        ({"$not": "failed"}, "delivered"),
        ({"$not": {"$absent": True}}, None),
        ({"$contains": {"id": 2}}, [{"id": 1}, {"id": 2, "x": 0}]),
        ({"$contains": "rder"}, "order"),
        ({"$length": 2}, [1, 2]),
        ({"$length": {"$at_least": 1}}, "ab"),
        ({"$at_least": 2}, 2),
        ({"$at_most": "0.80"}, "0.8"),
        ({"a": {"$absent": True}}, {"b": 1}),
        ({"a": {"$absent": False}}, {"a": None}),
    ],
)
def test_what_is_as_expected_has_no_difference(expected, got):
    assert holds(expected, got)


@pytest.mark.parametrize(
    ("expected", "got", "said"),
    [
        ("a", "b", 'body: expected "a", got "b"'),
        (1, True, "body: expected 1, got true"),
        (True, 1, "body: expected true, got 1"),
        (0, None, "body: expected 0, got null"),
        ({"a": 1}, {}, "body.a: expected 1, got nothing"),
        ({"a": None}, {}, "body.a: expected null, got nothing"),
        ({"a": 1}, [1], "body: expected an object, got [1]"),
        ([1], {"a": 1}, 'body: expected a list, got {"a":1}'),
        ([1, 2], [1], "body: expected 2 items, got 1: [1]"),
        ([1, {"a": 2}], [1, {"a": 3}], "body[1].a: expected 2, got 3"),
        ({"$type": "integer"}, True, "body: expected the type integer, got true"),
        ({"$type": "uuid"}, "x", 'body: expected the type uuid, got "x"'),
        ({"$type": "moment"}, "2026-01-01", 'body: expected the type moment, got "2026-01-01"'),
        ({"$pattern": "^b"}, "ab", 'body: expected a text like /^b/, got "ab"'),
        ({"$pattern": "1"}, 1, "body: expected a text like /1/, got 1"),
        ({"$exact": {"a": 1}}, {"a": 1, "b": 2}, 'body: expected exactly {"a":1}, got {"a":1,"b":2}'),
        ({"$exact": [True]}, [1], "body: expected exactly [true], got [1]"),
        ({"$one_of": [1, 2]}, 3, "body: expected one of [1,2], got 3"),
        ({"$all": [1, 2]}, 1, "body: expected 2, got 1"),
        ({"$not": {"a": 1}}, {"a": 1, "b": 2}, 'body: expected not {"a":1}, got {"a":1,"b":2}'),
        ({"$contains": 3}, [1, 2], "body: expected something with 3 in it, got [1,2]"),
        ({"$contains": 3}, 3, "body: expected something with 3 in it, got 3"),
        ({"$length": 2}, [1], "body.$length: expected 2, got 1"),
        ({"$length": 1}, 5, "body: expected something with a length, got 5"),
        ({"$at_least": 2}, 1.9, "body: expected at least 2, got 1.9"),
        ({"$at_most": 2}, "many", 'body: expected at most 2, got "many"'),
        ({"$at_most": 2}, True, "body: expected at most 2, got true"),
        ({"a": {"$absent": True}}, {"a": None}, "body.a: expected nothing, got null"),
        ({"a": {"$absent": False}}, {}, "body.a: expected something, got nothing"),
        ({"a": {"$type": "null"}}, {}, "body.a: expected the type null, got nothing"),
    ],
)
def test_a_difference_names_the_place_what_was_expected_and_what_came(expected, got, said):
    assert [str(each) for each in differences(expected, got, "body")] == [said]


def test_every_difference_is_named():
    assert len(differences({"a": 1, "b": 2, "c": 3}, {"a": 0, "b": 2}, "")) == 2


def test_every_matcher_and_type_stands_in_the_schema():
    from emulator.stories.schema import story_schema

    said = story_schema()["$defs"]["expectation"]["description"]

    assert all(f"`{name}`" in said for name in MATCHERS)
    assert all(name in said for name in TYPES)
