"""An expectation about the inbox: held, or refused with what came instead."""

from collections.abc import Mapping
from typing import Any

from emulator.control.call import ControlCall
from emulator.control.messages import count_messages
from emulator.control.problems import NotVerified
from emulator.server.dialect import Reply, json_reply

_SHOWN = 10


async def verify_messages(call: ControlCall) -> Reply:
    """Compare how many messages match with how many should. Raises `NotVerified`."""
    wanted: Mapping[str, int] = call.members.get("count", {"at_least": 1})
    found = await count_messages(call, call.members["messages"], shown=_SHOWN)
    if not _holds(wanted, found.total):
        others = [] if found.total else (await count_messages(call, {}, shown=_SHOWN)).newest
        raise NotVerified(_sentence(call.members["messages"], wanted, found.total), found.newest or others)
    return json_reply(200, {"verified": True, "count": found.total})


def _holds(wanted: Mapping[str, int], count: int) -> bool:
    return (
        count == wanted.get("exactly", count)
        and count >= wanted.get("at_least", count)
        and count <= wanted.get("at_most", count)
    )


def _sentence(filter: Mapping[str, Any], wanted: Mapping[str, int], count: int) -> str:
    words = " and ".join(f"{name.replace('_', ' ')} {number}" for name, number in wanted.items())
    asked = ", ".join(f"{name} {value!r}" for name, value in filter.items()) or "any message"
    said = "none came" if count == 0 else f"{count} came"
    return f"Expected {words} of {asked}; {said}."
