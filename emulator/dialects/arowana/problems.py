"""One thing wrong with a field -> the details of this API: where, and a sentence. The wordings are assumed."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple, cast

from emulator.core.errors import FieldProblem

BODY = "body"
"""Stands for the whole body where an entry must name something."""


class Detail(NamedTuple):
    """One entry of `details`."""

    field: str
    message: str


def details(problems: Sequence[FieldProblem]) -> list[Detail]:
    """What is wrong with each field. None of a body that is no object; nothing below a member that may not be there."""
    forbidden = [problem.path for problem in problems if problem.rule == "not_allowed" and problem.path]
    found: dict[str, Detail] = {}
    for problem in problems:
        if not any(_is_below(problem.path, path) for path in forbidden):
            for detail in _of_problem(problem):
                # Of several rules that a field breaks, the first is told.
                found.setdefault(detail.field, detail)
    return list(found.values())


def field_name(path: Iterable[str | int]) -> str:
    """`content.rich_card.carousel.cards[0].title`."""
    name = ""
    for part in path:
        if isinstance(part, int):
            name += f"[{part}]"
        else:
            name += f".{part}" if name else part
    return name


def _is_below(path: tuple[str | int, ...], other: tuple[str | int, ...]) -> bool:
    return len(path) > len(other) and path[: len(other)] == other


def _of_problem(problem: FieldProblem) -> Iterator[Detail]:
    names = _names(problem)
    if problem.rule == "any_of" and not problem.path and set(names) <= _ADDRESSES:
        # With an address that is null a union names the other one only, or none; either would do.
        yield from _each(problem, ("email", "phone"), "Give {}.")
    elif problem.rule == "any_of" and names:
        yield from _each(problem, names, "Give {}.")
    elif problem.rule == "not_allowed" and names:
        yield from _each(problem, names, "Give {}, not both.")
    elif problem.path:
        yield Detail(field_name(problem.path), _sentence(problem))


_ADDRESSES = frozenset({"email", "phone"})
_MANY = 3


def _each(problem: FieldProblem, names: tuple[str, ...], text: str) -> Iterator[Detail]:
    """The same sentence at each of a few members; where many would do, once, at what holds them."""
    sentence = text.format(_joined(names))
    if problem.path and len(names) >= _MANY:
        yield Detail(field_name(problem.path), sentence)
        return
    for name in names:
        yield Detail(field_name((*problem.path, name)), sentence)


def _joined(names: Sequence[str]) -> str:
    """`a`, `a or b`, `a, b or c`."""
    *first, last = names
    return f"{', '.join(first)} or {last}" if first else last


def _names(problem: FieldProblem) -> tuple[str, ...]:
    expected = problem.expected
    return tuple(map(str, cast("tuple[object, ...]", expected))) if isinstance(expected, tuple) else ()


def _sentence(problem: FieldProblem) -> str:
    member = next((part for part in reversed(problem.path) if isinstance(part, str)), "")
    own = _OWN.get((member, problem.rule))
    return own or _SENTENCES[problem.rule](problem)


_PHONE = "Must be a phone number in international format."
_MAIL = "Must be an email address."
_MOMENT = "Must be a date and time in ISO 8601."
_LIMIT = "Must be between 1 and 200."
_WEB = "Must be an http or https address."
_HTTPS = "Must be an https address."
_PLAIN = "Must be plain text, without HTML, JSON, scripts, escaped characters and shell strings."

# By the member's name and the rule, where the general sentence would not say what is wanted.
_OWN: Mapping[tuple[str, str], str] = {
    ("to", "pattern"): _PHONE,
    ("phone", "pattern"): _PHONE,
    ("phone_number", "pattern"): _PHONE,
    ("limit", "minimum"): _LIMIT,
    ("limit", "maximum"): _LIMIT,
    ("limit", "type"): _LIMIT,
    ("status", "pattern"): "Is not a message status.",
    ("events", "enum"): "Is not an event.",
    ("ttl", "pattern"): "Must be a span such as 3600s, 15m or 24h, from 1 second to 30 days.",
    ("description", "pattern"): _PLAIN,
    ("description", "not_allowed"): _PLAIN,
    ("color", "pattern"): "Must be a color such as #1A4D8F.",
    ("color", "not_allowed"): "Must have a contrast of at least 4.5:1 to white.",
    ("idempotency_key", "pattern"): "Must be 1 to 255 printable ASCII characters.",
    ("idempotency_key", "max_length"): "Must be 1 to 255 printable ASCII characters.",
    ("Idempotency-Key", "pattern"): "Must be 1 to 255 printable ASCII characters.",
    ("template_id", "not_allowed"): "The template belongs to another type of channel.",
    ("code", "pattern"): "Must be six digits.",
}

_TYPES: Mapping[str, str] = {
    "string": "a string",
    "integer": "an integer",
    "number": "a number",
    "boolean": "true or false",
    "object": "an object",
    "array": "an array",
    "null": "null",
}


def _fixed(text: str) -> Callable[[FieldProblem], str]:
    return lambda _: text


def _counted(text: str, noun: str, nouns: str) -> Callable[[FieldProblem], str]:
    def sentence(problem: FieldProblem) -> str:
        return f"{text} {problem.expected} {noun if problem.expected == 1 else nouns}."

    return sentence


def _bound(text: str) -> Callable[[FieldProblem], str]:
    return lambda problem: f"{text} {problem.expected}."


def _type(problem: FieldProblem) -> str:
    return f"Must be {_joined([_TYPES.get(name, name) for name in _names(problem)])}."


def _one_of(problem: FieldProblem) -> str:
    return f"Must be one of {', '.join(name for name in _names(problem) if name != 'None')}."


# How the contract's patterns for addresses begin; the last also takes http on the machine itself.
_ADDRESSES_BY_PATTERN = {"^https?://": _WEB, "^https://": _HTTPS, "^(https://": _HTTPS}


def _pattern(problem: FieldProblem) -> str:
    pattern = str(problem.expected)
    found = (text for start, text in _ADDRESSES_BY_PATTERN.items() if pattern.startswith(start))
    return next(found, "Is not valid.")


_SENTENCES: Mapping[str, Callable[[FieldProblem], str]] = {
    "required": _fixed("Is required."),
    "type": lambda problem: _type(problem) if _names(problem) else "Is of the wrong type.",
    "enum": lambda problem: _one_of(problem) if _names(problem) else "Is not one of the values.",
    "const": _bound("Must be"),
    "pattern": _pattern,
    "min_length": _counted("Must be at least", "character", "characters"),
    "max_length": _counted("Must be at most", "character", "characters"),
    "minimum": _bound("Must be at least"),
    "maximum": _bound("Must be at most"),
    "exclusive_minimum": _bound("Must be more than"),
    "exclusive_maximum": _bound("Must be less than"),
    "multiple_of": _bound("Must be a multiple of"),
    "min_items": _counted("Must have at least", "entry", "entries"),
    "max_items": _counted("Must have at most", "entry", "entries"),
    "unique_items": _fixed("Must not repeat an entry."),
    "min_properties": _counted("Must have at least", "member", "members"),
    "max_properties": _counted("Must have at most", "member", "members"),
    "unknown_member": _fixed("Is not a known field."),
    "any_of": _fixed("Is not valid."),
    "not_allowed": _fixed("Is not allowed here."),
    "address": _fixed(_MAIL),
    "phone": _fixed(_PHONE),
    "url": _fixed(_WEB),
    "moment": _fixed(_MOMENT),
    "exists": _fixed("Does not exist."),
    "taken": _fixed("Is taken."),
    "missing_variable": lambda problem: f"Give {_joined(_names(problem))}." if _names(problem) else "Is required.",
    "text": _fixed("Must be valid UTF-8."),
}
"""Total over the rules of field problems."""
