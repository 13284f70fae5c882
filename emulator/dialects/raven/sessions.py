"""The tokens of sign-in sessions, as the vendor's single-sign-on product would issue them.

Each world has a signing secret of its own; the secret's id stands in a token's header, so that a token leads back to
its world. Times are the world's.
"""

from datetime import datetime, timedelta
from typing import Any

from emulator.core.errors import Unauthenticated
from emulator.core.ids import derived_secret
from emulator.core.moments import unix_seconds
from emulator.core.records import Credential, User
from emulator.dialects.raven.vocabulary import API, APP_NAME
from emulator.gateway.world import World
from emulator.server.dialect import Headers

SESSION = "session"

# Source: Raven documentation, "Authentication", read 2026-11, for HS256; claims and length are assumed.
SESSION_LENGTH = timedelta(hours=8)


def make_token(world: World, user: User, expires_at: datetime) -> str:
    """A token that proves a user until a moment."""
    import jwt  # noqa: PLC0415 - a plain send needs no sessions

    claims = {
        "sub": user.id,
        "email": user.email,
        "name": user.name,
        "picture": None,
        "app": APP_NAME,
        "iat": unix_seconds(world.clock.now),
        "exp": unix_seconds(expires_at),
    }
    return jwt.encode(claims, _secret_of(world), algorithm="HS256", headers={"kid": issuer_of(world)})


def read_token(world: World, token: str) -> User:
    """The user that a token proves. Raises `Unauthenticated`."""
    claims = _claims(world, token)
    expires = claims.get("exp")
    in_time = isinstance(expires, int | float) and expires > world.clock.now.timestamp()
    if not in_time or claims.get("app") != APP_NAME:
        raise Unauthenticated("expired", SESSION)
    user = world.store.users.get(str(claims.get("sub")))
    if user is None or user.api != API:
        raise Unauthenticated("unknown", SESSION)
    return user


def _claims(world: World, token: str) -> dict[str, Any]:
    import jwt  # noqa: PLC0415 - a plain send needs no sessions

    # Only the signature is the library's to check: it would compare times with the machine's.
    options: Any = {"verify_exp": False, "verify_iat": False, "verify_nbf": False, "verify_aud": False}
    try:
        return jwt.decode(token, _secret_of(world), algorithms=["HS256"], options=options)
    except jwt.InvalidTokenError:
        raise Unauthenticated("malformed", SESSION) from None


def bearer_token(value: str) -> str:
    """The token of an `Authorization` header; empty if it has none."""
    scheme, _, token = value.partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""


def find_token(headers: Headers) -> str | None:
    """What selects a world: the key, or the issuer that a session's token names."""
    key = headers.get(b"x-raven-key")
    if key is not None:
        return key.decode("latin-1").strip()
    token = bearer_token(headers.get(b"authorization", b"").decode("latin-1"))
    return _issuer_named_in(token) if token else None


def _issuer_named_in(token: str) -> str | None:
    import jwt  # noqa: PLC0415 - a plain send needs no sessions

    try:
        issuer = jwt.get_unverified_header(token).get("kid")
    except jwt.InvalidTokenError:
        return None
    return issuer if isinstance(issuer, str) else None


def issuer_of(world: World) -> str:
    """The id of a world's signing secret."""
    return "sso-" + derived_secret(API, world.name, "issuer", length=16)


def issuer_credential(world: World) -> Credential:
    """The record by which a token leads to its world; it opens nothing by itself, and belongs to no tenant."""
    return Credential(
        id=issuer_of(world), token=issuer_of(world), api=API, account_id=API, kind=SESSION, created_at=world.clock.now
    )


def _secret_of(world: World) -> str:
    return derived_secret(API, world.name, "session", length=42)
