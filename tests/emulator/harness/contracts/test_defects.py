"""A harness that never finds anything proves nothing: each defect of the catalogue is found by the check that names it."""

import pytest

from emulator.harness.contracts.findings import Finding, Result
from emulator.harness.contracts.run import Plan, Run
from emulator.harness.contracts.webhooks import judge
from tests.emulator.harness.contracts import defects, tiny

STATEFUL = ("use_after_free", "ensure_resource_availability")


def hold(app: tiny.Tiny, *phases: str, examples: int = 6) -> Result:
    plan = Plan(examples=examples, phases=phases or ("examples", "coverage", "fuzzing", "stateful"))
    return Run(tiny.api(), tiny.document(), plan, app=app).play()


def names(result: Result) -> set[str]:
    return {finding.check for finding, _ in result.findings.values()}


def test_a_clean_api_gives_no_finding():
    result = hold(tiny.Tiny())

    assert [finding for finding, _ in result.findings.values()] == []
    assert result.errors == []
    assert result.holds


def test_a_clean_api_is_asked_by_every_check_that_a_defect_is_found_by():
    result = hold(tiny.Tiny())

    asked = {check for _, check in result.passed}
    assert {defect.found_by for defect in defects.CATALOGUE} <= asked


def test_the_catalogue_is_long_enough():
    assert len(defects.CATALOGUE) + len(defects.POSTED) >= 25


@pytest.mark.parametrize("defect", defects.CATALOGUE, ids=lambda defect: defect.__name__)
def test_a_defect_is_found_by_the_check_that_names_it(defect: type[defects.Defect]):
    is_stateful = defect.found_by in STATEFUL
    phases = ("examples", "stateful") if is_stateful else ("examples", "coverage")

    result = hold(defect(), *phases, examples=60 if is_stateful else 6)

    assert defect.found_by in names(result)
    assert result.errors == []


@pytest.mark.parametrize("what", defects.POSTED)
def test_a_wrong_webhook_is_found(what: str):
    posted, check = defects.POSTED[what]

    found = list(
        judge(tiny.document(), "tiny", [posted.attempt()], urls=[defects.URL], secrets=["another", defects.SECRET])
    )

    assert check in {each.check for each in found if isinstance(each, Finding)}


def test_a_right_webhook_gives_no_finding():
    attempts = [defects.Posted().attempt()]

    found = list(judge(tiny.document(), "tiny", attempts, urls=[defects.URL], secrets=[defects.SECRET]))

    assert sorted(found) == [
        ("note.kept", name) for name in ("webhook_bodies", "webhook_headers", "webhook_signatures")
    ]


def test_the_same_seed_gives_the_same_calls_and_findings():
    first, second = (hold(defects.BreaksOnALongText()) for _ in range(2))

    assert first.findings == second.findings
    assert first.answers == second.answers
    assert first.cases == second.cases
