"""Prepaid money."""

from datetime import datetime

from emulator.core.records.base import Record


class Wallet(Record, frozen=True, kw_only=True):
    """Prepaid money of an account. `held_micros` is the part of `balance_micros` that is set aside."""

    id: str
    currency: str
    balance_micros: int = 0
    held_micros: int = 0

    @property
    def available_micros(self) -> int:
        """What a new hold may use."""
        return self.balance_micros - self.held_micros


class LedgerEntry(Record, frozen=True, kw_only=True):
    """One movement of a wallet; appended, never changed. `kind` is a `LedgerKind`."""

    id: str
    account_id: str
    kind: str
    amount_micros: int
    balance_micros: int
    held_micros: int
    at: datetime
    subject: str | None = None
