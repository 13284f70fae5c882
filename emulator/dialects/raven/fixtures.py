"""The tenants of a new world.

With them the two examples of "Send a message" work with nothing but host and key changed. All of it is assumed.
Ids are the same in every world. Keys and passwords are constants in the default world, and elsewhere follow from the
names of world and tenant; there the default world's keys open the same doors, behind the world's prefix only.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from emulator.core.errors import Json
from emulator.core.ids import derived_secret, derived_uuid
from emulator.core.moments import iso_milliseconds
from emulator.core.records import (
    Account,
    Channel,
    Connection,
    Credential,
    Membership,
    Resource,
    Template,
    User,
)
from emulator.dialects.raven import domains
from emulator.dialects.raven.auth import KEY
from emulator.dialects.raven.sessions import issuer_credential
from emulator.dialects.raven.vocabulary import API
from emulator.gateway.world import DEFAULT_WORLD, World

DEFAULT_SCOPES = ("messages:send", "messages:read")
ROLES = ("owner", "admin", "member", "viewer")
SENDING_DOMAIN = "mail.acme.co.ke"
SENDER = f"orders@{SENDING_DOMAIN}"


class _Tenant(NamedTuple):
    slug: str
    name: str
    environments: tuple[str, ...]
    roles: tuple[str, ...]


# The one to use comes last: lists of accounts begin with the newest.
_TENANTS = (
    _Tenant("kilima", "Kilima Ltd", ("live",), ("owner",)),
    _Tenant("acme", "Acme Ltd", ("live", "test"), ROLES),
)

# The live key of the documentation's examples begins so.
_KNOWN_PREFIXES = {("acme", "live"): "a3f7b2c1"}


def furnish(world: World) -> None:
    """Put the fixtures into a new world."""
    world.store.credentials.put(issuer_credential(world))
    for tenant in _TENANTS:
        add_tenant(world, *tenant)
    add_connections(world, "acme")
    _register_domain(world)
    _add_template(world)


def fixture_id(*parts: str) -> str:
    """The id of a fixture: a tenant's by `("tenant", slug)`, say."""
    return derived_uuid(API, *parts)


def key_of(world_name: str, slug: str, environment: str) -> str:
    """A fixture tenant's key: `rk_<environment>_<8 hex>_<32 base-62>`."""
    known = _KNOWN_PREFIXES.get((slug, environment)) if world_name == DEFAULT_WORLD else None
    prefix = known or derived_uuid(API, world_name, slug, environment, "prefix")[:8]
    return f"rk_{environment}_{prefix}_{derived_secret(API, world_name, slug, environment)}"


def add_tenant(
    world: World,
    slug: str,
    name: str,
    environments: Sequence[str] = ("live", "test"),
    roles: Sequence[str] = ROLES,
) -> Account:
    """Make a tenant that a slug leads to, with a key of each environment and a user of each role."""
    account = _put_account(world, slug, name)
    for environment in environments:
        _add_keys(world, slug, environment)
    for role in roles:
        _add_user(world, slug, role)
    return account


def _put_account(world: World, slug: str, name: str) -> Account:
    account = Account(
        id=fixture_id("tenant", slug),
        api=API,
        name=slug,
        created_at=world.clock.now,
        currency="KES",
        extras={
            "slug": slug,
            "title": name,
            "plan": "free",
            "country_code": "KE",
            "default_locale": "en",
            "default_tz": "Africa/Nairobi",
            "outbound_webhooks": False,
            "extra_providers": [],
        },
    )
    world.store.resources.put(
        Resource(
            id=fixture_id("slug", slug),
            account_id=API,
            kind="tenant-slug",
            key=slug,
            content={"account_id": account.id},
            created_at=world.clock.now,
        )
    )
    return world.store.accounts.put(account)


def _add_keys(world: World, slug: str, environment: str) -> None:
    _add_key(world, slug, environment, world.name, owned=True)
    if not world.is_default:
        _add_key(world, slug, environment, DEFAULT_WORLD, owned=False)


