"""Two values held against each other, without what must differ between two targets: ids, moments, addresses, secrets.

What is masked is not ignored. An id has a form (`msg_<ulid>`), and stands for the same thing wherever it is named
again; a moment has a form, and where both clocks were held, a distance from the story's beginning; what was redacted
fits anything.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import NamedTuple

from emulator.control.redaction import REDACTED
from emulator.core.errors import Json
from emulator.core.moments import read_moment

_MOMENT = re.compile(
    r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?P<fraction>\.\d+)?(?P<zone>Z|[+-]\d\d:?\d\d)?"
    r"|[A-Z][a-z]{2}, \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d GMT"
)
_ID = re.compile(
    r"(?<![A-Za-z0-9])(?:"
    r"(?P<uuid>[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12})"
    r"|(?P<ulid>[0-7][0-9A-HJKMNP-TV-Z]{25})"
    r"|(?P<hex>(?=[0-9a-f]*\d)[0-9a-f]{16,}|(?=[0-9A-F]*\d)[0-9A-F]{16,})"
    r")(?![A-Za-z0-9])"
)
# Chance looks like this: no word is written in small letters, capitals and digits together.
_TOKEN = re.compile(
    r"(?<![A-Za-z0-9])(?=[A-Za-z0-9_-]*\d)(?=[A-Za-z0-9_-]*[A-Z])(?=[A-Za-z0-9_-]*[a-z])[A-Za-z0-9_-]{16,}=*"
    r"|(?<![A-Za-z0-9])(?=(?:[a-z]*\d){4})(?=[0-9]*[a-z])[a-z0-9]{20,}(?![A-Za-z0-9])"
)
_ID_NAME = re.compile(r"(?:^|_|-)ids?$|I[dD]s?$", re.ASCII)
_TIME_NAME = re.compile(
    r"(?:^|_|-)(?:at|time|timestamp|date|created|updated|expires|reset|exp|iat)$|(?:At|Time|Timestamp)$"
)
_SECRET_NAME = re.compile(r"signature|secret|(?:^|[_-])token$|Token$|password", re.IGNORECASE)
# Seconds, or milliseconds, of this century.
_SECONDS = range(1_000_000_000, 10_000_000_000)
_MILLISECONDS = range(1_000_000_000_000, 10_000_000_000_000)
_DIGITS = re.compile(r"\d{3,}")
_TOLERANCE = timedelta(milliseconds=1)

IDENTITY, TIME, VALUE = "identity", "time", "value"


class Masked(NamedTuple):
    """A text without what must differ. `ids` and `moments` in the order in which they stand in it."""

    form: str
    ids: Sequence[str]
    moments: Sequence[datetime]


@dataclass(frozen=True)
class Sight:
    """One side. `addresses` are its own, each with a word for it; `begun_at` is where its held clock began."""

    addresses: Mapping[str, str] = field(default_factory=dict[str, str])
    begun_at: datetime | None = None

    def mask(self, text: str, *, is_id: bool = False) -> Masked:
        """Take out what must differ. `is_id`: the whole text is an id, whatever it looks like."""
        for address in sorted(self.addresses, key=len, reverse=True):
            text = text.replace(address, self.addresses[address])
        ids: list[str] = []
        moments: list[datetime] = []

        def moment(match: re.Match[str]) -> str:
            found = _read(match[0])
            if found is None:
                return match[0]
            moments.append(found)
            return f"<time{'.f' if match['fraction'] else ''}{match['zone'] or ''}>"

        def known(match: re.Match[str]) -> str:
            ids.append(match[0])
            kind = match.lastgroup or "id"
            return f"<{kind}>" if kind != "hex" else f"<hex {len(match[0])}>"

        def chance(match: re.Match[str]) -> str:
            ids.append(match[0])
            return "<token>"

        form = _TOKEN.sub(chance, _ID.sub(known, _MOMENT.sub(moment, text)))
        if is_id and not ids and _DIGITS.fullmatch(text):
            ids.append(text)
            form = "<number>"
        return Masked(form, ids, moments)


@dataclass
class Pairs:
    """What stands for what on the two sides, over a whole story."""

    left: Sight
    right: Sight
    _there: dict[str, str] = field(default_factory=dict[str, str])
    _back: dict[str, str] = field(default_factory=dict[str, str])

    def contrast(self, name: str, left: Json, right: Json) -> str | None:
        """How two scalars of a member differ: `identity`, `time` or `value`; None if they do not."""
        if isinstance(left, str) and isinstance(right, str):
            return self._texts(name, left, right)
        if isinstance(left, bool) != isinstance(right, bool):
            return VALUE
        if _is_time(name, left) and _is_time(name, right):
            return self._moments([_of_number(left)], [_of_number(right)])
        if isinstance(left, int) and isinstance(right, int) and left != right and _ID_NAME.search(name):
            return self._ids([str(left)], [str(right)])
        return None if left == right else VALUE

    def _texts(self, name: str, left: str, right: str) -> str | None:
        if REDACTED in left or REDACTED in right or (left and right and _SECRET_NAME.search(name)):
            return None
        is_id = _ID_NAME.search(name) is not None
        here, there = self.left.mask(left, is_id=is_id), self.right.mask(right, is_id=is_id)
        if here.form != there.form:
            return TIME if here.moments and there.moments and _plain(here.form) == _plain(there.form) else VALUE
        return self._ids(here.ids, there.ids) or (self._moments(here.moments, there.moments) if left != right else None)

    def _ids(self, left: Sequence[str], right: Sequence[str]) -> str | None:
        found = None
        for here, there in zip(left, right, strict=True):
            if self._there.setdefault(here, there) != there or self._back.setdefault(there, here) != here:
                found = IDENTITY
        return found

    def _moments(self, left: Sequence[datetime], right: Sequence[datetime]) -> str | None:
        """Where a clock was not held, nobody can say which moments belong together."""
        if self.left.begun_at is None or self.right.begun_at is None:
            return None
        for here, there in zip(left, right, strict=True):
            if abs((here - self.left.begun_at) - (there - self.right.begun_at)) > _TOLERANCE:
                return TIME
        return None

    def form(self, value: Json, *, is_left: bool) -> Json:
        """A value with nothing in it that must differ, to tell items apart by."""
        sight = self.left if is_left else self.right
        if isinstance(value, dict):
            return {name: self.form(each, is_left=is_left) for name, each in value.items()}
        if isinstance(value, list):
            return [self.form(each, is_left=is_left) for each in value]
        return sight.mask(value).form if isinstance(value, str) else value


def is_masked_header(name: str) -> bool:
    """Whether a header's value is chance, or a proof, and only its presence counts."""
    return _SECRET_NAME.search(name) is not None


def _plain(form: str) -> str:
    return re.sub(r"<time[^>]*>", "<time>", form)


def _read(text: str) -> datetime | None:
    if text.endswith("GMT"):
        try:
            return parsedate_to_datetime(text)
        except ValueError:
            return None
    # Without a zone it is anybody's, but the same on both sides.
    return read_moment(text) or read_moment(f"{text}+00:00")


def _is_time(name: str, value: Json) -> bool:
    if not isinstance(value, int) or isinstance(value, bool):
        return False
    return _TIME_NAME.search(name) is not None and (value in _SECONDS or value in _MILLISECONDS)


def _of_number(value: Json) -> datetime:
    assert isinstance(value, int)
    return datetime.fromtimestamp(value / 1000 if value in _MILLISECONDS else value, UTC)


def numbers_as_values(headers: Mapping[str, str]) -> Iterator[tuple[str, Json]]:
    """Headers with numbers as numbers, so that times among them are seen."""
    for name, value in headers.items():
        yield name, int(value) if value.isascii() and value.isdigit() and len(value) < 16 else value
