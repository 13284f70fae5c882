"""Money over a long random walk: the ledger sums to the balance, and no message is paid for or given back twice."""

from collections import Counter
from random import Random
from typing import Any

import pytest

from emulator.core.wallet import LedgerKind, set_balance, wallet_of
from tests.emulator.dialects.tripdesk.conftest import Api, a_world

SENDS = 5_000
PHONES = [*(f"+120255501{number:02d}" for number in (*range(17), *range(17, 30))), "+15557654321"]
MAILS = ["deliver", "bounce", "soft-bounce", "soft-then-deliver", "timeout", "flaky", "invalid", "expired", "silent"]


def a_send(chance: Random) -> dict[str, Any]:
    if chance.random() < 0.4:
        address = f"{chance.choice(MAILS)}+{chance.randrange(50)}@simulator.example"
        return {"channel": "email", "to": address, "subject": "Your trip", "text": "It begins."}
    channel = chance.choice(("sms", "sms", "viber", "rcs"))
    return {"channel": channel, "to": chance.choice(PHONES), "text": "a" * chance.choice((5, 400))}


@pytest.mark.parametrize("seed", [1, 2])
def test_after_many_sends_failures_and_refunds_all_sums_agree(seed: int):
    chance, api = Random(seed), Api(a_world())
    world, id = api.world, api.account.id
    statuses: Counter[int] = Counter()
    for number in range(SENDS):
        statuses[api.send(a_send(chance), key=f"key-{chance.randrange(number + 1)}").status] += 1
        if chance.random() < 0.1:
            api.advance(chance.choice((1, 45, 200, 4_000)))
        if chance.random() < 0.01:
            set_balance(world.store, world.ids, id, chance.choice((0, 20_000, 5_000_000)), at=world.clock.now)
    api.advance(100_000)

    entries = list(world.store.ledger_by_account.get(id))
    wallet = wallet_of(world.store, id)
    assert {202, 402, 409} <= set(statuses)
    assert sum(entry.amount_micros for entry in entries) == wallet.balance_micros
    assert wallet.held_micros == 0
    assert min(entry.balance_micros for entry in entries) >= 0
    for kind in (LedgerKind.CHARGE, LedgerKind.REFUND):
        moved = Counter(entry.subject for entry in entries if entry.kind == kind)
        assert moved
        assert set(moved.values()) == {1}
    messages = [world.store.recipients[each] for each in world.store.messages_by_account.ids(id)]
    failed = [each for each in messages if each.status == "failed" and each.price_micros]
    assert failed
    assert all(each.charged_micros == 0 for each in failed)
