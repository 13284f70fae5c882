"""The tables: what the core calls something -> what this API calls it; prices, tiers and limits, all in one place.

Source: Arowana documentation (docs.arowana.app), read 2026-11. What is marked `assumed` is published nowhere.
"""

from collections.abc import Mapping
from datetime import timedelta
from typing import NamedTuple

from emulator.core.records import Channel, EventType, Status
from emulator.providers.reasons import Reason

API = "arowana"
CURRENCY = "EUR"
TOPUP_URL = "https://app.arowana.app/billing"
NOTICE_SENDER = "no-reply@arowana.app"  # assumed
USER_AGENT = "Arowana-Webhooks/1.0"  # assumed

RCS, EMAIL, SMS = Channel.RCS, Channel.EMAIL, Channel.SMS

CHANNEL_WORDS: Mapping[Channel, str] = {RCS: "RCS", EMAIL: "EMAIL", SMS: "SMS"}
CHANNEL_TYPES: Mapping[str, Channel] = {word: channel for channel, word in CHANNEL_WORDS.items()}

CONSENT_WORDS: Mapping[str, str] = {"granted": "GRANTED", "pending": "PENDING", "revoked": "REVOKED"}
"""Statuses of a core `Consent`."""

MESSAGE, CONVERSATION, NEWSLETTER = "MESSAGE", "CONVERSATION", "NEWSLETTER"
MESSAGE_TYPES = (MESSAGE, CONVERSATION, NEWSLETTER)

ACTIVE, UNSUBSCRIBED, BOUNCED, BLOCKED = "ACTIVE", "UNSUBSCRIBED", "BOUNCED", "BLOCKED"
"""Statuses of a contact."""

BLOCKING: Mapping[str, Mapping[Channel, frozenset[str]]] = {
    BLOCKED: dict.fromkeys(CHANNEL_WORDS, frozenset(MESSAGE_TYPES)),
    BOUNCED: {EMAIL: frozenset(MESSAGE_TYPES)},
    UNSUBSCRIBED: dict.fromkeys(CHANNEL_WORDS, frozenset({NEWSLETTER})),
}
"""Which types of message a contact's status keeps from a channel."""

TRAFFIC_TYPES = ("AUTHENTICATION", "TRANSACTION", "PROMOTION", "SERVICEREQUEST", "ACKNOWLEDGEMENT")

# Source: "RCS agents", the table of use cases; the end of the last row is assumed.
MESSAGE_TYPES_OF_USE_CASE: Mapping[str, tuple[str, ...]] = {
    "OTP": (MESSAGE,),
    "TRANSACTIONAL": (MESSAGE, CONVERSATION),
    "PROMOTIONAL": (MESSAGE, NEWSLETTER),
    "MULTI_USE": MESSAGE_TYPES,
}
TRAFFIC_TYPES_OF_USE_CASE: Mapping[str, tuple[str, ...]] = {
    "OTP": ("AUTHENTICATION",),
    "TRANSACTIONAL": ("TRANSACTION", "SERVICEREQUEST", "ACKNOWLEDGEMENT"),
    "PROMOTIONAL": ("PROMOTION",),
    "MULTI_USE": TRAFFIC_TYPES,
}

APPROVED = "APPROVED"
LAUNCHED = "LAUNCHED"
CARRIERS = ("vodafone_de", "telekom_de", "telefonica_de")
DEFAULT_CARRIER = "telekom_de"  # assumed

BASIC, SINGLE, CONVERSATION_UNIT, MAU = "basic_message", "single_message", "conversation", "mau"
UNITS = (BASIC, SINGLE, CONVERSATION_UNIT, MAU)
SHARED_UNITS = frozenset({CONVERSATION_UNIT, MAU})
"""One price of these covers several messages; only the message that holds it is a unit."""

LONGEST_BASIC_TEXT = 160  # Unicode characters

