"""Every record of a world: the data model on one page.

Records are frozen; to change one is to put a replacement into its table. Moments (`_at`) are aware UTC datetimes,
spans are timedeltas, money is in millionths of the currency's unit (`_micros`).
"""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType

import msgspec

from emulator.core.errors import Json

EMPTY: Mapping[str, Json] = MappingProxyType({})


class Record(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What all records share: frozen, keyword-only, unseen by the garbage collector."""


class Channel(StrEnum):
    """How a message reaches a person."""

    SMS = "sms"
    EMAIL = "email"
    WHATSAPP = "whatsapp"
    PUSH = "push"
    RCS = "rcs"
    VOICE = "voice"
    MESSENGER = "messenger"
    INSTAGRAM = "instagram"
    FACEBOOK = "facebook"
    TELEGRAM = "telegram"
    VIBER = "viber"
    LINE = "line"
    WEBCHAT = "webchat"
    BROADCAST = "broadcast"  # one message to an audience; nobody confirms it


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


class Account(Record, frozen=True, kw_only=True):
    """Who owns messages and money, in one API. `parent_id` is the account it is a part of.

    `status` is `requested`, `active` or `suspended`. `extras` are the dialect's own words, carried and never
    interpreted by the core.
    """

    id: str
    api: str
    name: str
    created_at: datetime
    status: str = "active"
    currency: str = ""
    parent_id: str | None = None
    rate_limits: bool | None = None
    extras: Mapping[str, Json] = EMPTY


class Credential(Record, frozen=True, kw_only=True):
    """What proves an account (or a person at it) in a request.

    `token` is what is looked up; `kind` is a security scheme of the contract. `owned` is False for the second way
    in of another world's fixtures: the well-known token, valid behind the world's prefix only.
    """

    id: str
    token: str
    api: str
    account_id: str
    kind: str
    created_at: datetime
    environment: str = "live"
    name: str = ""
    scopes: tuple[str, ...] = ()
    user_id: str | None = None
    expires_at: datetime | None = None
    revoked_at: datetime | None = None
    last_used_at: datetime | None = None
    rate_limit_per_minute: int | None = None
    owned: bool = True


class User(Record, frozen=True, kw_only=True):
    """A person who signs in."""

    id: str
    api: str
    email: str
    name: str | None
    password: str = ""
    created_at: datetime


class Membership(Record, frozen=True, kw_only=True):
    """What a user may do in an account. `role` and `status` are the dialect's words."""

    id: str
    user_id: str
    account_id: str
    role: str
    status: str = "active"


class Connection(Record, frozen=True, kw_only=True):
    """A provider that an account has connected for a channel.

    `public` may be shown, `secret` never. `status` is `unverified`, `verified` or `error`.
    """

    id: str
    account_id: str
    provider: str
    channel: Channel
    label: str
    public: Mapping[str, Json] = EMPTY
    secret: Mapping[str, Json] = EMPTY
    status: str = "unverified"
    created_at: datetime


class Sender(Record, frozen=True, kw_only=True):
    """A number, name or address that an account may send from. `two_way` tells whether people can write to it."""

    id: str
    account_id: str
    channel: Channel
    address: str
    two_way: bool = False
    created_at: datetime


class Template(Record, frozen=True, kw_only=True):
    """A text with `{{name}}` places, by key."""

    id: str
    account_id: str
    key: str
    variables: tuple[str, ...]
    text: str
    subject: str | None = None
    html: str | None = None


class Resource(Record, frozen=True, kw_only=True):
    """Something that only one dialect knows: a sending domain, an address book's group.

    `key` is its natural key within account and kind, if it has one. `content` is the dialect's own.
    """

    id: str
    account_id: str
    kind: str
    created_at: datetime
    key: str | None = None
    content: Mapping[str, Json] = EMPTY


class Content(Record, frozen=True, kw_only=True):
    """What is said. `rich` is content that is no plain text or HTML, in the dialect's words."""

    text: str | None = None
    subject: str | None = None
    html: str | None = None
    rich: Json = None


class Message(Record, frozen=True, kw_only=True):
    """What was asked to be sent; never changes after it was accepted.

    It has `recipient_count` recipients, whose ids follow from the message's (`recipient_ids`). `starts_at` is the
    moment from which its life is counted, and `expires_at` the end of its validity, if the caller gave one.
    `contact_id` and `conversation_id` are set where the API keeps contacts and conversations.
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
    return tuple(recipient_id(message.id, place) for place in range(message.recipient_count))


class Wallet(Record, frozen=True, kw_only=True):
    """Prepaid money of an account. `held_micros` is the part of `balance_micros` that is set aside."""

    id: str
    currency: str
    balance_micros: int = 0
    held_micros: int = 0

    @property
    def available_micros(self) -> int:
        """What a new hold may use."""
        return self.balance_micros - self.held_micros


class LedgerEntry(Record, frozen=True, kw_only=True):
    """One movement of a wallet; appended, never changed. `kind` is a `LedgerKind`."""

    id: str
    account_id: str
    kind: str
    amount_micros: int
    balance_micros: int
    held_micros: int
    at: datetime
    subject: str | None = None


class Suppression(Record, frozen=True, kw_only=True):
    """An address that must not be written to. `environment` is None when it holds in all of them."""

    id: str
    account_id: str
    channel: Channel
    address: str
    reason: str
    created_at: datetime
    environment: str | None = None


class SoftBounces(Record, frozen=True, kw_only=True):
    """When an address bounced softly of late."""

    id: str
    moments: tuple[datetime, ...]


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


class Contact(Record, frozen=True, kw_only=True):
    """A person whom an account knows.

    `addresses` are pairs of kind (`phone`, `email`, a channel's name, the dialect's own) and address, each kind as
    often as need be; `external_id` is the account's own name for the person. `status` and `content` are in the
    dialect's words.
    """

    id: str
    account_id: str
    created_at: datetime
    updated_at: datetime
    addresses: tuple[tuple[str, str], ...] = ()
    external_id: str | None = None
    name: str | None = None
    status: str = "active"
    content: Mapping[str, Json] = EMPTY


class Consent(Record, frozen=True, kw_only=True):
    """Whether a contact agreed to be written to on a channel for a purpose.

    `status` is `granted`, `pending` or `revoked`; `purpose`, `source` and `content` are in the dialect's words.
    """

    id: str
    account_id: str
    contact_id: str
    channel: Channel
    purpose: str
    status: str
    source: str
    created_at: datetime
    granted_at: datetime | None = None
    revoked_at: datetime | None = None
    content: Mapping[str, Json] = EMPTY


class WebhookEndpoint(Record, frozen=True, kw_only=True):
    """Where and how an account wants to be told. `event_types` empty means all of them."""

    id: str
    api: str
    account_id: str
    url: str
    secret: str
    created_at: datetime
    event_types: tuple[str, ...] = ()
    status: str = "active"
    environment: str | None = None
    extras: Mapping[str, Json] = EMPTY


class DeliveryAttempt(Record, frozen=True, kw_only=True):
    """One try to post one webhook event. `trigger` is `scheduled` or `manual`; times are virtual.

    `response_status` is None when nothing came back, and `error` then says why.
    """

    number: int
    trigger: str
    due_at: datetime
    started_at: datetime
    response_status: int | None = None
    response_body: str | None = None
    response_duration_ms: int = 0
    error: str | None = None
    headers: tuple[tuple[str, str], ...] = ()
    next_attempt_at: datetime | None = None


class WebhookEvent(Record, frozen=True, kw_only=True):
    """One event to tell one endpoint. The body is rendered once and posted as it is at each attempt.

    `state` is `pending`, `delivered`, `failed` or `dropped`. `wire_id` is the event's id as the receiver sees it.
    `first_due_at` is set where the first attempt is not due at once.
    """

    id: str
    wire_id: str
    api: str
    account_id: str
    endpoint_id: str | None
    url: str
    type: str
    body: bytes
    created_at: datetime
    message_id: str | None = None
    recipient_id: str | None = None
    state: str = "pending"
    first_due_at: datetime | None = None
    attempts: tuple[DeliveryAttempt, ...] = ()


class Sink(Record, frozen=True, kw_only=True):
    """A built-in webhook receiver. `statuses` are answered in turn, the last one from then on.

    `delay_ms` is real time before each answer; a `silent` one never answers. `count` numbers what came.
    """

    name: str
    statuses: tuple[int, ...] = (200,)
    delay_ms: int = 0
    silent: bool = False
    body: str = ""
    count: int = 0
    answered: int = 0


class SinkPost(Record, frozen=True, kw_only=True):
    """What came to a sink. `is_signed` is whether the signature held; None where there is nothing to check."""

    id: str
    sink: str
    number: int
    at: datetime
    method: str
    query: str
    headers: tuple[tuple[str, str], ...]
    body: bytes
    is_signed: bool | None
    status: int | None


class AuditEntry(Record, frozen=True, kw_only=True):
    """Who did what in an account; appended, never changed. `number` makes its id."""

    number: int
    account_id: str
    actor_type: str
    actor_id: str | None
    action: str
    target_type: str
    target_id: str
    created_at: datetime
    metadata: Mapping[str, Json] = EMPTY


class RateWindow(Record, frozen=True, kw_only=True):
    """Requests of one key in the current window, in slices: (microseconds since 1970 of the last one, count)."""

    key: str
    slices: tuple[tuple[int, int], ...]
    total: int


class RememberedReply(Record, frozen=True, kw_only=True):
    """The first answer to an idempotency key, kept until `expires_at`. Its `status` is 0 while the call still runs."""

    key: str
    fingerprint: bytes
    status: int
    headers: tuple[tuple[bytes, bytes], ...]
    body: bytes
    expires_at: datetime
