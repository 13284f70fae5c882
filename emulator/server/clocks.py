"""The world's time in HTTP."""

from datetime import datetime, timedelta
from email.utils import format_datetime

_SECOND = timedelta(seconds=1)


def date_header(now: datetime) -> bytes:
    """The `Date` of an answer at a moment of the world."""
    return format_datetime(now, usegmt=True).encode()


class DateHeader:
    """The `Date` of a world's answers, written anew only when the second has passed."""

    __slots__ = ("_from", "_text", "_until")

    def __init__(self, now: datetime) -> None:
        self._write(now)

    def at(self, now: datetime) -> bytes:
        """The header's value at a moment."""
        if not self._from <= now < self._until:
            self._write(now)
        return self._text

    def _write(self, now: datetime) -> None:
        self._from = now.replace(microsecond=0)
        self._until = self._from + _SECOND
        self._text = date_header(self._from)
