"""The tables: what this API calls things, and what the core calls them. Assumed values stand here and nowhere else."""

from collections.abc import Mapping
from datetime import timedelta
from types import MappingProxyType
from typing import NamedTuple

from emulator.core import errors
from emulator.core.errors import MessagingError
from emulator.core.records import Channel

API = "bird"


class Platform(NamedTuple):
    """What a channel of the API is installed on.

    `event` is the short name in webhook events, empty where none is published. `identifier_key` says what an address is
    that comes without a key. `bodies` are the types of body that it carries, None for all of them. `voice` is the
    provider that speaks for it.
    """

    channel: Channel
    event: str
    identifier_key: str
    voice: str
    bodies: frozenset[str] | None = None
    one_receiver: bool = True


PHONE = "phonenumber"
MAIL = "emailaddress"

SMS = "sms-messagebird"
EMAIL = "email-messagebird"
WHATSAPP = "whatsapp"
VOICE = "voice-messagebird"

# Source: Bird documentation, "Channels" and "Sending messages", read 2026-11. The key of platforms whose addresses are
# their own ids is assumed, as is what voice carries.
PLATFORMS: Mapping[str, Platform] = MappingProxyType(
    {
        SMS: Platform(Channel.SMS, "sms", PHONE, "unknown", frozenset({"text", "image", "file"})),
        EMAIL: Platform(Channel.EMAIL, "email", MAIL, "sendgrid", frozenset({"text", "html"}), one_receiver=False),
        WHATSAPP: Platform(
            Channel.WHATSAPP,
            "whatsapp",
            PHONE,
            "whatsapp",
            frozenset({"text", "image", "file", "location", "list", "carousel", "authentication", "action"}),
        ),
        "facebook": Platform(Channel.FACEBOOK, "facebook", "facebookid", "facebook"),
        "instagram": Platform(Channel.INSTAGRAM, "instagram", "instagramid", "instagram"),
        "telegram": Platform(Channel.TELEGRAM, "telegram", "telegramid", "telegram"),
        "line": Platform(Channel.LINE, "line", "lineid", "line"),
        VOICE: Platform(Channel.VOICE, "", PHONE, "voice"),
    }
)
"""By platform id."""

IDENTIFIER_KEYS = frozenset(each.identifier_key for each in PLATFORMS.values())
"""Attributes of a contact that hold identifiers, and so cannot be written."""

PLATFORM_OF_CHANNEL: Mapping[Channel, str] = MappingProxyType({each.channel: id for id, each in PLATFORMS.items()})

MEDIA_BODIES = frozenset({"image", "file"})
"""What an SMS channel carries only if it can send MMS."""

ACCEPTED, SCHEDULED, PROCESSING, SENT = "accepted", "scheduled", "processing", "sent"
REJECTED, SKIPPED, SENDING_FAILED = "rejected", "skipped", "sending_failed"
DELIVERED, DELIVERY_FAILED, DELETED = "delivered", "delivery_failed", "deleted"

# Assumed, consistent with the documentation; `delivered` before `sent` is a receipt that overtook the answer.
FOLLOWS: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        ACCEPTED: frozenset({PROCESSING, SCHEDULED, REJECTED, SKIPPED, SENT, SENDING_FAILED, DELIVERED}),
        SCHEDULED: frozenset({PROCESSING, SKIPPED, DELETED}),
        PROCESSING: frozenset({SENT, SENDING_FAILED, REJECTED, SKIPPED, DELIVERED}),
        SENT: frozenset({DELIVERED, DELIVERY_FAILED}),
    }
)
"""Which status may follow which; one that is missing is final."""

# Source: Bird documentation, "Sending messages" (35 days, 10 minutes) and "Message validity", read 2026-11.
LONGEST_AHEAD = timedelta(days=35)
SENT_AT_ONCE = timedelta(minutes=10)

SERVICE_WINDOW = timedelta(hours=24)
"""How long a person who wrote may be written to without a template, on WhatsApp."""

INSTALL_TIME = timedelta(seconds=1)
"""How long a new channel is `pending`. Assumed."""

