"""Identifiers: a prefix and a ULID. Those of fixtures are the same in every world."""

from datetime import datetime

from emulator.core.ids import derived_base32
from emulator.dialects.tripdesk.vocabulary import API
from emulator.gateway.world import World


def new_id(world: World, prefix: str) -> str:
    """A new id, such as `msg_01J9Z3W8M2T4Q6S8V0X2Z4B6D8` for the prefix `msg`."""
    return f"{prefix}_{world.ids.ulid(prefix, world.clock.now)}"


def new_message_id(world: World) -> str:
    """A new message's id, of either direction."""
    return f"msg_{world.ids.ulid('msg', world.clock.now)}"


def id_at(world: World, prefix: str, number: int, at: datetime) -> str:
    """The id of the record with a number: made when somebody reads it, the same each time."""
    return f"{prefix}_{world.ids.ulid_at(prefix, number, at)}"


def fixture_id(prefix: str, *parts: str) -> str:
    """The id of a fixture, from its name: `fixture_id("ten", "acme", "live")`."""
    return f"{prefix}_{derived_base32(API, prefix, *parts)}"
