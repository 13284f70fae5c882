"""Whom a rule or a fault is about: an account by its id or name, an address however it is spelt."""

from collections.abc import Sequence

from emulator.core.patterns import Pattern, fits, plain_address
from emulator.core.records import Channel
from emulator.gateway.world import World


def is_account(world: World, pattern: Pattern | None, ids: Sequence[str], account_id: str) -> bool:
    """Whether an account is meant: by id or name, or because its id is one of `ids`."""
    if pattern is None or account_id in ids:
        return True
    account = world.store.accounts.get(account_id)
    return fits(pattern, account_id, account.name if account is not None else None)


def is_address(world: World, pattern: Pattern | None, api: str, channel: Channel, address: str) -> bool:
    """Whether an address is meant, in this spelling or in the one in which the API keeps addresses."""
    if pattern is None or fits(pattern, address, plain_address(address)):
        return True
    normal = world.policies[api].normal_address
    return pattern.literal is not None and normal(channel, pattern.literal) == normal(channel, address)
