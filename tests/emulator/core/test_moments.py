from datetime import UTC, datetime, timedelta

import pytest

from emulator.core.moments import (
    iso_microseconds,
    iso_milliseconds,
    iso_seconds,
    iso_shortest,
    read_moment,
    unix_seconds,
    zone,
)

MOMENT = datetime(2026, 6, 2, 8, 15, 30, 402_999, tzinfo=UTC)


@pytest.mark.parametrize(
    ("moment", "text"),
    [
        (MOMENT, "2026-06-02T08:15:30.402Z"),
        (MOMENT.replace(microsecond=0), "2026-06-02T08:15:30.000Z"),
        (datetime(2026, 1, 1, tzinfo=UTC), "2026-01-01T00:00:00.000Z"),
    ],
)
def test_iso_moments_have_three_decimals_cut_not_rounded(moment, text):
    assert iso_milliseconds(moment) == text


def test_iso_moments_of_whole_seconds_are_cut_not_rounded():
    assert iso_seconds(MOMENT.replace(microsecond=999_999)) == "2026-06-02T08:15:30Z"


@pytest.mark.parametrize(
    ("microsecond", "whole", "shortest"),
    [(0, "30.000000Z", "30Z"), (7, "30.000007Z", "30.000007Z"), (960_000, "30.960000Z", "30.96Z")],
)
def test_microseconds_are_written_whole_or_without_the_last_zeros(microsecond, whole, shortest):
    moment = MOMENT.replace(microsecond=microsecond)

    assert iso_microseconds(moment) == f"2026-06-02T08:15:{whole}"
    assert iso_shortest(moment) == f"2026-06-02T08:15:{shortest}"


@pytest.mark.parametrize(
    "moment", [datetime(1, 1, 1, tzinfo=UTC), datetime(9999, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC)]
)
def test_moments_at_the_ends_of_time_are_written_too(moment):
    assert iso_milliseconds(moment) == f"{moment.isoformat(timespec='milliseconds')[:23]}Z"


def test_unix_seconds_are_whole():
    assert unix_seconds(MOMENT) == 1780388130


@pytest.mark.parametrize(
    "text", ["2026-06-02T08:15:30Z", "2026-06-02T11:15:30+03:00", "2026-06-02T08:15:30.000000+00:00"]
)
def test_a_moment_with_a_zone_is_read_as_utc(text):
    moment = read_moment(text)

    assert moment == datetime(2026, 6, 2, 8, 15, 30, tzinfo=UTC)
    assert moment is not None
    assert moment.tzinfo is UTC


@pytest.mark.parametrize(
    "text", ["", "soon", "2026-06-02T08:15:30", "2026-06-02", "2026-13-02T08:15:30Z", "0001-01-01T00:00:00+14:00"]
)
def test_what_is_no_moment_with_a_zone_is_none(text):
    assert read_moment(text) is None


def test_a_zone_is_a_fixed_offset():
    assert MOMENT.astimezone(zone(3)).isoformat() == "2026-06-02T11:15:30.402999+03:00"
    assert zone(-5).utcoffset(None) == timedelta(hours=-5)
