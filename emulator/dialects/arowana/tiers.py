"""Volume tiers and prices: each channel of a workspace has a volume of the month, a tier by it, and prices by the tier.

How a channel stands is a `Resource` of the kind `tier`; its content has the `month`, its `volume`, the place of the
`tier` and for how many months in a row the volume was `below` it.

Source: Arowana documentation, "Billing, RCS", read 2026-11: an upgrade comes at once and holds from the next message, a
downgrade after three months below, the volume begins anew each month (assumed). Numbers are in `vocabulary`.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from math import inf
from typing import Any

import msgspec

from emulator.core.errors import Json
from emulator.core.records import Account, Channel, Resource
from emulator.core.store import Store
from emulator.dialects.arowana.money import micros_of
from emulator.dialects.arowana.vocabulary import (
    CHANNEL_WORDS,
    MONTHS_BEFORE_DOWNGRADE,
    PRICES_MICROS,
    TIERS,
    Tier,
)
from emulator.gateway.world import World

KIND = "tier"

_STEP_MICROS = 100  # prices have four decimals
_LAST = len(TIERS) - 1
# From which volume on the next tier holds, by the tier's place; nothing comes after the last.
_ENDS: Sequence[float] = (*(tier.from_volume for tier in TIERS[1:]), inf)


class Standing(msgspec.Struct, frozen=True, gc=False):
    """How a channel stands: the place of its tier in `TIERS`, and the volume of the month."""

    place: int
    volume: int
    month: int
    below: int = 0

    @property
    def tier(self) -> Tier:
        """The tier."""
        return TIERS[self.place]

    @property
    def next_threshold(self) -> int | None:
        """From which volume on the next tier holds; None in the last."""
        return TIERS[self.place + 1].from_volume if self.place < _LAST else None


def standing(store: Store, account_id: str, channel: Channel, *, at: datetime) -> Standing:
    """How a channel stands at a moment. Reading changes nothing: months that have passed are reckoned with."""
    known, month = store.resources.rows.get(_id(account_id, channel)), _month(at)
    if known is None:
        return Standing(0, 0, month)
    content: Mapping[str, Any] = known.content
    # Within its month it is what was written.
    if content["month"] == month:
        return Standing(content["tier"], content["volume"], month, content["below"])
    return _reckoned(content, month)


def _reckoned(content: Mapping[str, Any], month: int) -> Standing:
    state = Standing(content["tier"], content["volume"], content["month"], content["below"])
    # Twelve quiet months lead to the first tier, so no more need be reckoned.
    if month - state.month > 12:
        return Standing(0, 0, month)
    while state.month < month:
        state = _next_month(state)
    return state


def _next_month(state: Standing) -> Standing:
    below = state.below + 1 if state.volume < state.tier.from_volume else 0
    if below == MONTHS_BEFORE_DOWNGRADE:
        return Standing(state.place - 1, 0, state.month + 1)
    return Standing(state.place, 0, state.month + 1, below)


def count(world: World, account_id: str, channel: Channel, before: Standing) -> int:
    """Count one message, given how the channel stands; gives the volume. A tier that is reached holds from the next."""
    place, volume = before.place, before.volume + 1
    while volume >= _ENDS[place]:
        place += 1
    put(world, account_id, channel, {"tier": place, "volume": volume, "month": before.month, "below": before.below})
    return volume


def put(world: World, account_id: str, channel: Channel, content: Mapping[str, Json]) -> None:
    """Set how a channel stands."""
    id, now = _id(account_id, channel), world.clock.now
    world.store.resources.put(Resource(id=id, account_id=account_id, kind=KIND, created_at=now, content=content))


def set_volume(world: World, account_id: str, channel: Channel, volume: int, place: int | None = None) -> None:
    """Set the volume of the month, and the tier; without one, the one that the volume asks for."""
    wanted = place_of_volume(volume) if place is None else place
    month = _month(world.clock.now)
    put(world, account_id, channel, {"tier": wanted, "volume": volume, "month": month, "below": 0})


def place_of_volume(volume: int) -> int:
    """The place in `TIERS` of the highest tier that a volume reaches."""
    place = _LAST
    while volume < TIERS[place].from_volume:
        place -= 1
    return place


def place_of_name(name: str) -> int:
    """The place in `TIERS` of a tier. Raises `ValueError`."""
    return [tier.name for tier in TIERS].index(name)


def sends_per_minute(store: Store, account_id: str, *, at: datetime) -> int:
    """How many sends a minute a workspace may make: by the best of its channels.

    The limit counts before the body is read, and only the body tells the channel.
    """
    month, place = _month(at), 0
    for id in store.resources_by_kind.ids((account_id, KIND)):
        content: Mapping[str, Any] = store.resources.rows[id].content
        # As in `standing`; most channels that are sent on have a volume of this month.
        its_place: int = content["tier"] if content["month"] == month else _reckoned(content, month).place
        place = max(place, its_place)
    return TIERS[place].sends_per_minute


def price_micros(account: Account, channel: Channel, unit: str, tier: Tier) -> int:
    """What a unit costs in a tier: of the workspace's own price list, else of the usual one; rounded half up."""
    if "prices" in account.extras:
        own = _own_price(account.extras["prices"], channel, unit)
        if own is not None:
            return _in_tier(own, tier)
    return _PRICES_MICROS[tier.name][channel][unit]


def _in_tier(micros: int, tier: Tier) -> int:
    return (micros * tier.percent + 50 * _STEP_MICROS) // (100 * _STEP_MICROS) * _STEP_MICROS


# The usual price list, by the tier's name.
_PRICES_MICROS: Mapping[str, Mapping[Channel, Mapping[str, int]]] = {
    tier.name: {
        channel: {unit: _in_tier(micros, tier) for unit, micros in prices.items()}
        for channel, prices in PRICES_MICROS.items()
    }
    for tier in TIERS
}


def _own_price(prices: Json, channel: Channel, unit: str) -> int | None:
    of_channel = prices.get(CHANNEL_WORDS[channel]) if isinstance(prices, dict) else None
    price = of_channel.get(unit) if isinstance(of_channel, dict) else None
    return micros_of(price) if isinstance(price, int | float) else None


# With each send a text of the same few.
@lru_cache(maxsize=1024)
def _id(account_id: str, channel: Channel) -> str:
    return f"tier-{account_id}-{channel}"


# Sends that come together share their moment.
@lru_cache(maxsize=4)
def _month(at: datetime) -> int:
    """Months since the year 0."""
    return at.year * 12 + at.month - 1
