"""What the list of credentials says in a new world."""

from functools import cache
from typing import Any

from emulator.app import create_app
from emulator.control.overview import directory
from emulator.dialects import DIALECTS
from emulator.guide.pages import ADDRESS
from emulator.settings import Settings


def card(api: str) -> dict[str, Any]:
    """One API."""
    return _cards()[api]


@cache
def _cards() -> dict[str, Any]:
    world = create_app(Settings(pace="held")).worlds.default
    told: Any = directory(DIALECTS, world, ADDRESS, only=None, sessions=False)
    return {each["name"]: each for each in told["apis"]}
