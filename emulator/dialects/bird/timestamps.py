"""Moments as this API writes them."""

from datetime import datetime


def timestamp(moment: datetime) -> str:
    """`2026-01-02T03:04:05.96Z`: RFC 3339 in UTC, zeros at the end of the fraction cut off.

    Source: Bird documentation, the samples, read 2026-11.
    """
    text = moment.isoformat("T", "microseconds")[:26].rstrip("0")
    return text.removesuffix(".") + "Z"
