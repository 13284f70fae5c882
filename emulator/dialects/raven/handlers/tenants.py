"""Tenants: the accounts of this API."""

from collections.abc import Iterator, Mapping
from re import sub
from unicodedata import normalize

from emulator.core.errors import AlreadyExists, Json
from emulator.core.moments import iso_milliseconds
from emulator.core.records import Account, Membership, Resource
from emulator.dialects.raven import audit
from emulator.dialects.raven.auth import find_tenant
from emulator.dialects.raven.vocabulary import API
from emulator.gateway.world import World
from emulator.server.dialect import Call, Handler, Reply, json_reply

# Source: Raven documentation, "Tenants", read 2026-11; the longest slug and the currency are assumed.
_LONGEST_SLUG = 40
_DEFAULTS: Mapping[str, Json] = {"country_code": None, "default_locale": "en", "default_tz": "Africa/Nairobi"}
_PLAN = "free"
_CURRENCY = "KES"


def create_tenant(call: Call) -> Reply:
    """Make a tenant; the signed-in user becomes its owner."""
    assert call.user is not None
    world, members = call.world, call.members
    slug = _free_slug(world, str(members["name"]), members.get("slug"))
    tenant = world.store.accounts.put(_tenant(world, members, slug))
    world.store.resources.put(_slug_entry(world, tenant, slug))
    world.store.memberships.put(
        Membership(id=world.ids.uuid("membership"), user_id=call.user.id, account_id=tenant.id, role="owner")
    )
    audit.record(call, "tenant.create", "tenant", tenant.id, metadata={"slug": slug}, account_id=tenant.id)
    return json_reply(201, render_tenant(tenant))


def list_tenants(call: Call) -> Reply:
    """List the tenants that a person belongs to, or the one of a key."""
    return json_reply(200, [render_tenant(tenant) for tenant in _tenants(call)])


def render_tenant(tenant: Account) -> dict[str, Json]:
    """A tenant as the API shows it."""
    extras = {**_DEFAULTS, **tenant.extras}
    return {
        "id": tenant.id,
        "slug": extras["slug"],
        "name": extras.get("title", tenant.name),
        "status": tenant.status,
        "plan": extras.get("plan", _PLAN),
        "countryCode": extras["country_code"],
        "defaultLocale": extras["default_locale"],
        "defaultTz": extras["default_tz"],
        "createdAt": iso_milliseconds(tenant.created_at),
    }


def _tenants(call: Call) -> Iterator[Account]:
    if call.user is None:
        yield call.owner
        return
    for membership in call.world.store.memberships_by_user.get(call.user.id):
        yield call.world.store.accounts[membership.account_id]


def _tenant(world: World, members: Mapping[str, Json], slug: str) -> Account:
    extras: dict[str, Json] = {
        "slug": slug,
        "title": members["name"],
        "plan": _PLAN,
        "country_code": members.get("countryCode"),
        "default_locale": members.get("defaultLocale", _DEFAULTS["default_locale"]),
        "default_tz": members.get("defaultTz", _DEFAULTS["default_tz"]),
        "outbound_webhooks": False,
        "extra_providers": [],
    }
    return Account(
        id=world.ids.uuid("account"),
        api=API,
        name=str(members["name"]),
        created_at=world.clock.now,
        currency=_CURRENCY,
        extras=extras,
    )


def _slug_entry(world: World, tenant: Account, slug: str) -> Resource:
    return Resource(
        id=world.ids.uuid("tenant slug"),
        account_id=API,
        kind="tenant-slug",
        key=slug,
        created_at=world.clock.now,
        content={"account_id": tenant.id},
    )


def _free_slug(world: World, name: str, wanted: Json) -> str:
    """The wanted slug, or the first free one made from the name. Raises `AlreadyExists` for a wanted one."""
    if isinstance(wanted, str):
        if find_tenant(world, wanted) is not None:
            raise AlreadyExists("tenant", wanted)
        return wanted
    derived = slug_of(name)
    slug, number = derived, 1
    while find_tenant(world, slug) is not None:
        number += 1
        ending = f"-{number}"
        slug = derived[: _LONGEST_SLUG - len(ending)].rstrip("-") + ending
    return slug


def slug_of(name: str) -> str:
    """A slug made from a name: `Kilima Ltd` -> `kilima-ltd`."""
    plain = normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    return sub("[^a-z0-9]+", "-", plain).strip("-")[:_LONGEST_SLUG].rstrip("-") or "tenant"


HANDLERS: Mapping[str, Handler] = {"createTenant": create_tenant, "listTenants": list_tenants}
