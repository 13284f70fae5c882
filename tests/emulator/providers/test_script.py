from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emulator.core.records import EventType
from emulator.providers.reasons import Reason
from emulator.providers.script import (
    ACCEPT_AFTER,
    Accept,
    Choice,
    Either,
    Ending,
    NoAnswer,
    Refuse,
    Reply,
    Report,
    ServerError,
    failure_of,
    make_script,
    place_after,
    place_after_answer,
    place_of_call,
    settled,
)

SECOND = timedelta(seconds=1)
DELIVERED = Report(type=EventType.DELIVERED, after=SECOND)
FAILED = Report(type=EventType.FAILED, after=SECOND)


def either(*choices: Choice, after: timedelta = timedelta()) -> Either:
    return Either(choices=choices, after=after)


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
        ((either(Choice(steps=(DELIVERED,))), FAILED), "nothing follows a choice"),
        ((either(Choice(steps=(DELIVERED,))), either(Choice(steps=(FAILED,)))), "nothing follows a choice"),
        ((either(),), "at least one way"),
        ((either(Choice(steps=(DELIVERED,), weight=0)),), "at least 1"),
        ((either(Choice(steps=())),), "at least one step"),
        ((Accept(), either(Choice(steps=(DELIVERED,)), Choice(steps=(Refuse(),)))), "answers a message once"),
        ((DELIVERED, either(Choice(steps=(either(Choice(steps=(NoAnswer(),))),)))), "before the provider has answered"),
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


SOFT = Report(type=EventType.BOUNCED, hard=False)


@pytest.mark.parametrize(
    ("steps", "places"),
    [
        ((SOFT, DELIVERED), [1, 2, 2, 2]),
        ((SOFT, DELIVERED, SOFT), [1, 2, 2, 2]),
        ((SOFT, SOFT), [1, 2, 2, 2]),
        ((SOFT,), [1, 1, 1, 1]),
        ((DELIVERED,), [1, 1, 1, 1]),
        ((ServerError(), SOFT, DELIVERED), [2, 2, 3, 3]),
    ],
)
def test_a_call_goes_on_where_a_temporary_bounce_ended_the_one_before(steps, places):
    script = make_script("mine", *steps)
    answer = next(place for place, step in enumerate(script.steps) if isinstance(step, Accept))

    assert [place_after(script, answer, attempt) for attempt in (1, 2, 3, 4)] == places
    assert place_after(script, answer + 1, 3) == answer + 2


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


@pytest.mark.parametrize(
    ("steps", "place"),
    [
        ((Accept(), DELIVERED), 1),
        ((NoAnswer(taken=True), Accept(), DELIVERED), 2),
        ((DELIVERED, Accept()), 2),
        ((NoAnswer(),), 1),
    ],
)
def test_what_follows_the_answer_begins_behind_it(steps, place):
    assert place_after_answer(make_script("mine", *steps)) == place


@pytest.mark.parametrize(
    ("step", "failure"),
    [
        (ServerError(), (Reason.SERVER_ERROR, True, "503")),
        (ServerError(status=500), (Reason.SERVER_ERROR, True, "500")),
        (ServerError(status=429), (Reason.THROTTLED, True, None)),
        (NoAnswer(), (Reason.NO_ANSWER, False, None)),
        (NoAnswer(ending=Ending.RESET, taken=True), (Reason.CONNECTION_RESET, False, None)),
        (NoAnswer(ending=Ending.GARBLED), (Reason.GARBLED_ANSWER, True, None)),
    ],
)
def test_a_failed_call_has_a_cause(step, failure):
    assert failure_of(step) == failure


def test_a_script_without_a_choice_is_settled():
    script = make_script("mine", DELIVERED)

    assert settled(script, "rcp-1") is script


def test_the_way_that_is_chosen_goes_on_where_the_script_stood():
    script = make_script("mine", ServerError(), Accept(), either(Choice(steps=(DELIVERED,)), after=SECOND), blocks=True)

    made = settled(script, "rcp-1")

    late = Report(type=EventType.DELIVERED, after=2 * SECOND)
    assert (made.name, made.steps, made.blocks, made.either) == ("mine", (ServerError(), Accept(), late), True, None)


def test_a_way_may_be_to_do_nothing_more():
    script = make_script("mine", Accept(), either(Choice(steps=()), after=SECOND))

    assert settled(script, "rcp-1").steps == (Accept(),)


def test_a_way_without_an_answer_is_given_one():
    script = make_script("mine", either(Choice(steps=(DELIVERED,))))

    assert settled(script, "rcp-1") == make_script("mine", DELIVERED)


def test_the_same_key_always_chooses_the_same_way():
    script = make_script("mine", either(Choice(steps=(DELIVERED,)), Choice(steps=(Refuse(),))))
    keys = [f"rcp-{number}" for number in range(50)]

    assert [settled(script, key) for key in keys] == [settled(script, key) for key in keys]


def test_ways_are_chosen_as_often_as_their_weights_say():
    script = make_script("mine", either(Choice(steps=(DELIVERED,), weight=3), Choice(steps=(Refuse(),))))

    refused = sum(settled(script, f"rcp-{number}").steps == (Refuse(),) for number in range(2_000))

    assert 420 < refused < 580


def test_a_choice_within_a_choice_is_drawn_for_itself():
    inner = either(Choice(steps=(DELIVERED,)), Choice(steps=(FAILED,)))
    script = make_script("mine", either(Choice(steps=(inner,)), Choice(steps=(Refuse(),))))

    ways = [settled(script, f"rcp-{number}").steps for number in range(1_000)]

    assert all(200 < ways.count(way) < 300 for way in set(ways) - {(Refuse(),)})
    assert 440 < ways.count((Refuse(),)) < 560
