"""Outbound webhooks: what tenants are told, how it is signed, and when it is tried again.

The vendor announces them as in development; so they are off unless a tenant has them switched on, and their form is
assumed after common practice.
"""

import hmac
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

import msgspec

from emulator.core.ids import Ids
from emulator.core.moments import iso_milliseconds, unix_seconds
from emulator.core.outbox import Announcement, SignedHeaders, WebhookRules
from emulator.core.records import Event, EventType, Message, Recipient, WebhookEndpoint, WebhookEvent
from emulator.dialects.raven.statuses import reason_text
from emulator.dialects.raven.vocabulary import ANNOUNCED, API, event_word
from emulator.gateway.world import World

SWITCH = "outbound_webhooks"

_encode = msgspec.json.Encoder().encode


def announce(world: World, message: Message, recipient: Recipient, event: Event) -> Iterable[Announcement]:
    """One announcement for each endpoint of the tenant that wants this event."""
    store = world.store
    if not store.endpoints_by_account.ids(message.account_id):
        return ()
    word = event_word(message.channel, event.type)
    if word not in ANNOUNCED or store.accounts[message.account_id].extras.get(SWITCH) is not True:
        return ()
    type = f"message.{word}"
    wanted = [each for each in store.endpoints_by_account.get(message.account_id) if _wants(each, type)]
    if not wanted:
        return ()
    id = world.ids.uuid("outbound event")
    body = _encode(_event_body(id, type, word, message, recipient, event))
    return tuple(Announcement(type, body, endpoint.url, endpoint, wire_id=id) for endpoint in wanted)


def _wants(endpoint: WebhookEndpoint, type: str) -> bool:
    return (
        endpoint.api == API
        and endpoint.status == "active"
        and (not endpoint.event_types or type in endpoint.event_types)
    )


def _event_body(
    id: str, type: str, word: str, message: Message, recipient: Recipient, event: Event
) -> dict[str, object]:
    return {
        "id": id,
        "type": type,
        "createdAt": iso_milliseconds(event.at),
        "tenantId": message.account_id,
        "data": {
            "messageId": message.id,
            "channel": message.channel,
            "to": recipient.address,
            "externalId": message.external_id,
            "status": word,
            "reason": _reason(word, message, recipient, event),
            "providerMessageId": recipient.provider_message_id,
        },
    }


def _reason(word: str, message: Message, recipient: Recipient, event: Event) -> str | None:
    if word == "bounced":
        return "hard_bounce" if event.hard and event.type is EventType.BOUNCED else "soft_bounce"
    if word == "suppressed":
        return recipient.suppression_reason
    if word == "failed":
        return reason_text(message, recipient, event)
    return None


def sign(event: WebhookEvent, endpoint: WebhookEndpoint | None, at: datetime) -> SignedHeaders:
    """The headers of one attempt. The signature covers the attempt's time and the raw body."""
    seconds = unix_seconds(at)
    secret = endpoint.secret if endpoint is not None else ""
    return (
        ("Content-Type", "application/json"),
        ("X-Raven-Event", event.type),
        ("X-Raven-Delivery", event.id),
        ("X-Raven-Signature", f"t={seconds},v1={signature(secret, seconds, event.body)}"),
    )


def signature(secret: str, seconds: int, body: bytes) -> str:
    """Hexadecimal HMAC-SHA256 of `<seconds>.<body>`; the whole secret, prefix included, is the key."""
    return hmac.digest(secret.encode(), _covered(seconds, body), "sha256").hex()


def _covered(seconds: int, body: bytes) -> bytes:
    return b"%d.%b" % (seconds, body)


def verify(headers: Mapping[str, str], body: bytes, _url: str, secret: str) -> bool:
    """Whether a post's signature holds, as a receiver would find out; how old it is, is the receiver's own choice."""
    seconds, given = _read(headers)
    return seconds is not None and hmac.compare_digest(signature(secret, seconds, body).encode(), given.encode())


def signed(headers: Mapping[str, str], body: bytes, _url: str) -> bytes:
    """What a post's signature covers: the time that it names, a dot, the raw body."""
    return _covered(_read(headers)[0] or 0, body)


def _read(headers: Mapping[str, str]) -> tuple[int | None, str]:
    """The time of a signature, None if it names none, and its hexadecimal part."""
    head, _, given = headers.get("x-raven-signature", "").partition(",v1=")
    seconds = head.removeprefix("t=")
    is_time = seconds.isascii() and seconds.isdigit() and len(seconds) <= _MOST_DIGITS
    return int(seconds) if is_time else None, given


def new_secret(ids: Ids) -> str:
    """A signing secret, with the prefix that the API's own have."""
    return f"whsec_{ids.secret('webhook secret', 32)}"


_MOST_DIGITS = 12


RULES = WebhookRules(
    schedule=(
        timedelta(seconds=30),
        timedelta(minutes=2),
        timedelta(minutes=10),
        timedelta(hours=1),
        timedelta(hours=6),
    ),
    timeout=timedelta(seconds=10),
    sign=sign,
    verify=verify,
    signed=signed,
    new_secret=new_secret,
)
