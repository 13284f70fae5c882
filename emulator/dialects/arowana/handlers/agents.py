"""RCS agents: made, read, changed, submitted, and where they are launched."""

from collections.abc import Mapping

from emulator.core.errors import FieldProblem, InvalidFields, Json
from emulator.core.moments import iso_seconds
from emulator.core.records import Resource
from emulator.dialects.arowana import agent_life
from emulator.dialects.arowana.refusals import AgentIncomplete
from emulator.server.dialect import Call, Handler, Reply, json_reply

# Source: Arowana documentation, "RCS agents, update", read 2026-11.
LOWEST_CONTRAST = 4.5

# Which times and reasons belong to which status.
_OF_STATUS: Mapping[str, tuple[str, ...]] = {
    "DRAFT": (),
    "PENDING_REVIEW": ("submitted_at",),
    "APPROVED": ("submitted_at", "approved_at"),
    "REJECTED": ("submitted_at", "rejection_reason", "rejected_at"),
}


def create_agent(call: Call) -> Reply:
    """Make a draft."""
    agent = agent_life.create(call.world, call.owner.id, call.members)
    names = ("display_name", "region", "billing_category", "use_case", "newsletter_enabled")
    body: dict[str, Json] = {
        "agent_id": agent.id,
        "status": agent_life.status_of(agent),
        "created_at": iso_seconds(agent.created_at),
        **{name: agent.content[name] for name in names},
    }
    location = f"{call.base_path}{call.path}/{agent.id}".encode("latin-1")
    return json_reply(201, body, ((b"location", location),))


def get_agent(call: Call) -> Reply:
    """Show an agent."""
    return json_reply(200, render_agent(_agent(call)))


def update_agent(call: Call) -> Reply:
    """Change the profile of a draft or of a rejected agent."""
    agent, members = _agent(call), call.members
    color = members.get("color")
    if color is not None and contrast_to_white(color) < LOWEST_CONTRAST:
        raise InvalidFields([FieldProblem(("color",), "not_allowed", color)])
    return json_reply(200, render_agent(agent_life.edit(call.world, agent, members)))


def submit_agent(call: Call) -> Reply:
    """Hand an agent in for review. Raises `AgentIncomplete`."""
    agent = _agent(call)
    agent_life.check_submittable(agent)
    missing = tuple(agent_life.missing(agent))
    if missing:
        raise AgentIncomplete(missing)
    submitted = agent_life.submit(call.world, agent)
    body: dict[str, Json] = {
        "agent_id": submitted.id,
        "status": agent_life.status_of(submitted),
        "submitted_at": submitted.content["submitted_at"],
        "estimated_review_days": agent_life.ESTIMATED_REVIEW_DAYS,
    }
    return json_reply(202, body)


def get_agent_launch(call: Call) -> Reply:
    """Show where an approved agent is launched."""
    agent = _agent(call)
    agent_life.check_approved(agent)
    carriers: list[Json] = [{"carrier": name, **launch} for name, launch in agent_life.launches(agent).items()]
    return json_reply(200, {"agent_id": agent.id, "agent_status": agent_life.status_of(agent), "carriers": carriers})


def render_agent(agent: Resource) -> dict[str, Json]:
    """An agent as the API shows it: the profile, and the times and reasons that belong to its status."""
    content, status = agent.content, agent_life.status_of(agent)
    times = {name: content[name] for name in _OF_STATUS[status] if content.get(name) is not None}
    return {
        "agent_id": agent.id,
        "status": status,
        **{name: content.get(name) for name in agent_life.PROFILE},
        **{name: content[name] for name in agent_life.TERMS},
        **times,
        "created_at": iso_seconds(agent.created_at),
    }


def contrast_to_white(color: str) -> float:
    """The contrast of `#RRGGBB` to white, from 1 to 21.

    Source: W3C, Web Content Accessibility Guidelines 2.1, "contrast ratio" and "relative luminance", read 2026-11.
    """
    red, green, blue = (_linear(int(color[place : place + 2], 16) / 255) for place in (1, 3, 5))
    return 1.05 / (0.2126 * red + 0.7152 * green + 0.0722 * blue + 0.05)


def _linear(value: float) -> float:
    return value / 12.92 if value <= 0.03928 else ((value + 0.055) / 1.055) ** 2.4


def _agent(call: Call) -> Resource:
    return agent_life.find(call.world.store, call.owner.id, call.parameters["id"])


HANDLERS: Mapping[str, Handler] = {
    "createAgent": create_agent,
    "getAgent": get_agent,
    "updateAgent": update_agent,
    "submitAgent": submit_agent,
    "getAgentLaunch": get_agent_launch,
}
