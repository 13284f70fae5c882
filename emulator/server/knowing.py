"""What a server has, as the readers of rules and faults want to know it."""

from collections.abc import Iterable, Sequence

from emulator.failures import Known
from emulator.gateway.world import World
from emulator.server.edge import Api


def known_in(world: World, apis: Iterable[Api]) -> Known:
    """The names of a server's APIs, operations and accounts, as one world has them."""
    by_name = {api.dialect.name: api for api in apis}

    def operations(api: str) -> Sequence[str]:
        return by_name[api].contract.operation_ids

    def accounts(word: str, api: str | None) -> tuple[str, ...]:
        known = world.store.accounts
        ids = [each.id for each in known if word in (each.id, each.name) and api in (None, each.api)]
        dialects = [each.dialect for name, each in by_name.items() if api in (None, name)]
        ids += [card.id for each in dialects for card in each.describe(world) if card.name == word]
        return tuple(id for id in dict.fromkeys(ids) if id in known)

    return Known(world, {name: api.dialect.title for name, api in by_name.items()}, operations, accounts)
