"""Messages of both directions, what became of them, and the conversations that they belong to."""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum

from emulator.core.errors import Json
from emulator.core.records.base import EMPTY, Channel, Record


class Status(StrEnum):
    """Where a recipient's message stands; moves only along a `Lifecycle`."""

    SCHEDULED = "scheduled"  # accepted, to be handed over later
    QUEUED = "queued"  # accepted, not yet handed over
    SENDING = "sending"  # the provider is being called
    SENT = "sent"  # the provider took it
    DELIVERED = "delivered"  # the provider confirmed it
    READ = "read"  # the person opened it
    BOUNCED = "bounced"  # the receiving side refused it
    FAILED = "failed"  # the provider refused it, or never answered
    EXPIRED = "expired"  # its validity ran out
    SUPPRESSED = "suppressed"  # never handed over: the recipient must not be written to
    UNCERTAIN = "uncertain"  # the provider cannot tell
    CANCELED = "canceled"  # taken back before it was delivered


class EventType(StrEnum):
    """What can happen to a recipient's message. Those named like a `Status` may move it there."""

    SCHEDULED = "scheduled"
    QUEUED = "queued"
    SENDING = "sending"
    SENT = "sent"
    DELIVERED = "delivered"
    READ = "read"
    BOUNCED = "bounced"
    FAILED = "failed"
    EXPIRED = "expired"
    SUPPRESSED = "suppressed"
    UNCERTAIN = "uncertain"
    CANCELED = "canceled"
    DEFERRED = "deferred"  # delayed by the receiving side; bounced or delivered should follow
    RETRY_SCHEDULED = "retry_scheduled"  # the provider did not answer, or answered 5xx; we call again
    OPENED = "opened"
    CLICKED = "clicked"
    COMPLAINED = "complained"
    UNSUBSCRIBED = "unsubscribed"


class Origin(StrEnum):
    """Who an event came from."""

    PLATFORM = "platform"  # we did it
    ANSWER = "answer"  # the provider's answer to our send call
    RECEIPT = "receipt"  # the provider's report, later
    BOUNCE_MAIL = "bounce_mail"  # the receiving side's report, by mail


class Event(Record, frozen=True, kw_only=True):
    """One step in the life of a recipient's message.

    `hard` tells a permanent bounce from a temporary one. `reason` is a word of `providers.reasons`, or a scripted
    one; `code` and `diagnostic` are the provider's. `raw` is what the provider really posted, if it did; otherwise
    its voice renders the payload on reading. `url` is the link of a click. `repeats` marks a report that came again.
    """

    type: EventType
    at: datetime
    origin: Origin = Origin.PLATFORM
    hard: bool = False
    reason: str | None = None
    code: str | None = None
    diagnostic: str | None = None
    url: str | None = None
    attempt: int = 0
    repeats: bool = False
    raw: str | None = None


class Content(Record, frozen=True, kw_only=True):
    """What is said. `rich` is content that is no plain text or HTML, in the dialect's words."""

    text: str | None = None
    subject: str | None = None
    html: str | None = None
    rich: Json = None


class Message(Record, frozen=True):
    """What was asked to be sent; never changes after it was accepted.

    It has `recipient_count` recipients, whose ids follow from the message's (`recipient_ids`). `starts_at` is the
    moment from which its life is counted, and `expires_at` the end of its validity, if the caller gave one.
    `contact_id` and `conversation_id` are set where the API keeps contacts and conversations, and `idempotency_key`
    where it shows the caller's key with the message.
    """

    id: str
    api: str
    account_id: str
    environment: str
    channel: Channel
    sender: str | None
    content: Content
    created_at: datetime
    starts_at: datetime
    expires_at: datetime | None = None
    recipient_count: int = 1
    contact_id: str | None = None
    conversation_id: str | None = None
    external_id: str | None = None
    endpoint_url: str | None = None
    idempotency_key: str | None = None
    extras: Mapping[str, Json] = EMPTY


class Recipient(Record, frozen=True, kw_only=True):
    """One address of a message. The delivery status, the segments and the money belong to it.

    `script` names the provider script in force and `attempt` counts calls to the provider. `hold_micros` is set
    aside in the wallet; `cost_micros` is known once the provider answered.
    """

    id: str
    message_id: str
    address: str
    status: Status
    updated_at: datetime
    segments: int = 0
    price_micros: int = 0
    cost_micros: int | None = None
    hold_micros: int = 0
    charged_micros: int = 0
    provider: str | None = None
    connection_id: str | None = None
    provider_message_id: str | None = None
    script: str | None = None
    attempt: int = 0
    reason: str | None = None
    suppression_reason: str | None = None
    events: tuple[Event, ...] = ()


def recipient_id(message_id: str, place: int) -> str:
    """The id of a message's recipient: the message's own for the first, so that one id serves both."""
    return message_id if place == 0 else f"{message_id}:{place}"


def recipient_ids(message: Message) -> tuple[str, ...]:
    """The ids of a message's recipients, in order."""
    if message.recipient_count == 1:
        return (message.id,)
    return tuple(recipient_id(message.id, place) for place in range(message.recipient_count))


class InboundMessage(Record, frozen=True, kw_only=True):
    """A message from a person (`sender`) to a sender of an account (`recipient`).

    `external_id` is what the platform, or the account itself, calls the person. `rich` is what is no plain text.
    """

    id: str
    api: str
    account_id: str
    environment: str
    channel: Channel
    sender: str
    recipient: str
    text: str | None
    created_at: datetime
    contact_id: str | None = None
    conversation_id: str | None = None
    in_reply_to: str | None = None
    external_id: str | None = None
    rich: Json = None


class Conversation(Record, frozen=True, kw_only=True):
    """The messages between one person and one sender, both ways; they are found by their `conversation_id`.

    `status` is `open`, `pending` or `closed`; a closed one is never continued. `unread_count` counts what came in and
    was not answered. `expires_at` ends a session in which the account may answer freely, where there is such a thing.
    """

    id: str
    account_id: str
    channel: Channel
    sender: str
    person: str
    created_at: datetime
    updated_at: datetime
    contact_id: str | None = None
    status: str = "open"
    assigned_to: str | None = None
    unread_count: int = 0
    last_inbound_at: datetime | None = None
    expires_at: datetime | None = None
    extras: Mapping[str, Json] = EMPTY
