"""Tenants: each environment of one is an account of its own, and both belong to a partner.

A tenant's two accounts share nothing but what is kept here and at the partner: the slug by which agents sign in, and
the rate limit.
"""

from collections.abc import Mapping
from typing import Any, cast

from emulator.core.errors import Json
from emulator.core.records import Account, Resource
from emulator.dialects.tripdesk.vocabulary import API, LIVE
from emulator.gateway.world import World

KIND = "tenant"


def environment_of(account: Account) -> str:
    """The environment that an account is: `live` or `test`."""
    return str(account.extras["environment"])


def slug_of(account: Account) -> str:
    """The slug of an account's tenant."""
    return str(account.extras["slug"])


def partner_of(account: Account) -> str:
    """The id of the partner that an account belongs to."""
    return account.parent_id or account.id


def side_of(account: Account) -> str:
    """What an account's partner and environment are told apart by: `ptr_.../live`."""
    return side(partner_of(account), environment_of(account))


def side(partner_id: str, environment: str) -> str:
    """The same, of a partner and an environment."""
    return f"{partner_id}/{environment}"


def find(world: World, slug: str) -> Resource | None:
    """What the environments of a tenant share: a resource whose `content` maps an environment to its account."""
    return world.store.resources_by_key.get((API, KIND, slug))


def accounts_of(world: World, slug: str) -> tuple[Account, ...]:
    """A tenant's accounts, production first; none if there is no such tenant."""
    tenant = find(world, slug)
    if tenant is None:
        return ()
    sides = cast("Mapping[str, Any]", tenant.content["accounts"])
    return tuple(world.store.accounts[id] for _, id in sorted(sides.items(), key=lambda side: side[0] != LIVE))


def setting(account: Account, name: str, default: Json) -> Json:
    """A fact of the account, or what holds if it says nothing of it."""
    return account.extras.get(name, default)
