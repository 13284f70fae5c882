"""Who is asking, and may they: API keys for services, sign-in sessions for people.

One table says what each operation needs; a test holds it against the contract.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta

from msgspec.structs import replace

from emulator.core.errors import FieldProblem, Forbidden, InvalidFields, MalformedRequest, NotFound, Unauthenticated
from emulator.core.rates import RateRule
from emulator.core.records import Account, Membership, Record, User
from emulator.dialects.raven.sessions import SESSION, SESSION_LENGTH, bearer_token, make_token, read_token
from emulator.dialects.raven.vocabulary import API, APP_NAME
from emulator.gateway.world import World
from emulator.server.dialect import Call

KEY = "ravenKey"
ADMIN_SCOPE = "admin:*"

# Source: Raven documentation, "Rate limits", read 2026-11; the window of sessions is assumed.
KEY_CALLS_PER_MINUTE = 1_000
SESSION_CALLS_PER_MINUTE = 300

_MINUTE = timedelta(minutes=1)
_SECOND = timedelta(seconds=1)


class Access(Record, frozen=True, kw_only=True):
    """What an operation needs.

    `scope` is that of a key, None if no key is taken. `roles` are those of a session, None if no session is taken;
    the empty tuple lets in every signed-in user and names no tenant. `sends` closes it to a suspended tenant.
    """

    scope: str | None = None
    roles: tuple[str, ...] | None = None
    sends: bool = False


_OPEN = Access()
_EVERY_ROLE = Access(scope=ADMIN_SCOPE, roles=("viewer", "member", "admin", "owner"))
_ADMINS = Access(scope=ADMIN_SCOPE, roles=("admin", "owner"))

# Source: Raven documentation, "Roles" and "API keys", read 2026-11; who may read or send from the dashboard is assumed.
ACCESS: Mapping[str, Access] = {
    "sendMessage": Access(scope="messages:send", sends=True),
    "listMessages": Access(scope="messages:read"),
    "getMessage": Access(scope="messages:read"),
    "sendDashboardMessage": Access(scope=ADMIN_SCOPE, roles=("member", "admin", "owner"), sends=True),
    "listDashboardMessages": _EVERY_ROLE,
    "getDashboardMessage": _EVERY_ROLE,
    "getMe": Access(roles=()),
    "createTenant": Access(roles=()),
    "listTenants": Access(scope=ADMIN_SCOPE, roles=()),
    "createApiKey": _ADMINS,
    "listApiKeys": _ADMINS,
    "revokeApiKey": _ADMINS,
    "createProvider": _ADMINS,
    "listProviders": _EVERY_ROLE,
    "deleteProvider": _ADMINS,
    "receiveEmailCallback": _OPEN,
    "receiveSmsCallback": _OPEN,
    "receiveWhatsappCallback": _OPEN,
    "createSuppression": _ADMINS,
    "listSuppressions": _EVERY_ROLE,
    "deleteSuppression": _ADMINS,
    "createSendingDomain": _ADMINS,
    "listSendingDomains": _ADMINS,
    "getSendingDomain": _ADMINS,
    "deleteSendingDomain": _ADMINS,
    "attachProviders": _ADMINS,
    "listVerifications": _ADMINS,
    "recheckVerification": _ADMINS,
    "deleteVerification": _ADMINS,
    "createOutboundWebhook": _ADMINS,
    "listOutboundWebhooks": _ADMINS,
    "getOutboundWebhook": _ADMINS,
    "deleteOutboundWebhook": _ADMINS,
    "listAuditLog": _ADMINS,
    "getOpenapi": _OPEN,
}


def authenticate(call: Call) -> None:
    """Find out who is asking (401) and whether they may (403).

    Raises `Unauthenticated`, `Forbidden`, and `InvalidFields` for a session that names no tenant.
    """
    access = ACCESS[call.operation_id]
    if access.roles is not None:
        _admit_person(call, access, access.roles)
    elif access.scope is not None:
        _admit_key(call, KEY)
        _require_scope(call, access.scope)
    else:
        return
    if access.sends and call.owner.status != "active":
        raise Forbidden("suspended")


def environment_of(call: Call) -> str:
    """The environment that a call acts in: its key's; for a session `live`, or what the query asks for."""
    if call.credential is not None:
        return call.credential.environment
    return str(call.query.get("environment", "live"))


