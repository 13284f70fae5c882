"""The bounded record of what happened in a world: calls with their replies, status changes, webhook attempts.

Entries are kept as they came and rendered when somebody reads them; secrets are redacted then. The bound is a number
of entries and of bytes, whichever is reached first.
"""

from collections import deque
from collections.abc import Iterator
from datetime import datetime
from itertools import takewhile

import msgspec

MOST_ENTRIES = 10_000
MOST_BYTES = 32 * 1024 * 1024
MOST_BODY_BYTES = 64 * 1024
_ENTRY_BYTES = 400  # about what an entry costs beside its texts


class CallEntry(msgspec.Struct, frozen=True, gc=False):
    """One request to an API and its reply. Bodies are cut at `MOST_BODY_BYTES`.

    `head` has the names and values of the request's headers, each on a line of its own: thousands of entries are kept,
    and one piece of bytes is let go much faster than three for each header.
    """

    api: str
    operation: str | None
    account_id: str | None
    method: str
    path: bytes
    query: bytes
    head: bytes
    body: bytes
    status: int
    reply: bytes

    @property
    def headers(self) -> list[tuple[bytes, bytes]]:
        """The request's headers as they came."""
        lines = self.head.split(b"\n")
        return list(zip(lines[::2], lines[1::2], strict=False))


class StatusEntry(msgspec.Struct, frozen=True, gc=False):
    """Something happened to a recipient. `event` is the place in its events."""

    recipient_id: str
    event: int


class AttemptEntry(msgspec.Struct, frozen=True, gc=False):
    """A webhook delivery attempt ended. `number` is the attempt's."""

    webhook_event_id: str
    number: int


class NoteEntry(msgspec.Struct, frozen=True, gc=False):
    """Anything else worth knowing: a timer that raised, a callback nobody was waiting for."""

    kind: str
    subject: str
    text: str


Fact = CallEntry | StatusEntry | AttemptEntry | NoteEntry


class Entry(msgspec.Struct, frozen=True, gc=False):
    """One line of the journal. `size` is about how many bytes it takes."""

    number: int
    at: datetime
    fact: Fact
    size: int = 0


class Journal:
    """The last things that happened, oldest first."""

    __slots__ = ("__weakref__", "_bytes", "_entries", "_number")

    def __init__(self) -> None:
        self._entries: deque[Entry] = deque()
        self._number = 0
        self._bytes = 0

    def add(self, at: datetime, fact: Fact) -> None:
        """Write an entry, and drop the oldest ones over the bound."""
        self._number += 1
        entries = self._entries
        size = _size(fact)
        entries.append(Entry(self._number, at, fact, size))
        self._bytes += size
        while len(entries) > MOST_ENTRIES or self._bytes > MOST_BYTES:
            self._bytes -= entries.popleft().size

    def copy(self) -> tuple[Entry, ...]:
        """The entries that are kept."""
        return tuple(self._entries)

    def load(self, entries: tuple[Entry, ...]) -> None:
        """Put entries back. Numbers are never given twice, so that whoever reads on misses nothing."""
        self._entries = deque(entries)
        self._bytes = sum(entry.size for entry in entries)

    def since(self, number: int) -> list[Entry]:
        """The entries with a higher number, oldest first; costs what they are, not what is kept."""
        newer = list(takewhile(lambda entry: entry.number > number, reversed(self._entries)))
        newer.reverse()
        return newer

    def __iter__(self) -> Iterator[Entry]:
        """The entries, oldest first."""
        return iter(tuple(self._entries))

    def __reversed__(self) -> Iterator[Entry]:
        """The entries, newest first."""
        return iter(tuple(reversed(self._entries)))

    def __len__(self) -> int:
        """How many entries are kept."""
        return len(self._entries)

    @property
    def last_number(self) -> int:
        """The number of the newest entry ever written; 0 before the first."""
        return self._number


def _size(fact: Fact) -> int:
    if type(fact) is CallEntry:
        return _ENTRY_BYTES + len(fact.body) + len(fact.reply) + len(fact.head)
    if type(fact) is NoteEntry:
        return _ENTRY_BYTES + len(fact.text)
    return _ENTRY_BYTES
