"""A contract as pages: its operations and webhooks, all read from the document."""

from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

import msgspec

from emulator.dashboard.examples import curl
from emulator.dashboard.schemas import Row, rows_of
from emulator.dashboard.sheets import Answer, Body, Brief, Sample, Security, Sheet
from emulator.server.contract import Contract
from emulator.server.contract.references import Document, is_array, is_object, resolve

_METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace")
_JSON = "application/json"
# How curl sends the fields of a form.
_FORMS = {"application/x-www-form-urlencoded": "--data-urlencode", "multipart/form-data": "-F"}
# Beside the sheets of facts that have places of their own on a page.
_FACTS = {
    "x-body-limit": "Largest body, in bytes",
    "x-policy": "Access policy",
    "x-waits": "Waits",
    "x-not-emulated": "Not emulated",
    "deprecated": "Deprecated",
}


@cache
def operations_of(contract: Contract) -> tuple[Brief, ...]:
    """The operations of a contract, in its order."""
    return tuple(
        _brief(operation["operationId"], *which, operation) for which, _, operation in _operations(contract.document)
    )


@cache
def webhooks_of(contract: Contract) -> tuple[Brief, ...]:
    """What is posted to others: the webhooks, and the callbacks of operations."""
    return tuple(
        _brief(name, "POST" if method == "post" else method.upper(), address, item)
        for name, method, address, item, _ in _webhooks(contract.document)
    )


def operation_sheet(contract: Contract, id: str) -> Sheet | None:
    """All about an operation; None if there is no such."""
    document = contract.document
    for (method, path), item, operation in _operations(document):
        if operation["operationId"] == id:
            parameters = [*item.get("parameters", ()), *operation.get("parameters", ())]
            return _sheet(document, _brief(id, method, path, operation), operation, parameters)
    return None


def webhook_sheet(contract: Contract, name: str) -> Sheet | None:
    """All about a webhook or callback; None if there is no such."""
    document = contract.document
    for its_name, method, address, operation, item in _webhooks(document):
        if its_name == name:
            parameters = [*item.get("parameters", ()), *operation.get("parameters", ())]
            return _sheet(document, _brief(name, method.upper(), address, operation), operation, parameters)
    return None


def find_operations(contract: Contract, words: str) -> list[Brief]:
    """The operations and webhooks that have all of some words in what is said of them."""
    wanted = words.lower().split()
    both = (
        *operations_of(contract),
        *(each._replace(place=f"webhooks/{each.place}") for each in webhooks_of(contract)),
    )
    return [each for each in both if all(word in each.words for word in wanted)]


def schemes_of(contract: Contract) -> list[Security]:
    """All ways to prove who calls."""
    schemes: Mapping[str, Any] = contract.document["components"].get("securitySchemes", {})
    return [_security(contract.document, name, ()) for name in schemes]


def as_curl(contract: Contract, sheet: Sheet, base_url: str, account: Mapping[str, Any] | None) -> str:
    """The operation as a request for a shell, with an account's credential and ids as far as it has them."""
    operation = contract.operation(sheet.brief.id)
    path, query = operation.path, list[str]()
    for place, rows in sheet.parameters:
        for row in rows:
            own = account["parameters"].get(row.name) if account is not None else None
            value = str(own) if own is not None else next(iter((*row.examples, *row.values)), row.name.upper())
            if place == "path":
                path = path.replace(f"{{{row.name}}}", value)
            elif place == "query" and row.is_required:
                query.append(f"{row.name}={value}")
    headers, text, fields = _credential(sheet, account), None, list[tuple[str, str]]()
    body = next((each for each in sheet.bodies if each.samples), None)
    if body is not None and body.content_type in _FORMS:
        fields = list(_fields(_FORMS[body.content_type], body.samples[0].text))
    elif body is not None:
        text, headers["Content-Type"] = body.samples[0].text, body.content_type
    url = base_url + path + (f"?{'&'.join(query)}" if query else "")
    return curl(url, headers, text, method=operation.method, fields=fields)


def _fields(option: str, text: str) -> Iterator[tuple[str, str]]:
    """A form's fields, each with the option of curl that sends it."""
    for name, value in msgspec.json.decode(text, type=dict[str, Any]).items():
        values: list[Any] = value if is_array(value) else [value]
        for each in values:
            yield option, f"{name}={_text(each)}"


def _credential(sheet: Sheet, account: Mapping[str, Any] | None) -> dict[str, str]:
    schemes = [each.scheme for alternative in sheet.security for each in alternative]
    if not schemes:
        return {}
    credentials: Mapping[str, Any] = account["credentials"] if account is not None else {}
    known = next((credentials[scheme]["headers"] for scheme in schemes if scheme in credentials), None)
    return {**known} if known is not None else {"Authorization": f"Bearer ({schemes[0]})"}


def _operations(document: Document) -> Iterator[tuple[tuple[str, str], dict[str, Any], dict[str, Any]]]:
    for path, item in document["paths"].items():
        for method in _METHODS:
            if is_object(item.get(method)):
                yield (method.upper(), path), item, item[method]


