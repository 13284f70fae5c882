"""The contract, the handlers and the tables belong together."""

import re
from typing import Any

import httpx
import pytest

from emulator.control import spans
from emulator.control.problems import TABLE
from emulator.control.routes import HANDLERS
from emulator.control.words import _WORDS, sentence
from emulator.core import errors
from emulator.core.errors import RULES, FieldProblem, MessagingError
from emulator.core.records import Channel, EventType, Origin, Status
from emulator.core.spans import EXPECTED
from emulator.server.contract_rules import contract_problems
from tests.emulator.control.playing import REFUSALS, Stage, contract, play


def schema(name: str) -> dict[str, Any]:
    return contract().document["components"]["schemas"][name]


def test_the_contract_keeps_the_rules():
    assert contract_problems(contract().document) == []


def test_each_operation_has_its_handler_and_no_other():
    assert set(HANDLERS) == set(contract().operation_ids)


def test_the_contracts_words_are_those_of_the_core():
    entry = schema("TimelineEntry")["properties"]

    assert schema("Status")["enum"] == list(Status)
    assert schema("Channel")["enum"] == list(Channel)
    assert entry["type"]["enum"] == list(EventType)
    assert entry["origin"]["enum"] == list(Origin)


@pytest.mark.parametrize(
    ("method", "path", "request_"),
    [
        ("GET", "messages", {"params": {"wait": "5"}}),
        ("GET", "messages", {"params": {"wait": "x"}}),
        ("POST", "clock/advance", {"json": {"by": "5"}}),
        ("POST", "clock/advance", {"json": {"by": 5}}),
        ("PUT", "sink/orders", {"json": {"delay": "5"}}),
    ],
)
def test_a_span_that_is_none_is_told_in_one_sentence(method: str, path: str, request_: dict[str, Any]):
    async def scene(stage: Stage) -> None:
        answer = await stage.call(method, f"/_emulator/{path}", **request_)

        (problem,) = answer.json()["errors"]
        assert answer.status_code == 422
        assert re.fullmatch("expected a .* such as 250ms.* 5s.*", problem["detail"])

    play(scene)


def test_the_form_of_a_span_is_the_same_here_and_there():
    assert schema("Span")["pattern"] == spans.PATTERN
    assert f"expected {schema('Span')['x-expected']}" == EXPECTED


def test_every_refusal_is_in_the_table():
    refusals = {each for each in vars(errors).values() if isinstance(each, type) and issubclass(each, MessagingError)}

    assert refusals - {MessagingError} <= set(TABLE)


def test_every_rule_has_words():
    assert set(_WORDS) == RULES
    assert all(sentence(FieldProblem(("limit",), rule, 1, ("a", "b"))) for rule in RULES)


@pytest.mark.parametrize("path", ["", "health/", "ui/", "snapshots/x"])
def test_what_comes_later_is_not_there(path: str):
    async def scene(stage: Stage) -> None:
        assert (await stage.refused("GET", path))[:2] == (404, "unknown-path")

    play(scene)


def test_outside_its_root_there_is_next_to_nothing():
    async def scene(stage: Stage) -> None:
        front = await stage.client.get("/")
        nothing = await stage.client.get("/nothing")

        assert front.json()["apis"] == "/_emulator/apis"
        assert (nothing.status_code, nothing.headers["content-type"]) == (404, REFUSALS)
        assert nothing.json()["detail"] == "There is no /nothing here; GET /_emulator/apis tells where the APIs are."

    play(scene)


def test_another_method_is_refused_with_the_ones_there_are():
    async def scene(stage: Stage) -> None:
        answer = await stage.call("DELETE", "/_emulator/clock")

        assert (answer.status_code, answer.headers["allow"]) == (405, "GET, PUT")

    play(scene)


def test_a_world_that_is_not_there_is_a_problem():
    async def scene(stage: Stage) -> None:
        for path in ("/w/nowhere/_emulator/health", "/w/nowhere/raven/v1/me", "/w//x", "/w/%FF/x"):
            answer = await stage.client.get(path)
            assert answer.status_code == 404, path
            assert answer.json()["type"] == "urn:parrotfish:problem:not-found"

    play(scene)


