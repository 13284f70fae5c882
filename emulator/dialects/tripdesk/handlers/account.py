"""What a tenant has and what it used: wallet, gateways, templates, audit log."""

from collections.abc import Mapping

from emulator.core.errors import Json
from emulator.core.moments import iso_seconds
from emulator.core.records import LedgerEntry, Resource, Template
from emulator.core.wallet import LedgerKind, wallet_of
from emulator.dialects.tripdesk import audit, gateways, templates
from emulator.dialects.tripdesk.render import money, render_page, transaction_id
from emulator.dialects.tripdesk.vocabulary import GATEWAYS
from emulator.gateway.world import World
from emulator.server.dialect import Call, Handler, Reply, json_reply

_TYPES: Mapping[str, str] = {
    LedgerKind.CHARGE: "charge",
    LedgerKind.REFUND: "refund",
    LedgerKind.TOP_UP: "topup",
    LedgerKind.ADJUSTMENT: "adjustment",
}
"""A wallet here has no other movements: nothing is held or transferred."""

_KINDS = {type: kind for kind, type in _TYPES.items()}
_OF_A_MESSAGE = frozenset({LedgerKind.CHARGE, LedgerKind.REFUND})


def get_balance(call: Call) -> Reply:
    """What is in the wallet now."""
    wallet = wallet_of(call.world.store, call.owner.id)
    balance, currency = money(wallet.balance_micros), call.owner.currency
    return json_reply(200, {"balance": balance, "currency": currency, "as_of": iso_seconds(call.now)})


def list_transactions(call: Call) -> Reply:
    """The movements of the wallet, newest first."""
    world, type = call.world, call.query.get("type")
    owner_id = call.owner.id
    index = world.store.ledger_by_account if type is None else world.store.ledger_by_kind
    ids = index.ids(owner_id if type is None else (owner_id, _KINDS[str(type)]))
    return render_page(call, world.store.ledger, ids, lambda entry: render_transaction(world, entry))


def render_transaction(world: World, entry: LedgerEntry) -> dict[str, Json]:
    """A movement as the API shows it."""
    return {
        "id": transaction_id(world, entry),
        "type": _TYPES[entry.kind],
        "amount": money(entry.amount_micros),
        "currency": world.store.accounts[entry.account_id].currency,
        "balance_after": money(entry.balance_micros),
        "message_id": entry.subject if entry.kind in _OF_A_MESSAGE else None,
        "created_at": iso_seconds(entry.at),
    }


def list_gateways(call: Call) -> Reply:
    """The gateways, newest first."""
    store, currency = call.world.store, call.owner.currency
    ids = store.resources_by_kind.ids((call.owner.id, gateways.KIND))
    return render_page(call, store.resources, ids, lambda gateway: render_gateway(gateway, currency))


def render_gateway(gateway: Resource, currency: str) -> dict[str, Json]:
    """A gateway as the API shows it."""
    channel = gateways.channel_of(gateway)
    kind = GATEWAYS[channel]
    return {
        "id": gateway.id,
        "name": gateway.content["name"],
        "channel": channel.value,
        "provider": gateway.content["provider"],
        "status": gateways.status_of(gateway),
        "capabilities": {"delivery_receipts": kind.receipts, "templates": kind.templates, "media": kind.media},
        "price": money(gateways.listed_price(gateway)),
        "currency": currency,
    }


def list_templates(call: Call) -> Reply:
    """The templates, newest first."""
    store, account, channel = call.world.store, call.owner, call.query.get("channel")
    ids = [template.id for template in templates.templates(store, account.id)]

    def keeps(template: Template) -> bool:
        return channel is None or templates.details_of(store, account, template.key).channel == channel

    return render_page(call, store.templates, ids, lambda template: _render_template(call, template), keep=keeps)


def _render_template(call: Call, template: Template) -> dict[str, Json]:
    details = templates.details_of(call.world.store, call.owner, template.key)
    return {
        "id": templates.id_of(template),
        "name": template.key,
        "channel": details.channel.value,
        "languages": list(details.languages),
        "variables": list(template.variables),
        "status": details.status,
        "body": template.text,
    }


def list_audit_log(call: Call) -> Reply:
    """The audit log, newest first."""
    world = call.world
    ids = world.store.audit_by_account.ids(call.owner.id)
    return render_page(call, world.store.audit, ids, lambda entry: audit.render_entry(world, entry))


HANDLERS: Mapping[str, Handler] = {
    "getBalance": get_balance,
    "listTransactions": list_transactions,
    "listGateways": list_gateways,
    "listTemplates": list_templates,
    "listAuditLog": list_audit_log,
}
