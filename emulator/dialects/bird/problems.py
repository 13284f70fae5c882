"""One thing wrong with a field -> its path and sentence in this API.

Source: recorded answers of the real service for unknown members, wrong values and wrong types; read 2026-11. The other
wordings are assumed, modelled on them.
"""

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import cast

import msgspec

from emulator.core.errors import FieldProblem, Json

_encode = msgspec.json.Encoder().encode

_TYPES: Mapping[str, str] = MappingProxyType(
    {
        "string": "a string",
        "integer": "an integer",
        "number": "a number",
        "boolean": "a boolean",
        "object": "an object",
        "array": "an array",
        "null": "null",
    }
)
_FORM = "string doesn't match the expected format"
_ALTERNATIVES = "one of {} is required"


def details(problems: Sequence[FieldProblem]) -> dict[str, Json]:
    """`details` of a refusal: path -> sentences, both in the order of the problems."""
    found: dict[str, list[str]] = {}
    for problem in problems:
        sentences = found.setdefault(path_text(_place(problem)), [])
        sentence = field_text(problem)
        if sentence not in sentences:
            sentences.append(sentence)
    return {path: list[Json](sentences) for path, sentences in found.items()}


def told(problem: FieldProblem) -> str:
    """One problem in one line: its path and sentence."""
    return f"{path_text(_place(problem))}: {field_text(problem)}"


def cause_of(problems: Sequence[FieldProblem]) -> tuple[str, bool] | None:
    """The cause that stands in `message` itself, without details; None for all that is told by path.

    With it, whether the usual sentence and a colon stand before it.
    """
    for problem in problems:
        if problem.rule == "missing_variable":
            return f"missing value for variable '{problem.path[-1]}'", True
        if problem.path == ("template", "projectId") and problem.rule == "exists":
            return "template project not found", True
        if problem.path[:1] == ("attributes",) and problem.rule == "not_allowed":
            return f'cannot edit read-only attribute "{problem.path[-1]}"', False
    return None


def path_text(path: Sequence[str | int]) -> str:
    """`.receiver.contacts[0]`; the whole body is `.`."""
    text = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path)
    return text if text.startswith(".") else f".{text}"


def _place(problem: FieldProblem) -> tuple[str | int, ...]:
    """Where a problem is told: an unknown member at the object it stands in."""
    return problem.path[:-1] if problem.rule == "unknown_member" else problem.path


def field_text(problem: FieldProblem) -> str:
    """Say what is wrong with one field."""
    own = _OWN.get((_named(problem.path), problem.rule))
    return own if own is not None else _TEXTS[problem.rule](problem)


def _named(path: tuple[str | int, ...]) -> tuple[str | int, ...]:
    """A path without places in lists."""
    return tuple(step for step in path if not isinstance(step, int))


_CONTACT = ("receiver", "contacts")

_OWN: Mapping[tuple[tuple[str | int, ...], str], str] = MappingProxyType(
    {
        ((), "any_of"): _ALTERNATIVES.format("'body' or 'template'"),
        ((), "not_allowed"): "only one of 'body' or 'template' is allowed",
        (("body", "type"), "not_allowed"): 'a body of type "template" is unsupported',
        (_CONTACT, "any_of"): _ALTERNATIVES.format("'id' or 'identifierValue'"),
        (_CONTACT, "address"): "the contact has no identifier for this channel",
        (("scheduledFor",), "maximum"): "time must be at most 35 days ahead",
        (("capFrequency",), "not_allowed"): "only allowed for the marketing use case",
        (("replyTo", "id"), "exists"): "message not found",
        (("eventFilters",), "unique_items"): "only one 'channelId' is allowed",
    }
)
"""Sentences of single members, by path and rule."""


def _listed(values: object) -> tuple[Json, ...]:
    return cast("tuple[Json, ...]", values) if isinstance(values, tuple) else ()


def _type_text(problem: FieldProblem) -> str:
    # Where null is taken as well, nobody is told.
    names = [str(name) for name in _listed(problem.expected) if name != "null"] or ["null"]
    return f"value must be {' or '.join(_TYPES.get(name, name) for name in names)}"


def _enum_text(problem: FieldProblem) -> str:
    known = _listed(problem.expected) or (cast("Json", problem.expected),)
    words = ", ".join(_encode(each).decode() for each in known)
    return f"Invalid value: {_encode(problem.value).decode()}, expected one of: {words}"


def _any_of_text(problem: FieldProblem) -> str:
    names = " or ".join(f"'{name}'" for name in _listed(problem.expected))
    return _ALTERNATIVES.format(names or "the members")


def _fixed(text: str) -> Callable[[FieldProblem], str]:
    return lambda _problem: text


def _bound(text: str) -> Callable[[FieldProblem], str]:
    return lambda problem: f"{text} {problem.expected}"


_TEXTS: Mapping[str, Callable[[FieldProblem], str]] = MappingProxyType(
    {
        "required": lambda problem: f"Property '{problem.path[-1]}' is missing",
        "unknown_member": lambda problem: f'property "{problem.path[-1]}" is unsupported',
        "type": _type_text,
        "enum": _enum_text,
        "const": _enum_text,
        "pattern": _fixed(_FORM),
        "moment": _fixed(_FORM),
        "url": _fixed(_FORM),
        "phone": _fixed(_FORM),
        "address": _fixed(_FORM),
        "text": _fixed(_FORM),
        "min_length": _bound("minimum string length is"),
        "max_length": _bound("maximum string length is"),
        "min_items": _bound("minimum number of items is"),
        "max_items": _bound("maximum number of items is"),
        "minimum": _bound("number must be at least"),
        "maximum": _bound("number must be at most"),
        "exclusive_minimum": _bound("number must be more than"),
        "exclusive_maximum": _bound("number must be less than"),
        "multiple_of": _bound("number must be a multiple of"),
        "unique_items": _fixed("items must be unique"),
        "min_properties": _bound("minimum number of properties is"),
        "max_properties": _bound("maximum number of properties is"),
        "any_of": _any_of_text,
        "not_allowed": _fixed("value is not allowed"),
        "exists": _fixed("resource not found"),
        "taken": _fixed("value is already in use"),
        "missing_variable": lambda problem: f"missing value for variable '{problem.path[-1]}'",
    }
)