# Prices in tier_1. Source: the seed for RCS basic, reference samples for RCS single and e-mail; the rest is assumed.
PRICES_MICROS: Mapping[Channel, Mapping[str, int]] = {
    RCS: {BASIC: 80_000, SINGLE: 120_000, CONVERSATION_UNIT: 150_000, MAU: 250_000},
    EMAIL: {BASIC: 90_000},
    SMS: {BASIC: 70_000},
}


class Tier(NamedTuple):
    """A volume tier: it begins at `from_volume` messages a month; prices are `percent` of those of the first."""

    name: str
    from_volume: int
    percent: int
    sends_per_minute: int


# Assumed; that tier_1 contains 12,501 follows from the seed.
TIERS = (
    Tier("tier_1", 0, 100, 600),
    Tier("tier_2", 50_000, 90, 1_200),
    Tier("tier_3", 250_000, 80, 3_000),
)
MONTHS_BEFORE_DOWNGRADE = 3  # Source: "Billing, RCS"

SMALLEST_TOP_UP_MICROS = 10_000_000
HIGHEST_BALANCE_MICROS = 5_000_000_000

RATE_WINDOW = timedelta(seconds=60)  # assumed, as are the numbers
CALLS_PER_WINDOW: Mapping[str, int] = {"reads": 1_200, "writes": 300, "agents": 60, "billing": 120}
"""By band. The band `sends` has the number of the workspace's tier."""

KEY_LIFETIME = timedelta(hours=24)  # Source: "Campaigns"; for other routes assumed
LONGEST_KEY = 255

SESSION_LENGTH = timedelta(hours=24)
LONGEST_TTL = timedelta(days=30)  # assumed: no default is published
SMS_VALIDITY = timedelta(hours=72)  # assumed
SOFT_BOUNCES_LAST = timedelta(hours=72)  # assumed: how long a provider goes on trying after a soft bounce

WEBHOOK_WAITS = (timedelta(minutes=1), timedelta(minutes=5), timedelta(hours=1), timedelta(hours=24))
WEBHOOK_TIMEOUT = timedelta(seconds=5)

MOST_ON_A_PAGE = 200
USUAL_PAGE = 50

EVENT_WORDS: Mapping[EventType, str | None] = {
    EventType.SCHEDULED: "queued",
    EventType.QUEUED: "queued",
    EventType.SENDING: None,
    EventType.SENT: "sent",
    EventType.DELIVERED: "delivered",
    EventType.READ: "read",
    EventType.BOUNCED: "bounced",
    EventType.FAILED: "failed",
    EventType.EXPIRED: "expired",
    EventType.SUPPRESSED: "failed",
    EventType.UNCERTAIN: None,
    EventType.CANCELED: "revoked",
    EventType.DEFERRED: None,
    EventType.RETRY_SCHEDULED: None,
    EventType.OPENED: "read",
    EventType.CLICKED: "clicked",
    EventType.COMPLAINED: "complained",
    EventType.UNSUBSCRIBED: "unsubscribed",
}
"""The timeline's word for an event; None where the timeline has no entry."""

MAIL_EVENT_WORDS: Mapping[EventType, str] = {
    EventType.DEFERRED: "bounced",
    EventType.FAILED: "bounced",
    EventType.EXPIRED: "bounced",
}
"""Where mail differs: it never ends in `failed` or `expired`, and a delay is a soft bounce. Assumed."""

STATUS_WORDS: Mapping[Status, str] = {
    Status.SCHEDULED: "queued",
    Status.QUEUED: "queued",
    Status.SENDING: "queued",
    Status.SENT: "sent",
    Status.DELIVERED: "delivered",
    Status.READ: "read",
    Status.BOUNCED: "bounced",
    Status.FAILED: "failed",
    Status.EXPIRED: "expired",
    Status.SUPPRESSED: "failed",
    Status.UNCERTAIN: "sent",
    Status.CANCELED: "revoked",
}

