"""What a run exercises is heard: its own calls, those of checks, and the webhooks after it."""

import json

import pytest

from emulator.harness.contracts.plan import Plan
from emulator.harness.contracts.run import Run
from emulator.harness.contracts.target import Api
from emulator.harness.coverage.assess import assess
from emulator.harness.coverage.hearing import Hearing
from emulator.harness.coverage.keywords import is_there
from tests.emulator.harness.contracts.tiny import CARDS, Tiny, document
from tests.emulator.harness.coverage.small import document as small

RECEIVER = "http://127.0.0.1:9000/hook"


def attempt(type_: str, body: object, url: str = RECEIVER):
    request = {"url": url, "headers": {"Content-Type": "application/json"}, "body": json.dumps(body)}
    return {"type": type_, "request": request, "api": "small", "number": 1, "state": "delivered"}


@pytest.fixture(scope="module")
def incomplete():
    """Only the examples of the contract were called."""
    contract = document()
    plan = Plan(phases=("examples",), listens=True)
    result = Run(Api("tiny", "http://tiny.example", CARDS), contract, plan, app=Tiny()).play()
    assert result.heard is not None
    return assess("tiny", contract, result.heard)


def test_a_run_of_examples_leaves_what_they_do_not_reach(incomplete):
    assert incomplete.figure("operation").exercised == 4
    reached = {str(part) for part, count in incomplete.counts.items() if count}
    assert {"createNote 201", "listNotes 200", "getNote 200", "createNote 401", "listNotes 401"} <= reached
    assert {"listNotes 400"} <= {str(part) for part in incomplete.gaps}
    assert reached.isdisjoint(str(part) for part in incomplete.gaps)


def test_keywords_are_counted_where_they_can_be(incomplete):
    if not is_there():
        pytest.skip("tracecov is not installed")
    assert incomplete.keywords is not None
    assert 0 < incomplete.keywords.full < incomplete.keywords.total
    assert "POST /notes header Idempotency-Key /pattern: never broken" in incomplete.keywords.gaps


def test_an_event_counts_if_it_keeps_to_the_contract():
    hearing = Hearing(small())

    wrong = hearing.take_webhooks(
        "small",
        [attempt("note.made", {"id": 1}), attempt("note.made", {"no": 1}), attempt("note.lost", {"id": 1})],
        urls={RECEIVER},
        secrets=[],
    )

    assert hearing.heard().events == {"note.made": 1}
    assert [finding.title for finding in wrong] == ["A webhook's body breaks the contract"]


def test_what_goes_where_a_call_said_is_a_callback():
    hearing = Hearing(small())

    hearing.take_webhooks(
        "small", [attempt("receipt", {"id": 1}, url="http://127.0.0.1:9000/own")], urls={RECEIVER}, secrets=[]
    )

    assert hearing.heard().events["receipt"] >= 1


def test_a_refused_method_is_that_of_every_operation_of_the_path():
    contract = document()
    hearing = Hearing(contract)

    hearing.take_other_method(contract.operations["GET /notes"], 405)
    hearing.take_other_method(contract.operations["GET /notes"], 404)

    assert hearing.heard().answers == {("createNote", 405): 1, ("listNotes", 405): 1}
