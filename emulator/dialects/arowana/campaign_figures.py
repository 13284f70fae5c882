"""Where a campaign's run stands: who had a turn, who is out of it, and what the rest would cost.

What a run's content is, is said in `campaign_runs`.
"""

from emulator.core.errors import Json, NotFound
from emulator.core.records import Resource
from emulator.core.store import Store
from emulator.dialects.arowana.campaigns import SEND, audience_of, flow_of
from emulator.dialects.arowana.sends import estimate_micros
from emulator.gateway.world import World


def executions(store: Store, campaign: Resource) -> dict[str, Json]:
    """How many contacts of the latest run are in which state."""
    run = latest(store, campaign)
    if run is None:
        return dict.fromkeys(("total", "pending", "completed", "failed", "skipped"), 0)
    total = len(audience_of(campaign))
    ended = {name: figure(run, name) for name in ("completed", "failed", "skipped")}
    return {"total": total, "pending": total - sum(ended.values()), **ended}


def remaining_micros(world: World, campaign: Resource) -> int:
    """What the contacts who are still to be written to are estimated to cost; nothing if none of them can be."""
    run = latest(world.store, campaign)
    try:
        return 0 if run is None else estimate_left(world, campaign, run)
    except NotFound:
        return 0


def estimate_left(world: World, campaign: Resource, run: Resource | None) -> int:
    """What is left of a run (all of it, before it begins) would cost if all of its contacts were written to."""
    step, place, out = (0, 0, 0) if run is None else (figure(run, "step"), figure(run, "next"), len(out_of(run)))
    total = 0
    for number, each in enumerate(flow_of(campaign)):
        people = len(audience_of(campaign)) - (place if number == step else out)
        if each["kind"] == SEND and number >= step and people:
            total += people * estimate_micros(world, campaign.account_id, each["message"])
    return total


def latest(store: Store, campaign: Resource) -> Resource | None:
    """A campaign's latest run, or None."""
    run_id = campaign.content.get("run_id")
    return store.resources.get(run_id) if isinstance(run_id, str) else None


def next_place(campaign: Resource, run: Resource) -> int:
    """The place in the audience of the contact whose turn it is; those that are out of the run are passed over."""
    audience, out = audience_of(campaign), out_of(run)
    place = figure(run, "next")
    while place < len(audience) and audience[place] in out:
        place += 1
    return place


def out_of(run: Resource) -> list[Json]:
    """The ids of the contacts that are out of a run."""
    out = run.content["out"]
    assert isinstance(out, list)
    return out


def figure(run: Resource, name: str) -> int:
    """One of the numbers that a run's content has."""
    value = run.content[name]
    assert isinstance(value, int)
    return value
