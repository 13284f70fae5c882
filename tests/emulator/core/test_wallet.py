from contextlib import suppress
from datetime import UTC, datetime
from random import Random

import pytest

from emulator.core import wallet
from emulator.core.errors import InsufficientFunds
from emulator.core.ids import Ids
from emulator.core.store import Store
from emulator.core.wallet import LedgerKind

NOW = datetime(2026, 1, 1, tzinfo=UTC)


class Bank:
    """The wallet's verbs, with what they share filled in."""

    def __init__(self):
        self.store = Store()
        self.ids = Ids(1, self.store.counters)

    def __getattr__(self, verb):
        def call(*arguments, **facts):
            if verb not in {"open_wallet", "set_balance"}:
                facts.setdefault("subject", "message-1")
            return getattr(wallet, verb)(self.store, self.ids, *arguments, **facts, at=NOW)

        return call

    def wallet_of(self, account_id):
        return wallet.wallet_of(self.store, account_id)

    def ledger(self, account_id="acme"):
        return list(self.store.ledger_by_account.get(account_id))


@pytest.fixture
def bank():
    bank = Bank()
    bank.open_wallet("acme", "KES", 1_000)
    return bank


def amounts(bank, account_id="acme"):
    found = bank.wallet_of(account_id)
    return found.balance_micros, found.held_micros


def test_an_account_without_a_wallet_has_nothing(bank):
    assert amounts(bank, "nobody") == (0, 0)
    assert bank.store.wallets.get("nobody") is None


def test_a_top_up_adds_to_the_balance_and_gives_its_entry(bank):
    entry = bank.top_up("acme", 500, subject="card")

    assert amounts(bank) == (1_500, 0)
    assert entry is bank.ledger()[-1]
    assert (entry.kind, entry.amount_micros, entry.balance_micros, entry.subject) == (
        LedgerKind.TOP_UP,
        500,
        1_500,
        "card",
    )


def test_movements_of_the_balance_and_of_one_kind_are_found_alone(bank):
    bank.top_up("acme", 500)
    bank.hold("acme", 300)
    bank.capture("acme", 300)
    bank.hold("acme", 200)
    bank.release("acme", 200)

    moved = [entry.kind for entry in bank.store.ledger_by_balance.get("acme")]
    top_ups = [entry.amount_micros for entry in bank.store.ledger_by_kind.get(("acme", "top_up"))]
    assert moved == [LedgerKind.TOP_UP, LedgerKind.TOP_UP, LedgerKind.CAPTURE]
    assert top_ups == [1_000, 500]


def test_a_new_wallet_has_its_first_top_up_in_the_ledger(bank):
    (entry,) = bank.ledger()

    assert amounts(bank) == (1_000, 0)
    assert bank.wallet_of("acme").currency == "KES"
    assert (entry.kind, entry.amount_micros, entry.balance_micros) == (LedgerKind.TOP_UP, 1_000, 1_000)


def test_a_hold_sets_aside_and_takes_nothing(bank):
    bank.hold("acme", 300)

    assert amounts(bank) == (1_000, 300)
    assert bank.wallet_of("acme").available_micros == 700


def test_a_captured_hold_is_gone_from_both(bank):
    bank.hold("acme", 300)
    bank.capture("acme", 300)

    assert amounts(bank) == (700, 0)


def test_a_charge_takes_money_without_holding_it(bank):
    bank.charge("acme", 300)

    assert amounts(bank) == (700, 0)
    assert bank.ledger()[-1].amount_micros == -300


def test_a_charge_cannot_take_what_is_held(bank):
    bank.hold("acme", 800)

    with pytest.raises(InsufficientFunds):
        bank.charge("acme", 201)

    assert amounts(bank) == (1_000, 800)


def test_a_released_hold_is_available_again(bank):
    bank.hold("acme", 300)
    bank.release("acme", 300)

    assert amounts(bank) == (1_000, 0)
    assert bank.wallet_of("acme").available_micros == 1_000


def test_a_refund_puts_back_what_was_captured(bank):
    bank.hold("acme", 300)
    bank.capture("acme", 300)
    bank.refund("acme", 300)

    assert amounts(bank) == (1_000, 0)


def test_all_that_is_available_can_be_held(bank):
    bank.hold("acme", 1_000)

    assert bank.wallet_of("acme").available_micros == 0


