"""Fields of a dialect <-> a form that a browser sends without JavaScript: flat names, texts, the last value of each.

A box is there when it is ticked (`name`, or `name:value` in a choice of several). How steps are written is in `steps`;
a button `do` with `add name KIND`, `up name 2`, `down name 2` or `remove name 2` changes the list, and saves nothing.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import msgspec

from emulator.control.words import sentence
from emulator.core.errors import FieldProblem, Json
from emulator.core.records import Account
from emulator.dashboard.steps import MOST_STEPS, Form, flattened, move, steps_of
from emulator.gateway.world import World
from emulator.server.contract.validators import Validators
from emulator.server.editing import Field, Members, Step


class Place(NamedTuple):
    """One account's form: what choices depend on, and whether the thing is yet to be made."""

    world: World
    account: Account
    is_new: bool


class Control(NamedTuple):
    """A field as a template shows it. `options` are value, word and whether it is chosen; `steps` those of a list."""

    name: str
    label: str
    type: str
    value: str
    hint: str
    error: str
    is_needed: bool
    options: Sequence[tuple[str, str, bool]] = ()
    steps: "Sequence[StepControls]" = ()
    kinds: Sequence[tuple[str, str]] = ()


class StepControls(NamedTuple):
    """One step of a list, with its fields."""

    kind: str
    label: str
    error: str
    controls: "Sequence[Control]"


def of_form(fields: Iterable[Field], place: Place) -> list[Field]:
    """The fields that can be filled in now."""
    return [each for each in fields if not (each.is_later if place.is_new else each.is_fixed)]


def written(fields: Iterable[Field], members: Members) -> dict[str, str]:
    """What a form holds that shows these members."""
    form: dict[str, str] = {}
    for field in fields:
        form.update(_written(field, members.get(field.name)))
    return form


def usual(fields: Iterable[Field]) -> dict[str, Any]:
    """What a new thing's form begins with."""
    return {field.name: field.usual for field in fields if field.usual is not None}


def read(fields: Iterable[Field], form: Form, place: Place) -> dict[str, Any]:
    """What was filled in; what was left empty is left out. What cannot be read is left as text."""
    found = {field.name: _read(field, form, place) for field in fields}
    return {name: value for name, value in found.items() if value is not None}


def problems(fields: Sequence[Field], members: Members, place: Place) -> list[FieldProblem]:
    """What is wrong with what was filled in, in the fields' order."""
    schema: dict[str, Any] = {
        "type": "object",
        "properties": {field.name: dict(field.schema) for field in fields},
        "required": [field.name for field in fields if field.is_needed],
    }
    validator = Validators({}).compile(schema)
    found = [] if validator.is_valid(dict(members)) else list(validator.problems(dict(members)))
    for field in fields:
        value = members.get(field.name)
        if field.steps and isinstance(value, list):
            found += _step_problems(field, value, place)  # pyright: ignore[reportUnknownArgumentType] - JSON
        elif field.options and isinstance(value, str) and value not in dict(_options(field, place)):
            found.append(FieldProblem((field.name,), "exists", value))
    return found


def errors(found: Iterable[FieldProblem]) -> dict[str, str]:
    """Sentences by the name of their field in the form."""
    said: dict[str, str] = {}
    for each in found:
        said.setdefault(".".join(map(str, each.path)), sentence(each))
    return said


def controls(fields: Iterable[Field], form: Form, said: Mapping[str, str], place: Place) -> list[Control]:
    """The fields as a template shows them, filled in as a form holds them, with what is wrong."""
    return [_control(field, field.name, form, said, place) for field in fields]


def changed(fields: Iterable[Field], form: Form, command: str) -> dict[str, str]:
    """The form after a button of a list of steps; as it was, if there is no such button."""
    action, _, rest = command.partition(" ")
    name, _, which = rest.partition(" ")
    field = next((each for each in fields if each.name == name and each.steps), None)
    if field is None:
        return dict(form)
    steps = steps_of(name, form)
    if action == "add" and which in {step.kind for step in field.steps} and len(steps) < MOST_STEPS:
        begun = next(step for step in field.steps if step.kind == which)
        steps.append({"kind": which, **written(begun.fields, usual(begun.fields))})
    elif which.isdecimal() and int(which) < len(steps):
        move(steps, action, int(which))
    kept = {key: value for key, value in form.items() if not key.startswith(f"{name}.")}
    return {**kept, **flattened(name, steps)}


