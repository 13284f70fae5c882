"""A change that somebody made in the dashboard: through the API where it can do it, else as the dialect does it."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import msgspec

from emulator.core.errors import InvalidFields, Json
from emulator.core.journal import NoteEntry
from emulator.core.records import Account
from emulator.dashboard.sending import Answer, request
from emulator.dashboard.visit import Visit
from emulator.server.contract import Operation
from emulator.server.contract.references import is_object
from emulator.server.dialect import AccountCard, Dialect
from emulator.server.edge import Api
from emulator.server.editing import ApiCall, Field, Kind, Members, Thing


class ApiRefused(Exception):
    """The API refused. `answer` is what it said."""

    def __init__(self, answer: Answer) -> None:
        super().__init__(answer.status)
        self.answer = answer


class CannotEmpty(Exception):
    """The API has no way to clear the fields of these `names`."""

    def __init__(self, names: Sequence[str]) -> None:
        super().__init__(*names)
        self.names = names


class NoCredential(Exception):
    """The account has nothing that proves it to the operation."""


class Editor:
    """Changes things of one kind in one account.

    Raises what a dialect's function refuses with, `InvalidFields` for a body that breaks the contract, `CannotEmpty`,
    `ApiRefused` and `NoCredential`.
    """

    def __init__(self, visit: Visit, api: Api, account: Account, kind: Kind) -> None:
        self._visit = visit
        self._api = api
        self._account = account
        self._kind = kind

    async def create(self, members: Members) -> str:
        """Make one; gives its id."""
        how = self._kind.create
        if isinstance(how, ApiCall):
            return how.id_of(await self._call(how, None, members))
        assert how is not None
        return self._done(how(self._visit.world, self._account, members), "made")

    async def update(self, thing: Thing, members: Members) -> str:
        """Change one; gives its id from now on. What it had and `members` have not is cleared."""
        how = self._kind.update
        if isinstance(how, ApiCall):
            await self._call(how, thing.id, *_with_emptied(self._kind.fields, thing.members, members))
            return thing.id
        assert how is not None
        return self._done(how(self._visit.world, self._account, thing.id, members), "changed")

    async def delete(self, id: str) -> None:
        """Delete one."""
        assert self._kind.delete is not None
        await self._do(self._kind.delete, id, "deleted")

    async def take(self, step: str, id: str) -> None:
        """Take a step with one, by the button's word."""
        await self._do(self._kind.steps[step], id, step)

    async def _do(self, how: Callable[..., None] | ApiCall, id: str, word: str) -> None:
        if isinstance(how, ApiCall):
            await self._call(how, id, {})
            return
        how(self._visit.world, self._account, id)
        self._done(id, word)

    def _done(self, id: str, word: str) -> str:
        """Note what no call tells of, so that open pages see it."""
        world = self._visit.world
        world.journal.add(world.clock.now, NoteEntry("edited by hand", id, f"{self._kind.one} {word}"))
        self._visit.server.worlds.waiting.wake(world)
        return id

    async def _call(self, call: ApiCall, id: str | None, members: Members, emptied: Sequence[str] = ()) -> Any:  # noqa: ANN401 - JSON
        dialect, operation = self._api.dialect, self._api.contract.operation(call.operation)
        raw = b""
        if operation.content_types:
            body = call.body(members)
            _check_body(operation, body, emptied)
            raw = msgspec.json.encode(body)
        card, headers = _credential(self._visit, dialect, self._account, operation)
        mount = "" if self._visit.server.only == dialect.name else f"/{dialect.name}"
        url = self._visit.address + mount + _path(operation.path, card.parameters, id)
        if raw:
            headers = {**headers, "Content-Type": "application/json"}
        answer = await request(self._visit.apis, operation.method, url, headers, raw)
        if not 200 <= answer.status < 300:
            raise ApiRefused(answer)
        return msgspec.json.decode(answer.body) if answer.body else None


def _with_emptied(fields: Sequence[Field], before: Members, members: Members) -> tuple[Members, list[str]]:
    """What was filled in with what was emptied as None, and the names of that."""
    changed, emptied = dict(members), list[str]()
    for field in fields:
        had, has = before.get(field.name), members.get(field.name)
        if field.is_fixed or had in (None, "", [], {}):
            continue
        if field.is_merged and is_object(had) and (has is None or is_object(has)):
            changed[field.name] = {**dict.fromkeys(had), **(has or {})}
        elif has is None:
            changed[field.name] = None
            emptied.append(field.name)
    return changed, emptied


def _check_body(operation: Operation, body: Json, emptied: Sequence[str]) -> None:
    try:
        operation.check_body(body)
    except InvalidFields as error:
        names = [name for name in emptied if any(problem.path == (name,) for problem in error.problems)]
        if names:
            raise CannotEmpty(names) from None
        raise


def _credential(
    visit: Visit, dialect: Dialect, account: Account, operation: Operation
) -> tuple[AccountCard, Mapping[str, str]]:
    """The account's card, and the headers that prove it: a fresh session where there is one, or else a key."""
    cards = [card for card in dialect.describe(visit.world) if card.id == account.id]
    for card in cards:
        # A person at a dashboard; keys may be kept from what people do.
        if card.session in operation.security and dialect.sign_in is not None:
            return card, dialect.sign_in(visit.world, account, None)[0]
        for scheme, headers in card.credentials.items():
            if scheme in operation.security:
                return card, headers
    raise NoCredential(f"{account.name} has no credential for {operation.id}")


def _path(path: str, parameters: Mapping[str, Any], id: str | None) -> str:
    """The path of a call: the thing's id is its last name, the account's card knows the others."""
    from urllib.parse import quote  # noqa: PLC0415 - beside its only use

    names = [part[1:-1] for part in path.split("/") if part.startswith("{")]
    known = {**parameters, **({names[-1]: id} if names and id is not None else {})}
    for name in names:
        path = path.replace(f"{{{name}}}", quote(str(known.get(name, "")), safe=""))
    return path
