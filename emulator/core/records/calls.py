"""What is kept of calls themselves."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from emulator.core.errors import Json
from emulator.core.records.base import EMPTY, Record


class AuditEntry(Record, frozen=True, kw_only=True):
    """Who did what in an account; appended, never changed. `id` counts; the API's own id is made of it.

    `request_id` names the call, where the API shows that.
    """

    id: str
    account_id: str
    actor_type: str
    actor_id: str | None
    action: str
    target_type: str
    target_id: str
    created_at: datetime
    request_id: str = ""
    metadata: Mapping[str, Json] = EMPTY


class RateWindow(Record, frozen=True, kw_only=True):
    """Requests of one key in the current window, in slices: (microseconds since 1970 of the last one, count)."""

    key: str
    slices: tuple[tuple[int, int], ...]
    total: int


class RememberedReply(Record, frozen=True, kw_only=True):
    """The first answer to an idempotency key, kept for a span. Its `status` is 0 while the call still runs.

    There is one for each message, so it is kept small: `packed` has the names and values of `header_count` headers and
    then the body, each on a line of its own.
    """

    key: str
    fingerprint: bytes
    status: int
    header_count: int
    packed: bytes
    kept_at: datetime
    lifetime: timedelta

    @property
    def headers(self) -> tuple[tuple[bytes, bytes], ...]:
        """The answer's headers."""
        lines = self._lines()
        return tuple(zip(lines[:-1:2], lines[1:-1:2], strict=True))

    @property
    def body(self) -> bytes:
        """The answer's body."""
        return self._lines()[-1]

    @property
    def expires_at(self) -> datetime:
        """When the key may be used anew."""
        return self.kept_at + self.lifetime

    def _lines(self) -> list[bytes]:
        return self.packed.split(b"\n", 2 * self.header_count)
