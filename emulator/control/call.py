"""One call of the control API, and what it can reach."""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from datetime import timedelta
from typing import Any, NamedTuple

from emulator.control.problems import BadInput, NoSuchAccount
from emulator.control.spans import parse_span
from emulator.core.errors import NotFound
from emulator.core.records import Account
from emulator.gateway.world import World
from emulator.server.contract import Contract
from emulator.server.dialect import Dialect, RawHeaders, Reply
from emulator.server.edge import Api
from emulator.server.waiting import LONGEST_WAIT
from emulator.server.worlds import Worlds


class Server(NamedTuple):
    """What belongs to the whole server. `only` names the API that is served at the root, if there is one."""

    worlds: Worlds
    apis: Mapping[bytes, Api]
    contract: Contract
    version: str
    only: str | None = None


class ControlCall(NamedTuple):
    """A checked request.

    `parameters` are those of the path, `query` and `members` the query's and the body's. `address` is scheme, host and
    the world's prefix, with which addresses begin that lead back; `origin` the same without the prefix.
    """

    server: Server
    world: World
    parameters: Mapping[str, str]
    query: Mapping[str, Any]
    members: Mapping[str, Any]
    origin: str
    base_path: str
    method: str = "GET"
    raw_headers: RawHeaders = ()
    raw_body: bytes = b""

    @property
    def address(self) -> str:
        """What addresses in this world begin with."""
        return self.origin + self.base_path

    def dialect(self, name: str, *, place: str) -> Dialect:
        """The API of this name, which stands in the member or parameter `api`. Raises `BadInput`."""
        api = self.server.apis.get(name.encode())
        if api is None:
            known = ", ".join(each.decode() for each in self.server.apis)
            raise BadInput(place, "api", f"there is no API {name!r}; there are {known}")
        return api.dialect


class Stream(NamedTuple):
    """An answer that goes on: text in parts, until the caller goes, the server stops or there is no more."""

    content_type: bytes
    parts: AsyncIterator[bytes]


Handler = Callable[[ControlCall], Reply | Stream | Awaitable[Reply]]


def account_of(call: ControlCall) -> Account:
    """The account whose id the path gives. Raises `NoSuchAccount`: a name may be that of several."""
    word = call.parameters["id"]
    account = call.world.store.accounts.get(word)
    if account is None:
        raise NoSuchAccount(word, [_with_place(call, each) for each in _called(call, word, None)])
    return account


def _with_place(call: ControlCall, account: Account) -> str:
    """An account's id, with what tells it from others of its name."""
    cards = call.server.apis[account.api.encode()].dialect.describe(call.world)
    environments = [card.environment for card in cards if card.id == account.id]
    return f"{account.id} ({' '.join((account.api, ' and '.join(environments))).strip()})"


def accounts_called(call: ControlCall, word: str, api: str | None) -> tuple[Account, ...]:
    """The accounts with this id or name, of one API or of all. Raises `NotFound` if there is none.

    A name is the account's own, or the one that `listApis` gives it.
    """
    accounts = call.world.store.accounts
    by_id = accounts.get(word)
    if by_id is not None and api in (None, by_id.api):
        return (by_id,)
    found = _called(call, word, api)
    if not found:
        raise NotFound("account", word)
    return found


def _called(call: ControlCall, name: str, api: str | None) -> tuple[Account, ...]:
    store = call.world.store
    candidates = store.accounts if api is None else store.accounts_by_api.get(api)
    named = [account for account in candidates if account.name == name]
    return tuple({account.id: account for account in (*named, *_carded(call, name, api))}.values())


def account_called(call: ControlCall, word: str, api: str) -> Account:
    """The one account of an API with this id or name; of those that differ in their environment alone the first.

    Raises `NotFound`, and `BadInput` naming the candidates where a name is that of several.
    """
    first, *others = found = accounts_called(call, word, api)
    if others and not _are_sides(call, found, api):
        candidates = " and ".join(f"{each.id} ({each.name})" for each in found)
        raise BadInput("body", "account", f"{word!r} could be {candidates}; name one by its id")
    return first


def _are_sides(call: ControlCall, accounts: tuple[Account, ...], api: str) -> bool:
    ids = {account.id for account in accounts}
    cards = [card for card in call.server.apis[api.encode()].dialect.describe(call.world) if card.id in ids]
    return len({card.name for card in cards}) == 1 and len({card.environment for card in cards}) == len(ids)


def is_taken(world: World, api: str, name: str) -> bool:
    """Whether an account of an API has this name, or was made under it."""
    return any(name in (each.name, each.extras.get("title")) for each in world.store.accounts_by_api.get(api))


def _carded(call: ControlCall, word: str, api: str | None) -> tuple[Account, ...]:
    dialects = [each.dialect for each in call.server.apis.values() if api in (None, each.dialect.name)]
    cards = [card for dialect in dialects for card in dialect.describe(call.world) if card.name == word]
    accounts = (call.world.store.accounts.get(id) for id in dict.fromkeys(card.id for card in cards))
    return tuple(account for account in accounts if account is not None)


def account_name(world: World, id: str | None) -> str:
    """How an account is called; its id if it is gone."""
    account = world.store.accounts.get(id) if id is not None else None
    return account.name if account is not None else id or ""


def wait_of(call: ControlCall) -> timedelta | None:
    """How long a call is to be held, or None. Raises `BadInput` for more than `LONGEST_WAIT`."""
    text = call.query.get("wait")
    if text is None:
        return None
    span = parse_span(text)
    if span > LONGEST_WAIT:
        raise BadInput("query", "wait", f"expected at most {LONGEST_WAIT.seconds}s")
    return span
