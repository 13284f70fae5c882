"""Each rule refuses the one mistake that it is for, in a contract that is otherwise good."""

from typing import Any

import pytest

from emulator.server.contract import contract_names, load_contract
from emulator.server.contract_rules import contract_problems
from emulator.server.documents import read_yaml

GOOD = """
openapi: 3.1.0
info: {title: A shop, version: "1"}
security: [{key: []}]
paths:
  /orders/{id}:
    parameters:
      - {name: id, in: path, required: true, schema: {type: string}}
    post:
      operationId: changeOrder
      x-evidence: seed
      requestBody:
        required: true
        content:
          application/json:
            schema: {$ref: "#/components/schemas/Order"}
            examples: {plain: {value: {text: hello}}}
      responses:
        "200":
          description: changed
          x-evidence: docs
          content: {application/json: {schema: {type: object}, example: {}}}
        "404": {$ref: "#/components/responses/Missing"}
      callbacks:
        receipt:
          "{$request.body#/endpoint}":
            post: {x-evidence: code, requestBody: {content: {application/json: {}}}, responses: {2XX: {description: ok}}}
webhooks:
  changed:
    post:
      operationId: orderChanged
      x-evidence: assumed
      requestBody: {content: {application/json: {schema: {type: string, format: uri, pattern: "^\\\\d"}}}}
      responses: {"200": {description: taken}}
components:
  securitySchemes: {key: {type: http, scheme: bearer}}
  responses:
    Missing: {description: no such order, x-evidence: assumed}
  schemas:
    Order:
      type: object
      additionalProperties: false
      required: [text]
      properties:
        text: {type: string, minLength: 1, examples: [hello], default: hello}
        lines: {type: array, items: {}, x-item-schema: {$ref: "#/components/schemas/Line"}}
    Line: {type: object, properties: {count: {type: integer, format: int32}}}
"""

ORDER = ("components", "schemas", "Order")
OPERATION = ("paths", "/orders/{id}", "post")


def changed(place: tuple[str, ...], value: Any) -> list[str]:
    """The problems of the good contract with one value set or, with `...`, removed."""
    document: Any = read_yaml(GOOD, name="good.yaml")
    node = document
    for key in place[:-1]:
        node = node[int(key)] if isinstance(node, list) else node[key]
    if value is ...:
        del node[place[-1]]
    else:
        node[place[-1]] = value
    return contract_problems(document)


def chain(length: int) -> dict[str, Any]:
    """Schemas of which each refers to the next."""
    links: dict[str, Any] = {f"L{n}": {"items": {"$ref": f"#/components/schemas/L{n + 1}"}} for n in range(1, length)}
    return {
        **links,
        f"L{length}": {"type": "string"},
        "Order": {"properties": {"l": {"$ref": "#/components/schemas/L1"}}},
        "Line": {},
    }


def test_good_contract_has_no_problems() -> None:
    assert changed(("info", "summary"), "nothing is wrong") == []


@pytest.mark.parametrize(
    ("place", "value", "problem"),
    [
        ((*ORDER, "additionalproperties"), False, "a schema has no 'additionalproperties'"),
        ((*ORDER, "properties", "text", "minlength"), 1, "a schema has no 'minlength'"),
        ((*OPERATION, "requestBody", "requred"), True, "a request body has no 'requred'"),
        ((*OPERATION, "Parameters"), [], "a operation has no 'Parameters'"),
        ((*OPERATION, "requestBody"), [], "a request body is an object"),
        ((*ORDER, "properties", "text", "format"), "phone", "nobody checks the format 'phone'"),
        ((*ORDER, "properties", "text", "format"), "uri", "an address has a pattern, not the format uri"),
        ((*ORDER, "properties", "text", "pattern"), r"^h\d?", "a pattern says [0-9]"),
        ((*ORDER, "properties", "text", "pattern"), "(", "not a schema"),
        ((*ORDER, "properties", "text", "type"), "text", "not a schema"),
        ((*ORDER, "oneOf"), [{"$ref": "#/components/schemas/Line"}, {"type": "array"}], "not oneOf"),
        ((*ORDER, "properties", "text", "$ref"), "#/components/schemas/None", "leads nowhere"),
        ((*ORDER, "properties", "text", "$ref"), "other.yaml#/x", "leads nowhere"),
        ((*ORDER, "properties", "text", "$ref"), "#/components/schemas/Order/properties/text", "leads nowhere"),
        (
            (*ORDER, "properties", "text", "examples"),
            ["", "x"],
            "the example 1 is not valid: (the whole): min_length 1",
        ),
        ((*ORDER, "properties", "text", "default"), 1, "the default is not valid"),
        ((*ORDER, "maxProperties"), 0, "the example 'plain' is not valid"),
        ((*OPERATION, "responses", "200", "content", "application/json", "example"), [], "the example is not valid"),
        ((*OPERATION, "operationId"), "change_order", "operationId 'change_order' is not in camelCase"),
        ((*OPERATION, "operationId"), ..., "operationId None is not in camelCase"),
        ((*OPERATION, "operationId"), "orderChanged", "operationId 'orderChanged' is given 2 times"),
        ((*OPERATION, "x-evidence"), ..., "x-evidence is one of assumed, code, docs, seed"),
        ((*OPERATION, "x-evidence"), "rumour", "x-evidence is one of"),
        ((*OPERATION, "responses", "200", "x-evidence"), ..., "x-evidence is one of"),
        (("components", "responses", "Missing", "x-evidence"), ..., "x-evidence is one of"),
        (("webhooks", "changed", "post", "x-evidence"), ..., "x-evidence is one of"),
        ((*OPERATION, "security"), [{"token": []}], "security scheme 'token' is not declared"),
        (("paths", "/orders/{id}", "parameters", "0", "name"), "order", "path parameter 'id' is not declared"),
        (("paths", "/orders/{id}", "parameters", "0", "name"), "order", "path parameter 'order' is not in the path"),
        (("paths", "/orders/{id}", "parameters", "0", "required"), False, "path parameter 'id' must be required"),
        (("components", "schemas"), chain(3), "references are chained 4 deep"),
    ],
)
def test_mistake_is_found(place: tuple[str, ...], value: Any, problem: str) -> None:
    found = changed(place, value)

    assert any(problem in each for each in found), found


def test_chain_of_three_references_is_allowed() -> None:
    assert changed(("components", "schemas"), chain(2)) == []


def test_schema_that_contains_itself_is_measured_once() -> None:
    assert changed((*ORDER, "properties", "inner"), {"$ref": "#/components/schemas/Order"}) == []


def test_api_of_our_own_has_nothing_to_prove() -> None:
    document: Any = read_yaml(GOOD, name="good.yaml")
    document["info"]["x-own"] = True
    del document["paths"]["/orders/{id}"]["post"]["x-evidence"]

    assert contract_problems(document) == []


def test_problem_names_its_place() -> None:
    assert changed((*ORDER, "maximun"), 1) == ["#/components/schemas/Order: a schema has no 'maximun'"]


@pytest.mark.parametrize("name", contract_names())
def test_every_contract_keeps_the_rules(name: str) -> None:
    assert contract_problems(load_contract(name).document) == []
