"""The sandbox: one number of a workspace, five messages from the test agent that all workspaces share.

A workspace's slot is a `Resource` of the kind `test-slot`; its content has `phone`, `status` (`OTP_SENT` or
`VERIFIED`), `expires_at` and `tries` of the code, and `used`, the messages sent. A verified number is bound to its
workspace by a `Resource` of the kind `test-number` that belongs to the API as a whole; as many as there are, so many
places of the agent are taken.

Source: Arowana documentation, "Quickstart RCS sandbox", read 2026-11. The code, its validity and its tries, the number
of places and what is refused with which code are assumed.
"""

from datetime import datetime, timedelta

from msgspec.structs import replace

from emulator.core.errors import Forbidden, Json, NotFound, StatusConflict
from emulator.core.ids import derived_uuid
from emulator.core.records import Resource
from emulator.core.store import Store
from emulator.dialects.arowana.vocabulary import API
from emulator.gateway.world import World

AGENT_ID = "ag_test_0001"
CHANNEL_ID = "ch_test_0001"

SLOT, NUMBER = "test-slot", "test-number"

MOST_MESSAGES = 5
MOST_TRIES = 5
MOST_NUMBERS = 10
CODE_LIFETIME = timedelta(minutes=10)
USUAL_CODE = "123456"
CODE_SETTING = "test_code"
"""The account's setting that says which code its numbers get."""


def register(world: World, account_id: str, phone: str) -> Resource:
    """Note the number and that a code was sent; another code for a number that waits for one already.

    Raises `Forbidden` for a number of another workspace, `StatusConflict` for a second or a verified one.
    """
    _require_own(world.store, account_id, phone)
    slot = slot_of(world.store, account_id)
    if slot is not None and slot.content["phone"] != phone:
        raise StatusConflict("test number", "there", "register")
    if slot is not None and slot.content["status"] == "VERIFIED":
        raise StatusConflict("number", "verified already", "register")
    content: dict[str, Json] = {
        "phone": phone,
        "status": "OTP_SENT",
        "expires_at": (world.clock.now + CODE_LIFETIME).isoformat(),
        "tries": 0,
        "used": 0,
    }
    return world.store.resources.put(
        Resource(
            id=_slot_id(account_id),
            account_id=account_id,
            kind=SLOT,
            created_at=world.clock.now,
            content=content,
        )
    )


def verify(world: World, account_id: str, phone: str, code: str) -> Resource:
    """Bind the number to the workspace. A wrong code uses up one of its tries.

    Raises `Forbidden` for a number that was not registered here, a code that is wrong or stale, and when the agent has
    no place left; `StatusConflict` for a number that is verified.
    """
    _require_own(world.store, account_id, phone)
    slot = slot_of(world.store, account_id)
    if slot is None or slot.content["phone"] != phone:
        raise Forbidden("test-number")
    if slot.content["status"] == "VERIFIED":
        raise StatusConflict("number", "verified already", "verify")
    if not _takes(world, slot, code):
        raise Forbidden("test-code")
    if len(world.store.resources_by_kind.ids((API, NUMBER))) >= MOST_NUMBERS:
        raise Forbidden("no-test-slot")
    world.store.resources.put(
        Resource(
            id=derived_uuid(API, NUMBER, phone),
            account_id=API,
            kind=NUMBER,
            key=phone,
            created_at=world.clock.now,
            content={"account_id": account_id},
        )
    )
    return _change(world, slot, status="VERIFIED")


def _takes(world: World, slot: Resource, code: str) -> bool:
    """Whether the code is the one that was sent, in time and within its tries; a try is counted."""
    tries, expires_at = _number(slot, "tries"), datetime.fromisoformat(str(slot.content["expires_at"]))
    if tries >= MOST_TRIES or world.clock.now >= expires_at:
        return False
    if code == code_of(world, slot.account_id):
        return True
    _change(world, slot, tries=tries + 1)
    return False


def code_of(world: World, account_id: str) -> str:
    """The code that a workspace's numbers get."""
    return str(world.store.accounts[account_id].extras.get(CODE_SETTING, USUAL_CODE))


def slot_of(store: Store, account_id: str) -> Resource | None:
    """The workspace's slot, or None before a number was registered."""
    return store.resources.get(_slot_id(account_id))


def require_agent(id: str) -> None:
    """Raises `NotFound` for any agent but the shared one."""
    if id != AGENT_ID:
        raise NotFound("agent", id)


def is_bound(store: Store, account_id: str) -> bool:
    """Whether the workspace has a verified number, and so a place of the agent."""
    slot = slot_of(store, account_id)
    return slot is not None and slot.content["status"] == "VERIFIED"


def require_place(store: Store, account_id: str, phone: str) -> Resource:
    """The slot that one more message to a number uses up.

    Raises `Forbidden` for a number that is not the verified one, and when all messages are used up.
    """
    slot = slot_of(store, account_id)
    if slot is None or not is_bound(store, account_id) or slot.content["phone"] != phone:
        raise Forbidden("test-number")
    if used(slot) >= MOST_MESSAGES:
        raise Forbidden("test-quota")
    return slot


def use(world: World, slot: Resource) -> Resource:
    """Count one message."""
    return _change(world, slot, used=used(slot) + 1)


def used(slot: Resource) -> int:
    """How many messages the workspace has sent."""
    return _number(slot, "used")


def _require_own(store: Store, account_id: str, phone: str) -> None:
    """Refuse another workspace's number, without saying so."""
    bound = store.resources_by_key.get((API, NUMBER, phone))
    if bound is not None and bound.content["account_id"] != account_id:
        raise Forbidden("test-number")


def _slot_id(account_id: str) -> str:
    return f"test-slot-{account_id}"


def _number(slot: Resource, name: str) -> int:
    value = slot.content[name]
    assert isinstance(value, int)
    return value


def _change(world: World, slot: Resource, **changes: Json) -> Resource:
    return world.store.resources.put(replace(slot, content={**slot.content, **changes}))
