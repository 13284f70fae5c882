"""What may stand where in a contract, as a table; and a walk over a document by it.

A misspelt key is read by nobody and refused by no validator, so each object may only have the keys that this project
reads or that document it. Not for run time.
"""

from collections.abc import Iterator
from typing import Literal, NamedTuple, TypeAlias

from emulator.server.contract.index import METHODS
from emulator.server.contract.references import Document, Node, Place, find, is_array, is_object, place_of

Direction: TypeAlias = Literal["", "in", "out"]
"""`in`: part of what callers send. `out`: only part of what we send on our own account, or of the components."""


class Spot(NamedTuple):
    """An object of the document, what it is, and whether callers send it. References have been followed."""

    kind: str
    place: Place
    node: Node
    direction: Direction


_ANY = ""
_DESCRIBED = {"summary": _ANY, "description": _ANY}
_EXAMPLES = {"example": _ANY, "examples": "{example}"}
_VALUE = {"schema": "schema", "content": "{media type}", "style": _ANY, "explode": _ANY, "required": _ANY}

# Kind -> key -> kind of the value: one, `[a list]` of them, `{a mapping}` to them, or anything.
GRAMMAR: dict[str, dict[str, str]] = {
    "document": {
        "openapi": _ANY,
        "info": "info",
        "jsonSchemaDialect": _ANY,
        "servers": _ANY,
        "paths": "{path item}",
        "webhooks": "{path item}",
        "components": "components",
        "security": _ANY,
        "tags": _ANY,
        "externalDocs": _ANY,
    },
    "info": {**_DESCRIBED, "title": _ANY, "termsOfService": _ANY, "contact": _ANY, "license": _ANY, "version": _ANY},
    "components": {
        "schemas": "{schema}",
        "responses": "{response}",
        "parameters": "{parameter}",
        "examples": "{example}",
        "requestBodies": "{request body}",
        "headers": "{header}",
        "securitySchemes": "{security scheme}",
        "callbacks": "{callback}",
        "pathItems": "{path item}",
    },
    "security scheme": {
        "type": _ANY,
        "description": _ANY,
        "name": _ANY,
        "in": _ANY,
        "scheme": _ANY,
        "bearerFormat": _ANY,
        "flows": _ANY,
        "openIdConnectUrl": _ANY,
    },
    "path item": {
        **_DESCRIBED,
        "servers": _ANY,
        "parameters": "[parameter]",
        **dict.fromkeys(METHODS, "operation"),
    },
    "operation": {
        **_DESCRIBED,
        "tags": _ANY,
        "externalDocs": _ANY,
        "operationId": _ANY,
        "parameters": "[parameter]",
        "requestBody": "request body",
        "responses": "{response}",
        "callbacks": "{callback}",
        "deprecated": _ANY,
        "security": _ANY,
        "servers": _ANY,
    },
    "parameter": {"name": _ANY, "in": _ANY, "description": _ANY, "deprecated": _ANY, **_VALUE, **_EXAMPLES},
    "header": {"description": _ANY, "deprecated": _ANY, **_VALUE, **_EXAMPLES},
    "request body": {"description": _ANY, "content": "{media type}", "required": _ANY},
    "response": {"description": _ANY, "headers": "{header}", "content": "{media type}", "links": _ANY},
    "media type": {"schema": "schema", "encoding": _ANY, **_EXAMPLES},
    "example": {**_DESCRIBED, "value": _ANY},
    "schema": {
        **dict.fromkeys(("title", "description", "default", "deprecated", "readOnly", "writeOnly", "examples"), _ANY),
        **dict.fromkeys(("type", "enum", "const", "format", "$comment"), _ANY),
        **dict.fromkeys(("minLength", "maxLength", "pattern", "contentEncoding", "contentMediaType"), _ANY),
        **dict.fromkeys(("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"), _ANY),
        **dict.fromkeys(("minItems", "maxItems", "uniqueItems"), _ANY),
        **dict.fromkeys(("minProperties", "maxProperties", "required", "dependentRequired"), _ANY),
        **dict.fromkeys(("items", "additionalProperties", "propertyNames", "not", "if", "then", "else"), "schema"),
        **dict.fromkeys(("properties", "patternProperties"), "{schema}"),
        **dict.fromkeys(("allOf", "anyOf", "oneOf", "prefixItems"), "[schema]"),
        # Ours: the schema of the elements of a list body, each of which is judged alone.
        "x-item-schema": "schema",
    },
}

_CALLERS_SEND = frozenset({"parameter", "request body"})
_WE_SEND = frozenset({"webhooks", "callbacks", "components"})


def walk(document: Document) -> Iterator[Spot]:
    """Yield every object of the document, once for each direction. References that lead nowhere are left out."""
    yield from _Walker(document).visit(Spot("document", (), document, ""))


def unknown_keys(spot: Spot) -> list[str]:
    """List the keys that an object of this kind cannot have."""
    if not is_object(spot.node) or spot.kind not in GRAMMAR:
        return []
    known = GRAMMAR[spot.kind]
    return [key for key in spot.node if key not in known and key != "$ref" and not key.startswith("x-")]


class _Walker:
    def __init__(self, document: Document) -> None:
        self._document = document
        self._seen: set[tuple[Place, str, Direction]] = set()

    def visit(self, spot: Spot) -> Iterator[Spot]:
        """Yield a spot and all under it, and behind its reference."""
        identity = (spot.place, spot.kind, spot.direction)
        if identity in self._seen:
            return
        self._seen.add(identity)
        yield spot
        if not is_object(spot.node):
            return
        if isinstance(reference := spot.node.get("$ref"), str):
            yield from self._behind(spot, reference)
        for key, kind in _children(spot):
            direction = _direction(spot, key)
            for name, child_kind, child in _members(kind, spot.node[key]):
                yield from self.visit(Spot(child_kind, (*spot.place, key, *name), child, direction))

    def _behind(self, spot: Spot, reference: str) -> Iterator[Spot]:
        try:
            place, node = find(self._document, place_of(reference))
        except LookupError:
            return
        yield from self.visit(Spot(spot.kind, place, node, spot.direction))


def _children(spot: Spot) -> Iterator[tuple[str, str]]:
    if spot.kind == "callback":
        # The keys of a callback are addresses, where other objects have words.
        yield from ((key, "path item") for key in spot.node if not key.startswith("x-"))
    for key, kind in GRAMMAR.get(spot.kind, {}).items():
        if kind and key in spot.node:
            yield key, kind


def _members(kind: str, value: Node) -> Iterator[tuple[Place, str, Node]]:
    inner = kind.strip("[]{}")
    if kind.startswith("[") and is_array(value):
        yield from (((str(position),), inner, item) for position, item in enumerate(value))
    elif kind.startswith("{") and is_object(value):
        yield from (((name,), inner, item) for name, item in value.items() if not name.startswith("x-"))
    elif kind == inner:
        yield (), kind, value


def _direction(spot: Spot, key: str) -> Direction:
    if spot.direction:
        return spot.direction
    if key in _WE_SEND and spot.kind in ("document", "operation"):
        return "out"
    return "in" if spot.kind in _CALLERS_SEND else ""
