from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emulator.core.records import EventType
from emulator.providers.script import (
    ACCEPT_AFTER,
    Accept,
    NoAnswer,
    Refuse,
    Reply,
    Report,
    ServerError,
    make_script,
    place_of_call,
)

SECOND = timedelta(seconds=1)
DELIVERED = Report(type=EventType.DELIVERED, after=SECOND)


def test_steps_that_are_in_order_stay_as_they_are():
    script = make_script("mine", ServerError(), Accept(), DELIVERED)

    assert (script.name, script.steps, script.blocks) == ("mine", (ServerError(), Accept(), DELIVERED), False)


def test_a_report_without_an_acceptance_gets_one_in_front_and_keeps_its_moment():
    script = make_script("mine", DELIVERED)

    assert script.steps == (Accept(after=ACCEPT_AFTER), Report(type=EventType.DELIVERED, after=SECOND - ACCEPT_AFTER))


def test_an_acceptance_that_is_put_in_never_comes_after_what_follows_it():
    script = make_script("mine", Reply(text="Hello"))

    assert script.steps == (Accept(after=timedelta()), Reply(text="Hello"))


def test_an_acceptance_is_put_behind_the_calls_that_fail():
    script = make_script("mine", NoAnswer(), DELIVERED)

    assert script.steps[:2] == (NoAnswer(), Accept(after=ACCEPT_AFTER))


def test_a_report_may_overtake_the_answer():
    steps = (DELIVERED, Accept(after=SECOND))

    assert make_script("mine", *steps).steps == steps


def test_a_script_may_consist_of_failing_calls():
    assert make_script("mine", NoAnswer()).steps == (NoAnswer(),)


@pytest.mark.parametrize(
    ("steps", "sentence"),
    [
        ((), "at least one step"),
        ((Accept(), Refuse()), "answers a message once"),
        ((Accept(), DELIVERED, Accept()), "answers a message once"),
        ((Accept(), ServerError()), "before the provider has answered"),
        ((DELIVERED, NoAnswer()), "before the provider has answered"),
    ],
)
def test_steps_that_contradict_one_another_are_refused(steps, sentence):
    with pytest.raises(ValueError, match=sentence):
        make_script("mine", *steps)


@pytest.mark.parametrize(("attempt", "place"), [(1, 0), (2, 1), (3, 2), (4, 2), (9, 2)])
def test_each_call_uses_up_one_failure_then_comes_the_answer(attempt, place):
    script = make_script("mine", ServerError(), NoAnswer(), Accept(), DELIVERED)

    assert place_of_call(script, attempt) == place


@pytest.mark.parametrize(("attempt", "place"), [(1, 0), (2, 1), (3, 1), (9, 1)])
def test_the_last_failure_is_repeated_when_nothing_follows_it(attempt, place):
    script = make_script("mine", ServerError(), NoAnswer())

    assert place_of_call(script, attempt) == place


@given(
    st.lists(st.sampled_from([ServerError(), NoAnswer(), Accept(), Refuse(), DELIVERED, Reply(text="x")]), max_size=6),
    st.integers(1, 10),
)
def test_every_script_that_is_made_answers_every_call(steps, attempt):
    try:
        script = make_script("mine", *steps)
    except ValueError:
        return

    place = place_of_call(script, attempt)
    answers = [step for step in script.steps if isinstance(step, Accept | Refuse)]
    assert 0 <= place < len(script.steps)
    assert len(answers) == 1 or all(isinstance(step, ServerError | NoAnswer) for step in script.steps)
    assert sum((step.after for step in script.steps), timedelta()) >= sum((step.after for step in steps), timedelta())
