"""Phone numbers as this API reads them: three forms, one normal form of 12 digits, and the operator by prefix."""

from collections.abc import Iterator, Mapping

KENYA = "254"
UNKNOWN_OPERATOR = "unknown"

_DECORATION = str.maketrans("", "", " -()[]")

# By the three digits after 254, both ends included.
# Source: Kenyan numbering plan as public client code has it; names from the documentation's samples, read 2026-11.
_OPERATOR_RANGES: Mapping[str, tuple[tuple[int, int], ...]] = {
    "safaricom": (
        (110, 117),
        (700, 729),
        (740, 743),
        (745, 746),
        (748, 748),
        (757, 759),
        (768, 769),
        (790, 799),
    ),
    "airtel": ((100, 108), (730, 739), (750, 756), (762, 762), (780, 789)),
    "telkom": ((120, 120), (770, 779)),
}

# What can be a Kenyan mobile at all: wider than what the operators hold.
# Source: libphonenumber's metadata for KE, read 2026-11.
_MOBILE_RANGES = ((100, 108), (110, 117), (120, 121), (124, 124), (130, 130), (700, 799))


def _prefixes(ranges: tuple[tuple[int, int], ...]) -> Iterator[str]:
    for first, last in ranges:
        yield from (f"{KENYA}{digits}" for digits in range(first, last + 1))


_OPERATORS = {prefix: name for name, ranges in _OPERATOR_RANGES.items() for prefix in _prefixes(ranges)}
_MOBILE = frozenset(_prefixes(_MOBILE_RANGES))

OPERATORS = (*_OPERATOR_RANGES, UNKNOWN_OPERATOR)


def normalise(text: str) -> str | None:
    """One number in its form of 12 digits with the country code; None if it has none of the published forms.

    12 digits are kept, 10 that begin with `07` or `01` and 9 that begin with `7` or `1` are Kenyan. A leading plus,
    spaces, hyphens and brackets do not count.

    Source: Cloud Rebue documentation, "Sending messages", read 2026-11; what does not count is assumed.
    """
    if not (text.isascii() and text.isdigit()):
        text = text.strip().translate(_DECORATION).removeprefix("+")
        if not (text.isascii() and text.isdigit()):
            return None
    match len(text):
        case 12 if text[0] != "0":
            return text
        case 10 if text[0] == "0" and text[1] in "71":
            return KENYA + text[1:]
        case 9 if text[0] in "71":
            return KENYA + text
        case _:
            return None


def parts_of(phone: str) -> list[str]:
    """The numbers of a list, as they were written: separated by commas, empty parts dropped, order kept."""
    if "," not in phone:
        trimmed = phone.strip()
        return [trimmed] if trimmed else []
    return [part for each in phone.split(",") if (part := each.strip())]


def operator_of(number: str) -> str:
    """The network of a number in its normal form, in lower case; foreign and unassigned numbers are `unknown`."""
    return _OPERATORS.get(number[:6], UNKNOWN_OPERATOR)


def can_exist(number: str) -> bool:
    """Whether a number in its normal form can be a mobile; of foreign numbers nothing is known, so they can."""
    return number[:6] in _MOBILE or not number.startswith(KENYA)
