"""What is wrong with a field -> words for people. Total over `RULES`."""

from collections.abc import Callable, Mapping
from typing import Any, cast

from emulator.core.errors import FieldProblem
from emulator.core.hints import hint

_TYPE_WORDS = {
    "string": "text",
    "integer": "an integer",
    "number": "a number",
    "boolean": "true or false",
    "array": "a list",
    "object": "an object",
    "null": "null",
}


def _words(values: Any) -> list[str]:  # noqa: ANN401 - what a rule expects is of any type
    return [str(value) for value in cast("tuple[Any, ...]", values)] if isinstance(values, tuple) else [str(values)]


def _listed(words: list[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} or {words[-1]}"


def _types(values: Any) -> str:  # noqa: ANN401 - the same
    return _listed([_TYPE_WORDS.get(name, name) for name in _words(values)])


_WORDS: Mapping[str, Callable[[Any], str]] = {
    "required": lambda _: "is missing",
    "type": lambda e: f"expected {_types(e)}",
    "enum": lambda e: f"expected one of {_listed(_words(e))}",
    "const": lambda e: f"expected {e}",
    "pattern": lambda e: f"expected the form {e}",
    "min_length": lambda e: f"expected at least {e} characters",
    "max_length": lambda e: f"expected at most {e} characters",
    "minimum": lambda e: f"expected at least {e}",
    "maximum": lambda e: f"expected at most {e}",
    "exclusive_minimum": lambda e: f"expected more than {e}",
    "exclusive_maximum": lambda e: f"expected less than {e}",
    "multiple_of": lambda e: f"expected a multiple of {e}",
    "min_items": lambda e: f"expected at least {e} items",
    "max_items": lambda e: f"expected at most {e} items",
    "unique_items": lambda _: "expected each item once",
    "min_properties": lambda e: f"expected at least {e} member{'s' if e != 1 else ''}",
    "max_properties": lambda e: f"expected at most {e} member{'s' if e != 1 else ''}",
    "unknown_member": lambda _: "is not known here",
    "any_of": lambda e: f"expected {_listed(_words(e))}",
    "not_allowed": lambda _: "is not allowed here",
    "address": lambda _: "expected an e-mail address",
    "phone": lambda _: "expected a phone number",
    "url": lambda _: "expected a URL",
    "moment": lambda _: "expected a moment such as 2026-01-02T00:00:00Z",
    "exists": lambda _: "names nothing that there is",
    "taken": lambda _: "is taken",
    "missing_variable": lambda _: "is needed by the template",
    "text": lambda _: "is not UTF-8 text, or nested too deep",
}


def sentence(problem: FieldProblem, known: tuple[str, ...] | None = None) -> str:
    """Say what is wrong with a field; `known` are the names that its place has, None if nobody knows."""
    words = _WORDS[problem.rule](problem.expected)
    if problem.rule != "unknown_member" or known is None:
        return words
    return f"{words}; {hint(str(problem.path[-1]), known)}"
