"""A tiny server's names: the APIs `acme` (SMS, e-mail) and `bell` (SMS, unsigned), with one account each."""

from datetime import timedelta

from emulator.core.clock import HELD_START
from emulator.core.failures import Fault, ProviderRule
from emulator.core.outbox import WebhookRules
from emulator.core.records import Account, Channel, EventType
from emulator.failures import Known, read_faults, read_rules
from emulator.gateway import faults, rules
from emulator.gateway.world import World
from tests.emulator.gateway.acme import ACCOUNT, Acme, acme_policy


def _sign(*_: object) -> tuple[tuple[str, str], ...]:
    return (("x-bell", "1"),)


BELL = acme_policy(
    api="bell",
    webhooks=WebhookRules(schedule=(), timeout=timedelta(seconds=1), sign=_sign),
    reports={Channel.SMS: frozenset({EventType.SENT, EventType.DELIVERED, EventType.UNCERTAIN})},
)
OPERATIONS = {"acme": ("sendMessage", "getMessage"), "bell": ("ringBell",)}


def a_known(world: World | None = None) -> Known:
    """What there is; in a given world, which must have the policy `acme`."""
    if world is None:
        world = World("default", policies={"acme": acme_policy()})
    world.policies = {**world.policies, "bell": BELL}
    for id, api, name in ((ACCOUNT, "acme", "Acme Ltd"), ("bell-account", "bell", "Bell Ltd")):
        world.store.accounts.put(Account(id=id, api=api, name=name, created_at=HELD_START))

    def accounts(word: str, api: str | None) -> tuple[str, ...]:
        carded = {"acme-card": ACCOUNT}
        found = [each for each in world.store.accounts if word in (each.id, each.name) and api in (None, each.api)]
        return tuple(each.id for each in found) or tuple(id for card, id in carded.items() if card == word)

    return Known(world, {"acme": "Acme", "bell": "Bell"}, OPERATIONS.__getitem__, accounts)


def enter_rule(acme: Acme, **written: object) -> ProviderRule:
    """Put a rule, as people write it, in force."""
    (draft,) = read_rules(written, a_known(acme.world))  # type: ignore[arg-type] # a test's JSON
    return rules.enter(acme.world, draft)


def enter_fault(acme: Acme, **written: object) -> Fault:
    """Put a fault, as people write it, in force."""
    (draft,) = read_faults(written, a_known(acme.world))  # type: ignore[arg-type] # a test's JSON
    return faults.enter(acme.world, draft)
