"""Whom accounts must not write to, over all APIs."""

from collections.abc import Callable

from emulator.control.call import ControlCall, account_name, accounts_called
from emulator.control.pages import DEFAULT_LIMIT, page
from emulator.core.errors import Json
from emulator.core.moments import iso_milliseconds
from emulator.core.patterns import plain_address
from emulator.core.records import Suppression
from emulator.gateway.world import World
from emulator.server.dialect import Reply, json_reply

Keep = Callable[[Suppression], bool]


async def list_suppressions(call: ControlCall) -> Reply:
    """A page of suppressions, newest first."""
    found = await page(
        call.world,
        call.world.store.suppressions,
        list(call.world.store.suppressions.rows),
        limit=call.query.get("limit", DEFAULT_LIMIT),
        cursor=call.query.get("cursor"),
        keep=_filter(call),
    )
    suppressions: list[Json] = [_suppression(call.world, each) for each in found.records]
    return json_reply(200, {"suppressions": suppressions, "next": found.next_cursor})


def _filter(call: ControlCall) -> Keep | None:
    query, accounts = call.query, call.world.store.accounts
    api = query.get("api")
    keeps: list[Keep] = []
    if api is not None:
        call.dialect(api, place="query")
        keeps.append(lambda each: (account := accounts.get(each.account_id)) is not None and account.api == api)
    if "account" in query:
        ids = frozenset(account.id for account in accounts_called(call, query["account"], api))
        keeps.append(lambda each: each.account_id in ids)
    if "recipient" in query:
        wanted = plain_address(query["recipient"])
        keeps.append(lambda each: plain_address(each.address) == wanted)
    return (lambda each: all(keep(each) for keep in keeps)) if keeps else None


def _suppression(world: World, suppression: Suppression) -> dict[str, Json]:
    account = world.store.accounts.get(suppression.account_id)
    return {
        "id": suppression.id,
        "api": account.api if account is not None else None,
        "account": account_name(world, suppression.account_id),
        "environment": suppression.environment,
        "channel": suppression.channel.value,
        "recipient": suppression.address,
        "reason": suppression.reason,
        "created_at": iso_milliseconds(suppression.created_at),
    }
