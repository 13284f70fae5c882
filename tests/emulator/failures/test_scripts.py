"""A script as it is written, and the steps that it stands for."""

from datetime import timedelta
from typing import Any

import pytest

from emulator.core.records import EventType
from emulator.failures import Unusable
from emulator.failures.members import spoken
from emulator.failures.scripts import ENTER, read_script
from emulator.failures.words import WORDS
from emulator.providers.reasons import Reason
from emulator.providers.script import Accept, Ending, NoAnswer, Refuse, Reply, Report, ServerError, settled

E = EventType
TENTH = timedelta(milliseconds=100)


def s(seconds: float) -> timedelta:
    return timedelta(seconds=seconds)


def steps(*written: dict[str, Any]) -> tuple[object, ...]:
    return read_script([*written], (), "rule")[0].steps


def refused(*written: Any, whole: Any = None) -> tuple[str, str]:
    with pytest.raises(Unusable) as caught:
        read_script([*written] if whole is None else whole, ("script",), "rule")
    return spoken(caught.value.path), caught.value.detail


DELIVERED = Report(type=E.DELIVERED)


SCRIPTS: list[tuple[str, list[dict[str, Any]], tuple[object, ...]]] = [
    (
        "a report alone: the call is answered at 0.1 s, and the report comes when it says",
        [{"after": "2s", "report": "bounced"}],
        (Accept(after=TENTH), Report(type=E.BOUNCED, after=s(1.9), reason=Reason.UNKNOWN_SUBSCRIBER)),
    ),
    (
        "a report sooner than 0.1 s",
        [{"after": "50ms", "report": "delivered"}],
        (Accept(after=s(0.05)), DELIVERED),
    ),
    ("silence", [{"silent": True}], (Accept(),)),
    ("acceptance, later", [{"accept": True, "after": "3s"}], (Accept(after=s(3)),)),
    ("`sent` is the answer to the call", [{"after": "1s", "report": "sent"}], (Accept(after=s(1)),)),
    (
        "a second `sent` is a report",
        [{"accept": True}, {"after": "1s", "report": "sent"}],
        (Accept(), Report(type=E.SENT, after=s(1))),
    ),
    (
        "a receipt that overtakes `sent`",
        [{"after": "300ms", "report": "delivered"}, {"after": "200ms", "report": "sent"}],
        (Report(type=E.DELIVERED, after=s(0.3)), Accept(after=s(0.2))),
    ),
    ("a refusal", [{"refuse": True}], (Refuse(reason=Reason.INVALID_ADDRESS),)),
    (
        "a refusal with all that can be said",
        [{"refuse": "blocked", "code": "30007", "diagnostic": "no", "after": "2s"}],
        (Refuse(reason="blocked", code="30007", diagnostic="no", after=s(2)),),
    ),
    ("a refusal by status", [{"status": 402}], (Refuse(status=402, reason=Reason.INSUFFICIENT_CREDIT),)),
    ("a refusal by status and reason", [{"status": 422, "reason": "x"}], (Refuse(status=422, reason="x"),)),
    ("taken, by status", [{"status": 202, "after": "1s"}], (Accept(after=s(1)),)),
    ("5xx", [{"status": 503, "retry_after": "9s"}], (ServerError(status=503, retry_after=s(9)),)),
    ("429 by status", [{"status": 429}], (ServerError(status=429),)),
    ("429 by its word", [{"rate_limit": "5s"}], (ServerError(status=429, retry_after=s(5)),)),
    ("429 without a span", [{"rate_limit": True, "after": "1s"}], (ServerError(status=429, after=s(1)),)),
    ("no answer", [{"timeout": "40s"}], (NoAnswer(hold=s(40)),)),
    ("no answer, as long as usual", [{"timeout": True}], (NoAnswer(),)),
    ("garbage", [{"garbage": True}], (NoAnswer(ending=Ending.GARBLED, after=TENTH),)),
    ("a reset", [{"reset": True, "after": "1s"}], (NoAnswer(ending=Ending.RESET, after=s(1)),)),
    (
        "taken, then the connection breaks; then as usual",
        [{"accept_then_drop": True}, {"after": "1s", "report": "delivered"}],
        (
            NoAnswer(ending=Ending.RESET, after=TENTH, taken=True),
            Accept(after=TENTH),
            Report(type=E.DELIVERED, after=s(0.9)),
        ),
    ),
    (
        "two failing calls, then silence",
        [{"status": 500}, {"timeout": "1s"}, {"silent": True}],
        (ServerError(status=500), NoAnswer(hold=s(1)), Accept()),
    ),
    (
        "deferral: soft, with the usual reason",
        [{"accept": True}, {"defer": True, "after": "1s"}],
        (Accept(), Report(type=E.DEFERRED, after=s(1), hard=False, reason=Reason.MAILBOX_FULL)),
    ),
    (
        "deferral with a reason",
        [{"accept": True}, {"defer": "greylisted", "code": "450"}],
        (Accept(), Report(type=E.DEFERRED, hard=False, reason="greylisted", code="450")),
    ),
    (
        "a soft bounce with all that can be said",
        [{"accept": True}, {"report": "bounced", "kind": "soft", "reason": "r", "code": "c", "diagnostic": "d"}],
        (Accept(), Report(type=E.BOUNCED, hard=False, reason="r", code="c", diagnostic="d")),
    ),
    (
        "twice under one id, and what follows does not wait",
        [{"accept": True}, {"report": "delivered", "duplicate": True}, {"after": "100ms", "report": "read"}],
        (
            Accept(),
            DELIVERED,
            Report(type=E.READ, after=TENTH),
            Report(type=E.DELIVERED, after=TENTH, repeats=True),
        ),
    ),
    (
        "twice, a day apart",
        [{"accept": True}, {"report": "delivered", "duplicate": "1d"}],
        (Accept(), DELIVERED, Report(type=E.DELIVERED, after=timedelta(days=1), repeats=True)),
    ),
    (
        "a report and the one before it change places",
        [
            {"accept": True},
            {"after": "1s", "report": "delivered"},
            {"after": "2s", "report": "read", "reorder": True},
        ],
        (Accept(), Report(type=E.READ, after=s(1)), Report(type=E.DELIVERED, after=s(2))),
    ),
    (
        "a report overtakes the answer to the call",
        [{"after": "500ms", "report": "delivered", "reorder": True}],
        (Report(type=E.DELIVERED, after=TENTH), Accept(after=s(0.4))),
    ),
    (
        "a late report lets what follows pass",
        [
            {"accept": True},
            {"after": "1s", "report": "delivered", "late": "1h"},
            {"after": "2s", "report": "read"},
        ],
        (Accept(), Report(type=E.READ, after=s(3)), Report(type=E.DELIVERED, after=s(3598))),
    ),
    (
        "a report for an id that nobody was given",
        [{"accept": True}, {"report": "delivered", "wrong_id": True}],
        (Accept(), Report(type=E.DELIVERED, unknown_id=True)),
    ),
    (
        "the person writes back, then taps",
        [{"accept": True}, {"after": "1s", "reply": "YES"}, {"after": "1s", "tap": True}],
        (Accept(), Reply(text="YES", after=s(1)), Reply(taps_first=True, after=s(1))),
    ),
]


