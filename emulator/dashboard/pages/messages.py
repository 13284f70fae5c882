"""The inbox over all APIs: searched, filtered, paged. However much there is, a page looks at so much only."""

import asyncio
from collections.abc import Callable, Sequence
from typing import Any

from emulator.control.call import account_name
from emulator.control.problems import BadInput
from emulator.core.paging import Page, newest_first
from emulator.core.records import Channel, Message, Status, recipient_ids
from emulator.dashboard.frame import framed
from emulator.dashboard.visit import Visit
from emulator.gateway.world import World
from emulator.server.dialect import Reply
from emulator.server.timekeeper import WorldReset

Keep = Callable[[Message], bool]

PAGE = 50
MOST_LOOKED_AT = 20_000
"""So many messages are searched for one page; the next page goes on from there."""

_SLICE = 2_000
_FILTERS = ("q", "api", "account", "channel", "environment", "status")
_SNIPPET = 140


async def show(visit: Visit) -> Reply:
    """A page of messages, newest first."""
    asked = {name: visit.query.get(name, "").strip() for name in _FILTERS}
    store = visit.world.store
    found = await _search(visit.world, _ids(visit.world, asked), _keep(visit.world, asked), visit.query.get("cursor"))
    used = {name: value for name, value in asked.items() if value}
    return await framed(
        visit,
        "messages.html",
        rows=[_row(visit.world, message) for message in found.records],
        older=visit.to("messages", **used, cursor=found.next_cursor) if found.next_cursor else None,
        is_first="cursor" not in visit.query,
        asked=asked,
        is_filtered=bool(used),
        total=len(store.messages),
        searched=MOST_LOOKED_AT,
        apis=[api.dialect for api in visit.server.apis.values()],
        accounts=list(store.accounts),
        channels=[each.value for each in Channel],
        statuses=[each.value for each in Status],
    )


async def _search(world: World, ids: Sequence[str], keep: Keep | None, cursor: str | None) -> Page[Message]:
    table = world.store.messages
    try:
        if keep is None:
            return newest_first(table, ids, limit=PAGE, cursor=cursor)
        epoch, looked, found = world.epoch, 0, list[Message]()
        while True:
            part = newest_first(table, ids, limit=_SLICE, cursor=cursor)
            for count, message in enumerate(part.records, start=1):
                if not keep(message):
                    continue
                found.append(message)
                if len(found) == PAGE:
                    return Page(found, newest_first(table, ids, limit=count, cursor=cursor).next_cursor)
            cursor, looked = part.next_cursor, looked + _SLICE
            if cursor is None or looked >= MOST_LOOKED_AT:
                return Page(found, cursor)
            await asyncio.sleep(0)
            if world.epoch != epoch:
                raise WorldReset
    except ValueError:
        raise BadInput("query", "cursor", "expected the one of the page before") from None


def _ids(world: World, asked: dict[str, str]) -> Sequence[str]:
    store, account, environment = world.store, asked["account"], asked["environment"]
    if not account:
        return store.messages_in_order.ids("all")
    if environment:
        return store.messages_by_environment.ids((account, environment))
    return store.messages_by_account.ids(account)


def _keep(world: World, asked: dict[str, str]) -> Keep | None:
    keeps = [_equals(name, asked[name]) for name in ("api", "channel", "environment") if asked[name]]
    if asked["status"]:
        keeps.append(_stands_at(world, asked["status"]))
    if asked["q"]:
        keeps.append(_has(world, asked["q"]))
    return (lambda message: all(keep(message) for keep in keeps)) if keeps else None


def _equals(name: str, value: str) -> Keep:
    return lambda message: getattr(message, name) == value


def _stands_at(world: World, status: str) -> Keep:
    recipients = world.store.recipients
    return lambda message: any(recipients[id].status == status for id in recipient_ids(message))


def _has(world: World, part: str) -> Keep:
    """Whether an address, an id or the content has a text in it, in whatever case."""
    recipients, wanted = world.store.recipients, part.lower()

    def keep(message: Message) -> bool:
        content = message.content
        texts = (message.id, message.external_id, message.sender, content.text, content.subject, content.html)
        if any(wanted in text.lower() for text in texts if text):
            return True
        if content.rich is not None and wanted in str(content.rich).lower():
            return True
        return any(wanted in recipients[id].address.lower() for id in recipient_ids(message))

    return keep


def _row(world: World, message: Message) -> dict[str, Any]:
    recipients, content = world.store.recipients, message.content
    first = recipients[message.id]
    text = content.subject or content.text or content.html or ("(rich content)" if content.rich else "")
    return {
        "id": message.id,
        "at": message.created_at,
        "api": message.api,
        "account": account_name(world, message.account_id),
        "environment": message.environment,
        "channel": message.channel.value,
        "to": first.address,
        "others": message.recipient_count - 1,
        "status": first.status.value,
        "text": text[:_SNIPPET],
    }
