"""A small contract with one of each thing, read as the real ones are."""

import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emulator.core.errors import RULES, FieldProblem, InvalidFields, Json, MethodNotAllowed, UnknownPath
from emulator.server.contract import Contract, Operation, contract_names, load_contract
from emulator.server.contract.validators import Validators
from emulator.server.documents import DocumentError

SHOP = """
openapi: 3.1.0
info: {title: A shop, version: "1"}
security: [{key: []}]
paths:
  /orders:
    parameters:
      - {name: limit, in: query, schema: {type: integer, minimum: 1, maximum: 100}}
    get:
      operationId: listOrders
      parameters:
        - {name: open, in: query, required: true, schema: {type: boolean}}
        - {name: tag, in: query, schema: {type: array, items: {type: string}}}
        - {name: ids, in: query, explode: false, schema: {type: array, items: {type: integer}}}
        - $ref: "#/components/parameters/Ratio"
      responses:
        "200": {description: ok, content: {application/json: {schema: {$ref: "#/components/schemas/Line"}}}}
        4XX: {description: refused}
    post:
      operationId: createOrder
      requestBody: {$ref: "#/components/requestBodies/Order"}
      responses: {"204": {description: ok}}
  /orders/{id}:
    get: {operationId: getOrder, security: [], responses: {}}
  /orders/{id}.json:
    get: {operationId: getOrderAsJson, x-not-emulated: nobody asked for it, responses: {}}
  /orders/batch:
    post:
      operationId: createOrders
      security: [{key: []}, {token: []}]
      requestBody:
        content:
          Application/JSON:
            schema:
              type: [object, array]
              if: {type: array}
              then: {maxItems: 50000, items: {}, x-item-schema: {$ref: "#/components/schemas/Order"}}
              else: {$ref: "#/components/schemas/Order"}
          application/x-www-form-urlencoded:
            schema: {type: object, required: [form]}
      responses: {}
  /orders/{order}/lines/{line}:
    put:
      operationId: putLine
      responses:
        "200": {description: a picture, content: {image/*: {}, image/png: {}}}
        "201": {description: any, content: {"*/*": {schema: {$ref: "#/components/schemas/Line"}}, text/*: {}}}
  /orders/latest/lines:
    get: {operationId: latestLines, responses: {}}
components:
  parameters:
    Ratio: {name: ratio, in: query, schema: {type: number}}
  requestBodies:
    Order: {required: true, content: {application/json: {schema: {$ref: "#/components/schemas/Order"}}}}
  schemas:
    Line: {type: object, properties: {sku: {type: string}, count: {type: integer}}, required: [count, sku]}
    Order:
      type: object
      additionalProperties: false
      required: [to]
      properties:
        kind: {enum: [text, image]}
        to: {type: string, minLength: 3, pattern: "^[0-9]+$"}
        text: {type: string, maxLength: 5}
        html: {type: string}
        image: {anyOf: [{type: object, required: [url]}, {type: "null"}]}
        lines: {type: array, maxItems: 90000, items: {$ref: "#/components/schemas/Line"}}
        when: {type: [string, "null"], format: date-time}
        size: {anyOf: [{type: integer}, {type: string}]}
        tone: {anyOf: [{const: low}, {enum: [high, higher]}]}
        old: false
      not: {required: [html, image]}
      anyOf: [{required: [text]}, {required: [html]}]
      if: {properties: {kind: {const: image}}, required: [kind]}
      then: {required: [image]}
"""

VALID: dict[str, Json] = {"to": "123", "text": "hello"}


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Contract:
    return load_shop(tmp_path_factory.mktemp("shop"))


@pytest.fixture(scope="module")
def create_order(shop: Contract) -> Operation:
    return shop.operation("createOrder")


def load_shop(folder: Path, text: str = SHOP) -> Contract:
    (folder / "shop.yaml").write_text(text)
    return load_contract("shop", folder=folder, cache=folder / "cache")


def problems(operation: Operation, value: Json) -> list[tuple[str, str, object]]:
    """Path with dots, rule and expectation of each problem."""
    with pytest.raises(InvalidFields) as refusal:
        operation.check_body(value)
    return [(".".join(map(str, each.path)), each.rule, each.expected) for each in refusal.value.problems]


def problems_or_none(check: Callable[[Any], object], value: object) -> tuple[FieldProblem, ...]:
    """All problems, without which a refusal may not be; none, if there is no refusal. Nothing else may be raised."""
    try:
        check(value)
    except InvalidFields as refusal:
        return refusal.problems or (FieldProblem((), "a refusal without a problem"),)
    return ()


