"""Home: the APIs with credentials and a request that works; and the clock and the worlds, which every page changes."""

from typing import Any

from emulator.control.overview import directory
from emulator.core.moments import iso_milliseconds
from emulator.dashboard.examples import examples_of
from emulator.dashboard.frame import framed
from emulator.dashboard.visit import Visit
from emulator.server.dialect import Reply


async def show(visit: Visit) -> Reply:
    """The five APIs, and what happened so far."""
    store = visit.world.store
    counters = (
        ("Messages", len(store.messages), visit.to("messages")),
        ("From people", len(store.inbound), visit.to("conversations")),
        ("Webhook events", len(store.webhook_events), visit.to("webhooks")),
        ("Rules and faults", len(store.rules.rows) + len(store.faults.rows), visit.to("failures")),
    )
    return await framed(visit, "home.html", apis=_apis(visit), counters=counters)


async def move_clock(visit: Visit) -> Reply:
    """Change the pace, or move time forward: by a span, or to what falls due next."""
    form = visit.form
    if "pace" in form:
        await visit.ask("setClock", members={"pace": _pace(form["pace"])})
        return visit.go(done="paced")
    if form.get("to") == "next":
        due = visit.world.clock.next_due()
        members = {"by": "0s"} if due is None else {"to": iso_milliseconds(due)}
        # Moments are written to the millisecond, and the timer may be due a little later.
        await visit.ask("advanceClock", members=members)
        if due is not None and visit.world.clock.next_due() == due:
            await visit.ask("advanceClock", members={"by": "1ms"})
    else:
        await visit.ask("advanceClock", members={"by": form.get("by", "")})
    return visit.go(done="advanced")


async def make_world(visit: Visit) -> Reply:
    """Make a world and go there."""
    name = visit.form.get("name", "")
    await visit.ask("createWorld", members={"name": name})
    prefix = visit.root.removeprefix(visit.base_path)
    return Reply(303, headers=((b"location", f"/w/{name}{prefix}/?done=made".encode()),), content_type=None)


async def reset_world(visit: Visit) -> Reply:
    """Make the world as new."""
    await visit.ask("resetWorld")
    return visit.go(done="reset")


def _pace(word: str) -> Any:  # noqa: ANN401 - a word or a number
    return word if word in ("held", "real") else _number(word)


def _number(word: str) -> float | str:
    try:
        return float(word)
    except ValueError:
        return word


def _apis(visit: Visit) -> list[dict[str, Any]]:
    dialects = [api.dialect for api in visit.server.apis.values()]
    # Without sessions: looking must change nothing.
    found: Any = directory(dialects, visit.world, visit.address, only=visit.server.only, sessions=False)["apis"]
    return [{**api, "curl": _curl(visit, api), "counted": _count(visit, api["name"])} for api in found]


def _curl(visit: Visit, api: dict[str, Any]) -> str | None:
    """The first example of the API that its first account can send."""
    if not api["accounts"]:
        return None
    contract = visit.server.apis[api["name"].encode()].contract
    example = next(iter(examples_of(contract)), None)
    return None if example is None else example.as_curl(api["base_url"], api["accounts"][0])


def _count(visit: Visit, api: str) -> int:
    store = visit.world.store
    return sum(len(store.messages_by_account.ids(account.id)) for account in store.accounts_by_api.get(api))