def rate_rule(call: Call) -> RateRule | None:
    """A key has a window of its own, the sessions of a user share one."""
    credential = call.credential
    if credential is not None:
        return RateRule(credential.id, credential.rate_limit_per_minute or KEY_CALLS_PER_MINUTE, _MINUTE)
    if call.user is not None:
        return RateRule(call.user.id, SESSION_CALLS_PER_MINUTE, _MINUTE)
    return None


def sign_in(world: World, account: Account, user: str | None = None) -> tuple[dict[str, str], datetime]:
    """Headers of a fresh session for a user of an account, by id, e-mail or role; the first user if none is named.

    Raises `NotFound` for somebody who is not a member.
    """
    person = _member(world, account, user)
    expires_at = world.clock.now + SESSION_LENGTH
    headers = {
        "Authorization": f"Bearer {make_token(world, person, expires_at)}",
        "X-App-Name": APP_NAME,
        "X-Tenant-Slug": str(account.extras["slug"]),
    }
    return headers, expires_at


def _member(world: World, account: Account, user: str | None) -> User:
    for membership in world.store.memberships_by_account.get(account.id):
        person = world.store.users[membership.user_id]
        if user is None or user in (person.id, person.email, membership.role):
            return person
    raise NotFound("user", user or "")


def _admit_key(call: Call, scheme: str) -> None:
    """Take the key of a request. `scheme` is what is missing if there is none."""
    token = _one(call, b"x-raven-key", KEY)
    if not token:
        raise Unauthenticated("missing", scheme)
    store = call.world.store
    credential = store.credentials_by_token.get((API, token))
    if credential is None or credential.kind != KEY:
        raise Unauthenticated("unknown", KEY)
    now = call.now
    if credential.revoked_at is not None:
        raise Unauthenticated("revoked", KEY)
    if credential.expires_at is not None and credential.expires_at <= now:
        raise Unauthenticated("expired", KEY)
    # Kept to the second, so that a busy key is not written at each call.
    if credential.last_used_at is None or now - credential.last_used_at >= _SECOND:
        credential = store.credentials.put(replace(credential, last_used_at=now))
    call.credential = credential
    call.account = store.accounts[credential.account_id]


def _one(call: Call, name: bytes, scheme: str) -> str | None:
    """A credential's header. Two different ones prove nobody: the contract has a 401 everywhere, but not a 400."""
    try:
        return call.one_header(name)
    except MalformedRequest:
        raise Unauthenticated("malformed", scheme) from None


def _require_scope(call: Call, scope: str) -> None:
    assert call.credential is not None
    if scope not in call.credential.scopes:
        raise Forbidden("scope", scope=scope)


def _admit_person(call: Call, access: Access, roles: tuple[str, ...]) -> None:
    """Take a session, or in its place a key with the scope for administration."""
    if call.header(b"x-app-name") not in (None, APP_NAME):
        raise Unauthenticated("unknown", SESSION)
    token = bearer_token(_one(call, b"authorization", SESSION) or "")
    if token:
        call.user = read_token(call.world, token)
        if roles:
            call.account = _tenant_of(call, call.user, roles)
        return
    if access.scope is None:
        raise Unauthenticated("missing", SESSION)
    _admit_key(call, SESSION)
    assert call.credential is not None
    if access.scope not in call.credential.scopes:
        # An ordinary key proves nothing here; a session is what is missing.
        call.credential = call.account = None
        raise Unauthenticated("missing", SESSION)


def _tenant_of(call: Call, user: User, roles: tuple[str, ...]) -> Account:
    slug = call.header(b"x-tenant-slug")
    if not slug:
        raise InvalidFields([FieldProblem(("X-Tenant-Slug",), "required", place="header")])
    tenant = find_tenant(call.world, slug)
    membership = membership_of(call.world, user, tenant) if tenant is not None else None
    if tenant is None or membership is None or membership.status != "active":
        raise Forbidden("not-member", slug=slug)
    if membership.role not in roles:
        raise Forbidden("role", roles=_spoken(roles))
    return tenant


def find_tenant(world: World, slug: str) -> Account | None:
    """The tenant with this slug, or None."""
    entry = world.store.resources_by_key.get((API, "tenant-slug", slug))
    return None if entry is None else world.store.accounts.get(str(entry.content["account_id"]))


def membership_of(world: World, user: User, tenant: Account) -> Membership | None:
    """What a user is in a tenant, or None."""
    for membership in world.store.memberships_by_user.get(user.id):
        if membership.account_id == tenant.id:
            return membership
    return None


def _spoken(roles: tuple[str, ...]) -> str:
    """`member, admin or owner`."""
    *first, last = roles
    return f"{', '.join(first)} or {last}" if first else last
