"""Euros in JSON, and millionths, in which the wallet counts."""

from decimal import ROUND_HALF_UP, Decimal

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


def render_balance(store: Store, account_id: str) -> dict[str, Json]:
    """The balance: what is free, what is reserved by holds, and both together."""
    wallet = wallet_of(store, account_id)
    total, reserved = wallet.balance_micros, wallet.held_micros
    return {"free": (total - reserved) / MICROS, "reserved": reserved / MICROS, "total": total / MICROS}
