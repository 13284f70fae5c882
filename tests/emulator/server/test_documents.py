"""YAML is read with JSON's scalars, and what could surprise is refused with its place."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emulator.core.errors import Json
from emulator.server.documents import DEPTH_LIMIT, DocumentError, read_positions, read_yaml


def read(text: str | bytes, **options: Any) -> Json:
    return read_yaml(text, name="story.yaml", **options)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("+12025550100", "+12025550100"),
        ("0711000111", "0711000111"),
        ("no", "no"),
        ("True", "True"),
        ("~", "~"),
        ("2026-01-01", "2026-01-01"),
        ("12:30:00", "12:30:00"),
        ("1_000", "1_000"),
        ("0x1F", "0x1F"),
        (".5", ".5"),
        (".inf", ".inf"),
        ("=", "="),
        ("9" * 400, "9" * 400),
        ("'1'", "1"),
        ('"true"', "true"),
        ("|\n  1\n", "1\n"),
        ("1", 1),
        ("-0.5e3", -500.0),
        ("true", True),
        ("null", None),
        ("", None),
        ("key:", {"key": None}),
        ("{200: a, true: b, null: c}", {"200": "a", "true": "b", "null": "c"}),
        ("[[], {}]", [[], {}]),
        ("é: ☃", {"é": "☃"}),
    ],
)
def test_scalar_is_what_json_would_read_or_text(text: str, value: Json) -> None:
    got = read(text)

    assert (got, type(got)) == (value, type(value))


@pytest.mark.parametrize(
    ("text", "line", "column", "problem"),
    [
        ("a: *b", 1, 4, "aliases are not allowed"),
        ("a:\n  - &b 1", 2, 5, "anchors are not allowed"),
        ("&a b: 1", 1, 1, "anchors are not allowed"),
        ("a: !!str 1", 1, 4, "tags are not allowed"),
        ("a: !!python/object/apply:os.system [ls]", 1, 4, "tags are not allowed"),
        ("a:\n  <<: {b: 1}", 2, 3, "merge keys are not allowed"),
        ("a: 1\nb: 2\na: 3", 3, 1, "the key 'a' is written twice"),
        ("1: a\n'1': b", 2, 1, "the key '1' is written twice"),
        ("? [a]\n: b", 1, 3, "a key must be plain text"),
        ("a: 1\n---\nb: 2", 2, 1, "only one document is allowed in a file"),
        ("a: 1e999", 1, 4, "the number is out of range"),
        ("a: {b: 1", 2, 1, "did not find expected ',' or '}'"),
        ("a: '\n", 2, 1, "found unexpected end of stream"),
        ("a: @b", 1, 4, "found character that cannot start any token"),
        ("a:\n\t- b", 2, 1, "a tab cannot indent; use spaces"),
        ("a: \0", 1, 1, "the file has a character that YAML does not allow"),
        (b"\xff\xfea", 1, 1, "the file is not UTF-8"),
        ("\ud800", 1, 1, "the file is not UTF-8"),
        ("[" * (DEPTH_LIMIT + 1), 1, DEPTH_LIMIT + 1, f"nested more than {DEPTH_LIMIT} levels deep"),
        ("[" * 500_000, 1, DEPTH_LIMIT + 1, f"nested more than {DEPTH_LIMIT} levels deep"),
    ],
)
def test_what_could_surprise_is_refused_with_its_place(text: str | bytes, line: int, column: int, problem: str) -> None:
    with pytest.raises(DocumentError) as refusal:
        read(text)

    assert (refusal.value.line, refusal.value.column, refusal.value.problem) == (line, column, problem)
    assert str(refusal.value) == f"story.yaml:{line}:{column}: {problem}"


def test_quoted_merge_key_is_an_ordinary_key() -> None:
    assert read("'<<': 1") == {"<<": 1}


def test_file_over_the_limit_is_refused() -> None:
    assert read("x" * 20, limit_bytes=20) == "x" * 20
    with pytest.raises(DocumentError, match="larger than 20 bytes"):
        read("é" * 11, limit_bytes=20)
    with pytest.raises(DocumentError, match="larger than 1048576 bytes"):
        read("x" * 1_048_577)


def test_positions_lead_to_keys_and_items() -> None:
    positions = read_positions("name: a\nsteps:\n  - call:\n      to: 1\n  - [2]\n", name="story.yaml")

    assert positions == {
        (): (1, 1),
        ("name",): (1, 1),
        ("steps",): (2, 1),
        ("steps", 0): (3, 5),
        ("steps", 0, "call"): (3, 5),
        ("steps", 0, "call", "to"): (4, 7),
        ("steps", 1): (5, 5),
        ("steps", 1, 0): (5, 6),
    }


# YAML takes less than JSON: no surrogate pairs for one character, no control characters, and other line breaks.
texts = st.text(st.characters(exclude_categories=["C", "Zl", "Zp"]), max_size=20)
json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**100), 10**100)
    | st.floats(allow_nan=False, allow_infinity=False)
    | texts,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4),
    max_leaves=15,
)


@given(value=json_values)
def test_json_is_read_as_json(value: Json) -> None:
    assert read(json.dumps(value, ensure_ascii=False)) == value


@given(text=st.one_of(st.text(), st.binary(), st.text(alphabet="ab:-[]{}&*!|>'\"%@`?,# \n\t~<0")))
def test_any_text_is_read_or_refused(text: str | bytes) -> None:
    try:
        value = read(text)
    except DocumentError as refusal:
        value = [refusal.line, refusal.column]

    assert json.loads(json.dumps(value)) == value
