from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from emulator.core.errors import RateLimited
from emulator.core.rates import RateRule, take, unlimited
from emulator.core.store import Store

START = datetime(2026, 1, 1, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
RULE = RateRule("acme", 5, MINUTE)
SLACK = MINUTE / 60  # a window opens again at most one slice late


@pytest.fixture
def store():
    return Store()


def is_taken(store, rule, now):
    try:
        take(store, rule, now=now)
    except RateLimited:
        return False
    return True


def test_exactly_the_limit_is_taken(store):
    taken = [is_taken(store, RULE, START) for _ in range(8)]

    assert taken == [True] * 5 + [False] * 3


def test_remaining_counts_down_to_zero(store):
    states = [take(store, RULE, now=START) for _ in range(5)]

    assert [state.remaining for state in states] == [4, 3, 2, 1, 0]
    assert all(state.limit == 5 for state in states)
    assert all(state.resets_at == START + MINUTE for state in states)


def test_the_window_opens_when_the_refusal_said_it_would(store):
    for second in range(5):
        take(store, RULE, now=START + timedelta(seconds=second))
    now = START + timedelta(seconds=10)

    with pytest.raises(RateLimited) as refusal:
        take(store, RULE, now=now)

    opens_at = now + refusal.value.retry_after
    assert opens_at == START + MINUTE
    assert not is_taken(store, RULE, opens_at - timedelta(microseconds=1))
    assert is_taken(store, RULE, opens_at)


def test_a_refusal_counts_nothing(store):
    for _ in range(5):
        take(store, RULE, now=START)
    before = store.rate_windows["acme"]

    for second in range(50):
        assert not is_taken(store, RULE, START + timedelta(seconds=second))

    assert store.rate_windows["acme"] == before
    assert is_taken(store, RULE, START + MINUTE)


def test_a_refusal_tells_the_limit(store):
    with pytest.raises(RateLimited) as refusal:
        take(store, RateRule("acme", 0, MINUTE), now=START)

    assert refusal.value.limit == 0
    assert refusal.value.retry_after == MINUTE


def test_keys_have_windows_of_their_own(store):
    for _ in range(5):
        take(store, RULE, now=START)

    assert is_taken(store, replace(RULE, key="beta"), START)


def test_with_limits_off_remaining_stays_at_the_limit():
    state = unlimited(RULE, now=START)

    assert (state.limit, state.remaining, state.resets_at) == (5, 5, START + MINUTE)


@given(
    st.integers(1, 6),
    st.sampled_from([timedelta(seconds=1), MINUTE, timedelta(hours=1)]),
    st.lists(st.floats(0, 0.7), min_size=1, max_size=60),
)
def test_no_window_ever_holds_more_than_the_limit_and_none_refuses_without_cause(limit, window, steps):
    store, rule, now = Store(), RateRule("acme", limit, window), START
    taken = []
    for step in steps:
        now += step * window
        within = sum(moment > now - window for moment in taken)
        within_slack = sum(moment > now - window - window / 60 for moment in taken)
        if is_taken(store, rule, now):
            assert within < limit
            taken.append(now)
        else:
            assert within_slack >= limit


def test_a_busy_window_is_kept_small(store):
    rule = RateRule("acme", 100_000, MINUTE)

    for place in range(3_000):
        take(store, rule, now=START + place * timedelta(milliseconds=40))

    assert len(store.rate_windows["acme"].slices) <= 61
    assert store.rate_windows["acme"].total == sum(count for _, count in store.rate_windows["acme"].slices)
