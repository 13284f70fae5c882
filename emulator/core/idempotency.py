"""The same request twice is done once.

A key is bound to the space that the dialect names (account, environment, path family). The first answer that the
dialect's rule keeps is remembered with a fingerprint of the request; the same request again gets that answer, byte
for byte, and another request with the key is refused. Keys expire on the virtual clock. A stretch is synchronous, so
two requests with one key cannot interleave: the second sees the first one's answer, or that it still waits for one.
"""

from datetime import datetime, timedelta
from hashlib import blake2b

import msgspec

from emulator.core.errors import IdempotencyKeyReused, Json, RequestInProgress
from emulator.core.records import RememberedReply
from emulator.core.store import Store

_canonical = msgspec.json.Encoder(order="deterministic").encode
_DIGEST = blake2b(digest_size=16)  # copied: that takes half the time of making one

IN_PROGRESS = 0
"""The status of a remembered reply whose call has not been answered yet."""


def fingerprint(body: Json, *more: bytes) -> bytes:
    """A digest of what must be equal for a request to be the same: the decoded body, and whatever else counts."""
    digest = _DIGEST.copy()
    digest.update(_canonical(body))
    for each in more:
        digest.update(each)
    return digest.digest()


def recall(store: Store, key: str, fingerprint: bytes, *, now: datetime) -> RememberedReply | None:
    """The remembered answer to this request, or None.

    Raises `IdempotencyKeyReused` for another payload, and `RequestInProgress` while the first call still waits.
    """
    remembered = store.remembered.get(key)
    if remembered is None:
        return None
    if remembered.expires_at <= now:
        store.remembered.delete(key)
        return None
    if remembered.fingerprint != fingerprint:
        raise IdempotencyKeyReused(key)
    if remembered.status == IN_PROGRESS:
        raise RequestInProgress(key)
    return remembered


def forget(store: Store, key: str) -> None:
    """Let a key be used anew: its call ended with an answer that is not kept."""
    if key in store.remembered:
        store.remembered.delete(key)


def remember(  # noqa: PLR0913 - the remembered answer is these facts
    store: Store,
    key: str,
    fingerprint: bytes,
    *,
    status: int,
    headers: tuple[tuple[bytes, bytes], ...],
    body: bytes,
    now: datetime,
    lifetime: timedelta,
) -> None:
    """Keep the first answer to a key, and forget the oldest ones that have expired. Headers have no line breaks."""
    rows = store.remembered.rows
    while rows and (oldest := next(iter(rows.values()))).expires_at <= now:
        store.remembered.delete(oldest.key)
    store.remembered.put(
        RememberedReply(
            key=key,
            fingerprint=fingerprint,
            status=status,
            header_count=len(headers),
            packed=b"\n".join((*[b"\n".join(header) for header in headers], body)),
            kept_at=now,
            lifetime=lifetime,
        )
    )
