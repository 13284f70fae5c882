"""Figures of what was sent in a span of time."""

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime, time

from emulator.core.errors import FieldProblem, InvalidFields, Json
from emulator.core.moments import iso_seconds
from emulator.core.records import EventType, Message, Record, Status
from emulator.core.store import Store
from emulator.dialects.tripdesk import statuses
from emulator.dialects.tripdesk.queries import moment_of
from emulator.dialects.tripdesk.render import money, refund_of
from emulator.server.dialect import Call, Handler, Reply, json_reply

_DELIVERED = frozenset({Status.DELIVERED, Status.READ})
_DAY_ENDS = time(23, 59, 59)


class Figures(Record, frozen=True, kw_only=True):
    """How many messages, what became of them, and what they cost."""

    messages: int
    sent: int
    delivered: int
    failed: int
    bounced: int
    cost_micros: int
    refunded_micros: int


def get_usage(call: Call) -> Reply:
    """The messages that were made in the span, counted as a whole and, if asked for, by channel or day."""
    store, now = call.world.store, call.now
    month = now.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    begins = moment_of(call, "from", of_day=time.min) or month
    ends = moment_of(call, "to", of_day=_DAY_ENDS) or now
    if begins > ends:
        raise InvalidFields([FieldProblem(("from",), "maximum", None, iso_seconds(ends), place="query")])
    messages = _between(store, store.messages_by_account.ids(call.owner.id), begins, ends)
    return json_reply(
        200,
        {
            "from": iso_seconds(begins),
            "to": iso_seconds(ends),
            "currency": call.owner.currency,
            "totals": _render(_count(store, messages)),
            "groups": _groups(store, messages, str(call.query.get("group_by"))),
        },
    )


def _between(store: Store, ids: Sequence[str], begins: datetime, ends: datetime) -> list[Message]:
    """The messages of a span, which includes the whole second that it ends with; `ids` are in order of time."""
    rows = store.messages.rows

    def second(id: str) -> datetime:
        return rows[id].created_at.replace(microsecond=0)

    first, last = bisect_left(ids, begins, key=second), bisect_right(ids, ends, key=second)
    return [rows[id] for id in ids[first:last]]


_KEYS: Mapping[str, Callable[[Message], str]] = {
    "channel": lambda message: message.channel.value,
    "day": lambda message: message.created_at.date().isoformat(),
}


def _groups(store: Store, messages: Iterable[Message], group_by: str) -> list[Json]:
    key_of = _KEYS.get(group_by)
    if key_of is None:
        return []
    groups: dict[str, list[Message]] = {}
    for message in messages:
        groups.setdefault(key_of(message), []).append(message)
    return [{"key": key, **_render(_count(store, group))} for key, group in groups.items()]


def _count(store: Store, messages: Sequence[Message]) -> Figures:
    recipients = [store.recipients[message.id] for message in messages]
    refunds = (refund_of(store, message) for message in messages)
    return Figures(
        messages=len(messages),
        sent=sum(statuses.first(each, EventType.SENT) is not None for each in recipients),
        delivered=sum(each.status in _DELIVERED for each in recipients),
        failed=sum(each.status in statuses.FAILURES for each in recipients),
        bounced=sum(each.status is Status.BOUNCED for each in recipients),
        cost_micros=sum(each.price_micros for each in recipients),
        refunded_micros=sum(entry.amount_micros for entry in refunds if entry is not None),
    )


def _render(figures: Figures) -> dict[str, Json]:
    return {
        "messages": figures.messages,
        "sent": figures.sent,
        "delivered": figures.delivered,
        "failed": figures.failed,
        "bounced": figures.bounced,
        "cost": money(figures.cost_micros),
        "refunded": money(figures.refunded_micros),
    }


HANDLERS: Mapping[str, Handler] = {"getUsage": get_usage}
