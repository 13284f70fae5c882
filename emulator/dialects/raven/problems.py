"""One thing wrong with a field -> the sentence of this API.

The vendor documents one string and a few causes; the wordings are assumed. Several sentences are joined in the order
of the fields by the caller.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import cast

from emulator.core.errors import FieldProblem

_TYPES: Mapping[str, str] = {
    "string": "a string",
    "integer": "an integer",
    "number": "a number",
    "boolean": "a boolean",
    "object": "an object",
    "array": "an array",
    "null": "null",
}

# Said with both bounds, whichever was broken.
_RANGES: Mapping[str, str] = {
    "limit": "between 1 and 100",
    "rateLimitRpm": "between 1 and 10000",
    "port": "between 1 and 65535",
}

_FORMS: Mapping[str, str] = {
    "to": "a phone number in E.164 form, such as +254722000000",
    "address": "a phone number in E.164 form, such as +254722000000",
    "slug": "lower-case letters, digits and hyphens, at most 40 characters",
    "domain": "a host name of at least two labels",
    "url": "an http or https address",
    "countryCode": "an ISO 3166-1 alpha-2 code",
    "defaultLocale": "a language tag",
    "defaultTz": "the name of an IANA time zone",
    "expiresAt": "an ISO 8601 date and time with a zone",
}


def field_text(problem: FieldProblem) -> str:
    """Say what is wrong with one field."""
    if problem.place == "header":
        return f"{problem.path[-1]} header is required"
    field = ".".join(map(str, problem.path)) or "Request body"
    if field == "cursor":
        return "cursor is not valid"
    word = _WHOLE.get(problem.rule)
    if word is not None:
        return word(field, problem)
    wanted = _WANTED.get(problem.rule)
    return f"{field} must be {wanted(field, problem)}" if wanted is not None else f"{field} is not valid"


def _names(problem: FieldProblem) -> tuple[str, ...]:
    expected = problem.expected
    return tuple(map(str, cast("tuple[object, ...]", expected))) if isinstance(expected, tuple) else ()


def _characters(count: object) -> str:
    return f"{count} character" if count == 1 else f"{count} characters"


def _items(count: object) -> str:
    return f"{count} item" if count == 1 else f"{count} items"


def _of_type(_: str, problem: FieldProblem) -> str:
    return _joined(_TYPES.get(name, name) for name in _names(problem))


def _joined(words: Iterable[str]) -> str:
    return " or ".join(words)


def _in_form(field: str, _: FieldProblem) -> str:
    return _FORMS.get(field, "in the documented format")


def _bound(word: str) -> Callable[[str, FieldProblem], str]:
    return lambda field, problem: _RANGES.get(field.rpartition(".")[2], f"{word} {problem.expected}")


def _fixed(text: str) -> Callable[[str, FieldProblem], str]:
    return lambda _field, _problem: text


_WANTED: Mapping[str, Callable[[str, FieldProblem], str]] = {
    "type": _of_type,
    "enum": lambda _, problem: "one of: " + ", ".join(_names(problem)),
    "const": lambda _, problem: str(problem.expected),
    "pattern": _in_form,
    "moment": _in_form,
    "url": _fixed("an http or https address"),
    "phone": _fixed(_FORMS["to"]),
    "address": _fixed("an email address"),
    "min_length": lambda _, problem: f"at least {_characters(problem.expected)} long",
    "max_length": lambda _, problem: f"at most {_characters(problem.expected)} long",
    "minimum": _bound("at least"),
    "maximum": _bound("at most"),
    "exclusive_minimum": _bound("more than"),
    "exclusive_maximum": _bound("less than"),
    "multiple_of": lambda _, problem: f"a multiple of {problem.expected}",
    "text": _fixed("valid UTF-8 text"),
}
"""Rules that end "<field> must be …"."""

_WHOLE: Mapping[str, Callable[[str, FieldProblem], str]] = {
    "required": lambda field, _: f"{field} is required",
    "any_of": lambda field, problem: f"{_joined(_names(problem)) or field} is required",
    "unknown_member": lambda field, _: f"{field} is not a known field",
    "not_allowed": lambda field, _: f"{field} is not allowed",
    "taken": lambda field, _: f"{field} is already in use",
    "exists": lambda field, problem: f"Unknown {field}: {problem.value}",
    "missing_variable": lambda _, problem: f"Missing template variable: {problem.path[-1]}",
    "min_items": lambda field, problem: f"{field} must have at least {_items(problem.expected)}",
    "max_items": lambda field, problem: f"{field} must have at most {_items(problem.expected)}",
    "unique_items": lambda field, _: f"{field} must not repeat an item",
    "min_properties": lambda field, problem: f"{field} must have at least {_items(problem.expected)}",
    "max_properties": lambda field, problem: f"{field} must have at most {_items(problem.expected)}",
}
