"""What is read of a contract before its first request: enough to route, and no schema."""

from collections.abc import Iterator
from hashlib import sha256
from typing import Any

import msgspec

from emulator.server.contract.query import query_parameters
from emulator.server.contract.references import Document, find

FORMAT = 2
"""Part of every digest: raise it when `Index` or what is derived changes, and old caches no longer fit."""

METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace")


class Entry(msgspec.Struct, frozen=True):
    """One operation. `path` is the template; content types are in lower case, without parameters.

    `query_required` tells whether a query parameter is; `body_limit` is in bytes, 0 without one.
    """

    id: str
    method: str
    path: str
    body_required: bool
    query_required: bool
    content_types: tuple[str, ...]
    security: tuple[str, ...]
    emulated: bool
    body_limit: int = 0


class Index(msgspec.Struct, frozen=True):
    """The routing index of one contract. The digests tell whether it fits the YAML and the JSON beside it."""

    title: str
    yaml_digest: str
    json_digest: str
    entries: tuple[Entry, ...]


def digest(content: bytes) -> str:
    """Name these bytes, as this format reads them."""
    return sha256(b"parrotfish contract %d\n" % FORMAT + content).hexdigest()


def build_index(document: Document, *, yaml_digest: str, json_digest: str) -> Index:
    """Derive the index of a whole document. Raises `LookupError` for a reference that leads nowhere."""
    entries = tuple(
        _entry(document, path, method, operation) for path, method, operation in operations(document) if operation
    )
    return Index(str(document["info"]["title"]), yaml_digest, json_digest, entries)


def operations(document: Document) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Yield path template, method in lower case, and operation."""
    for path in document.get("paths", {}):
        item = find(document, ("paths", path))[1]
        for method in METHODS:
            if method in item:
                yield path, method, item[method]


def _entry(document: Document, path: str, method: str, operation: dict[str, Any]) -> Entry:
    body: dict[str, Any] = {}
    if "requestBody" in operation:
        body = find(document, ("paths", path, method, "requestBody"))[1]
    return Entry(
        id=operation["operationId"],
        method=method.upper(),
        path=path,
        body_required=body.get("required", False),
        query_required=any(each.required for each in query_parameters(document, path, method)),
        content_types=tuple(content_type.lower() for content_type in body.get("content", {})),
        security=_security(document, operation),
        body_limit=operation.get("x-body-limit", 0),
        emulated=not operation.get("x-not-emulated", False),
    )


def _security(document: Document, operation: dict[str, Any]) -> tuple[str, ...]:
    requirements: list[dict[str, Any]] = operation.get("security", document.get("security", []))
    return tuple(dict.fromkeys(name for requirement in requirements for name in requirement))