def type_of(field: Field) -> str:
    """How a field is entered."""
    if field.steps:
        return "steps"
    type = field.schema.get("type", "string")
    if type == "array":
        return "many" if field.options else "lines"
    if field.options or "enum" in field.schema:
        return "choice"
    if type in ("integer", "number"):
        return "number"
    return {"boolean": "check", "object": "json"}.get(str(type), "long" if field.is_long else "text")


def _options(field: Field, place: Place) -> Sequence[tuple[str, str]]:
    if field.options is not None:
        return field.options(place.world, place.account)
    words = field.schema.get("enum")
    return [(str(word), str(word)) for word in words] if isinstance(words, list) else []


def _written(field: Field, value: Any) -> dict[str, str]:  # noqa: ANN401 - JSON
    name, type = field.name, type_of(field)
    if type == "steps":
        known = {step.kind: step for step in field.steps}
        return flattened(
            name, [{"kind": each["kind"], **written(known[each["kind"]].fields, each)} for each in value or ()]
        )
    if type == "many":
        return {f"{name}:{each}": "on" for each in value or ()}
    if value is None or value is False:
        return {}
    return {name: _text(type, value)}


def _text(type: str, value: Any) -> str:  # noqa: ANN401 - JSON
    if type == "check":
        return "on"
    if type == "lines":
        return "\n".join(map(str, value))
    return msgspec.json.format(msgspec.json.encode(value), indent=2).decode() if type == "json" else str(value)


def _read(field: Field, form: Form, place: Place) -> Any:  # noqa: ANN401 - JSON
    type = type_of(field)
    if type == "check":
        return field.name in form
    if type == "many":
        return [value for value, _ in _options(field, place) if f"{field.name}:{value}" in form]
    if type == "steps":
        return [_read_step(field.steps, each, place) for each in steps_of(field.name, form)]
    text = form.get(field.name, "").replace("\r\n", "\n")
    text = text if type == "long" else text.strip()
    if not text.strip():
        return [] if type == "lines" and not place.is_new else None
    return _value(type, text)


def _value(type: str, text: str) -> Json:
    if type == "lines":
        return [line.strip() for line in text.splitlines() if line.strip()]
    if type not in ("json", "number"):
        return text
    try:
        return msgspec.json.decode(text)
    except (msgspec.DecodeError, RecursionError):
        return text


def _read_step(known: Sequence[Step], form: Form, place: Place) -> dict[str, Any]:
    step = next((each for each in known if each.kind == form.get("kind")), known[0])
    return {"kind": step.kind, **read(step.fields, form, place)}


def _step_problems(field: Field, steps: Sequence[dict[str, Any]], place: Place) -> list[FieldProblem]:
    known = {step.kind: step for step in field.steps}
    return [
        problem._replace(path=(field.name, at, *problem.path))
        for at, each in enumerate(steps)
        for problem in problems(known[each["kind"]].fields, each, place)
    ]


def _control(field: Field, name: str, form: Form, said: Mapping[str, str], place: Place) -> Control:
    value, type = form.get(name, ""), type_of(field)
    options = [
        (each, word, f"{name}:{each}" in form if type == "many" else each == value)
        for each, word in (_options(field, place) if type in ("many", "choice") else ())
    ]
    return Control(
        name=name,
        label=field.label,
        type=type,
        value=value,
        hint=field.hint,
        error=said.get(name, ""),
        is_needed=field.is_needed,
        options=options,
        steps=_steps(field, name, form, said, place) if type == "steps" else (),
        kinds=[(step.kind, step.label) for step in field.steps],
    )


def _steps(field: Field, name: str, form: Form, said: Mapping[str, str], place: Place) -> list[StepControls]:
    known = {step.kind: step for step in field.steps}
    shown: list[StepControls] = []
    for at, raw in enumerate(steps_of(name, form)):
        step = known.get(raw.get("kind", ""), field.steps[0])
        inner = [_control(each, f"{name}.{at}.{each.name}", form, said, place) for each in step.fields]
        shown.append(StepControls(step.kind, step.label, said.get(f"{name}.{at}", ""), inner))
    return shown
