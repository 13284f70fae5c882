"""What a workspace sent in a span of time, by channel and billing unit, and what it was charged for."""

from bisect import bisect_left, bisect_right
from collections.abc import Mapping
from datetime import datetime
from typing import NamedTuple

from emulator.core.errors import Json
from emulator.core.moments import read_moment
from emulator.core.records import Channel, Message
from emulator.core.store import Store
from emulator.dialects.arowana.money import euros
from emulator.dialects.arowana.vocabulary import CHANNEL_WORDS, SHARED_UNITS, UNITS


class Period(NamedTuple):
    """A span of time; both ends belong to it."""

    start: datetime
    end: datetime


def period_of(query: Mapping[str, Json], now: datetime) -> Period:
    """The span that a query asks for: by default from the beginning of the month until now."""
    start, end = (read_moment(str(query[name])) if name in query else None for name in ("from", "to"))
    return Period(start or now.replace(day=1, hour=0, minute=0, second=0, microsecond=0), end or now)


def count(store: Store, account_id: str, period: Period) -> dict[Channel, dict[str, Json]]:
    """Units and cost in euros, by channel, of the messages that were accepted in a span."""
    units: dict[Channel, dict[str, int]] = {channel: dict.fromkeys(UNITS, 0) for channel in CHANNEL_WORDS}
    micros = dict.fromkeys(CHANNEL_WORDS, 0)
    ids = store.messages_by_account.ids(account_id)

    def accepted_at(id: str) -> datetime:
        # Callers know whole seconds only.
        return store.messages[id].created_at.replace(microsecond=0)

    for id in ids[bisect_left(ids, period.start, key=accepted_at) : bisect_right(ids, period.end, key=accepted_at)]:
        message, recipient = store.messages[id], store.recipients[id]
        unit = _unit(message)
        if unit is not None and (unit not in SHARED_UNITS or recipient.price_micros):
            units[message.channel][unit] += 1
        micros[message.channel] += recipient.charged_micros
    return {channel: {**counts, "cost": euros(micros[channel])} for channel, counts in units.items()}


def _unit(message: Message) -> str | None:
    """What a message counts as; None for what is not counted, such as a message of the sandbox."""
    unit = message.extras.get("unit")
    return unit if isinstance(unit, str) and "free" not in message.extras else None
