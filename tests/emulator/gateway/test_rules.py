"""Rules in force: which one a message gets, and what its provider then does."""

from collections import Counter
from typing import Any

import pytest

from emulator.core.errors import NotFound, RecipientSuppressed
from emulator.core.records import Channel, Content
from emulator.gateway import rules
from emulator.gateway.policy import Screening
from tests.emulator.failures.knowing import enter_rule
from tests.emulator.gateway.acme import ACCOUNT, Acme

ADA, BOB = "+254711000111", "+254722000222"
DELIVER = [{"after": "2s", "report": "delivered"}]
FAIL = [{"after": "1s", "report": "failed"}]


@pytest.fixture
def acme() -> Acme:
    return Acme()


def _invalid(*_: object) -> str:
    return "invalid"


def _with_country(_channel: Channel, address: str) -> str:
    return address.replace("0711", "+254711")


def outcome(acme: Acme, *addresses: str, **changes: Any) -> str:
    """What a message comes to."""
    message = acme.send(*(addresses or (ADA,)), **changes)
    acme.advance(3600)
    return acme.recipient(message).status.value


def test_a_message_that_matches_runs_the_rules_script(acme: Acme):
    rule = enter_rule(acme, match={"recipient": ADA}, script=[{"after": "2s", "report": "failed", "code": "17"}])
    message = acme.send(ADA)
    other = acme.send(BOB)

    acme.advance(60)

    assert acme.timeline(message)[1:] == [("sending", 0.05), ("sent", 0.1), ("failed", 2.0)]
    assert acme.recipient(message).events[-1].code == "17"
    assert acme.recipient(message).script == f"rule:{rule.id}"
    assert acme.recipient(other).status == "delivered"


def test_the_newest_rule_that_matches_wins(acme: Acme):
    enter_rule(acme, script=FAIL)
    enter_rule(acme, match={"recipient": ADA}, script=DELIVER)
    enter_rule(acme, match={"recipient": BOB}, script=FAIL)

    assert outcome(acme, ADA) == "delivered"


def test_a_rule_comes_before_what_the_account_calls_for_and_before_magic_recipients():
    acme = Acme(choose_script=_invalid)
    assert outcome(acme, "+12025550106") == "failed"

    enter_rule(acme, script=DELIVER)

    assert outcome(acme, "+12025550106") == "delivered"


def test_a_rule_for_a_blocked_magic_recipient_holds_where_the_api_screens_at_send():
    acme = Acme(screening=Screening.AT_SEND)
    enter_rule(acme, match={"recipient": "+12025550104"}, times=1, script=DELIVER)

    assert outcome(acme, "+12025550104") == "delivered"
    with pytest.raises(RecipientSuppressed):
        acme.send("+12025550104")


def test_a_suppressed_recipient_uses_no_rule(acme: Acme):
    rule = enter_rule(acme, match={"recipient": "*@example.org"}, times=1, script=[{"report": "complained"}])
    assert outcome(acme, "a@example.org", channel=Channel.EMAIL) == "sent"

    assert outcome(acme, "a@example.org", channel=Channel.EMAIL) == "suppressed"
    assert acme.store.rules[rule.id].used == 1


def test_times_bounds_how_often_a_rule_is_used(acme: Acme):
    enter_rule(acme, times=2, script=FAIL)

    assert [outcome(acme) for _ in range(4)] == ["failed", "failed", "delivered", "delivered"]


def test_nth_counts_what_the_other_conditions_fit_whoever_wins(acme: Acme):
    enter_rule(acme, match={"recipient": ADA, "nth": 3}, script=FAIL)
    enter_rule(acme, match={"recipient": ADA}, times=1, script=DELIVER)

    assert outcome(acme, BOB) == "delivered"
    assert [outcome(acme) for _ in range(4)] == ["delivered", "delivered", "failed", "delivered"]


MATCHES: list[tuple[dict[str, Any], bool]] = [
    ({"api": "acme"}, True),
    ({"api": "a*"}, True),
    ({"api": "bell"}, False),
    ({"account": ACCOUNT}, True),
    ({"account": "Acme Ltd"}, True),
    ({"account": "Acme*"}, True),
    ({"account": {"regex": "^acme-"}}, True),
    ({"account": "Bell Ltd"}, False),
    ({"environment": "live"}, True),
    ({"environment": "test"}, False),
    ({"channel": "sms"}, True),
    ({"channel": {"regex": "sms|email"}}, True),
    ({"channel": "email"}, False),
    ({"recipient": ADA}, True),
    ({"recipient": "254711000111"}, True),
    ({"recipient": "+2547*"}, True),
    ({"recipient": "2547?1000111"}, True),
    ({"recipient": {"regex": r"^\+2547"}}, True),
    ({"recipient": "+25471100011"}, False),
    ({"recipient": {"regex": "^2548"}}, False),
    ({"text": "Your code is\n123456 [ok?]"}, True),
    ({"text": "*123456*"}, True),
    ({"text": {"regex": "[0-9]{6}"}}, True),
    ({"text": "code"}, False),
    ({"text": {"regex": "CODE"}}, False),
    ({"channel": "sms", "text": "*code*", "recipient": BOB}, False),
]


