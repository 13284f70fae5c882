"""A contract as the harness reads it: its operations, what they answer, and schemas that values are held against."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import jsonschema_rs

Node = Mapping[str, Any]

METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace")


class NotAContract(Exception):
    """The document is no OpenAPI 3 document. The text says why."""


@dataclass(frozen=True)
class Operation:
    """One operation. `parameters` are those of its path too, references followed."""

    id: str
    method: str
    path: str
    node: Node
    parameters: Sequence[Node]

    @property
    def label(self) -> str:
        """As Schemathesis calls it."""
        return f"{self.method.upper()} {self.path}"


@dataclass
class Document:
    """An OpenAPI document. `validator` compiles the schema at a place once."""

    raw: dict[str, Any]
    _validators: dict[str, jsonschema_rs.Validator] = field(default_factory=dict[str, jsonschema_rs.Validator])

    def __post_init__(self) -> None:
        """Look whether it can be one. Raises `NotAContract`."""
        if not isinstance(self.raw, dict):  # pyright: ignore[reportUnnecessaryIsInstance] - a target answers anything
            raise NotAContract("it is no OpenAPI 3 document, but a list or a single value")
        version = self.raw.get("openapi")
        if not isinstance(version, str) or not version.startswith("3."):
            raise NotAContract(f"it is no OpenAPI 3 document: `openapi` is {version!r}")
        if not isinstance(self.raw.get("paths"), dict):
            raise NotAContract("it is no OpenAPI 3 document: it has no `paths`")

    @cached_property
    def title(self) -> str:
        """The API's name, for people."""
        return str(self.raw.get("info", {}).get("title", "an API"))

    @cached_property
    def operations(self) -> Mapping[str, Operation]:
        """By label, in the document's order, without those that are not emulated."""
        return {each.label: each for each in self._operations() if not each.node.get("x-not-emulated")}

    def _operations(self) -> Iterator[Operation]:
        for path, item in self.raw["paths"].items():
            for method in METHODS:
                if method in item:
                    node = item[method]
                    parameters = [
                        self.follow(each) for each in (*item.get("parameters", ()), *node.get("parameters", ()))
                    ]
                    name = node.get("operationId", f"{method.upper()} {path}")
                    yield Operation(name, method, path, node, parameters)

    def follow(self, node: Node) -> Node:
        """What a reference leads to. Raises `NotAContract`."""
        while "$ref" in node:
            found: Any = self.raw
            for step in str(node["$ref"]).removeprefix("#/").split("/"):
                try:
                    found = found[step.replace("~1", "/").replace("~0", "~")]
                except (KeyError, TypeError, IndexError):
                    raise NotAContract(f"the reference {node['$ref']} leads nowhere") from None
            node = found
        return node

    def security(self, operation: Operation) -> Sequence[Mapping[str, Any]]:
        """The ways to be let in; empty if there is no door."""
        return operation.node.get("security", self.raw.get("security", ()))

    def response(self, operation: Operation, status: int) -> Node | None:
        """What the contract says of an answer: its status, else its class, else `default`."""
        responses: Node = operation.node.get("responses", {})
        for word in (str(status), f"{status // 100}XX", f"{status // 100}xx", "default"):
            if word in responses:
                return self.follow(responses[word])
        return None

    def name(self, label: str) -> str:
        """The operationId, or the label itself where there is no such operation."""
        operation = self.operations.get(label)
        return operation.id if operation is not None else label

    def statuses(self, operation: Operation) -> Sequence[str]:
        """The statuses that the contract names."""
        return tuple(operation.node.get("responses", {}))

    def errors(self, operation: Operation) -> Iterator[Node]:
        """The answers that are refusals or failures."""
        for status, response in operation.node.get("responses", {}).items():
            if str(status)[:1] in {"4", "5"} or status == "default":
                yield self.follow(response)

    def properties(self, schema: Node) -> Mapping[str, Node]:
        """The members of an object, from all parts of its schema."""
        schema = self.follow(schema)
        found: dict[str, Node] = {}
        for part in (*schema.get("allOf", ()), *schema.get("oneOf", ()), *schema.get("anyOf", ())):
            found.update(self.properties(part))
        found.update(
            {name: self.follow(each) for name, each in schema.get("properties", {}).items() if each is not True}
        )
        return found

    def body(self, operation: Operation, media_type: str = "application/json") -> Node | None:
        """The schema of a request's body, if it has one of this type."""
        content: Node = self.follow(operation.node.get("requestBody", {})).get("content", {})
        return content[media_type].get("schema", {}) if media_type in content else None

    def problems(self, schema: Node, value: object) -> list[str]:
        """What is wrong with a value, in sentences; empty if it fits."""
        key = repr(schema)
        validator = self._validators.get(key)
        if validator is None:
            # References are followed within the document, so that its parts stand beside the schema.
            whole = {"allOf": [schema], "components": self.raw.get("components", {}), "paths": self.raw["paths"]}
            validator = jsonschema_rs.Draft202012Validator(whole, validate_formats=True)
            self._validators[key] = validator
        return [f"{_place(error.instance_path)}: {error.message[:300]}" for error in validator.iter_errors(value)]


def _place(path: Sequence[str | int]) -> str:
    return "/".join(str(step) for step in path) or "the whole"
