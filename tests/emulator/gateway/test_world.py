import pytest

from emulator.core.clock import HELD, REAL, Pace
from emulator.gateway.world import World
from tests.emulator.gateway.acme import Acme, acme_policy

ADA = "+254711000111"


def a_world(name="default", **changes):
    return World(name, policies={"acme": acme_policy()}, **changes)


def test_a_reset_makes_everything_new_but_the_name():
    acme = Acme()
    acme.send(ADA)
    acme.advance(60)
    world, epoch = acme.world, acme.world.epoch

    world.begin(7, HELD)

    assert (world.name, world.seed, world.epoch) == ("default", 7, epoch + 1)
    assert len(world.store.messages) == len(world.journal) == len(world.ready) == len(world.clock.timers) == 0
    assert world.store.counters == {}


def test_worlds_share_nothing_that_can_change():
    one, other = Acme(), Acme()

    one.send(ADA)

    assert len(other.store.messages) == 0
    assert len(other.world.journal) == 0


def test_ids_are_the_same_in_each_world_and_secrets_are_not():
    here, there = a_world("default"), a_world("other")

    assert here.ids.uuid("message") == there.ids.uuid("message")
    assert here.ids.secret("key", 32) != there.ids.secret("key", 32)


def test_only_the_default_world_is_the_default():
    assert a_world().is_default
    assert not a_world("other").is_default


@pytest.mark.parametrize(
    ("rate_limits", "pace", "limited"),
    [
        ("auto", HELD, False),
        ("auto", REAL, True),
        ("auto", Pace(10.0), True),
        ("on", HELD, True),
        ("off", REAL, False),
    ],
)
def test_rate_limits_apply_where_a_window_opens_again(rate_limits, pace, limited):
    assert a_world(pace=pace, rate_limits=rate_limits).limits_rates is limited