def _webhooks(document: Document) -> Iterator[tuple[str, str, str, dict[str, Any], dict[str, Any]]]:
    """Name, method, address, operation and path item of each."""
    for name, written in document.get("webhooks", {}).items():
        yield from _of_item(name, "an endpoint's address", resolve(document, written))
    for _, _, operation in _operations(document):
        for name, written in operation.get("callbacks", {}).items():
            for address, item in resolve(document, written).items():
                yield from _of_item(name, address, resolve(document, item))


def _of_item(
    name: str, address: str, item: dict[str, Any]
) -> Iterator[tuple[str, str, str, dict[str, Any], dict[str, Any]]]:
    for method in _METHODS:
        if is_object(item.get(method)):
            yield name, method, address, item[method], item


def _brief(id: str, method: str, path: str, operation: Mapping[str, Any]) -> Brief:
    summary, tag = operation.get("summary", ""), next(iter(operation.get("tags", ())), "Other")
    words = " ".join((id, method, path, summary, tag, operation.get("description", ""))).lower()
    return Brief(id, id, method, path, summary, tag, operation.get("x-evidence", ""), words)


def _sheet(document: Document, brief: Brief, operation: Mapping[str, Any], parameters: list[Any]) -> Sheet:
    body = resolve(document, operation.get("requestBody", {}))
    security: list[dict[str, list[str]]] = operation.get("security", document.get("security", []))
    callbacks = [
        _brief(name, method.upper(), address, inner)
        for name, written in operation.get("callbacks", {}).items()
        for address, item in resolve(document, written).items()
        for _, method, _, inner, _ in _of_item(name, address, resolve(document, item))
    ]
    return Sheet(
        brief=brief,
        description=operation.get("description", ""),
        facts=[(word, _text(operation[key])) for key, word in _FACTS.items() if key in operation],
        security=[[_security(document, *each) for each in alternative.items()] for alternative in security],
        parameters=_parameters(document, parameters),
        body_required=bool(body.get("required")),
        body_description=body.get("description", ""),
        bodies=_bodies(document, body, brief.id),
        answers=[_answer(document, status, resolve(document, each)) for status, each in operation["responses"].items()],
        callbacks=callbacks,
    )


def _security(document: Document, name: str, scopes: Any) -> Security:  # noqa: ANN401 - the document's
    scheme = resolve(document, document["components"]["securitySchemes"][name])
    kind: str = scheme["type"]
    how = {
        "apiKey": f"{scheme.get('in')} {scheme.get('name')}",
        "http": f"header Authorization: {_capital(scheme.get('scheme', ''))} …",
    }.get(kind, kind)
    return Security(name, how, tuple(scopes), scheme.get("description", ""))


def _capital(word: str) -> str:
    return word[:1].upper() + word[1:]


def _parameters(document: Document, written: list[Any]) -> list[tuple[str, list[Row]]]:
    by_place: dict[str, list[Row]] = {}
    for each in written:
        parameter = resolve(document, each)
        row = _valued(document, parameter)
        by_place.setdefault(parameter["in"], []).append(row._replace(name=parameter["name"]))
    return [(place, by_place[place]) for place in ("path", "query", "header", "cookie") if place in by_place]


def _valued(document: Document, written: Mapping[str, Any]) -> Row:
    """A parameter or header as one row."""
    schema = {**resolve(document, written.get("schema", {}))}
    row = rows_of(document, schema)[0]
    examples = [_text(each["value"]) for each in written.get("examples", {}).values() if "value" in each]
    return row._replace(
        is_required=bool(written.get("required")),
        description=written.get("description") or row.description,
        evidence=written.get("x-evidence") or row.evidence,
        examples=tuple(examples[:3]) or row.examples,
        marks=(*row.marks, *(("deprecated",) if written.get("deprecated") else ())),
    )


def _bodies(document: Document, holder: Mapping[str, Any], operation_id: str = "") -> list[Body]:
    found: list[Body] = []
    for content_type, media in holder.get("content", {}).items():
        rows = rows_of(document, media["schema"]) if "schema" in media else []
        samples: list[Sample] = []
        for name, reference in media.get("examples", {}).items():
            example = resolve(document, reference)
            key = f"{operation_id}.{name}" if operation_id and content_type == _JSON else ""
            text = _pretty(example.get("value"))
            samples.append(Sample(name, example.get("summary", ""), text, example.get("x-evidence", ""), key))
        found.append(Body(content_type, rows, samples))
    return found


def _answer(document: Document, status: str, response: Mapping[str, Any]) -> Answer:
    headers = [
        _valued(document, resolve(document, header))._replace(name=name)
        for name, header in response.get("headers", {}).items()
    ]
    description, evidence = response.get("description", ""), response.get("x-evidence", "")
    return Answer(status, description, evidence, headers, _bodies(document, response))


def _pretty(value: object) -> str:
    return value if isinstance(value, str) else msgspec.json.format(msgspec.json.encode(value), indent=2).decode()


def _text(value: object) -> str:
    if is_object(value):
        return ", ".join(f"{key} {_text(each)}" for key, each in value.items())
    return value if isinstance(value, str) else "yes" if value is True else msgspec.json.encode(value).decode()
