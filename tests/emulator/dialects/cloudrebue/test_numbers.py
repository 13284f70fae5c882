"""The three forms of a number, operators by prefix, and what can be a mobile at all."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emulator.dialects.cloudrebue.numbers import OPERATORS, can_exist, normalise, operator_of, parts_of

digits = st.text("0123456789")
# As public client code has it.
MOBILE = re.compile(r"^(?:1(?:0[0-8]|1[0-7]|2[014]|30)|7\d\d)\d{6}$")


@pytest.mark.parametrize(
    ("written", "number"),
    [
        ("254712345678", "254712345678"),
        ("0712345678", "254712345678"),
        ("0112345678", "254112345678"),
        ("712345678", "254712345678"),
        ("112345678", "254112345678"),
        ("+254712345678", "254712345678"),
        ("0712-345 678", "254712345678"),
        ("(0712) 345-678", "254712345678"),
        ("+254 (712) 345 678", "254712345678"),
        ("  0712345678 ", "254712345678"),
        ("255712345678", "255712345678"),
        ("256712345678", "256712345678"),
        ("447700900000", "447700900000"),
    ],
)
def test_published_forms_become_twelve_digits(written, number):
    assert normalise(written) == number


@pytest.mark.parametrize(
    "written",
    [
        "",
        "12345",
        "12025550100",  # the main magic range has 11 digits
        "+12025550100",
        "0812345678",
        "812345678",
        "2547123456789",
        "054712345678",
        "25471234567a",
        "++254712345678",
        "2547+12345678",
        "²547123456７8",  # digits, but not these
        "254711000111;254722000222",
    ],
)
def test_any_other_form_is_no_number(written):
    assert normalise(written) is None


@given(st.sampled_from(["07", "01", "7", "1", "2547", "2541"]), st.text("0123456789", min_size=8, max_size=8))
def test_all_kenyan_forms_of_one_number_agree(prefix, rest):
    number = normalise(prefix + rest)

    assert number == "254" + prefix[-1] + rest
    assert normalise(number) == number


@given(st.text(max_size=20))
def test_a_number_is_twelve_digits_or_none(written):
    number = normalise(written)

    assert number is None or re.fullmatch("[1-9][0-9]{11}", number)


@pytest.mark.parametrize(
    ("operator", "prefixes"),
    [
        ("safaricom", "700 709 710 719 720 729 740 743 745 746 748 757 759 768 769 790 799 110 117"),
        ("airtel", "730 738 739 750 756 762 780 789 100 108"),
        ("telkom", "770 779 120"),
        ("unknown", "744 747 749 760 761 763 767 121 124 130 109 118 800"),
    ],
)
def test_the_prefix_tells_the_operator(operator, prefixes):
    for prefix in prefixes.split():
        assert operator_of(f"254{prefix}000111") == operator


@pytest.mark.parametrize("number", ["255712345678", "447700900000", "491711000111"])
def test_a_foreign_number_has_no_known_operator(number):
    assert operator_of(number) == "unknown"


@given(st.text("0123456789", min_size=9, max_size=9))
def test_a_kenyan_number_can_exist_if_the_numbering_plan_has_it(rest):
    assert can_exist("254" + rest) == bool(MOBILE.match(rest))


@given(st.text("0123456789", min_size=9, max_size=9))
def test_every_operator_number_can_exist(rest):
    number = "254" + rest

    assert operator_of(number) in OPERATORS
    assert operator_of(number) == "unknown" or can_exist(number)


@pytest.mark.parametrize("number", ["255000000000", "447700900000"])
def test_of_foreign_numbers_nothing_is_known(number):
    assert can_exist(number)


@pytest.mark.parametrize(
    ("phone", "parts"),
    [
        ("0711000111", ["0711000111"]),
        ("0711000111,0722000222", ["0711000111", "0722000222"]),
        (" 0711000111 ,, 0722000222 , ", ["0711000111", "0722000222"]),
        ("1,2,1", ["1", "2", "1"]),
        (" , ,", []),
        ("  ", []),
    ],
)
def test_a_list_keeps_order_and_duplicates_and_drops_empty_parts(phone, parts):
    assert parts_of(phone) == parts
