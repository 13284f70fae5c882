"""The tables: what the core calls something -> what this API calls it."""

from collections.abc import Callable, Mapping
from typing import NamedTuple

from emulator.core import errors
from emulator.core.errors import MessagingError
from emulator.core.records import Channel, EventType, Status

API = "raven"
APP_NAME = "raven-cloud"

NO_PROVIDER = "no-provider"
"""The reason of a failure when the channel's provider was taken away after the message had been accepted."""

CHANNELS: Mapping[str, Channel] = {
    "sms": Channel.SMS,
    "email": Channel.EMAIL,
    "push": Channel.PUSH,
    "whatsapp": Channel.WHATSAPP,
}

# Source: Raven documentation, "Send a message" and "Message status", read 2026-11.
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
    Status.SUPPRESSED: "suppressed",
    Status.UNCERTAIN: "sent",
    Status.CANCELED: "failed",
}

EVENT_WORDS: Mapping[EventType, str] = {
    EventType.SCHEDULED: "queued",
    EventType.QUEUED: "queued",
    EventType.SENDING: "sending",
    EventType.SENT: "sent",
    EventType.DELIVERED: "delivered",
    EventType.READ: "read",
    EventType.BOUNCED: "bounced",
    EventType.FAILED: "failed",
    EventType.EXPIRED: "failed",
    EventType.SUPPRESSED: "suppressed",
    EventType.UNCERTAIN: "sent",
    EventType.CANCELED: "failed",
    EventType.DEFERRED: "deferred",
    EventType.RETRY_SCHEDULED: "retry_scheduled",
    EventType.OPENED: "opened",
    EventType.CLICKED: "clicked",
    EventType.COMPLAINED: "complained",
    EventType.UNSUBSCRIBED: "unsubscribed",
}

# Mail whose retries ran out comes back as a (soft) bounce; no other channel bounces.
EXPIRED_WORDS: Mapping[Channel, str] = {Channel.EMAIL: "bounced"}

REACTIONS = frozenset({EventType.COMPLAINED, EventType.UNSUBSCRIBED})
"""Events of the core that are statuses here."""

# Source: Raven documentation, "Outbound webhooks" (announced, in development), read 2026-11.
ANNOUNCED = frozenset(
    {
        "sent",
        "delivered",
        "bounced",
        "failed",
        "read",
        "suppressed",
        "complained",
        "unsubscribed",
    }
)
"""Words of events that outbound webhooks tell about, as `message.<word>`."""


def status_word(channel: Channel, status: Status) -> str:
    """The word of a status on a channel."""
    if status is Status.EXPIRED:
        return EXPIRED_WORDS.get(channel, STATUS_WORDS[status])
    return STATUS_WORDS[status]


def event_word(channel: Channel, type: EventType) -> str:
    """The word of an event on a channel."""
    if type is EventType.EXPIRED:
        return EXPIRED_WORDS.get(channel, EVENT_WORDS[type])
    return EVENT_WORDS[type]


class Refusal(NamedTuple):
    """How a refusal is said: its HTTP status, and its text with places for the facts, or a function that gives it."""

    status: int
    text: str | Callable[..., str]


def refusal_text(error: MessagingError) -> str:
    """The sentence of a refusal."""
    text = REFUSALS[type(error)].text
    return text.format_map(vars(error)) if isinstance(text, str) else text(error)


FORBIDDEN: Mapping[str, str] = {
    "suspended": "Tenant suspended",
    "scope": "Missing required scope: {scope}",
    "role": "Requires role: {roles}",
    "not-member": "Not a member of tenant: {slug}",
}
"""By `Forbidden.why`; the places are filled with its facts."""

_UNAUTHENTICATED: Mapping[tuple[str, str], str] = {
    ("missing", "ravenKey"): "Missing API key",
    ("missing", "session"): "Missing bearer token",
}
_UNAUTHENTICATED_SCHEME: Mapping[str, str] = {
    "ravenKey": "Invalid API key",
    "session": "Invalid or expired session token",
    "signature": "Invalid signature",
}

