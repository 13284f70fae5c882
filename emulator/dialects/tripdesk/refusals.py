"""Refusals -> status, type, code and sentence.

Source: the vendor's page, read 2026-11, promises "structured error responses" and shows none; all of it is assumed.
"""

from collections.abc import Callable, Mapping
from typing import NamedTuple

from emulator.core import errors
from emulator.core.errors import MessagingError
from emulator.core.pricing import decimal_text

TYPES: Mapping[int, str] = {
    400: "invalid_request",
    401: "authentication_error",
    402: "payment_required",
    403: "permission_error",
    404: "not_found",
    405: "invalid_request",
    409: "conflict",
    413: "invalid_request",
    415: "invalid_request",
    422: "validation_error",
    429: "rate_limit_error",
    500: "api_error",
    501: "api_error",
    503: "api_error",
}
"""An error's `type` follows from its status."""


class Refusal(NamedTuple):
    """How a refusal is said. `param` is the field that it is about, if it is about one."""

    status: int
    code: str
    text: str
    param: str | None = None


_MALFORMED: Mapping[str, Refusal] = {
    "not JSON": Refusal(400, "malformed_json", "The body is not valid JSON."),
    "not a form": Refusal(400, "malformed_form", "The body is not a valid form."),
    "two keys": Refusal(
        400, "idempotency_header_conflict", "Idempotency-Key and idempotency_key have different values."
    ),
    "key": Refusal(400, "invalid_header", "{name} must be 1 to 255 visible ASCII characters."),
    "cursor": Refusal(400, "invalid_cursor", "The cursor is not one that this list has given.", "cursor"),
    "since": Refusal(400, "invalid_cursor", "The cursor is not one that an answer here has given.", "since"),
    "not HTTP": Refusal(400, "invalid_header", "The request is not valid HTTP."),
}

_UNAUTHENTICATED: Mapping[str, Refusal] = {
    "missing": Refusal(401, "missing_credentials", "No credentials were sent."),
    "unknown": Refusal(401, "invalid_api_key", "The credential is not valid."),
    "expired": Refusal(401, "expired_token", "The token has expired."),
    "revoked": Refusal(401, "revoked_api_key", "The API key has been revoked."),
    "password": Refusal(401, "invalid_credentials", "E-mail, password or tenant are wrong."),
}

_FORBIDDEN: Mapping[str, Refusal] = {
    "scope_missing": Refusal(403, "scope_missing", "The API key lacks the scope {scope}."),
    "tenant_suspended": Refusal(403, "tenant_suspended", "The tenant is suspended."),
    "gateway_not_allowed": Refusal(
        403, "gateway_not_allowed", "The gateway cannot be used for this message.", "gateway_id"
    ),
}

_IN_THE_WAY: Mapping[str, Refusal] = {
    "conversation": Refusal(409, "conversation_closed", "The conversation is closed.", "conversation_id"),
}

_TAKEN: Mapping[str, Refusal] = {
    "contact": Refusal(409, "external_id_taken", "Another contact has this external_id.", "external_id"),
}

_GONE: Mapping[str, str] = {"user": "agent", "resource": "record"}
"""What this API calls a kind of record, where it uses another word."""


def _malformed(error: errors.MalformedRequest) -> Refusal:
    known = _MALFORMED.get(error.why)
    if known is not None:
        return known
    why, _, name = error.why.partition(": ")
    header = "-".join(part.capitalize() for part in name.split("-"))
    if why == "key":
        return _MALFORMED["key"]._replace(text=_MALFORMED["key"].text.format(name=name))
    return Refusal(400, "invalid_header", f"{header or 'A header'} was sent twice.")


def _unauthenticated(error: errors.Unauthenticated) -> Refusal:
    return _UNAUTHENTICATED.get(error.why, _UNAUTHENTICATED["unknown"])


def _forbidden(error: errors.Forbidden) -> Refusal:
    known = _FORBIDDEN.get(error.why, Refusal(403, "permission_denied", "This is not allowed."))
    return known._replace(text=known.text.format_map(error.facts)) if error.facts else known


def _not_found(error: errors.NotFound) -> Refusal:
    thing = _GONE.get(error.kind, error.kind)
    return Refusal(404, "resource_not_found", f"There is no such {thing}.")


def _already_there(error: errors.AlreadyExists) -> Refusal:
    return _TAKEN.get(error.kind, Refusal(409, "conflict", f"There is such a {error.kind} already."))


def _conflict(error: errors.StatusConflict) -> Refusal:
    return _IN_THE_WAY.get(error.kind, Refusal(409, "conflict", f"The {error.kind} is {error.current}."))


def _no_provider(error: errors.NoProvider) -> Refusal:
    return Refusal(403, "channel_not_enabled", f"The channel {error.channel} has no active gateway.", "channel")


def _too_poor(error: errors.InsufficientFunds) -> Refusal:
    has, needs = (decimal_text(micros, places=3) for micros in (error.available_micros, error.needed_micros))
    unit = error.currency
    return Refusal(402, "insufficient_balance", f"The wallet holds {has} {unit} and the message costs {needs} {unit}.")


def _unknown_path(error: errors.UnknownPath) -> Refusal:
    return Refusal(404, "route_not_found", f"There is nothing at {error.path}.")


def _suppressed(_: errors.RecipientSuppressed) -> Refusal:
    return Refusal(422, "invalid_recipient", "The recipient cannot be written to.", "to")


# Suppressed recipients, unknown senders and what is not emulated are never refused so; the rows make the table total.
REFUSALS: Mapping[type[MessagingError], Refusal | Callable[..., Refusal]] = {
    errors.Unauthenticated: _unauthenticated,
    errors.Forbidden: _forbidden,
    errors.RateLimited: Refusal(429, "rate_limited", "Too many requests."),
    errors.UnknownPath: _unknown_path,
    errors.MethodNotAllowed: Refusal(405, "method_not_allowed", "The method is not allowed here."),
    errors.PayloadTooLarge: Refusal(413, "body_too_large", "The body is larger than 256 KiB."),
    errors.UnsupportedContentType: Refusal(415, "unsupported_media_type", "The content type is not taken here."),
    errors.MalformedRequest: _malformed,
    errors.InvalidFields: Refusal(422, "invalid_field", "A field is not valid."),
    errors.NotFound: _not_found,
    errors.AlreadyExists: _already_there,
    errors.StatusConflict: _conflict,
    errors.SenderNotAllowed: Refusal(422, "invalid_field", "The sender is not approved.", "from"),
    errors.RecipientSuppressed: _suppressed,
    errors.NoProvider: _no_provider,
    errors.IdempotencyKeyReused: Refusal(
        409, "idempotency_key_reused", "The idempotency key was used with another body."
    ),
    errors.RequestInProgress: Refusal(
        409, "idempotency_in_progress", "The first call with this idempotency key is still running."
    ),
    errors.InsufficientFunds: _too_poor,
    errors.NotEmulated: Refusal(501, "not_emulated", "The emulator does not do this."),
    errors.InternalFault: Refusal(500, "internal_error", "Something went wrong on our side."),
    errors.Unavailable: Refusal(503, "temporarily_unavailable", "The service is temporarily unavailable."),
}


def refusal_of(error: MessagingError) -> Refusal:
    """What this API says of a refusal."""
    known = REFUSALS[type(error)]
    return known if isinstance(known, Refusal) else known(error)
