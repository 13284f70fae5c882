"""Records -> bodies: messages of both directions, and interactions."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from html import escape
from typing import TypeAlias

import msgspec
from msgspec import UNSET, UnsetType

from emulator.core.errors import Json
from emulator.core.ids import derived_uuid
from emulator.core.moments import unix_seconds
from emulator.core.records import Channel, EventType, InboundMessage, Message, Recipient
from emulator.core.store import Store
from emulator.dialects.bird.channels import channel_at, contact_key, platform_of
from emulator.dialects.bird.failures import failure_of
from emulator.dialects.bird.statuses import Step, current, first_step, recipients_of
from emulator.dialects.bird.timestamps import timestamp
from emulator.dialects.bird.vocabulary import (
    API,
    DELIVERED,
    DELIVERY_FAILED,
    PLATFORM_OF_CHANNEL,
    REJECTED,
    SENDING_FAILED,
    SENT,
    SKIPPED,
)

Body = dict[str, Json]
Given: TypeAlias = "Json | UnsetType"

_WITH_FAILURE = frozenset({REJECTED, SENDING_FAILED, DELIVERY_FAILED})
_HANDED_OVER = frozenset({SENT, DELIVERED, DELIVERY_FAILED})

_NO_META: Body = {}
_BODY_IDS = derived_uuid(API, "body")[:24]


class Outgoing(msgspec.Struct, rename="camel", kw_only=True, gc=False):
    """An outgoing message as answers and webhooks show it, its members in the API's order. Those unset are left out.

    Source: Bird documentation, the samples, read 2026-11.
    """

    id: str
    channel_id: Json
    sender: Body
    receiver: Body
    body: Given = UNSET
    template: Given = UNSET
    body_id: str | UnsetType = UNSET
    meta: Json
    reference: Given = UNSET
    reply_to: Given = UNSET
    parts: list[Body] = []
    status: str
    reason: str = ""
    direction: str = "outgoing"
    details: str = ""
    failure: Body | UnsetType = UNSET
    tags: Given = UNSET
    tag_ids: Given = UNSET
    platform_id: str | UnsetType = UNSET
    platform_reference_id: str | UnsetType = UNSET
    chargeable_units: int | UnsetType = UNSET
    ignore_persisted_eventhooks: bool | UnsetType = UNSET
    short_links: Given = UNSET
    scheduled_for: Given = UNSET
    send_at: str | UnsetType = UNSET
    batch_id: Given = UNSET
    last_status_at: str
    created_at: str
    updated_at: str


# What fewer messages have, and what then stands in their extras under the same name.
_AS_ASKED = frozenset(
    {"template", "reference", "reply_to", "tags", "tag_ids", "short_links", "scheduled_for", "batch_id"}
)


def render(store: Store, message: Message | InboundMessage) -> Outgoing | Body:
    """A message of either direction."""
    if isinstance(message, InboundMessage):
        return render_inbound(store, message)
    recipients = recipients_of(store, message)
    return render_message(message, recipients, current(message, recipients))


def render_accepted(store: Store, message: Message) -> Outgoing:
    """An outgoing message as it stands when it was just accepted."""
    # What became of its recipients is not looked at before one was handed over.
    return render_message(message, (), first_step(store.recipients.rows[message.id].events[0]))


def render_message(message: Message, recipients: Sequence[Recipient], step: Step) -> Outgoing:
    """An outgoing message as it stands at a step of its life."""
    extras, since, status = message.extras, timestamp(step.at), step.status
    shown = Outgoing(
        id=message.id,
        channel_id=extras["channel_id"],
        sender={"connector": connector_of(message)},
        receiver={"contacts": extras["contacts"]},
        meta=extras.get("meta", _NO_META),
        status=status,
        last_status_at=since,
        created_at=since if message.created_at == step.at else timestamp(message.created_at),
        updated_at=since,
    )
    for name in _AS_ASKED.intersection(extras):
        setattr(shown, name, extras[name])
    if "body" in extras:
        shown.body = extras["body"]
        # Nobody looks for a body by its id, so that it need not be kept: it ends as the message's does.
        shown.body_id = _BODY_IDS + message.id[24:]
        shown.ignore_persisted_eventhooks = False
    if status in _HANDED_OVER:
        _add_platform(shown, message, recipients)
    if status in _WITH_FAILURE:
        told = failure_of(message, step.event)
        shown.reason, shown.details, shown.failure = told.reason, told.details, told.failure
    elif status == SKIPPED:
        skip = str(extras.get("skip", ""))
        shown.reason, shown.details = skip.replace("_", " "), skip
    return shown


def _add_platform(shown: Outgoing, message: Message, recipients: Sequence[Recipient]) -> None:
    """What there is to show once the platform was asked to take the message."""
    sent = _sent(recipients)
    shown.parts = [{"platformReference": reference} for reference, _ in sent]
    shown.platform_id = PLATFORM_OF_CHANNEL[message.channel]
    shown.send_at = shown.last_status_at
    if sent:
        shown.platform_reference_id = sent[0][0]
        shown.send_at = timestamp(min(at for _, at in sent))
    if message.channel is Channel.SMS:
        shown.chargeable_units = sum(each.segments for each in recipients)


def connector_of(message: Message) -> Body:
    """Who it comes from; for e-mail with the user and display names that the caller chose."""
    extras = message.extras
    connector: Body = {"id": extras["connector_id"], "identifierValue": message.sender}
    own = extras.get("sender")
    if not isinstance(own, dict) or message.channel is not Channel.EMAIL:
        return connector
    user = str(own["identifierValue"])
    domain = (message.sender or "").rpartition("@")[2]
    connector["identifierValue"] = user if "@" in user else f"{user}@{domain}"
    if "annotations" in own:
        connector["annotations"] = own["annotations"]
    return connector


def _sent(recipients: Sequence[Recipient]) -> list[tuple[str, datetime]]:
    """What the platform calls the message to each recipient that it has taken, and when it took it."""
    sent: list[tuple[str, datetime]] = []
    for each in recipients:
        at = next((event.at for event in each.events if event.type is EventType.SENT), None)
        if at is not None and each.provider_message_id is not None:
            sent.append((each.provider_message_id, at))
    return sent


def render_inbound(store: Store, message: InboundMessage) -> Body:
    """An incoming message."""
    channel = channel_at(store, message.account_id, message.channel, message.recipient)
    assert channel is not None, "a channel that received is never taken out of the store"
    at = timestamp(message.created_at)
    body: Body = {
        "id": message.id,
        "channelId": channel.id,
        "sender": {
            "contact": {
                "id": message.contact_id,
                "identifierKey": contact_key(channel, platform_of(channel)),
                "identifierValue": message.sender,
            }
        },
        "receiver": {
            "connector": {"id": channel.content["connectorId"], "identifierValue": channel.content["identifier"]}
        },
        "body": inbound_body(message),
        "meta": {"extraInformation": {"timestamp": str(unix_seconds(message.created_at))}},
        "reference": "",
    }
    if message.in_reply_to is not None:
        body["replyTo"] = {"id": message.in_reply_to, "type": "message"}
    body["parts"] = [{"platformReference": _platform_reference(message)}]
    body |= {"status": DELIVERED, "reason": "", "direction": "incoming"}
    body["platformId"] = channel.content["platformId"]
    return body | dict.fromkeys(("lastStatusAt", "createdAt", "updatedAt"), at)


def inbound_body(message: InboundMessage) -> Body:
    """What the person wrote, as a body: mail is of type `html`, a tap on a button a text with the button's text."""
    rich = message.rich if isinstance(message.rich, dict) else {}
    text = message.text or ""
    media, location, suggestion = rich.get("media"), rich.get("location"), rich.get("suggestion")
    if isinstance(media, dict):
        return _media_body(media, message.text)
    if isinstance(location, dict):
        return {"type": "location", "location": _location(location)}
    if isinstance(suggestion, dict):
        text = text or str(suggestion.get("text", ""))
    if message.channel is Channel.EMAIL:
        return {"type": "html", "html": {"text": text or " ", "html": f"<p>{escape(text)}</p>"}}
    return {"type": "text", "text": {"text": text or " "}}