_ALREADY: Mapping[str, str] = {
    "suppression": "Address already suppressed for this channel",
    "sending domain": "Domain already registered for this tenant",
    "tenant": "Slug already in use",
}

THINGS: Mapping[str, str] = {
    "account": "Tenant",
    "connection": "Provider",
    "credential": "API key",
    "webhook endpoint": "Outbound webhook",
}
"""What this API calls a kind of record of the core, where it uses another word."""


def _unauthenticated(error: errors.Unauthenticated) -> str:
    fallback = _UNAUTHENTICATED_SCHEME.get(error.scheme, "Unauthorized")
    return _UNAUTHENTICATED.get((error.why, error.scheme), fallback)


def _forbidden(error: errors.Forbidden) -> str:
    return FORBIDDEN[error.why].format_map(error.facts) if error.why in FORBIDDEN else error.why


def _malformed(error: errors.MalformedRequest) -> str:
    return "Request body is not valid JSON" if error.why == "not JSON" else error.why[:1].upper() + error.why[1:]


def _not_found(error: errors.NotFound) -> str:
    thing = THINGS.get(error.kind, error.kind.replace("-", " "))
    return f"{thing[:1].upper()}{thing[1:]} not found"


def _already(error: errors.AlreadyExists) -> str:
    kind = error.kind.replace("-", " ")
    return _ALREADY.get(kind, f"{kind[:1].upper()}{kind[1:]} already exists")


def _fields(error: errors.InvalidFields) -> str:
    from emulator.dialects.raven.problems import field_text  # noqa: PLC0415 - only a refusal needs the texts

    # One sentence a field: of several rules that it breaks, the first is told.
    told: dict[object, str] = {}
    for problem in error.problems:
        told.setdefault((problem.place, problem.path or problem.rule), field_text(problem))
    return "; ".join(told.values())


# Source: Raven documentation, "Errors" and "Send a message", read 2026-11; wordings the pages lack are assumed.
REFUSALS: Mapping[type[MessagingError], Refusal] = {
    errors.Unauthenticated: Refusal(401, _unauthenticated),
    errors.Forbidden: Refusal(403, _forbidden),
    errors.RateLimited: Refusal(429, "Rate limit exceeded"),
    errors.UnknownPath: Refusal(404, "Cannot {method} {path}"),
    errors.MethodNotAllowed: Refusal(405, "Method not allowed"),
    errors.PayloadTooLarge: Refusal(413, "Request body too large"),
    errors.UnsupportedContentType: Refusal(415, "Content-Type must be application/json"),
    errors.MalformedRequest: Refusal(400, _malformed),
    # Validation problems are 400 here, never 422.
    errors.InvalidFields: Refusal(400, _fields),
    errors.NotFound: Refusal(404, _not_found),
    errors.AlreadyExists: Refusal(409, _already),
    errors.StatusConflict: Refusal(409, "The {kind} is {current}"),
    errors.SenderNotAllowed: Refusal(400, "Sender not allowed: {sender}"),
    # A suppressed recipient is accepted here and ends `suppressed`; the row is for completeness.
    errors.RecipientSuppressed: Refusal(400, "Recipient suppressed: {address}"),
    errors.NoProvider: Refusal(400, "No provider configured for channel: {channel}"),
    errors.IdempotencyKeyReused: Refusal(409, "Idempotency key already used with a different payload"),
    errors.RequestInProgress: Refusal(409, "A request with this idempotency key is still in progress"),
    # Customers bring their own provider accounts: there is no balance, and 402 is never used.
    errors.InsufficientFunds: Refusal(400, "Insufficient funds"),
    errors.NotEmulated: Refusal(501, "Not emulated: {what}"),
    errors.InternalFault: Refusal(500, "Internal server error"),
    errors.Unavailable: Refusal(503, "Service unavailable"),
}
