"""A request's query and body, checked against the contract. What is not in it is refused by name.

A schema may say in words what it wants, as `x-expected`: then those words are all that a caller reads of a value that
breaks it, whichever of its keywords the value breaks.
"""

from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import Any

from emulator.control.problems import Place, RefusedFields
from emulator.core.errors import FieldProblem, InvalidFields
from emulator.server.contract import Contract, Operation
from emulator.server.contract.query import query_parameters
from emulator.server.contract.references import Node, find, place_of, resolve
from emulator.server.stages import read_json


def check_query(contract: Contract, operation: Operation, raw_query: bytes) -> Mapping[str, Any]:
    """The query's parameters. Raises `InvalidFields`, `RefusedFields`."""
    if not raw_query:
        return {}
    declared = query_parameters(contract.document, operation.path, operation.method.lower())
    try:
        values = operation.read_query(raw_query)
    except InvalidFields as error:
        schemas = {each.name: find(contract.document, place_of(each.reference))[1] for each in declared}
        raise InvalidFields(_in_words(error.problems, lambda path: schemas.get(str(path[0])))) from None
    known = tuple(each.name for each in declared)
    unknown = [FieldProblem((name,), "unknown_member", place="query") for name in values if name not in known]
    if unknown:
        raise RefusedFields(unknown, lambda _: known)
    return values


def check_members(contract: Contract, operation: Operation, raw_body: bytes) -> Mapping[str, Any]:
    """The body's members; none, if there is no body and need not be. Raises `MalformedRequest`, `RefusedFields`."""
    if not operation.content_types or (not raw_body and not operation.body_required):
        return {}
    body = read_json(raw_body)
    try:
        operation.check_body(body)
    except InvalidFields as error:
        schema_at = partial(_schema_at, contract, operation)
        raise RefusedFields(_in_words(error.problems, schema_at), lambda path: _members(schema_at(path))) from None
    return body


def _in_words(problems: Iterable[FieldProblem], schema_at: Callable[[Place], Node | None]) -> list[FieldProblem]:
    """The problems, with one for each value whose schema has words of its own."""
    said: dict[object, FieldProblem] = {}
    for problem in problems:
        schema = None if problem.rule in ("required", "unknown_member") else schema_at(problem.path)
        words = schema.get("x-expected") if schema is not None else None
        key = (problem.path, problem.rule, repr(problem.expected)) if words is None else problem.path
        said.setdefault(key, problem if words is None else problem._replace(rule="any_of", expected=words))
    return list(said.values())


def _schema_at(contract: Contract, operation: Operation, inside: Place) -> Node | None:
    """The schema of a value in an operation's body; None where the contract does not list it."""
    place = ("paths", operation.path, operation.method.lower(), "requestBody", "content", "application/json", "schema")
    schema = resolve(contract.document, find(contract.document, place)[1])
    for part in inside:
        within = schema.get("items") if isinstance(part, int) else schema.get("properties", {}).get(part)
        if not within:
            return None
        schema = resolve(contract.document, within)
    return schema


def _members(schema: Node | None) -> tuple[str, ...] | None:
    return tuple(schema["properties"]) if schema is not None and "properties" in schema else None
