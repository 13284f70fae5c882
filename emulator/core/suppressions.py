"""Who must not be written to, and why."""

from datetime import datetime, timedelta

from emulator.core.ids import Ids
from emulator.core.records import Channel, SoftBounces, Suppression
from emulator.core.store import Store

# Opt-out words that carriers and platforms act on; the whole message, trimmed, in any case.
# Source: Twilio and AWS opt-out documentation, read 2026-11.
STOP_WORDS = frozenset(
    {"STOP", "STOPALL", "UNSUBSCRIBE", "END", "QUIT", "CANCEL", "REVOKE", "OPTOUT", "REMOVE", "OPT-OUT", "ARRET", "TD"}
)

_EMAIL = Channel.EMAIL  # before Python 3.12 an enum's member costs as much as a call


def comparable_address(channel: Channel, address: str) -> str:
    """The form in which addresses of a channel are compared: e-mail in lower case, the rest as written."""
    return address.lower() if channel is _EMAIL else address


def is_stop_word(text: str) -> bool:
    """Whether an inbound text asks not to be written to again."""
    return text.strip().upper() in STOP_WORDS


def find(store: Store, account_id: str, channel: Channel, address: str, environment: str) -> Suppression | None:
    """The suppression that holds for an address in an environment, or None."""
    for id in store.suppressions_by_address.ids((account_id, channel, comparable_address(channel, address))):
        suppression = store.suppressions.rows[id]
        if suppression.environment is None or suppression.environment == environment:
            return suppression
    return None


def suppress(  # noqa: PLR0913 - a suppression is these six facts
    store: Store,
    ids: Ids,
    account_id: str,
    channel: Channel,
    address: str,
    reason: str,
    *,
    at: datetime,
    environment: str | None = None,
) -> Suppression:
    """Enter an address, unless it is there already; returns the suppression in force."""
    comparable = comparable_address(channel, address)
    for known in store.suppressions_by_address.get((account_id, channel, comparable)):
        if known.environment is None or known.environment == environment:
            return known
    return store.suppressions.put(
        Suppression(
            id=ids.uuid("suppression"),
            account_id=account_id,
            channel=channel,
            address=comparable,
            reason=reason,
            created_at=at,
            environment=environment,
        )
    )


def count_soft_bounce(
    store: Store, account_id: str, channel: Channel, address: str, *, environment: str, at: datetime, within: timedelta
) -> int:
    """Note a soft bounce; returns how many the address had within the span, this one included."""
    key = f"{account_id}/{environment}/{channel}/{comparable_address(channel, address)}"
    known = store.soft_bounces.get(key)
    moments = (*(m for m in (known.moments if known else ()) if m > at - within), at)
    store.soft_bounces.put(SoftBounces(id=key, moments=moments))
    return len(moments)
