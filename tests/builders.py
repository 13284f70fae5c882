"""Complete records, to be changed in one point: `a_message(sender=None)`."""

from datetime import UTC, datetime
from typing import Any

from emulator.core.records import (
    Account,
    Channel,
    Content,
    Event,
    EventType,
    Message,
    Recipient,
    Status,
)

NOON = datetime(2026, 11, 21, 12, 0, 0, tzinfo=UTC)
"""The moment at which the records below came to be."""


def an_account(**changes: Any) -> Account:
    """An active account of the `raven` API."""
    return Account(**{"id": "acc-1", "api": "raven", "name": "Acme", "created_at": NOON, "currency": "KES"} | changes)


def a_message(**changes: Any) -> Message:
    """A live SMS to one recipient, accepted at noon."""
    created_at = changes.get("created_at", NOON)
    usual: dict[str, Any] = {
        "id": "msg-1",
        "api": "raven",
        "account_id": "acc-1",
        "environment": "live",
        "channel": Channel.SMS,
        "sender": None,
        "content": Content(text="Gate 4 is open."),
        "created_at": created_at,
        "starts_at": created_at,
    }
    return Message(**usual | changes)


def a_mail(**changes: Any) -> Message:
    """A live e-mail with a text and an HTML part."""
    content = Content(
        subject="Gate change", text="Gate 4 is open: https://example.com/gates", html="<p>Gate 4 is open.</p>"
    )
    return a_message(**{"channel": Channel.EMAIL, "sender": "news@example.org", "content": content} | changes)


def a_recipient(**changes: Any) -> Recipient:
    """The first recipient of `a_message`, just queued. Its id follows `message_id`, unless it is given."""
    message_id = changes.get("message_id", "msg-1")
    usual: dict[str, Any] = {
        "id": message_id,
        "message_id": message_id,
        "address": "+12025550100",
        "status": Status.QUEUED,
        "updated_at": NOON,
        "segments": 1,
        "price_micros": 800_000,
        "events": (an_event(),),
    }
    return Recipient(**usual | changes)


def an_event(**changes: Any) -> Event:
    """`queued` at noon, by the platform."""
    return Event(**{"type": EventType.QUEUED, "at": NOON} | changes)
