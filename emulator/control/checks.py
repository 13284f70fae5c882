"""A request's query and body, checked against the contract. What is not in it is refused by name."""

from collections.abc import Mapping
from functools import partial
from typing import Any

from emulator.control.problems import Place, RefusedFields
from emulator.core.errors import FieldProblem, InvalidFields
from emulator.server.contract import Contract, Operation
from emulator.server.contract.query import query_parameters
from emulator.server.contract.references import find, resolve
from emulator.server.stages import read_json


def check_query(contract: Contract, operation: Operation, raw_query: bytes) -> Mapping[str, Any]:
    """The query's parameters. Raises `InvalidFields`, `RefusedFields`."""
    if not raw_query:
        return {}
    values = operation.read_query(raw_query)
    declared = query_parameters(contract.document, operation.path, operation.method.lower())
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
        raise RefusedFields(error.problems, partial(_members, contract, operation)) from None
    return body


def _members(contract: Contract, operation: Operation, inside: Place) -> tuple[str, ...] | None:
    """The members that an object of an operation's body may have; None where the contract does not list them."""
    place = ("paths", operation.path, operation.method.lower(), "requestBody", "content", "application/json", "schema")
    schema = resolve(contract.document, find(contract.document, place)[1])
    for part in inside:
        within = schema.get("items") if isinstance(part, int) else schema.get("properties", {}).get(part)
        if not within:
            return None
        schema = resolve(contract.document, within)
    return tuple(schema["properties"]) if "properties" in schema else None
