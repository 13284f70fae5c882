"""One operation of a contract: what it takes, and the checks of its schemas, compiled when they are first used."""

from typing import Any, Protocol

from emulator.core.errors import InvalidFields, Json
from emulator.server.contract.index import Entry
from emulator.server.contract.query import Parameter, decode_query, query_parameters, query_schema
from emulator.server.contract.references import Document, Node, Place, find, is_array, is_object, reference_to
from emulator.server.contract.validators import Validator, Validators

_JSON = "application/json"
_ITEM_SCHEMA = "x-item-schema"
_BRANCHES = ("allOf", "anyOf", "oneOf", "then", "else", "properties")


class Schemas(Protocol):
    """What an operation needs of its contract. Getting either may read a file."""

    @property
    def document(self) -> Document:
        """The whole contract."""
        ...

    @property
    def validators(self) -> Validators:
        """The compiler of its schemas."""
        ...


class Operation:
    """One entry of the contract.

    `method` is in upper case and `path` the template; `content_types` are in lower case, and none if there is no body;
    `security` names the schemes that a caller may choose from. `body_limit` is the most bytes that a body may have,
    from `x-body-limit`; 0 if the operation has no limit of its own.
    """

    __slots__ = (
        "_bodies",
        "_item",
        "_query",
        "_schemas",
        "body_limit",
        "body_required",
        "content_types",
        "emulated",
        "id",
        "method",
        "path",
        "plain_content_types",
        "query_required",
        "security",
    )

    def __init__(self, entry: Entry, schemas: Schemas) -> None:
        self.id = entry.id
        self.method = entry.method
        self.path = entry.path
        self.body_required = entry.body_required
        self.body_limit = entry.body_limit
        self.query_required = entry.query_required
        self.content_types = frozenset(entry.content_types)
        self.plain_content_types = frozenset(type.encode() for type in entry.content_types)
        self.security = entry.security
        self.emulated = entry.emulated
        self._schemas = schemas
        self._bodies: dict[str, Validator] = {}
        self._item: Validator | None = None
        self._query: tuple[tuple[Parameter, ...], Validator] | None = None

    def __repr__(self) -> str:
        return f"<Operation {self.id}: {self.method} {self.path}>"

    def check_body(self, value: Json, content_type: str = "") -> None:
        """Hold a body against its schema; without a content type, or with an unknown one, that of JSON, or the first.

        Raises `InvalidFields`.
        """
        _check(self._bodies.get(content_type) or self._body(content_type), value)

    def check_item(self, value: Json) -> None:
        """Hold one element of a list body, whose elements are judged alone, against `x-item-schema`.

        Raises `InvalidFields`, with paths that begin at the element; `LookupError` if the contract has no such schema.
        """
        if self._item is None:
            place = _find_item_schema(self._schemas.document, self._body_place(""))
            if place is None:
                raise LookupError(f"{self.id} has no {_ITEM_SCHEMA}")
            self._item = self._schemas.validators.compile({"$ref": reference_to(place)})
        _check(self._item, value)

    def read_query(self, raw_query: bytes) -> dict[str, Json]:
        """Decode a query string into values of the declared types; what is not declared is text.

        Raises `InvalidFields`, whose problems have the place `query`.
        """
        if not raw_query and not self.query_required:
            return {}
        if self._query is None:
            parameters = query_parameters(self._schemas.document, self.path, self.method.lower())
            compiled = self._schemas.validators.compile(query_schema(parameters), place="query")
            self._query = parameters, compiled
        parameters, validator = self._query
        values = decode_query(raw_query, parameters)
        _check(validator, values)
        return values

    def _body(self, content_type: str) -> Validator:
        # Only names from the contract become keys: callers must not make the mapping grow.
        known = content_type if content_type in self.content_types else ""
        if known not in self._bodies:
            place = self._body_place(known)
            schema: dict[str, Any] = {"$ref": reference_to(place)} if place else {}
            self._bodies[known] = self._schemas.validators.compile(schema)
        return self._bodies[known]

    def _body_place(self, content_type: str) -> Place:
        """Say where the body's schema stands; nowhere, if the contract does not describe it."""
        owner = ("paths", self.path, self.method.lower())
        if not self.content_types:
            return ()
        place, body = find(self._schemas.document, (*owner, "requestBody"))
        content: dict[str, Any] = body["content"]
        names = {name.lower(): name for name in content}
        name = names.get(content_type) or names.get(_JSON) or next(iter(content))
        return (*place, "content", name, "schema") if "schema" in content[name] else ()


def _check(validator: Validator, value: Json) -> None:
    try:
        if validator.is_valid(value):
            return
    except ValueError:
        # No JSON text has such a value; `problems` words it.
        pass
    raise InvalidFields(validator.problems(value))


def _find_item_schema(document: Document, place: Place) -> Place | None:
    """Look for the schema of single elements: in the body's schema, then in its branches and members."""
    if not place:
        return None
    at, node = find(document, place)
    if not is_object(node):
        return None
    if _ITEM_SCHEMA in node:
        return (*at, _ITEM_SCHEMA)
    for key in _BRANCHES:
        for inner in _inner_keys(key, node.get(key)):
            if found := _find_item_schema(document, (*at, key, *inner)):
                return found
    return None


def _inner_keys(key: str, branch: Node) -> list[Place]:
    """Say what leads from a branch to its schemas: nothing, a position or a name."""
    if is_array(branch):
        return [(str(position),) for position in range(len(branch))]
    if is_object(branch):
        return [(name,) for name in branch] if key == "properties" else [()]
    return []
