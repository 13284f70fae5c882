"""The worlds of one server: made, found by name or by credential, deleted."""

import re
from collections.abc import Callable, Iterator, Sequence

from emulator.core.clock import Pace
from emulator.core.errors import AlreadyExists, NotFound, StatusConflict
from emulator.core.records import Credential
from emulator.gateway.world import DEFAULT_WORLD, World
from emulator.server.dialect import Dialect, Headers
from emulator.server.timekeeper import Timekeeper
from emulator.server.waiting import Waiting
from emulator.server.webhook_client import WebhookClient

WORLD_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,62}")


class Worlds:
    """All worlds by name; `default` is always there. Each has its own timekeeper.

    Those who wait in a world are woken after each stretch in it, and when it is reset or deleted. `before_parting` is
    told of a world before its journal is lost in either way.
    """

    def __init__(
        self,
        dialects: Sequence[Dialect],
        client: WebhookClient,
        *,
        seed: int,
        pace: Pace,
        rate_limits: str = "auto",
    ) -> None:
        self._dialects = tuple(dialects)
        self._client = client
        self._policies = {dialect.name: dialect.policy for dialect in dialects}
        self._rate_limits = rate_limits
        self._worlds: dict[str, World] = {}
        self._keepers: dict[str, Timekeeper] = {}
        self._homes: dict[tuple[str, str], World] = {}
        self.waiting = Waiting()
        self.before_parting: Callable[[World], object] | None = None
        self.seed = seed
        self.pace = pace
        self.default = self.create(DEFAULT_WORLD, seed=seed, pace=pace)

    def create(self, name: str, *, seed: int | None = None, pace: Pace | None = None) -> World:
        """Make a world with every API's fixtures; seed and pace are the server's unless given.

        Raises `AlreadyExists`, and `ValueError` for a name that cannot stand in a path.
        """
        if not WORLD_NAME.fullmatch(name):
            raise ValueError(f"{name!r} cannot name a world: letters, digits, '.', '_' and '-', at most 63")
        if name in self._worlds:
            raise AlreadyExists("world", name)
        world = World(
            name,
            policies=self._policies,
            seed=self.seed if seed is None else seed,
            pace=pace or self.pace,
            rate_limits=self._rate_limits,
        )
        self._furnish(world)
        self._worlds[name] = world
        self._keepers[name] = Timekeeper(world, self._client, self.waiting.wake)
        return world

    def reset(self, world: World, *, seed: int | None = None) -> None:
        """Make a world as new. What was on its way is dropped when it comes back."""
        if self.before_parting is not None:
            self.before_parting(world)
        world.begin(world.seed if seed is None else seed, world.clock.pace)
        self._furnish(world)
        self.keeper(world).restart()

    def delete(self, name: str) -> None:
        """Remove a world. Raises `NotFound`, and `StatusConflict` for the default one."""
        world = self.get(name)
        if world.is_default:
            raise StatusConflict("world", "the default world is always there", "deleted")
        if self.before_parting is not None:
            self.before_parting(world)
        world.epoch += 1
        self._keepers.pop(name).stop()
        del self._worlds[name]
        self._homes = {key: home for key, home in self._homes.items() if home is not world}
        self.waiting.wake(world)

    def get(self, name: str) -> World:
        """The world of this name. Raises `NotFound`."""
        world = self._worlds.get(name)
        if world is None:
            raise NotFound("world", name)
        return world

    def keeper(self, world: World) -> Timekeeper:
        """The timekeeper of a world. Raises `NotFound` when the world was deleted."""
        keeper = self._keepers.get(world.name)
        if keeper is None:
            raise NotFound("world", world.name)
        return keeper

    def __iter__(self) -> Iterator[World]:
        """All worlds, oldest first."""
        return iter(tuple(self._worlds.values()))

    def of_caller(self, dialect: Dialect, headers: Headers) -> World:
        """The world that a request's credential belongs to; the default one for a token that none knows.

        The second way into another world's fixtures, the well-known token, selects no world: it is the default's.
        """
        if len(self._worlds) == 1:
            return self.default
        token = dialect.find_token(headers)
        if token is None:
            return self.default
        key = (dialect.name, token)
        if self.default.store.credentials_by_token.get(key) is not None:
            return self.default
        home = self._homes.get(key)
        if home is not None and _owns(home, key):
            return home
        for world in self._worlds.values():
            if _owns(world, key):
                self._homes[key] = world
                return world
        return self.default

    async def close(self) -> None:
        """Stop all timekeepers and the webhook client."""
        for keeper in self._keepers.values():
            keeper.stop()
        await self._client.close()

    def _furnish(self, world: World) -> None:
        for dialect in self._dialects:
            dialect.furnish(world)


def _owns(world: World, key: tuple[str, str]) -> bool:
    credential: Credential | None = world.store.credentials_by_token.get(key)
    return credential is not None and credential.owned
