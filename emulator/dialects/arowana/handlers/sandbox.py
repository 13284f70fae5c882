"""The sandbox: a number is registered and verified, and gets five messages from the shared test agent."""

from collections.abc import Mapping

from emulator.core.errors import Json
from emulator.core.moments import iso_seconds, read_moment
from emulator.core.records import Content, Resource
from emulator.dialects.arowana import test_agent
from emulator.dialects.arowana.auth import permit
from emulator.dialects.arowana.notices import send_notice
from emulator.dialects.arowana.render import render_accepted
from emulator.dialects.arowana.sends import send_on_behalf
from emulator.dialects.arowana.vocabulary import SMS
from emulator.server.dialect import Call, Handler, Reply, json_reply


def register_test_number(call: Call) -> Reply:
    """Send a code to a number, by SMS."""
    world, phone = call.world, str(call.members["phone"])
    slot = test_agent.register(world, call.owner.id, phone)
    text = f"{test_agent.code_of(world, call.owner.id)} is your Arowana test code."
    send_notice(world, call.owner.id, SMS, phone, Content(text=text))
    expires_at = read_moment(str(slot.content["expires_at"]))
    assert expires_at is not None
    return json_reply(200, {"phone": phone, "status": "OTP_SENT", "expires_at": iso_seconds(expires_at)})


def verify_test_number(call: Call) -> Reply:
    """Bind a number whose code is right to the workspace."""
    phone, code = str(call.members["phone"]), str(call.members["code"])
    slot = test_agent.verify(call.world, call.owner.id, phone, code)
    return json_reply(
        200, {"phone": phone, "status": "VERIFIED", "agent_id": test_agent.AGENT_ID, **_quota(slot, with_used=False)}
    )


def send_test_message(call: Call) -> Reply:
    """Send a message from the test agent to the verified number, for nothing."""
    world, account, members = call.world, call.owner, call.members
    test_agent.require_agent(members["agent_id"])
    permit(call)
    slot = test_agent.require_place(world.store, account.id, members["to"])
    accepted = send_on_behalf(world, account, members, free=True)
    test_agent.use(world, slot)
    return json_reply(200, render_accepted(world.store, accepted))


def get_test_status(call: Call) -> Reply:
    """Show the workspace's number and what is left of its messages."""
    slot = test_agent.slot_of(call.world.store, call.owner.id)
    if slot is None:
        return json_reply(200, {"phone": None, "status": "NONE", "agent_id": None, **_quota(None)})
    is_verified = slot.content["status"] == "VERIFIED"
    body: dict[str, Json] = {
        "phone": slot.content["phone"],
        "status": slot.content["status"],
        "agent_id": test_agent.AGENT_ID if is_verified else None,
        **_quota(slot),
    }
    return json_reply(200, body)


def _quota(slot: Resource | None, *, with_used: bool = True) -> dict[str, Json]:
    used = test_agent.used(slot) if slot is not None else 0
    left = {"messages_limit": test_agent.MOST_MESSAGES, "messages_remaining": test_agent.MOST_MESSAGES - used}
    return {"messages_used": used, **left} if with_used else {**left}


HANDLERS: Mapping[str, Handler] = {
    "registerTestNumber": register_test_number,
    "verifyTestNumber": verify_test_number,
    "sendTestMessage": send_test_message,
    "getTestStatus": get_test_status,
}
