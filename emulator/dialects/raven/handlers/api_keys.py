"""API keys: the credentials of services."""

from collections.abc import Mapping

from msgspec.structs import replace

from emulator.core.errors import FieldProblem, Forbidden, InvalidFields, Json, NotFound
from emulator.core.ids import Ids
from emulator.core.moments import iso_milliseconds, read_moment
from emulator.core.records import Credential
from emulator.core.store import Store
from emulator.dialects.raven import audit
from emulator.dialects.raven.auth import ADMIN_SCOPE, KEY, membership_of
from emulator.dialects.raven.vocabulary import API
from emulator.server.dialect import Call, Handler, Reply, json_reply

# Source: Raven documentation, "API keys", read 2026-11; the warning's wording is assumed.
DEFAULT_SCOPES = ("messages:send", "messages:read")
_WARNING = "Store this key now. It is not shown again."


def create_api_key(call: Call) -> Reply:
    """Make a key and show it in full, for the only time."""
    credential = _credential(call)
    if ADMIN_SCOPE in credential.scopes and not _is_owner(call):
        raise Forbidden("role", roles="owner")
    call.world.store.credentials.put(credential)
    metadata: dict[str, Json] = {"name": credential.name, "environment": credential.environment}
    audit.record(call, "api_key.create", "api_key", credential.id, metadata=metadata)
    return json_reply(201, _created(credential))


def list_api_keys(call: Call) -> Reply:
    """List the tenant's keys without their secrets, revoked ones included."""
    every = call.world.store.credentials_by_account.get(call.owner.id)
    return json_reply(200, [_listed(credential) for credential in every if _is_key(credential)])


def revoke_api_key(call: Call) -> Reply:
    """Revoke a key at once; a revoked one stays revoked since when it is."""
    store, id = call.world.store, call.parameters["id"]
    credential = store.credentials.get(id)
    if credential is None or credential.account_id != call.owner.id or not _is_key(credential):
        raise NotFound("credential", id)
    if credential.revoked_at is None:
        for way_in in (credential, *_second_ways_in(store, credential)):
            store.credentials.put(replace(way_in, revoked_at=call.now))
        audit.record(call, "api_key.revoke", "api_key", id, metadata={"name": credential.name})
    return Reply(204, content_type=None)


def make_key(ids: Ids, environment: str) -> str:
    """A new key: `rk_<environment>_<8 hexadecimal digits>_<32 base-62 characters>`."""
    return f"rk_{environment}_{ids.hex('api key prefix', 8)}_{ids.secret('api key', 32)}"


def _credential(call: Call) -> Credential:
    members, ids = call.members, call.world.ids
    environment = members.get("environment", "live")
    expires_at = read_moment(members["expiresAt"]) if "expiresAt" in members else None
    if expires_at is None and "expiresAt" in members:
        raise InvalidFields((FieldProblem(("expiresAt",), "moment", members["expiresAt"]),))
    return Credential(
        id=ids.uuid("credential"),
        token=make_key(ids, environment),
        api=API,
        account_id=call.owner.id,
        kind=KEY,
        created_at=call.now,
        environment=environment,
        name=members["name"],
        scopes=tuple(dict.fromkeys(members.get("scopes", DEFAULT_SCOPES))),
        expires_at=expires_at,
        rate_limit_per_minute=members.get("rateLimitRpm"),
    )


def _is_owner(call: Call) -> bool:
    """Whether a person of the role owner asks. A key is nobody, so it cannot pass its own power on."""
    if call.user is None:
        return False
    membership = membership_of(call.world, call.user, call.owner)
    return membership is not None and membership.role == "owner"


def _is_key(credential: Credential) -> bool:
    """Whether a credential is a key of the tenant's own, and not the world's second way in to a fixture."""
    return credential.kind == KEY and credential.owned


def _second_ways_in(store: Store, credential: Credential) -> list[Credential]:
    """The well-known tokens that open the same door as a fixture's own key, in a world that is not the default one."""
    every = store.credentials_by_account.get(credential.account_id)
    same = (credential.environment, credential.name)
    return [each for each in every if each.kind == KEY and not each.owned and (each.environment, each.name) == same]


def _created(credential: Credential) -> dict[str, Json]:
    return {
        "id": credential.id,
        **_parts(credential.token),
        "plaintext": credential.token,
        "scopes": list(credential.scopes),
        "name": credential.name,
        "createdAt": iso_milliseconds(credential.created_at),
        "warning": _WARNING,
    }


def _listed(credential: Credential) -> dict[str, Json]:
    moments = {
        "expiresAt": credential.expires_at,
        "lastUsedAt": credential.last_used_at,
        "revokedAt": credential.revoked_at,
    }
    return {
        "id": credential.id,
        **_parts(credential.token),
        "scopes": list(credential.scopes),
        "name": credential.name,
        "createdAt": iso_milliseconds(credential.created_at),
        "environment": credential.environment,
        "rateLimitRpm": credential.rate_limit_per_minute,
        **{name: iso_milliseconds(moment) if moment is not None else None for name, moment in moments.items()},
    }


def _parts(token: str) -> dict[str, Json]:
    """What may be shown of a key."""
    return {"prefix": token.rpartition("_")[0], "lastFour": token[-4:]}


HANDLERS: Mapping[str, Handler] = {
    "createApiKey": create_api_key,
    "listApiKeys": list_api_keys,
    "revokeApiKey": revoke_api_key,
}