# What an operation says of itself.


def test_operation_tells_what_the_contract_says(shop: Contract) -> None:
    operation = shop.operation("createOrders")

    assert (operation.method, operation.path) == ("POST", "/orders/batch")
    assert operation.content_types == {"application/json", "application/x-www-form-urlencoded"}
    assert operation.security == ("key", "token")
    assert not operation.body_required


def test_security_of_the_document_holds_unless_an_operation_has_its_own(shop: Contract) -> None:
    assert shop.operation("listOrders").security == ("key",)
    assert shop.operation("getOrder").security == ()


def test_body_by_reference_is_read(create_order: Operation) -> None:
    assert create_order.body_required
    assert create_order.content_types == {"application/json"}


def test_operation_marked_as_not_emulated_says_so(shop: Contract) -> None:
    assert [id for id in shop.operation_ids if not shop.operation(id).emulated] == ["getOrderAsJson"]


# Routes.


@pytest.mark.parametrize(
    ("method", "path", "id", "parameters"),
    [
        ("GET", b"/orders", "listOrders", {}),
        ("GET", b"/ord%65rs", "listOrders", {}),
        ("GET", b"/orders/7", "getOrder", {"id": "7"}),
        ("GET", b"/orders/7.json", "getOrderAsJson", {"id": "7"}),
        ("GET", b"/orders/.json", "getOrder", {"id": ".json"}),
        ("GET", b"/orders/a%2Fb%20c", "getOrder", {"id": "a/b c"}),
        ("GET", b"/orders/%zz", "getOrder", {"id": "%zz"}),
        ("GET", b"/orders/latest/lines", "latestLines", {}),
        ("PUT", b"/orders/latest/lines/1", "putLine", {"order": "latest", "line": "1"}),
        ("PUT", b"/orders/%C3%A9/lines/%C3%A8", "putLine", {"order": "é", "line": "è"}),
    ],
)
def test_path_matches_its_operation(
    shop: Contract, method: str, path: bytes, id: str, parameters: dict[str, str]
) -> None:
    match = shop.match(method, path)

    assert (match.operation.id, match.parameters) == (id, parameters)


@pytest.mark.parametrize(
    "path", [b"", b"/", b"orders", b"/orders/", b"/orders//lines/1", b"/orders/%ff", b"/orders/1/lines", b"/" * 70_000]
)
def test_unknown_path_is_refused(shop: Contract, path: bytes) -> None:
    with pytest.raises(UnknownPath):
        shop.match("GET", path)


def test_path_without_parameters_hides_a_template_of_other_methods(shop: Contract) -> None:
    with pytest.raises(MethodNotAllowed) as refusal:
        shop.match("GET", b"/orders/batch")

    assert refusal.value.allow == ("POST",)


def test_head_is_refused_where_the_contract_has_only_get(shop: Contract) -> None:
    with pytest.raises(MethodNotAllowed) as refusal:
        shop.match("HEAD", b"/orders")

    assert refusal.value.allow == ("GET", "POST")


values = st.text(min_size=1).filter(lambda text: not text.endswith(".json"))


@given(order=values, line=values)
def test_match_of_a_built_path_returns_its_parameters(shop: Contract, order: str, line: str) -> None:
    path = f"/orders/{quote(order, safe='')}/lines/{quote(line, safe='')}".encode()

    assert shop.match("PUT", path).parameters == {"order": order, "line": line}


@given(
    method=st.sampled_from(["GET", "POST", "PUT", "HEAD", ""]),
    path=st.one_of(
        st.binary(), st.lists(st.sampled_from([b"/", b"orders", b"lines", b"%", b"\xff", b"a"])).map(b"".join)
    ),
)
def test_any_bytes_match_or_are_refused(shop: Contract, method: str, path: bytes) -> None:
    try:
        match = shop.match(method, path)
    except (UnknownPath, MethodNotAllowed):
        return

    assert match.operation.method == method


# Bodies.


