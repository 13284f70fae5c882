"""The form of a story, held against `story.schema.json`; what breaks it, in sentences for people."""

from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from emulator.control.words import sentence
from emulator.core.errors import FieldProblem, Json
from emulator.core.spans import EXPECTED as SPAN_EXPECTED
from emulator.server.contract.references import Document, is_array, is_object, resolve
from emulator.server.contract.validators import Validator, Validators
from emulator.stories.words import nearest

SCHEMA_FILE = Path(__file__).with_name("story.schema.json")

_BRANCHES = ("anyOf", "oneOf", "allOf")
MOST_MISTAKES = 100

_STEP_KEYS = frozenset({"name"})

ValuePath = tuple[str | int, ...]


class Mistake(NamedTuple):
    """What is wrong with a story, and the path of the value that it is wrong with.

    Of an object that lacks a member, `missing` is its name; of a key that is not known, `meant` is the object and the
    name that may have been meant; of a variable or snapshot that nothing before has defined, `undefined` is the name.
    """

    path: ValuePath
    sentence: str
    missing: str | None = None
    meant: tuple[ValuePath, str] | None = None
    undefined: str | None = None


@cache
def story_schema() -> Document:
    """The published schema."""
    return msgspec.json.decode(SCHEMA_FILE.read_bytes())


def form_mistakes(value: Json) -> list[Mistake]:
    """Everything in which a value has not the form of a story; of very many mistakes, the first."""
    validator = _validator()
    problems = () if validator.is_valid(value) else validator.problems(value)[:MOST_MISTAKES]
    mistakes = [_mistake(problem) for problem in problems]
    # What is misspelt is not also missing.
    meant = {mistake.meant for mistake in mistakes if mistake.meant is not None}
    mistakes = [each for each in mistakes if (each.path, each.missing) not in meant]
    # A misspelt kind is said once, as a misspelt key.
    misspelt = {mistake.path[:-1] for mistake in mistakes if mistake.meant is not None}
    return [*mistakes, *(each for each in _kind_mistakes(value) if each.path not in misspelt)]


@cache
def step_kinds() -> tuple[str, ...]:
    """The kinds of steps, in the schema's order."""
    return tuple(name for name in story_schema()["$defs"]["step"]["properties"] if name not in _STEP_KEYS)


@cache
def _validator() -> Validator:
    # That a step is of one kind is checked below: as a union it would cost more than all the rest.
    steps = {**story_schema()["$defs"], "step": _without(story_schema()["$defs"]["step"], "oneOf")}
    return Validators({**story_schema(), "$defs": steps}).compile({"$ref": "#"}, place="story")


def _without(members: Mapping[str, Any], name: str) -> dict[str, Any]:
    return {key: each for key, each in members.items() if key != name}


def _kind_mistakes(value: Json) -> Iterator[Mistake]:
    """Steps that are not of exactly one kind."""
    steps = value.get("steps") if isinstance(value, dict) else None
    yield from _kinds_of(steps, ("steps",))


def _kinds_of(steps: Json, path: ValuePath) -> Iterator[Mistake]:
    for place, step in enumerate(steps if isinstance(steps, list) else ()):
        if not isinstance(step, dict):
            continue
        here = (*path, place)
        kinds = [name for name in step if name in step_kinds()]
        if len(kinds) != 1:
            found = f", not {' and '.join(kinds)}" if kinds else ""
            yield Mistake(here, f"expected exactly one of {', '.join(step_kinds())}{found}")
        yield from _kinds_of(step.get("parallel"), (*here, "parallel"))
        repeat = step.get("repeat")
        if isinstance(repeat, dict):
            yield from _kinds_of(repeat.get("steps"), (*here, "repeat", "steps"))


def _mistake(problem: FieldProblem) -> Mistake:
    name = str(problem.path[-1]) if problem.path else "the story"
    if problem.rule == "unknown_member":
        around = problem.path[:-1]
        hint = nearest(name, _known_at(around))
        meant = hint.removeprefix("; did you mean ").removesuffix("?")
        return Mistake(problem.path, f"{name} is not known here{hint}", meant=(around, meant))
    if problem.rule == "required":
        return Mistake(problem.path[:-1], f"{name} is missing", missing=name)
    if problem.rule == "pattern" and problem.expected == story_schema()["$defs"]["span"]["pattern"]:
        return Mistake(problem.path, f"{name}: {SPAN_EXPECTED}")
    if problem.rule == "enum" and is_sequence(problem.expected):
        return Mistake(problem.path, f"{name}: {sentence(problem)}{_hint(problem)}")
    return Mistake(problem.path, f"{name}: {sentence(problem)}")


def _hint(problem: FieldProblem) -> str:
    hint = nearest(str(problem.value), map(str, _items(problem.expected)))
    return hint if "did you mean" in hint else ""


def is_sequence(value: object) -> bool:
    """Whether a rule's expectation is a list of values."""
    return isinstance(value, tuple | list)


def _items(value: Any) -> Sequence[Any]:  # noqa: ANN401 - what a rule expects is of any type
    return value


def _known_at(path: ValuePath) -> list[str]:
    """The members that the schema knows at a place."""
    schemas: list[Document] = [story_schema()]
    for step in path:
        schemas = [inner for schema in schemas for inner in _inside(schema, step)]
    return [name for schema in schemas for each in _with_branches(schema) for name in each.get("properties", ())]


def _inside(schema: Document, step: str | int) -> Iterator[Document]:
    for each in _with_branches(schema):
        if isinstance(step, int):
            inner = each.get("items")
        else:
            inner = each.get("properties", {}).get(step, each.get("additionalProperties"))
        if is_object(inner):
            yield resolve(story_schema(), inner)


def _with_branches(schema: Mapping[str, Any]) -> Iterator[Document]:
    yield {**schema}
    for branch in _BRANCHES:
        alternatives = schema.get(branch)
        if is_array(alternatives):
            for each in alternatives:
                yield from _with_branches(resolve(story_schema(), each))
