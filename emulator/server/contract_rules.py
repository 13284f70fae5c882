"""What a contract must keep to beyond being OpenAPI. For tests and the build: nothing at run time imports this.

A validator passes a misspelt keyword and an unknown format in silence, and a test generator drowns in nested schemas;
so these rules look at every object of a document.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterator
from itertools import chain
from typing import Any, TypeAlias

from emulator.core.errors import Json
from emulator.server.contract.grammar import Spot, unknown_keys, walk
from emulator.server.contract.problems import describe
from emulator.server.contract.references import (
    Document,
    Node,
    Place,
    find,
    is_array,
    is_object,
    place_of,
    reference_to,
    resolve,
)
from emulator.server.contract.validators import Validator, Validators

EVIDENCE = frozenset({"seed", "docs", "code", "assumed"})

ASSERTED_FORMATS = frozenset(
    {"date-time", "date", "time", "email", "uuid", "ipv4", "ipv6", "hostname", "uri", "uri-reference"}
)
HINTED_FORMATS = frozenset({"int32", "int64", "float", "double", "decimal", "password", "byte", "binary"})

DEEPEST_CHAIN = 3
"""Chained references gave ten times as many generated cases as flat schemas."""

_CAMEL_CASE = re.compile(r"[a-z][a-zA-Z0-9]*")
_TEMPLATE_NAME = re.compile(r"\{([^{}]*)\}")
_READABLE = ("application/json", "application/x-www-form-urlencoded")

Problems: TypeAlias = Iterator[str]


def contract_problems(document: Document) -> list[str]:
    """List what is wrong with a contract, each with its place; nothing if it may be used."""
    spots = list(walk(document))
    # The other rules follow references, so these come first.
    found = [_said(spot, problem) for spot in spots for problem in _lost_reference(document, spot)]
    if not found:
        found = [_said(spot, problem) for spot in spots for rule in _RULES for problem in rule(document, spot)]
        found += _repeated_ids(spots)
        found += _broken_values(document, spots)
    return list(dict.fromkeys(found))


def _said(spot: Spot, problem: str) -> str:
    return f"{reference_to(spot.place)}: {problem}"


def _lost_reference(document: Document, spot: Spot) -> Problems:
    if is_object(spot.node) and "$ref" in spot.node:
        try:
            find(document, place_of(spot.node["$ref"]))
        except (LookupError, ValueError):
            yield f"{spot.node['$ref']} leads nowhere"


def _misspelt(_document: Document, spot: Spot) -> Problems:
    for key in unknown_keys(spot):
        yield f"a {spot.kind} has no {key!r}"
    if spot.kind != "schema" and not is_object(spot.node):
        yield f"a {spot.kind} is an object"


def _unknown_format(_document: Document, spot: Spot) -> Problems:
    name = _keyword(spot, "format")
    if name is not None and name not in ASSERTED_FORMATS | HINTED_FORMATS:
        yield f"nobody checks the format {name!r}"


def _unproved(document: Document, spot: Spot) -> Problems:
    """An API of our own, marked with `x-own` in `info`, has nothing to prove."""
    if spot.kind not in ("operation", "response") or "$ref" in spot.node or document["info"].get("x-own"):
        return
    # What a receiver of our webhooks answers is for the receiver to say.
    if spot.kind == "response" and spot.direction == "out":
        return
    if spot.node.get("x-evidence") not in EVIDENCE:
        yield f"x-evidence is one of {', '.join(sorted(EVIDENCE))}"


def _unnamed(_document: Document, spot: Spot) -> Problems:
    """Webhooks and callbacks need no name: nobody calls them by it."""
    if spot.kind == "operation" and (spot.direction != "out" or "operationId" in spot.node):
        name = spot.node.get("operationId")
        if not isinstance(name, str) or not _CAMEL_CASE.fullmatch(name):
            yield f"operationId {name!r} is not in camelCase"


def _undeclared_parameters(document: Document, spot: Spot) -> Problems:
    if spot.kind != "operation" or spot.place[:1] != ("paths",) or len(spot.place) != 3:
        return
    parameters = [
        resolve(document, parameter)
        for parameter in (*spot.node.get("parameters", ()), *_item(document, spot).get("parameters", ()))
    ]
    declared = {each["name"]: each for each in parameters if each.get("in") == "path"}
    template = set(_TEMPLATE_NAME.findall(spot.place[1]))
    for name in sorted(template ^ declared.keys()):
        yield f"path parameter {name!r} is {'not declared' if name in template else 'not in the path'}"
    for name, each in declared.items():
        if each.get("required") is not True:
            yield f"path parameter {name!r} must be required"


def _item(document: Document, spot: Spot) -> dict[str, Any]:
    return find(document, spot.place[:2])[1]


def _undeclared_schemes(document: Document, spot: Spot) -> Problems:
    if spot.kind in ("document", "operation"):
        schemes = document.get("components", {}).get("securitySchemes", {})
        for name in chain.from_iterable(spot.node.get("security", ())):
            if name not in schemes:
                yield f"security scheme {name!r} is not declared"


def _hard_to_generate(document: Document, spot: Spot) -> Problems:
    """Hold what callers send to what gives readable refusals and few, good test cases."""
    if spot.kind != "schema" or spot.direction != "in":
        return
    if any("\\d" in pattern for pattern in _patterns(spot)):
        yield "a pattern says [0-9], since \\d takes the digits of every script"
    if _keyword(spot, "format") in ("uri", "uri-reference"):
        yield "an address has a pattern, not the format uri"
    if any(_takes_objects(resolve(document, branch)) for branch in _keyword(spot, "oneOf") or ()):
        yield "a union of objects is an enum with if and then, not oneOf"


def _patterns(spot: Spot) -> list[str]:
    single = _keyword(spot, "pattern")
    return [*(_keyword(spot, "patternProperties") or {}), *([single] if isinstance(single, str) else [])]


def _takes_objects(schema: Node) -> bool:
    if not is_object(schema):
        return False
    types = schema.get("type", "object" if {"properties", "required", "allOf", "anyOf"} & schema.keys() else "")
    return "object" in (types if is_array(types) else [types])


def _nested(document: Document, spot: Spot) -> Problems:
    """Measure chains where they begin: at what an operation takes or answers."""
    if spot.kind in ("media type", "parameter", "header") and "schema" in spot.node:
        depth = _chain(document, spot.node["schema"], ())
        if depth > DEEPEST_CHAIN:
            yield f"references are chained {depth} deep, and {DEEPEST_CHAIN} is the most"


def _chain(document: Document, node: Node, trail: tuple[str, ...]) -> int:
    if is_array(node):
        return max((_chain(document, item, trail) for item in node), default=0)
    if not is_object(node):
        return 0
    deepest = max((_chain(document, child, trail) for child in _inner(node)), default=0)
    reference = node.get("$ref")
    if not isinstance(reference, str) or reference in trail:
        # Once round a circle is enough.
        return deepest
    target = find(document, place_of(reference))[1]
    return max(deepest, 1 + _chain(document, target, (*trail, reference)))


def _inner(node: dict[str, Any]) -> Iterator[Node]:
    return (child for key, child in node.items() if key not in ("examples", "example", "default", "enum", "const"))


_RULES: tuple[Callable[[Document, Spot], Problems], ...] = (
    _misspelt,
    _unknown_format,
    _unproved,
    _unnamed,
    _undeclared_parameters,
    _undeclared_schemes,
    _hard_to_generate,
    _nested,
)


def _repeated_ids(spots: list[Spot]) -> Problems:
    places = {spot.place: spot.node.get("operationId") for spot in spots if spot.kind == "operation"}
    places = {place: name for place, name in places.items() if name is not None}
    for name, times in Counter(places.values()).items():
        if times > 1:
            yield f"#: operationId {name!r} is given {times} times"


def _broken_values(document: Document, spots: list[Spot]) -> Problems:
    """Compile every schema, and hold the examples and defaults against them."""
    compiled = _Compiled(document)
    for spot in spots:
        if spot.kind == "schema":
            yield from compiled.problems(spot.place, _own_examples(spot))
        elif _has_readable_schema(spot):
            yield from compiled.problems((*spot.place, "schema"), _given_examples(document, spot))


class _Compiled:
    """Validators by place, since most schemas are met more than once."""

    def __init__(self, document: Document) -> None:
        self._validators = Validators(document)
        self._known: dict[Place, Validator | str] = {}

    def problems(self, place: Place, examples: Iterator[tuple[str, Json]]) -> Problems:
        validator = self._validator(place)
        if isinstance(validator, str):
            yield f"{reference_to(place)}: not a schema: {validator}"
            return
        for what, value in examples:
            if not validator.is_valid(value):
                wrong = "; ".join(map(describe, validator.problems(value)))
                yield f"{reference_to(place)}: the {what} is not valid: {wrong}"

    def _validator(self, place: Place) -> Validator | str:
        if place not in self._known:
            try:
                self._known[place] = self._validators.compile({"$ref": reference_to(place)})
            except ValueError as error:
                self._known[place] = str(error)
        return self._known[place]


def _has_readable_schema(spot: Spot) -> bool:
    readable = spot.kind in ("parameter", "header") or (spot.kind == "media type" and spot.place[-1] in _READABLE)
    return readable and "schema" in spot.node


def _own_examples(spot: Spot) -> Iterator[tuple[str, Json]]:
    for number, value in enumerate(_keyword(spot, "examples") or (), start=1):
        yield f"example {number}", value
    if is_object(spot.node) and "default" in spot.node:
        yield "default", spot.node["default"]


def _given_examples(document: Document, spot: Spot) -> Iterator[tuple[str, Json]]:
    if "example" in spot.node:
        yield "example", spot.node["example"]
    for name, example in spot.node.get("examples", {}).items():
        resolved = resolve(document, example)
        if "value" in resolved:
            yield f"example {name!r}", resolved["value"]


def _keyword(spot: Spot, name: str) -> Node:
    return spot.node.get(name) if spot.kind == "schema" and is_object(spot.node) else None
