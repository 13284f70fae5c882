"""Subscribers of an agent's newsletters: one newsletter a day, and one price a month.

What a subscriber had is a `Resource` of the kind `subscriber`; its content has the message of the `day` and the one
that paid for the `month`, each with the date. Days and months are UTC (assumed).
"""

from datetime import UTC, datetime, time, timedelta

from msgspec.structs import replace

from emulator.core.errors import Json
from emulator.core.records import Message, Resource
from emulator.core.store import Store
from emulator.dialects.arowana.refusals import DailyLimitReached
from emulator.gateway.world import World

KIND = "subscriber"


def check_daily_limit(store: Store, agent_id: str, phone: str, *, at: datetime) -> None:
    """Raises `DailyLimitReached` if the subscriber had the agent's newsletter of the day."""
    if _content(store, agent_id, phone).get("day") == _day(at):
        midnight = datetime.combine(at.date() + timedelta(days=1), time(), UTC)
        raise DailyLimitReached(midnight - at, 1)


def is_paid(store: Store, agent_id: str, phone: str, *, at: datetime) -> bool:
    """Whether the subscriber's month is paid for, or a message holds its price."""
    return _content(store, agent_id, phone).get("month") == _month(at)


def enter_message(world: World, message: Message, phone: str, *, pays: bool) -> None:
    """Note a newsletter that was accepted; `pays` if it holds the month's price."""
    agent_id, now = message.sender or "", world.clock.now
    changes: dict[str, Json] = {"day": _day(now), "day_message": message.id}
    if pays:
        changes |= {"month": _month(now), "month_message": message.id}
    _change(world, message.account_id, agent_id, phone, changes)


def note_failed(world: World, message: Message, phone: str, *, charged: bool) -> None:
    """A newsletter did not reach the subscriber: another may be sent today; unless it was charged, at its price."""
    content = _content(world.store, message.sender or "", phone)
    changes: dict[str, Json] = {}
    if content.get("day_message") == message.id:
        changes["day"] = None
    if content.get("month_message") == message.id and not charged:
        changes["month"] = None
    if changes:
        _change(world, message.account_id, message.sender or "", phone, changes)


def _content(store: Store, agent_id: str, phone: str) -> dict[str, Json]:
    known = store.resources.get(_id(agent_id, phone))
    return dict(known.content) if known is not None else {}


def _change(world: World, account_id: str, agent_id: str, phone: str, changes: dict[str, Json]) -> None:
    id = _id(agent_id, phone)
    known = world.store.resources.get(id) or Resource(
        id=id, account_id=account_id, kind=KIND, created_at=world.clock.now
    )
    world.store.resources.put(replace(known, content={**known.content, **changes}))


def _id(agent_id: str, phone: str) -> str:
    return f"subscriber-{agent_id}-{phone}"


def _day(at: datetime) -> str:
    return at.date().isoformat()


def _month(at: datetime) -> str:
    return at.date().isoformat()[:7]
