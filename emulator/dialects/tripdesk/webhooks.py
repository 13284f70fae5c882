"""Webhooks: what tenants are told, how it is signed, and when it is tried again.

Source: the vendor's page, read 2026-11, for four of the six types, what fires them and what `data` must hold; "signed
and verifiable" stands in its public version. Names of the other two, envelope, signature and schedule are assumed.
"""

import hmac
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

import msgspec

from emulator.core.errors import Json
from emulator.core.ids import Ids, derived_base32
from emulator.core.moments import iso_seconds, unix_seconds
from emulator.core.outbox import Announcement, SignedHeaders, WebhookRules
from emulator.core.records import (
    Contact,
    Conversation,
    Event,
    EventType,
    InboundMessage,
    Message,
    Recipient,
    Status,
    User,
    WebhookEndpoint,
    WebhookEvent,
)
from emulator.dialects.tripdesk import render, statuses
from emulator.dialects.tripdesk.identifiers import new_id
from emulator.dialects.tripdesk.vocabulary import API, GATEWAYS
from emulator.gateway.world import World

EVENT_TYPES = (
    "message.sent",
    "message.delivered",
    "message.failed",
    "message.bounced",
    "conversation.assigned",
    "contact.matched",
)

_TYPES: Mapping[EventType, str] = {
    EventType.SENT: "message.sent",
    EventType.DELIVERED: "message.delivered",
    EventType.FAILED: "message.failed",
    EventType.EXPIRED: "message.failed",
    EventType.BOUNCED: "message.bounced",
}
_ENDS: Mapping[str, frozenset[Status]] = {
    "message.failed": statuses.FAILURES,
    "message.bounced": frozenset({Status.BOUNCED}),
}
"""What is told only if the message really ended so: a failure that comes too late changes nothing."""

_encode = msgspec.json.Encoder().encode


def announce(world: World, message: Message, recipient: Recipient, event: Event) -> Iterable[Announcement]:
    """What an event of a message tells, once for each endpoint that wants it."""
    type = _TYPES.get(event.type)
    if type is None or (type in _ENDS and recipient.status not in _ENDS[type]):
        return ()
    if not world.store.endpoints_by_account.ids(message.account_id):
        return ()  # as for most messages; the rest is slower
    wanted = _endpoints(world, message.account_id, type)
    if not wanted:
        return ()
    return _told(world, wanted, type, event.at, message.account_id, _DATA[type](world, message, recipient, event))


def tell_assigned(
    world: World, conversation: Conversation, agent: User, *, previous: str | None, by: str | None
) -> Iterable[Announcement]:
    """An agent was given a conversation."""
    type, now = "conversation.assigned", world.clock.now
    wanted = _endpoints(world, conversation.account_id, type)
    if not wanted:
        return ()
    data: dict[str, Json] = {
        "conversation_id": conversation.id,
        "contact_id": conversation.contact_id,
        "channel": conversation.channel.value,
        "agent": {"id": agent.id, "name": agent.name, "email": agent.email},
        "previous_agent_id": previous,
        "assigned_by": by,
        "assigned_at": iso_seconds(now),
    }
    return _told(world, wanted, type, now, conversation.account_id, data)


def tell_matched(world: World, message: InboundMessage, contact: Contact) -> Iterable[Announcement]:
    """A person's message named the external id of a contact."""
    type = "contact.matched"
    wanted = _endpoints(world, message.account_id, type)
    if not wanted:
        return ()
    data: dict[str, Json] = {
        "contact_id": contact.id,
        "external_id": contact.external_id,
        "conversation_id": message.conversation_id,
        "message_id": message.id,
        "channel": message.channel.value,
        "from": message.sender,
        "matched_at": iso_seconds(message.created_at),
    }
    return _told(world, wanted, type, message.created_at, message.account_id, data)


def _endpoints(world: World, account_id: str, type: str) -> list[WebhookEndpoint]:
    return [
        each
        for each in world.store.endpoints_by_account.get(account_id)
        if each.status == "active" and (not each.event_types or type in each.event_types)
    ]


