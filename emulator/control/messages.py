"""The inbox over all APIs, and one message in full."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import msgspec

from emulator.control.call import ControlCall, account_name, accounts_called, wait_of
from emulator.control.pages import DEFAULT_LIMIT, page
from emulator.control.rendering import message_in_full
from emulator.core.errors import Json, NotFound
from emulator.core.moments import iso_milliseconds
from emulator.core.paging import Page
from emulator.core.records import Message, recipient_ids
from emulator.gateway.world import World
from emulator.server.dialect import Reply, json_reply

Keep = Callable[[Message], bool]

_AT_ONCE = 2_000


async def list_messages(call: ControlCall) -> Reply:
    """A page of messages, newest first; the first one, with `wait`, held until there is something on it."""
    wait = wait_of(call)
    search = _Search(call, call.query)
    found = await search.page()
    if not found.records and wait is not None and "cursor" not in call.query:
        found = await call.server.worlds.waiting.until(call.world, search.look_again, wait) or found
    summaries: list[Json] = [_summary(call.world, message) for message in found.records]
    return json_reply(200, {"messages": summaries, "next": found.next_cursor})


def get_message(call: ControlCall) -> Reply:
    """One message with all that became of it."""
    message = call.world.store.messages[call.parameters["id"]]
    dialect = call.server.apis[message.api.encode()].dialect
    mount = "" if call.server.only == dialect.name else f"/{dialect.name}"
    content = dialect.render_content(call.world, message, call.address + mount)
    return json_reply(200, message_in_full(call.world, message, content))


class Counted(NamedTuple):
    """How many messages match, and the newest of them as the inbox shows them."""

    total: int
    newest: list[Json]


async def count_messages(call: ControlCall, filter: Mapping[str, Any], *, shown: int) -> Counted:
    """Count the messages that match a filter: the members are those of the inbox's query."""
    search = _Search(call, {**filter, "limit": _AT_ONCE})
    total, newest = 0, list[Json]()
    while True:
        found = await search.page()
        total += len(found.records)
        newest.extend(_summary(call.world, message) for message in found.records[: shown - len(newest)])
        if found.next_cursor is None:
            return Counted(total, newest)
        search.go_on(found.next_cursor)


class _Search:
    """A question to the inbox, which can be asked again for what is new."""

    def __init__(self, call: ControlCall, query: Mapping[str, Any]) -> None:
        self._world = call.world
        self._limit: int = query.get("limit", DEFAULT_LIMIT)
        self._cursor: str | None = query.get("cursor")
        self._after: str | None = query.get("after")
        self._group: str | None = None
        self._keep = self._filter(call, query)
        self._seen = 0

    async def page(self) -> Page[Message]:
        """The page that was asked for."""
        ids = self._ids()
        self._seen = len(ids)
        return await page(
            self._world, self._world.store.messages, ids, limit=self._limit, cursor=self._cursor, keep=self._keep
        )

    def go_on(self, cursor: str) -> None:
        """Ask for the next page."""
        self._cursor = cursor

    async def look_again(self) -> Page[Message] | None:
        """The page, if a message came since the last look that belongs on it.

        What is searched for does not change in a message, so those that did not match need no second look.
        """
        rows = self._world.store.messages.rows
        ids = self._ids()
        new, self._seen = ids[self._seen :], len(ids)
        keep = self._keep
        found = [rows[id] for id in reversed(new) if keep is None or keep(rows[id])]
        if len(found) > self._limit:
            return await self.page()
        return Page(found, None) if found else None

    def _ids(self) -> Sequence[str]:
        store = self._world.store
        if self._after is not None:
            return _younger(store.messages_in_order.ids("all"), self._after)
        if self._group is None:
            return store.messages_in_order.ids("all")
        return store.messages_by_account.ids(self._group)

    def _filter(self, call: ControlCall, query: Mapping[str, Any]) -> Keep | None:
        """What the query asks for; one account's messages are a group of their own."""
        api = query.get("api")
        keeps: list[Keep] = []
        if api is not None:
            call.dialect(api, place="query")
            keeps.append(lambda message: message.api == api)
        if "account" in query:
            accounts = frozenset(account.id for account in accounts_called(call, query["account"], api))
            # Which messages are younger than one is known for all of them together.
            self._group = next(iter(accounts)) if len(accounts) == 1 and self._after is None else None
            keeps = [lambda message: message.account_id in accounts] if self._group is None else []
        if "channel" in query:
            keeps.append(lambda message: message.channel == query["channel"])
        if "recipient" in query:
            keeps.append(_to(call.world, query["recipient"]))
        if "contains" in query:
            keeps.append(lambda message: _says(message, query["contains"]))
        return (lambda message: all(keep(message) for keep in keeps)) if keeps else None


def _younger(ids: Sequence[str], id: str) -> Sequence[str]:
    """The ids behind one, looked for from the end, where it mostly is. Raises `NotFound`."""
    for place in range(len(ids) - 1, -1, -1):
        if ids[place] == id:
            return ids[place + 1 :]
    raise NotFound("message", id)


def _to(world: World, address: str) -> Keep:
    wanted = _comparable(address)
    recipients = world.store.recipients

    def keep(message: Message) -> bool:
        return any(_comparable(recipients[id].address) == wanted for id in recipient_ids(message))

    return keep


def _comparable(address: str) -> str:
    """An address without what people leave out. The plus of a query string is a space."""
    return address.strip().removeprefix("+").lower()


def _says(message: Message, part: str) -> bool:
    content = message.content
    if any(part in text for text in (content.text, content.subject, content.html) if text):
        return True
    return content.rich is not None and part in msgspec.json.encode(content.rich).decode()


def _summary(world: World, message: Message) -> dict[str, Json]:
    recipients = (world.store.recipients[id] for id in recipient_ids(message))
    return {
        "id": message.id,
        "api": message.api,
        "account": account_name(world, message.account_id),
        "environment": message.environment,
        "channel": message.channel.value,
        "recipients": [{"address": each.address, "status": each.status.value} for each in recipients],
        "text": message.content.text,
        "created_at": iso_milliseconds(message.created_at),
    }
