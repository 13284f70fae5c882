"""RCS agents: made as a draft, completed, reviewed, launched carrier by carrier.

An agent is a `Resource` of the kind `agent`; its id is the one on the wire. On approval it gets an id that begins with
`ag_live_`, and the draft's id stays as an alias. Its content has the members of the API's agent (`status`, the
profile, `region`, `use_case`, `billing_category`, `newsletter_enabled`, the times as text), the id of the channel that
stands for it in the message log (`channel_id`), and `carriers`, which maps a carrier to `status`, `launched_at` and
`rejection_reason`.

Source: Arowana documentation, "RCS agents" (create, update, submit, launch), read 2026-11. How long review and launch
take here, and that a review ends well unless the account's settings say otherwise, is assumed.
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import timedelta
from typing import Any

from msgspec.structs import replace

from emulator.core.errors import Json, NotFound, StatusConflict
from emulator.core.moments import iso_seconds
from emulator.core.records import Resource
from emulator.core.store import Store
from emulator.dialects.arowana.vocabulary import CARRIERS, LAUNCHED
from emulator.dialects.arowana.webhooks import announce_account_event
from emulator.gateway.world import World

KIND = "agent"
ALIAS = "agent-alias"

APPROVED = "agent.approved"
REJECTED = "agent.rejected"

# The documentation promises five to ten days.
REVIEW_AFTER = timedelta(days=5)
LAUNCH_AFTER = timedelta(days=1)
ESTIMATED_REVIEW_DAYS = "5–10"  # noqa: RUF001 - the vendor's own dash
REVIEW_SETTING = "agent_review"
"""The account's setting that says how reviews end: `APPROVED` or `REJECTED`."""
NO_REASON = "The agent does not meet the guidelines."

PROFILE = (
    "display_name",
    "description",
    "color",
    "logo_url",
    "banner_url",
    "phone",
    "email",
    "website",
    "privacy_policy_url",
    "terms_of_service_url",
)
TERMS = ("region", "use_case", "billing_category", "newsletter_enabled")

_NEEDED = ("display_name", "description", "color", "logo_url")
_ONE_OF = ("phone", "email", "website")
_NEEDED_LAST = ("privacy_policy_url", "terms_of_service_url", "region", "billing_category", "use_case")
_EDITABLE = frozenset({"DRAFT", "REJECTED"})

_REVIEW, _LAUNCH = 1, 2


def create(world: World, account_id: str, facts: Mapping[str, Json]) -> Resource:
    """Make a draft. `facts` are the members of the API's body; the profile but for the name is left out."""
    content: dict[str, Json] = dict.fromkeys(PROFILE)
    content |= {name: facts[name] for name in ("display_name", "region", "use_case", "billing_category")}
    content |= {
        "newsletter_enabled": facts.get("newsletter_enabled", False),
        "status": "DRAFT",
        "channel_id": f"ch_{world.ids.hex('channel', 32)}",
        "carriers": {},
    }
    return world.store.resources.put(
        Resource(
            id=f"ag_draft_{world.ids.hex('agent', 32)}",
            account_id=account_id,
            kind=KIND,
            created_at=world.clock.now,
            content=content,
        )
    )


def find(store: Store, account_id: str, id: str) -> Resource:
    """An account's agent by its id, or by the one that it had as a draft. Raises `NotFound`."""
    found = store.resources.rows.get(id)
    if found is not None and found.account_id == account_id:
        if found.kind == KIND:
            return found
        if found.kind == ALIAS:
            return store.resources[str(found.content["agent_id"])]
    raise NotFound("agent", id)


def status_of(agent: Resource) -> str:
    """The status in the API's words."""
    return str(agent.content["status"])


def edit(world: World, agent: Resource, changes: Mapping[str, Json]) -> Resource:
    """Change the profile. Raises `StatusConflict` for an agent that is under review or approved."""
    _require(agent, _EDITABLE, "update")
    return _put(world, agent, {name: changes[name] for name in (*PROFILE, "billing_category") if name in changes})


def missing(agent: Resource) -> Iterator[tuple[str, ...]]:
    """What a review needs and the profile lacks: the names of which one must be given, in the order of the page."""
    content = agent.content
    yield from ((name,) for name in _NEEDED if not content.get(name))
    if not any(content.get(name) for name in _ONE_OF):
        yield _ONE_OF
    yield from ((name,) for name in _NEEDED_LAST if not content.get(name))


def check_submittable(agent: Resource) -> None:
    """Raises `StatusConflict` for an agent that is under review or approved."""
    _require(agent, _EDITABLE, "submit")


def submit(world: World, agent: Resource) -> Resource:
    """Hand a complete agent in for review."""
    submitted = _put(world, agent, {"status": "PENDING_REVIEW", "submitted_at": iso_seconds(world.clock.now)})
    world.clock.call_in(REVIEW_AFTER, "resource", submitted.id, _REVIEW)
    return submitted


