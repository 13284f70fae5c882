"""One thing wrong with a field -> code and sentence of this API.

The codes are assumed; so are the wordings, which name what was wanted and never repeat what was sent.
"""

from collections.abc import Callable, Mapping
from typing import NamedTuple, cast

from emulator.core.errors import FieldProblem, Json

SESSION_WINDOW = "session window"
"""`FieldProblem.expected` of a content that WhatsApp takes only soon after the person wrote."""

_CONTENT = frozenset({"text", "html", "media"})
_ADDRESSES = ("to", "contact_id", "phone", "address")


class Fault(NamedTuple):
    """What `details` says of one field. `param` is its path, joined with dots."""

    param: str | None
    code: str
    message: str


def fault_of(problem: FieldProblem, body: Json) -> Fault:
    """Say what is wrong with one field of a request with a body."""
    code = _code(problem, body)
    names = _names(problem) if problem.rule == "any_of" else ()
    path = (*problem.path, *names[:1])
    param = ".".join(map(str, path)) or None
    text = _SPECIAL[code] if code in _SPECIAL else _TEXTS.get(problem.rule, _invalid)
    return Fault(param, code, text(param or "body", problem))


def one_fault_per_field(faults: list[Fault]) -> list[Fault]:
    """Of several faults of one field, the first."""
    once: dict[str | None, Fault] = {}
    for fault in faults:
        once.setdefault(fault.param, fault)
    return list(once.values())


_CODES: Mapping[tuple[str, str], str] = {
    ("enum", "channel"): "unknown_channel",
    ("exists", "template"): "unknown_template",
    ("exists", "language"): "template_language_unavailable",
    **{(rule, name): "invalid_recipient" for rule in ("pattern", "address") for name in _ADDRESSES},
}
"""By rule and field."""


def _code(problem: FieldProblem, body: Json) -> str:
    rule = problem.rule
    if rule == "required" or (rule == "any_of" and _names(problem)):
        return "missing_field"
    if rule == "missing_variable":
        return "missing_template_variable"
    if rule == "not_allowed":
        return _not_allowed(problem, body)
    code = _CODES.get((rule, str(problem.path[-1]) if problem.path else ""), "invalid_field")
    return "invalid_field" if problem.place == "query" and code == "invalid_recipient" else code


def _not_allowed(problem: FieldProblem, body: Json) -> str:
    if problem.expected == SESSION_WINDOW:
        return "session_window_closed"
    if problem.path[:1] == ("variables",):
        return "unexpected_template_variable"
    with_template = isinstance(body, dict) and "template" in body
    if with_template and problem.path and problem.path[0] in _CONTENT:
        return "content_conflict"
    return "invalid_field"


def _names(problem: FieldProblem) -> tuple[str, ...]:
    expected = problem.expected
    return tuple(map(str, cast("tuple[object, ...]", expected))) if isinstance(expected, tuple) else ()


Text = Callable[[str, FieldProblem], str]


def _invalid(param: str, _: FieldProblem) -> str:
    return f"{param} is not valid."


def _wanted(wanted: Callable[[FieldProblem], str]) -> Text:
    return lambda param, problem: f"{param} must be {wanted(problem)}."


def _fixed(text: str) -> Text:
    return lambda param, _: text.format(param=param)


def _one_needed(param: str, problem: FieldProblem) -> str:
    names = _names(problem)
    return f"One of {', '.join(names)} is needed." if names else f"{param} does not have a documented form."


def _last(problem: FieldProblem) -> str:
    return str(problem.path[-1]) if problem.path else "?"


_SPECIAL: Mapping[str, Text] = {
    "missing_template_variable": lambda _, problem: f"Variable '{_last(problem)}' has no value.",
    "unexpected_template_variable": lambda _, problem: f"Variable '{_last(problem)}' is not one of the template.",
    "unknown_channel": _wanted(lambda problem: "one of " + ", ".join(_names(problem))),
    "invalid_recipient": _fixed("{param} is no address of this channel."),
    "unknown_template": _fixed("There is no approved template of this name for the channel."),
    "template_language_unavailable": _fixed("The template does not exist in this language."),
    "content_conflict": _fixed("{param} cannot stand beside a template."),
    "session_window_closed": _fixed(
        "The contact's last message is more than 24 hours old: only a template can be sent."
    ),
}
"""By code, where the code says more than the rule."""

_TEXTS: Mapping[str, Text] = {
    "required": _fixed("{param} is required."),
    "any_of": _one_needed,
    "type": _wanted(lambda problem: " or ".join(_names(problem))),
    "enum": _wanted(lambda problem: "one of " + ", ".join(_names(problem))),
    "const": _wanted(lambda problem: str(problem.expected)),
    "pattern": _fixed("{param} does not have the documented form."),
    "address": _fixed("{param} must be an e-mail address."),
    "phone": _fixed("{param} must be a phone number in E.164 form."),
    "url": _fixed("{param} must be an http or https address."),
    "moment": _fixed("{param} must be a time in ISO 8601 form, with its offset from UTC."),
    "min_length": _wanted(lambda problem: f"at least {problem.expected} characters long"),
    "max_length": _wanted(lambda problem: f"at most {problem.expected} characters long"),
    "minimum": _wanted(lambda problem: f"at least {problem.expected}"),
    "maximum": _wanted(lambda problem: f"at most {problem.expected}"),
    "exclusive_minimum": _wanted(lambda problem: f"more than {problem.expected}"),
    "exclusive_maximum": _wanted(lambda problem: f"less than {problem.expected}"),
    "multiple_of": _wanted(lambda problem: f"a multiple of {problem.expected}"),
    "min_items": _fixed("{param} has too few entries."),
    "max_items": _fixed("{param} has too many entries."),
    "min_properties": _fixed("{param} has too few members."),
    "max_properties": _wanted(lambda problem: f"an object of at most {problem.expected} members"),
    "unique_items": _fixed("{param} must not repeat an entry."),
    "unknown_member": _fixed("{param} is not a known field."),
    "not_allowed": _fixed("{param} is not allowed here."),
    "exists": _fixed("{param} names nothing that can be used here."),
    "taken": _fixed("{param} is taken."),
    "text": _fixed("{param} must be valid UTF-8 text."),
}
