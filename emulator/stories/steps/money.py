"""What an account has, and whom it must not write to."""

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from emulator.core.errors import Json
from emulator.stories.matching import Difference, differences, matcher_of
from emulator.stories.play import Failed, Play, Scope
from emulator.stories.words import shown

_MOST_ACCOUNTS = 500


async def wallet(play: Play, step: Mapping[str, Any], _: Scope) -> None:
    """Hold an account's money against what is expected."""
    play.needs_control("wallet")
    id = await play.account_id(step)
    listed = (await play.world.get("accounts", api=play.story.api, limit=_MOST_ACCOUNTS))["accounts"]
    account = next(each for each in listed if each["id"] == id)
    if account["wallet"] is None:
        raise Failed(f"{account['name']} has no wallet: messages cost nothing here")
    found = [
        difference
        for name in ("currency", "balance", "held")
        if name in step
        for difference in _amount(step[name], account["wallet"][name], name)
    ]
    if found:
        raise Failed(f"the wallet of {account['name']} is not as expected", found)


async def suppression(play: Play, step: Mapping[str, Any], _: Scope) -> None:
    """Hold against what is expected whether an address is suppressed."""
    play.needs_control("suppression")
    address = step["recipient"]
    listed = (await play.world.get("suppressions", account=await play.account_id(step), recipient=address))[
        "suppressions"
    ]
    if step.get("none"):
        if listed:
            raise Failed(f"{address} is suppressed, and was not to be", came=shown(listed[0]))
        return
    if not listed:
        raise Failed(f"{address} is not suppressed")
    found = differences(step["reason"], listed[0]["reason"], "reason") if "reason" in step else []
    if found:
        raise Failed(f"{address} is suppressed, but not as expected", found, came=shown(listed[0]))


def _amount(expected: Json, got: Json, name: str) -> list[Difference]:
    """The same amount can be written in several ways."""
    if matcher_of(expected) is None:
        try:
            if Decimal(str(expected)) == Decimal(str(got)):
                return []
        except InvalidOperation:
            pass
    return differences(expected, got, name)
