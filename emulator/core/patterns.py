"""What a text has to be like: itself, a glob, or a regular expression.

In a glob `*` is any run of characters, line breaks included, and `?` any one; nothing else is special, so a text
without them is only itself.
"""

import re

from emulator.core.records import Record


class Pattern(Record, frozen=True, kw_only=True):
    """A condition on a text. `expression` is a regular expression; `literal` the one text that fits, if it is one."""

    expression: str
    literal: str | None = None


def pattern_of(text: str) -> Pattern:
    """A pattern from a text that is exact or a glob."""
    parts = (".*" if mark == "*" else "." if mark == "?" else re.escape(mark) for mark in text)
    literal = None if "*" in text or "?" in text else text
    return Pattern(expression=rf"\A{''.join(parts)}\Z", literal=literal)


def pattern_of_regex(expression: str) -> Pattern:
    """A pattern from a regular expression, which may fit anywhere in the text. Raises `ValueError`."""
    try:
        re.compile(expression)
    except (re.error, RecursionError, OverflowError) as error:
        raise ValueError(f"expected a regular expression: {error}") from None
    return Pattern(expression=expression)


def fits(pattern: Pattern | None, *texts: str | None) -> bool:
    """Whether any of the texts is like that. No pattern fits everything, a text that is not there nothing."""
    if pattern is None:
        return True
    if pattern.literal is not None:
        return pattern.literal in texts
    # The library keeps what it compiled of late.
    return any(text is not None and re.search(pattern.expression, text, re.DOTALL) for text in texts)


def plain_address(address: str) -> str:
    """An address without what people leave out when they write it down."""
    return address.strip().removeprefix("+").lower()


def address_pattern(text: str) -> Pattern:
    """A pattern from an address that is exact or a glob; to be held against an address and its `plain_address`."""
    return pattern_of(plain_address(text))
