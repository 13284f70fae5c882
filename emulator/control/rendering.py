"""A message in full: its recipients, what happened to them, and what was told about it."""

from collections.abc import Mapping, Sequence

from emulator.control.attempts import attempts_of, by_hand
from emulator.control.call import account_name
from emulator.core.errors import Json
from emulator.core.moments import iso_milliseconds
from emulator.core.pricing import decimal_text
from emulator.core.records import (
    Account,
    Channel,
    Content,
    Event,
    EventType,
    Message,
    Recipient,
    WebhookEvent,
    recipient_ids,
)
from emulator.core.segments import count_segments
from emulator.core.wallet import wallet_of
from emulator.gateway.world import ReadyAttempt, World
from emulator.providers.voice import Facts

# Only of these does an event say whether it is permanent.
_TELL_KIND = frozenset({EventType.BOUNCED, EventType.FAILED, EventType.DEFERRED})


def message_in_full(world: World, message: Message, content: Content | None = None) -> dict[str, Json]:
    """Everything that is known about a message. `content` is what the person sees, if that is more than was sent."""
    recipients = [world.store.recipients[id] for id in recipient_ids(message)]
    return {
        "id": message.id,
        "api": message.api,
        "account": account_name(world, message.account_id),
        "account_id": message.account_id,
        "environment": message.environment,
        "channel": message.channel.value,
        "sender": message.sender,
        "external_id": message.external_id,
        "created_at": iso_milliseconds(message.created_at),
        "starts_at": iso_milliseconds(message.starts_at),
        "handed_to": recipients[0].provider,
        "content": _content(content or message.content),
        "recipients": [_recipient(world, message, recipient) for recipient in recipients],
        "timeline": _timeline(world, message, recipients),
        "webhooks": _webhooks(world, message),
    }


def timeline_entry(world: World, message: Message, recipient: Recipient, place: int) -> dict[str, Json]:
    """One event of a recipient, with what the provider said in its own words."""
    event = recipient.events[place]
    return {
        "at": iso_milliseconds(event.at),
        "recipient": recipient.address,
        "type": event.type.value,
        "origin": event.origin.value,
        "kind": ("hard" if event.hard else "soft") if event.type in _TELL_KIND else None,
        "reason": event.reason,
        "code": event.code,
        "diagnostic": event.diagnostic,
        "url": event.url,
        "attempt": event.attempt,
        "raw": _raw(world, message, recipient, event, place),
    }


def _raw(world: World, message: Message, recipient: Recipient, event: Event, place: int) -> Json:
    # Late: all voices together are imported when somebody first looks at one.
    from emulator.providers.voices import payload  # noqa: PLC0415 - late: all voices at once

    connection = world.store.connections.get(recipient.connection_id) if recipient.connection_id else None
    said = payload(Facts(message, recipient, event, place, connection))
    if said is None:
        return None
    return {
        "status": said.status,
        "content_type": said.content_type,
        "headers": dict(said.headers),
        "body": said.body,
    }


def _timeline(world: World, message: Message, recipients: list[Recipient]) -> list[Json]:
    """The events of all recipients; of one moment, in the order of the recipients."""
    places = [(recipient, place) for recipient in recipients for place in range(len(recipient.events))]
    places.sort(key=lambda each: each[0].events[each[1]].at)
    return [timeline_entry(world, message, recipient, place) for recipient, place in places]


def _content(content: Content) -> dict[str, Json]:
    return {"text": content.text, "subject": content.subject, "html": content.html, "rich": content.rich}


def _recipient(world: World, message: Message, recipient: Recipient) -> dict[str, Json]:
    return {
        "address": recipient.address,
        "status": recipient.status.value,
        "updated_at": iso_milliseconds(recipient.updated_at),
        "reason": recipient.reason,
        "suppression_reason": recipient.suppression_reason,
        "provider": recipient.provider,
        "provider_message_id": recipient.provider_message_id,
        "script": recipient.script,
        "provider_calls": recipient.attempt,
        "segments": _segments(message),
        "money": _money(world, message, recipient),
    }


def _segments(message: Message) -> Json:
    if message.channel is not Channel.SMS:
        return None
    segments = count_segments(message.content.text or "")
    return {"encoding": segments.encoding, "units": segments.units, "count": segments.count}


def _money(world: World, message: Message, recipient: Recipient) -> Json:
    account: Account | None = world.store.accounts.get(message.account_id)
    currency = account.currency if account is not None else ""
    cost = recipient.cost_micros
    return {
        "currency": currency or wallet_of(world.store, message.account_id).currency,
        "price": decimal_text(recipient.price_micros),
        "held": decimal_text(recipient.hold_micros),
        "charged": decimal_text(recipient.charged_micros),
        "cost": decimal_text(cost) if cost is not None else None,
    }


def _webhooks(world: World, message: Message) -> list[Json]:
    asked = by_hand(world)
    return [_webhook_event(world, event, asked) for event in world.store.webhook_events_by_message.get(message.id)]


def _webhook_event(world: World, event: WebhookEvent, asked: Mapping[str, Sequence[ReadyAttempt]]) -> dict[str, Json]:
    recipient = world.store.recipients.get(event.recipient_id) if event.recipient_id else None
    attempts: list[Json] = [*attempts_of(world, event, asked.get(event.id, ()))]
    return {
        "id": event.id,
        "wire_id": event.wire_id,
        "type": event.type,
        "url": event.url,
        "state": event.state,
        "created_at": iso_milliseconds(event.created_at),
        "recipient": recipient.address if recipient is not None else None,
        "body": event.body.decode("utf-8", "replace"),
        "attempts": attempts,
    }