@pytest.mark.parametrize(("match", "fits"), MATCHES, ids=[str(case[0]) for case in MATCHES])
def test_a_condition_fits_or_does_not(acme: Acme, match: dict[str, Any], fits: bool):
    enter_rule(acme, match=match, script=[{"refuse": True}])

    found = outcome(acme, content=Content(text="Your code is\n123456 [ok?]"))

    assert found == ("failed" if fits else "delivered")


def test_an_address_is_meant_in_every_spelling_that_the_api_takes():
    acme = Acme(normal_address=_with_country)
    enter_rule(acme, match={"recipient": "0711000111"}, script=FAIL)

    assert outcome(acme, ADA) == "failed"


def test_the_subject_and_the_html_of_a_mail_are_text_too(acme: Acme):
    enter_rule(acme, match={"text": "Sale"}, times=1, script=[{"report": "bounced"}])

    content = Content(text="x", subject="Sale", html="<b>y</b>")
    assert outcome(acme, "a@example.org", channel=Channel.EMAIL, content=content) == "bounced"


def test_each_recipient_of_a_message_is_matched_alone(acme: Acme):
    enter_rule(acme, match={"recipient": BOB}, script=FAIL)
    message = acme.send(ADA, BOB)

    acme.advance(60)

    assert [acme.recipient(message, place).status for place in (0, 1)] == ["delivered", "failed"]


def test_a_message_goes_on_with_a_rule_that_was_withdrawn(acme: Acme):
    rule = enter_rule(acme, script=DELIVER)
    message = acme.send(ADA)
    acme.advance(1)

    rules.withdraw(acme.world, rule.id)
    acme.advance(5)

    assert acme.timeline(message)[-1] == ("delivered", 2.0)
    assert rules.in_force(acme.world) == []
    with pytest.raises(NotFound):
        rules.withdraw(acme.world, rule.id)
    assert acme.timeline(acme.send(BOB)) == [("queued", 0.0)]


def test_a_rule_that_was_never_used_leaves_nothing_behind(acme: Acme):
    rules.withdraw(acme.world, enter_rule(acme, script=DELIVER).id)

    assert len(acme.store.rules) == 0


def test_calls_fail_and_are_made_again_as_the_script_says(acme: Acme):
    enter_rule(acme, script=[{"timeout": "30s"}, {"status": 503, "retry_after": "9s"}, {"report": "delivered"}])
    message = acme.send(ADA)

    acme.advance(60)

    assert [type for type, _ in acme.timeline(message)] == [
        "queued",
        "sending",
        "retry_scheduled",
        "retry_scheduled",
        "sent",
        "delivered",
    ]
    assert acme.recipient(message).attempt == 3


def test_a_duplicate_report_is_told_twice_under_one_id(acme: Acme):
    enter_rule(acme, script=[{"after": "1s", "report": "delivered", "duplicate": True}])
    acme.send(ADA)

    acme.advance(60)

    told = [event for event in acme.told() if event.type == "message.delivered"]
    assert len(told) == 2
    assert len({(event.wire_id, event.body) for event in told}) == 1


def test_a_late_report_comes_after_the_ones_that_follow(acme: Acme):
    enter_rule(
        acme,
        match={"channel": "email"},
        script=[{"after": "1s", "report": "delivered", "late": "1h"}, {"after": "1s", "report": "opened"}],
    )
    message = acme.send("a@example.org", channel=Channel.EMAIL)

    acme.advance(7200)

    assert acme.timeline(message)[3:] == [("opened", 2.0), ("delivered", 3601.0)]


def test_the_person_writes_back(acme: Acme):
    enter_rule(acme, script=[{"after": "1s", "report": "delivered"}, {"after": "2s", "reply": "STOP"}])
    acme.send(ADA)

    acme.advance(60)

    assert [said.text for said in acme.store.inbound] == ["STOP"]
    assert outcome(acme, ADA) == "suppressed"


def test_what_comes_to_nothing_is_said_in_the_journal(acme: Acme):
    enter_rule(acme, script=[{"report": "opened"}, {"after": "1s", "reply": "hi"}])

    acme.send(ADA, sender="OTHER")
    acme.advance(60)

    assert acme.notes() == ["step left out", "step left out"]


def test_chance_follows_the_weights_and_the_seed():
    def draw(seed: int) -> list[str]:
        acme = Acme()
        acme.world.begin(seed, acme.clock.pace)
        acme.store, acme.clock = acme.world.store, acme.world.clock
        ways = [{"weight": 3, "script": [{"report": "delivered"}]}, {"script": [{"report": "failed"}]}]
        enter_rule(acme, script=[{"either": ways}])
        messages = [acme.send(ADA, unit_micros=0) for _ in range(400)]
        acme.advance(60)
        return [acme.recipient(message).status.value for message in messages]

    one, again, other = draw(1), draw(1), draw(2)

    assert one == again
    assert one != other
    assert 260 < Counter(one)["delivered"] < 340