BAD_BODIES = {
    b"": (400, "malformed-request"),
    b"{": (400, "malformed-request"),
    b"\xff": (400, "malformed-request"),
    b'{"by": NaN}': (400, "malformed-request"),
    b"[" * 100_000: (400, "malformed-request"),
    b'{"by":' * 500 + b"1" + b"}" * 500: (422, "invalid-fields"),
    b"null": (422, "invalid-fields"),
    b"[]": (422, "invalid-fields"),
    b'"5s"': (422, "invalid-fields"),
    b"{}": (422, "invalid-fields"),
    b'{"by": "5s", "to": "2026-01-02T00:00:00Z"}': (422, "invalid-fields"),
    b'{"by": 5}': (422, "invalid-fields"),
    b'{"by": ""}': (422, "invalid-fields"),
    b'{"by": "99999999999999999999s"}': (422, "invalid-fields"),
    b'{"by": "999999d999999h"}': (200, ""),
    b'{"by": "9999999999s"}': (200, ""),
    b'{"to": "yesterday"}': (422, "invalid-fields"),
    b'{"to": "9999-12-31T23:59:59Z"}': (422, "invalid-fields"),
    b'{"to": "2026-01-02T00:00:00"}': (422, "invalid-fields"),
    b'{"by": "\\ud800"}': (400, "malformed-request"),
    b'{"by": "5s"' + b" " * 2**20 + b"}": (413, "payload-too-large"),
    b"x" * 10_000_000: (413, "payload-too-large"),
}


@pytest.mark.parametrize("body", BAD_BODIES, ids=lambda body: repr(body[:40]))
def test_a_body_that_cannot_be_used_is_refused_and_never_a_500(body: bytes):
    status, word = BAD_BODIES[body]

    async def scene(stage: Stage) -> None:
        answer = await stage.call(
            "POST", "/_emulator/clock/advance", content=body, headers={"content-type": "application/json"}
        )

        assert answer.status_code == status, answer.text
        assert not word or answer.json()["type"].endswith(word)

    play(scene)


def test_an_unknown_member_is_named_with_the_one_that_was_meant():
    async def scene(stage: Stage) -> None:
        answer = await stage.call("POST", "/_emulator/worlds", json={"name": "x", "sede": 1})

        assert answer.json()["errors"] == [
            {"in": "body", "name": "sede", "detail": "is not known here; did you mean seed?"}
        ]

    play(scene)


def test_an_unknown_parameter_is_named_with_the_one_that_was_meant():
    async def scene(stage: Stage) -> None:
        refused = await stage.refused("GET", "messages", params={"recipent": "x"})

        assert refused == (422, "invalid-fields", "recipent: is not known here; did you mean recipient?")
        inside = await stage.refused("POST", "verify", json={"messages": {"recipent": "x"}})
        assert inside[2] == "messages.recipent: is not known here; did you mean recipient?"
        assert (await stage.refused("GET", "clock", params={"x": "1"}))[2] == "x: is not known here; there are none"

    play(scene)


@pytest.mark.parametrize(
    "query",
    [
        "limit=0",
        "limit=501",
        "limit=x",
        "cursor=x",
        "cursor=9.",
        "wait=61s",
        "wait=soon",
        "channel=pigeon",
        "contains=%FF",
        "api=none",
        "api=",
        "recipient=",
    ],
)
def test_a_parameter_out_of_its_range_is_refused(query: str):
    async def scene(stage: Stage) -> None:
        assert (await stage.refused("GET", f"messages?{query}"))[0] == 422

    play(scene)


def test_a_bug_of_ours_is_a_500_with_a_trace_in_the_log(caplog: pytest.LogCaptureFixture):
    async def scene(stage: Stage) -> None:
        stage.world.store.messages_in_order = None  # type: ignore[assignment] # what is broken here

        refused = await stage.refused("GET", "messages")

        assert refused[:2] == (500, "internal-fault")
        assert "AttributeError" in caplog.text

    play(scene)


def test_contracts_are_served_as_they_were_written_and_as_json():
    async def scene(stage: Stage) -> None:
        for name in ("raven", "cloudrebue", "control"):
            text = await stage.call("GET", f"/_emulator/openapi/{name}.yaml")
            document = await stage.get(f"openapi/{name}.json")
            assert text.text.startswith("#")
            assert text.headers["content-type"] == "application/yaml"
            assert document["openapi"] == "3.1.0"
        assert (await stage.refused("GET", "openapi/none.yaml"))[0] == 404

    play(scene)


def test_answers_are_not_kept_by_anybody():
    async def scene(stage: Stage) -> None:
        answer: httpx.Response = await stage.call("GET", "/_emulator/health")

        assert answer.headers["cache-control"] == "no-store"
        assert answer.headers["date"] == "Thu, 01 Jan 2026 00:00:00 GMT"

    play(scene)
