"""A rule as it is written: what it matches, and what is refused."""

from typing import Any

import pytest

from emulator.core.records import Channel
from emulator.failures import Unusable, read_rules
from emulator.failures.members import spoken
from emulator.gateway.rules import RuleDraft
from tests.emulator.failures.knowing import a_known
from tests.emulator.gateway.acme import ACCOUNT

SILENT: Any = [{"silent": True}]


def read(value: Any) -> list[RuleDraft]:
    return read_rules(value, a_known())


def refused(value: Any) -> tuple[str, str, bool]:
    with pytest.raises(Unusable) as caught:
        read(value)
    return spoken(caught.value.path), caught.value.detail, caught.value.is_conflict


def test_a_rule_needs_no_more_than_a_script():
    (draft,) = read({"script": SILENT})

    assert draft.match.__class__() == draft.match
    assert (draft.name, draft.times) == (None, None)
    assert draft.written == {"script": SILENT}


def test_a_list_gives_the_rules_in_its_order():
    drafts = read([{"name": "a", "script": SILENT}, {"name": "b", "script": SILENT}])

    assert [draft.name for draft in drafts] == ["a", "b"]


def test_an_account_is_found_by_id_name_and_the_name_in_the_list_of_credentials():
    for word in (ACCOUNT, "Acme Ltd", "acme-card"):
        (draft,) = read({"match": {"api": "acme", "account": word}, "script": SILENT})
        assert draft.match.account_ids == (ACCOUNT,)


def test_a_report_that_nothing_that_matches_has_is_a_conflict_that_says_why():
    path, detail, is_conflict = refused(
        {"match": {"api": "acme", "channel": "sms"}, "script": [{"accept": True}, {"report": "opened"}]}
    )

    assert is_conflict
    assert path == "script.1.report"
    assert detail == "Acme has no report 'opened' on sms; it has deferred, delivered, expired, failed"


def test_a_report_in_a_way_of_a_choice_is_looked_at_too():
    path, _, is_conflict = refused(
        {"match": {"channel": "sms"}, "script": [{"either": [{"script": [{"report": "clicked"}]}]}]}
    )

    assert (path, is_conflict) == ("script.0.either.0.script.0.report", True)


@pytest.mark.parametrize("match", [{}, {"api": "acme"}, {"api": "a*"}, {"channel": "e*"}, {"channel": "email"}])
def test_a_report_that_something_that_matches_has_is_taken(match: dict[str, str]):
    assert read({"match": match, "script": [{"report": "opened"}]})


def test_what_a_platform_concludes_is_not_offered_as_a_report():
    _, detail, _ = refused({"match": {"api": "bell"}, "script": [{"report": "read"}]})

    assert detail == "Bell has no report 'read'; it has delivered, sent"


@pytest.mark.parametrize(
    ("value", "path", "word"),
    [
        ({}, "script", "is missing"),
        ({"macth": {}, "script": SILENT}, "macth", "did you mean match?"),
        ({"match": [], "script": SILENT}, "match", "expected an object"),
        ({"match": {"recipent": "x"}, "script": SILENT}, "match.recipent", "did you mean recipient?"),
        ({"match": {"api": "amce"}, "script": SILENT}, "match.api", "did you mean acme?"),
        ({"match": {"account": "Acme"}, "script": SILENT}, "match.account", "did you mean Acme Ltd?"),
        ({"match": {"account": "Bell Ltd", "api": "acme"}, "script": SILENT}, "match.account", "Acme Ltd"),
        ({"match": {"channel": "smss"}, "script": SILENT}, "match.channel", "did you mean sms?"),
        ({"match": {"environment": "production"}, "script": SILENT}, "match.environment", "there are live, test"),
        ({"match": {"nth": 0}, "script": SILENT}, "match.nth", "from 1 to"),
        ({"match": {"text": 5}, "script": SILENT}, "match.text", "expected a text"),
        ({"match": {"text": {"regx": "x"}}, "script": SILENT}, "match.text.regx", "did you mean regex?"),
        ({"match": {"text": {"regex": "("}}, "script": SILENT}, "match.text.regex", "expected a regular expression"),
        ({"match": {"text": {}}, "script": SILENT}, "match.text.regex", "is missing"),
        ({"times": True, "script": SILENT}, "times", "expected an integer"),
        ({"name": "", "script": SILENT}, "name", "expected a text"),
        ([{"script": SILENT}, {"script": [{"report": "x"}]}], "1.script.0.report", "is not known"),
        (5, "", "expected an object"),
    ],
)
def test_what_cannot_be_used_is_named_with_its_path(value: Any, path: str, word: str):
    found = refused(value)

    assert found[0] == path
    assert word in found[1]
    assert not found[2]


def test_every_channel_can_be_named():
    for channel in Channel:
        assert read({"match": {"channel": channel.value}, "script": SILENT})
