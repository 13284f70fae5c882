"""The shape of the code: who knows whom by name, and what may be read from the machine."""

import re
from pathlib import Path

import pytest

from emulator.dialects import DIALECTS
from emulator.server.contract import contract_names

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "emulator"

# A vendor's names, and words that only that vendor uses.
WORDS = {
    "raven": ["raven", "nudgel", "rk_live", "autotribes"],
    "cloudrebue": ["rebue", "rebuetext", "short_code", "DeliveredToTerminal"],
    "tripdesk": ["tripdesk", "ak_live", "ak_test", "td_session"],
    "arowana": ["arowana", "ag_live", "ag_draft"],
    "bird": ["bird"],
}


def modules() -> list[Path]:
    return sorted(path for path in PACKAGE.rglob("*.py") if "__pycache__" not in path.parts)


def test_every_dialect_has_its_words_listed():
    names = {dialect.name for dialect in DIALECTS}

    assert names == set(WORDS)


@pytest.mark.parametrize("name", sorted(WORDS))
def test_no_word_of_a_vendor_stands_outside_its_dialect(name: str):
    pattern = re.compile("|".join(WORDS[name]), re.IGNORECASE)
    own = PACKAGE / "dialects" / name

    found = [
        f"{path.relative_to(ROOT)}:{number}"
        for path in modules()
        if not path.is_relative_to(own) and path != PACKAGE / "dialects" / "__init__.py"
        for number, line in enumerate(path.read_text().splitlines(), 1)
        if pattern.search(line)
    ]

    assert found == []


def test_every_dialect_has_a_contract():
    assert {dialect.name for dialect in DIALECTS} <= set(contract_names())


def test_handlers_and_contract_name_the_same_operations():
    from emulator.server.contract import load_contract

    for dialect in DIALECTS:
        contract = load_contract(dialect.name)
        emulated = {id for id in contract.operation_ids if contract.operation(id).emulated}

        assert set(dialect.handlers) == emulated, dialect.name


def test_modules_stay_small():
    lines = {str(path.relative_to(ROOT)): len(path.read_text().splitlines()) for path in modules()}

    assert {name: count for name, count in lines.items() if count > 450} == {}


def test_nothing_but_the_clock_reads_the_machines_time_or_chance():
    pattern = re.compile(
        r"datetime\.now|utcnow|time\.time\(|time\.sleep|uuid4\(|import random|from random|import secrets"
    )

    found = {str(path.relative_to(PACKAGE)) for path in modules() if pattern.search(path.read_text())}

    assert found <= {"core/clock.py"}