def _told(
    world: World,
    endpoints: list[WebhookEndpoint],
    type: str,
    at: datetime,
    tenant_id: str,
    data: Mapping[str, Json],
) -> Iterable[Announcement]:
    id = new_id(world, "evt")
    body = _encode({"id": id, "type": type, "created_at": iso_seconds(at), "tenant_id": tenant_id, "data": data})
    return tuple(Announcement(type, body, each.url, each, wire_id=id) for each in endpoints)


def _subject(message: Message, recipient: Recipient) -> dict[str, Json]:
    return {
        "message_id": message.id,
        "channel": message.channel.value,
        "to": recipient.address,
        "external_id": message.external_id,
    }


def _sent(_: World, message: Message, recipient: Recipient, _event: Event) -> dict[str, Json]:
    return {
        **_subject(message, recipient),
        "provider": {
            "gateway_id": message.extras["gateway_id"],
            "message_id": recipient.provider_message_id,
            "status": GATEWAYS[message.channel].accepted,
        },
    }


def _delivered(_: World, message: Message, recipient: Recipient, event: Event) -> dict[str, Json]:
    return {
        **_subject(message, recipient),
        "provider_message_id": recipient.provider_message_id,
        "delivered_at": iso_seconds(event.at),
    }


def _failed(world: World, message: Message, recipient: Recipient, _: Event) -> dict[str, Json]:
    return {
        **_subject(message, recipient),
        "last_error": statuses.last_error(recipient),
        "retry_count": statuses.retry_count(recipient),
        "refund": render.render_refund(world, message),
    }


def _bounced(_: World, message: Message, recipient: Recipient, _event: Event) -> dict[str, Json]:
    return {
        "message_id": message.id,
        "to": recipient.address,
        "external_id": message.external_id,
        "bounce": statuses.bounce(recipient),
    }


_DATA = {
    "message.sent": _sent,
    "message.delivered": _delivered,
    "message.failed": _failed,
    "message.bounced": _bounced,
}


def sign(event: WebhookEvent, endpoint: WebhookEndpoint | None, at: datetime) -> SignedHeaders:
    """The headers of one attempt. The signature covers the attempt's time and the raw body."""
    seconds = unix_seconds(at)
    secret = endpoint.secret if endpoint is not None else ""
    return (
        ("Content-Type", "application/json"),
        ("X-TripDesk-Event", event.type),
        ("X-TripDesk-Delivery", f"dlv_{derived_base32(API, 'dlv', event.id)}"),
        ("X-TripDesk-Timestamp", str(seconds)),
        ("X-TripDesk-Signature", f"v1={signature(secret, seconds, event.body)}"),
    )


def signature(secret: str, seconds: int, body: bytes) -> str:
    """Hexadecimal HMAC-SHA256 of `<seconds>.<body>`; the whole secret, prefix included, is the key."""
    return hmac.digest(secret.encode(), _covered(seconds, body), "sha256").hex()


def _covered(seconds: int, body: bytes) -> bytes:
    return b"%d.%b" % (seconds, body)


def verify(headers: Mapping[str, str], body: bytes, _url: str, secret: str) -> bool:
    """Whether a post's signature holds, as a receiver would find out; how old it is, is the receiver's own choice."""
    seconds = _time_of(headers)
    if seconds is None:
        return False
    expected = f"v1={signature(secret, seconds, body)}"
    return hmac.compare_digest(expected.encode(), headers.get("x-tripdesk-signature", "").encode())


def signed(headers: Mapping[str, str], body: bytes, _url: str) -> bytes:
    """What a post's signature covers: the time that its header names, a dot, the raw body."""
    return _covered(_time_of(headers) or 0, body)


def _time_of(headers: Mapping[str, str]) -> int | None:
    seconds = headers.get("x-tripdesk-timestamp", "")
    return int(seconds) if seconds.isascii() and seconds.isdigit() and len(seconds) <= _MOST_DIGITS else None


def new_secret(ids: Ids) -> str:
    """A signing secret. Its prefix is assumed."""
    return f"whsec_{ids.secret('webhook secret', 32)}"


_MOST_DIGITS = 12


RULES = WebhookRules(
    schedule=(
        timedelta(minutes=1),
        timedelta(minutes=5),
        timedelta(minutes=30),
        timedelta(hours=2),
        timedelta(hours=6),
        timedelta(hours=24),
    ),
    timeout=timedelta(seconds=10),
    sign=sign,
    verify=verify,
    signed=signed,
    new_secret=new_secret,
)
