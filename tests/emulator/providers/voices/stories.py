"""What one provider says about one event of a short life: queued at noon, sent 0.1 s later, the event 0.5 s after noon."""

import json
from datetime import timedelta
from typing import Any

from emulator.core.ids import Ids
from emulator.core.records import Channel, Connection, Event, EventType, Message, Origin, Recipient
from emulator.providers.reasons import Reason
from emulator.providers.voice import Facts, Payload
from emulator.providers.voices import payload, voice
from tests.builders import NOON, a_mail, a_message, a_recipient, an_event

REPORTED_AT = NOON + timedelta(milliseconds=500)
MAIL_PROVIDERS = ("ses", "postmark", "sendgrid", "mailgun", "brevo", "mailjet", "smtp")
PHONE = "+254711000100"
MAILBOX = "someone@simulator.example"


def a_connection(provider: str = "mailgun", **changes: Any) -> Connection:
    usual: dict[str, Any] = {
        "id": "con-1",
        "account_id": "acc-1",
        "provider": provider,
        "channel": Channel.EMAIL,
        "label": "main",
        "created_at": NOON,
    }
    return Connection(**usual | changes)


def facts(
    provider: str,
    *events: Event,
    message: Message | None = None,
    connection: Connection | None = None,
    **changes: Any,
) -> Facts:
    """The facts of the last of the events; `changes` are the recipient's."""
    by_mail = provider in MAIL_PROVIDERS
    message = message or (a_mail() if by_mail else a_message())
    life = (an_event(), an_event(type=EventType.SENDING), *events)
    usual: dict[str, Any] = {
        "address": MAILBOX if by_mail else PHONE,
        "provider": provider,
        "provider_message_id": voice(provider).message_id(Ids(1, {})),
        "cost_micros": 800_000,
        "events": life,
    }
    recipient: Recipient = a_recipient(**usual | changes)
    return Facts(message, recipient, life[-1], len(life) - 1, connection)


def report(type: EventType, **changes: Any) -> Event:
    """A report of the provider; a failure is permanent unless it is said not to be."""
    hard = type in {EventType.BOUNCED, EventType.FAILED}
    return an_event(**{"type": type, "at": REPORTED_AT, "origin": Origin.RECEIPT, "hard": hard} | changes)


def accepted(**changes: Any) -> Event:
    at = NOON + timedelta(milliseconds=100)
    return an_event(**{"type": EventType.SENT, "at": at, "origin": Origin.ANSWER, "attempt": 1} | changes)


def refused(reason: Reason | str, **changes: Any) -> Event:
    return accepted(**{"type": EventType.FAILED, "hard": True, "reason": str(reason)} | changes)


def said(provider: str, *events: Event, **changes: Any) -> Payload:
    """What the provider said at the last of the events."""
    answer = payload(facts(provider, *events, **changes))
    assert answer is not None
    return answer


def json_of(payload: Payload) -> Any:
    return json.loads(payload.body)
