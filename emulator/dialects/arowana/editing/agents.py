"""RCS agents, through the API; and the steps of their lives that the vendor's people and the carriers take."""

from collections.abc import Callable

from emulator.core.records import Account
from emulator.dialects.arowana import agent_life
from emulator.dialects.arowana.vocabulary import CARRIERS, LAUNCHED, MESSAGE_TYPES_OF_USE_CASE
from emulator.gateway.world import World
from emulator.server.editing import ApiCall, Field, Kind, Thing

_SUBMIT, _APPROVE, _REJECT = "Submit for review", "Approve", "Reject"

_LABELS = {
    "description": "Description",
    "color": "Colour",
    "logo_url": "Logo",
    "banner_url": "Banner",
    "phone": "Phone",
    "email": "E-mail",
    "website": "Website",
    "privacy_policy_url": "Privacy policy",
    "terms_of_service_url": "Terms of service",
}


def _launch(carrier: str) -> str:
    return f"Launch at {carrier}"


def _suspend(carrier: str) -> str:
    return f"Suspend at {carrier}"


def _show(world: World, account: Account, id: str) -> Thing:
    agent = agent_life.find(world.store, account.id, id)
    status, launches = agent_life.status_of(agent), agent_life.launches(agent)
    steps: tuple[str, ...] = ()
    if status in ("DRAFT", "REJECTED"):
        steps = (_SUBMIT,)
    elif status == "PENDING_REVIEW":
        steps = (_APPROVE, _REJECT)
    elif status == "APPROVED":
        steps = tuple((_suspend if launches[each]["status"] == LAUNCHED else _launch)(each) for each in CARRIERS)
    names = (*agent_life.PROFILE, *agent_life.TERMS)
    times = ("submitted_at", "approved_at", "rejected_at", "rejection_reason")
    return Thing(
        id=agent.id,
        title=str(agent.content["display_name"]),
        status=status,
        members={name: agent.content.get(name) for name in names},
        facts={
            "Id": agent.id,
            **{name.replace("_", " ").capitalize(): agent.content.get(name) for name in times},
            "Carriers": {carrier: launch["status"] for carrier, launch in launches.items()},
        },
        steps=steps,
    )


def _decide(decision: str) -> Callable[[World, Account, str], None]:
    def do(world: World, account: Account, id: str) -> None:
        agent_life.decide(world, agent_life.find(world.store, account.id, id), decision)

    return do


def _set_launch(carrier: str, status: str) -> Callable[[World, Account, str], None]:
    def do(world: World, account: Account, id: str) -> None:
        agent = agent_life.find(world.store, account.id, id)
        agent_life.check_approved(agent)
        agent_life.set_launch(world, agent, carrier, status)

    return do


KIND = Kind(
    name="agents",
    one="agent",
    title="Agents",
    fields=(
        Field(name="display_name", label="Name", is_needed=True),
        Field(
            name="region",
            label="Region",
            schema={"type": "string", "enum": ["EUROPE"]},
            is_needed=True,
            is_fixed=True,
            usual="EUROPE",
        ),
        Field(
            name="use_case",
            label="Use case",
            schema={"type": "string", "enum": list(MESSAGE_TYPES_OF_USE_CASE)},
            is_needed=True,
            is_fixed=True,
        ),
        Field(
            name="billing_category",
            label="Billing category",
            schema={"type": "string", "enum": ["CONVERSATIONAL", "NON_CONVERSATIONAL"]},
            is_needed=True,
        ),
        Field(name="newsletter_enabled", label="Newsletters", schema={"type": "boolean"}, is_fixed=True),
        *(
            Field(name=name, label=label, is_later=True, is_long=name == "description")
            for name, label in _LABELS.items()
        ),
    ),
    ids=lambda world, account: world.store.resources_by_kind.ids((account.id, agent_life.KIND)),
    thing=_show,
    create=ApiCall(operation="createAgent", id_of=lambda answer: str(answer["agent_id"])),
    update=ApiCall(operation="updateAgent"),
    steps={
        _SUBMIT: ApiCall(operation="submitAgent"),
        _APPROVE: _decide("APPROVED"),
        _REJECT: _decide("REJECTED"),
        **{_launch(each): _set_launch(each, LAUNCHED) for each in CARRIERS},
        **{_suspend(each): _set_launch(each, "SUSPENDED") for each in CARRIERS},
    },
)
