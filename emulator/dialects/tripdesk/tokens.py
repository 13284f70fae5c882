"""Sessions of agents: an access token for an hour, and a refresh token that can be used once.

Source: "token-based auth" is all that the vendor's page says, read 2026-11; form, length and renewal are assumed.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import NamedTuple

from msgspec.structs import replace

from emulator.core.errors import Json, NotFound, Unauthenticated
from emulator.core.records import Account, Credential, User
from emulator.dialects.tripdesk import tenants
from emulator.dialects.tripdesk.auth import AGENT_TOKEN, REFRESH_TOKEN
from emulator.dialects.tripdesk.vocabulary import API
from emulator.gateway.world import World

ACCESS_LENGTH = timedelta(hours=1)
_SECRET_LENGTH = 40

# The two credentials of a session have its id, and these endings.
_ACCESS, _REFRESH = "/access", "/refresh"


class Session(NamedTuple):
    """What an agent got by signing in."""

    agent: User
    access: Credential
    refresh: Credential


def find_agent(world: World, slug: str, email: str, password: str) -> tuple[Account, User]:
    """The agent with an e-mail address and a password, and the environment of the tenant that the agent belongs to.

    Raises `Unauthenticated`.
    """
    for account in tenants.accounts_of(world, slug):
        for agent in agents_of(world, account):
            if agent.email.lower() == email.lower() and agent.password == password:
                return account, agent
    raise Unauthenticated("password")


def open_session(world: World, account: Account, agent: User, *, device: str = "") -> Session:
    """Give an agent new tokens. `device` is what the agent calls the device."""
    id = f"session-{world.ids.number('agent session')}"
    now = world.clock.now

    def credential(ending: str, prefix: str, kind: str, expires_at: datetime | None) -> Credential:
        return world.store.credentials.put(
            Credential(
                id=id + ending,
                token=prefix + world.ids.secret(kind, _SECRET_LENGTH),
                api=API,
                account_id=account.id,
                kind=kind,
                created_at=now,
                environment=tenants.environment_of(account),
                name=device,
                user_id=agent.id,
                expires_at=expires_at,
            )
        )

    return Session(
        agent,
        credential(_ACCESS, "mat_", AGENT_TOKEN, now + ACCESS_LENGTH),
        credential(_REFRESH, "mrt_", REFRESH_TOKEN, None),
    )


def use_refresh_token(world: World, token: str) -> Credential:
    """The refresh token that a text is. Raises `Unauthenticated` for one that is unknown or was used."""
    credential = world.store.credentials_by_token.get((API, token))
    if credential is None or credential.kind != REFRESH_TOKEN or credential.revoked_at is not None:
        raise Unauthenticated("expired")
    return credential


def close_session(world: World, credential: Credential) -> None:
    """Let both tokens of a session die; `credential` is either of them.

    A standing token belongs to no session and stands for ever, as the key does: signing out with it ends nothing, or
    one call would take the credential that is listed for everybody away from all who share the world.
    """
    id = credential.id.partition("/")[0]
    for ending in (_ACCESS, _REFRESH):
        each = world.store.credentials.get(id + ending)
        if each is not None:
            world.store.credentials.put(replace(each, revoked_at=world.clock.now))


def agents_of(world: World, account: Account) -> Iterator[User]:
    """The agents of an environment of a tenant, oldest first."""
    for membership in world.store.memberships_by_account.get(account.id):
        yield world.store.users[membership.user_id]


def sign_in(world: World, account: Account, user: str | None = None) -> tuple[dict[str, str], datetime]:
    """Headers of a fresh session for an agent of an account, by id or e-mail; the first agent if none is named.

    Raises `NotFound` for somebody who is no agent there.
    """
    for agent in agents_of(world, account):
        if user is None or user in (agent.id, agent.email):
            session = open_session(world, account, agent)
            return {"Authorization": f"Bearer {session.access.token}"}, world.clock.now + ACCESS_LENGTH
    raise NotFound("user", user or "")


def render_session(session: Session) -> dict[str, Json]:
    """A session as the API shows it."""
    return {
        "access_token": session.access.token,
        "token_type": "Bearer",
        "expires_in": int(ACCESS_LENGTH.total_seconds()),
        "refresh_token": session.refresh.token,
        "agent": render_agent(session.agent),
    }


def render_agent(agent: User) -> dict[str, Json]:
    """An agent as answers and events show one."""
    return {"id": agent.id, "name": agent.name, "email": agent.email}
