"""The audit log: every changing call of every surface, whatever came of it; reads leave no trace.

Source: the vendor's page, read 2026-11: "admin actions are equally accountable to the audit log as external API calls".
The shape of an entry is assumed.
"""

from collections.abc import Mapping
from functools import lru_cache
from types import MappingProxyType
from typing import NamedTuple

import msgspec

from emulator.core.errors import Json
from emulator.core.moments import iso_seconds
from emulator.core.records import AuditEntry
from emulator.dialects.tripdesk import tenants
from emulator.dialects.tripdesk.auth import PARTNER_KEY
from emulator.dialects.tripdesk.checks import REPLAYED, caller_key, request_id
from emulator.dialects.tripdesk.identifiers import id_at
from emulator.gateway.world import World
from emulator.server.dialect import Call, Reply

STREAM = "aud"

_CALLER_IP = "127.0.0.1"  # the emulator's callers are local; what is behind a proxy is nothing that it knows


class Action(NamedTuple):
    """What an operation does, to what, and on which surface.

    With `makes` there is no target before the call was answered well; else it is in the path, or the agent who calls.
    """

    name: str
    target_type: str
    makes: bool = False
    surface: str = "partner"


class _Made(msgspec.Struct, frozen=True, gc=False):
    """Of an answer that shows what was made: its id."""

    id: str


_read_made = msgspec.json.Decoder(_Made).decode

_AGENT = "agent"
_MOBILE, _ADMIN = "mobile", "admin"

ACTIONS: Mapping[str, Action] = {
    "sendMessage": Action("message.create", "message", makes=True),
    "sendConversationMessage": Action("message.create", "message", makes=True),
    "sendMobileMessage": Action("message.create", "message", makes=True, surface=_MOBILE),
    "sendAndConfirm": Action("message.create", "message", makes=True, surface=_ADMIN),
    "createContact": Action("contact.create", "contact", makes=True),
    "updateContact": Action("contact.update", "contact"),
    "deleteContact": Action("contact.delete", "contact"),
    "assignConversation": Action("conversation.assign", "conversation"),
    "assignConversationAsAdmin": Action("conversation.assign", "conversation", surface=_ADMIN),
    "closeConversation": Action("conversation.close", "conversation"),
    "reopenConversation": Action("conversation.reopen", "conversation"),
    "topUpWallet": Action("wallet.top_up", "transaction", makes=True, surface=_ADMIN),
    "createMobileToken": Action("token.create", _AGENT, makes=True, surface=_MOBILE),
    "refreshMobileToken": Action("token.refresh", _AGENT, makes=True, surface=_MOBILE),
    "revokeMobileToken": Action("token.revoke", _AGENT, surface=_MOBILE),
    "registerPushToken": Action("push_token.create", "device", makes=True, surface=_MOBILE),
    "deletePushToken": Action("push_token.delete", "device", surface=_MOBILE),
}
"""All operations of the API that change something."""


def note_reply(call: Call, reply: Reply) -> None:
    """Write an entry for a changing call whose tenant is known."""
    action, account = ACTIONS.get(call.operation_id), call.account
    if action is None or account is None:
        return
    world = call.world
    credential = call.credential
    by_key = credential is not None and credential.kind == PARTNER_KEY
    metadata, key = _facts(action.surface, reply.status), caller_key(call)
    if key is not None:
        metadata = {**metadata, "idempotency_key": key, "replayed": REPLAYED in reply.headers}
    world.store.audit.put(
        AuditEntry(
            id=str(world.ids.number(STREAM)),
            account_id=account.id,
            actor_type="api_key" if by_key else _AGENT,
            actor_id=tenants.partner_of(account) if by_key else _agent_id(call),
            action=action.name,
            target_type=action.target_type,
            target_id=_target_id(call, action, reply),
            created_at=world.clock.now,
            request_id=request_id(call),
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
        "request_id": entry.request_id,
        "idempotency_key": facts.get("idempotency_key"),
        "status_code": facts["status_code"],
        "ip": _CALLER_IP,
    }
    return {**shown, "replayed": True} if facts.get("replayed") else shown


# Most calls have no key: their entries share this.
@lru_cache(maxsize=256)
def _facts(surface: str, status: int) -> Mapping[str, Json]:
    return MappingProxyType({"surface": surface, "status_code": status})


def _agent_id(call: Call) -> str | None:
    return call.user.id if call.user is not None else None


def _target_id(call: Call, action: Action, reply: Reply) -> str:
    """The id of what was changed; empty if the call was refused before there was one."""
    if not action.makes:
        return call.parameters.get("id") or _agent_id(call) or ""
    if reply.status >= 400:
        return ""
    return (_agent_id(call) or "") if action.target_type == _AGENT else _read_made(reply.body).id
