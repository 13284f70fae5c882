from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emulator.core.records import Channel, EventType
from emulator.providers.catalogue import OUTCOMES, magic_outcome, script
from emulator.providers.reasons import Reason
from emulator.providers.script import (
    Accept,
    Ending,
    NoAnswer,
    Refuse,
    Reply,
    Report,
    ServerError,
    place_of_call,
    settled,
)

NAMES = [outcome.name for outcome in OUTCOMES]
PLATFORM_IDS = [Channel.PUSH, Channel.WHATSAPP, Channel.RCS, Channel.TELEGRAM, Channel.BROADCAST]


@pytest.mark.parametrize("channel", Channel)
def test_every_outcome_is_a_script_on_every_channel(channel):
    for name in NAMES:
        made = script(name, channel)

        assert made.name == name
        assert settled(made, "rcp-1").steps, name


def test_outcomes_are_numbered_from_zero_and_chance_comes_last():
    assert [outcome.number for outcome in OUTCOMES] == [*range(30), 99]
    assert len(set(NAMES)) == 31


def test_only_blocked_marks_a_recipient_that_must_not_be_written_to():
    assert [name for name in NAMES if script(name, Channel.SMS).blocks] == ["blocked"]


def test_an_unknown_name_is_no_script():
    with pytest.raises(KeyError):
        script("explode", Channel.SMS)


@pytest.mark.parametrize("outcome", OUTCOMES, ids=NAMES)
def test_every_reason_is_a_word_of_ours(outcome):
    steps = [*outcome.steps, *(step for steps in outcome.by_channel.values() for step in steps)]

    reasons = [step.reason for step in steps if isinstance(step, Report | Refuse) and step.reason]
    assert all(reason in set(Reason) for reason in reasons)


