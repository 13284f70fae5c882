"""Money that comes in: top-ups by hand and automatic ones, and the alert for a low balance.

What a workspace has chosen, and how far things have gone, is one `Resource` of the kind `billing`. Its content has
`alert_micros` and `alerted`; `reload_enabled`, `reload_below_micros`, `reload_micros`; and of automatic top-ups the
`reload_day` with its `reloads`, and `payment`: `fine`, `failed` (to be tried once more, at `retry_at`) or `given up`.

Source: Arowana documentation, "Billing" and the catalogue of events, read 2026-11. Assumed: days are UTC; a setting
made while the balance is low already reloads at once and alerts nobody; a payment that was given up is tried again once
the setting is made anew or the balance has recovered; a reload that would pass the ceiling is left out.
"""

from datetime import datetime, time, timedelta

from msgspec.structs import replace

from emulator.core import wallet
from emulator.core.errors import Forbidden, Json
from emulator.core.moments import iso_seconds
from emulator.core.pricing import MICROS
from emulator.core.records import Account, LedgerEntry, Resource
from emulator.dialects.arowana.money import euros, render_balance
from emulator.dialects.arowana.vocabulary import CURRENCY, HIGHEST_BALANCE_MICROS
from emulator.dialects.arowana.webhooks import announce_account_event
from emulator.gateway.world import World

KIND = "billing"

BALANCE_LOW = "billing.balance_low"
RELOADED = "billing.auto_reload_success"
RELOAD_FAILED = "billing.auto_reload_failed"

BY_HAND, AUTOMATIC = "top-up", "auto-reload"

MOST_RELOADS_A_DAY = 3
RETRY_AFTER = timedelta(hours=24)
PAYMENT_FAILURES = ("card_declined", "insufficient_funds", "payment_method_expired", "payment_method_missing")
PAYMENT_SETTING = "payment_failure"
"""The account's setting that makes automatic payments fail, with one of `PAYMENT_FAILURES` as the reason."""

_FINE, _FAILED, _GIVEN_UP = "fine", "failed", "given up"
_RETRY, _NEXT_DAY = 1, 2


