"""Every way a request is refused.

A refusal carries facts, no HTTP status and no sentence: each dialect has one table that says it in its own envelope.

    MessagingError
    ├── about the caller      Unauthenticated, Forbidden, RateLimited
    ├── about the request     UnknownPath, MethodNotAllowed, PayloadTooLarge, UnsupportedContentType,
    │                         MalformedRequest, InvalidFields
    ├── about what it names   NotFound, AlreadyExists, StatusConflict, SenderNotAllowed, RecipientSuppressed,
    │                         NoProvider
    ├── about repeating it    IdempotencyKeyReused, RequestInProgress
    ├── about money           InsufficientFunds
    └── about us              NotEmulated, InternalFault, Unavailable
"""

from collections.abc import Sequence
from datetime import timedelta
from typing import NamedTuple, TypeAlias

Json: TypeAlias = "bool | int | float | str | list[Json] | dict[str, Json] | None"


class MessagingError(Exception):
    """A request is refused. Subclasses carry the facts."""


class Unauthenticated(MessagingError):
    """Nothing, or nothing valid, proves who is asking.

    `why` is one of `missing`, `unknown`, `revoked`, `expired`, `malformed`; `scheme` names the contract's security
    scheme that was looked at.
    """

    def __init__(self, why: str = "unknown", scheme: str = "") -> None:
        super().__init__(why)
        self.why = why
        self.scheme = scheme


class Forbidden(MessagingError):
    """The caller is known and may not do this. `why` is the dialect's own key, `facts` fill its text."""

    def __init__(self, why: str, **facts: str) -> None:
        super().__init__(why)
        self.why = why
        self.facts = facts


class RateLimited(MessagingError):
    """Too many requests in the window."""

    def __init__(self, retry_after: timedelta, limit: int) -> None:
        super().__init__(f"retry after {retry_after}")
        self.retry_after = retry_after
        self.limit = limit


class UnknownPath(MessagingError):
    """The contract has no such path. `path` is the vendor's own, without mount or world."""

    def __init__(self, method: str, path: str) -> None:
        super().__init__(f"{method} {path}")
        self.method = method
        self.path = path


class MethodNotAllowed(MessagingError):
    """The contract has the path, but not with this method."""

    def __init__(self, method: str, path: str, allow: Sequence[str]) -> None:
        super().__init__(f"{method} {path}")
        self.method = method
        self.path = path
        self.allow = tuple(allow)


class PayloadTooLarge(MessagingError):
    """The body is larger than the API takes."""

    def __init__(self, limit_bytes: int) -> None:
        super().__init__(f"over {limit_bytes} bytes")
        self.limit_bytes = limit_bytes


class UnsupportedContentType(MessagingError):
    """The body's content type is none that the operation takes; `None` if there was no such header."""

    def __init__(self, content_type: str | None) -> None:
        super().__init__(content_type)
        self.content_type = content_type


class MalformedRequest(MessagingError):
    """The body cannot be decoded at all. `position` is the byte where reading stopped, if it is known."""

    def __init__(self, why: str = "not JSON", position: int | None = None) -> None:
        super().__init__(why)
        self.why = why
        self.position = position


class FieldProblem(NamedTuple):
    """One thing wrong with one value of a request.

    `path` leads from the root of the body to the value (`("items", 0, "to")`; for a missing member it includes that
    member); for a parameter it is `(name,)`. `rule` is a word of `RULES`. `expected` is what the rule wanted: the
    limit, the pattern, the tuple of allowed values, the tuple of type names. `place` is `body`, `query`, `path` or
    `header`.
    """

    path: tuple[str | int, ...]
    rule: str
    value: Json = None
    expected: object = None
    place: str = "body"


RULES = frozenset(
    {
        "required",
        "type",
        "enum",
        "const",
        "pattern",
        "min_length",
        "max_length",
        "minimum",
        "maximum",
        "exclusive_minimum",
        "exclusive_maximum",
        "multiple_of",
        "min_items",
        "max_items",
        "unique_items",
        "min_properties",
        "max_properties",
        "unknown_member",
        "any_of",
        "not_allowed",
        "address",
        "phone",
        "url",
        "moment",
        "exists",
        "taken",
        "missing_variable",
        "text",
    }
)


class InvalidFields(MessagingError):
    """The request can be read but breaks the contract. `problems` is never empty and in contract order."""

    def __init__(self, problems: Sequence[FieldProblem]) -> None:
        super().__init__(", ".join(f"{'.'.join(map(str, p.path))}: {p.rule}" for p in problems))
        self.problems = tuple(problems)


class NotFound(MessagingError):
    """There is no such record, or it belongs to somebody else, which must look the same."""

    def __init__(self, kind: str, id: str = "") -> None:
        super().__init__(f"{kind} {id}")
        self.kind = kind
        self.id = id


class AlreadyExists(MessagingError):
    """A record with this natural key is there already. `id` is that record's, where an API shows it."""

    def __init__(self, kind: str, id: str = "") -> None:
        super().__init__(f"{kind} {id}")
        self.kind = kind
        self.id = id


class StatusConflict(MessagingError):
    """The record's current state does not allow the change."""

    def __init__(self, kind: str, current: str, wanted: str) -> None:
        super().__init__(f"{kind}: {current} -> {wanted}")
        self.kind = kind
        self.current = current
        self.wanted = wanted


class SenderNotAllowed(MessagingError):
    """The account may not send from this sender."""

    def __init__(self, sender: str, why: str = "not assigned") -> None:
        super().__init__(f"{sender}: {why}")
        self.sender = sender
        self.why = why


class RecipientSuppressed(MessagingError):
    """The recipient must not be written to."""

    def __init__(self, address: str, reason: str) -> None:
        super().__init__(f"{address}: {reason}")
        self.address = address
        self.reason = reason


class NoProvider(MessagingError):
    """The account has connected no provider for this channel."""

    def __init__(self, channel: str) -> None:
        super().__init__(channel)
        self.channel = channel


class IdempotencyKeyReused(MessagingError):
    """The idempotency key was used with another payload."""

    def __init__(self, key: str) -> None:
        super().__init__(key)
        self.key = key


class RequestInProgress(MessagingError):
    """The first request with this idempotency key has not been answered yet."""

    def __init__(self, key: str) -> None:
        super().__init__(key)
        self.key = key


class InsufficientFunds(MessagingError):
    """The wallet cannot cover the hold. Amounts are millionths of the wallet's unit."""

    def __init__(self, needed_micros: int, available_micros: int, currency: str) -> None:
        super().__init__(f"{needed_micros} > {available_micros} {currency}")
        self.needed_micros = needed_micros
        self.available_micros = available_micros
        self.currency = currency


class NotEmulated(MessagingError):
    """The real API does this and we do not: said plainly, in the API's own envelope."""

    def __init__(self, what: str) -> None:
        super().__init__(what)
        self.what = what


class InternalFault(MessagingError):
    """A bug of ours, or a scripted 500. It exists so that each dialect words its 500 in its table."""


class Unavailable(MessagingError):
    """The platform cannot answer at the moment: a scripted 503, worded by each dialect in its table."""
