"""Lists to read: contacts, suppressions, the journal, the audit log."""

from emulator.control.pages import page
from emulator.dashboard.frame import framed
from emulator.dashboard.visit import Visit
from emulator.server.dialect import Reply

_PAGE = 100


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
    kind = visit.query.get("kind", "")
    last = visit.world.journal.last_number
    before = int(visit.query["before"]) if visit.query.get("before", "").isdecimal() else last
    query = {"after": str(max(0, before - _PAGE)), "limit": str(_PAGE), **({"kind": kind} if kind else {})}
    found = await visit.ask("readJournal", query=query)
    entries = [entry for entry in found["entries"] if entry["number"] <= before][::-1]
    older = visit.to("journal", before=str(before - _PAGE), **({"kind": kind} if kind else {}))
    return await framed(visit, "journal.html", entries=entries, kind=kind, older=older if before > _PAGE else None)


async def audit(visit: Visit) -> Reply:
    """Who did what in an account, newest first."""
    store = visit.world.store
    cursor = visit.query.get("cursor")
    found = await page(visit.world, store.audit, list(store.audit.rows), limit=_PAGE, cursor=cursor)
    return await framed(
        visit,
        "audit.html",
        rows=[(each, store.accounts.get(each.account_id)) for each in found.records],
        older=visit.to("audit", cursor=found.next_cursor) if found.next_cursor else None,
    )
