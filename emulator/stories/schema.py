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
_STEP_KEYS = frozenset({"name"})

ValuePath = tuple[str | int, ...]


class Mistake(NamedTuple):
    """What is wrong with a story, and the path of the value that it is wrong with."""

    path: ValuePath
    sentence: str


@cache
def story_schema() -> Document:
    """The published schema."""
    return msgspec.json.decode(SCHEMA_FILE.read_bytes())


def form_mistakes(value: Json) -> list[Mistake]:
    """Everything in which a value has not the form of a story."""
    validator = _validator()
    if validator.is_valid(value):
        return []
    problems = validator.problems(value)
    misspelt = {problem.path[:-1] for problem in problems if problem.rule == "unknown_member"}
    return [_mistake(problem) for problem in problems if not (_asks_for_a_kind(problem) and problem.path in misspelt)]


@cache
def step_kinds() -> tuple[str, ...]:
    """The kinds of steps, in the schema's order."""
    return tuple(name for name in story_schema()["$defs"]["step"]["properties"] if name not in _STEP_KEYS)


@cache
def _validator() -> Validator:
    return Validators(story_schema()).compile({"$ref": "#"}, place="story")


def _asks_for_a_kind(problem: FieldProblem) -> bool:
    # A misspelt kind is said once, as a misspelt key.
    return problem.rule in ("any_of", "not_allowed")


def _mistake(problem: FieldProblem) -> Mistake:
    name = str(problem.path[-1]) if problem.path else "the story"
    if problem.rule == "unknown_member":
        return Mistake(problem.path, f"{name} is not known here{nearest(name, _known_at(problem.path[:-1]))}")
    if problem.rule == "required":
        return Mistake(problem.path[:-1], f"{name} is missing")
    if _asks_for_a_kind(problem):
        return Mistake(problem.path, f"expected exactly one of {', '.join(step_kinds())}")
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
