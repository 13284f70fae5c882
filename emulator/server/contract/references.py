"""Finding things in an OpenAPI document: places, references to them, and what stands there."""

from typing import Any, TypeAlias, TypeGuard
from urllib.parse import quote, unquote

Document: TypeAlias = dict[str, Any]
"""A parsed contract. It has too many shapes for a type of ours; `Any` stops at this package's border."""

Node: TypeAlias = Any
"""Any value in a document."""

Place: TypeAlias = tuple[str, ...]
"""The keys that lead from the document's root to a value."""

_HOPS = 16


def is_object(node: object) -> TypeGuard[dict[str, Any]]:
    """Tell JSON's objects."""
    return isinstance(node, dict)


def is_array(node: object) -> TypeGuard[list[Any]]:
    """Tell JSON's arrays."""
    return isinstance(node, list)


def reference_to(place: Place) -> str:
    """Write a place as the fragment of a `$ref`."""
    return "#" + "".join("/" + quote(key.replace("~", "~0").replace("/", "~1"), safe="~") for key in place)


def place_of(reference: str) -> Place:
    """Read the fragment of a `$ref`. Raises `LookupError` if it leads out of the document."""
    if reference == "#":
        return ()
    if not reference.startswith("#/"):
        raise LookupError(f"{reference} leads out of the document")
    return tuple(unquote(key).replace("~1", "/").replace("~0", "~") for key in reference[2:].split("/"))


def find(document: Document, place: Place) -> tuple[Place, Node]:
    """Follow the keys, and each `$ref` on the way and at the end; return where that led, and what is there.

    Raises `LookupError` when a key or the target of a reference is missing, or references lead in a circle.
    """
    at: Place = ()
    node: Node = document
    for key in place:
        at, node = _resolve(document, (*at, key), _member(node, key))
    return at, node


def resolve(document: Document, node: Node) -> Node:
    """Follow `$ref`s until there is none. Raises `LookupError`, as `find`."""
    return _resolve(document, (), node)[1] if is_object(node) and "$ref" in node else node


def _resolve(document: Document, at: Place, node: Node) -> tuple[Place, Node]:
    for _ in range(_HOPS):
        if not (is_object(node) and isinstance(node.get("$ref"), str)):
            return at, node
        at = place_of(node["$ref"])
        node = document
        for key in at:
            node = _member(node, key)
    raise LookupError(f"{reference_to(at)} leads in a circle")


def _member(node: Node, key: str) -> Node:
    if is_object(node):
        return node[key]
    if is_array(node):
        return node[int(key)]
    raise LookupError(key)