CHANNEL_CREATED, CHANNEL_UPDATED = "channel.created", "channel.updated"

# Source: Bird documentation, "Webhook subscriptions", read 2026-11; which event has which of them is assumed.
FILTER_KEYS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "inbound": ("channelId", "platformId"),
        "outbound": ("channelId", "platformId", "messageStatus"),
        "interaction": ("channelId", "platformId", "interactionType"),
        "channel": ("channelId", "platformId", "channelStatus"),
    }
)
"""By what an event says: what filters of its subscriptions can compare."""

UPLOAD_LIMIT = 105_906_176
"""Bytes of a whole upload form: 100 MiB of file and what stands around it."""

# Source: Bird documentation, "Rate limits", read 2026-11: requests a second, for a workspace over all its channels.
GETS_PER_SECOND = 50
POSTS_PER_SECOND = 500


class Refusal(NamedTuple):
    """How a refusal is said: HTTP status, `code`, and `message` with places for the facts."""

    status: int
    code: str
    message: str


MALFORMED_FIELDS = "One or more fields provided in the request body are malformed"

# Source: public client fixtures and recorded traffic (400's and 422's code, 404's message), read 2026-11; the other
# codes and wordings are assumed.
REFUSALS: Mapping[type[MessagingError], Refusal] = MappingProxyType(
    {
        errors.Unauthenticated: Refusal(401, "Unauthorized", "The access key is missing or invalid"),
        errors.Forbidden: Refusal(403, "AccessDenied", "The access key is not allowed to perform this action"),
        errors.RateLimited: Refusal(429, "TooManyRequests", "Too many requests"),
        errors.UnknownPath: Refusal(404, "ResourceNotFound", "The requested resource does not exist"),
        errors.MethodNotAllowed: Refusal(405, "MethodNotAllowed", "The method is not allowed for this resource"),
        errors.PayloadTooLarge: Refusal(413, "PayloadTooLarge", "The request body exceeds the limit of {kilobytes} KB"),
        errors.UnsupportedContentType: Refusal(
            415, "UnsupportedMediaType", "The request body must be application/json"
        ),
        errors.MalformedRequest: Refusal(400, "MalformedRequest", "The request body could not be parsed as JSON"),
        errors.InvalidFields: Refusal(422, "InvalidPayload", MALFORMED_FIELDS),
        errors.NotFound: Refusal(404, "ResourceNotFound", "The requested resource does not exist: {thing} not found"),
        errors.AlreadyExists: Refusal(409, "Conflict", "{thing} already exists"),
        errors.StatusConflict: Refusal(409, "Conflict", "The {thing} is {current}"),
        errors.SenderNotAllowed: Refusal(422, "InvalidPayload", "The sender {sender} is not allowed"),
        # These five are never raised: such messages are accepted and fail later, and there is no idempotency key.
        errors.RecipientSuppressed: Refusal(409, "Conflict", "The receiver is unsubscribed"),
        errors.NoProvider: Refusal(409, "Conflict", "The channel is not active"),
        errors.IdempotencyKeyReused: Refusal(409, "Conflict", "The request was made before"),
        errors.RequestInProgress: Refusal(409, "Conflict", "The request is in progress"),
        errors.InsufficientFunds: Refusal(409, "Conflict", "The balance is insufficient"),
        errors.NotEmulated: Refusal(501, "InternalError", "{what} is not emulated"),
        errors.InternalFault: Refusal(500, "InternalError", "An internal error occurred"),
        errors.Unavailable: Refusal(503, "ServiceUnavailable", "The service is unavailable"),
    }
)

CONFLICTS: Mapping[str, str] = MappingProxyType(
    {"webhook endpoint": "At most five webhook subscriptions may have the same filters"}
)
"""Sentences of a `StatusConflict` that is no matter of a status, by the kind of record."""

THINGS: Mapping[str, str] = MappingProxyType({"account": "workspace", "webhook endpoint": "webhook subscription"})
"""What this API calls a kind of record of the core, where it uses another word."""
