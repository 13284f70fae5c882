"""The audit log: every changing call of every surface, whatever came of it; reads leave no trace.

Source: the vendor's page, read 2026-11: "admin actions are equally accountable to the audit log as external API calls".
The shape of an entry is assumed.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

import msgspec

from emulator.core.errors import Json
from emulator.core.moments import iso_seconds
from emulator.core.records import AuditEntry
from emulator.dialects.tripdesk import tenants
from emulator.dialects.tripdesk.auth import PARTNER_KEY
from emulator.dialects.tripdesk.checks import REPLAYED, caller_key, changes, request_id
from emulator.dialects.tripdesk.identifiers import id_at
from emulator.gateway.world import World
from emulator.server.dialect import Call, Reply

STREAM = "aud"

_CALLER_IP = "127.0.0.1"  # the emulator's callers are local; what is behind a proxy is nothing that it knows


class Action(NamedTuple):
    """What an operation does, and to what. `members` lead to the target's id in the answer; else it is in the path."""

    name: str
    target_type: str
    members: tuple[str, ...] = ()


_NEW = ("id",)

ACTIONS: Mapping[str, Action] = {
    "sendMessage": Action("message.create", "message", _NEW),
    "sendConversationMessage": Action("message.create", "message", _NEW),
    "sendMobileMessage": Action("message.create", "message", _NEW),
    "sendAndConfirm": Action("message.create", "message", _NEW),
    "createContact": Action("contact.create", "contact", _NEW),
    "updateContact": Action("contact.update", "contact"),
    "deleteContact": Action("contact.delete", "contact"),
    "assignConversation": Action("conversation.assign", "conversation"),
    "assignConversationAsAdmin": Action("conversation.assign", "conversation"),
    "closeConversation": Action("conversation.close", "conversation"),
    "reopenConversation": Action("conversation.reopen", "conversation"),
    "topUpWallet": Action("wallet.top_up", "transaction", _NEW),
    "createMobileToken": Action("token.create", "agent", ("agent", "id")),
    "refreshMobileToken": Action("token.refresh", "agent", ("agent", "id")),
    "revokeMobileToken": Action("token.revoke", "agent"),
    "registerPushToken": Action("push_token.create", "device", _NEW),
    "deletePushToken": Action("push_token.delete", "device"),
}

_SURFACES = ((b"/api/mobile/", "mobile"), (b"/api/admin/", "admin"))


def note_reply(call: Call, reply: Reply) -> None:
    """Write an entry for a changing call whose tenant is known."""
    action = ACTIONS.get(call.operation_id)
    if action is None or call.account is None or not changes(call):
        return
    world = call.world
    by_key = call.credential is not None and call.credential.kind == PARTNER_KEY
    metadata: dict[str, Json] = {
        "surface": next((surface for prefix, surface in _SURFACES if call.raw_path.startswith(prefix)), "partner"),
        "request_id": request_id(call),
        "idempotency_key": caller_key(call),
        "status_code": reply.status,
        "ip": _CALLER_IP,
    }
    if REPLAYED in reply.headers:
        metadata["replayed"] = True
    world.store.audit.put(
        AuditEntry(
            id=str(world.ids.number(STREAM)),
            account_id=call.account.id,
            actor_type="api_key" if by_key else "agent",
            actor_id=tenants.partner_of(call.account) if by_key else _agent_id(call),
            action=action.name,
            target_type=action.target_type,
            target_id=_target_id(call, action, reply),
            created_at=call.now,
            metadata=metadata,
        )
    )


def render_entry(world: World, entry: AuditEntry) -> dict[str, Json]:
    """An entry as the API shows it."""
    facts = entry.metadata
    shown: dict[str, Json] = {
        "id": id_at(world, STREAM, int(entry.id), entry.created_at),
        "at": iso_seconds(entry.created_at),
        "surface": facts["surface"],
        "actor": {"type": entry.actor_type, "id": entry.actor_id},
        "action": entry.action,
        "target": {"type": entry.target_type, "id": entry.target_id or None},
        "request_id": facts["request_id"],
        "idempotency_key": facts["idempotency_key"],
        "status_code": facts["status_code"],
        "ip": facts["ip"],
    }
    return {**shown, "replayed": True} if "replayed" in facts else shown


def _agent_id(call: Call) -> str | None:
    return call.user.id if call.user is not None else None


def _target_id(call: Call, action: Action, reply: Reply) -> str:
    """The id of what was changed; empty if the call was refused before there was one."""
    if "id" in call.parameters and not action.members:
        return call.parameters["id"]
    if not action.members:
        return _agent_id(call) or ""
    if reply.status >= 400:
        return ""
    found: Any = msgspec.json.decode(reply.body)
    for member in action.members:
        found = found[member]
    return str(found)
