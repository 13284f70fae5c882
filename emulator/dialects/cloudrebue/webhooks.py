"""What customers are told, and where: receipts at the message's own address, incoming SMS at the account's.

Source: Cloud Rebue documentation, "Delivery receipts", read 2026-11; retries and time-out are assumed.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta

import msgspec

from emulator.core.outbox import Announcement, SignedHeaders, WebhookRules
from emulator.core.records import (
    Event,
    EventType,
    InboundMessage,
    Message,
    Origin,
    Recipient,
    Status,
    WebhookEndpoint,
    WebhookEvent,
)
from emulator.dialects.cloudrebue.numbers import normalise
from emulator.dialects.cloudrebue.on_demand import open_link
from emulator.dialects.cloudrebue.render import incoming_body, local_time
from emulator.dialects.cloudrebue.vocabulary import (
    DELIVERY_STATUSES,
    INCOMING_SMS,
    RECEIPT,
    STATUS_OF_EVENT,
    STATUS_OF_REASON,
)
from emulator.gateway.world import World
from emulator.providers.catalogue import magic_outcome

_encode = msgspec.json.Encoder().encode


def _unsigned(_event: WebhookEvent, _endpoint: WebhookEndpoint | None, _at: datetime) -> SignedHeaders:
    return (("Content-Type", "application/json"),)


WEBHOOKS = WebhookRules(
    schedule=(timedelta(minutes=1), timedelta(minutes=5)),
    timeout=timedelta(seconds=10),
    sign=_unsigned,
)


def delivery_status(recipient: Recipient, event: Event) -> str | None:
    """`deliveryStatus` of an event, or None if nobody is told of it.

    A scripted code counts if it is a `deliveryStatus`; a reason that no table has is the operator's word, passed
    through.
    """
    plain = STATUS_OF_EVENT[event.type]
    if plain is None or (event.type is EventType.SENT and not _is_news(recipient, event)):
        return None
    if event.code in DELIVERY_STATUSES:
        return event.code
    known = STATUS_OF_REASON.get(event.reason or "")
    if known is not None and event.type is EventType.DEFERRED:
        return plain  # the words of the causes are final ones
    return known or event.reason or plain


def _is_news(recipient: Recipient, event: Event) -> bool:
    """Whether the operator's word that it took a message tells anything: it came separately, or after the final one."""
    return event.origin is Origin.RECEIPT or recipient.status is not Status.SENT


def _passes_over(message: Message, recipient: Recipient, event: Event) -> bool:
    """Whether an event is only a step on a magic recipient's way: its outcome alone is told."""
    return event.type is EventType.DEFERRED and magic_outcome(message.channel, recipient.address) is not None


def announce(_world: World, message: Message, recipient: Recipient, event: Event) -> Iterator[Announcement]:
    """The receipt of an event, if the message asked for receipts."""
    if message.endpoint_url is None or _passes_over(message, recipient, event):
        return
    status = delivery_status(recipient, event)
    if status is None:
        return
    body = {
        "phone": recipient.address,
        "correlator": message.extras["correlator"],
        "uniqueId": message.id,
        "deliveryStatus": status,
        "deliveryTime": local_time(event.at),
    }
    yield Announcement(RECEIPT, _encode(body), message.endpoint_url)


def announce_inbound(world: World, inbound: InboundMessage) -> Iterator[Announcement]:
    """What a person wrote, with a fresh link for the reply; the link is there even if nobody is told."""
    link_id = open_link(world, inbound.account_id)
    phone = normalise(inbound.sender) or inbound.sender
    body = _encode(incoming_body(inbound, phone=phone, link_id=link_id))
    callback_url = world.store.accounts[inbound.account_id].extras.get("callback_url")
    if isinstance(callback_url, str):
        yield Announcement(INCOMING_SMS, body, callback_url)
    for endpoint in world.store.endpoints_by_account.get(inbound.account_id):
        if endpoint.status == "active" and (not endpoint.event_types or INCOMING_SMS in endpoint.event_types):
            yield Announcement(INCOMING_SMS, body, endpoint.url, endpoint)
