"""The workspaces of the key's organization."""

from collections.abc import Mapping

from emulator.core.errors import Json
from emulator.core.records import Account
from emulator.dialects.bird.pages import render_page
from emulator.dialects.bird.timestamps import timestamp
from emulator.dialects.bird.vocabulary import API
from emulator.server.dialect import Call, Handler, Reply, json_reply


def list_workspaces(call: Call) -> Reply:
    """The workspaces of the organization."""
    store, organization_id = call.world.store, call.owner.parent_id
    ids = store.accounts_by_api.ids(API)
    return render_page(call, store.accounts, ids, _render, keep=lambda each: each.parent_id == organization_id)


def get_workspace(call: Call) -> Reply:
    """One of them."""
    return json_reply(200, _render(call.owner))


def _render(workspace: Account) -> dict[str, Json]:
    at = timestamp(workspace.created_at)
    return {
        "id": workspace.id,
        "organizationId": workspace.parent_id,
        "name": workspace.name,
        "status": "active" if workspace.status == "active" else "suspended",
        "createdAt": at,
        "updatedAt": at,
    }


HANDLERS: Mapping[str, Handler] = {"listWorkspaces": list_workspaces, "getWorkspace": get_workspace}
