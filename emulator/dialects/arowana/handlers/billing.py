"""Billing: balance, top-ups, automatic ones and alerts; usage, tiers, transactions and invoices.

Source: Arowana documentation, "Quickstart billing" and "Billing units", read 2026-11; the lists' paths and all shapes
but that of the balance are assumed.
"""

from collections.abc import Callable, Mapping, Sequence

from emulator.core.errors import FieldProblem, InvalidFields, Json
from emulator.core.ids import derived_uuid
from emulator.core.moments import iso_seconds
from emulator.core.paging import newest_first
from emulator.core.records import Channel, LedgerEntry, Resource
from emulator.core.wallet import LedgerKind
from emulator.dialects.arowana import tiers, topups, usage
from emulator.dialects.arowana.money import euros, micros_of, render_balance
from emulator.dialects.arowana.vocabulary import API, CHANNEL_WORDS, CURRENCY, USUAL_PAGE
from emulator.server.dialect import Call, Handler, Reply, json_reply


def get_balance(call: Call) -> Reply:
    """Show what is free and what is reserved."""
    return json_reply(200, render_balance(call.world.store, call.owner.id))


def top_up_balance(call: Call) -> Reply:
    """Credit an amount at once."""
    entry = topups.top_up(call.world, call.owner.id, micros_of(call.members["amount"]))
    body: dict[str, Json] = {
        "id": transaction_id(entry),
        "amount": euros(entry.amount_micros),
        "currency": CURRENCY,
        "status": "SUCCEEDED",
        "balance": render_balance(call.world.store, call.owner.id),
        "created_at": iso_seconds(entry.at),
    }
    return json_reply(201, body)


def set_auto_reload(call: Call) -> Reply:
    """Choose automatic top-ups; an amount that is left out stays as it is."""
    members = call.members
    below, amount = members.get("trigger_threshold"), members.get("reload_amount")
    settings = topups.set_auto_reload(
        call.world,
        call.owner.id,
        enabled=members["enabled"],
        below_micros=None if below is None else micros_of(below),
        micros=None if amount is None else micros_of(amount),
    )
    body: dict[str, Json] = {
        "enabled": settings.content["reload_enabled"],
        "trigger_threshold": _euros(settings, "reload_below_micros"),
        "reload_amount": _euros(settings, "reload_micros"),
    }
    return json_reply(200, body)


def set_balance_alert(call: Call) -> Reply:
    """Choose below which free balance to alert."""
    micros = micros_of(call.members["low_balance_threshold"])
    topups.set_alert(call.world, call.owner.id, micros)
    return json_reply(200, {"low_balance_threshold": euros(micros)})


def get_usage(call: Call) -> Reply:
    """Count messages by channel and unit, and what was charged for them, in a span of time."""
    period = usage.period_of(call.query, call.now)
    counted = usage.count(call.world.store, call.owner.id, period)
    channels: list[Json] = [{"channel": CHANNEL_WORDS[channel], **line} for channel, line in counted.items()]
    return json_reply(
        200, {"period": {"from": iso_seconds(period.start), "to": iso_seconds(period.end)}, "channels": channels}
    )


def get_tiers(call: Call) -> Reply:
    """Show the tier and the month's volume of each channel."""
    return json_reply(200, {"tiers": [_tier(call, channel) for channel in CHANNEL_WORDS]})


def list_transactions(call: Call) -> Reply:
    """List what changed the total of the balance, newest first."""
    return _page(call, "transactions", call.world.store.ledger_by_balance.ids(call.owner.id), _render_transaction)


def list_invoices(call: Call) -> Reply:
    """List the invoices, one for each top-up, newest first."""
    top_ups = call.world.store.ledger_by_kind.ids((call.owner.id, LedgerKind.TOP_UP))
    return _page(call, "invoices", top_ups, _render_invoice)


def _page(call: Call, name: str, ids: Sequence[str], render: Callable[[LedgerEntry], Json]) -> Reply:
    """The page of a group of the ledger that the query asks for. Raises `InvalidFields` for a cursor of no page."""
    limit, cursor = call.query.get("limit", USUAL_PAGE), call.query.get("cursor")
    assert isinstance(limit, int)
    try:
        page = newest_first(
            call.world.store.ledger, ids, limit=limit, cursor=None if cursor is None else str(cursor), of=name
        )
    except ValueError:
        raise InvalidFields([FieldProblem(("cursor",), "pattern", cursor, place="query")]) from None
    return json_reply(200, {name: [render(entry) for entry in page.records], "next_cursor": page.next_cursor})


def _tier(call: Call, channel: Channel) -> Json:
    standing = tiers.standing(call.world.store, call.owner.id, channel, at=call.now)
    return {
        "channel": CHANNEL_WORDS[channel],
        "current": standing.tier.name,
        "volume_used": standing.volume,
        "next_threshold": standing.next_threshold,
    }


def transaction_id(entry: LedgerEntry) -> str:
    """The id of the transaction that an entry of the ledger is."""
    return f"txn_{_digits('transaction', entry)}"


def _digits(kind: str, entry: LedgerEntry) -> str:
    return derived_uuid(API, kind, entry.account_id, entry.id).replace("-", "")


def _render_transaction(entry: LedgerEntry) -> dict[str, Json]:
    return {
        "id": transaction_id(entry),
        "type": _type(entry),
        "amount": euros(entry.amount_micros),
        "currency": CURRENCY,
        "message_id": entry.subject if entry.kind in (LedgerKind.CAPTURE, LedgerKind.CHARGE) else None,
        "created_at": iso_seconds(entry.at),
    }


def _type(entry: LedgerEntry) -> str:
    """What a movement is called. What somebody set by hand in the emulator counts as a top-up or a charge."""
    if entry.amount_micros < 0:
        return "CHARGE"
    return "AUTO_RELOAD" if (entry.subject or "").startswith(topups.AUTOMATIC) else "TOPUP"


def _render_invoice(entry: LedgerEntry) -> dict[str, Json]:
    number = int((entry.subject or "").rpartition("/")[2] or 1)
    return {
        "id": f"inv_{_digits('invoice', entry)}",
        "number": f"INV-{entry.at.year}-{number:04d}",
        "transaction_id": transaction_id(entry),
        "amount": euros(entry.amount_micros),
        "currency": CURRENCY,
        "status": "PAID",
        "issued_at": iso_seconds(entry.at),
    }


def _euros(settings: Resource, name: str) -> Json:
    micros = settings.content.get(name)
    return euros(micros) if isinstance(micros, int) else None


HANDLERS: Mapping[str, Handler] = {
    "getBalance": get_balance,
    "topUpBalance": top_up_balance,
    "setAutoReload": set_auto_reload,
    "setBalanceAlert": set_balance_alert,
    "getUsage": get_usage,
    "getTiers": get_tiers,
    "listTransactions": list_transactions,
    "listInvoices": list_invoices,
}
