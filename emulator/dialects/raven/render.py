"""Records -> bodies; refusals -> the error envelope."""

from collections.abc import Callable, Mapping, Sequence
from math import ceil
from typing import TypeVar

from emulator.core.errors import FieldProblem, InvalidFields, Json, MessagingError, MethodNotAllowed, RateLimited
from emulator.core.moments import iso_milliseconds
from emulator.core.paging import newest_first
from emulator.core.pricing import decimal_number
from emulator.core.records import Channel, Message, Recipient, Record
from emulator.core.store import Store
from emulator.core.table import Table
from emulator.dialects.raven.statuses import failure_reason, status_of
from emulator.dialects.raven.vocabulary import REFUSALS, event_word, refusal_text
from emulator.gateway.speaking import SANDBOX
from emulator.server.dialect import Call, RawHeaders, Reply, json_reply

R = TypeVar("R", bound=Record)

MOST_ON_A_PAGE = 100


def render_error(error: MessagingError, call: Call) -> Reply:
    """Say a refusal in the one envelope of this API.

    Source: Raven documentation, "Errors", read 2026-11.
    """
    status = REFUSALS[type(error)].status
    body = {
        "statusCode": status,
        "timestamp": iso_milliseconds(call.now),
        "path": call.path,
        "message": refusal_text(error),
    }
    return json_reply(status, body, _error_headers(error))


def _error_headers(error: MessagingError) -> RawHeaders:
    if isinstance(error, RateLimited):
        return ((b"retry-after", b"%d" % max(1, ceil(error.retry_after.total_seconds()))),)
    if isinstance(error, MethodNotAllowed):
        return ((b"allow", ", ".join(error.allow).encode()),)
    return ()


def render_accepted(call: Call, message: Message, address: str) -> Reply:
    """The answer to a send: always these five members.

    Source: Raven documentation, "Send a message", read 2026-11; the header is assumed.
    """
    body = {
        "id": message.id,
        "status": "queued",
        "channel": message.channel,
        "to": address,
        "enqueuedAt": iso_milliseconds(message.created_at),
    }
    location = f"{call.base_path}{call.path}/{message.id}".encode("latin-1")
    return json_reply(202, body, ((b"location", location),))


def render_summary(store: Store, message: Message) -> dict[str, Json]:
    """A message as lists show it."""
    recipient = store.recipients[message.id]
    cost = recipient.cost_micros
    return {
        "id": message.id,
        "channel": message.channel,
        "status": status_of(message, recipient),
        "to": recipient.address,
        "from": message.sender,
        "subject": message.content.subject,
        "body": message.content.text,
        "externalId": message.external_id,
        "idempotencyKey": message.idempotency_key,
        "source": message.extras["source"],
        "environment": message.environment,
        "provider": _provider(message, recipient),
        "providerMessageId": recipient.provider_message_id,
        "costCurrency": None if cost is None else store.accounts[message.account_id].currency,
        "costAmount": None if cost is None else decimal_number(cost),
        "segments": recipient.segments if message.channel is Channel.SMS else None,
        "failureReason": failure_reason(message, recipient),
        "suppressionReason": recipient.suppression_reason,
        "enqueuedAt": iso_milliseconds(message.created_at),
        "updatedAt": iso_milliseconds(recipient.updated_at),
    }


def render_message(store: Store, message: Message) -> dict[str, Json]:
    """A message with its events, in order of time."""
    events: list[Json] = [
        {"eventType": event_word(message.channel, event.type), "occurredAt": iso_milliseconds(event.at)}
        for event in store.recipients[message.id].events
    ]
    return {**render_summary(store, message), "events": events}


def _provider(message: Message, recipient: Recipient) -> str | None:
    if recipient.provider == SANDBOX and message.environment != "test":
        return None  # it was taken away between acceptance and the worker's turn
    return recipient.provider


def render_page(
    call: Call,
    table: Table[R],
    ids: Sequence[str],
    render: Callable[[R], Mapping[str, Json]],
    *,
    keep: Callable[[R], bool] | None = None,
) -> Reply:
    """The page of a group that the query's limit and cursor ask for, in the list envelope.

    Raises `InvalidFields` for a cursor that no page has given. The shape of the envelope is assumed.
    """
    limit, cursor = call.query.get("limit"), call.query.get("cursor")
    try:
        page = newest_first(
            table,
            ids,
            limit=limit if isinstance(limit, int) else MOST_ON_A_PAGE,
            cursor=None if cursor is None else str(cursor),
            keep=keep,
            of=call.operation_id,
        )
    except ValueError:
        raise InvalidFields([FieldProblem(("cursor",), "pattern", cursor, place="query")]) from None
    return json_reply(200, {"data": [render(record) for record in page.records], "nextCursor": page.next_cursor})
