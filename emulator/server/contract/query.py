"""A query string -> values of the types that the contract declares."""

import math
from collections.abc import Iterable
from typing import Any, NamedTuple
from urllib.parse import unquote_to_bytes

from emulator.core.errors import FieldProblem, InvalidFields, Json
from emulator.server.contract.references import Document, Place, find, reference_to, resolve

_NUMBER_CHARACTERS = frozenset("0123456789+-.eE")
# Python refuses to read integers of more than 4,300 digits.
_INTEGER_DIGITS = 300


class Parameter(NamedTuple):
    """A declared query parameter. `types` are JSON's; of the items, where it is an array."""

    name: str
    required: bool
    reference: str
    types: tuple[str, ...]
    array: bool
    exploded: bool


def query_parameters(document: Document, path: str, method: str) -> tuple[Parameter, ...]:
    """List an operation's query parameters, its own before those of the path, in contract order."""
    declared: dict[str, Parameter] = {}
    for owner in (("paths", path, method), ("paths", path)):
        for position in range(len(find(document, owner)[1].get("parameters", ()))):
            place, parameter = find(document, (*owner, "parameters", str(position)))
            if parameter["in"] == "query":
                declared.setdefault(parameter["name"], _parameter(document, place, parameter))
    return tuple(declared.values())


def query_schema(parameters: Iterable[Parameter]) -> dict[str, Any]:
    """Write the schema of all parameters together. Its references lead into the document."""
    return {
        "type": "object",
        "properties": {parameter.name: {"$ref": parameter.reference} for parameter in parameters},
        "required": [parameter.name for parameter in parameters if parameter.required],
    }


def decode_query(raw_query: bytes, parameters: Iterable[Parameter]) -> dict[str, Json]:
    """Decode a query string; of what is repeated and no array, the last counts.

    A text that is not of its parameter's type stays text, for the schema to refuse. Raises `InvalidFields` for bytes
    that are not UTF-8.
    """
    texts = _decode_pairs(raw_query)
    values: dict[str, Json] = {name: repeated[-1] for name, repeated in texts.items()}
    for parameter in parameters:
        if parameter.name in texts:
            values[parameter.name] = _coerce(texts[parameter.name], parameter)
    return values


def _parameter(document: Document, place: Place, parameter: dict[str, Any]) -> Parameter:
    schema = resolve(document, parameter["schema"])
    types = _types(document, schema)
    array = "array" in types
    return Parameter(
        name=parameter["name"],
        required=parameter.get("required", False),
        reference=reference_to((*place, "schema")),
        types=_types(document, resolve(document, schema.get("items", {}))) if array else types,
        array=array,
        exploded=parameter.get("explode", parameter.get("style", "form") == "form"),
    )


def _types(document: Document, schema: dict[str, Any]) -> tuple[str, ...]:
    types = schema.get("type", [])
    if not types:
        branches = [resolve(document, each) for key in ("allOf", "anyOf", "oneOf") for each in schema.get(key, ())]
        return tuple(name for branch in branches for name in _types(document, branch))
    return (types,) if isinstance(types, str) else tuple(types)


def _decode_pairs(raw_query: bytes) -> dict[str, list[str]]:
    texts: dict[str, list[str]] = {}
    unreadable: list[FieldProblem] = []
    for pair in raw_query.split(b"&"):
        if not pair:
            continue
        raw_name, _, raw_text = pair.partition(b"=")
        name = _unquoted(raw_name).decode("utf-8", "replace")
        try:
            texts.setdefault(_unquoted(raw_name).decode(), []).append(_unquoted(raw_text).decode())
        except UnicodeDecodeError:
            unreadable.append(FieldProblem((name,), "text", place="query"))
    if unreadable:
        raise InvalidFields(unreadable)
    return texts


def _unquoted(raw: bytes) -> bytes:
    """Undo percent-encoding. What only looks like an escape stays as it is, as servers commonly have it."""
    return unquote_to_bytes(raw.replace(b"+", b" "))


def _coerce(texts: list[str], parameter: Parameter) -> Json:
    if not parameter.array:
        return _value(texts[-1], parameter.types)
    if not parameter.exploded:
        texts = texts[-1].split(",")
    return [_value(text, parameter.types) for text in texts]


def _value(text: str, types: tuple[str, ...]) -> Json:
    for name in types:
        match name:
            case "string":
                return text
            case "integer" if (integer := _integer(text)) is not None:
                return integer
            case "number" if (number := _number(text)) is not None:
                return number
            case "boolean" if text in ("true", "false"):
                return text == "true"
            case _:
                pass
    return text


def _integer(text: str) -> int | None:
    digits = text.removeprefix("-")
    return int(text) if digits.isascii() and digits.isdigit() and len(digits) <= _INTEGER_DIGITS else None


def _number(text: str) -> int | float | None:
    integer = _integer(text)
    if integer is not None or not _NUMBER_CHARACTERS.issuperset(text):
        return integer
    try:
        number = float(text)
    except ValueError:
        return None
    return number if math.isfinite(number) else None
