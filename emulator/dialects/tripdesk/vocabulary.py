"""The tables: what the core calls something -> what this API calls it, and every value that had to be assumed.

Source, unless a line says otherwise: the vendor's page for developers, yourtripdesk.com/developers, read 2026-11. It
names WhatsApp, e-mail, SMS, "broadcast channels" and the number of channels; the other names, all prices but that of a
WhatsApp template, and all spans are assumed.
"""

from collections.abc import Mapping
from datetime import timedelta
from typing import NamedTuple

from emulator.core.records import Channel, EventType, Status
from emulator.providers.reasons import Reason

API = "tripdesk"
PRODUCTION_HOST = "yourtripdesk.com"
SANDBOX_HOST = "sandbox.yourtripdesk.com"

LIVE, TEST = "live", "test"
ENVIRONMENTS = (LIVE, TEST)

CURRENCY = "USD"
LANGUAGE = "en"
SANDBOX_BALANCE_MICROS = 100_000_000

CALLS_PER_SECOND = 10
BURST = 20

BODY_LIMIT = 256 * 1024
HTML_LIMIT = 200 * 1024
LONGEST_SMS = 1_600
KEYS_ARE_KEPT = timedelta(hours=24)
SESSION_WINDOW = timedelta(hours=24)
"""How long after a person's last WhatsApp message a tenant may answer without a template."""

CHANNELS: tuple[Channel, ...] = (
    Channel.WHATSAPP,
    Channel.EMAIL,
    Channel.SMS,
    Channel.MESSENGER,
    Channel.INSTAGRAM,
    Channel.TELEGRAM,
    Channel.VIBER,
    Channel.RCS,
    Channel.WEBCHAT,
    Channel.PUSH,
    Channel.BROADCAST,
)
CHANNEL_NAMED: Mapping[str, Channel] = {channel.value: channel for channel in CHANNELS}
PHONE_CHANNELS = frozenset({Channel.WHATSAPP, Channel.SMS, Channel.VIBER, Channel.RCS})
ONE_WAY = frozenset({Channel.PUSH, Channel.BROADCAST})
"""Channels on which nobody can write back."""


class GatewayKind(NamedTuple):
    """The gateway that a new tenant has for a channel.

    `provider` is what the API shows and `voice` who speaks for it; `accepted` is the status in the provider's answer.
    """

    name: str
    provider: str
    voice: str
    accepted: str
    price_micros: int
    sender: str | None = None
    templates: bool = False
    media: bool = True
    receipts: bool = True


GATEWAYS: Mapping[Channel, GatewayKind] = {
    Channel.WHATSAPP: GatewayKind(
        "WhatsApp", "meta", "whatsapp", "accepted", 12_000, sender="+12025550199", templates=True
    ),
    Channel.EMAIL: GatewayKind("E-mail", "sendgrid", "sendgrid", "accepted", 1_000, sender="desk@acme.example"),
    Channel.SMS: GatewayKind("SMS", "africas_talking", "africas_talking", "Sent", 20_000, sender="ACME", media=False),
    Channel.MESSENGER: GatewayKind("Messenger", "messenger", "messenger", "accepted", 4_000, sender="acme"),
    Channel.INSTAGRAM: GatewayKind("Instagram", "instagram", "instagram", "accepted", 4_000, sender="acme"),
    Channel.TELEGRAM: GatewayKind("Telegram", "telegram", "telegram", "accepted", 4_000, sender="acme_bot"),
    Channel.VIBER: GatewayKind("Viber", "viber", "viber", "accepted", 4_000, sender="ACME"),
    Channel.RCS: GatewayKind("RCS", "rbm", "rbm", "accepted", 4_000, sender="acme_agent"),
    Channel.WEBCHAT: GatewayKind("Web chat", "webchat", "webchat", "accepted", 4_000),
    Channel.PUSH: GatewayKind("Push", "fcm", "fcm", "accepted", 0),
    Channel.BROADCAST: GatewayKind("Audiences", "broadcast", "broadcast", "accepted", 10_000, receipts=False),
}

