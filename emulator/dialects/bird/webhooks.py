"""What customers are told: subscriptions, the events that they match, the signature, and when it is tried again."""

import hmac
from base64 import b64encode
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from hashlib import sha256
from itertools import chain

import msgspec

from emulator.core.errors import Json
from emulator.core.moments import unix_seconds
from emulator.core.outbox import Announcement, SignedHeaders, WebhookRules
from emulator.core.records import Event, InboundMessage, Message, Recipient, Resource, WebhookEndpoint, WebhookEvent
from emulator.core.store import Store
from emulator.dialects.bird.interactions import INTERACTIONS, interaction
from emulator.dialects.bird.render import render_inbound, render_message
from emulator.dialects.bird.statuses import Step, current, news, recipients_of
from emulator.dialects.bird.vocabulary import API, PLATFORM_OF_CHANNEL, PLATFORMS
from emulator.gateway import telling
from emulator.gateway.world import World

SERVICE = "channels"

_encode = msgspec.json.Encoder().encode


def announce(world: World, message: Message, recipient: Recipient, event: Event) -> Iterable[Announcement]:
    """Each status that the message comes to by an event, and what the recipient did."""
    # The usual account has no subscription, and is asked after with each event.
    if not world.store.endpoints_by_account.ids(message.account_id):
        return ()
    if event.type in INTERACTIONS:
        return _interaction(world, message, recipient)
    name = _heard(world.store, message, "outbound")
    if not name:
        return ()
    recipients = recipients_of(world.store, message)
    # A report that comes again is told again, with the bytes of the first.
    told = [current(message, recipients)] if event.repeats else news(message, recipients, recipient)
    return chain.from_iterable(_outbound(world, name, message, recipients, step) for step in told)


def announce_accepted(world: World, message: Message) -> None:
    """Tell of a message that was just accepted or scheduled."""
    if not world.store.endpoints_by_account.ids(message.account_id):
        return
    name = _heard(world.store, message, "outbound")
    if not name:
        return
    recipients = recipients_of(world.store, message)
    for announcement in _outbound(world, name, message, recipients, current(message, recipients)):
        telling.enqueue(
            world, announcement, api=API, account_id=message.account_id, message_id=message.id, recipient_id=message.id
        )


def announce_inbound(world: World, inbound: InboundMessage) -> Iterator[Announcement]:
    """What a person wrote."""
    payload = render_inbound(world.store, inbound)
    facts: dict[str, Json] = {"channelId": payload["channelId"], "platformId": payload["platformId"]}
    facts["messageStatus"] = payload["status"]
    name = event_name(str(payload["platformId"]), "inbound")
    yield from _announcements(world.store, inbound.account_id, name, payload, facts)


def announce_channel(world: World, channel: Resource, payload: Mapping[str, Json], event: str) -> None:
    """Tell that a channel was made or changed; `event` is `channel.created` or `channel.updated`."""
    facts: dict[str, Json] = {
        "channelId": channel.id,
        "platformId": channel.content["platformId"],
        "channelStatus": channel.content["status"],
    }
    announcements = _announcements(world.store, channel.account_id, event, payload, facts)
    telling.enqueue_all(world, announcements, api=API, account_id=channel.account_id)


def event_name(platform_id: str, kind: str) -> str:
    """`sms.outbound`; empty for a platform whose events have no published names."""
    short = PLATFORMS[platform_id].event
    return f"{short}.{kind}" if short else ""


def _outbound(
    world: World, name: str, message: Message, recipients: Sequence[Recipient], step: Step
) -> Iterator[Announcement]:
    payload = render_message(message, recipients, step)
    facts = {**_facts(message), "messageStatus": step.status}
    return _announcements(world.store, message.account_id, name, payload, facts, message.endpoint_url)


def _interaction(world: World, message: Message, recipient: Recipient) -> Iterable[Announcement]:
    name = _heard(world.store, message, "interaction")
    if not name:
        return ()
    payload = interaction(message, recipient, len(recipient.events) - 1)
    facts = {**_facts(message), "interactionType": payload["type"]}
    return _announcements(world.store, message.account_id, name, payload, facts, message.endpoint_url)