def run_timer(world: World, agent: Resource, step: int) -> None:
    """What falls due in an agent's life: the end of a review, a carrier's launch."""
    # A review that ended before its time may have been followed by another, whose own timer comes later.
    is_time = agent.content.get("submitted_at") == iso_seconds(world.clock.now - REVIEW_AFTER)
    if step == _REVIEW and status_of(agent) == "PENDING_REVIEW" and is_time:
        decide(world, agent, str(_extras(world, agent).get(REVIEW_SETTING, "APPROVED")))
    elif step == _LAUNCH and status_of(agent) == "APPROVED":
        for carrier, launch in launches(agent).items():
            if launch["status"] == "PENDING":
                agent = set_launch(world, agent, carrier, "LAUNCHED")


def decide(world: World, agent: Resource, decision: str, reason: str = NO_REASON) -> Resource:
    """End a review: `APPROVED` or `REJECTED`. Raises `StatusConflict` for an agent that is not under review."""
    _require(agent, frozenset({"PENDING_REVIEW"}), decision)
    return _approve(world, agent) if decision == "APPROVED" else _reject(world, agent, reason)


def _approve(world: World, draft: Resource) -> Resource:
    """Give the agent its live id, leave an alias behind, and let the carriers begin."""
    at = iso_seconds(world.clock.now)
    live_id = f"ag_live_{draft.id.removeprefix('ag_draft_')}"
    carriers: dict[str, Json] = {carrier: {"status": "PENDING", "launched_at": None} for carrier in CARRIERS}
    content: dict[str, Json] = {**draft.content, "status": "APPROVED", "approved_at": at, "carriers": carriers}
    store = world.store
    agent = store.resources.put(replace(draft, id=live_id, content=content))
    store.resources.put(replace(draft, kind=ALIAS, content={"agent_id": live_id}))
    world.clock.call_in(LAUNCH_AFTER, "resource", live_id, _LAUNCH)
    facts: dict[str, Json] = {"agent_id": live_id, "display_name": content["display_name"], "approved_at": at}
    announce_account_event(world, store.accounts[agent.account_id], APPROVED, facts)
    return agent


def _reject(world: World, agent: Resource, reason: str) -> Resource:
    at = iso_seconds(world.clock.now)
    rejected = _put(world, agent, {"status": "REJECTED", "rejected_at": at, "rejection_reason": reason})
    facts: dict[str, Json] = {
        "agent_id": agent.id,
        "display_name": agent.content["display_name"],
        "rejected_at": at,
        "reason": reason,
    }
    announce_account_event(world, world.store.accounts[agent.account_id], REJECTED, facts)
    return rejected


def launches(agent: Resource) -> dict[str, dict[str, Json]]:
    """Where an agent is launched: each carrier with its `status`, `launched_at` and `rejection_reason`."""
    known = agent.content.get("carriers")
    assert isinstance(known, dict)
    found: dict[str, dict[str, Json]] = {}
    for carrier in CARRIERS:
        launch = known.get(carrier)
        found[carrier] = dict(launch) if isinstance(launch, dict) else {"status": "UNLAUNCHED", "launched_at": None}
    return found


def is_launched(agent: Resource, carriers: Iterable[str] = CARRIERS) -> bool:
    """Whether an agent is launched at any of some carriers."""
    known: Any = agent.content["carriers"]
    for carrier in carriers:
        launch = known.get(carrier)
        if launch is not None and launch["status"] == LAUNCHED:
            return True
    return False


def set_launch(world: World, agent: Resource, carrier: str, status: str, reason: str = NO_REASON) -> Resource:
    """Set where an agent stands at a carrier."""
    launch: dict[str, Json] = {
        "status": status,
        "launched_at": iso_seconds(world.clock.now) if status == "LAUNCHED" else None,
    }
    if status == "REJECTED":
        launch["rejection_reason"] = reason
    carriers: dict[str, Json] = {name: dict(each) for name, each in launches(agent).items()}
    return _put(world, agent, {"carriers": {**carriers, carrier: launch}})


def check_approved(agent: Resource) -> None:
    """Raises `StatusConflict` for an agent that is not approved."""
    _require(agent, frozenset({"APPROVED"}), "launch")


def _require(agent: Resource, allowed: frozenset[str], wanted: str) -> None:
    if status_of(agent) not in allowed:
        raise StatusConflict("agent", status_of(agent), wanted)


def _extras(world: World, agent: Resource) -> Mapping[str, Json]:
    return world.store.accounts[agent.account_id].extras


def _put(world: World, agent: Resource, changes: Mapping[str, Json]) -> Resource:
    return world.store.resources.put(replace(agent, content={**agent.content, **changes}))
