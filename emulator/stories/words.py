"""What people are told about a name that does not exist, and about values."""

from collections.abc import Iterable
from datetime import timedelta

import msgspec

from emulator.core.hints import hint

_MOST_NAMES = 12
_LONGEST_VALUE = 300
_UNITS = (("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1000), ("ms", 1))


def nearest(name: str, known: Iterable[str]) -> str:
    """`; did you mean …?`, or the names that there are, as the end of a sentence."""
    return f"; {hint(name, known, most=_MOST_NAMES)}"


def shown(value: object) -> str:
    """A value as JSON on one line, cut where it gets long."""
    text = msgspec.json.encode(value).decode()
    return text if len(text) <= _LONGEST_VALUE else f"{text[:_LONGEST_VALUE]}… ({len(text)} characters)"


def span_text(span: timedelta) -> str:
    """A span as people write it, in one way only: `0s`, `500ms`, `1h30m`, `2d`."""
    milliseconds = round(span.total_seconds() * 1000)
    parts: list[str] = []
    for unit, size in _UNITS:
        count, milliseconds = divmod(milliseconds, size)
        if count:
            parts.append(f"{count}{unit}")
    return "".join(parts) or "0s"
