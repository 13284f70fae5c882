"""The beginning of a story brought about in a world: what is given, provider rules, faults.

All or nothing: what cannot be done leaves the world as it was. The rules and faults of an earlier story make room for
those of the new one; those that were entered by hand stay.
"""

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from msgspec.structs import replace

from emulator.control.account_changes import Changes
from emulator.control.call import ControlCall, accounts_called, is_taken
from emulator.control.clock import moment_ahead
from emulator.control.failures import refusing_unusable
from emulator.control.problems import BadInput, Impossible
from emulator.control.worlds import read_pace
from emulator.core.errors import AlreadyExists, FieldProblem, InvalidFields, Json, NotFound
from emulator.core.journal import NoteEntry
from emulator.core.moments import iso_milliseconds, read_moment
from emulator.core.records import Account, Resource, Sink
from emulator.failures import read_faults, read_rules
from emulator.gateway import faults, rules
from emulator.gateway.world import World
from emulator.server.dialect import Dialect, Reply, json_reply
from emulator.server.knowing import known_in
from emulator.server.timekeeper import Advanced, ClockBusy

MARK = "scenario"
"""The id and kind of the record that says what a world owes to a story."""

SINK = "story"
"""The built-in receiver to which `${receiver}` leads, where nobody plays the story."""

_NEW = "new"
_NAMED = "consents"

Members = Mapping[str, Any]


class Wanted(NamedTuple):
    """What is given of one account; the first one of the API if `name` is None.

    It is given in each of these environments of the account; in the first one if there are none.
    """

    dialect: Dialect
    name: str | None
    members: Members
    environments: Sequence[str]


class Begun(NamedTuple):
    """What a story brought about: ids of accounts, provider rules and faults."""

    accounts: Sequence[str]
    providers: Sequence[str]
    faults: Sequence[str]


async def load_scenario(call: ControlCall) -> Reply:
    """Bring about the beginning of a story. Steps are not played."""
    begun = await bring_about(call)
    return json_reply(
        200,
        {
            "accounts": list(begun.accounts),
            "providers": list(begun.providers),
            "faults": list(begun.faults),
            "now": iso_milliseconds(call.world.clock.now),
        },
    )


async def bring_about(call: ControlCall) -> Begun:
    """Bring about accounts, rules and faults, and then the time that is given.

    Raises what a call of the control API is refused with; nothing is changed then.
    """
    clock: Members = call.members.get("given", {}).get("clock", {})
    if clock and call.server.worlds.keeper(call.world).is_advancing:
        raise ClockBusy
    at = moment_ahead(call, "given.clock.at", clock["at"]) if "at" in clock else None
    begun = begin(call)
    if at is not None:
        await call.server.worlds.keeper(call.world).advance(at)
    return begun


def move_clock(call: ControlCall) -> asyncio.Task[Advanced] | None:
    """Let the clock move on to the moment that is given, if that is ahead, while others are answered."""
    at = read_moment(call.members.get("given", {}).get("clock", {}).get("at", ""))
    keeper = call.server.worlds.keeper(call.world)
    if at is None or at <= call.world.clock.now or keeper.is_advancing:
        return None
    return asyncio.get_running_loop().create_task(keeper.advance(at))


def begin(call: ControlCall) -> Begun:
    """Bring about accounts, rules, faults and the pace in one stretch, or nothing at all.

    Raises what a call of the control API is refused with.
    """
    world = call.world
    clock: Members = call.members.get("given", {}).get("clock", {})
    pace = read_pace(clock["pace"]) if "pace" in clock else None
    before, timers = world.store.copy(), world.clock.state()
    try:
        begun = _begin(call)
    except Exception:
        world.store.load(before)
        world.clock.load(timers)
        raise
    if pace is not None:
        world.clock.set_pace(pace)
        call.server.worlds.keeper(world).restart()
    call.server.worlds.waiting.wake(world)
    return begun


def has_begun(world: World) -> bool:
    """Whether a story was begun in a world since it was made, or made as new."""
    return MARK in world.store.resources


def _begin(call: ControlCall) -> Begun:
    world, members = call.world, call.members
    _end_the_last(world)
    accounts = [account.id for wanted in _accounts(call) for account in _change(call, wanted)]
    known = known_in(world, call.server.apis.values())
    with refusing_unusable("providers"):
        rule_drafts = read_rules(members.get("providers", []), known)
    with refusing_unusable("faults"):
        fault_drafts = read_faults(members.get("faults", []), known)
    _choose_answers(world, members.get("given", {}).get("receiver", {}).get("answers"))
    begun = Begun(
        accounts,
        [rules.enter(world, draft).id for draft in rule_drafts],
        [faults.enter(world, draft).id for draft in fault_drafts],
    )
    name = str(members.get("name", ""))
    content: dict[str, Json] = {"providers": [*begun.providers], "faults": [*begun.faults]}
    world.store.resources.put(
        Resource(id=MARK, account_id="", kind=MARK, key=name or None, content=content, created_at=world.clock.now)
    )
    world.journal.add(world.clock.now, NoteEntry("scenario", MARK, name))
    return begun