def test_a_hold_beyond_what_is_available_is_refused_without_a_trace(bank):
    bank.hold("acme", 900)
    entries, counters = bank.ledger(), dict(bank.store.counters)

    with pytest.raises(InsufficientFunds) as refusal:
        bank.hold("acme", 101)

    assert (refusal.value.needed_micros, refusal.value.available_micros, refusal.value.currency) == (101, 100, "KES")
    assert amounts(bank) == (1_000, 900)
    assert bank.ledger() == entries
    assert bank.store.counters == counters


def test_required_money_is_there_or_refused(bank):
    assert wallet.require(bank.store, "acme", 1_000) == bank.wallet_of("acme")
    with pytest.raises(InsufficientFunds):
        wallet.require(bank.store, "acme", 1_001)
    with pytest.raises(InsufficientFunds):
        wallet.require(bank.store, "nobody", 1)


def test_a_transfer_moves_money_between_two_wallets(bank):
    bank.open_wallet("child", "KES", 0)

    bank.transfer("acme", "child", 400)

    assert amounts(bank) == (600, 0)
    assert amounts(bank, "child") == (400, 0)
    assert bank.ledger()[-1].amount_micros == -400
    assert bank.ledger("child")[-1].amount_micros == 400


def test_a_transfer_cannot_take_what_is_held(bank):
    bank.hold("acme", 700)

    with pytest.raises(InsufficientFunds):
        bank.transfer("acme", "child", 301)

    assert amounts(bank) == (1_000, 700)
    assert bank.store.wallets.get("child") is None


def test_a_transfer_to_oneself_changes_nothing(bank):
    bank.transfer("acme", "acme", 400)

    assert amounts(bank) == (1_000, 0)


@pytest.mark.parametrize(("wanted", "balance"), [(5_000, 5_000), (0, 300), (299, 300), (300, 300)])
def test_a_balance_can_be_set_but_not_below_what_is_held(bank, wanted, balance):
    bank.hold("acme", 300)

    bank.set_balance("acme", wanted)

    assert amounts(bank) == (balance, 300)
    assert bank.ledger()[-1].amount_micros == balance - 1_000


def test_ledger_entries_say_what_stood_after_them_and_what_they_were_for(bank):
    bank.hold("acme", 300, subject="message-7")

    entry = bank.ledger()[-1]

    assert (entry.kind, entry.amount_micros, entry.balance_micros, entry.held_micros) == ("hold", 300, 1_000, 300)
    assert (entry.subject, entry.at) == ("message-7", NOW)


def test_after_ten_thousand_moves_the_ledger_accounts_for_every_micro():
    bank, chance = Bank(), Random(20260101)
    accounts = ["acme", "beta", "gamma"]
    holds, captured = {name: [] for name in accounts}, {name: [] for name in accounts}
    for name in accounts:
        bank.open_wallet(name, "KES", 10_000)

    for _ in range(10_000):
        with suppress(InsufficientFunds):
            move_at_random(bank, chance, holds, captured)

    for name in accounts:
        ledger, found = bank.ledger(name), bank.wallet_of(name)
        moved = {kind: sum(e.amount_micros for e in ledger if e.kind == kind) for kind in LedgerKind}
        assert sum(moved.values()) - moved["hold"] - moved["release"] == found.balance_micros
        assert moved["hold"] + moved["release"] + moved["capture"] == found.held_micros == sum(holds[name])
        assert all(e.balance_micros >= e.held_micros >= 0 for e in ledger)
        assert (ledger[-1].balance_micros, ledger[-1].held_micros) == amounts(bank, name)
    assert len({entry.id for entry in bank.store.ledger}) == len(bank.store.ledger) > 5_000


def move_at_random(bank, chance, holds, captured):
    """One move of one account; what it holds and what was taken is noted once the wallet has agreed."""
    name, micros = chance.choice(list(holds)), chance.randrange(0, 4_000)
    move = chance.choice(["hold", "hold", "charge", "capture", "release", "refund", "transfer", "set_balance"])
    if move == "hold":
        bank.hold(name, micros)
        holds[name].append(micros)
    elif move == "charge":
        bank.charge(name, micros)
        captured[name].append(micros)
    elif move == "transfer":
        bank.transfer(name, chance.choice(list(holds)), micros)
    elif move == "set_balance":
        bank.set_balance(name, micros * 10)
    elif move == "refund" and captured[name]:
        bank.refund(name, captured[name].pop())
    elif move in {"capture", "release"} and holds[name]:
        held = holds[name].pop(chance.randrange(len(holds[name])))
        getattr(bank, move)(name, held)
        captured[name] += [held] if move == "capture" else []
