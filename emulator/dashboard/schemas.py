"""A schema of a contract as rows that people can read: one for each member, those of members below it."""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import msgspec

from emulator.server.contract.references import Document, is_array, is_object, resolve

DEEPEST = 6
MOST_ROWS = 300

# What bounds a value, in the order in which it is told: pairs of bounds with what they count, then single words.
_RANGES = (
    ("minLength", "maxLength", "characters"),
    ("minimum", "maximum", ""),
    ("exclusiveMinimum", "exclusiveMaximum", ""),
    ("minItems", "maxItems", "items"),
    ("minProperties", "maxProperties", "members"),
)
_BOUNDS = {
    "format": "format",
    "pattern": "matches",
    "multipleOf": "a multiple of",
    "contentMediaType": "content",
    "default": "default",
    "x-known-values": "known values",
    "x-roadmap": "announced",
    "dependentRequired": "needs beside it",
}
_MARKS = {"deprecated": "deprecated", "readOnly": "only in answers", "writeOnly": "only in requests"}


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
        self._document = document

    def rows(self, schema: Any, name: str, depth: int, required: bool | None, trail: tuple[str, ...]) -> Iterator[Row]:  # noqa: ANN401 - a schema
        """A value and what is in it."""
        reference, plain = self._plain(schema)
        if reference in trail:
            yield Row(depth, name, f"{_last(reference)}, as above", required)
            return
        yield _row(plain, name, depth, required, self._type(plain))
        if depth < DEEPEST:
            yield from self._inside(plain, depth + 1, (*trail, reference) if reference else trail)

    def _inside(self, schema: Mapping[str, Any], depth: int, trail: tuple[str, ...]) -> Iterator[Row]:
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
        for key, word in (("anyOf", "either"), ("oneOf", "one of")):
            yield from self._variants(schema.get(key, ()), word, depth, trail)
        for part in (*schema.get("allOf", ()), *([schema] if "if" in schema else ())):
            yield from self._part(part, depth, trail)

    def _item(self, schema: Mapping[str, Any], depth: int, trail: tuple[str, ...]) -> Iterator[Row]:
        reference, plain = self._plain(schema)
        if reference in trail:
            yield Row(depth, "(each item)", f"{_last(reference)}, as above")
            return
        below = (*trail, reference) if reference else trail
        if _has_inside(plain):
            if _tells(plain):
                yield _row(plain, "(each item)", depth, None, self._type(plain))
            yield from self._inside(plain, depth, below)
        elif _tells(plain):
            yield _row(plain, "(each item)", depth, None, self._type(plain))

    def _variants(self, variants: Any, word: str, depth: int, trail: tuple[str, ...]) -> Iterator[Row]:  # noqa: ANN401 - schemas
        for variant in variants:
            reference, plain = self._plain(variant)
            said = "" if _has_inside(plain) or not _asks(plain) else self._demand(plain)
            yield Row(
                depth, word, said or self._type(plain) or plain.get("title", ""), None, plain.get("description", "")
            )
            if depth < DEEPEST and reference not in trail:
                yield from self._inside(plain, depth + 1, (*trail, reference) if reference else trail)
            word = "or"

    def _part(self, part: Any, depth: int, trail: tuple[str, ...]) -> Iterator[Row]:  # noqa: ANN401 - a schema
        reference, plain = self._plain(part)
        if "if" in plain:
            for key, word in (("then", "if"), ("else", "else")):
                if key in plain:
                    condition = self._condition(plain["if"]) if key == "then" else ""
                    yield Row(depth, f"{word} {condition}".strip(), self._demand(plain[key]))
        elif "not" in plain and len(plain) == 1:
            yield Row(depth, "not", self._condition(plain["not"]))
        elif reference not in trail:
            yield from self._inside(plain, depth, (*trail, reference) if reference else trail)

    def _condition(self, schema: Any) -> str:  # noqa: ANN401 - a schema
        """When a rule applies, in words."""
        _, plain = self._plain(schema)
        properties: dict[str, Any] = plain.get("properties", {})
        words = [f"{name} {self._is(member)}" for name, member in properties.items()]
        words += [f"{name} is given" for name in plain.get("required", ()) if name not in properties]
        if "not" in plain:
            words.append(f"not {self._condition(plain['not'])}")
        words += [f"({' or '.join(map(self._condition, plain[key]))})" for key in ("anyOf", "oneOf") if key in plain]
        words += [self._condition(each) for each in plain.get("allOf", ())]
        return " and ".join(words) or _shown(plain)

    def _demand(self, schema: Any) -> str:  # noqa: ANN401 - a schema
        """What a rule asks for, in words."""
        _, plain = self._plain(schema)
        words: list[str] = []
        if plain.get("required"):
            words.append(f"needs {', '.join(plain['required'])}")
        for name, member in plain.get("properties", {}).items():
            words.append(f"{name} {self._is(member)}")
        if "not" in plain:
            words.append(f"must not be: {self._condition(plain['not'])}")
        words += [f"{' or '.join(map(self._demand, plain[key]))}" for key in ("anyOf", "oneOf") if key in plain]
        words += [self._demand(each) for each in plain.get("allOf", ())]
        if "if" in plain and "then" in plain:
            words.append(f"if {self._condition(plain['if'])}: {self._demand(plain['then'])}")
        return "; ".join(words) or _shown(plain)

    def _is(self, schema: Any) -> str:  # noqa: ANN401 - a schema
        """What a member is asked to be."""
        if schema is False:
            return "is not given"
        _, plain = self._plain(schema)
        if "const" in plain:
            return f"is {_shown(plain['const'])}"
        if "enum" in plain:
            return f"is one of {', '.join(map(_shown, plain['enum']))}"
        bounds = [f"{word} {value}".strip() for word, value in _bounds(plain)]
        words = [self._type(plain)] if plain.get("type") else []
        words += bounds
        if "properties" in plain or "required" in plain:
            words.append(f"({self._demand(plain)})")
        if words:
            return (
                words[0]
                if words[0].startswith(("matches ", "at ", "(")) and len(words) == 1
                else f"is {', '.join(words)}"
            )
        return f"is {_shown(plain)}" if plain else "is given"

    def _type(self, schema: Mapping[str, Any]) -> str:
        if "const" in schema and "type" not in schema:
            return ""
        written = schema.get("type", "object" if "properties" in schema else "")
        types: list[str] = written if is_array(written) else [written]
        words = " or ".join("nothing (null)" if each == "null" else each for each in types if each)
        item = schema.get("items", schema.get("x-item-schema"))
        if "array" in types and is_object(item) and item:
            inner = self._type(self._plain(item)[1])
            words = words.replace("array", f"array of {inner or 'any value'}", 1)
        return words

    def _plain(self, schema: Any) -> tuple[str, Mapping[str, Any]]:  # noqa: ANN401 - a schema
        """The name of the schema that is referred to, and the schema with what stands beside the reference."""
        if not is_object(schema):
            return "", {} if schema in (True, None) else {"not": {}}
        reference = schema.get("$ref", "")
        if not reference:
            return "", schema
        found = resolve(self._document, schema)
        return reference, {**found, **{key: value for key, value in schema.items() if key != "$ref"}}


