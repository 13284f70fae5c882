"""Accounts: wallets, senders, templates, credentials, webhooks."""

from typing import Any

from emulator.core.wallet import wallet_of
from emulator.dashboard.frame import framed
from emulator.dashboard.visit import Visit
from emulator.server.dialect import Reply

_LEDGER = 100


async def show_all(visit: Visit) -> Reply:
    """All accounts with their wallets."""
    found = await visit.ask("listAccounts", query={"limit": "500"})
    return await framed(visit, "accounts.html", accounts=found["accounts"])


async def show(visit: Visit) -> Reply:
    """One account."""
    id, store = visit.parts["id"], visit.world.store
    account = store.accounts[id]
    listed = await visit.ask("listAccounts", query={"api": account.api, "name": account.name, "limit": "500"})
    shown: Any = next(each for each in listed["accounts"] if each["id"] == id)
    ids = store.ledger_by_account.ids(wallet_of(store, id).id)[-_LEDGER:]
    return await framed(
        visit,
        "account.html",
        account=shown,
        ledger=[store.ledger[each] for each in reversed(ids)],
        resources=[each for each in store.resources if each.account_id == id][:200],
    )


async def change(visit: Visit) -> Reply:
    """Set the balance or the status."""
    id = visit.parts["id"]
    members = {name: visit.form[name] for name in ("balance", "status") if visit.form.get(name)}
    await visit.ask("updateAccount", {"id": id}, members=members)
    return visit.go("accounts", id, done="set")