@pytest.mark.parametrize(
    ("name", "channel", "moments"),
    # Source: the set of magic recipients, in milliseconds from acceptance.
    [
        ("deliver", Channel.SMS, [("accept", 100), ("delivered", 500)]),
        ("slow", Channel.SMS, [("accept", 100), ("delivered", 30_000)]),
        ("bounce", Channel.SMS, [("accept", 100), ("failed", 500)]),
        ("bounce", Channel.EMAIL, [("accept", 100), ("bounced", 500)]),
        ("bounce", Channel.PUSH, [("refuse", 100)]),
        ("bounce", Channel.RCS, [("refuse", 100)]),
        ("bounce", Channel.WHATSAPP, [("accept", 100), ("failed", 500)]),
        ("slow", Channel.PUSH, [("accept", 5_000), ("delivered", 30_000)]),
        (
            "soft-then-deliver",
            Channel.EMAIL,
            [("accept", 100), ("deferred", 500), ("deferred", 5_000), ("delivered", 15_000)],
        ),
        ("soft-then-deliver", Channel.WHATSAPP, [("accept", 100), ("delivered", 15_000)]),
        ("soft-then-deliver", Channel.RCS, [("accept", 100), ("delivered", 15_000)]),
        ("soft-then-deliver", Channel.PUSH, [("servererror", 100), ("accept", 200), ("delivered", 600)]),
        ("blocked", Channel.SMS, [("refuse", 100)]),
        ("complaint", Channel.EMAIL, [("accept", 100), ("delivered", 500), ("complained", 3_000)]),
        ("complaint", Channel.SMS, [("accept", 100), ("failed", 500)]),
        ("complaint", Channel.WHATSAPP, [("accept", 100), ("failed", 500)]),
        ("complaint", Channel.RCS, [("accept", 100), ("delivered", 500)]),
        ("complaint", Channel.PUSH, [("accept", 100), ("delivered", 500)]),
        ("invalid", Channel.EMAIL, [("refuse", 100)]),
        ("expired", Channel.SMS, [("accept", 100), ("deferred", 500), ("expired", 60_000)]),
        ("expired", Channel.WHATSAPP, [("accept", 100), ("expired", 60_000)]),
        ("expired", Channel.RCS, [("accept", 100), ("expired", 60_000)]),
        ("expired", Channel.PUSH, [("accept", 100)]),
        ("read", Channel.SMS, [("accept", 100), ("delivered", 500)]),
        ("read", Channel.EMAIL, [("accept", 100), ("delivered", 500), ("opened", 2_000)]),
        ("read", Channel.WHATSAPP, [("accept", 100), ("delivered", 500), ("read", 2_000)]),
        ("reply", Channel.SMS, [("accept", 100), ("delivered", 500), ("Simulated reply", 3_000)]),
        ("reply", Channel.PUSH, [("accept", 100), ("delivered", 500)]),
        ("stop", Channel.PUSH, [("accept", 100), ("delivered", 500)]),
        ("stop", Channel.BROADCAST, [("accept", 100), ("delivered", 500)]),
        ("stop", Channel.RCS, [("accept", 100), ("delivered", 500), ("STOP", 3_000)]),
        ("stop", Channel.SMS, [("accept", 100), ("delivered", 500), ("STOP", 3_000)]),
        ("stop", Channel.EMAIL, [("accept", 100), ("delivered", 500), ("unsubscribed", 3_000)]),
        ("duplicate", Channel.SMS, [("accept", 100), ("delivered", 500), ("delivered", 700)]),
        ("out-of-order", Channel.SMS, [("delivered", 300), ("accept", 500)]),
        ("out-of-order", Channel.WHATSAPP, [("accept", 100), ("read", 500), ("delivered", 700)]),
        ("silent", Channel.SMS, [("accept", 100)]),
        (
            "open-click",
            Channel.EMAIL,
            [("accept", 100), ("delivered", 500), ("opened", 2_000), ("clicked", 4_000)],
        ),
        (
            "open-click",
            Channel.WHATSAPP,
            [("accept", 100), ("delivered", 500), ("read", 2_000), ("clicked", 4_000)],
        ),
        ("open-click", Channel.RCS, [("accept", 100), ("delivered", 500), ("read", 2_000), ("tap", 4_000)]),
        ("open-click", Channel.SMS, [("accept", 100), ("delivered", 500)]),
        ("rate-limited", Channel.SMS, [("servererror", 100), ("accept", 200), ("delivered", 600)]),
        ("no-funds", Channel.SMS, [("refuse", 100)]),
        (
            "soft-bounce",
            Channel.EMAIL,
            [("accept", 100), ("deferred", 500), ("deferred", 5_000), ("bounced", 15_000)],
        ),
        ("soft-bounce", Channel.SMS, [("accept", 100), ("deferred", 500), ("deferred", 5_000), ("failed", 15_000)]),
        ("soft-bounce", Channel.WHATSAPP, [("accept", 100), ("failed", 15_000)]),
        ("soft-bounce", Channel.RCS, [("accept", 100), ("expired", 15_000)]),
        ("soft-bounce", Channel.PUSH, [("servererror", 100)]),
        ("unsubscribe", Channel.EMAIL, [("accept", 100), ("delivered", 500), ("unsubscribed", 3_000)]),
        ("unsubscribe", Channel.RCS, [("accept", 100), ("delivered", 500), ("unsubscribed", 3_000)]),
        ("unsubscribe", Channel.SMS, [("accept", 100), ("delivered", 500), ("STOP", 3_000)]),
        ("unsubscribe", Channel.PUSH, [("accept", 100), ("delivered", 500)]),
        ("late-bounce", Channel.EMAIL, [("accept", 100), ("delivered", 500), ("bounced", 10_500)]),
        ("late-bounce", Channel.SMS, [("accept", 100), ("delivered", 500), ("failed", 10_500)]),
        ("late-bounce", Channel.RCS, [("accept", 100), ("delivered", 500)]),
        ("no-capability", Channel.WHATSAPP, [("accept", 100), ("failed", 500)]),
        ("no-capability", Channel.RCS, [("refuse", 100)]),
        ("no-capability", Channel.EMAIL, [("accept", 100), ("bounced", 500)]),
        ("window-closed", Channel.WHATSAPP, [("accept", 100), ("failed", 500)]),
        ("window-closed", Channel.SMS, [("accept", 100), ("delivered", 500)]),
        ("unauthorised", Channel.EMAIL, [("refuse", 100)]),
        (
            "auto-reply",
            Channel.EMAIL,
            [("accept", 100), ("delivered", 500), ("I am out of the office until Monday.", 1_000)],
        ),
        ("garbage", Channel.SMS, [("noanswer", 100)]),
        ("reset", Channel.SMS, [("noanswer", 100)]),
        ("accepted-timeout", Channel.SMS, [("noanswer", 100), ("accept", 200), ("delivered", 600)]),
        ("wrong-id", Channel.SMS, [("accept", 100), ("delivered", 500)]),
    ],
)
def test_an_outcome_comes_at_its_documented_times(name, channel, moments):
    told, at = [], timedelta()
    for step in script(name, channel).steps:
        at += step.after
        told.append((word_of(step), at // timedelta(milliseconds=1)))

    assert told == moments


def word_of(step):
    if isinstance(step, Report):
        return str(step.type)
    if isinstance(step, Reply):
        return "tap" if step.taps_first else step.text
    return type(step).__name__.lower()


def test_failing_calls_stand_first():
    assert script("timeout", Channel.SMS).steps == (NoAnswer(),)
    assert script("flaky", Channel.EMAIL).steps[:2] == (ServerError(), ServerError())
    assert isinstance(script("flaky", Channel.EMAIL).steps[2], Accept)


def test_the_second_receipt_of_duplicate_repeats_the_first():
    *_, first, second = script("duplicate", Channel.SMS).steps

    assert (first.repeats, second.repeats) == (False, True)
    assert first.type is second.type is EventType.DELIVERED


@pytest.mark.parametrize("channel", [Channel.SMS, Channel.EMAIL, Channel.WHATSAPP, Channel.RCS])
def test_only_an_expiry_waits_for_the_end_of_the_validity(channel):
    waiting = [
        (name, step.type)
        for name in NAMES
        for step in script(name, channel).steps
        if isinstance(step, Report) and step.at_validity
    ]

    assert waiting == [("expired", EventType.EXPIRED)]


def test_calls_end_in_every_way_that_leaves_nothing_to_read():
    endings = {name: script(name, Channel.SMS).steps[0] for name in ("timeout", "reset", "garbage", "accepted-timeout")}

    assert {name: (step.ending, step.taken) for name, step in endings.items()} == {
        "timeout": (Ending.HELD, False),
        "reset": (Ending.RESET, False),
        "garbage": (Ending.GARBLED, False),
        "accepted-timeout": (Ending.RESET, True),
    }


def test_a_limit_on_the_rate_asks_for_a_pause_once():
    limited = script("rate-limited", Channel.EMAIL)

    assert limited.steps[0] == ServerError(status=429, retry_after=timedelta(seconds=1))
    assert isinstance(limited.steps[place_of_call(limited, 2)], Accept)


def test_a_receipt_for_an_unknown_id_is_the_only_one_of_wrong_id():
    (receipt,) = [step for step in script("wrong-id", Channel.SMS).steps if isinstance(step, Report)]

    assert receipt.unknown_id


@pytest.mark.parametrize("channel", Channel)
def test_chance_chooses_a_whole_outcome_of_the_channel(channel):
    by_chance = script("random", channel)
    possible = {script(name, channel).steps for name in NAMES if name != "random"}

    chosen = [settled(by_chance, f"rcp-{number}").steps for number in range(200)]

    assert set(chosen) <= possible
    assert 110 < chosen.count(script("deliver", channel).steps) < 170


def test_weights_of_chance_are_percentages():
    (mix,) = [outcome.mix for outcome in OUTCOMES if outcome.mix]

    assert sum(weight for _, weight in mix) == 100


@pytest.mark.parametrize("block", ["+120255501", "+141555501", "190755501", "+4477009000", "4477009000"])
def test_a_magic_phone_number_names_its_outcome(block):
    assert [magic_outcome(Channel.SMS, f"{block}{outcome.number:02}") for outcome in OUTCOMES] == NAMES


@pytest.mark.parametrize("outcome", OUTCOMES, ids=NAMES)
def test_a_magic_mail_address_names_its_outcome_by_name_and_alias(outcome):
    for word in (outcome.name, *outcome.aliases):
        assert magic_outcome(Channel.EMAIL, f"{word}@simulator.example") == outcome.name
        assert magic_outcome(Channel.EMAIL, f"{word}+run-7@simulator.example.com") == outcome.name


@pytest.mark.parametrize("label", ["", ":run7"])
@pytest.mark.parametrize("channel", PLATFORM_IDS)
def test_a_magic_platform_id_names_its_outcome(channel, label):
    assert [magic_outcome(channel, f"sim-{name}{label}") for name in NAMES] == NAMES


@pytest.mark.parametrize(
    ("address", "name"),
    [
        ("Hard_Bounce@simulator.example", "bounce"),
        ("HARD.BOUNCE@SIMULATOR.EXAMPLE", "bounce"),
        ("softthendeliver@simulator.example", "soft-then-deliver"),
        ("5xx-then-success@simulator.example", "flaky"),
        ("Ada Lovelace <delivered@simulator.example>", "deliver"),
        ("<bounce+a+b@simulator.example>", "bounce"),
    ],
)
def test_mail_addresses_are_read_without_case_and_marks(address, name):
    assert magic_outcome(Channel.EMAIL, address) == name


@pytest.mark.parametrize(
    ("channel", "address"),
    [
        (Channel.SMS, "+12025550130"),  # a number that no outcome has
        (Channel.SMS, "+12025550200"),  # the block for fiction ends at 0199
        (Channel.SMS, "+12025560100"),
        (Channel.SMS, "+2202555010"),
        (Channel.SMS, "+1202555010"),
        (Channel.SMS, "+120255501000"),
        (Channel.SMS, "++12025550100"),
        (Channel.SMS, "+1 202 555 0100"),
        (Channel.SMS, "+1202555٠١٠٠"),  # Arabic-Indic digits
        (Channel.SMS, "+１2025550100"),  # a full-width one
        (Channel.SMS, "+1202555010²"),
        (Channel.SMS, "+447700901000"),
        (Channel.SMS, "+447700900030"),
        (Channel.SMS, "+254700000000"),
        (Channel.SMS, ""),
        (Channel.SMS, "ACME"),
        (Channel.SMS, "bounce@simulator.example"),
        (Channel.EMAIL, "+12025550102"),
        (Channel.EMAIL, "ada@example.com"),
        (Channel.EMAIL, "bounce@simulator.example.org"),
        (Channel.EMAIL, "bounce@sub.simulator.example"),
        (Channel.EMAIL, "nobody@simulator.example"),
        (Channel.EMAIL, "@simulator.example"),
        (Channel.EMAIL, "bounce"),
        (Channel.EMAIL, ""),
        (Channel.PUSH, "sim-"),
        (Channel.PUSH, "sim-nothing"),
        (Channel.PUSH, "bounce"),
    ],
)
def test_an_ordinary_address_names_no_outcome(channel, address):
    assert magic_outcome(channel, address) is None


@given(st.sampled_from(Channel), st.text(max_size=40))
def test_any_text_can_be_an_address(channel, address):
    assert magic_outcome(channel, address) in {None, *NAMES}