def test_valid_body_passes(create_order: Operation) -> None:
    create_order.check_body(VALID)
    create_order.check_body({**VALID, "lines": [{"sku": "a", "count": 1}], "when": None, "size": 3, "tone": "low"})


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("text", [("", "type", ("object",))]),
        ({"text": "x"}, [("to", "required", None)]),
        ({**VALID, "to": "ab"}, [("to", "min_length", 3), ("to", "pattern", "^[0-9]+$")]),
        ({**VALID, "text": "too long"}, [("text", "max_length", 5)]),
        ({**VALID, "kind": 1}, [("kind", "enum", ("text", "image"))]),
        ({**VALID, "b": 1, "a": 2}, [("b", "unknown_member", None), ("a", "unknown_member", None)]),
        ({**VALID, "old": 1}, [("old", "not_allowed", None)]),
        ({**VALID, "when": "soon"}, [("when", "moment", "date-time")]),
        ({**VALID, "when": 1}, [("when", "type", ("string", "null"))]),
        ({**VALID, "html": "", "image": None}, [("", "not_allowed", ("html", "image"))]),
    ],
)
def test_problem_is_rendered_from_the_contract(
    create_order: Operation, value: Json, expected: list[tuple[str, str, object]]
) -> None:
    found = problems(create_order, value)

    assert sorted(found, key=repr) == sorted(expected, key=repr)


def test_problem_carries_the_value_and_the_place(create_order: Operation) -> None:
    with pytest.raises(InvalidFields) as refusal:
        create_order.check_body({**VALID, "to": 5})

    assert refusal.value.problems == (FieldProblem(("to",), "type", 5, ("string",), "body"),)


def test_problems_stand_in_contract_order_whatever_the_order_of_the_body(create_order: Operation) -> None:
    found = problems(create_order, {"lines": [{"count": "x"}, 1], "zz": 1, "html": 1, "to": "12", "kind": ""})

    assert [path for path, _, _ in found] == ["kind", "to", "html", "lines.0.sku", "lines.0.count", "lines.1", "zz"]


def test_one_of_several_members_is_asked_for_in_one_problem(create_order: Operation) -> None:
    found = problems(create_order, {"to": "123", "lines": 1})

    assert found == [("", "any_of", ("text", "html")), ("lines", "type", ("array",))]


def test_failing_condition_names_the_missing_member_once(create_order: Operation) -> None:
    assert problems(create_order, {**VALID, "kind": "image"}) == [("image", "required", None)]


def test_union_is_reduced_to_the_alternative_that_fits(create_order: Operation) -> None:
    assert problems(create_order, {**VALID, "image": {}}) == [("image.url", "required", None)]


def test_union_of_types_or_of_values_is_one_problem(create_order: Operation) -> None:
    found = problems(create_order, {**VALID, "size": [], "tone": "flat"})

    assert found == [("size", "type", ("integer", "string")), ("tone", "enum", ("low", "high", "higher"))]


def test_body_is_held_against_the_schema_of_its_content_type(shop: Contract) -> None:
    operation = shop.operation("createOrders")
    operation.check_body(VALID, "application/json")
    operation.check_body(VALID, "text/unknown")

    with pytest.raises(InvalidFields):
        operation.check_body(VALID, "application/x-www-form-urlencoded")


def test_elements_of_a_list_body_are_judged_alone(shop: Contract) -> None:
    operation = shop.operation("createOrders")
    operation.check_body([VALID, "nonsense"])
    operation.check_item(VALID)

    with pytest.raises(InvalidFields) as refusal:
        operation.check_item({"text": ""})

    assert [each.path for each in refusal.value.problems] == [("to",)]


def test_operation_without_list_form_has_no_items_to_check(create_order: Operation) -> None:
    with pytest.raises(LookupError):
        create_order.check_item({})


def test_operation_without_a_body_takes_anything(shop: Contract) -> None:
    shop.operation("getOrder").check_body({"any": "thing"})


def nested(levels: int) -> Json:
    value: Json = []
    for _ in range(levels):
        value = [value]
    return value


@pytest.mark.parametrize(
    "value", [nested(900), {**VALID, "lines": nested(900)}, {**VALID, "\ud800": 1}, {**VALID, "to": 10**400}]
)
def test_extreme_value_is_refused_as_any_other(create_order: Operation, value: Json) -> None:
    assert problems(create_order, value)


@pytest.mark.parametrize(
    "value",
    [
        {**VALID, "lines": [{"sku": 1}] * 100_000},
        {**VALID, "lines": [1] * 80_000},
        {**VALID, "lines": [{"sku": "a", "count": 1}] * 50_000 + [1]},
        {str(number): number for number in range(100_000)},
    ],
    ids=["bad elements", "bad scalars", "last element", "unknown members"],
)
def test_large_body_is_refused_quickly(create_order: Operation, value: Json) -> None:
    started = time.process_time()

    found = problems(create_order, value)

    # Uncut, it takes many seconds. The bound is generous, because machines differ.
    assert time.process_time() - started < 1
    assert len(found) <= 4_000


