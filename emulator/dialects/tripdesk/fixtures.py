"""The tenant of a new world, in both environments, and how any other tenant is made.

With them the request on the vendor's page works with nothing but host and key changed. All of it is assumed. The two
environments are equal but for their ids, keys and passwords. Ids are the same in every world. Keys and passwords are
constants in the default world, and elsewhere follow from the world's name; there the default world's keys open the same
doors, behind the world's prefix only.
"""

from collections.abc import Mapping

from msgspec.structs import replace

from emulator.core import wallet
from emulator.core.errors import Json
from emulator.core.ids import derived_secret
from emulator.core.records import (
    Account,
    Channel,
    Contact,
    Conversation,
    Credential,
    Membership,
    Resource,
    Template,
    User,
)
from emulator.dialects.tripdesk import contacts, gateways, templates, tenants
from emulator.dialects.tripdesk.auth import AGENT_TOKEN, ALL_SCOPES, PARTNER_KEY
from emulator.dialects.tripdesk.identifiers import fixture_id
from emulator.dialects.tripdesk.vocabulary import (
    API,
    CHANNELS,
    CURRENCY,
    ENVIRONMENTS,
    LANGUAGE,
    SANDBOX_BALANCE_MICROS,
    TEST,
)
from emulator.gateway.world import DEFAULT_WORLD, World

SLUG = "acme"
STANDING = "standing"  # the device of a token that nobody signed in for
AUDIENCE = "audience_all"
CONTACT = {"external_id": "crm-8841", "name": "Rupa Sen", "phone": "+15557654321", "email": "rupa@example.com"}
AGENTS: Mapping[str, str] = {"maya": "Maya Otieno", "sam": "Sam Keller"}


def furnish(world: World) -> None:
    """Put the fixtures into a new world."""
    add_tenant(world, SLUG, "Acme Travel")


def add_tenant(world: World, slug: str, name: str) -> tuple[Account, ...]:
    """Make a partner with a tenant that is ready to send in both environments; gives the accounts, production first."""
    return tuple(add_side(world, slug, name, environment) for environment in ENVIRONMENTS)


def add_side(
    world: World,
    slug: str,
    name: str,
    environment: str,
    *,
    status: str = "active",
    balance_micros: int = SANDBOX_BALANCE_MICROS,
    furnished: bool = True,
) -> Account:
    """Make one environment of a tenant, and its partner if need be: wallet, key, gateways and agents.

    `furnished` adds a template, a contact and a conversation to start with.
    """
    account = _put_account(world, slug, name, environment, status)
    wallet.open_wallet(world.store, world.ids, account.id, CURRENCY, balance_micros, at=world.clock.now)
    _add_keys(world, account)
    for channel in CHANNELS:
        _add_gateway(world, account, channel)
    for first_name, full_name in AGENTS.items():
        _add_agent(world, account, first_name, full_name)
    if furnished:
        _add_template(world, account)
        _add_conversation(world, account, _add_contact(world, account))
    return account


def key_of(world_name: str, slug: str, environment: str) -> str:
    """A tenant's key: `ak_live_` or `ak_test_` and 32 base-62 characters."""
    return f"ak_{environment}_{derived_secret(API, world_name, slug, environment)}"


def password_of(world_name: str, slug: str, environment: str, first_name: str) -> str:
    """An agent's password. The two environments differ in nothing else that an agent signs in with."""
    if world_name == DEFAULT_WORLD:
        return "parrotfish-sandbox" if environment == TEST else "parrotfish"
    return derived_secret(API, world_name, slug, environment, first_name, length=16)


def _put_account(world: World, slug: str, name: str, environment: str, status: str) -> Account:
    store, now = world.store, world.clock.now
    partner_id = fixture_id("ptr", slug)
    if partner_id not in store.accounts:
        store.accounts.put(Account(id=partner_id, api=API, name=f"{slug} (partner)", created_at=now, currency=CURRENCY))
    account = store.accounts.put(
        Account(
            id=fixture_id("ten", slug, environment),
            api=API,
            name=slug,
            created_at=now,
            status=status,
            currency=CURRENCY,
            parent_id=partner_id,
            extras={"slug": slug, "title": name, "environment": environment, "language": LANGUAGE},
        )
    )
    _note_side(world, slug, environment, account.id)
    return account