@pytest.mark.parametrize(("written", "wanted"), [case[1:] for case in SCRIPTS], ids=[case[0] for case in SCRIPTS])
def test_a_script_stands_for_these_steps(written: list[dict[str, Any]], wanted: tuple[object, ...]):
    assert steps(*written) == wanted


def test_every_word_has_its_meaning_and_a_case_above():
    used = {name for _, written, _ in SCRIPTS for step in written for name in step}

    assert set(WORDS) == set(ENTER)
    assert set(WORDS) - used == {"either"}


def test_chance_chooses_by_weight_and_the_ways_go_on_where_the_script_was():
    script, reports = read_script(
        [
            {"status": 503},
            {
                "after": "1s",
                "either": [
                    {"weight": 3, "script": [{"after": "1s", "report": "delivered"}]},
                    {"script": [{"silent": True}]},
                ],
            },
        ],
        (),
        "rule",
    )
    drawn = [settled(script, str(number)).steps for number in range(400)]

    delivered = (ServerError(), Accept(after=s(1.1)), Report(type=E.DELIVERED, after=s(0.9)))
    silent = (ServerError(), Accept(after=s(1.1)))
    assert set(drawn) == {delivered, silent}
    assert 260 < drawn.count(delivered) < 340
    assert [spoken(path) for path, _ in reports] == ["1.either.0.script.0.report"]


