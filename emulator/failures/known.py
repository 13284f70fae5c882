"""What there is in a world and its APIs: what the words of a rule or a fault are held against."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

from emulator.core.hints import hint
from emulator.core.patterns import Pattern, fits
from emulator.core.records import Channel
from emulator.failures.members import Members
from emulator.gateway.world import World

ENVIRONMENTS = ("live", "test")


class Known(NamedTuple):
    """Names of a server, as one world has them.

    `titles` maps an API's name to its title, in the order of the APIs. `operations` gives the operation ids of an API,
    and `accounts` the ids of the accounts called by a word (id, name, or the name in the list of credentials), in one
    API or in all.
    """

    world: World
    titles: dict[str, str]
    operations: Callable[[str], Sequence[str]]
    accounts: Callable[[str, str | None], tuple[str, ...]]

    def apis(self, pattern: Pattern | None) -> list[str]:
        """The APIs that are meant."""
        return [name for name in self.titles if fits(pattern, name)]

    def account(self, members: Members, api: Pattern | None) -> tuple[Pattern | None, tuple[str, ...]]:
        """The member `account`: a pattern of ids and names, and the ids that an exact one stands for.

        Raises `Unusable` for an exact word that calls no account.
        """
        pattern = members.pattern("account")
        if pattern is None or pattern.literal is None:
            return pattern, ()
        ids = self.accounts(pattern.literal, api.literal if api is not None else None)
        if not ids:
            names = dict.fromkeys(each.name for each in self.world.store.accounts if fits(api, each.api))
            raise members.refuse("account", f"there is no account {pattern.literal!r}; {hint(pattern.literal, names)}")
        return pattern, ids

    def all_operations(self, api: Pattern | None) -> tuple[str, ...]:
        """The operation ids of the APIs that are meant."""
        return tuple(dict.fromkeys(id for name in self.apis(api) for id in self.operations(name)))


CHANNELS: tuple[str, ...] = tuple(channel.value for channel in Channel)
