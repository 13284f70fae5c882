"""A fault as it is written: what goes wrong, what it may touch, and what is refused."""

from datetime import timedelta
from typing import Any

import pytest

from emulator.core.clock import HELD_START
from emulator.core.failures import FaultKind, WebhookBreak
from emulator.failures import Unusable, read_faults
from emulator.failures.faults import READ
from emulator.failures.members import spoken
from emulator.gateway.faults import FaultDraft
from tests.emulator.failures.knowing import a_known

SECOND = timedelta(seconds=1)


def read(**value: Any) -> FaultDraft:
    (draft,) = read_faults(value, a_known())
    return draft


def refused(value: Any) -> tuple[str, str, bool]:
    with pytest.raises(Unusable) as caught:
        read_faults(value, a_known())
    return spoken(caught.value.path), caught.value.detail, caught.value.is_conflict


KINDS: list[tuple[dict[str, Any], dict[str, Any]]] = [
    ({"latency": "2s"}, {"shortest": 2 * SECOND, "longest": 2 * SECOND}),
    ({"latency": {"min": "1s", "max": "2s"}}, {"shortest": SECOND, "longest": 2 * SECOND}),
    ({"dribble": "1s"}, {"longest": SECOND}),
    ({"reset": "before-headers"}, {"where": "before-headers"}),
    ({"reset": "in-body"}, {"where": "in-body"}),
    ({"truncate": True}, {"keep": None}),
    ({"truncate": 0}, {"keep": 0}),
    ({"malformed": True}, {}),
    ({"content_type": "text/plain"}, {"content_type": "text/plain"}),
    ({"content_type": True}, {"content_type": "text/html"}),
    ({"status": 503}, {"status": 503}),
    ({"status": {"code": 429, "retry_after": "9s"}}, {"status": 429, "retry_after": 9 * SECOND}),
    ({"hang": True}, {"longest": None}),
    ({"hang": "5s"}, {"longest": 5 * SECOND}),
    ({"rate_limit": 10}, {"limit": 10, "window": 60 * SECOND}),
    ({"rate_limit": {"limit": 5, "per": "1s"}}, {"limit": 5, "window": SECOND}),
    ({"ambiguous_commit": True}, {}),
]


@pytest.mark.parametrize(("written", "facts"), KINDS, ids=[str(case[0]) for case in KINDS])
def test_what_goes_wrong_may_stand_beside_the_scope_or_in_a_member_of_its_own(
    written: dict[str, Any], facts: dict[str, Any]
):
    beside, inside = read(**written, times=1), read(fault=written, times=1)

    assert {name: getattr(beside, name) for name in facts} == facts
    assert beside.kind == next(iter(written))
    assert {name: getattr(inside, name) for name in facts} == facts
    assert inside.kind is beside.kind
    assert inside.scope == beside.scope


def test_every_kind_is_read_and_has_a_case_above():
    assert set(READ) == set(FaultKind)
    assert {next(iter(written)) for written, _ in KINDS} == {kind.value for kind in FaultKind}


@pytest.mark.parametrize("kind", WebhookBreak)
def test_every_break_is_read(kind: WebhookBreak):
    draft = read(webhook=kind.value, api="acme", account="Acme Ltd", type="message.*", times=2)

    assert (draft.kind, draft.scope.times) == (kind, 2)


def test_how_late_how_stale_and_how_long_at_most():
    assert read(webhook="late").longest == timedelta(hours=1)
    assert read(webhook="stale_timestamp", by="2h").longest == timedelta(hours=2)
    assert read(webhook="reorder").longest == timedelta(minutes=1)


def test_a_window_is_of_moments_or_from_now_on():
    draft = read(malformed=True, **{"from": "2026-01-01T00:10:00Z", "until": "1h"})

    assert draft.scope.from_at == HELD_START + timedelta(minutes=10)
    assert draft.scope.until_at == HELD_START + timedelta(hours=1)


@pytest.mark.parametrize(("kind", "why"), [("bad_signature", "does not sign"), ("stale_timestamp", "has no time")])
def test_a_break_of_what_no_api_has_is_a_conflict_that_says_why(kind: str, why: str):
    path, detail, is_conflict = refused({"webhook": kind, "api": "bell"})

    assert (path, is_conflict) == ("webhook", True)
    assert detail.startswith("Bell " + why)
    assert read_faults({"webhook": kind}, a_known()), "one of the APIs has it"


@pytest.mark.parametrize(
    ("value", "path", "word"),
    [
        ({}, "", "expected exactly one of latency"),
        ({"fault": {}}, "fault", "expected exactly one of latency"),
        ({"latency": "1s", "hang": True}, "", "not latency and hang"),
        ({"latency": "1s", "fault": {"hang": True}}, "fault", "not latency and hang"),
        ({"fault": {"latncy": "1s"}}, "fault.latncy", "did you mean latency?"),
        ({"latancy": "1s"}, "latancy", "did you mean latency?"),
        ({"latency": "soon"}, "latency", "expected a span"),
        ({"latency": "2h"}, "latency", "at most 1h"),
        ({"latency": {"min": "2s", "max": "1s"}}, "latency.max", "at least `min`"),
        ({"latency": {"min": "2s"}}, "latency.max", "is missing"),
        ({"reset": "now"}, "reset", "before-headers"),
        ({"truncate": -1}, "truncate", "expected an integer"),
        ({"malformed": "yes"}, "malformed", "expected true"),
        ({"content_type": "a\nb"}, "content_type", "expected a media type"),
        ({"status": 100}, "status", "from 200 to 599"),
        ({"status": {"code": 600}}, "status.code", "from 200 to 599"),
        ({"rate_limit": {"per": "1s"}}, "rate_limit.limit", "is missing"),
        ({"rate_limit": {"limit": 1, "per": "0s"}}, "rate_limit.per", "more than no time"),
        ({"rate_limit": 1, "every": 2}, "every", "counts every call"),
        ({"status": 500, "account": "x"}, "account", "does not go with a fault status"),
        ({"webhook": "drop", "operation": "x"}, "operation", "does not go with a webhook break"),
        ({"webhook": "drop", "by": "1s"}, "by", "takes no span"),
        ({"webhook": "dropped"}, "webhook", "did you mean drop?"),
        ({"status": 500, "operation": "sendMesage"}, "operation", "did you mean sendMessage?"),
        ({"status": 500, "api": "bell", "operation": "sendMessage"}, "operation", "there are ringBell"),
        ({"status": 500, "rate": 0}, "rate", "above 0, up to 1"),
        ({"status": 500, "rate": 1.5}, "rate", "above 0, up to 1"),
        ({"status": 500, "every": 0}, "every", "from 1 to"),
        ({"status": 500, "from": "then"}, "from", "expected a moment"),
        ({"status": 500, "from": "2h", "until": "1h"}, "until", "after `from`"),
        ([{"status": 500}, {"status": "500"}], "1.status", "expected an integer"),
        ("x", "", "expected an object"),
    ],
)
def test_what_cannot_be_used_is_named_with_its_path(value: Any, path: str, word: str):
    found = refused(value)

    assert found[0] == path
    assert word in found[1]
    assert not found[2]