CARRIER_NOT_LAUNCHED = "CARRIER_NOT_LAUNCHED"
TRAFFIC_TYPE_NOT_PERMITTED = "TRAFFIC_TYPE_NOT_PERMITTED"
ACCOUNT_SUSPENDED = "ACCOUNT_SUSPENDED"
MESSAGE_EXPIRED = "MESSAGE_EXPIRED"


class Failure(NamedTuple):
    """Why a message failed: `failure_reason`, which is `error_code` in the log, and the same in words."""

    code: str
    text: str


_UNKNOWN_USER = Failure("UNKNOWN_RCS_USER", "The recipient cannot receive RCS messages.")
_SPAM = Failure("REJECTED_SPAM", "The message was rejected as spam.")
_SUSPENDED = Failure(ACCOUNT_SUSPENDED, "The account is suspended.")
_EXPIRED = Failure(MESSAGE_EXPIRED, "The message was not delivered in time.")
_DELIVERY_FAILED = Failure("DELIVERY_FAILED", "The carrier could not deliver the message.")
_PROVIDER_ERROR = Failure("PROVIDER_ERROR", "The provider failed to take the message.")

# Source: "RCS messages, track delivery" for UNKNOWN_RCS_USER, REJECTED_SPAM, ACCOUNT_SUSPENDED, MESSAGE_EXPIRED and
# CARRIER_NOT_LAUNCHED; the others, and which cause is which, are assumed.
FAILURES: Mapping[str, Failure] = {
    Reason.UNKNOWN_SUBSCRIBER: _UNKNOWN_USER,
    Reason.INVALID_ADDRESS: _UNKNOWN_USER,
    Reason.NO_CAPABILITY: _UNKNOWN_USER,
    Reason.BLOCKED: Failure("RECIPIENT_BLOCKED", "The recipient does not accept messages."),
    Reason.SPAM: _SPAM,
    Reason.CONTENT_REFUSED: _SPAM,
    Reason.SENDER_REFUSED: _SUSPENDED,
    Reason.INSUFFICIENT_CREDIT: _SUSPENDED,
    Reason.UNAUTHORISED: _SUSPENDED,
    Reason.ABSENT_SUBSCRIBER: _EXPIRED,
    Reason.MAILBOX_FULL: _DELIVERY_FAILED,
    Reason.GREYLISTED: _DELIVERY_FAILED,
    Reason.DELIVERY_FAILURE: _DELIVERY_FAILED,
    Reason.WINDOW_CLOSED: _DELIVERY_FAILED,
    Reason.THROTTLED: _PROVIDER_ERROR,
    Reason.SERVER_ERROR: _PROVIDER_ERROR,
    Reason.CONNECTION_RESET: _PROVIDER_ERROR,
    Reason.GARBLED_ANSWER: _PROVIDER_ERROR,
    Reason.NO_ANSWER: Failure("PROVIDER_TIMEOUT", "The provider did not answer in time."),
    CARRIER_NOT_LAUNCHED: Failure(CARRIER_NOT_LAUNCHED, "The agent is not launched at the recipient's carrier."),
    TRAFFIC_TYPE_NOT_PERMITTED: Failure(
        TRAFFIC_TYPE_NOT_PERMITTED, "The carrier does not permit this traffic type for the agent."
    ),
    ACCOUNT_SUSPENDED: _SUSPENDED,
}

UNKNOWN_SMS_USER = Failure("UNKNOWN_SUBSCRIBER", "The number does not exist.")
"""What stands for an unknown RCS user where the message is an SMS. Assumed."""


class Bounce(NamedTuple):
    """What the receiving server said: `bounce_code` and `bounce_message`."""

    code: str
    text: str