WHATSAPP_TEXT_MICROS = 5_000
"""What WhatsApp costs without a template, at a gateway that has no price of its own."""

STATUS_WORDS: Mapping[Status, str] = {
    Status.SCHEDULED: "queued",
    Status.QUEUED: "queued",
    Status.SENDING: "sending",
    Status.SENT: "sent",
    Status.DELIVERED: "delivered",
    Status.READ: "read",
    Status.BOUNCED: "bounced",
    Status.FAILED: "failed",
    Status.EXPIRED: "failed",
    Status.SUPPRESSED: "failed",
    Status.UNCERTAIN: "sent",
    Status.CANCELED: "failed",
}

EVENT_WORDS: Mapping[EventType, str | None] = {
    EventType.SCHEDULED: "queued",
    EventType.QUEUED: "queued",
    EventType.SENDING: None,
    EventType.SENT: "sent",
    EventType.DELIVERED: "delivered",
    EventType.READ: "read",
    EventType.BOUNCED: "bounced",
    EventType.FAILED: "failed",
    EventType.EXPIRED: "failed",
    EventType.SUPPRESSED: "failed",
    EventType.UNCERTAIN: None,
    EventType.CANCELED: "failed",
    EventType.DEFERRED: None,
    EventType.RETRY_SCHEDULED: None,
    EventType.OPENED: None,
    EventType.CLICKED: None,
    EventType.COMPLAINED: None,
    EventType.UNSUBSCRIBED: None,
}
"""What a message's `events` list shows; None of what it does not."""

GATEWAY_DOWN = "gateway-down"
TEMPLATE_PAUSED = "template-paused"
"""Two reasons of our own: what a message needs was taken away after it had been accepted."""


class Cause(NamedTuple):
    """What `last_error` says of a reason."""

    code: str
    text: str


_UNREACHABLE = Cause("invalid_recipient", "The recipient cannot be reached at this address")
_BLOCKED = Cause("blocked_by_recipient", "The recipient does not take messages from this sender")
_UNAVAILABLE = Cause("provider_unavailable", "The provider could not take or deliver the message for now")
_REJECTED = Cause("provider_rejected", "The provider refused the message")

CAUSES: Mapping[str, Cause] = {
    Reason.UNKNOWN_SUBSCRIBER: _UNREACHABLE,
    Reason.INVALID_ADDRESS: _UNREACHABLE,
    Reason.NO_CAPABILITY: _UNREACHABLE,
    Reason.BLOCKED: _BLOCKED,
    Reason.SPAM: _BLOCKED,
    Reason.MAILBOX_FULL: _UNAVAILABLE,
    Reason.ABSENT_SUBSCRIBER: _UNAVAILABLE,
    Reason.GREYLISTED: _UNAVAILABLE,
    Reason.THROTTLED: Cause("provider_unavailable", "The provider takes no more messages for now"),
    Reason.SERVER_ERROR: Cause("provider_unavailable", "The provider answered with an error of its own"),
    Reason.CONNECTION_RESET: Cause("provider_unavailable", "The connection to the provider broke"),
    Reason.GARBLED_ANSWER: Cause("provider_unavailable", "The provider's answer could not be read"),
    Reason.NO_ANSWER: Cause("provider_timeout", "No answer within 15 s"),
    Reason.CONTENT_REFUSED: _REJECTED,
    Reason.SENDER_REFUSED: _REJECTED,
    Reason.INSUFFICIENT_CREDIT: _REJECTED,
    Reason.DELIVERY_FAILURE: _REJECTED,
    Reason.WINDOW_CLOSED: _REJECTED,
    Reason.UNAUTHORISED: _REJECTED,
    GATEWAY_DOWN: Cause("gateway_down", "The gateway was down when the message was to be sent"),
    TEMPLATE_PAUSED: Cause("template_paused", "The template was not approved any more when the message was to be sent"),
}
OTHER_CAUSE = _REJECTED
"""Of a reason that only a script knows."""