def _media_body(media: Mapping[str, Json], text: str | None) -> Body:
    """A picture as an image, all else as a file. Source: Bird documentation, "Receiving messages", read 2026-11."""
    content_type = str(media.get("contentType", "application/octet-stream"))
    url = str(media.get("mediaUrl") or media.get("url") or "")
    words: Body = {"text": text} if text else {}
    if content_type.startswith("image/") and "metadata" not in media:
        return {"type": "image", "image": {"images": [{"mediaUrl": url}], **words}}
    file: Body = {"mediaUrl": url, "contentType": content_type}
    file |= {name: media[name] for name in ("filename", "metadata") if name in media}
    return {"type": "file", "file": {"files": [file], **words}}


def _location(location: Mapping[str, Json]) -> Body:
    coordinates: Body = {name: location[name] for name in ("latitude", "longitude") if name in location}
    described: Body = {name: location[name] for name in ("address", "label") if name in location}
    place: Body = {"coordinates": location.get("coordinates", coordinates)}
    if described:
        place["location"] = described
    return place


def _platform_reference(message: InboundMessage) -> str:
    """What the platform calls an incoming message; of mail its Message-ID."""
    rich = message.rich if isinstance(message.rich, dict) else {}
    known = message.external_id or rich.get("external_id")
    if isinstance(known, str):
        return known
    own = message.id.replace("-", "")[:20]
    if message.channel is Channel.EMAIL:
        return f"<{own}@{message.sender.rpartition('@')[2]}>"
    return f"wamid.{own}" if message.channel is Channel.WHATSAPP else own
