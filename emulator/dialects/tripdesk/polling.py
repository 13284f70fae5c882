"""Polling for conversations: what changed since the last answer, and whether anything did.

A cursor is the number of a tenant's last change; an `ETag` is the same number, since an answer with nothing new in it
follows from that alone. Their form is assumed.
"""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import NamedTuple

from emulator.core.errors import MalformedRequest
from emulator.core.records import Conversation
from emulator.core.store import Store

POLL_AFTER_SECONDS = 5

_PREFIX = "conversations:"


class Poll(NamedTuple):
    """What changed, the latest change first, and the cursor that says how far one has seen."""

    changed: list[Conversation]
    cursor: str

    @property
    def etag(self) -> str:
        """What identifies the state that was seen."""
        return f'"{self.cursor}"'


def poll(store: Store, account_id: str, since: str | None = None) -> Poll:
    """The conversations of an account that changed since a cursor, or all of them.

    Raises `MalformedRequest` for a cursor that no answer has given.
    """
    changes = store.conversations_by_change
    last = changes.last(account_id)
    seen = 0 if since is None else _number_of(since)
    if seen is None or seen > last:
        raise MalformedRequest("since")
    return Poll(changes.since(account_id, seen), _cursor_at(last))


def has_seen(etags: str, poll: Poll) -> bool:
    """Whether an `If-None-Match` header names the present state.

    Source: RFC 9110, 13.1.2; that `*` matches nothing is assumed.
    """
    return any(each.strip().removeprefix("W/") == poll.etag for each in etags.split(","))


def _cursor_at(number: int) -> str:
    return urlsafe_b64encode(f"{_PREFIX}{number}".encode()).decode().rstrip("=")


def _number_of(cursor: str) -> int | None:
    try:
        text = urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode()
    except ValueError:
        return None
    digits = text.removeprefix(_PREFIX)
    if not digits.isdecimal() or len(digits) > 12 or _cursor_at(int(digits)) != cursor:
        return None
    return int(digits)
