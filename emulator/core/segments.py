"""Text -> encoding and SMS segments.

Source: 3GPP TS 23.038 (alphabets) and TS 23.040 (concatenation).
"""

import msgspec

_BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_EXTENSION = frozenset("\f^{}\\[~]|€")
_GSM7 = _BASIC | _EXTENSION
_NO_PAIRS: frozenset[str] = frozenset()
_PLAIN_ASCII = "".join(sorted(character for character in _BASIC if character.isascii())).encode()


class Segments(msgspec.Struct, frozen=True, gc=False):
    """How a text travels. `encoding` is `GSM-7` or `UCS-2`, `units` counts septets or UTF-16 code units."""

    encoding: str
    units: int
    count: int


def count_segments(text: str) -> Segments:
    """Split a text into SMS segments; an empty text is one segment.

    One GSM-7 segment holds 160 septets, each of several 153; for UCS-2 it is 70 and 67 UTF-16 units. Neither an
    escape pair nor a surrogate pair is split over two segments.
    """
    if text.isascii() and not text.encode().translate(None, _PLAIN_ASCII):
        # Most texts; the bytes are looked at much faster than characters.
        return _count(text, "GSM-7", single=160, several=153, pairs=_NO_PAIRS)
    if _GSM7.issuperset(text):
        return _count(text, "GSM-7", single=160, several=153, pairs=_EXTENSION.intersection(text))
    return _count(text, "UCS-2", single=70, several=67, pairs={c for c in text if c > "\uffff"})


def split_segments(text: str) -> list[str]:
    """The text of each segment, in order."""
    whole = count_segments(text)
    if whole.count == 1:
        return [text]
    several = 153 if whole.encoding == "GSM-7" else 67
    parts: list[str] = []
    start = room = 0
    for place, character in enumerate(text):
        width = _width(character, whole.encoding)
        if room + width > several:
            parts.append(text[start:place])
            start, room = place, 0
        room += width
    return [*parts, text[start:]]


def _width(character: str, encoding: str) -> int:
    return 1 + (character in _EXTENSION if encoding == "GSM-7" else character > "\uffff")


def _count(text: str, encoding: str, *, single: int, several: int, pairs: frozenset[str] | set[str]) -> Segments:
    if not pairs:
        units = len(text)
        return Segments(encoding, units, 1 if units <= single else -(-units // several))
    units = sum(2 if character in pairs else 1 for character in text)
    if units <= single:
        return Segments(encoding, units, 1)
    count, room = 1, 0
    for character in text:
        width = 2 if character in pairs else 1
        if room + width > several:
            count, room = count + 1, 0
        room += width
    return Segments(encoding, units, count)