def _heard(store: Store, message: Message, kind: str) -> str:
    """The name of a message's events of a kind; empty if nobody wants them, so that none is worth rendering."""
    name = event_name(PLATFORM_OF_CHANNEL[message.channel], kind)
    return name if any(_hears(each, name) for each in store.endpoints_by_account.get(message.account_id)) else ""


def _facts(message: Message) -> dict[str, Json]:
    return {"channelId": message.extras["channel_id"], "platformId": PLATFORM_OF_CHANNEL[message.channel]}


def _announcements(
    store: Store,
    account_id: str,
    name: str,
    payload: object,
    facts: Mapping[str, Json],
    own_url: str | None = None,
) -> Iterator[Announcement]:
    """One for each subscription that matches, and one for the message's own address, signed like the first of them."""
    matching = [each for each in store.endpoints_by_account.get(account_id) if matches(each, name, facts)]
    if not matching:
        return
    body = _encode({"service": SERVICE, "event": name, "payload": payload})
    for endpoint in matching:
        yield Announcement(name, body, endpoint.url, endpoint)
    if own_url:
        yield Announcement(name, body, own_url, matching[0])


def _hears(endpoint: WebhookEndpoint, name: str) -> bool:
    return (
        endpoint.api == API
        and endpoint.status == "active"
        and endpoint.extras.get("service", SERVICE) == SERVICE
        and (not endpoint.event_types or name in endpoint.event_types)
    )


def matches(endpoint: WebhookEndpoint, name: str, facts: Mapping[str, Json]) -> bool:
    """Whether a subscription is to this event, and each of its filters names what is so.

    Source: Bird documentation, "Webhook subscriptions", read 2026-11: all filters have to match.
    """
    if not name or not _hears(endpoint, name):
        return False
    filters = endpoint.extras.get("eventFilters")
    for each in filters if isinstance(filters, list) else ():
        if not isinstance(each, dict) or facts.get(str(each.get("key"))) != each.get("value"):
            return False
    return True


def sign(event: WebhookEvent, endpoint: WebhookEndpoint | None, at: datetime) -> SignedHeaders:
    """The headers of an attempt. A retry repeats those of the first: old timestamps are normal.

    Source: recorded traffic, read 2026-11.
    """
    if event.attempts:
        return event.attempts[0].headers
    content_type = ("Content-Type", "application/json")
    key = endpoint.secret if endpoint is not None else ""
    if not key:
        return (content_type,)
    seconds = str(unix_seconds(at))
    return (
        content_type,
        ("MessageBird-Signature", signature(key, seconds, event.url, event.body)),
        ("MessageBird-Request-Timestamp", seconds),
    )


def signature(key: str, seconds: str, url: str, body: bytes) -> str:
    """Base64 of HMAC-SHA256 over timestamp, URL and the raw SHA-256 of the body, joined by line feeds.

    The text of the key is the key. Source: Bird documentation, "Verifying webhook signatures", read 2026-11.
    """
    return b64encode(hmac.digest(key.encode(), _covered(seconds, url, body), "sha256")).decode()


def _covered(seconds: str, url: str, body: bytes) -> bytes:
    return b"\n".join((seconds.encode(), url.encode(), sha256(body).digest()))


def signed(headers: Mapping[str, str], body: bytes, url: str) -> bytes:
    """What a post's signature covers; nothing, if the subscription has no key."""
    if "messagebird-signature" not in headers:
        return b""
    return _covered(headers.get("messagebird-request-timestamp", ""), url, body)


def verify(headers: Mapping[str, str], body: bytes, url: str, secret: str) -> bool:
    """Whether a post's signature holds, as a receiver would find out; how old it is, is the receiver's own choice."""
    seconds = headers.get("messagebird-request-timestamp", "")
    given = headers.get("messagebird-signature", "")
    return hmac.compare_digest(signature(secret, seconds, url, body).encode(), given.encode())


# Eight hours at increasing intervals are documented; the intervals and the time-out are assumed.
RULES = WebhookRules(
    schedule=(
        timedelta(seconds=10),
        timedelta(seconds=30),
        timedelta(minutes=1),
        timedelta(minutes=5),
        timedelta(minutes=15),
        timedelta(minutes=30),
        timedelta(hours=1),
        timedelta(hours=2),
        timedelta(hours=4),
    ),
    timeout=timedelta(seconds=10),
    sign=sign,
    verify=verify,
    signed=signed,
)
