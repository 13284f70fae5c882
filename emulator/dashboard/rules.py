"""What a schema asks, in words: its type, its bounds, and what a rule of it says."""

from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from emulator.server.contract.references import Document, is_array, is_object, resolve

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
    "x-roadmap": "announced",
}
BOUNDING = (*_BOUNDS, *(key for pair in _RANGES for key in pair[:2]))
"""The keywords of a schema that bound a value."""

Schema = Mapping[str, Any]

NEVER: Schema = {"not": {}}
"""The schema that nothing fits."""


class Words:
    """Says what schemas of one document ask."""

    def __init__(self, document: Document) -> None:
        self._document = document

    def plain(self, schema: Any) -> tuple[str, Schema]:  # noqa: ANN401 - a schema
        """The name of the schema that is referred to, and the schema with what stands beside the reference."""
        if not is_object(schema):
            return "", {} if schema in (True, None) else NEVER
        reference = schema.get("$ref", "")
        if not reference:
            return "", schema
        found = resolve(self._document, schema)
        return reference, {**found, **{key: value for key, value in schema.items() if key != "$ref"}}

    def type(self, schema: Schema) -> str:
        """What sort of value it is; empty where that is not said."""
        if schema == NEVER:
            return "not given"
        if "const" in schema and "type" not in schema:
            return ""
        item = schema.get("items") or schema.get("x-item-schema")
        written = schema.get("type", "object" if "properties" in schema else "array" if item else "")
        types: list[str] = written if is_array(written) else [written]
        words = " or ".join("nothing (null)" if each == "null" else each for each in types if each)
        if "array" in types and is_object(item):
            inner = self.type(self.plain(item)[1])
            words = words.replace("array", f"array of {inner or 'any value'}", 1)
        return words

    def condition(self, schema: Any) -> str:  # noqa: ANN401 - a schema
        """When a rule applies."""
        _, plain = self.plain(schema)
        properties: dict[str, Any] = plain.get("properties", {})
        words = [f"{name} {self._is(member)}" for name, member in properties.items()]
        words += [f"{name} is given" for name in plain.get("required", ()) if name not in properties]
        if "propertyNames" in plain:
            words.append(f"each member's name {self._is(plain['propertyNames'])}")
        if "not" in plain:
            words.append(f"not {self.condition(plain['not'])}")
        words += [f"({' or '.join(map(self.condition, plain[key]))})" for key in ("anyOf", "oneOf") if key in plain]
        words += [self.condition(each) for each in plain.get("allOf", ())]
        return " and ".join(words) or f"it {self._is(plain)}"

    def demand(self, schema: Any) -> str:  # noqa: ANN401 - a schema
        """What a rule asks for."""
        _, plain = self.plain(schema)
        words: list[str] = []
        if plain.get("required"):
            words.append(f"needs {', '.join(plain['required'])}")
        for name, member in plain.get("properties", {}).items():
            if member not in (True, {}):
                words.append(f"{name} {self._is(member)}")
        if "not" in plain:
            words.append(f"must not be: {self.condition(plain['not'])}")
        words += [f"{' or '.join(map(self.demand, plain[key]))}" for key in ("anyOf", "oneOf") if key in plain]
        words += [self.demand(each) for each in plain.get("allOf", ())]
        if "if" in plain and "then" in plain:
            words.append(f"if {self.condition(plain['if'])}: {self.demand(plain['then'])}")
        return "; ".join(words) or self._is(plain)

    def _is(self, schema: Any) -> str:  # noqa: ANN401 - a schema
        """What a member is asked to be."""
        _, plain = self.plain(schema)
        if plain == NEVER:
            return "is not given"
        for key, word in (("const", "is"), ("enum", "is one of")):
            if key in plain:
                return f"{word} {_listed(plain[key])}"
        words = [_with_article(self.type(plain))] if plain.get("type") else []
        words += [f"{word} {value}".strip() for word, value in bounds(plain)]
        if "properties" in plain or "required" in plain:
            words.append(f"({self.demand(plain)})")
        if not words:
            return "is given"
        says_it = len(words) == 1 and words[0].startswith(("matches ", "at ", "("))
        return words[0] if says_it else f"is {', '.join(words)}"


def bounds(schema: Schema) -> Iterator[tuple[str, str]]:
    """Each bound: what it is about, and the value."""
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
            yield word, shown(schema[key])
    for name, others in schema.get("dependentRequired", {}).items():
        yield f"{name} needs beside it", ", ".join(others)
    if schema.get("uniqueItems"):
        yield "", "no two items alike"
    if refuses_values(schema):
        yield "not", _listed(schema["not"].get("enum", schema["not"].get("const")))


def refuses_values(schema: Schema) -> bool:
    """Whether what a schema must not be is said by values."""
    refused = schema.get("not")
    return is_object(refused) and ("enum" in refused or "const" in refused)


def shown(value: object) -> str:
    """A value as it is written, its beginning if it is long."""
    text = value if isinstance(value, str) else msgspec.json.encode(value).decode()
    return text if len(text) <= 200 else f"{text[:200]} …"


def _listed(value: Any) -> str:  # noqa: ANN401 - JSON
    return ", ".join(map(shown, value)) if is_array(value) else shown(value)


def _with_article(type: str) -> str:
    if type.startswith("nothing"):
        return type
    return f"an {type}" if type.startswith(("a", "i", "o")) else f"a {type}"


def _counted(number: str, what: str) -> str:
    return f"{number} {what.removesuffix('s') if number == '1' else what}".strip()
