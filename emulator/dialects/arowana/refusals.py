"""What this API says when it refuses: tables from the core's refusals, and from this API's own keys, to its words.

Source: Arowana documentation, "Errors", read 2026-11; the finer codes and the wordings are assumed.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from emulator.core import errors
from emulator.core.errors import FieldProblem, InvalidFields, MessagingError, RateLimited


class Refusal(NamedTuple):
    """How a refusal is said: status, stable code, sentence, and the detail on a field if there is one.

    Sentence and detail have places for the refusal's facts. `has_details` tells the envelope with `details` from the
    one without.
    """

    status: int
    code: str
    text: str
    field: str = ""
    detail: str = ""
    has_details: bool = False


class DailyLimitReached(RateLimited):
    """The subscriber had this agent's newsletter of the day; `retry_after` leads to the next midnight."""


class AgentIncomplete(InvalidFields):
    """An agent cannot be submitted. `missing` are the names that its profile lacks; of several, one would do."""

    def __init__(self, missing: Sequence[tuple[str, ...]]) -> None:
        super().__init__([_missing(names) for names in missing])


def _missing(names: tuple[str, ...]) -> FieldProblem:
    # Said once, at the first of them.
    if len(names) > 1:
        return FieldProblem((names[0],), "missing_variable", None, names)
    return FieldProblem(names, "required")


def _semantic(code: str, text: str, field: str, detail: str) -> Refusal:
    return Refusal(422, code, text, field, detail, has_details=True)


FORBIDDEN: Mapping[str, Refusal] = {
    "role": Refusal(403, "forbidden", "This API key may not do this."),
    "may-not-send": Refusal(403, "forbidden", "This API key may not send messages."),
    # Deliberately no word more, so that numbers cannot be probed.
    "test-number": Refusal(403, "forbidden", "Forbidden."),
    "test-quota": Refusal(403, "test_quota_exceeded", "All 5 test messages are used."),
    "agent-not-approved": Refusal(403, "agent_not_approved", "The RCS agent is not approved or not launched."),
    "channel-inactive": Refusal(403, "channel_not_verified", "The channel is not active."),
    "channel-not-verified": Refusal(403, "channel_not_verified", "The sending domain is not verified."),
    "message-type": Refusal(403, "message_type_not_allowed", "This sender may not send {message_type}."),
    "newsletter": Refusal(403, "newsletter_not_enabled", "This agent may not send newsletters."),
    "sms": Refusal(403, "channel_not_available", "SMS sending is not available yet."),
    "device": Refusal(404, "device_not_rcs_capable", "The destination device cannot receive RCS."),
    "no-test-slot": Refusal(409, "no_slot_available", "No test agent slot is free."),
    "consent-required": _semantic(
        "consent_required",
        "The recipient has not consented to {channel} {message_type}.",
        "to",
        "{detail}",
    ),
    "consent-revoked": _semantic(
        "consent_revoked",
        "The recipient withdrew consent for {channel} {message_type}.",
        "to",
        "Consent status is REVOKED.",
    ),
    "no-session": _semantic(
        "no_active_session",
        "There is no active session with this recipient.",
        "to",
        "No session is open for this agent and number.",
    ),
    "import-limit": _semantic(
        "limit_exceeded",
        "An import has at most 10000 contacts.",
        "contacts",
        "Must have at most 10000 entries.",
    ),
    "test-code": _semantic("invalid_code", "The code is wrong or has expired.", "code", "Is wrong or has expired."),
    "balance-limit": _semantic(
        "balance_limit_exceeded",
        "The balance may not exceed {limit} EUR.",
        "amount",
        "Would raise the balance above {limit} EUR.",
    ),
}
"""By `Forbidden.why`: what this API refuses for reasons of its own, whatever the status. Facts fill the places."""

REFUSALS: Mapping[type[MessagingError], Refusal] = {
    errors.Unauthenticated: Refusal(401, "unauthorized", "Invalid API key."),
    errors.Forbidden: Refusal(403, "forbidden", "Forbidden."),
    errors.RateLimited: Refusal(429, "rate_limit_exceeded", "Too many requests."),
    DailyLimitReached: Refusal(429, "daily_limit_reached", "This subscriber had a newsletter from this agent today."),
    errors.UnknownPath: Refusal(404, "not_found", "Path not found."),
    errors.MethodNotAllowed: Refusal(405, "method_not_allowed", "Method not allowed."),
    errors.PayloadTooLarge: Refusal(413, "payload_too_large", "Request body is over 1 MiB."),
    errors.UnsupportedContentType: Refusal(
        400, "validation_error", "Content-Type must be application/json.", has_details=True
    ),
    errors.MalformedRequest: Refusal(400, "validation_error", "Request body is not valid JSON.", has_details=True),
    errors.InvalidFields: Refusal(400, "validation_error", "Request validation failed.", has_details=True),
    AgentIncomplete: Refusal(422, "agent_incomplete", "The agent is not complete.", has_details=True),
    errors.NotFound: Refusal(404, "not_found", "{thing} not found."),
    errors.AlreadyExists: Refusal(409, "already_exists", "Another contact has this {kind}."),
    errors.StatusConflict: Refusal(409, "invalid_state", "The {kind} is {current}."),
    errors.SenderNotAllowed: Refusal(403, "channel_not_verified", "The sending domain is not verified."),
    errors.RecipientSuppressed: Refusal(
        422, "recipient_suppressed", "The recipient is suppressed.", "to", "{reason}", has_details=True
    ),
    errors.NoProvider: Refusal(403, "channel_not_available", "This channel is not available."),
    errors.IdempotencyKeyReused: Refusal(
        409, "idempotency_conflict", "The idempotency key was used with another body."
    ),
    errors.RequestInProgress: Refusal(
        409, "idempotency_in_progress", "The first call with this idempotency key is still running."
    ),
    errors.InsufficientFunds: Refusal(
        402, "insufficient_balance", "Free balance does not cover the hold for this send.", has_details=True
    ),
    errors.NotEmulated: Refusal(501, "not_emulated", "Not emulated: {what}."),
    errors.InternalFault: Refusal(500, "internal_error", "Internal error."),
    errors.Unavailable: Refusal(503, "service_unavailable", "Service unavailable."),
}
"""Total over the core's refusals. `{thing}` is filled from `THINGS`."""

THINGS: Mapping[str, str] = {
    "inbound message": "Message",
    "webhook endpoint": "Webhook",
    "consent": "Consent record",
}
"""What this API calls a kind of record where it is not the core's word with a capital letter."""

TEXTS: Mapping[tuple[str, str], str] = {
    ("unauthorized", "missing"): "Missing API key.",
    ("not_found", "revocable message"): "Message not found or no longer revocable.",
    ("invalid_state", "test number"): "This workspace has a test number already.",
}
"""Sentences that differ by what the refusal is about: (code, `why` or `kind`)."""

CAMPAIGN_COSTS = "Free balance does not cover the estimated cost of this campaign."
"""Said by the operations that start a campaign."""


def refusal_of(error: MessagingError) -> Refusal:
    """The row of a refusal: of a `Forbidden` its own key's, else that of the nearest class."""
    if isinstance(error, errors.Forbidden) and error.why in FORBIDDEN:
        return FORBIDDEN[error.why]
    return next(REFUSALS[each] for each in type(error).__mro__ if each in REFUSALS)
