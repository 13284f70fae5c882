"""The audit log: who did what in a tenant; appended, never changed."""

from collections.abc import Mapping

from emulator.core.errors import Json
from emulator.core.records import EMPTY, AuditEntry
from emulator.gateway.world import World
from emulator.server.dialect import Call

STREAM = "audit entry"


def record(
    call: Call,
    action: str,
    target_type: str,
    target_id: str,
    *,
    metadata: Mapping[str, Json] = EMPTY,
    account_id: str | None = None,
) -> AuditEntry:
    """Write down what a call did, in the tenant that it acts for unless another is named."""
    world = call.world
    actor_type, actor_id = _actor(call)
    return world.store.audit.put(
        AuditEntry(
            id=str(world.ids.number(STREAM)),
            account_id=account_id or call.owner.id,
            actor_type=actor_type,
            actor_id=actor_id,
            action=action,
            target_type=target_type,
            target_id=target_id,
            created_at=world.clock.now,
            metadata=metadata,
        )
    )


def entry_id(world: World, entry: AuditEntry) -> str:
    """The id of an entry: made when somebody reads it, the same each time."""
    return world.ids.uuid_at(STREAM, int(entry.id))


def _actor(call: Call) -> tuple[str, str | None]:
    if call.credential is not None:
        return "api_key", call.credential.id
    if call.user is not None:
        return "user", call.user.id
    return "system", None
