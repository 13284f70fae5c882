"""Records -> bodies; refusals -> the error envelope.

Source: Arowana documentation, "Messages" (get, list), "Errors" and the seed, read 2026-11.
"""

from collections.abc import Callable, Sequence
from functools import lru_cache
from math import ceil
from typing import TypeAlias, TypeVar

import msgspec
from msgspec import UNSET, UnsetType

from emulator.core.errors import (
    FieldProblem,
    Forbidden,
    InsufficientFunds,
    InvalidFields,
    Json,
    MessagingError,
    MethodNotAllowed,
    NotFound,
    RateLimited,
    StatusConflict,
    Unauthenticated,
)
from emulator.core.moments import iso_seconds
from emulator.core.paging import Page, newest_first
from emulator.core.pricing import MICROS
from emulator.core.records import InboundMessage, Message, Recipient, Record, WebhookEndpoint
from emulator.core.store import Store
from emulator.core.table import Table
from emulator.dialects.arowana import test_agent, user_messages
from emulator.dialects.arowana.money import Balance, balance_of, euros, render_balance
from emulator.dialects.arowana.parse import content_as_sent, content_type_of
from emulator.dialects.arowana.problems import BODY, details
from emulator.dialects.arowana.refusals import CAMPAIGN_COSTS, TEXTS, THINGS, Refusal, refusal_of
from emulator.dialects.arowana.sends import Accepted
from emulator.dialects.arowana.statuses import cause_of, cost_text, status_of, timeline, times_of
from emulator.dialects.arowana.vocabulary import (
    CHANNEL_WORDS,
    CONVERSATION,
    CONVERSATION_UNIT,
    EVENT_NAMES,
    MAU,
    RCS,
    TOPUP_URL,
    USUAL_PAGE,
)
from emulator.server.dialect import Call, RawHeaders, Reply, json_reply

Body: TypeAlias = dict[str, Json]
R = TypeVar("R", bound=Record)

_CAMPAIGNS = frozenset({"triggerCampaign", "resumeCampaign"})


def render_error(error: MessagingError, call: Call) -> Reply:
    """Say a refusal in the flat envelope of this API."""
    refusal = refusal_of(error)
    body: Body = {"error": refusal.code, "message": _sentence(error, refusal, call)}
    if refusal.has_details:
        body["details"] = _details(error, refusal)
    headers: RawHeaders = ()
    if isinstance(error, RateLimited):
        seconds = max(1, ceil(error.retry_after.total_seconds()))
        body["retry_after"] = seconds
        headers = ((b"retry-after", b"%d" % seconds),)
    elif isinstance(error, MethodNotAllowed):
        headers = ((b"allow", ", ".join(error.allow).encode()),)
    elif isinstance(error, InsufficientFunds):
        body |= _money(error, call)
    return json_reply(refusal.status, body, headers)


def _sentence(error: MessagingError, refusal: Refusal, call: Call) -> str:
    if isinstance(error, InsufficientFunds) and call.operation_id in _CAMPAIGNS:
        return CAMPAIGN_COSTS
    about = ""
    if isinstance(error, Unauthenticated):
        about = error.why
    elif isinstance(error, NotFound | StatusConflict):
        about = error.kind
    facts = {**vars(error), **(error.facts if isinstance(error, Forbidden) else {})}
    if isinstance(error, NotFound):
        facts["thing"] = THINGS.get(error.kind, error.kind.capitalize())
    return TEXTS.get((refusal.code, about)) or refusal.text.format_map(facts)


def _details(error: MessagingError, refusal: Refusal) -> list[Json]:
    if isinstance(error, InvalidFields):
        return [{"field": each.field, "message": each.message} for each in details(error.problems)]
    if not refusal.detail:
        return []
    facts = error.facts if isinstance(error, Forbidden) else vars(error)
    return [{"field": refusal.field or BODY, "message": refusal.detail.format_map(facts)}]


def _money(error: InsufficientFunds, call: Call) -> Body:
    balance = render_balance(call.world.store, call.account.id) if call.account is not None else _NOTHING
    return {"balance": balance, "required_amount": euros(error.needed_micros), "topup_url": TOPUP_URL}


_NOTHING: Body = {"free": 0.0, "reserved": 0.0, "total": 0.0}


class _TierUsed(msgspec.Struct, frozen=True, gc=False):
    """The tier that a message was sent in."""

    channel: str
    current: str
    volume_used: int


class _Billing(msgspec.Struct, frozen=True, gc=False):
    """What a send costs. The last two are there for the unit that they tell of."""

    channel: str
    message_type: str
    hold_amount: float
    message_price: float
    balance: Balance
    tier: _TierUsed
    in_session: bool | UnsetType = UNSET
    mau_charged: bool | UnsetType = UNSET


class AcceptedBody(msgspec.Struct, frozen=True, gc=False):
    """The answer to a send."""

    message_id: str
    status: str
    created_at: str
    billing: _Billing


# Sends that come together share their moment.
_second_of = lru_cache(maxsize=4)(iso_seconds)


def render_accepted(store: Store, accepted: Accepted) -> AcceptedBody:
    """The answer to a send. Volume and balance include it."""
    message, unit = accepted.message, accepted.unit
    channel, price = CHANNEL_WORDS[message.channel], accepted.hold_micros / MICROS
    billing = _Billing(
        channel,
        unit,
        price,
        price,
        balance_of(store, message.account_id),
        _TierUsed(channel, accepted.tier.name, accepted.volume),
        True if unit == CONVERSATION_UNIT else UNSET,
        accepted.pays if unit == MAU else UNSET,
    )
    return AcceptedBody(message.id, "queued", _second_of(message.created_at), billing)


