"""Who is asking, and may they: keys of partners, access tokens of agents.

A key proves a tenant's environment and has scopes. An agent's token proves the environment of the agent; it comes as
bearer or in the session cookie, and needs no scope. Which of them an operation takes stands in the contract;
the scope that a key needs stands in `SCOPES`, which a test holds against the contract.
"""

from collections.abc import Mapping
from datetime import timedelta
from functools import lru_cache

from emulator.core.errors import Forbidden, Unauthenticated
from emulator.core.rates import RateRule
from emulator.core.records import Credential
from emulator.dialects.tripdesk import tenants
from emulator.dialects.tripdesk.vocabulary import API, BURST, CALLS_PER_SECOND
from emulator.server.dialect import Call, Headers

PARTNER_KEY = "partnerKey"
AGENT_TOKEN = "agentToken"  # noqa: S105 - the name of a scheme
ADMIN_SESSION = "adminSession"
REFRESH_TOKEN = "refreshToken"  # noqa: S105 - the kind of a credential that no operation takes as one
SESSION_COOKIE = "td_session"

# Source: assumed as a whole; the vendor's page says only that keys are scoped to a partner.
SCOPES: Mapping[str, str] = {
    "sendMessage": "messages:write",
    "listMessages": "messages:read",
    "getMessage": "messages:read",
    "getBalance": "account:read",
    "listTransactions": "account:read",
    "listGateways": "account:read",
    "getUsage": "account:read",
    "listTemplates": "account:read",
    "listAuditLog": "account:read",
    "createContact": "contacts:write",
    "listContacts": "contacts:read",
    "getContact": "contacts:read",
    "updateContact": "contacts:write",
    "deleteContact": "contacts:write",
    "listConversations": "conversations:read",
    "getConversation": "conversations:read",
    "listConversationMessages": "conversations:read",
    "sendConversationMessage": "messages:write",
    "assignConversation": "conversations:write",
    "closeConversation": "conversations:write",
    "reopenConversation": "conversations:write",
}
ALL_SCOPES = tuple(dict.fromkeys(SCOPES.values()))


def authenticate(call: Call) -> None:
    """Find out who is asking (401) and whether they may (403). Operations without a scheme are left alone.

    Raises `Unauthenticated`, `Forbidden`.
    """
    operation = call.operation
    assert operation is not None
    if not operation.security:
        return
    credential = _credential(call, operation.security)
    account = call.world.store.accounts.rows[credential.account_id]
    if account.status == "requested":
        raise Unauthenticated("unknown")  # an evaluation that nobody has approved yet
    call.credential, call.account = credential, account
    if credential.user_id is not None:
        call.user = call.world.store.users.get(credential.user_id)
    if account.status != "active":
        raise Forbidden("tenant_suspended")
    scope = SCOPES.get(operation.id)
    if credential.kind == PARTNER_KEY and scope is not None and scope not in credential.scopes:
        raise Forbidden("scope_missing", scope=scope)


def rate_rule(call: Call) -> RateRule | None:
    """One window for each partner and environment, over all surfaces; None before the caller is known."""
    account = call.account
    if account is None:
        return None
    partner_id = tenants.partner_of(account)
    partner = call.world.store.accounts.rows.get(partner_id)
    limit = partner.extras.get("rate_limit") if partner is not None else None
    if not isinstance(limit, dict):
        return _usual_rule(partner_id, tenants.environment_of(account))
    return default_rate_rule(tenants.side_of(account), **{name: int(str(value)) for name, value in limit.items()})


# Nearly all callers are under it.
@lru_cache(maxsize=1024)
def _usual_rule(partner_id: str, environment: str) -> RateRule:
    return default_rate_rule(tenants.side(partner_id, environment))


@lru_cache(maxsize=1024)
def default_rate_rule(key: str = "", *, per_second: int = CALLS_PER_SECOND, burst: int = BURST) -> RateRule:
    """At most `burst` calls in the time in which `per_second` allows as many."""
    return RateRule(key, burst, timedelta(seconds=burst / per_second))


# Callers send the same few headers again and again.
@lru_cache(maxsize=64)
def bearer_token(value: bytes) -> str:
    """The token of an `Authorization` header; empty if it has none."""
    scheme, _, token = value.decode("latin-1").strip().partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""


def cookie_token(value: str) -> str:
    """The token of a `Cookie` header's session; empty if it has none."""
    for cookie in value.split(";"):
        name, _, token = cookie.strip().partition("=")
        if name == SESSION_COOKIE:
            return token.strip('"')
    return ""


def find_token(headers: Headers) -> str | None:
    """What selects a world: the bearer token, else the session of the cookie."""
    authorization = headers.get(b"authorization")
    if authorization is not None:
        return bearer_token(authorization) or None
    return cookie_token(headers.get(b"cookie", b"").decode("latin-1")) or None


def _credential(call: Call, schemes: tuple[str, ...]) -> Credential:
    """The credential of a call, of a kind that the operation takes."""
    authorization = call.one_value(b"authorization")
    if authorization is not None:
        # No credential has the kind of a session: that is an agent's token in a cookie.
        token, kinds = bearer_token(authorization), schemes
    elif ADMIN_SESSION in schemes:
        token, kinds = cookie_token(call.header(b"cookie") or ""), (AGENT_TOKEN,)
    else:
        raise Unauthenticated("missing")
    if not token:
        raise Unauthenticated("missing")
    credential = call.world.store.credentials_by_token.get((API, token))
    if credential is None or credential.kind not in kinds:
        raise Unauthenticated("unknown")
    if credential.revoked_at is not None:
        # Tokens end; only a key is ever revoked.
        raise Unauthenticated("revoked" if credential.kind == PARTNER_KEY else "expired")
    if credential.expires_at is not None and credential.expires_at <= call.now:
        raise Unauthenticated("expired")
    return credential
