"""Rate limits on the world's clock: a sliding window, in sixty slices.

A slice is kept until its last request has left the window, so no window ever holds more than the limit, and it opens
again at most a sixtieth of the window late.
"""

from datetime import UTC, datetime, timedelta

import msgspec
from msgspec.structs import replace

from emulator.core.errors import RateLimited
from emulator.core.records import RateWindow
from emulator.core.store import Store

_SLICES = 60
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


class RateRule(msgspec.Struct, frozen=True, gc=False):
    """At most `limit` requests with one key in any `window`."""

    key: str
    limit: int
    window: timedelta


class RateState(msgspec.Struct, frozen=True, gc=False):
    """What the answer's headers tell: `remaining` of `limit`, and when the oldest requests leave the window."""

    limit: int
    remaining: int
    resets_at: datetime


def unlimited(rule: RateRule, *, now: datetime) -> RateState:
    """The state with limits off: remaining stays at the limit."""
    return RateState(rule.limit, rule.limit, now + rule.window)


def look(store: Store, rule: RateRule, *, now: datetime) -> RateState:
    """How the window stands, without counting anything."""
    window = store.rate_windows.get(rule.key) or RateWindow(key=rule.key, slices=(), total=0)
    window = _forget(window, (now - rule.window - _EPOCH) // _MICROSECOND)
    return RateState(rule.limit, max(0, rule.limit - window.total), _opens_at(window, rule, now))


def take(store: Store, rule: RateRule, *, now: datetime) -> RateState:
    """Count one request. Raises `RateLimited`, which counts nothing, when the window is full."""
    moment = (now - _EPOCH) // _MICROSECOND
    span = rule.window // _MICROSECOND
    window = store.rate_windows.get(rule.key) or RateWindow(key=rule.key, slices=(), total=0)
    window = _forget(window, moment - span)
    if window.total >= rule.limit:
        raise RateLimited(_opens_at(window, rule, now) - now, rule.limit)
    window = store.rate_windows.put(_count(window, moment, max(1, span // _SLICES)))
    return RateState(rule.limit, rule.limit - window.total, _opens_at(window, rule, now))


def _opens_at(window: RateWindow, rule: RateRule, now: datetime) -> datetime:
    oldest = _EPOCH + timedelta(microseconds=window.slices[0][0]) if window.slices else now
    return oldest + rule.window


def _forget(window: RateWindow, until: int) -> RateWindow:
    if not window.slices or window.slices[0][0] > until:
        return window
    kept = tuple(entry for entry in window.slices if entry[0] > until)
    return replace(window, slices=kept, total=sum(count for _, count in kept))


def _count(window: RateWindow, moment: int, width: int) -> RateWindow:
    slices, count = window.slices, 1
    if slices and slices[-1][0] // width == moment // width:
        count += slices[-1][1]
        slices = slices[:-1]
    return replace(window, slices=(*slices, (moment, count)), total=window.total + 1)
