"""The signed-in user."""

from collections.abc import Mapping

from emulator.core.errors import Json
from emulator.core.records import Membership
from emulator.core.store import Store
from emulator.server.dialect import Call, Handler, Reply, json_reply


def get_me(call: Call) -> Reply:
    """The user of the session and the tenants that user belongs to.

    Source: Raven documentation, "GET /v1/admin/me", read 2026-11.
    """
    user = call.user
    assert user is not None
    store = call.world.store
    memberships = [_render(store, membership) for membership in store.memberships_by_user.get(user.id)]
    body = {
        "user": {"id": user.id, "email": user.email, "name": user.name, "avatarUrl": None},
        "memberships": memberships,
    }
    return json_reply(200, body)


def _render(store: Store, membership: Membership) -> dict[str, Json]:
    account = store.accounts[membership.account_id]
    return {
        "tenantId": account.id,
        "tenantSlug": account.extras["slug"],
        "tenantName": account.extras.get("title", account.name),
        "role": membership.role,
        "status": membership.status,
    }


HANDLERS: Mapping[str, Handler] = {"getMe": get_me}
