"""What customers are told: which event, its data, the envelope, the signature and the retries.

Source: Arowana documentation, "Webhooks" (overview, verify requests, retries, the catalogue of events) and the seed,
read 2026-11. Assumed: waits without jitter, no header beside the signature but the content type and the agent.
"""

import hmac
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime

import msgspec

from emulator.core.errors import Json
from emulator.core.ids import Ids
from emulator.core.moments import iso_seconds
from emulator.core.outbox import Announcement, SignedHeaders, WebhookRules
from emulator.core.records import (
    Account,
    Event,
    InboundMessage,
    Message,
    Recipient,
    WebhookEndpoint,
    WebhookEvent,
)
from emulator.dialects.arowana.statuses import bounce_of, failure_of, is_hard
from emulator.dialects.arowana.user_messages import user_message
from emulator.dialects.arowana.vocabulary import (
    API,
    EMAIL,
    MAIL_EVENTS,
    MESSAGE_EVENTS,
    RCS,
    USER_AGENT,
    WEBHOOK_TIMEOUT,
    WEBHOOK_WAITS,
)
from emulator.gateway import telling
from emulator.gateway.world import World

Data = dict[str, Json]

STARTED = "conversation.started"

_encode = msgspec.json.Encoder().encode


def announce(world: World, message: Message, recipient: Recipient, event: Event) -> Iterable[Announcement]:
    """What is told of an event of a message. A notice of the platform itself is nobody's business."""
    name = (MAIL_EVENTS if message.channel is EMAIL else MESSAGE_EVENTS).get(event.type)
    if name is None or message.contact_id is None or not world.store.endpoints_by_account.ids(message.account_id):
        return ()
    return _announcements(world, message.account_id, name, event.at, lambda: _DATA[name](message, recipient, event))


def announce_inbound(world: World, message: InboundMessage) -> Iterable[Announcement]:
    """A person's reply: told each time, with the moment until which the session now goes on."""
    session = world.store.conversations[message.conversation_id or ""]
    assert session.expires_at is not None
    data: Data = {
        "agent_id": message.recipient,
        "from": message.sender,
        "session_expires_at": iso_seconds(session.expires_at),
        "user_message": user_message(message),
    }
    return _announcements(world, message.account_id, STARTED, message.created_at, lambda: data)


def announce_account_event(world: World, account: Account, event_name: str, data: Mapping[str, Json]) -> None:
    """Tell a workspace what concerns no message: a consent, an agent, the balance, the end of a session.

    `data` is the event's `data`; the envelope is made here.
    """
    announcements = _announcements(world, account.id, event_name, world.clock.now, lambda: dict(data))
    telling.enqueue_all(world, announcements, api=API, account_id=account.id)


def make_announcement(world: World, endpoint: WebhookEndpoint, name: str, data: Data) -> Announcement:
    """One event for one endpoint, whatever it subscribed to."""
    return _announcement(endpoint, name, *_envelope(world, name, world.clock.now, data))


def _announcements(
    world: World, account_id: str, name: str, at: datetime, data: Callable[[], Data]
) -> tuple[Announcement, ...]:
    """One announcement for each endpoint that wants the event; all have the same id and the same bytes."""
    wanted = [each for each in world.store.endpoints_by_account.get(account_id) if _wants(each, name)]
    if not wanted:
        return ()
    id, body = _envelope(world, name, at, data())
    return tuple(_announcement(endpoint, name, id, body) for endpoint in wanted)


def _wants(endpoint: WebhookEndpoint, name: str) -> bool:
    return endpoint.status == "active" and (not endpoint.event_types or name in endpoint.event_types)


def _envelope(world: World, name: str, at: datetime, data: Data) -> tuple[str, bytes]:
    id = f"evt_{world.ids.hex('event', 32)}"
    return id, _encode({"id": id, "event": name, "timestamp": iso_seconds(at), "data": data})


def _announcement(endpoint: WebhookEndpoint, name: str, id: str, body: bytes) -> Announcement:
    return Announcement(name, body, endpoint.url, endpoint, wire_id=id)


def _sender(message: Message) -> Data:
    """The agent of an RCS message; the channel of any other."""
    if message.channel is RCS:
        return {"agent_id": message.sender}
    return {"channel_id": message.extras["channel_id"]}


