"""Who plays stories, as the dashboard sees him: the composition root brings him along."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, Protocol


class Stories(Protocol):
    """Plays stories on this server. What it tells is JSON; its shapes stand where it is made."""

    async def catalogue(self) -> Sequence[Mapping[str, Any]]:
        """The stories that can be played."""
        ...

    async def start(self, *, key: str | None = None, api: str | None = None) -> int | None:
        """Play one, or all of an API: the number of the run, None if too much is waiting. Raises `LookupError`."""
        ...

    def runs(self) -> Sequence[Mapping[str, Any]]:
        """The last runs, newest first."""
        ...

    def run(self, number: int) -> Mapping[str, Any] | None:
        """One of them with its steps; None if it is not kept."""
        ...


FindStories = Callable[[], Awaitable[Stories]]
"""Gives the one who plays, and makes him first if need be."""