def _note_side(world: World, slug: str, environment: str, account_id: str) -> None:
    known = tenants.find(world, slug) or Resource(
        id=fixture_id("ten", slug), account_id=API, kind=tenants.KIND, key=slug, created_at=world.clock.now
    )
    sides = known.content.get("accounts")
    accounts: dict[str, Json] = {**(sides if isinstance(sides, dict) else {}), environment: account_id}
    world.store.resources.put(replace(known, content={**known.content, "accounts": accounts}))


def _add_keys(world: World, account: Account) -> None:
    _add_key(world, account, world.name, owned=True)
    if not world.is_default:
        _add_key(world, account, DEFAULT_WORLD, owned=False)


def _add_key(world: World, account: Account, named_after: str, *, owned: bool) -> None:
    slug, environment = tenants.slug_of(account), tenants.environment_of(account)
    world.store.credentials.put(
        Credential(
            id=fixture_id("key", slug, environment, "own" if owned else "well-known"),
            token=key_of(named_after, slug, environment),
            api=API,
            account_id=account.id,
            kind=PARTNER_KEY,
            created_at=world.clock.now,
            environment=environment,
            name="Access key",
            scopes=ALL_SCOPES,
            owned=owned,
        )
    )


def _add_gateway(world: World, account: Account, channel: Channel) -> None:
    world.store.resources.put(
        Resource(
            id=_id(account, "gw", channel),
            account_id=account.id,
            kind=gateways.KIND,
            created_at=world.clock.now,
            content=gateways.gateway_content(channel),
        )
    )


def _add_agent(world: World, account: Account, first_name: str, full_name: str) -> None:
    slug = tenants.slug_of(account)
    agent = world.store.users.put(
        User(
            id=_id(account, "agt", first_name),
            api=API,
            email=f"{first_name}@{slug}.example",
            name=full_name,
            password=password_of(world.name, slug, tenants.environment_of(account), first_name),
            created_at=world.clock.now,
        )
    )
    world.store.memberships.put(
        Membership(id=_id(account, "mbr", first_name), user_id=agent.id, account_id=account.id, role="agent")
    )
    _add_standing_token(world, account, agent, world.name, owned=True)
    if not world.is_default:
        _add_standing_token(world, account, agent, DEFAULT_WORLD, owned=False)


def _add_standing_token(world: World, account: Account, agent: User, named_after: str, *, owned: bool) -> None:
    """An access token that was always there and never ends: for whoever wants to try a call without signing in."""
    world.store.credentials.put(
        Credential(
            id=f"{agent.id}/{'own' if owned else 'well-known'}",
            token="mat_" + derived_secret(API, named_after, agent.id, "token", length=40),
            api=API,
            account_id=account.id,
            kind=AGENT_TOKEN,
            created_at=world.clock.now,
            environment=tenants.environment_of(account),
            name=STANDING,
            user_id=agent.id,
            owned=owned,
        )
    )


def _add_template(world: World, account: Account) -> None:
    name = "order_confirmation"
    world.store.templates.put(
        Template(
            id=_id(account, "tpl", name),
            account_id=account.id,
            key=name,
            variables=("name", "order_id", "eta"),
            text="Hi {{name}}, your order {{order_id}} arrives in {{eta}}.",
        )
    )
    world.store.resources.put(
        Resource(
            id=_id(account, "tpd", name),
            account_id=account.id,
            kind=templates.KIND,
            key=name,
            created_at=world.clock.now,
            content={"channel": "whatsapp", "languages": [LANGUAGE], "status": templates.APPROVED},
        )
    )


def _add_contact(world: World, account: Account) -> Contact:
    now = world.clock.now
    content: dict[str, Json] = {"phone": CONTACT["phone"], "email": CONTACT["email"], "language": LANGUAGE}
    return world.store.contacts.put(
        Contact(
            id=_id(account, "ctc", "rupa"),
            account_id=account.id,
            created_at=now,
            updated_at=now,
            addresses=contacts.addresses_of(content),
            external_id=CONTACT["external_id"],
            name=CONTACT["name"],
            content=content,
        )
    )


def _add_conversation(world: World, account: Account, contact: Contact) -> None:
    now = world.clock.now
    world.store.conversations.put(
        Conversation(
            id=_id(account, "cnv", "rupa"),
            account_id=account.id,
            channel=Channel.WHATSAPP,
            sender="",
            person=contact.id,
            contact_id=contact.id,
            created_at=now,
            updated_at=now,
            extras={"address": CONTACT["phone"]},
        )
    )


def _id(account: Account, prefix: str, name: str) -> str:
    return fixture_id(prefix, tenants.slug_of(account), tenants.environment_of(account), name)
