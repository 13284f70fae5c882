"""Recipient, channel, segments -> price."""

from collections.abc import Mapping

import msgspec

from emulator.core.records import Channel, Content
from emulator.core.segments import count_segments

MICROS = 1_000_000

_SMS = Channel.SMS  # before Python 3.12 an enum's member costs as much as a call


class Price(msgspec.Struct, frozen=True, gc=False):
    """What one recipient costs. `segments` is 0 on channels without segments."""

    segments: int
    micros: int


def price(rates: Mapping[Channel, int], channel: Channel, content: Content) -> Price:
    """Price a content for one recipient; `rates` maps a channel to micros a segment (or a message)."""
    rate = rates.get(channel, 0)
    if channel is not _SMS:
        return Price(0, rate)
    segments = count_segments(content.text or "").count
    return Price(segments, rate * segments)


def decimal_text(micros: int, *, places: int = 0) -> str:
    """Micros as an exact decimal without trailing noise, with at least `places` decimals: 800000 -> `0.8`."""
    sign, digits = ("-" if micros < 0 else ""), f"{abs(micros):07d}"
    fraction = digits[-6:].rstrip("0").ljust(places, "0")
    return f"{sign}{digits[:-6]}{'.' if fraction else ''}{fraction}"


def decimal_number(micros: int) -> int | float:
    """Micros as the JSON number that reads best: 1 rather than 1.0, 0.8 for 800000."""
    return micros // MICROS if micros % MICROS == 0 else float(decimal_text(micros))
