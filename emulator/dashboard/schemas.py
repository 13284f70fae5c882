"""A schema of a contract as rows that people can read: one for each member, those of members below it."""

from collections.abc import Iterator
from typing import Any, NamedTuple

from emulator.dashboard.rules import BOUNDING, NEVER, Schema, Words, bounds, refuses_values, shown
from emulator.server.contract.references import Document, is_object

DEEPEST = 7
MOST_ROWS = 600

_MARKS = {"deprecated": "deprecated", "readOnly": "only in answers", "writeOnly": "only in requests"}
# What a schema has inside, and what it says about a value itself.
_INSIDE = ("properties", "items", "allOf", "anyOf", "oneOf", "x-item-schema")
_TELLING = (*BOUNDING, "enum", "const", "description", "examples", "x-known-values")
_MOST_IN_A_LINE = 3


class Row(NamedTuple):
    """One member, item or rule. `is_required` is None where that makes no sense; `values` are all that are allowed."""

    depth: int
    name: str
    type: str
    is_required: bool | None = None
    description: str = ""
    values: tuple[str, ...] = ()
    bounds: tuple[tuple[str, str], ...] = ()
    marks: tuple[str, ...] = ()
    examples: tuple[str, ...] = ()
    evidence: str = ""


def rows_of(document: Document, schema: Any, name: str = "") -> list[Row]:  # noqa: ANN401 - a schema
    """The rows of a schema; the first one is about the value itself, called `name`."""
    found: list[Row] = []
    for row in _Reading(document).rows(schema, name, 0, None, ()):
        found.append(row)
        if len(found) == MOST_ROWS:
            found.append(Row(0, "…", "and more, in the contract"))
            break
    return found


