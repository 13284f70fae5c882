"""What is kept of calls themselves."""

from collections.abc import Mapping
from datetime import datetime

from emulator.core.errors import Json
from emulator.core.records.base import EMPTY, Record


class AuditEntry(Record, frozen=True, kw_only=True):
    """Who did what in an account; appended, never changed. `number` makes its id."""

    number: int
    account_id: str
    actor_type: str
    actor_id: str | None
    action: str
    target_type: str
    target_id: str
    created_at: datetime
    metadata: Mapping[str, Json] = EMPTY


class RateWindow(Record, frozen=True, kw_only=True):
    """Requests of one key in the current window, in slices: (microseconds since 1970 of the last one, count)."""

    key: str
    slices: tuple[tuple[int, int], ...]
    total: int


class RememberedReply(Record, frozen=True, kw_only=True):
    """The first answer to an idempotency key, kept until `expires_at`. Its `status` is 0 while the call still runs."""

    key: str
    fingerprint: bytes
    status: int
    headers: tuple[tuple[bytes, bytes], ...]
    body: bytes
    expires_at: datetime