def test_a_choice_after_the_answer_does_not_answer_again():
    script, _ = read_script(
        [
            {"accept": True},
            {"either": [{"script": [{"report": "delivered"}]}, {"script": [{"silent": True}]}]},
        ],
        (),
        "rule",
    )

    drawn = {settled(script, str(number)).steps for number in range(50)}

    assert drawn == {(Accept(), DELIVERED), (Accept(),)}


UNUSABLE: list[tuple[list[Any], str, str]] = [
    ([{"reprot": "delivered"}], "script.0.reprot", "did you mean report?"),
    ([{"report": "deliverd"}], "script.0.report", "did you mean delivered?"),
    ([{"bounce": "hard"}], "script.0.bounce", 'did you mean "report": "bounced"?'),
    ([{"after": "2s"}], "script.0", "expected exactly one of report"),
    ([{"report": "read", "reply": "x"}], "script.0", "not report and reply"),
    ([{"report": "read", "weight": 1}], "script.0.weight", "is not known here"),
    ([{"silent": True, "reason": "x"}], "script.0.reason", "does not go with silent"),
    ([{"after": 2, "silent": True}], "script.0.after", "expected a span of time"),
    ([{"report": "bounced", "kind": "medium"}], "script.0.kind", "there are hard, soft"),
    ([{"silent": False}], "script.0.silent", "expected true"),
    ([{"silent": True}, {"report": "read"}], "script.0.silent", "nothing follows it"),
    ([{"report": "read"}, {"status": 503}], "script.1.status", "before the provider has answered"),
    ([{"accept": True}, {"refuse": True}], "script.1.refuse", "answers a message once"),
    ([{"status": 302}], "script.0.status", "expected 2xx"),
    ([{"status": 99}], "script.0.status", "from 200 to 599"),
    ([{"status": 503, "reason": "x"}], "script.0.reason", "says nothing about the recipient"),
    ([{"status": 404, "retry_after": "1s"}], "script.0.retry_after", "is not made again"),
    ([{"reply": ""}], "script.0.reply", "expected a text"),
    ([{"reply": "x" * 2001}], "script.0.reply", "at most 2000"),
    ([{"either": []}], "script.0.either", "a list of ways"),
    ([{"either": [{"weight": 1}]}], "script.0.either.0.script", "is missing"),
    ([{"either": [{"weight": 0, "script": [{"silent": True}]}]}], "script.0.either.0.weight", "from 1 to"),
    ([{"either": [{"script": [{"x": 1}]}]}], "script.0.either.0.script.0.x", "is not known here"),
    (
        [{"report": "read", "late": "1h"}, {"after": "1s", "either": [{"script": [{"report": "read"}]}]}],
        "script.1.either",
        "comes later than it",
    ),
    ([5], "script.0", "expected an object"),
]


@pytest.mark.parametrize(("written", "path", "word"), UNUSABLE, ids=[str(case[0])[:60] for case in UNUSABLE])
def test_what_cannot_be_used_is_named_with_its_path(written: list[Any], path: str, word: str):
    found = refused(*written)

    assert found[0] == path
    assert word in found[1]


@pytest.mark.parametrize("whole", [[], {}, "deliver", None, [{"silent": True}] * 201])
def test_a_script_is_a_list_of_some_steps(whole: Any):
    with pytest.raises(Unusable):
        read_script(whole, (), "rule")


def test_choices_do_not_stand_in_one_another_without_end():
    way: list[Any] = [{"silent": True}]
    for _ in range(10):
        way = [{"either": [{"script": way}]}]

    assert "at most 5 deep" in refused(whole=way)[1]
