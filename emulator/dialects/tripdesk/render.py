"""Records -> bodies: messages, money, pages of lists."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from typing import TypeVar, cast

import msgspec

from emulator.core.errors import Json, MalformedRequest
from emulator.core.moments import iso_seconds
from emulator.core.paging import newest_first
from emulator.core.pricing import decimal_text
from emulator.core.records import EventType, InboundMessage, LedgerEntry, Message, Recipient, Record, Status
from emulator.core.store import Store
from emulator.core.table import Joined, Table
from emulator.dialects.tripdesk import gateways, statuses
from emulator.dialects.tripdesk.identifiers import id_at
from emulator.dialects.tripdesk.vocabulary import EVENT_WORDS, STATUS_WORDS
from emulator.gateway.world import World
from emulator.server.dialect import Call, Reply, json_reply

R = TypeVar("R", bound=Record)

USUAL_LIMIT = 25


# The same few prices come with each answer.
@lru_cache(maxsize=1024)
def money(micros: int) -> str:
    """An amount: a decimal text with three to six decimals."""
    return decimal_text(micros, places=3)


class Accepted(msgspec.Struct, frozen=True, gc=False):
    """The answer to a send: always these five members.

    Source: the vendor's page, read 2026-11.
    """

    id: str
    status: str
    channel: str
    cost_estimate: str
    created_at: str


def render_accepted(world: World, message: Message) -> Accepted:
    """The answer to the send that made a message."""
    cost = money(world.store.recipients.rows[message.id].price_micros)
    return Accepted(message.id, "queued", message.channel, cost, _written(message.created_at))


# Messages that come together share their moment.
@lru_cache(maxsize=4)
def _written(at: datetime) -> str:
    return iso_seconds(at)


def render_message(world: World, message: Message | InboundMessage) -> dict[str, Json]:
    """A message of either direction with its events."""
    if isinstance(message, InboundMessage):
        return _render_inbound(world.store, message)
    recipient, extras = world.store.recipients[message.id], message.extras
    templated = "template" in extras
    sent, delivered = (statuses.first(recipient, type) for type in (EventType.SENT, EventType.DELIVERED))
    moved = list(statuses.reached(recipient))
    failed = next((event for event in moved if EVENT_WORDS[event.type] == "failed"), None)
    return {
        "id": message.id,
        "status": STATUS_WORDS[recipient.status],
        "direction": "outbound",
        "channel": message.channel,
        "to": recipient.address,
        "from": message.sender,
        "template": extras.get("template"),
        "language": extras.get("language"),
        "variables": extras.get("variables", {}),
        "text": None if templated else message.content.text,
        "external_id": message.external_id,
        "metadata": extras.get("metadata", {}),
        "contact_id": message.contact_id,
        "conversation_id": message.conversation_id,
        "gateway_id": extras["gateway_id"],
        "provider_message_id": recipient.provider_message_id,
        "attempts": recipient.attempt,
        "retry_count": statuses.retry_count(recipient),
        "cost_estimate": money(recipient.price_micros),
        "cost": _cost(recipient),
        "currency": _currency(world.store, message.account_id),
        "refund": render_refund(world, message),
        "last_error": statuses.last_error(recipient),
        "bounce": statuses.bounce(recipient),
        "created_at": iso_seconds(message.created_at),
        "sent_at": iso_seconds(sent.at) if sent else None,
        "delivered_at": iso_seconds(delivered.at) if delivered else None,
        "failed_at": iso_seconds(failed.at) if failed else None,
        "events": [{"type": EVENT_WORDS[event.type], "at": iso_seconds(event.at)} for event in moved],
    }


def _render_inbound(store: Store, message: InboundMessage) -> dict[str, Json]:
    gateway = gateways.first_of(store, message.account_id, message.channel)
    at = iso_seconds(message.created_at)
    return {
        "id": message.id,
        "status": "delivered",
        "direction": "inbound",
        "channel": message.channel,
        "to": message.recipient or (gateway and gateways.sender_of(gateway)) or "",
        "from": message.sender,
        "template": None,
        "language": None,
        "variables": {},
        "text": message.text,
        "external_id": None,
        "metadata": {},
        "contact_id": message.contact_id,
        "conversation_id": message.conversation_id,
        "gateway_id": gateway.id if gateway else "",
        "provider_message_id": None,
        "attempts": 0,
        "retry_count": 0,
        "cost_estimate": "0.000",
        "cost": "0.000",
        "currency": _currency(store, message.account_id),
        "refund": None,
        "last_error": None,
        "bounce": None,
        "created_at": at,
        "sent_at": None,
        "delivered_at": at,
        "failed_at": None,
        "events": [{"type": "delivered", "at": at}],
    }


def _cost(recipient: Recipient) -> str | None:
    """What a message has cost: nothing yet before a provider took it, nothing after all if it failed."""
    if recipient.status in statuses.FAILURES:
        return money(0)
    if recipient.status in (Status.SCHEDULED, Status.QUEUED, Status.SENDING):
        return None
    return money(recipient.price_micros)


def _currency(store: Store, account_id: str) -> str:
    return store.accounts[account_id].currency


def refund_of(store: Store, message: Message) -> LedgerEntry | None:
    """The movement that gave a message's charge back, or None."""
    return store.refunds_by_subject.get(message.id)


def render_refund(world: World, message: Message) -> dict[str, Json] | None:
    """The refund of a message that failed, or None; one that cost nothing has none."""
    entry = refund_of(world.store, message)
    if entry is None:
        return None
    return {
        "transaction_id": transaction_id(world, entry),
        "amount": money(entry.amount_micros),
        "currency": _currency(world.store, message.account_id),
        "balance_after": money(entry.balance_micros),
    }


def transaction_id(world: World, entry: LedgerEntry) -> str:
    """The id of a movement of the wallet."""
    return id_at(world, "txn", int(entry.id.rpartition("-")[2]), entry.at)


def render_page(
    call: Call,
    table: Table[R] | Joined[R],
    ids: Sequence[str],
    render: Callable[[R], Mapping[str, Json]],
    *,
    keep: Callable[[R], bool] | None = None,
) -> Reply:
    """The page of a group that the query's limit and cursor ask for, newest first.

    Raises `MalformedRequest` for a cursor that no page has given.
    """
    limit, cursor = call.query.get("limit"), call.query.get("cursor")
    try:
        page = newest_first(
            table,
            ids,
            limit=cast("int", limit) if limit is not None else USUAL_LIMIT,
            cursor=None if cursor is None else str(cursor),
            keep=keep,
            of=call.operation_id,
        )
    except ValueError:
        raise MalformedRequest("cursor") from None
    return page_reply([render(record) for record in page.records], page.next_cursor)


def page_reply(data: Sequence[Mapping[str, Json]], next_cursor: str | None) -> Reply:
    """A page of a list."""
    return json_reply(200, {"data": data, "next_cursor": next_cursor})
