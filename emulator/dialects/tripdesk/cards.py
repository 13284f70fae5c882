"""What is ready to use in a world: listed for strangers."""

from emulator.core.errors import Json
from emulator.core.records import Account, Credential
from emulator.dialects.tripdesk import gateways, templates, tenants
from emulator.dialects.tripdesk.auth import ADMIN_SESSION, AGENT_TOKEN, PARTNER_KEY, SESSION_COOKIE
from emulator.dialects.tripdesk.fixtures import AUDIENCE, STANDING
from emulator.dialects.tripdesk.tokens import agents_of
from emulator.dialects.tripdesk.vocabulary import API
from emulator.gateway.world import World
from emulator.server.dialect import AccountCard


def describe(world: World) -> tuple[AccountCard, ...]:
    """One card for each tenant and environment that has a key and may use it."""
    cards: list[AccountCard] = []
    for account in world.store.accounts_by_api.get(API):
        key = next((key for key in world.store.credentials_by_account.get(account.id) if _shows(key)), None)
        if key is not None and account.status != "requested":
            cards.append(_card(world, account, key))
    return tuple(cards)


def _shows(credential: Credential) -> bool:
    return credential.kind == PARTNER_KEY and credential.owned and credential.revoked_at is None


def _card(world: World, account: Account, key: Credential) -> AccountCard:
    return AccountCard(
        id=account.id,
        name=tenants.slug_of(account),
        environment=tenants.environment_of(account),
        credentials={PARTNER_KEY: {"Authorization": f"Bearer {key.token}"}, **_of_agents(world, account)},
        parameters=_parameters(world, account),
        fixtures={
            "channels": _channels(world, account),
            "agents": _agents(world, account),
            "templates": _templates(world, account),
            "users": [
                {"email": agent.email, "password": agent.password, "role": "agent"}
                for agent in agents_of(world, account)
            ],
        },
    )


def _of_agents(world: World, account: Account) -> dict[str, dict[str, str]]:
    """The first agent's standing token, as both ways to show it."""
    for each in world.store.credentials_by_account.get(account.id):
        if each.kind == AGENT_TOKEN and each.name == STANDING and each.owned and each.revoked_at is None:
            return {
                AGENT_TOKEN: {"Authorization": f"Bearer {each.token}"},
                ADMIN_SESSION: {"Cookie": f"{SESSION_COOKIE}={each.token}"},
            }
    return {}


def _parameters(world: World, account: Account) -> dict[str, Json]:
    store = world.store
    parameters: dict[str, Json] = {"tenant": tenants.slug_of(account), "to": "+15551234567", "audience": AUDIENCE}
    gateway = next(gateways.gateways(store, account.id), None)
    contact = next(store.contacts_by_account.get(account.id), None)
    conversation = next(store.conversations_by_account.get(account.id), None)
    template = next(templates.templates(store, account.id), None)
    agent = next(agents_of(world, account), None)
    named = {"gateway_id": gateway, "contact_id": contact, "conversation_id": conversation, "agent_id": agent}
    parameters.update({name: record.id for name, record in named.items() if record is not None})
    if contact is not None and contact.external_id is not None:
        parameters["external_id"] = contact.external_id
    if template is not None:
        parameters["template"] = template.key
    if agent is not None:
        parameters["email"], parameters["password"] = agent.email, agent.password
    return parameters


def _channels(world: World, account: Account) -> list[Json]:
    return [
        {"id": each.id, "channel": gateways.channel_of(each).value, "state": gateways.status_of(each)}
        for each in gateways.gateways(world.store, account.id)
    ]


def _agents(world: World, account: Account) -> list[Json]:
    return [{"id": agent.id, "name": agent.name, "email": agent.email} for agent in agents_of(world, account)]


def _templates(world: World, account: Account) -> list[Json]:
    return [
        {"key": each.key, "variables": list(each.variables)} for each in templates.templates(world.store, account.id)
    ]
