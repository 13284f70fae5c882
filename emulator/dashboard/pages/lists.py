"""Lists to read: contacts, suppressions, the journal, the audit log."""

from collections.abc import Mapping

from emulator.control.pages import page
from emulator.core.records import AuditEntry
from emulator.dashboard.frame import framed
from emulator.dashboard.visit import Visit
from emulator.server.dialect import Reply

_PAGE = 100
_AUDITED = ("account", "action", "q")


async def contacts(visit: Visit) -> Reply:
    """The people whom accounts know, newest first, with what they agreed to."""
    store = visit.world.store
    cursor = visit.query.get("cursor")
    found = await page(visit.world, store.contacts, list(store.contacts.rows), limit=_PAGE, cursor=cursor)
    return await framed(
        visit,
        "contacts.html",
        rows=[(each, store.accounts.get(each.account_id)) for each in found.records],
        consents={each.id: list(store.consents_by_contact.get(each.id)) for each in found.records},
        older=visit.to("contacts", cursor=found.next_cursor) if found.next_cursor else None,
    )


async def suppressions(visit: Visit) -> Reply:
    """Whom accounts must not write to."""
    names = ("api", "account", "recipient", "cursor")
    asked = {name: visit.query[name].strip() for name in names if visit.query.get(name, "").strip()}
    found = await visit.ask("listSuppressions", query=asked)
    older = visit.to("suppressions", **{**asked, "cursor": found["next"]}) if found["next"] else None
    return await framed(visit, "suppressions.html", rows=found["suppressions"], asked=asked, older=older)


async def journal(visit: Visit) -> Reply:
    """What happened last, newest first."""
    asked = {name: visit.query[name] for name in ("kind", "operation") if visit.query.get(name)}
    last = visit.world.journal.last_number
    before = int(visit.query["before"]) if visit.query.get("before", "").isdecimal() else last
    query = {"after": str(max(0, before - _PAGE)), "limit": str(_PAGE), **asked}
    found = await visit.ask("readJournal", query=query)
    entries = [entry for entry in found["entries"] if entry["number"] <= before][::-1]
    older = visit.to("journal", before=str(before - _PAGE), **asked)
    return await framed(visit, "journal.html", entries=entries, asked=asked, older=older if before > _PAGE else None)


async def audit(visit: Visit) -> Reply:
    """Who did what in an account, newest first."""
    store, cursor = visit.world.store, visit.query.get("cursor")
    asked = {name: visit.query[name].strip() for name in _AUDITED if visit.query.get(name, "").strip()}

    def keep(entry: AuditEntry) -> bool:
        return _is_asked_for(entry, asked)

    ids = list(store.audit.rows)
    found = await page(visit.world, store.audit, ids, limit=_PAGE, cursor=cursor, keep=keep if asked else None)
    accounts = dict.fromkeys(each.account_id for each in store.audit)
    return await framed(
        visit,
        "audit.html",
        rows=[(each, store.accounts.get(each.account_id)) for each in found.records],
        older=visit.to("audit", **asked, cursor=found.next_cursor) if found.next_cursor else None,
        asked=asked,
        accounts=[account for id in accounts if (account := store.accounts.get(id)) is not None],
        actions=sorted({each.action for each in store.audit}),
    )


def _is_asked_for(entry: AuditEntry, asked: Mapping[str, str]) -> bool:
    """Whether an entry is by the account and of the action that were chosen, and names what was searched for."""
    wanted = asked.get("q", "").lower()
    texts = (entry.actor_id or "", entry.actor_type, entry.target_type, entry.target_id)
    return (
        asked.get("account", entry.account_id) == entry.account_id
        and asked.get("action", entry.action) == entry.action
        and any(wanted in text.lower() for text in texts)
    )