def _row(schema: Mapping[str, Any], name: str, depth: int, required: bool | None, type: str) -> Row:
    known: Mapping[str, str] = schema.get("x-evidence-values", {})
    allowed: list[Any] = schema.get("enum", [schema["const"]] if "const" in schema else [])
    values = [
        f"{_shown(each)} ({known[each]})" if isinstance(each, str) and each in known else _shown(each)
        for each in allowed
    ]
    return Row(
        depth=depth,
        name=name,
        type=type,
        is_required=required,
        description=schema.get("description", ""),
        values=tuple(values),
        bounds=tuple(_bounds(schema)),
        marks=tuple(word for key, word in _MARKS.items() if schema.get(key)),
        examples=tuple(_shown(each) for each in schema.get("examples", ())[:3]),
        evidence=schema.get("x-evidence", ""),
    )


def _bounds(schema: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Each bound in words: what it is about, and the value."""
    for low, high, what in _RANGES:
        least, most = schema.get(low), schema.get(high)
        if least is not None and most is not None:
            yield "", _counted(f"{least} to {most}", what)
        elif least is not None:
            yield "more than" if low.startswith("exclusive") else "at least", _counted(str(least), what)
        elif most is not None:
            yield "less than" if high.startswith("exclusive") else "at most", _counted(str(most), what)
    for key, word in _BOUNDS.items():
        if key in schema:
            yield word, _shown(schema[key])
    if schema.get("uniqueItems"):
        yield "", "no two items alike"


def _counted(number: str, what: str) -> str:
    return f"{number} {what.removesuffix('s') if number == '1' else what}".strip()


def _has_inside(schema: Mapping[str, Any]) -> bool:
    return any(key in schema for key in ("properties", "items", "allOf", "anyOf", "oneOf", "x-item-schema"))


def _asks(schema: Mapping[str, Any]) -> bool:
    return any(key in schema for key in ("required", "not", "if"))


def _tells(schema: Mapping[str, Any]) -> bool:
    return any(
        key in schema
        for key in (
            *_BOUNDS,
            *(key for pair in _RANGES for key in pair[:2]),
            "enum",
            "const",
            "description",
            "examples",
        )
    )


def _last(reference: str) -> str:
    return reference.rpartition("/")[2]


def _shown(value: object) -> str:
    text = value if isinstance(value, str) else msgspec.json.encode(value).decode()
    return text if len(text) <= 200 else f"{text[:200]} …"