# Assumed.
HARD_BOUNCE = Bounce("550", "5.1.1 No such user.")
SOFT_BOUNCE = Bounce("452", "4.2.2 Mailbox full.")
LATE_BOUNCE = Bounce("550", "5.4.7 Delivery time expired.")
HARD_BOUNCES: Mapping[str, Bounce] = {
    Reason.UNKNOWN_SUBSCRIBER: HARD_BOUNCE,
    Reason.INVALID_ADDRESS: Bounce("553", "5.1.3 Invalid recipient address."),
    Reason.BLOCKED: Bounce("550", "5.7.1 The recipient refuses mail from this sender."),
    Reason.SPAM: Bounce("554", "5.7.1 Message refused as spam."),
    Reason.MAILBOX_FULL: Bounce("552", "5.2.2 Mailbox full."),
    Reason.ABSENT_SUBSCRIBER: LATE_BOUNCE,
    Reason.GREYLISTED: Bounce("550", "5.7.1 Greylisted."),
    Reason.CONTENT_REFUSED: Bounce("554", "5.6.0 Content refused."),
    Reason.SENDER_REFUSED: Bounce("550", "5.1.8 Sender refused."),
    Reason.INSUFFICIENT_CREDIT: Bounce("554", "5.7.0 Sending refused."),
    Reason.DELIVERY_FAILURE: Bounce("550", "5.0.0 Delivery failed."),
    Reason.THROTTLED: Bounce("550", "5.7.0 Too many messages."),
    Reason.NO_CAPABILITY: Bounce("556", "5.1.10 The domain accepts no mail."),
    Reason.WINDOW_CLOSED: Bounce("550", "5.0.0 Delivery failed."),
    Reason.UNAUTHORISED: Bounce("535", "5.7.8 Authentication failed."),
    Reason.SERVER_ERROR: LATE_BOUNCE,
    Reason.NO_ANSWER: LATE_BOUNCE,
    Reason.CONNECTION_RESET: LATE_BOUNCE,
    Reason.GARBLED_ANSWER: LATE_BOUNCE,
    ACCOUNT_SUSPENDED: Bounce("554", "5.7.0 Sending refused."),
}
SOFT_BOUNCES: Mapping[str, Bounce] = {
    Reason.MAILBOX_FULL: SOFT_BOUNCE,
    Reason.GREYLISTED: Bounce("450", "4.7.1 Greylisted, try again later."),
    Reason.ABSENT_SUBSCRIBER: Bounce("451", "4.4.1 No answer from host."),
    Reason.THROTTLED: Bounce("450", "4.7.0 Too many messages."),
}

EVENT_NAMES = (
    "message.delivered",
    "message.read",
    "message.failed",
    "message.expired",
    "message.revoked",
    "conversation.started",
    "conversation.ended",
    "email.delivered",
    "email.bounced",
    "email.opened",
    "email.clicked",
    "email.complained",
    "email.unsubscribed",
    "consent.created",
    "consent.updated",
    "agent.approved",
    "agent.rejected",
    "billing.balance_low",
    "billing.auto_reload_success",
    "billing.auto_reload_failed",
)

# Source: the catalogue of events; that there is none for queued and sent follows from it.
MESSAGE_EVENTS: Mapping[EventType, str] = {
    EventType.DELIVERED: "message.delivered",
    EventType.READ: "message.read",
    EventType.FAILED: "message.failed",
    EventType.SUPPRESSED: "message.failed",
    EventType.EXPIRED: "message.expired",
    EventType.CANCELED: "message.revoked",
}
"""RCS and SMS."""
MAIL_EVENTS: Mapping[EventType, str] = {
    EventType.DELIVERED: "email.delivered",
    EventType.BOUNCED: "email.bounced",
    EventType.DEFERRED: "email.bounced",
    EventType.FAILED: "email.bounced",
    EventType.SUPPRESSED: "email.bounced",
    EventType.EXPIRED: "email.bounced",
    EventType.OPENED: "email.opened",
    EventType.READ: "email.opened",
    EventType.CLICKED: "email.clicked",
    EventType.COMPLAINED: "email.complained",
    EventType.UNSUBSCRIBED: "email.unsubscribed",
    EventType.CANCELED: "message.revoked",
}


def event_word(channel: Channel, type: EventType) -> str | None:
    """The timeline's word for an event on a channel, or None."""
    return (MAIL_EVENT_WORDS.get(type) if channel is EMAIL else None) or EVENT_WORDS[type]
