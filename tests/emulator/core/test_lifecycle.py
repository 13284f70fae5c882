from types import MappingProxyType

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emulator.core.lifecycle import COMMON, STATUS_OF_EVENT, is_final, may_follow
from emulator.core.records import EventType, Status

S = Status
MOVES_NOTHING = {
    EventType.DEFERRED,
    EventType.RETRY_SCHEDULED,
    EventType.OPENED,
    EventType.CLICKED,
    EventType.COMPLAINED,
    EventType.UNSUBSCRIBED,
}


def test_every_status_has_an_event_of_its_name_that_moves_to_it():
    assert set(STATUS_OF_EVENT.values()) == set(Status)
    assert all(event.value == status.value for event, status in STATUS_OF_EVENT.items())


def test_every_other_event_moves_nothing():
    assert set(EventType) - set(STATUS_OF_EVENT) == MOVES_NOTHING


def test_every_status_can_be_reached_from_acceptance():
    reached, grown = set(), {S.SCHEDULED}
    while grown - reached:
        reached |= grown
        grown = {following for status in reached for following in COMMON.get(status, ())}

    assert reached == set(Status)


def test_no_status_leads_back_to_one_before_it():
    def later(status, path=()):
        assert status not in path, path
        for following in COMMON.get(status, ()):
            later(following, (*path, status))

    for status in Status:
        later(status)


@given(st.lists(st.tuples(st.sampled_from(Status), st.booleans()), max_size=30))
def test_a_status_never_leaves_its_table_whatever_is_reported(wanted):
    status = S.QUEUED
    for following, soft in wanted:
        before = status
        if may_follow(COMMON, status, following, soft=soft):
            status = following
        moved = status is not before
        soft_bounce_was_overcome = soft and before is S.BOUNCED and status in {S.DELIVERED, S.READ}
        assert not moved or status in COMMON.get(before, ()) or soft_bounce_was_overcome


@pytest.mark.parametrize("current", [S.SCHEDULED, S.QUEUED])
def test_a_recipient_can_turn_out_to_be_suppressed_when_it_is_handed_over(current):
    assert may_follow(COMMON, current, S.SUPPRESSED)


@pytest.mark.parametrize("final", [S.READ, S.FAILED, S.EXPIRED, S.SUPPRESSED, S.CANCELED, S.BOUNCED])
def test_nothing_follows_a_final_status(final):
    assert not any(may_follow(COMMON, final, status) for status in Status)
    assert is_final(COMMON, final)


def test_delivered_is_final_although_it_may_be_read():
    assert is_final(COMMON, S.DELIVERED)
    assert may_follow(COMMON, S.DELIVERED, S.READ)


@pytest.mark.parametrize("status", [S.SCHEDULED, S.QUEUED, S.SENDING, S.SENT, S.UNCERTAIN])
def test_what_still_waits_is_not_final(status):
    assert not is_final(COMMON, status)


def test_a_soft_bounce_may_still_be_delivered_and_a_hard_one_not():
    assert may_follow(COMMON, S.BOUNCED, S.DELIVERED, soft=True)
    assert may_follow(COMMON, S.BOUNCED, S.BOUNCED, soft=True)
    assert not may_follow(COMMON, S.BOUNCED, S.FAILED, soft=True)
    assert not may_follow(COMMON, S.BOUNCED, S.DELIVERED)


def test_a_receipt_can_overtake_the_answer_to_the_send_call():
    assert may_follow(COMMON, S.SENDING, S.DELIVERED)
    assert not may_follow(COMMON, S.DELIVERED, S.SENT)


def test_a_dialects_own_table_counts():
    own = MappingProxyType({S.QUEUED: frozenset({S.SENDING})})

    assert may_follow(own, S.QUEUED, S.SENDING)
    assert not may_follow(own, S.SENDING, S.SENT)