def render_item(store: Store, entry: Message | InboundMessage) -> Body:
    """A message as lists show it: status in upper case, no content, no timeline."""
    if isinstance(entry, InboundMessage):
        return _inbound_item(store, entry)
    recipient = store.recipients[entry.id]
    return {
        "id": entry.id,
        "direction": "OUTBOUND",
        **_outbound_facts(entry),
        "status": status_of(entry, recipient).upper(),
        "cost": cost_text(recipient),
        **_times(recipient),
        "created_at": iso_seconds(entry.created_at),
    }


def _inbound_item(store: Store, entry: InboundMessage) -> Body:
    at = iso_seconds(entry.created_at)
    return {
        "id": entry.id,
        "direction": "INBOUND",
        **_inbound_facts(store, entry),
        "status": "DELIVERED",
        "cost": None,
        "sent_at": None,
        "delivered_at": at,
        "read_at": None,
        "created_at": at,
    }


def render_message(store: Store, entry: Message | InboundMessage) -> Body:
    """A message in full: the seed's members, and the reference page's beside them (assumed)."""
    if isinstance(entry, InboundMessage):
        return _inbound_message(store, entry)
    recipient = store.recipients[entry.id]
    cause = cause_of(entry, recipient)
    template = entry.extras.get("template")
    return {
        "message_id": entry.id,
        "id": entry.id,
        "status": status_of(entry, recipient),
        "direction": "OUTBOUND",
        **_with_agent(_outbound_facts(entry), entry.sender if entry.channel is RCS else None),
        "content": template if template is not None else content_as_sent(entry.content),
        "cost": cost_text(recipient),
        "error_code": cause.code if cause is not None else None,
        "error_message": cause.text if cause is not None else None,
        "created_at": iso_seconds(entry.created_at),
        **_times(recipient),
        "events": [{"type": word, "at": iso_seconds(at)} for word, at in timeline(entry, recipient)],
    }


def _inbound_message(store: Store, entry: InboundMessage) -> Body:
    at = iso_seconds(entry.created_at)
    return {
        "message_id": entry.id,
        "id": entry.id,
        "status": "delivered",
        "direction": "INBOUND",
        **_with_agent(_inbound_facts(store, entry), entry.recipient),
        "content": user_messages.user_message(entry),
        "cost": None,
        "error_code": None,
        "error_message": None,
        "created_at": at,
        "sent_at": None,
        "delivered_at": at,
        "read_at": None,
        "events": [{"type": "received", "at": at}, {"type": "delivered", "at": at}],
    }


def _with_agent(facts: Body, agent_id: str | None) -> Body:
    """The facts of a message with the agent beside the channel that stands for it."""
    return {"channel_id": facts["channel_id"], "agent_id": agent_id, **facts}


def _outbound_facts(message: Message) -> Body:
    extras = message.extras
    return {
        "channel_id": extras["channel_id"],
        "contact_id": message.contact_id,
        "campaign_id": extras.get("campaign_id"),
        "message_type": extras["message_type"],
        "content_type": content_type_of(message.content, template="template" in extras),
    }


def _inbound_facts(store: Store, message: InboundMessage) -> Body:
    return {
        "channel_id": channel_of_inbound(store, message),
        "contact_id": message.contact_id,
        "campaign_id": None,
        "message_type": CONVERSATION,
        "content_type": user_messages.content_type(message),
    }


def channel_of_inbound(store: Store, message: InboundMessage) -> str:
    """The channel that stands for the agent to whom a person wrote."""
    agent = store.resources.get(message.recipient)
    return str(agent.content["channel_id"]) if agent is not None else test_agent.CHANNEL_ID


def _times(recipient: Recipient) -> Body:
    times = times_of(recipient)
    return {name: None if at is None else iso_seconds(at) for name, at in times._asdict().items()}


def render_page(
    call: Call,
    name: str,
    table: Table[R],
    ids: Sequence[str],
    render: Callable[[R], Body],
    *,
    order: Callable[..., Page[R]] = newest_first,
) -> Reply:
    """The page of a group that the query's limit and cursor ask for, under a name; the envelope is assumed.

    Raises `InvalidFields` for a cursor that no page has given.
    """
    limit, cursor = call.query.get("limit"), call.query.get("cursor")
    try:
        page = order(
            table,
            ids,
            limit=int(limit) if isinstance(limit, int | float) else USUAL_PAGE,
            cursor=None if cursor is None else str(cursor),
        )
    except ValueError:
        raise InvalidFields([FieldProblem(("cursor",), "pattern", cursor, place="query")]) from None
    return json_reply(200, {name: [render(record) for record in page.records], "next_cursor": page.next_cursor})


def render_endpoint(endpoint: WebhookEndpoint) -> Body:
    """An endpoint, without its secret. One that was made elsewhere, for everything, names all events."""
    return {
        "id": endpoint.id,
        "url": endpoint.url,
        "events": list(endpoint.event_types or EVENT_NAMES),
        "status": endpoint.status.upper(),
        "created_at": iso_seconds(endpoint.created_at),
        "updated_at": endpoint.extras.get("updated_at") or iso_seconds(endpoint.created_at),
    }
