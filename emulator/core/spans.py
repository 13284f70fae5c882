"""Spans of time as people write them: `250ms`, `5s`, `1h30m`, `2d`."""

import re
from datetime import timedelta

PATTERN = r"^([0-9]{1,6}d)?([0-9]{1,6}h)?([0-9]{1,8}m)?([0-9]{1,10}([.][0-9]{1,6})?s)?([0-9]{1,12}ms)?$"
"""The form, as contracts have it."""

EXPECTED = "expected a span of time such as 250ms, 5s, 1h30m or 2d"

_SPAN = re.compile(
    r"(?:(?P<days>[0-9]{1,6})d)?(?:(?P<hours>[0-9]{1,6})h)?(?:(?P<minutes>[0-9]{1,8})m)?"
    r"(?:(?P<seconds>[0-9]{1,10}(?:[.][0-9]{1,6})?)s)?(?:(?P<milliseconds>[0-9]{1,12})ms)?"
)


def parse_span(text: str) -> timedelta:
    """Read a span. Raises `ValueError` with a sentence for people."""
    match = _SPAN.fullmatch(text)
    if match is None or not text:
        raise ValueError(EXPECTED)
    return timedelta(**{unit: float(number) for unit, number in match.groupdict(default="0").items()})
