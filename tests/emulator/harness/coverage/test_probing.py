"""Calls are built from a contract's examples, and each recipe makes one thing wrong."""

import json

from emulator.harness.coverage.calls import good_shots
from emulator.harness.coverage.recipes import RECIPES
from tests.emulator.harness.contracts.tiny import document

KEY = {"X-Key": "key-of-ada-live"}


def shots(label: str, **known: str):
    contract = document()
    return list(good_shots(contract, contract.operations[label], known, KEY))


def test_a_call_has_the_examples_of_the_contract():
    first, second = shots("POST /notes")

    assert (first.method, first.url("http://tiny.example/")) == ("POST", "http://tiny.example/notes")
    assert json.loads(first.body or b"") == {"text": "Gate 4 is open.", "to": "ada@example.org"}
    assert json.loads(second.body or b"") == {"text": "Gate 5 is open."}
    assert first.all_headers() == {**KEY, "Content-Type": "application/json"}


def test_what_the_account_has_stands_in_place_of_examples():
    assert shots("GET /notes/{id}")[0].url("") == "/notes/n1"
    assert shots("GET /notes/{id}", id="a/b")[0].url("") == "/notes/a%2Fb"
    assert shots("GET /notes/{id}", note_id="n7")[0].url("") == "/notes/n7"


def test_each_recipe_makes_calls_that_differ_from_the_good_one():
    for status, recipes in RECIPES.items():
        good = shots("GET /notes/{id}" if status in ("404", "403") else "POST /notes")[0]
        made = [shot for recipe in recipes for shot in recipe(good)]
        assert any(shot != good for shot in made), status


def test_nobody_carries_no_key():
    (nobody, liar) = (shot for recipe in RECIPES["401"] for shot in recipe(shots("GET /notes/{id}")[0]))

    assert nobody.all_headers() == {}
    assert liar.all_headers() == {"X-Key": "key-of-ada-livex"}
