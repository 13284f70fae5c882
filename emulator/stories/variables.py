"""`${name}` in texts, and the dotted paths by which values are picked out of an answer. There is no more to it.

A text that is nothing but one variable becomes the variable's value, whatever its type; inside a longer text the value
is written as text. `$${` is a literal `${`.
"""

import re
from collections.abc import Iterator, Mapping

import msgspec

from emulator.core.errors import Json
from emulator.stories.words import nearest

NAME = r"[A-Za-z_][A-Za-z0-9_-]*"
_PLACE = re.compile(r"\$(\$\{)|\$\{([^{}]*)\}")
_PATH = re.compile(rf"{NAME}(?:\.[A-Za-z0-9_-]+|\[[0-9]+\])*")
_STEP = re.compile(r"\.?([^.\[\]]+)|\[([0-9]+)\]")


class UnknownVariable(Exception):
    """A variable, or a part of its value, that there is not. The text is a sentence for people."""


class NoSuchPlace(Exception):
    """A path leads nowhere. The text says where it ended."""


def substitute(value: Json, variables: Mapping[str, Json]) -> Json:
    """Fill in every variable of a value, texts and keys at any depth. Raises `UnknownVariable`."""
    if isinstance(value, str):
        return _fill(value, variables) if "$" in value else value
    if isinstance(value, list):
        return [substitute(item, variables) for item in value]
    if isinstance(value, dict):
        return {as_text(substitute(key, variables)): substitute(item, variables) for key, item in value.items()}
    return value


def names_in(value: Json) -> Iterator[str]:
    """The paths of all variables that a text names, as they are written between the braces."""
    if isinstance(value, str):
        for match in _PLACE.finditer(value):
            if match[2] is not None:
                yield match[2].strip()


def first_name(path: str) -> str | None:
    """The variable that a path begins with; None if it is no path."""
    return _steps(path)[0] if _PATH.fullmatch(path) else None


def pick(value: Json, path: str) -> Json:
    """Follow a dotted path (`body.data[0].id`, `body.data.0.id`). Raises `NoSuchPlace`."""
    walked = ""
    for step in _steps(path):
        found = _member(value, step)
        if found is None:
            raise NoSuchPlace(_lost(value, step, walked))
        value = found[0]
        walked = f"{walked}.{step}" if walked else step
    return value


def as_text(value: Json) -> str:
    """A value inside a longer text: text as it is, anything else as JSON."""
    return value if isinstance(value, str) else msgspec.json.encode(value).decode()


def _fill(text: str, variables: Mapping[str, Json]) -> Json:
    whole = _PLACE.fullmatch(text)
    if whole is not None and whole[2] is not None:
        return _look_up(whole[2].strip(), variables)
    return _PLACE.sub(lambda match: "${" if match[1] else as_text(_look_up(match[2].strip(), variables)), text)


def _look_up(path: str, variables: Mapping[str, Json]) -> Json:
    name = first_name(path)
    if name is None:
        raise UnknownVariable(f"${{{path}}} is no variable: a name, and after it .member or [number]")
    if name not in variables:
        raise UnknownVariable(f"there is no variable ${{{name}}}{nearest(name, variables)}")
    try:
        return pick(dict(variables), path)
    except NoSuchPlace as error:
        raise UnknownVariable(f"${{{path}}}: {error}") from None


def _steps(path: str) -> list[str]:
    return [name or number for name, number in _STEP.findall(path)]


def _member(value: Json, step: str) -> tuple[Json] | None:
    """The member or item at a step, in a tuple, because it may itself be null."""
    if isinstance(value, dict):
        if step in value:
            return (value[step],)
        # Names of headers come in any case.
        lowered = {key.lower(): item for key, item in value.items()}
        return (lowered[step.lower()],) if step.lower() in lowered else None
    if isinstance(value, list) and step.isdecimal() and int(step) < len(value):
        return (value[int(step)],)
    return None


def _lost(value: Json, step: str, walked: str) -> str:
    here = walked or "the value"
    if isinstance(value, dict):
        return f"{here} has no {step}{nearest(step, value)}"
    if isinstance(value, list):
        return f"{here} has {len(value)} item{'s' if len(value) != 1 else ''}, and no {step}"
    return f"{here} is {as_text(value)[:80]}, which has no {step}"
