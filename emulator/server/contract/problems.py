"""What broke a schema -> problems that a dialect can word, in the order of the contract.

A `Violation` is what a schema validator found, in JSON Schema's words; a `FieldProblem` is the same in ours. Nothing
that a library wrote passes through here.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple

from emulator.core.errors import FieldProblem, Json
from emulator.server.contract.members import MemberOrder
from emulator.server.contract.references import Document, Node, is_array, is_object

Path = tuple[str | int, ...]


class Violation(NamedTuple):
    """A keyword that a value breaks.

    `path` leads to the value; `schema_path` to the keyword, from the document's root, or from that of a schema which
    stands outside it. `names` are the members that are missing or too many. `alternatives` are, for `anyOf` and
    `oneOf`, what each alternative found.
    """

    keyword: str
    path: Path
    schema_path: Path
    names: tuple[str, ...] = ()
    alternatives: "tuple[tuple[Violation, ...], ...]" = ()


_RULES = {
    "type": "type",
    "enum": "enum",
    "const": "const",
    "pattern": "pattern",
    "minLength": "min_length",
    "maxLength": "max_length",
    "minimum": "minimum",
    "maximum": "maximum",
    "exclusiveMinimum": "exclusive_minimum",
    "exclusiveMaximum": "exclusive_maximum",
    "multipleOf": "multiple_of",
    "minItems": "min_items",
    "maxItems": "max_items",
    "uniqueItems": "unique_items",
    "minProperties": "min_properties",
    "maxProperties": "max_properties",
}

_OF_OBJECTS = frozenset({"any_of", "not_allowed"})

_FORMAT_RULES = {
    "date-time": "moment",
    "date": "moment",
    "time": "moment",
    "email": "address",
    "idn-email": "address",
    "uri": "url",
    "uri-reference": "url",
}


def field_problems(
    document: Document, schema: dict[str, Any], violations: Sequence[Violation], value: Json, place: str
) -> tuple[FieldProblem, ...]:
    """Render violations of a schema that stands in, or refers into, a document; at least one, without repetitions."""
    renderer = _Renderer({**document, **schema}, value, place)
    order = MemberOrder(document, schema)
    rendered = sorted(renderer.render(violations), key=lambda each: (order.key(each.at), each.rank))
    missing = {each.problem.path for each in rendered if each.problem.rule == "required"}
    mistyped = {each.problem.path for each in rendered if each.problem.rule == "type"}
    once: dict[object, FieldProblem] = {}
    for each in rendered:
        problem = each.problem
        # A wish for one of several members says nothing new when one of them is asked for anyway, and what an object
        # must or may not have says nothing about another type.
        redundant = any((*problem.path, name) in missing for name in each.any_of)
        if not redundant and not (problem.rule in _OF_OBJECTS and problem.path in mistyped):
            once.setdefault((problem.path, problem.rule, repr(problem.expected)), problem)
    return tuple(once.values())


class _Rendered(NamedTuple):
    """`at` is the path that the order goes by, `rank` the place of the keyword in its schema.

    `any_of` names the members of which one would do.
    """

    at: Path
    rank: int
    problem: FieldProblem
    any_of: tuple[str, ...] = ()


class _Renderer:
    def __init__(self, root: Document, value: Json, place: str) -> None:
        self._root = root
        self._value = value
        self._place = place

    def render(self, violations: Iterable[Violation]) -> Iterator[_Rendered]:
        for violation in violations:
            yield from self._render(violation)

    def _render(self, violation: Violation) -> Iterator[_Rendered]:
        match violation.keyword:
            case "required":
                yield self._problem(violation, "required", (*violation.path, *violation.names))
            case "additionalProperties" | "unevaluatedProperties" | "propertyNames":
                for name in violation.names:
                    yield self._problem(violation, "unknown_member", (*violation.path, name))
            case "anyOf" | "oneOf":
                yield from self._union(violation)
            case "not":
                yield self._not(violation)
            case "format":
                name = self._keyword_value(violation)
                yield self._problem(violation, _FORMAT_RULES.get(name, "pattern"), violation.path, name)
            case keyword:
                rule = _RULES.get(keyword)
                expected = _as_tuple(self._keyword_value(violation), keyword) if rule else None
                yield self._problem(violation, rule or "not_allowed", violation.path, expected)

    def _union(self, violation: Violation) -> Iterator[_Rendered]:
        """Say of an `anyOf` what helps most: one alternative's problems, or what all of them want."""
        alternatives = violation.alternatives
        own = [[each for each in alternative if each.path == violation.path] for alternative in alternatives]
        fitting = [
            alternative
            for alternative, here in zip(alternatives, own, strict=True)
            if not any(each.keyword == "type" for each in here)
        ]
        if len(fitting) == 1 and len(alternatives) > 1:
            yield from self.render(fitting[0])
        elif not fitting:
            types = [each for here in own for each in here if each.keyword == "type"]
            yield self._problem(violation, "type", violation.path, self._merged(types))
        elif all(each.keyword in ("enum", "const") for here in own for each in here) and all(own):
            yield self._problem(violation, "enum", violation.path, self._merged(each for here in own for each in here))
        else:
            names = [name for here in own for each in here if each.keyword == "required" for name in each.names]
            any_of = tuple(dict.fromkeys(names))
            yield self._object(violation, "any_of", any_of)._replace(any_of=any_of)

    def _not(self, violation: Violation) -> _Rendered:
        """Say which members may not be there; of a forbidden combination, all."""
        schema = self._keyword_value(violation)
        names = tuple(schema.get("required", ())) if is_object(schema) else ()
        if len(names) == 1:
            return self._problem(violation, "not_allowed", (*violation.path, *names))
        return self._object(violation, "not_allowed", names)

    def _object(self, violation: Violation, rule: str, names: tuple[str, ...]) -> _Rendered:
        """Make a problem of an object that stands, in order, where the first of its named members does."""
        rendered = self._problem(violation, rule, violation.path, names)
        return rendered._replace(at=(*violation.path, *names[:1]))

    def _problem(self, violation: Violation, rule: str, path: Path, expected: object = None) -> _Rendered:
        problem = FieldProblem(path, rule, _at(self._value, path), expected, self._place)
        return _Rendered(path, self._rank(violation), problem)

    def _merged(self, violations: Iterable[Violation]) -> tuple[Json, ...]:
        values: list[Json] = []
        for violation in violations:
            wanted = self._keyword_value(violation)
            wanted = wanted if is_array(wanted) else [wanted]
            values += [each for each in wanted if each not in values]
        return tuple(values)

    def _keyword_value(self, violation: Violation) -> Node:
        return _at(self._root, violation.schema_path)

    def _rank(self, violation: Violation) -> int:
        *parent, last = violation.schema_path or ("",)
        schema = _at(self._root, parent)
        return list(schema).index(last) if is_object(schema) and last in schema else 0


def _as_tuple(wanted: Node, keyword: str) -> Node:
    if is_array(wanted):
        return tuple(wanted)
    return (wanted,) if keyword == "type" else wanted


def _at(value: Node, path: Sequence[str | int]) -> Node:
    """Follow a path, to nothing if it leads nowhere."""
    for step in path:
        if is_object(value):
            value = value.get(str(step))
        elif is_array(value) and isinstance(step, int) and step < len(value):
            value = value[step]
        else:
            return None
    return value


def describe(problem: FieldProblem) -> str:
    """Write a problem on one line, for a developer."""
    path = ".".join(map(str, problem.path)) or "(the whole)"
    wanted = "" if problem.expected is None else f" {problem.expected!r}"
    return f"{path}: {problem.rule}{wanted}, got {problem.value!r:.100}"
