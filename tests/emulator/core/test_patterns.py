import pytest
from hypothesis import given
from hypothesis import strategies as st

from emulator.core.patterns import address_pattern, fits, pattern_of, pattern_of_regex, plain_address


@given(st.text())
def test_a_text_without_a_star_or_a_question_mark_fits_itself_alone(text: str):
    plain = text.replace("*", "").replace("?", "")

    assert fits(pattern_of(plain), plain)
    assert not fits(pattern_of(plain), plain + "x")
    assert not fits(pattern_of(plain), "x" + plain)


@given(st.text(), st.text())
def test_a_star_is_any_run_of_characters(before: str, after: str):
    glob = pattern_of(f"{before}*{after}")

    assert fits(glob, before + after)
    assert fits(glob, f"{before}\nany thing\n{after}")


@pytest.mark.parametrize(
    ("glob", "text", "wanted"),
    [
        ("a?c", "abc", True),
        ("a?c", "ac", False),
        ("a?c", "a\nc", True),
        ("[TEST] *", "[TEST] now", True),
        ("[TEST] *", "T now", False),
        ("a.c", "abc", False),
        ("*", "", True),
        ("STOP", "stop", False),
        ("a*", "a\n", True),
        ("a", "a\n", False),
    ],
)
def test_a_glob(glob: str, text: str, wanted: bool):
    assert fits(pattern_of(glob), text) is wanted


def test_a_regular_expression_fits_anywhere():
    assert fits(pattern_of_regex("[0-9]{3}"), "code 123!")
    assert not fits(pattern_of_regex("^[0-9]"), "code 123!")


@pytest.mark.parametrize("expression", ["(", "a{2,1}", "[z-a]", "(?P<a>x)(?P<a>y)"])
def test_what_is_no_regular_expression_is_said(expression: str):
    with pytest.raises(ValueError, match="expected a regular expression"):
        pattern_of_regex(expression)


def test_no_pattern_fits_everything_and_nothing_there_fits_none():
    assert fits(None, None)
    assert not fits(pattern_of("*"), None)
    assert fits(pattern_of("b"), "a", None, "b")
    assert not fits(pattern_of("b"), "a", None)


def test_an_address_fits_however_it_is_written():
    assert fits(address_pattern(" +254711000111 "), plain_address("254711000111"))
    assert fits(address_pattern("Ada@Example.org"), plain_address("ada@example.ORG"))
