"""What a mobile client for agents needs: sign-in, devices, polling, sending."""

from collections.abc import Mapping
from typing import Any

from emulator.core.errors import Forbidden, Unauthenticated
from emulator.core.records import Account, User
from emulator.dialects.tripdesk import devices, polling, tokens
from emulator.dialects.tripdesk.conversations import render as render_conversation
from emulator.dialects.tripdesk.handlers import conversations
from emulator.server.dialect import Call, Handler, Reply, json_reply


def create_token(call: Call) -> Reply:
    """Sign an agent in."""
    body: Mapping[str, Any] = call.members
    account, agent = tokens.find_agent(call.world, body["tenant"], body["email"], body["password"])
    _admit(call, account, agent)
    return json_reply(
        200, tokens.render_session(tokens.open_session(call.world, account, agent, device=body["device_id"]))
    )


def refresh_token(call: Call) -> Reply:
    """Give new tokens for a refresh token; the old pair dies."""
    world = call.world
    used = tokens.use_refresh_token(world, call.members["refresh_token"])
    account, agent = world.store.accounts[used.account_id], world.store.users[used.user_id or ""]
    _admit(call, account, agent)
    tokens.close_session(world, used)
    return json_reply(200, tokens.render_session(tokens.open_session(world, account, agent, device=used.name)))


def revoke_token(call: Call) -> Reply:
    """Sign the agent out: the token that was used dies, and its refresh token."""
    assert call.credential is not None
    tokens.close_session(call.world, call.credential)
    return _NO_CONTENT


def register_push_token(call: Call) -> Reply:
    """Register a device of the agent, or replace its token."""
    body: Mapping[str, Any] = call.members
    device, is_new = devices.register(
        call.world,
        call.owner.id,
        _agent(call),
        device_id=body["device_id"],
        token=body["token"],
        platform=body["platform"],
        app_version=body.get("app_version"),
    )
    return json_reply(201 if is_new else 200, devices.render(device))


def delete_push_token(call: Call) -> Reply:
    """Remove a device of the agent."""
    devices.remove(call.world.store, _agent(call), call.parameters["id"])
    return _NO_CONTENT


def poll_conversations(call: Call) -> Reply:
    """Tell what changed since a cursor; if nothing did, and the caller knows the present state, that alone."""
    store, since = call.world.store, call.query.get("since")
    poll = polling.poll(store, call.owner.id, None if since is None else str(since))
    headers = ((b"etag", poll.etag.encode()),)
    if polling.has_seen(call.header(b"if-none-match") or "", poll):
        return Reply(304, b"", headers, None)
    body = {
        "data": [render_conversation(store, each) for each in poll.changed],
        "cursor": poll.cursor,
        "poll_after": polling.POLL_AFTER_SECONDS,
    }
    return json_reply(200, body, headers)


def _admit(call: Call, account: Account, agent: User) -> None:
    """Let a call that proved an agent in its body act for the agent's tenant.

    Raises `Unauthenticated` for a tenant that is not there yet, `Forbidden` for a suspended one.
    """
    if account.status == "requested":
        raise Unauthenticated("password")
    call.account, call.user = account, agent
    if account.status != "active":
        raise Forbidden("tenant_suspended")


def _agent(call: Call) -> User:
    assert call.user is not None
    return call.user


_NO_CONTENT = Reply(204, content_type=None)

HANDLERS: Mapping[str, Handler] = {
    "createMobileToken": create_token,
    "refreshMobileToken": refresh_token,
    "revokeMobileToken": revoke_token,
    "registerPushToken": register_push_token,
    "deletePushToken": delete_push_token,
    "pollConversations": poll_conversations,
    "listMobileConversationMessages": conversations.HANDLERS["listConversationMessages"],
    "sendMobileMessage": conversations.HANDLERS["sendConversationMessage"],
}