class _Reading:
    """One pass over a schema; `trail` are the names of the schemas that led here, so that none is entered twice."""

    def __init__(self, document: Document) -> None:
        self._words = Words(document)

    def rows(self, schema: Any, name: str, depth: int, required: bool | None, trail: tuple[str, ...]) -> Iterator[Row]:  # noqa: ANN401 - a schema
        """A value and what is in it."""
        reference, plain = self._words.plain(schema)
        if reference in trail:
            yield Row(depth, name, f"{_last(reference)}, as above", required)
            return
        yield self._row(plain, name, depth, required)
        yield from self._below(reference, plain, depth, trail)

    def _below(self, reference: str, schema: Schema, depth: int, trail: tuple[str, ...]) -> Iterator[Row]:
        if depth < DEEPEST:
            yield from self._inside(schema, depth + 1, (*trail, reference) if reference else trail)

    def _inside(self, schema: Schema, depth: int, trail: tuple[str, ...]) -> Iterator[Row]:
        required: list[str] = schema.get("required", [])
        for name, member in schema.get("properties", {}).items():
            yield from self.rows(member, name, depth, name in required, trail)
        rest = schema.get("additionalProperties")
        if is_object(rest) and rest:
            yield from self.rows(rest, "(any other name)", depth, None, trail)
        for key in ("items", "x-item-schema"):
            item = schema.get(key)
            if is_object(item) and item:
                yield from self._item(item, depth, trail)
        for each in schema.get("x-known-values", ()):
            yield _known(each, depth)
        for key, word in (("anyOf", "either"), ("oneOf", "one of")):
            yield from self._variants(schema.get(key, ()), word, depth, trail)
        if "not" in schema and schema != NEVER and not refuses_values(schema):
            yield Row(depth, "not", self._words.condition(schema["not"]))
        for part in (*schema.get("allOf", ()), *([schema] if "if" in schema else ())):
            yield from self._part(part, depth, trail)

    def _item(self, schema: Schema, depth: int, trail: tuple[str, ...]) -> Iterator[Row]:
        reference, plain = self._words.plain(schema)
        if reference in trail:
            yield Row(depth, "(each item)", f"{_last(reference)}, as above")
        elif _has(plain, _TELLING):
            yield self._row(plain, "(each item)", depth, None)
            yield from self._below(reference, plain, depth, trail)
        elif _has(plain, _INSIDE):
            yield from self._inside(plain, depth, (*trail, reference) if reference else trail)

    def _variants(self, variants: Any, word: str, depth: int, trail: tuple[str, ...]) -> Iterator[Row]:  # noqa: ANN401 - schemas
        for variant in variants:
            reference, plain = self._words.plain(variant)
            is_rule = not _has(plain, _INSIDE) and _has(plain, ("required", "not", "if"))
            type = self._words.demand(plain) if is_rule else self._words.type(plain) or plain.get("title", "")
            yield Row(depth, word, type, None, plain.get("description", ""))
            if not is_rule and reference not in trail:
                yield from self._below(reference, plain, depth, trail)
            word = "or"

    def _part(self, part: Any, depth: int, trail: tuple[str, ...]) -> Iterator[Row]:  # noqa: ANN401 - a schema
        reference, plain = self._words.plain(part)
        if "if" in plain:
            if "then" in plain:
                yield from self._rule(f"if {self._words.condition(plain['if'])}", plain["then"], depth, trail)
            if "else" in plain:
                otherwise = "else" if "then" in plain else f"unless {self._words.condition(plain['if'])}"
                yield from self._rule(otherwise, plain["else"], depth, trail)
        elif reference not in trail:
            yield from self._inside(plain, depth, (*trail, reference) if reference else trail)

    def _rule(self, name: str, schema: Any, depth: int, trail: tuple[str, ...]) -> Iterator[Row]:  # noqa: ANN401 - a schema
        """What a rule asks for: in a line where that can be read, else row by row."""
        reference, plain = self._words.plain(schema)
        asked = {key: each for key, each in plain.get("properties", {}).items() if each not in (True, {})}
        if reference in trail:
            yield Row(depth, name, f"{_last(reference)}, as above")
        elif not _has(plain, ("properties", "required", "not", "if", "allOf", "anyOf", "oneOf")):
            yield self._row(plain, name, depth, None)
            yield from self._below(reference, plain, depth, trail)
        elif depth == DEEPEST or self._fits_in_a_line(plain, asked):
            yield Row(depth, name, self._words.demand(plain))
        else:
            needed = [each for each in plain.get("required", ()) if each not in asked]
            said = f"needs {', '.join(needed)}" if needed else plain.get("type", "as follows")
            yield Row(depth, name, said, None, plain.get("description", ""))
            yield from self._below(reference, {**plain, "properties": asked}, depth, trail)

    def _fits_in_a_line(self, schema: Schema, asked: Schema) -> bool:
        """Whether a rule asks little: of few members, with nothing in them, and nothing of the value itself."""
        is_deep = any(_has(self._words.plain(each)[1], _INSIDE) for each in asked.values())
        return "type" not in schema and len(asked) <= _MOST_IN_A_LINE and not is_deep

    def _row(self, schema: Schema, name: str, depth: int, required: bool | None) -> Row:
        sure: dict[str, str] = schema.get("x-evidence-values", {})
        allowed: list[Any] = schema.get("enum", [schema["const"]] if "const" in schema else [])
        values = [
            f"{shown(each)} ({sure[each]})" if isinstance(each, str) and each in sure else shown(each)
            for each in allowed
        ]
        return Row(
            depth=depth,
            name=name,
            type=self._words.type(schema),
            is_required=required,
            description=schema.get("description", ""),
            values=tuple(values),
            bounds=tuple(bounds(schema)),
            marks=tuple(word for key, word in _MARKS.items() if schema.get(key)),
            examples=tuple(shown(each) for each in schema.get("examples", ())[:3]),
            evidence=schema.get("x-evidence", ""),
        )


def _known(value: Any, depth: int) -> Row:  # noqa: ANN401 - JSON
    """One of the values that a text or number is known to have, bare or with what it means."""
    if not is_object(value):
        return Row(depth, shown(value), "known value")
    name = shown(value.get("value", value.get("code", "")))
    kind = value.get("class")
    said = f"known value, {kind}" if kind else "known value"
    evidence = value.get("x-evidence", value.get("evidence", ""))
    return Row(depth, name, said, None, value.get("meaning", ""), evidence=evidence)


def _has(schema: Schema, keys: tuple[str, ...]) -> bool:
    return any(key in schema for key in keys)


def _last(reference: str) -> str:
    return reference.rpartition("/")[2]
