"""Lists: one page, and the token of the next."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Sequence
from typing import TypeVar

import msgspec

from emulator.core.errors import FieldProblem, InvalidFields
from emulator.core.paging import newest_first, oldest_first
from emulator.core.records import Account, Contact, InboundMessage, Message, Resource, WebhookEndpoint, WebhookEvent
from emulator.core.table import Joined, Table
from emulator.dialects.bird.timestamps import timestamp
from emulator.server.dialect import Call, Reply, json_reply

USUAL_LIMIT = 10
"""Entries of a page, where the caller does not say. Source: Bird documentation, "Pagination", read 2026-11."""

Listed = Account | Contact | InboundMessage | Message | Resource | WebhookEndpoint | WebhookEvent
R = TypeVar("R", bound=Listed)

_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(tuple[str, str]).decode


def render_page(
    call: Call,
    table: Table[R] | Joined[R],
    ids: Sequence[str],
    render: Callable[[R], object],
    *,
    usual: int = USUAL_LIMIT,
    keep: Callable[[R], bool] | None = None,
) -> Reply:
    """The page of a group (an index's `ids`, oldest first) that the query asks for: the newest first, or reversed.

    Raises `InvalidFields` for a token that no list gave.
    """
    query = call.query
    token, limit = query.get("pageToken"), query.get("limit", usual)
    assert isinstance(limit, int)
    # Where it is not declared, it is text, and ignored.
    list_page = oldest_first if query.get("reverse") is True else newest_first
    try:
        cursor = _cursor_of(token) if isinstance(token, str) else None
        page = list_page(table, ids, limit=limit, cursor=cursor, keep=keep, of=call.operation_id)
    except ValueError:
        raise InvalidFields([FieldProblem(("pageToken",), "pattern", token, place="query")]) from None
    body: dict[str, object] = {"results": [render(record) for record in page.records]}
    if page.next_cursor is not None:
        body["nextPageToken"] = _token_of(page.records[-1], page.next_cursor)
    return json_reply(200, body)


def _token_of(last: Listed, cursor: str) -> str:
    """A token in the vendor's form, which callers must not read: base64 of a moment and a name."""
    return urlsafe_b64encode(_encode([timestamp(last.created_at), cursor])).decode()


def _cursor_of(token: str) -> str:
    """The cursor in a token. Raises `ValueError`."""
    try:
        return _decode(urlsafe_b64decode(token.encode("ascii")))[1]
    except msgspec.DecodeError as error:
        raise ValueError(str(error)) from None
