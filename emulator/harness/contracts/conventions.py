"""Names by which APIs show what a contract has no words for: idempotency keys, pages, rate limits.

Each is a table; what fits no row is not checked.
"""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from emulator.harness.contracts.documents import Document, Node, Operation

_KEY = re.compile(r"idempotency[-_]?key", re.IGNORECASE)
_REPLAYED = re.compile(r"replay", re.IGNORECASE)
_RATE_LIMIT = re.compile(r"(x-)?rate-?limit(-.*)?", re.IGNORECASE)

_LIMITS = ("limit", "pageSize", "page_size", "per_page", "perPage", "size", "count")
_CURSORS = ("cursor", "pageToken", "page_token", "starting_after", "next_token")
_OFFSETS = ("offset", "skip")
_NEXTS = ("nextCursor", "next_cursor", "nextPageToken", "next_page_token", "next")
_ITEMS = ("data", "results", "items")
_IDS = ("id", "message_id", "uuid", "name", "code", "number", "key")


@dataclass(frozen=True)
class KeyPlace:
    """Where an operation takes an idempotency key: `header` or `body`, and the names it has there, the best first."""

    place: str
    names: Sequence[str]


def key_places(document: Document, operation: Operation) -> Sequence[KeyPlace]:
    """The places for an idempotency key."""
    headers = [each["name"] for each in operation.parameters if each["in"] == "header" and _KEY.fullmatch(each["name"])]
    schema = document.body(operation)
    members = [name for name in document.properties(schema) if _KEY.fullmatch(name)] if schema is not None else []
    found = (KeyPlace("header", headers), KeyPlace("body", members))
    return tuple(each for each in found if each.names)


def replay_headers(document: Document, operation: Operation) -> Sequence[str]:
    """The headers by which an answer says that it was given before."""
    return _headers(document, operation, _REPLAYED)


def rate_limit_headers(response: Node) -> Sequence[str]:
    """The documented headers of an answer that tell of a rate limit."""
    return [name for name in response.get("headers", {}) if _RATE_LIMIT.fullmatch(name)]


def _headers(document: Document, operation: Operation, pattern: re.Pattern[str]) -> Sequence[str]:
    found: dict[str, None] = {}
    for status, response in operation.node.get("responses", {}).items():
        if str(status).startswith("2"):
            found.update(dict.fromkeys(n for n in document.follow(response).get("headers", {}) if pattern.search(n)))
    return list(found)


@dataclass(frozen=True)
class Paging:
    """How a list is read page by page.

    `items` is the member with the list, `id` what tells its elements apart (None: the whole element). `next` is the
    member with the value for the query parameter `onward`; without it `onward` counts elements.
    """

    items: str
    id: str | None
    limit: str
    most: int
    onward: str
    next: str | None


def paging(document: Document, operation: Operation) -> Paging | None:
    """How an operation pages, if it does."""
    if operation.method != "get":
        return None
    query = {each["name"]: each for each in operation.parameters if each["in"] == "query"}
    limit = _first(_LIMITS, query)
    answer = document.response(operation, 200)
    schema = answer and answer.get("content", {}).get("application/json", {}).get("schema")
    if limit is None or not schema:
        return None
    members = document.properties(schema)
    arrays = [name for name, each in members.items() if each.get("type") == "array"]
    items = _first(_ITEMS, arrays) or (arrays[0] if len(arrays) == 1 else None)
    if items is None:
        return None
    elements = document.properties(members[items].get("items", {}))
    next_member = _first(_NEXTS, members)
    onward = _first((*_CURSORS, "after"), query) if next_member is not None else None
    if onward is None:
        onward, next_member = _first(_OFFSETS, query), None
    if onward is None:
        return None
    most = _most(document, query[limit])
    return Paging(items, _first(_IDS, elements), limit, most, onward, next_member)


def is_cursor(name: str) -> bool:
    """Whether a query parameter carries a list on, so that only an earlier answer can know its values."""
    return name in _CURSORS


def _most(document: Document, parameter: Node) -> int:
    maximum = document.follow(parameter.get("schema", {})).get("maximum")
    return int(maximum) if maximum is not None else 100


def _first(wanted: Sequence[str], names: Collection[str]) -> str | None:
    return next((name for name in wanted if name in names), None)