def _choose_answers(world: World, answers: Sequence[int] | None) -> None:
    """What the built-in receiver of stories answers, where nobody plays the story and receives for it."""
    if answers is not None:
        sink = world.store.sinks.get(SINK) or Sink(name=SINK)
        world.store.sinks.put(replace(sink, statuses=tuple(answers), answered=0))


def _end_the_last(world: World) -> None:
    """Withdraw the rules and faults of the story before; some may have been withdrawn by hand."""
    last = world.store.resources.get(MARK)
    if last is None:
        return
    for name, withdraw in (("providers", rules.withdraw), ("faults", faults.withdraw)):
        ids = last.content[name]
        assert isinstance(ids, list)
        for id in ids:
            try:
                withdraw(world, str(id))
            except NotFound:
                continue


def _accounts(call: ControlCall) -> Iterator[Wanted]:
    """What is given of accounts. Raises `BadInput` if nobody knows of which API."""
    given: Members = call.members.get("given", {})
    accounts: Members = given.get("accounts", {})
    if "account" not in given and not accounts:
        return
    if "api" not in call.members:
        raise BadInput("body", "api", "is needed, because accounts are given")
    dialect = call.dialect(call.members["api"], place="body")
    chosen: list[str] | str = given.get("environment", [])
    environments = [chosen] if isinstance(chosen, str) else list(dict.fromkeys(chosen))
    if "account" in given:
        yield Wanted(dialect, None, given["account"], environments)
    for name, members in accounts.items():
        yield Wanted(dialect, name, members, environments)


def _change(call: ControlCall, wanted: Wanted) -> list[Account]:
    name, members = wanted.name, wanted.members
    place = ("given", "account") if name is None else ("given", "accounts", name)
    changes = {key: value for key, value in members.items() if key not in (_NEW, _NAMED)}
    if _NAMED in members:
        changes["settings"] = {**changes.get("settings", {}), _NAMED: members[_NAMED]}
    account = _account(call, wanted)
    sides = _sides(call, wanted, account) if wanted.environments else [account]
    return [_change_one(call, wanted.dialect, side, changes, place) for side in sides]


def _change_one(
    call: ControlCall, dialect: Dialect, account: Account, changes: Members, place: tuple[str, ...]
) -> Account:
    try:
        return Changes(call.world, dialect, account, changes).apply(account)
    except BadInput as error:
        raise BadInput("body", ".".join((*place, error.name)), error.detail) from None
    except InvalidFields as error:
        raise InvalidFields([_below(problem, place) for problem in error.problems]) from None


def _below(problem: FieldProblem, place: tuple[str, ...]) -> FieldProblem:
    return problem._replace(path=(*place, *problem.path))


def _sides(call: ControlCall, wanted: Wanted, account: Account) -> list[Account]:
    """An account in the environments that are given; where both share one account, that once. Raises `BadInput`."""
    cards = wanted.dialect.describe(call.world)
    name = next((card.name for card in cards if card.id == account.id), account.name)
    sides = {card.environment: card.id for card in reversed(cards) if card.name == name}
    for environment in wanted.environments:
        if environment not in sides:
            known = ", ".join(reversed(sides))
            detail = f"the account {name} has no environment {environment}; it has {known or 'none'}"
            raise BadInput("body", "given.environment", detail)
    return [call.world.store.accounts[id] for id in dict.fromkeys(sides[each] for each in wanted.environments)]


def _account(call: ControlCall, wanted: Wanted) -> Account:
    world, dialect, name = call.world, wanted.dialect, wanted.name
    if name is None:
        cards = dialect.describe(world)
        if not cards:
            raise Impossible(f"{dialect.title} has no account yet; name one under `accounts`, with `new: true`.")
        return world.store.accounts[cards[0].id]
    if not wanted.members.get(_NEW, False):
        try:
            return accounts_called(call, name, dialect.name)[0]
        except NotFound:
            known = ", ".join(dict.fromkeys(card.name for card in dialect.describe(world)))
            raise BadInput(
                "body", f"given.accounts.{name}", f"there is no such account; there are {known} (`new: true` makes one)"
            ) from None
    if dialect.provision is None:
        raise Impossible(f"Accounts of {dialect.title} cannot be provisioned here.")
    if is_taken(world, dialect.name, name):
        raise AlreadyExists("account", name)
    return dialect.provision(world, name)