def _add_key(world: World, slug: str, environment: str, named_after: str, *, owned: bool) -> None:
    world.store.credentials.put(
        Credential(
            id=fixture_id("key", slug, environment, "own" if owned else "well-known"),
            token=key_of(named_after, slug, environment),
            api=API,
            account_id=fixture_id("tenant", slug),
            kind=KEY,
            created_at=world.clock.now,
            environment=environment,
            name=f"{environment.capitalize()} key",
            scopes=DEFAULT_SCOPES,
            owned=owned,
        )
    )


def _add_user(world: World, slug: str, role: str) -> None:
    user = world.store.users.put(
        User(
            id=fixture_id("user", slug, role),
            api=API,
            email=f"{role}@{slug}.example",
            name=f"{slug.capitalize()} {role}",
            password="parrotfish" if world.is_default else derived_secret(API, world.name, slug, role, length=16),
            created_at=world.clock.now,
        )
    )
    world.store.memberships.put(
        Membership(
            id=fixture_id("membership", slug, role),
            user_id=user.id,
            account_id=fixture_id("tenant", slug),
            role=role,
        )
    )


def add_connections(world: World, slug: str) -> None:
    """Connect a provider for SMS and one for mail."""
    sms: dict[str, Json] = {"username": slug, "sender_id": slug.upper()[:11], "region": "KE"}
    mail: dict[str, Json] = {"from_email": SENDER, "from_name": slug.capitalize(), "message_stream": "outbound"}
    _add_connection(world, slug, "africas_talking", Channel.SMS, sms, {"api_key": "at-api-key"})
    _add_connection(world, slug, "postmark", Channel.EMAIL, mail, {"server_token": "postmark-server-token"})


def _add_connection(
    world: World, slug: str, provider: str, channel: Channel, public: Mapping[str, Json], secret: Mapping[str, Json]
) -> None:
    world.store.connections.put(
        Connection(
            id=fixture_id("connection", slug, provider),
            account_id=fixture_id("tenant", slug),
            provider=provider,
            channel=channel,
            label="SMS" if channel is Channel.SMS else "Mail",
            public=public,
            secret=secret,
            status="verified",
            created_at=world.clock.now,
        )
    )


def _register_domain(world: World) -> None:
    now = world.clock.now
    world.store.resources.put(
        Resource(
            id=fixture_id("sending-domain", "acme", SENDING_DOMAIN),
            account_id=fixture_id("tenant", "acme"),
            kind=domains.KIND,
            key=SENDING_DOMAIN,
            content={
                "dmarc_record": "v=DMARC1; p=none",
                "dmarc_managed": False,
                "verifications": [_verification(now)],
            },
            created_at=now,
        )
    )


def _verification(now: datetime) -> dict[str, Json]:
    at = iso_milliseconds(now)
    return {
        "id": fixture_id("verification", "acme", SENDING_DOMAIN, "postmark"),
        "provider": "postmark",
        "provider_config_id": fixture_id("connection", "acme", "postmark"),
        "registration_state": "registered",
        "provider_domain_id": "1042",
        "verification_state": "verified",
        "dns_records": [
            {"type": "TXT", "host": f"pm._domainkey.{SENDING_DOMAIN}", "value": "k=rsa; p=MIGfMA0", "note": "DKIM"},
            {"type": "CNAME", "host": f"pm-bounces.{SENDING_DOMAIN}", "value": "pm.mtasv.net", "note": "Return-Path"},
        ],
        "registration_error": None,
        "last_checked_at": at,
        "last_check_error": None,
        "verified_at": at,
        "attached_at": at,
    }


def _add_template(world: World) -> None:
    world.store.templates.put(
        Template(
            id=fixture_id("template", "acme", "order_confirmation"),
            account_id=fixture_id("tenant", "acme"),
            key="order_confirmation",
            variables=("name", "order_id"),
            text="Hi {{name}}, your order #{{order_id}} is on its way.",
            subject="Your order #{{order_id}} is on its way",
            html="<p>Hi {{name}}, your order #{{order_id}} is on its way.</p>",
        )
    )
