from datetime import UTC, datetime, timedelta

import pytest

from emulator.core.failures import Scope, has_its_turn, is_open

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def never() -> float:
    raise AssertionError("chance was asked")


@pytest.mark.parametrize(
    ("scope", "used", "open"),
    [
        (Scope(), 1_000, True),
        (Scope(times=2), 1, True),
        (Scope(times=2), 2, False),
        (Scope(from_at=NOON), 0, True),
        (Scope(from_at=NOON + MINUTE), 0, False),
        (Scope(until_at=NOON + MINUTE), 0, True),
        (Scope(until_at=NOON), 0, False),
    ],
)
def test_when_a_fault_is_open(scope: Scope, used: int, open: bool):
    assert is_open(scope, used, NOON) is open


def test_everything_has_its_turn_unless_something_is_said():
    assert all(has_its_turn(Scope(), seen, never) for seen in range(1, 5))


def test_every_nth_has_its_turn():
    assert [has_its_turn(Scope(every=3), seen, never) for seen in range(1, 8)] == [
        False,
        False,
        True,
        False,
        False,
        True,
        False,
    ]


def test_a_part_has_its_turn_by_chance():
    assert has_its_turn(Scope(rate=0.5), 1, lambda: 0.49)
    assert not has_its_turn(Scope(rate=0.5), 1, lambda: 0.5)
    assert has_its_turn(Scope(rate=1), 1, lambda: 0.999)
