"""The filters of message lists: each names a fact of a message, and the values that are wanted.

Filters are combined with "and", the values of one with "or".
"""

from bisect import bisect_left
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from types import MappingProxyType
from typing import TypeAlias

from emulator.core.errors import FieldProblem, InvalidFields, Json
from emulator.core.moments import read_moment
from emulator.core.records import InboundMessage, Message
from emulator.core.store import Store
from emulator.dialects.bird.channels import channel_at
from emulator.dialects.bird.countries import country_of
from emulator.dialects.bird.failures import failure_of
from emulator.dialects.bird.render import connector_of, inbound_body
from emulator.dialects.bird.statuses import current, recipients_of
from emulator.dialects.bird.vocabulary import DELIVERED, DELIVERY_FAILED, PLATFORM_OF_CHANNEL, REJECTED, SENDING_FAILED

Either: TypeAlias = Message | InboundMessage
Keep: TypeAlias = Callable[[Either], bool]
Facts: TypeAlias = Callable[[Store, Either], Iterable[Json]]

_FAILED = frozenset({REJECTED, SENDING_FAILED, DELIVERY_FAILED})


def messages_filter(store: Store, query: Mapping[str, Json]) -> Keep | None:
    """What a message must fulfil for a query; None if nothing is asked."""
    wanted = [(facts, _values(name, query[name])) for name, facts in _FACTS.items() if name in query]
    words = str(query.get("emailSubject", "")).lower().split()
    if not wanted and not words:
        return None

    def keep(message: Either) -> bool:
        if not all(any(fact in values for fact in facts(store, message)) for facts, values in wanted):
            return False
        return not words or _subject_has(message, words)

    return keep


def within(store: Store, ids: Sequence[str], query: Mapping[str, Json]) -> Sequence[str]:
    """The part of a list, oldest first, that was created from `startAt` on and before `endAt`.

    Raises `InvalidFields` for a moment that is in no calendar.
    """
    first, last = _moment(query, "startAt"), _moment(query, "endAt")
    if first is None and last is None:
        return ids
    rows = store.log.rows

    def created_at(id: str) -> datetime:
        return rows[id].created_at

    low = 0 if first is None else bisect_left(ids, first, key=created_at)
    high = len(ids) if last is None else bisect_left(ids, last, key=created_at)
    return ids[low:high]


def _moment(query: Mapping[str, Json], name: str) -> datetime | None:
    text = query.get(name)
    if not isinstance(text, str):
        return None
    moment = read_moment(text)
    if moment is None:
        raise InvalidFields([FieldProblem((name,), "moment", text, place="query")])
    return moment


def _values(name: str, value: Json) -> frozenset[Json]:
    every = value if isinstance(value, list) else [value]
    if name in ("from", "to", "phonenumber"):
        return frozenset(_address(str(each)) for each in every)
    if name in ("tag", "countryCode"):
        return frozenset(str(each).lower() for each in every)
    return frozenset(each for each in every if not isinstance(each, list | dict))


def _address(text: str) -> str:
    """An address as it is compared. A space at the beginning is a bare plus."""
    return f"+{text[1:]}" if text.startswith(" ") else text.lower()


def _direction(_: Store, message: Either) -> Iterable[Json]:
    return ("incoming" if isinstance(message, InboundMessage) else "outgoing",)


def _status(store: Store, message: Either) -> Iterable[Json]:
    if isinstance(message, InboundMessage):
        return (DELIVERED,)
    return (current(message, recipients_of(store, message)).status,)


def _type(_: Store, message: Either) -> Iterable[Json]:
    if isinstance(message, InboundMessage):
        return (inbound_body(message)["type"],)
    body = message.extras.get("body")
    return (body["type"] if isinstance(body, dict) else "template",)


def _failure(store: Store, message: Either) -> Mapping[str, Json]:
    if isinstance(message, InboundMessage):
        return {}
    step = current(message, recipients_of(store, message))
    return failure_of(message, step.event).failure if step.status in _FAILED else {}


def _failure_code(store: Store, message: Either) -> Iterable[Json]:
    failure = _failure(store, message)
    return (failure["code"],) if failure else ()


def _failure_source(member: str) -> Facts:
    def facts(store: Store, message: Either) -> Iterable[Json]:
        source = _failure(store, message).get("source")
        return (source[member],) if isinstance(source, dict) else ()

    return facts


def _channel(store: Store, message: Either) -> Iterable[Json]:
    if isinstance(message, Message):
        return (message.extras["channel_id"],)
    channel = channel_at(store, message.account_id, message.channel, message.recipient)
    return (channel.id,) if channel is not None else ()


def _people(store: Store, message: Either) -> list[str]:
    """The addresses of the other party."""
    if isinstance(message, InboundMessage):
        return [message.sender]
    return [each.address for each in recipients_of(store, message)]


def _sender(_: Store, message: Either) -> Iterable[Json]:
    shown = message.sender if isinstance(message, InboundMessage) else connector_of(message)["identifierValue"]
    return (str(shown or "").lower(),)


def _receivers(store: Store, message: Either) -> Iterable[Json]:
    if isinstance(message, InboundMessage):
        return (message.recipient.lower(),)
    return [address.lower() for address in _people(store, message)]


def _phone_numbers(store: Store, message: Either) -> Iterable[Json]:
    return _people(store, message)


def _countries(store: Store, message: Either) -> Iterable[Json]:
    return [country.lower() for each in _people(store, message) if (country := country_of(each)) is not None]


def _extra(name: str) -> Facts:
    def facts(_: Store, message: Either) -> Iterable[Json]:
        value = message.extras.get(name) if isinstance(message, Message) else None
        return value if isinstance(value, list) else (value,)

    return facts


def _navigator(_: Store, message: Either) -> Iterable[Json]:
    meta = message.extras.get("meta") if isinstance(message, Message) else None
    return (meta.get("navigatorId"),) if isinstance(meta, dict) else ()


def _id(_: Store, message: Either) -> Iterable[Json]:
    return (message.id,)


def _platform(_: Store, message: Either) -> Iterable[Json]:
    return (PLATFORM_OF_CHANNEL[message.channel],)


_FACTS: Mapping[str, Facts] = MappingProxyType(
    {
        # Cheap ones first: a page is long when few messages pass.
        "id": _id,
        "direction": _direction,
        "channelId": _channel,
        "platform": _platform,
        "batchId": _extra("batch_id"),
        "tag": _extra("tags"),
        "navigatorId": _navigator,
        "messageType": _type,
        "from": _sender,
        "to": _receivers,
        "phonenumber": _phone_numbers,
        "countryCode": _countries,
        "status": _status,
        "failureCode": _failure_code,
        "failureSourceCode": _failure_source("code"),
        "failureSourceName": _failure_source("name"),
    }
)
"""What each query parameter compares."""


def _subject_has(message: Either, words: Iterable[str]) -> bool:
    subject = message.content.subject if isinstance(message, Message) else None
    return subject is not None and all(word in subject.lower() for word in words)