def test_body_cut_for_the_report_is_accused_of_nothing_untrue(create_order: Operation) -> None:
    lines: list[Json] = [{"sku": "a", "count": 1} for _ in range(60_000)]

    found = problems(create_order, {"lines": [*lines, {"sku": "a"}], **VALID})

    assert found == [("lines.60000.count", "required", None)]


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(
                ["kind", "to", "text", "html", "image", "lines", "when", "size", "tone", "old", "sku", "url"]
            ),
            inner,
        )
    ),
    max_leaves=12,
)


@given(value=json_values)
def test_any_value_passes_or_has_problems_whose_values_are_its_own(create_order: Operation, value: Json) -> None:
    found = problems_or_none(create_order.check_body, value)

    assert len({(each.path, each.rule, repr(each.expected)) for each in found}) == len(found)
    for each in found:
        assert each.rule in RULES
        if each.rule != "required":
            assert follow(value, each.path) is each.value


def follow(value: Json, path: tuple[str | int, ...]) -> Json:
    for step in path:
        value = value[step]  # type: ignore[index, call-overload]
    return value


# Queries.


def test_query_is_read_by_the_declared_types(shop: Contract) -> None:
    values = shop.operation("listOrders").read_query(b"open=true&limit=5&tag=a&tag=b&ids=1,2&ratio=-1.5&x=1&x=%C3%A9+z")

    assert values == {
        "open": True,
        "limit": 5,
        "tag": ["a", "b"],
        "ids": [1, 2],
        "ratio": -1.5,
        "x": "é z",
    }


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        (b"", [("open", "required")]),
        (b"open=1", [("open", "type")]),
        (b"open=true&limit=0", [("limit", "minimum")]),
        (b"open=true&limit=%D9%A5", [("limit", "type")]),
        (b"open=true&limit=1_0", [("limit", "type")]),
        (b"open=true&limit=" + b"9" * 5_000, [("limit", "type")]),
        (b"open=true&ratio=1e999", [("ratio", "type")]),
        (b"open=true&ratio=nan", [("ratio", "type")]),
        (b"open=true&x=%ff", [("x", "text")]),
    ],
)
def test_query_is_refused_with_the_parameter_and_its_rule(
    shop: Contract, query: bytes, expected: list[tuple[str, str]]
) -> None:
    with pytest.raises(InvalidFields) as refusal:
        shop.operation("listOrders").read_query(query)

    assert [(each.path[0], each.rule) for each in refusal.value.problems] == expected
    assert {each.place for each in refusal.value.problems} == {"query"}


def test_operation_without_parameters_keeps_what_came_as_text(shop: Contract) -> None:
    operation = shop.operation("getOrder")

    assert operation.read_query(b"") == {}
    assert operation.read_query(b"a=1&b&&=c&d=%00%zz") == {"a": "1", "b": "", "": "c", "d": "\0%zz"}


names = st.sampled_from(
    [b"limit=", b"open=", b"tag=", b"ratio=", b"ids=", b"&", b"%", b"%ff", b"%00", b"+", b"1", b"e"]
)


@given(query=st.one_of(st.binary(), st.lists(names).map(b"".join)))
def test_any_query_is_read_or_refused(shop: Contract, query: bytes) -> None:
    problems_or_none(shop.operation("listOrders").read_query, query)


# Replies.


def test_reply_that_fits_has_no_problem(shop: Contract) -> None:
    assert shop.reply_problems("listOrders", 200, {"sku": "a", "count": 1}) == []
    assert shop.reply_problems("listOrders", 404) == []
    assert shop.reply_problems("createOrder", 204) == []


def test_reply_that_does_not_fit_is_described(shop: Contract) -> None:
    assert shop.reply_problems("listOrders", 200, {"sku": 1}) == [
        "sku: type ('string',), got 1",
        "count: required, got None",
    ]
    assert shop.reply_problems("listOrders", 500) == ["listOrders does not declare status 500"]
    assert shop.reply_problems("createOrder", 204, {}) == ["createOrder declares no body for status 204"]
    assert shop.reply_problems("listOrders", 200, {}, "text/plain") == [
        "listOrders does not declare text/plain for status 200"
    ]


