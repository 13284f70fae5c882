"""Who is asking, what they may do, and how often: API keys with a role, and rate limits by kind of operation.

One table says what each operation needs; a test holds it against the contract. Permission stands late in this API's
order of checks, so a handler asks for it (`permit`) once it has found what the request names.
"""

from collections.abc import Mapping
from functools import lru_cache
from math import ceil

from emulator.core.errors import Forbidden, MalformedRequest, Unauthenticated
from emulator.core.rates import RateRule, unlimited
from emulator.core.records import Credential, Record
from emulator.dialects.arowana import tiers
from emulator.dialects.arowana.vocabulary import API, CALLS_PER_WINDOW, RATE_WINDOW
from emulator.server.dialect import Call, Headers, RawHeaders
from emulator.server.stages import look_at_rate

SCHEME = "bearerAuth"  # the contract's name for it
SEND = "send"
ROLES = ("viewer", "editor", "manager")
"""Each includes those before it."""


class Access(Record, frozen=True, kw_only=True):
    """What an operation needs: the band its calls count in, and a role or the permission to send, if any."""

    band: str
    role: str = ""
    sends: bool = False


_READ, _WRITE, _AGENTS, _BILLING = (Access(band=band) for band in ("reads", "writes", "agents", "billing"))
_SENDING = Access(band="sends", sends=True)
_EDITING = Access(band="writes", role="editor")
OPEN = Access(band="")

# Source: Arowana documentation, "Conventions" and "Contacts", read 2026-11; which operation counts in which band, and
# the two roles beside editor and manager, are assumed.
ACCESS: Mapping[str, Access] = {
    "sendMessage": _SENDING,
    "sendTestMessage": _SENDING,
    "listMessages": _READ,
    "getMessage": _READ,
    "revokeMessage": _WRITE,
    "createWebhook": _WRITE,
    "listWebhooks": _READ,
    "updateWebhook": _WRITE,
    "deleteWebhook": _WRITE,
    "testWebhook": _WRITE,
    "createContact": _EDITING,
    "importContacts": _EDITING,
    "getContact": _READ,
    "updateContact": _EDITING,
    "deleteContact": Access(band="writes", role="manager"),
    "listConsent": _READ,
    "grantConsent": _WRITE,
    "revokeConsent": _WRITE,
    "createAgent": _AGENTS,
    "getAgent": _AGENTS,
    "updateAgent": _AGENTS,
    "submitAgent": _AGENTS,
    "getAgentLaunch": _AGENTS,
    "registerTestNumber": _WRITE,
    "verifyTestNumber": _WRITE,
    "getTestStatus": _READ,
    "triggerCampaign": _WRITE,
    "pauseCampaign": _WRITE,
    "resumeCampaign": _WRITE,
    "getCampaignStatus": _READ,
    "getBalance": _BILLING,
    "topUpBalance": _BILLING,
    "setAutoReload": _BILLING,
    "setBalanceAlert": _BILLING,
    "getUsage": _BILLING,
    "getTiers": _BILLING,
    "listTransactions": _BILLING,
    "listInvoices": _BILLING,
    "loadPixel": OPEN,
    "followLink": OPEN,
    "showUnsubscribe": OPEN,
    "unsubscribe": OPEN,
    "confirmConsent": OPEN,
}


def find_token(headers: Headers) -> str | None:
    """The bearer token of a request, or None. It is not judged here."""
    return _bearer_of(headers.get(b"authorization", b""))


# The same few callers come again and again.
@lru_cache(maxsize=64)
def _bearer_of(value: bytes) -> str | None:
    return value[7:].strip().decode("latin-1") or None if value[:7].lower() == b"bearer " else None


def authenticate(call: Call) -> None:
    """Find the workspace of the key. Raises `Unauthenticated`. What a recipient's mail program loads needs no key."""
    if ACCESS[call.operation_id] is OPEN:
        return
    try:
        token = _bearer_of(call.one_value(b"authorization") or b"")
    except MalformedRequest:
        # Two different keys prove nobody.
        raise Unauthenticated("malformed", SCHEME) from None
    if token is None:
        raise Unauthenticated("missing", SCHEME)
    store = call.world.store
    credential = store.credentials_by_token.get((API, token))
    if credential is None:
        raise Unauthenticated("unknown", SCHEME)
    if credential.revoked_at is not None or (credential.expires_at is not None and credential.expires_at <= call.now):
        raise Unauthenticated("revoked", SCHEME)
    call.credential, call.account = credential, store.accounts.rows[credential.account_id]


def permit(call: Call) -> None:
    """Refuse a key that may not do what the operation does. Raises `Forbidden`."""
    access, credential = ACCESS[call.operation_id], call.credential
    assert credential is not None
    if access.sends and not may_send(call):
        raise Forbidden("may-not-send")
    if access.role and ROLES.index(role_of(credential)) < ROLES.index(access.role):
        raise Forbidden("role")


def may_send(call: Call) -> bool:
    """Whether a key may send."""
    return call.credential is not None and SEND in call.credential.scopes


def role_of(credential: Credential) -> str:
    """The key's role; one without any has the lowest."""
    return next((scope for scope in credential.scopes if scope in ROLES), ROLES[0])


def rate_rule(call: Call) -> RateRule | None:
    """The window that a call counts in; none without a key."""
    credential = call.credential
    if credential is None:
        return None
    band, world = ACCESS[call.operation_id].band, call.world
    limit = credential.rate_limit_per_minute or CALLS_PER_WINDOW.get(band)
    if limit is None:
        limit = tiers.sends_per_minute(world.store, credential.account_id, at=world.clock.now)
    return _rule(credential.id, band, limit)


@lru_cache(maxsize=64)
def _rule(credential_id: str, band: str, limit: int) -> RateRule:
    return RateRule(f"{API}/{credential_id}/{band}", limit, RATE_WINDOW)


def rate_headers(call: Call) -> RawHeaders:
    """The state of the window, on every answer of the API; without a key the band of reads is shown as unused."""
    state = call.rate
    if state is None:
        if call.operation is not None and ACCESS[call.operation_id] is OPEN:
            return ()
        rule = rate_rule(call)
        if rule is not None:
            state = look_at_rate(call, rule)
        else:
            state = unlimited(RateRule("", CALLS_PER_WINDOW["reads"], RATE_WINDOW), now=call.now)
    # Rounded up: at the second that is shown the window is over.
    return _shown(state.limit, state.remaining, ceil(state.resets_at.timestamp()))


# Without limits the headers are the same for a second.
@lru_cache(maxsize=64)
def _shown(limit: int, remaining: int, resets_at: int) -> RawHeaders:
    return (
        (b"x-ratelimit-limit", b"%d" % limit),
        (b"x-ratelimit-remaining", b"%d" % remaining),
        (b"x-ratelimit-reset", b"%d" % resets_at),
    )