def top_up(world: World, account_id: str, micros: int) -> LedgerEntry:
    """Credit an amount at once. Raises `Forbidden` if the balance would pass its ceiling."""
    if wallet.wallet_of(world.store, account_id).balance_micros + micros > HIGHEST_BALANCE_MICROS:
        raise Forbidden("balance-limit", limit=str(HIGHEST_BALANCE_MICROS // MICROS))
    entry = _credit(world, account_id, micros, BY_HAND)
    after_balance_change(world, account_id)
    return entry


def set_alert(world: World, account_id: str, micros: int) -> None:
    """Choose below which free balance to alert."""
    is_low = wallet.wallet_of(world.store, account_id).available_micros < micros
    _change(world, account_id, alert_micros=micros, alerted=is_low)


def set_auto_reload(
    world: World, account_id: str, *, enabled: bool, below_micros: int | None, micros: int | None
) -> Resource:
    """Choose automatic top-ups; an amount that is None stays as it is."""
    changes: dict[str, Json] = {"reload_enabled": enabled, "payment": _FINE}
    if below_micros is not None:
        changes["reload_below_micros"] = below_micros
    if micros is not None:
        changes["reload_micros"] = micros
    _change(world, account_id, **changes)
    after_balance_change(world, account_id)
    return _settings(world, account_id)


def after_balance_change(world: World, account_id: str) -> None:
    """What follows from a change of the free balance: an alert, an automatic top-up. Cheap where neither is set."""
    if _id(account_id) not in world.store.resources.rows:
        return
    _alert(world, account_id)
    while _may_reload(world, account_id):
        _reload(world, account_id)


def run_timer(world: World, settings: Resource, step: int) -> None:
    """What falls due: a failed payment is tried once more, or a day with new reloads begins."""
    account_id = settings.account_id
    is_retry = settings.content.get("payment") == _FAILED and settings.content.get("retry_at") == _text(world.clock.now)
    if step == _RETRY and is_retry:
        if _needs_reload(world, settings):
            _reload(world, account_id)
        else:
            _change(world, account_id, payment=_FINE)
    after_balance_change(world, account_id)


def _credit(world: World, account_id: str, micros: int, source: str) -> LedgerEntry:
    """Put money in. The entry's subject is its source and the number of its invoice."""
    number = len(world.store.ledger_by_kind.ids((account_id, wallet.LedgerKind.TOP_UP))) + 1
    return wallet.top_up(world.store, world.ids, account_id, micros, at=world.clock.now, subject=f"{source}/{number}")


def _alert(world: World, account_id: str) -> None:
    content = _settings(world, account_id).content
    threshold = content.get("alert_micros")
    if not isinstance(threshold, int):
        return
    is_low = wallet.wallet_of(world.store, account_id).available_micros < threshold
    if is_low == content.get("alerted"):
        return
    _change(world, account_id, alerted=is_low)
    if is_low:
        facts: dict[str, Json] = {
            "balance": render_balance(world.store, account_id),
            "threshold": euros(threshold),
            "currency": CURRENCY,
        }
        announce_account_event(world, _account(world, account_id), BALANCE_LOW, facts)


def _needs_reload(world: World, settings: Resource) -> bool:
    content = settings.content
    below = content.get("reload_below_micros")
    if content.get("reload_enabled") is not True or not isinstance(below, int):
        return False
    return wallet.wallet_of(world.store, settings.account_id).available_micros < below


def _may_reload(world: World, account_id: str) -> bool:
    """Whether an automatic top-up is called for now; what stands in its way is noted, and comes back by a timer."""
    settings = _settings(world, account_id)
    if not _needs_reload(world, settings):
        if settings.content.get("payment") == _GIVEN_UP:
            _change(world, account_id, payment=_FINE)
        return False
    if settings.content.get("payment", _FINE) != _FINE or _passes_ceiling(world, settings):
        return False
    if _reloads_today(world, settings) < MOST_RELOADS_A_DAY:
        return True
    _wait_for_tomorrow(world, settings)
    return False


def _passes_ceiling(world: World, settings: Resource) -> bool:
    balance_micros = wallet.wallet_of(world.store, settings.account_id).balance_micros
    return balance_micros + _amount(settings) > HIGHEST_BALANCE_MICROS


def _reloads_today(world: World, settings: Resource) -> int:
    count = settings.content.get("reloads")
    is_today = settings.content.get("reload_day") == world.clock.now.date().isoformat()
    return count if is_today and isinstance(count, int) else 0


def _wait_for_tomorrow(world: World, settings: Resource) -> None:
    tomorrow = world.clock.now.date() + timedelta(days=1)
    if settings.content.get("waits_for") != tomorrow.isoformat():
        _change(world, settings.account_id, waits_for=tomorrow.isoformat())
        midnight = datetime.combine(tomorrow, time(), world.clock.now.tzinfo)
        world.clock.call_at(midnight, "resource", settings.id, _NEXT_DAY)


def _reload(world: World, account_id: str) -> None:
    """Try one payment, and tell what came of it."""
    settings = _settings(world, account_id)
    failure = _account(world, account_id).extras.get(PAYMENT_SETTING)
    if isinstance(failure, str):
        _note_failure(world, settings, failure)
        return
    _credit(world, account_id, _amount(settings), AUTOMATIC)
    _change(
        world,
        account_id,
        payment=_FINE,
        reload_day=world.clock.now.date().isoformat(),
        reloads=_reloads_today(world, settings) + 1,
    )
    facts: dict[str, Json] = {
        "amount_added": euros(_amount(settings)),
        "currency": CURRENCY,
        "balance": render_balance(world.store, account_id),
        "payment_method": "credit_card",
        "reloaded_at": iso_seconds(world.clock.now),
    }
    announce_account_event(world, _account(world, account_id), RELOADED, facts)
    _alert(world, account_id)


def _note_failure(world: World, settings: Resource, failure: str) -> None:
    """A payment failed: the first time it is tried again a day later, the second time it is given up."""
    if settings.content.get("payment") == _FAILED:
        _change(world, settings.account_id, payment=_GIVEN_UP)
    else:
        retry_at = world.clock.now + RETRY_AFTER
        _change(world, settings.account_id, payment=_FAILED, retry_at=_text(retry_at))
        world.clock.call_at(retry_at, "resource", settings.id, _RETRY)
    facts: dict[str, Json] = {
        "attempted_amount": euros(_amount(settings)),
        "currency": CURRENCY,
        "failure_reason": failure,
        "balance": render_balance(world.store, settings.account_id),
        "failed_at": iso_seconds(world.clock.now),
    }
    announce_account_event(world, _account(world, settings.account_id), RELOAD_FAILED, facts)


def _id(account_id: str) -> str:
    return f"billing-{account_id}"


def _settings(world: World, account_id: str) -> Resource:
    known = world.store.resources.get(_id(account_id))
    return known or Resource(id=_id(account_id), account_id=account_id, kind=KIND, created_at=world.clock.now)


def _text(moment: datetime) -> str:
    """A moment as it is kept in content, to the microsecond."""
    return moment.isoformat()


def _amount(settings: Resource) -> int:
    amount = settings.content["reload_micros"]
    assert isinstance(amount, int)
    return amount


def _change(world: World, account_id: str, **changes: Json) -> None:
    settings = _settings(world, account_id)
    world.store.resources.put(replace(settings, content={**settings.content, **changes}))


def _account(world: World, account_id: str) -> Account:
    return world.store.accounts[account_id]