def test_reply_of_a_type_that_is_not_declared_may_fall_under_a_range(shop: Contract) -> None:
    assert shop.reply_problems("putLine", 200, None, "image/gif") == []
    assert shop.reply_problems("putLine", 200, None, "text/html") == [
        "putLine does not declare text/html for status 200"
    ]
    assert shop.reply_problems("putLine", 201, None, "video/mp4") == []
    assert shop.reply_problems("putLine", 201, {"sku": "a"}, "text/json") == [], "the narrower range has no schema"
    assert shop.reply_problems("putLine", 201, {"sku": "a"}) == ["count: required, got None"]


def test_value_can_be_held_against_any_schema(shop: Contract) -> None:
    assert shop.schema_problems("#/components/schemas/Line", {"sku": "a", "count": 1}) == []
    assert shop.schema_problems("#/components/schemas/Line", {"count": 1}) == ["sku: required, got None"]
    with pytest.raises(LookupError):
        shop.schema_problems("#/components/schemas/Nothing", {})


@pytest.mark.parametrize(
    ("text", "fits"),
    [("ada@acme.co.ke", True), ('"<ada>"@acme.co.ke', True), ("Ada <ada@acme.co.ke>", False), ("ada", False)],
)
def test_email_is_a_bare_address(text: str, fits: bool) -> None:
    assert Validators({}).compile({"type": "string", "format": "email"}).is_valid(text) is fits


# Files.


def test_cached_contract_is_the_same_contract(tmp_path: Path) -> None:
    first = load_shop(tmp_path)
    second = load_shop(tmp_path)

    assert len(list((tmp_path / "cache").iterdir())) == 2
    assert (second.title, second.operation_ids, second.document) == (first.title, first.operation_ids, first.document)
    assert second.as_json() == first.as_json()
    assert second.as_yaml().decode() == SHOP


def test_changed_contract_is_read_anew(tmp_path: Path) -> None:
    load_shop(tmp_path)

    assert load_shop(tmp_path, SHOP.replace("A shop", "Another")).title == "Another"


@pytest.mark.parametrize("content", [b"", b"{", b"\xff", b'{"title": 1}'])
def test_corrupt_cache_is_ignored_and_mended(tmp_path: Path, content: bytes) -> None:
    whole = {path: path.read_bytes() for path in saved_files(tmp_path)}
    for path in whole:
        path.write_bytes(content)

    contract = load_shop(tmp_path)

    assert contract.document["info"]["title"] == "A shop"
    assert {path: path.read_bytes() for path in whole} == whole


def test_document_that_does_not_fit_its_index_is_ignored(tmp_path: Path) -> None:
    document = next(path for path in saved_files(tmp_path) if ".index" not in path.name)
    document.write_bytes(b'{"info": {"title": "foreign"}}')

    assert load_shop(tmp_path).document["info"]["title"] == "A shop"


def saved_files(folder: Path) -> list[Path]:
    load_shop(folder)
    return list((folder / "cache").iterdir())


def test_cache_that_cannot_be_written_is_done_without(tmp_path: Path) -> None:
    (tmp_path / "cache").write_text("a file, where a folder should be")

    assert load_shop(tmp_path).document["info"]["title"] == "A shop"


def test_cache_forgets_its_oldest_files(tmp_path: Path) -> None:
    for number in range(40):
        load_shop(tmp_path, f"{SHOP}# {number}\n")

    assert len(list((tmp_path / "cache").iterdir())) == 64


def test_file_that_is_no_contract_is_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(DocumentError, match=r"^shop\.yaml:1:1: not an OpenAPI document"):
        load_shop(tmp_path, "a: 1")


def test_importing_the_pipeline_loads_neither_yaml_nor_the_validator() -> None:
    code = (
        "import sys, emulator.server.contract\n"
        "sys.exit(any(name.startswith(('yaml', 'jsonschema')) for name in sys.modules))"
    )

    subprocess.run([sys.executable, "-c", code], check=True, cwd=Path(__file__).parents[3])


# The real contracts.


@pytest.mark.parametrize("name", contract_names())
def test_every_path_leads_to_its_operation(name: str) -> None:
    contract = load_contract(name)

    for id in contract.operation_ids:
        operation = contract.operation(id)
        path = operation.path.translate({ord(brace): None for brace in "{}"})
        assert contract.match(operation.method, path.encode()).operation is operation


@pytest.mark.parametrize("name", contract_names())
def test_every_schema_of_an_operation_can_be_used(name: str) -> None:
    contract = load_contract(name)

    for id in contract.operation_ids:
        operation = contract.operation(id)
        problems_or_none(operation.check_body, None)
        problems_or_none(operation.read_query, b"a=1")
