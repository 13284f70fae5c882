"""Moments as more than one provider writes them."""

from datetime import datetime

from emulator.providers.voice import Facts


def iso_millis(at: datetime) -> str:
    """`2026-11-21T10:15:30.123Z`."""
    return f"{at:%Y-%m-%dT%H:%M:%S}.{at.microsecond // 1000:03d}Z"


def epoch_seconds(at: datetime) -> int:
    """Whole seconds since 1970."""
    return int(at.timestamp())


def submitted_at(facts: Facts) -> datetime:
    """When the provider was given the message: a scheduled message's life starts later than it was accepted."""
    return facts.message.starts_at
