"""A call of an operation, built from its contract and from what the target's accounts have; and changed on purpose."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, cast
from urllib.parse import quote, urlencode

from emulator.harness.contracts.documents import Document, Node, Operation

JSON = "application/json"


@dataclass(frozen=True)
class Shot:
    """One call. `path` holds the values of its parameters, `credentials` the headers that open the door.

    `base_url` stands in place of the API's; headers in `twice` are sent beside those of the same name.
    """

    operation: Operation
    method: str
    path: Mapping[str, str]
    query: Mapping[str, str] = field(default_factory=dict[str, str])
    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    credentials: Mapping[str, str] = field(default_factory=dict[str, str])
    body: bytes | None = None
    content_type: str | None = None
    base_url: str | None = None
    twice: Mapping[str, str] = field(default_factory=dict[str, str])

    def url(self, base_url: str) -> str:
        """Where it goes."""
        path = self.operation.path
        for name, value in self.path.items():
            path = path.replace(f"{{{name}}}", quote(value, safe=""))
        query = urlencode(self.query)
        return f"{base_url.rstrip('/')}{path}?{query}" if query else f"{base_url.rstrip('/')}{path}"

    def all_headers(self) -> dict[str, str]:
        """What it carries."""
        kind = {"Content-Type": self.content_type} if self.content_type is not None else {}
        return {**self.headers, **self.credentials, **kind}

    def having(self, **changes: Any) -> "Shot":  # noqa: ANN401 - any members
        """The same with something else."""
        return replace(self, **changes)


def good_shots(
    document: Document, operation: Operation, known: Mapping[str, Any], credentials: Mapping[str, str]
) -> Iterator[Shot]:
    """Calls as the contract's examples have them, at least one; `known` are values for parameters and members."""
    named: dict[str, dict[str, str]] = {"path": {}, "query": {}, "header": {}}
    for parameter in operation.parameters:
        place, name = parameter["in"], str(parameter["name"])
        if place in named and (parameter.get("required") or place == "path"):
            value = known.get(name, known.get(_owner(operation, name)))
            named[place][name] = str(_example(document, parameter) if value is None else value)
    base = Shot(
        operation, operation.method.upper(), named["path"], named["query"], named["header"], credentials=credentials
    )
    bodies = list(_bodies(document, operation))
    yield from (base.having(body=body, content_type=kind) for kind, body in bodies)
    if not bodies:
        yield base


def _owner(operation: Operation, name: str) -> str:
    """What the account may call a parameter that is only called `id`: `contact_id` below `/contacts/`."""
    before = operation.path.partition(f"/{{{name}}}")[0].rpartition("/")[2]
    return f"{before.removesuffix('s')}_{name}"


def _bodies(document: Document, operation: Operation) -> Iterator[tuple[str, bytes]]:
    content: Node = document.follow(operation.node.get("requestBody", {})).get("content", {})
    for kind, media in content.items():
        schema = document.follow(media.get("schema", {}))
        values = [document.follow(each).get("value") for each in media.get("examples", {}).values()]
        values = values or ([media["example"]] if "example" in media else list(schema.get("examples", ({},))))
        for value in values:
            if "json" in kind:
                yield kind, json.dumps(value).encode()
            elif isinstance(value, Mapping):
                yield kind, urlencode(cast("Mapping[str, str]", value)).encode()


def _example(document: Document, parameter: Node) -> Any:  # noqa: ANN401 - any JSON
    if "example" in parameter:
        return parameter["example"]
    for each in parameter.get("examples", {}).values():
        return document.follow(each).get("value")
    schema = document.follow(parameter.get("schema", {}))
    said = [*schema.get("examples", ()), *schema.get("enum", ()), *([schema["const"]] if "const" in schema else ())]
    if said:
        return said[0]
    if schema.get("format") == "uuid":
        return "00000000-0000-4000-8000-000000000000"
    return schema.get("default", 1 if schema.get("type") in ("integer", "number") else "nobody")
