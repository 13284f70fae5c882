from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emulator.core.pricing import Price, decimal_number, decimal_text, price
from emulator.core.records import Channel, Content

RATES = {Channel.SMS: 800_000, Channel.EMAIL: 100_000}


def test_sms_costs_its_segments():
    assert price(RATES, Channel.SMS, Content(text="a" * 161)) == Price(2, 1_600_000)


def test_an_sms_without_text_is_one_segment():
    assert price(RATES, Channel.SMS, Content()) == Price(1, 800_000)


def test_other_channels_cost_a_message_and_have_no_segments():
    assert price(RATES, Channel.EMAIL, Content(text="a" * 1000)) == Price(0, 100_000)


def test_a_channel_without_a_rate_is_free():
    assert price(RATES, Channel.PUSH, Content(text="x")) == Price(0, 0)
    assert price({}, Channel.SMS, Content(text="x")) == Price(1, 0)


@pytest.mark.parametrize(
    ("micros", "places", "text"),
    [
        (800_000, 0, "0.8"),
        (800_000, 2, "0.80"),
        (1_000_000, 0, "1"),
        (1_000_000, 2, "1.00"),
        (0, 0, "0"),
        (0, 4, "0.0000"),
        (1, 0, "0.000001"),
        (1, 2, "0.000001"),
        (123_456_789, 0, "123.456789"),
        (-1_500_000, 2, "-1.50"),
        (-1, 0, "-0.000001"),
        (10**18, 0, "1000000000000"),
    ],
)
def test_micros_are_written_as_an_exact_decimal(micros, places, text):
    assert decimal_text(micros, places=places) == text


@given(st.integers(-(10**20), 10**20), st.integers(0, 8))
def test_no_micro_is_lost_in_writing(micros, places):
    text = decimal_text(micros, places=places)

    fraction = text.partition(".")[2]
    assert Decimal(text) * 1_000_000 == micros
    assert len(fraction) >= places
    assert len(fraction) <= places or not fraction.endswith("0")


@pytest.mark.parametrize(
    ("micros", "number"), [(1_000_000, 1), (0, 0), (800_000, 0.8), (-1_500_000, -1.5), (100_000, 0.1)]
)
def test_a_json_number_is_whole_where_it_can_be(micros, number):
    written = decimal_number(micros)

    assert written == number
    assert type(written) is type(number)
