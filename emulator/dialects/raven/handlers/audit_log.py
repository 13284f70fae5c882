"""Who did what in a tenant."""

from collections.abc import Mapping

from emulator.core.errors import Json
from emulator.core.moments import iso_milliseconds
from emulator.core.records import AuditEntry
from emulator.dialects.raven import audit
from emulator.dialects.raven.render import render_page
from emulator.gateway.world import World
from emulator.server.dialect import Call, Handler, Reply


def list_audit_log(call: Call) -> Reply:
    """List the tenant's audit log, newest first."""
    world = call.world
    ids = world.store.audit_by_account.ids(call.owner.id)
    return render_page(call, world.store.audit, ids, lambda entry: render_entry(world, entry))


def render_entry(world: World, entry: AuditEntry) -> dict[str, Json]:
    """An entry as the API shows it."""
    return {
        "id": audit.entry_id(world, entry),
        "tenantId": entry.account_id,
        "actorType": entry.actor_type,
        "actorId": entry.actor_id,
        "action": entry.action,
        "targetType": entry.target_type,
        "targetId": entry.target_id,
        "metadata": dict(entry.metadata),
        "createdAt": iso_milliseconds(entry.created_at),
    }


HANDLERS: Mapping[str, Handler] = {"listAuditLog": list_audit_log}
