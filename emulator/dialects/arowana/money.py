"""Euros in JSON, and millionths, in which the wallet counts."""

from decimal import ROUND_HALF_UP, Decimal

import msgspec
from msgspec.structs import asdict

from emulator.core.errors import Json
from emulator.core.pricing import MICROS
from emulator.core.store import Store
from emulator.core.wallet import wallet_of

_STEP_MICROS = 100


def micros_of(amount: float) -> int:
    """A JSON number of euros, rounded half up to four places (assumed), in millionths."""
    # The text of a float is the shortest that means it: 0.1 is a tenth here. An int is exact, however long.
    exact = Decimal(amount) if isinstance(amount, int) else Decimal(str(amount))
    return int((exact * 10_000).to_integral_value(ROUND_HALF_UP)) * _STEP_MICROS


def euros(micros: int) -> float:
    """Millionths as the API writes an amount: 50.0, 0.08.

    Source: the seed's sample of an answer, read 2026-11.
    """
    return micros / MICROS


class Balance(msgspec.Struct, frozen=True, gc=False):
    """The balance in euros: what is free, what is reserved by holds, and both together."""

    free: float
    reserved: float
    total: float


def balance_of(store: Store, account_id: str) -> Balance:
    """An account's balance."""
    wallet = wallet_of(store, account_id)
    total, reserved = wallet.balance_micros, wallet.held_micros
    return Balance((total - reserved) / MICROS, reserved / MICROS, total / MICROS)


def render_balance(store: Store, account_id: str) -> dict[str, Json]:
    """An account's balance as JSON."""
    return asdict(balance_of(store, account_id))
