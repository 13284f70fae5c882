"""The delivery attempts of a webhook event, the ones that are still to come included."""

from collections.abc import Iterator, Sequence

from emulator.control.call import account_name
from emulator.core.errors import Json
from emulator.core.moments import iso_milliseconds
from emulator.core.records import DeliveryAttempt, WebhookEvent
from emulator.gateway import telling
from emulator.gateway.world import ReadyAttempt, World

PENDING = "pending"
SCHEDULED = "scheduled"


def by_hand(world: World) -> dict[str, list[ReadyAttempt]]:
    """The attempts that were asked for by hand and are not posted yet, by event."""
    found: dict[str, list[ReadyAttempt]] = {}
    for ready in world.ready:
        if ready.trigger != SCHEDULED:
            found.setdefault(ready.event_id, []).append(ready)
    return found


def attempts_of(world: World, event: WebhookEvent, asked: Sequence[ReadyAttempt]) -> Iterator[dict[str, Json]]:
    """All attempts of an event, oldest first: those that ended, then those that are due or on their way.

    `asked` are those of this event that were asked for by hand (`by_hand`).
    """
    is_success = telling.rules_of(world, event).is_success
    for attempt in event.attempts:
        took_it = attempt.response_status is not None and is_success(attempt.response_status)
        yield _ended(world, event, attempt, "delivered" if took_it else "failed")
    for number, ready in enumerate((*_of_the_schedule(event), *asked), start=len(event.attempts) + 1):
        yield _pending(world, event, number, ready)


def _pending(world: World, event: WebhookEvent, number: int, ready: ReadyAttempt) -> dict[str, Json]:
    """An attempt that has no answer yet."""
    return {
        **_about(world, event, number),
        "trigger": ready.trigger,
        "state": PENDING,
        "due_at": iso_milliseconds(ready.due_at),
        "started_at": None,
        "request": _request(world, event, None),
        "response": None,
        "error": None,
        "next_attempt_at": None,
    }


def _of_the_schedule(event: WebhookEvent) -> tuple[ReadyAttempt, ...]:
    """The attempt that the schedule has next, or that is on its way."""
    if event.state != PENDING:
        return ()
    scheduled = (attempt for attempt in reversed(event.attempts) if attempt.trigger == SCHEDULED)
    last = next(scheduled, None)
    due_at = (event.first_due_at if last is None else last.next_attempt_at) or event.created_at
    return (ReadyAttempt(event.id, SCHEDULED, due_at),)


def _ended(world: World, event: WebhookEvent, attempt: DeliveryAttempt, state: str) -> dict[str, Json]:
    response: Json = None
    if attempt.response_status is not None:
        response = {
            "status": attempt.response_status,
            "body": attempt.response_body,
            "duration_ms": attempt.response_duration_ms,
        }
    next_attempt_at = attempt.next_attempt_at
    return {
        **_about(world, event, attempt.number),
        "trigger": attempt.trigger,
        "state": state,
        "due_at": iso_milliseconds(attempt.due_at),
        "started_at": iso_milliseconds(attempt.started_at),
        "request": _request(world, event, attempt),
        "response": response,
        "error": attempt.error,
        "next_attempt_at": iso_milliseconds(next_attempt_at) if next_attempt_at is not None else None,
    }


def _about(world: World, event: WebhookEvent, number: int) -> dict[str, Json]:
    recipient = world.store.recipients.get(event.recipient_id) if event.recipient_id else None
    return {
        "id": f"{event.id}.{number}",
        "event_id": event.id,
        "wire_id": event.wire_id,
        "api": event.api,
        "account": account_name(world, event.account_id),
        "message": event.message_id,
        "recipient": recipient.address if recipient is not None else None,
        "type": event.type,
        "number": number,
    }


def _request(world: World, event: WebhookEvent, attempt: DeliveryAttempt | None) -> dict[str, Json]:
    return {
        "method": "POST",
        "url": event.url,
        "headers": dict(attempt.headers) if attempt is not None else None,
        "body": event.body.decode("utf-8", "replace"),
        "signed": _signed(world, event, attempt) if attempt is not None else None,
    }


def _signed(world: World, event: WebhookEvent, attempt: DeliveryAttempt) -> str | None:
    """What the signature covers, as it was sent; None where nothing is signed."""
    signed = telling.rules_of(world, event).signed
    if signed is None or event.endpoint_id is None:
        return None
    covered = signed({name.lower(): value for name, value in attempt.headers}, event.body, event.url)
    return _shown(covered) or None


def _shown(covered: bytes) -> str:
    r"""Bytes as text; if they are none, those that cannot be shown as `\xNN`."""
    try:
        return covered.decode()
    except UnicodeDecodeError:
        return "".join(chr(each) if 32 <= each < 127 or each == 10 else f"\\x{each:02x}" for each in covered)
