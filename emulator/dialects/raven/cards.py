"""What is ready to use in a world: listed for strangers."""

from emulator.core.errors import Json
from emulator.core.records import Account, Credential
from emulator.dialects.raven import domains
from emulator.dialects.raven.auth import KEY
from emulator.dialects.raven.sessions import SESSION
from emulator.dialects.raven.vocabulary import API
from emulator.gateway.world import World
from emulator.server.dialect import AccountCard


def describe(world: World) -> tuple[AccountCard, ...]:
    """One card for each tenant and environment that has a key; tenants that have a provider come first."""
    cards: list[AccountCard] = []
    connected = world.store.connections_by_account
    for account in sorted(world.store.accounts_by_api.get(API), key=lambda account: not connected.ids(account.id)):
        keys = [key for key in world.store.credentials_by_account.get(account.id) if _shows(key)]
        for environment in ("live", "test"):
            key = next((key for key in keys if key.environment == environment), None)
            if key is not None:
                cards.append(_card(world, account, key))
    return tuple(cards)


def _shows(credential: Credential) -> bool:
    return credential.kind == KEY and credential.owned and credential.revoked_at is None


def _card(world: World, account: Account, key: Credential) -> AccountCard:
    return AccountCard(
        id=account.id,
        name=str(account.extras["slug"]),
        environment=key.environment,
        credentials={KEY: {"X-Raven-Key": key.token}},
        session=SESSION if world.store.memberships_by_account.ids(account.id) else None,
        parameters=_parameters(world, account),
        fixtures={
            "users": _users(world, account),
            "templates": _templates(world, account),
            "senders": _senders(world, account),
        },
    )


def _parameters(world: World, account: Account) -> dict[str, Json]:
    parameters: dict[str, Json] = {"tenantId": account.id, "to": "+254722000000"}
    connection = next(world.store.connections_by_account.get(account.id), None)
    if connection is not None:
        parameters["provider"] = connection.provider
    senders = _senders(world, account)
    if senders:
        parameters["from"] = senders[0]
    return parameters


def _users(world: World, account: Account) -> list[Json]:
    users: list[Json] = []
    for membership in world.store.memberships_by_account.get(account.id):
        user = world.store.users[membership.user_id]
        users.append({"email": user.email, "password": user.password, "role": membership.role})
    return users


def _templates(world: World, account: Account) -> list[Json]:
    return [
        {"key": template.key, "variables": list(template.variables)}
        for template in world.store.templates
        if template.account_id == account.id
    ]


def _senders(world: World, account: Account) -> list[Json]:
    return [f"orders@{domain.key}" for domain in domains.domains(world.store, account.id)]
