"""Who is asking, and how often: the bearer token, and the windows that are counted for it."""

from datetime import timedelta
from functools import lru_cache

from emulator.core.errors import Unauthenticated
from emulator.core.rates import RateRule
from emulator.core.records import Account, Credential
from emulator.dialects.cloudrebue.vocabulary import API, LEGACY, REBUETEXT
from emulator.server.dialect import Call, Headers, RawHeaders

SCHEME = "token"  # the contract's name for it

_SEND_PATHS = frozenset({b"/api/v1/send-sms", b"/api/v1/voice-sms"})

# Source: Cloud Rebue documentation, "Sending messages", read 2026-11; the window of the other calls is assumed.
_SEND_LIMIT = 120
_SEND_WINDOW = timedelta(seconds=1)
_OTHER_LIMIT = 60
_OTHER_WINDOW = timedelta(minutes=1)


def find_token(headers: Headers) -> str | None:
    """The bearer token of a request as it was sent, or None. It is not judged here."""
    value = headers.get(b"authorization")
    if value is None:
        return None
    scheme, _, token = value.partition(b" ")
    if scheme.lower() != b"bearer":
        return None
    return token.strip().decode("latin-1") or None


def authenticate(call: Call) -> None:
    """Find the account of the token. Raises `Unauthenticated`, also for an account that is not active."""
    token = find_token(call.headers)
    if token is None:
        raise Unauthenticated("missing", SCHEME)
    store = call.world.store
    credential = store.credentials_by_token.get((API, token))
    if credential is None:
        raise Unauthenticated("unknown", SCHEME)
    account = store.accounts[credential.account_id]
    if not _is_valid(credential, call) or account.status != "active":
        raise Unauthenticated("revoked", SCHEME)
    call.credential, call.account = credential, account


def _is_valid(credential: Credential, call: Call) -> bool:
    expired = credential.expires_at is not None and credential.expires_at <= call.now
    return credential.revoked_at is None and not expired


def profile_of(account: Account) -> str:
    """Which of the two services the account belongs to: `legacy`, unless it says `rebuetext`."""
    return REBUETEXT if account.extras.get("profile") == REBUETEXT else LEGACY


def rate_rule(call: Call) -> RateRule:
    """The window that a call counts in: one for each send call, one for all others together."""
    credential = call.credential
    assert credential is not None
    if call.raw_path in _SEND_PATHS:
        return RateRule(f"{API}/{credential.id}/{call.operation_id}", _SEND_LIMIT, _SEND_WINDOW)
    limit = credential.rate_limit_per_minute or _OTHER_LIMIT
    return RateRule(f"{API}/{credential.id}/other", limit, _OTHER_WINDOW)


def longest_wait(call: Call) -> timedelta:
    """After how long the call's window is open again at the latest."""
    return _SEND_WINDOW if call.raw_path in _SEND_PATHS else _OTHER_WINDOW


def rate_headers(call: Call) -> RawHeaders:
    """`X-RateLimit-Limit` and `-Remaining`, on every answer.

    Before a token is known nothing is counted, and both hold the limit. A call with a known token and without a
    state was refused by its window.
    """
    if call.rate is not None:
        return _headers(call.rate.limit, call.rate.remaining)
    if call.account is not None:
        return _headers(rate_rule(call).limit, 0)
    limit = _SEND_LIMIT if call.raw_path in _SEND_PATHS else _OTHER_LIMIT
    return _headers(limit, limit)


@lru_cache(maxsize=512)
def _headers(limit: int, remaining: int) -> RawHeaders:
    return ((b"x-ratelimit-limit", b"%d" % limit), (b"x-ratelimit-remaining", b"%d" % remaining))
