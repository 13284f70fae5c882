"""Prepaid money: hold, capture, release, refund, and the ledger that accounts for each movement.

The ledger's balance movements sum to the balance, and the holds that are neither captured nor released sum to the
held part. Nothing is ever negative.
"""

from datetime import datetime
from enum import StrEnum

from emulator.core.errors import InsufficientFunds
from emulator.core.ids import Ids
from emulator.core.records import LedgerEntry, Wallet
from emulator.core.store import Store


class LedgerKind(StrEnum):
    """What moved. Holds and releases change the held part, captures both, all others the balance."""

    TOP_UP = "top_up"
    HOLD = "hold"
    CAPTURE = "capture"
    CHARGE = "charge"
    RELEASE = "release"
    REFUND = "refund"
    TRANSFER = "transfer"
    ADJUSTMENT = "adjustment"


# Before Python 3.12 an enum's member costs as much as a call; these are asked for with each message.
_HOLD, _CHARGE, _CAPTURE, _RELEASE = LedgerKind.HOLD, LedgerKind.CHARGE, LedgerKind.CAPTURE, LedgerKind.RELEASE


def wallet_of(store: Store, account_id: str) -> Wallet:
    """The wallet of an account; an account without one has nothing. Never raises."""
    return store.wallets.rows.get(account_id) or Wallet(id=account_id, currency="")


def require(store: Store, account_id: str, micros: int) -> Wallet:
    """The account's wallet, which has an amount available. Raises `InsufficientFunds`."""
    wallet = wallet_of(store, account_id)
    if micros > wallet.available_micros:
        raise InsufficientFunds(micros, wallet.available_micros, wallet.currency)
    return wallet


def open_wallet(store: Store, ids: Ids, account_id: str, currency: str, micros: int, *, at: datetime) -> Wallet:
    """Give an account a wallet with a first top-up."""
    wallet = store.wallets.put(Wallet(id=account_id, currency=currency))
    return _move(store, ids, wallet, LedgerKind.TOP_UP, at, balance=micros)


def top_up(
    store: Store, ids: Ids, account_id: str, micros: int, *, at: datetime, subject: str | None = None
) -> LedgerEntry:
    """Put money into an account's wallet; gives the entry of the ledger that says so."""
    _move(store, ids, wallet_of(store, account_id), LedgerKind.TOP_UP, at, balance=micros, subject=subject)
    return store.ledger[store.ledger_by_account.ids(account_id)[-1]]


def hold(store: Store, ids: Ids, account_id: str, micros: int, *, subject: str, at: datetime) -> Wallet:
    """Set an amount aside. Raises `InsufficientFunds`; a refusal leaves no trace."""
    wallet = require(store, account_id, micros)
    return _move(store, ids, wallet, _HOLD, at, held=micros, subject=subject)


def charge(store: Store, ids: Ids, account_id: str, micros: int, *, subject: str, at: datetime) -> Wallet:
    """Take an amount at once, without holding it first. Raises `InsufficientFunds`; a refusal leaves no trace."""
    wallet = require(store, account_id, micros)
    return _move(store, ids, wallet, _CHARGE, at, balance=-micros, subject=subject)


def capture(store: Store, ids: Ids, account_id: str, micros: int, *, subject: str, at: datetime) -> Wallet:
    """Take a held amount out of the wallet."""
    wallet = wallet_of(store, account_id)
    return _move(store, ids, wallet, _CAPTURE, at, balance=-micros, held=-micros, subject=subject)


def release(store: Store, ids: Ids, account_id: str, micros: int, *, subject: str, at: datetime) -> Wallet:
    """Give a held amount back."""
    return _move(store, ids, wallet_of(store, account_id), _RELEASE, at, held=-micros, subject=subject)


def refund(store: Store, ids: Ids, account_id: str, micros: int, *, subject: str, at: datetime) -> Wallet:
    """Put a captured amount back."""
    return _move(store, ids, wallet_of(store, account_id), LedgerKind.REFUND, at, balance=micros, subject=subject)


def transfer(
    store: Store, ids: Ids, source_id: str, target_id: str, micros: int, *, subject: str, at: datetime
) -> None:
    """Move an amount from one account's wallet to another's. Raises `InsufficientFunds`."""
    source = require(store, source_id, micros)
    _move(store, ids, source, LedgerKind.TRANSFER, at, balance=-micros, subject=subject)
    _move(store, ids, wallet_of(store, target_id), LedgerKind.TRANSFER, at, balance=micros, subject=subject)


def set_balance(store: Store, ids: Ids, account_id: str, micros: int, *, at: datetime) -> Wallet:
    """Set what is in the wallet, held part included; never below what is held. The ledger keeps the difference."""
    wallet = wallet_of(store, account_id)
    change = max(micros, wallet.held_micros) - wallet.balance_micros
    return _move(store, ids, wallet, LedgerKind.ADJUSTMENT, at, balance=change)


def _move(  # noqa: PLR0913 - one place writes wallet and ledger together, so that they cannot disagree
    store: Store,
    ids: Ids,
    wallet: Wallet,
    kind: LedgerKind,
    at: datetime,
    *,
    balance: int = 0,
    held: int = 0,
    subject: str | None = None,
) -> Wallet:
    id, balance_after, held_after = wallet.id, wallet.balance_micros + balance, wallet.held_micros + held
    changed = store.wallets.put(
        Wallet(id=id, currency=wallet.currency, balance_micros=balance_after, held_micros=held_after)
    )
    store.ledger.put(
        LedgerEntry(
            id=f"ledger-{ids.number('ledger')}",
            account_id=id,
            kind=kind,
            amount_micros=balance or held,
            balance_micros=balance_after,
            held_micros=held_after,
            at=at,
            subject=subject,
        )
    )
    return changed