def _delivered(message: Message, recipient: Recipient, event: Event) -> Data:
    return {
        "message_id": message.id,
        **_sender(message),
        "to": recipient.address,
        "status": "delivered",
        "delivered_at": iso_seconds(event.at),
    }


def _read(message: Message, recipient: Recipient, event: Event) -> Data:
    return {
        "message_id": message.id,
        **_sender(message),
        "to": recipient.address,
        "status": "read",
        "read_at": iso_seconds(event.at),
    }


def _failed(message: Message, recipient: Recipient, event: Event) -> Data:
    return {
        "message_id": message.id,
        **_sender(message),
        "to": recipient.address,
        "status": "failed",
        "failed_at": iso_seconds(event.at),
        "failure_reason": failure_of(message.channel, event).code,
    }


def _expired(message: Message, recipient: Recipient, event: Event) -> Data:
    return {
        "message_id": message.id,
        **_sender(message),
        "to": recipient.address,
        "status": "expired",
        "expired_at": iso_seconds(event.at),
    }


def _revoked(message: Message, _recipient: Recipient, event: Event) -> Data:
    return {"message_id": message.id, **_sender(message), "revoked_at": iso_seconds(event.at)}


def _mail(message: Message, recipient: Recipient) -> Data:
    return {"message_id": message.id, "channel_id": message.extras["channel_id"], "to": recipient.address}


def _mail_delivered(message: Message, recipient: Recipient, event: Event) -> Data:
    return {
        **_mail(message, recipient),
        "subject": message.content.subject or "",
        "delivered_at": iso_seconds(event.at),
    }


def _mail_bounced(message: Message, recipient: Recipient, event: Event) -> Data:
    bounce = bounce_of(event)
    return {
        **_mail(message, recipient),
        "bounce_type": "hard" if is_hard(event) else "soft",
        "bounce_code": bounce.code,
        "bounce_message": bounce.text,
        "bounced_at": iso_seconds(event.at),
    }


def _mail_clicked(message: Message, recipient: Recipient, event: Event) -> Data:
    return {**_mail(message, recipient), "url": event.url or "", "clicked_at": iso_seconds(event.at)}


def _mail_noted(name: str) -> Callable[[Message, Recipient, Event], Data]:
    return lambda message, recipient, event: {**_mail(message, recipient), name: iso_seconds(event.at)}


_DATA: Mapping[str, Callable[[Message, Recipient, Event], Data]] = {
    "message.delivered": _delivered,
    "message.read": _read,
    "message.failed": _failed,
    "message.expired": _expired,
    "message.revoked": _revoked,
    "email.delivered": _mail_delivered,
    "email.bounced": _mail_bounced,
    "email.opened": _mail_noted("opened_at"),
    "email.clicked": _mail_clicked,
    "email.complained": _mail_noted("complained_at"),
    "email.unsubscribed": _mail_noted("unsubscribed_at"),
}


def signature(secret: str, body: bytes) -> str:
    """`sha256=` and the hexadecimal HMAC-SHA256 of the raw body; the whole secret, prefix included, is the key."""
    return "sha256=" + hmac.digest(secret.encode(), body, "sha256").hex()


def signed(_headers: Mapping[str, str], body: bytes, _url: str) -> bytes:
    """What a post's signature covers: the raw body, with nothing before it."""
    return body


def new_secret(ids: Ids) -> str:
    """A signing secret, with the prefix that the API's own have."""
    return f"whsec_{ids.secret('webhook secret', 32)}"


def sign(event: WebhookEvent, endpoint: WebhookEndpoint | None, _at: datetime) -> SignedHeaders:
    """The headers of one attempt. No time is signed: they are the same each time, unless the secret was changed."""
    secret = endpoint.secret if endpoint is not None else ""
    return (
        ("Content-Type", "application/json"),
        ("User-Agent", USER_AGENT),
        ("X-Arowana-Signature", signature(secret, event.body)),
    )


def verify(headers: Mapping[str, str], body: bytes, _url: str, secret: str) -> bool:
    """Whether a post's signature holds, as a receiver would find out."""
    return hmac.compare_digest(signature(secret, body).encode(), headers.get("x-arowana-signature", "").encode())


RULES = WebhookRules(
    schedule=WEBHOOK_WAITS, timeout=WEBHOOK_TIMEOUT, sign=sign, verify=verify, signed=signed, new_secret=new_secret
)
