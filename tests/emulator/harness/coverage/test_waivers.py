"""What the contracts waive is there, and has a reason."""

import pytest

from emulator.harness.contracts.documents import Document
from emulator.harness.coverage.parts import documented, waivers
from emulator.server.contract import contract_names, load_contract


@pytest.mark.parametrize("name", contract_names())
def test_a_waiver_names_something_documented_and_says_why(name: str):
    document = Document(load_contract(name).document)
    there = set(documented(document))

    for part, reason in waivers(document).items():
        assert part in there
        assert len(reason.split()) > 5, part
