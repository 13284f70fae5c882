"""One API's contract as the other side sees it: operations to call, webhooks to recognise."""

from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any, NamedTuple

from emulator.core.errors import Json
from emulator.server.contract import Contract, Operation, contract_names, load_contract
from emulator.server.contract.references import Place, find, is_object, reference_to, resolve
from emulator.stories.signatures import SignatureRule, rule_of

_CONTROL = "control"
_JSON = "application/json"
_BRANCHES = ("allOf",)


class Parameter(NamedTuple):
    """A parameter of an operation; `place` is `path`, `query` or `header`."""

    name: str
    place: str


class Webhook(NamedTuple):
    """A webhook of a contract. `marks` are headers and members that have one value only, by which it is recognised."""

    name: str
    schema: str
    headers: Mapping[str, Json]
    marks: Mapping[tuple[str, ...], Json]


class Surface:
    """A contract, read when it is first asked."""

    def __init__(self, contract: Contract) -> None:
        self._contract = contract
        self.name = contract.name
        self._webhooks: tuple[Webhook, ...] | None = None
        self._signature: SignatureRule | None = None

    @property
    def operation_ids(self) -> tuple[str, ...]:
        """All operations."""
        return self._contract.operation_ids

    def operation(self, id: str) -> Operation:
        """An operation by its id. Raises `KeyError`."""
        return self._contract.operation(id)

    def parameters(self, operation_id: str) -> list[Parameter]:
        """The parameters of an operation, those of its path included."""
        operation = self._contract.operation(operation_id)
        item = self._contract.document["paths"][operation.path]
        written = (*item.get("parameters", ()), *item[operation.method.lower()].get("parameters", ()))
        resolved = (resolve(self._contract.document, each) for each in written)
        return [Parameter(each["name"], each["in"]) for each in resolved]

    def answer_problems(self, operation_id: str, status: int, body: Json, content_type: str) -> list[str]:
        """In what an answer breaks the contract."""
        return self._contract.reply_problems(operation_id, status, body, content_type)

    @property
    def webhooks(self) -> tuple[Webhook, ...]:
        """The webhooks and callbacks of the contract."""
        if self._webhooks is None:
            self._webhooks = tuple(self._read_webhooks())
        return self._webhooks

    @property
    def signature(self) -> SignatureRule | None:
        """How the API signs its webhooks; None if it does not."""
        if self._webhooks is None:
            self._webhooks = tuple(self._read_webhooks())
        return self._signature

    def recognise(self, headers: Mapping[str, str], body: Json) -> Webhook | None:
        """The webhook that something is; of several, the one with the most marks. Names of headers in lower case."""
        fitting = [each for each in self.webhooks if _fits(each, headers, body)]
        good = [each for each in fitting if not self.webhook_problems(each, body)] or fitting
        return max(good, key=lambda each: len(each.marks) + len(each.headers), default=None)

    def webhook_problems(self, webhook: Webhook, body: Json) -> list[str]:
        """In what a webhook's body breaks the contract."""
        return self._contract.schema_problems(webhook.schema, body) if webhook.schema else []

    def _read_webhooks(self) -> Iterator[Webhook]:
        document = self._contract.document
        for name in document.get("webhooks", {}):
            yield self._webhook(name, ("webhooks", name))
        for path, item in document["paths"].items():
            for method, operation in item.items():
                if is_object(operation):
                    for name, callback in operation.get("callbacks", {}).items():
                        for address in resolve(document, callback):
                            yield self._webhook(name, ("paths", path, method, "callbacks", name, address))

    def _webhook(self, name: str, place: Place) -> Webhook:
        document = self._contract.document
        place, item = find(document, place)
        method = next(each for each in item if each in ("post", "put", "get"))
        headers: dict[str, Json] = {}
        for written in item[method].get("parameters", ()):
            parameter = resolve(document, written)
            self._note_signature(parameter)
            schema = resolve(document, parameter.get("schema", {}))
            if parameter["in"] == "header" and "const" in schema:
                headers[parameter["name"].lower()] = schema["const"]
        schema_place = self._body_schema((*place, method))
        marks = dict(_marks(document, find(document, schema_place)[1])) if schema_place else {}
        return Webhook(name, reference_to(schema_place) if schema_place else "", headers, marks)

    def _body_schema(self, place: Place) -> Place | None:
        try:
            return find(self._contract.document, (*place, "requestBody", "content", _JSON, "schema"))[0]
        except LookupError:
            return None

    def _note_signature(self, parameter: Mapping[str, Any]) -> None:
        written = parameter.get("x-signature")
        if written is not None:
            self._signature = rule_of(parameter["name"], written)


@cache
def api_names() -> tuple[str, ...]:
    """The APIs that have a contract here."""
    return tuple(name for name in contract_names() if name != _CONTROL)


@cache
def surface(name: str) -> Surface:
    """The surface of an API. Raises `FileNotFoundError` if there is no such API."""
    return Surface(load_contract(name))


def _marks(document: Any, schema: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Json]]:  # noqa: ANN401 - a schema
    """Members that can have one value only, at any depth."""
    schema = resolve(document, schema)
    if not is_object(schema):
        return
    if "const" in schema and path:
        yield path, schema["const"]
    for branch in _BRANCHES:
        for each in schema.get(branch, ()):
            yield from _marks(document, each, path)
    for name, each in schema.get("properties", {}).items():
        yield from _marks(document, each, (*path, name))


def _fits(webhook: Webhook, headers: Mapping[str, str], body: Json) -> bool:
    return all(headers.get(name) == value for name, value in webhook.headers.items()) and all(
        _at(body, path) == value for path, value in webhook.marks.items()
    )


def _at(value: Json, path: tuple[str, ...]) -> Json:
    for name in path:
        value = value.get(name) if isinstance(value, dict) else None
    return value
