"""Volume tiers and prices."""

from datetime import UTC, datetime
from typing import Any

import pytest

from emulator.core.records import Account, Channel
from emulator.dialects.arowana import tiers
from emulator.dialects.arowana.tiers import price_micros
from emulator.dialects.arowana.vocabulary import BASIC, EMAIL, MAU, RCS, SINGLE, SMS, TIERS
from tests.builders import an_account
from tests.emulator.dialects.arowana.conftest import MAIL, Api
from tests.emulator.dialects.arowana.conftest import SMS as AN_SMS

ACCOUNT = an_account(api="arowana")


@pytest.mark.parametrize(
    ("channel", "unit", "prices"),
    [
        (RCS, BASIC, [80_000, 72_000, 64_000]),
        (RCS, SINGLE, [120_000, 108_000, 96_000]),
        (RCS, MAU, [250_000, 225_000, 200_000]),
        (EMAIL, BASIC, [90_000, 81_000, 72_000]),
        (SMS, BASIC, [70_000, 63_000, 56_000]),
    ],
)
def test_prices_fall_with_the_tier(channel: Channel, unit: str, prices: list[int]):
    assert [price_micros(ACCOUNT, channel, unit, tier) for tier in TIERS] == prices


@pytest.mark.parametrize(("price", "micros"), [(0.0055, [5_500, 5_000, 4_400]), (0.0001, [100, 100, 100])])
def test_prices_are_rounded_half_up_to_four_places(price: float, micros: list[int]):
    account: Account = an_account(extras={"prices": {"RCS": {BASIC: price}}})

    assert [price_micros(account, RCS, BASIC, tier) for tier in TIERS] == micros


def test_a_workspace_may_have_prices_of_its_own(api: Api):
    api.amend(prices={"RCS": {"basic_message": 0.05}})

    assert api.send().json["billing"]["hold_amount"] == 0.05
    assert api.send(MAIL).json["billing"]["hold_amount"] == 0.09


def billing(api: Api, message: Any = None) -> tuple[str, int, float]:
    facts = (api.send() if message is None else api.send(message)).json["billing"]
    return facts["tier"]["current"], facts["tier"]["volume_used"], facts["hold_amount"]


def test_crossing_a_threshold_lets_the_next_message_cost_less(api: Api):
    api.amend(tiers={"RCS": {"volume": 49_998}})

    assert [billing(api) for _ in range(3)] == [
        ("tier_1", 49_999, 0.08),
        ("tier_1", 50_000, 0.08),
        ("tier_2", 50_001, 0.072),
    ]


def test_channels_have_tiers_of_their_own(api: Api):
    api.amend(tiers={"RCS": {"volume": 300_000}}, sms=True)

    assert billing(api)[0] == "tier_3"
    assert billing(api, MAIL)[:2] == ("tier_1", 1)
    assert billing(api, AN_SMS)[:2] == ("tier_1", 1)


def test_the_volume_begins_anew_each_month_and_the_tier_stays(api: Api):
    api.amend(tiers={"RCS": {"volume": 60_000}})
    api.advance(days=31)

    assert billing(api) == ("tier_2", 1, 0.072)


def months_later(api: Api, *volumes: int) -> list[str]:
    """Let months pass, each with a volume; gives the tier at the beginning of each next month."""
    found: list[str] = []
    for volume in volumes:
        now = api.world.clock.now
        state = tiers.standing(api.world.store, api.account.id, RCS, at=now)
        facts = {"tier": state.place, "volume": volume, "month": state.month, "below": state.below}
        tiers.put(api.world, api.account.id, RCS, facts)
        first = datetime(now.year + now.month // 12, now.month % 12 + 1, 1, tzinfo=UTC)
        api.advance((first - now).total_seconds())
        found.append(tiers.standing(api.world.store, api.account.id, RCS, at=first).tier.name)
    return found


def test_three_months_below_lead_to_the_tier_below(api: Api):
    assert months_later(api, 60_000, 0) == ["tier_1", "tier_1"]
    tiers.set_volume(api.world, api.account.id, RCS, 60_000)

    assert months_later(api, 60_000, 10, 10, 10) == ["tier_2", "tier_2", "tier_2", "tier_1"]


def test_a_month_above_begins_the_count_anew(api: Api):
    tiers.set_volume(api.world, api.account.id, RCS, 60_000)

    assert months_later(api, 10, 10, 50_000, 10, 10, 10) == ["tier_2"] * 5 + ["tier_1"]


def test_one_tier_at_a_time(api: Api):
    tiers.set_volume(api.world, api.account.id, RCS, 300_000)

    assert months_later(api, *[0] * 6) == ["tier_3", "tier_3", "tier_2", "tier_2", "tier_2", "tier_1"]


@pytest.mark.parametrize(
    ("days", "tier"), [(0, "tier_3"), (59, "tier_3"), (120, "tier_2"), (213, "tier_1"), (4000, "tier_1")]
)
def test_quiet_months_are_reckoned_with_when_somebody_looks(api: Api, days: int, tier: str):
    tiers.set_volume(api.world, api.account.id, RCS, 300_000)
    api.advance(days=days)
    before = len(api.world.store.resources)

    assert api.get("/v1/billing/tier").json["tiers"][0]["current"] == tier
    assert len(api.world.store.resources) == before


def test_a_tier_that_was_reached_before_is_kept_by_a_small_volume(api: Api):
    api.amend(tiers={"RCS": {"volume": 10, "tier": "tier_2"}})

    assert [billing(api) for _ in range(2)] == [("tier_2", 11, 0.072), ("tier_2", 12, 0.072)]
