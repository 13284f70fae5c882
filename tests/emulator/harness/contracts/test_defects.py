"""A harness that never finds anything proves nothing: each defect of the catalogue is found by the check that names it."""

from pathlib import Path

import pytest

from emulator.harness.contracts.findings import Finding, Result
from emulator.harness.contracts.plan import PHASES, Plan
from emulator.harness.contracts.run import Run
from emulator.harness.contracts.webhooks import judge
from tests.emulator.harness.contracts import defects, tiny

RANDOM = ("fuzzing", "stateful")


def hold(app: tiny.Tiny, *phases: str, shard: tuple[int, int] = (1, 1), seed: int = 1) -> Result:
    # What Hypothesis makes up depends a little on which modules are loaded; a chain of calls needs some more luck.
    plan = Plan(seed=seed, examples=40 if phases == ("stateful",) else 6, phases=phases or PHASES, shard=shard)
    return Run(tiny.api(), tiny.document(), plan, app=app).play()


@pytest.fixture(scope="module")
def clean() -> Result:
    return hold(tiny.Tiny())


def test_a_clean_api_gives_no_finding(clean: Result):
    assert [finding for finding, _ in clean.findings.values()] == []
    assert clean.errors == []
    assert clean.holds


def test_a_clean_api_is_asked_by_every_check_that_a_defect_is_found_by(clean: Result):
    asked = {check for _, check in clean.passed}
    assert {defect.found_by for defect in defects.CATALOGUE} <= asked


def test_the_catalogue_is_long_enough():
    assert len(defects.CATALOGUE) + len(defects.POSTED) >= 25


@pytest.mark.parametrize("defect", defects.CATALOGUE, ids=lambda defect: defect.__name__)
def test_a_defect_is_found_by_the_check_that_names_it(defect: type[defects.Defect]):
    result = hold(defect(), defect.shows_in, shard=defect.shard)

    assert defect.found_by in {finding.check for finding, _ in result.findings.values()}
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


SETTINGS = """
[[project]]
title = "Tiny API"
[[project.operations]]
include-operation-id = "listNotes"
checks.reading_changes_nothing.enabled = true
"""


def test_shards_ask_for_each_operation_once_whatever_the_settings_say(tmp_path: Path):
    settings = tmp_path / "schemathesis.toml"
    settings.write_text(SETTINGS)

    asked: list[set[str]] = []
    for number in (1, 2):
        plan = Plan(examples=1, phases=RANDOM, shard=(number, 2), settings=settings)
        result = Run(tiny.api(), tiny.document(), plan, app=tiny.Tiny()).play()
        assert result.errors == []
        asked.append({operation for operation, check in result.passed if check == "not_a_server_error"})

    assert asked == [{"listNotes", "getNote"}, {"createNote", "deleteNote"}]


class Heard(tiny.Tiny):
    """Remembers what it was asked, without what tells test cases apart."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[tuple[object, ...]] = []

    def answer(self, asked: tiny.Asked) -> tiny.Answer:
        headers = {name: value for name, value in asked.headers.items() if name != "x-schemathesis-testcaseid"}
        self.asked.append((asked.method, asked.path, dict(asked.query), headers, asked.body))
        return super().answer(asked)


def test_the_same_seed_gives_the_same_calls_and_another_one_others():
    first, second, third = Heard(), Heard(), Heard()

    results = [hold(app, *RANDOM) for app in (first, second)]
    hold(third, *RANDOM, seed=2)

    assert first.asked == second.asked
    assert results[0].answers == results[1].answers
    assert first.asked != third.asked
