"""Where and how an account is told; the built-in receivers."""

from collections.abc import Mapping
from datetime import datetime

from emulator.core.errors import Json
from emulator.core.records.base import EMPTY, Record


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
