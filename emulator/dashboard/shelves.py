"""The things that accounts have, shelf by shelf: one account's of one kind."""

from collections.abc import Sequence
from typing import NamedTuple

from emulator.core.errors import NotFound
from emulator.core.records import Account
from emulator.core.store import Store
from emulator.dashboard.visit import Visit
from emulator.server.edge import Api
from emulator.server.editing import Kind, Thing

MOST_ON_A_PAGE = 100


class Shelf(NamedTuple):
    """The things of one kind that one account has."""

    api: Api
    account: Account
    kind: Kind
    label: str


def page_of(visit: Visit, shelves: Sequence[Shelf], start: int) -> tuple[int, list[tuple[Shelf, Thing]]]:
    """How many there are, and those of one page."""
    total, rows = 0, list[tuple[Shelf, Thing]]()
    for shelf in shelves:
        ids = shelf.kind.ids(visit.world, shelf.account)
        wanted = ids[max(0, start - total) : max(0, start + MOST_ON_A_PAGE - total)]
        rows += [(shelf, shelf.kind.thing(visit.world, shelf.account, id)) for id in wanted]
        total += len(ids)
    return total, rows


def shelf_of(visit: Visit) -> Shelf:
    """The shelf that the address names. Raises `NotFound`."""
    account = visit.world.store.accounts[visit.parts["account"]]
    name = visit.parts["kind"]
    for shelf in shelves_of(visit, account):
        if shelf.kind.name == name:
            return shelf
    raise NotFound(name, visit.parts["account"])


def shelves_of(visit: Visit, only: Account | None = None) -> list[Shelf]:
    """The shelves of every account that somebody can be, or those of one account."""
    store = visit.world.store
    found: list[Shelf] = []
    for api in _served(visit):
        accounts = store.accounts_by_api.get(api.dialect.name) if only is None else [only]
        for account in accounts:
            if account.api != api.dialect.name or (only is None and not store.credentials_by_account.ids(account.id)):
                continue
            label = _label(store, account)
            found += [Shelf(api, account, kind, label) for kind in api.dialect.kinds()]
    return found


def _label(store: Store, account: Account) -> str:
    """How an account is told from the others; two environments of one name by their environment."""
    environments = {each.environment for each in store.credentials_by_account.get(account.id)}
    environment = f" ({environments.pop()})" if len(environments) == 1 else ""
    return f"{account.api} · {account.name}{environment}"


def _served(visit: Visit) -> list[Api]:
    return [each for each in visit.server.apis.values() if visit.server.only in (None, each.dialect.name)]


def kinds_of(visit: Visit) -> list[tuple[str, str]]:
    """Every kind that there is, by name, each once."""
    kinds = [kind for api in _served(visit) for kind in api.dialect.kinds()]
    return list({kind.name: (kind.name, kind.title) for kind in kinds}.values())
