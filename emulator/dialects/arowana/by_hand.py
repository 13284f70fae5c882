"""What people decide outside the API, as settings of an account in the control API.

They confirm a consent that was asked for with double opt-in, end a review, launch an agent at a carrier, let automatic
payments fail. The first three are done at once; what only says how things will go is kept in the account's `extras`.
"""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from emulator.core.errors import Json, NotFound
from emulator.core.records import Account
from emulator.dialects.arowana import agent_life, consent_records
from emulator.dialects.arowana.test_agent import CODE_SETTING
from emulator.dialects.arowana.topups import PAYMENT_FAILURES, PAYMENT_SETTING
from emulator.dialects.arowana.vocabulary import CARRIERS
from emulator.gateway.world import World

CONFIRM_CONSENTS = "confirm_consents"
DECIDE_REVIEWS = "decide_reviews"
LAUNCHES = "launches"

_LAUNCH_STATUSES = ("UNLAUNCHED", "PENDING", "LAUNCHED", "REJECTED", "SUSPENDED")

SETTINGS: Mapping[str, Mapping[str, Json]] = MappingProxyType(
    {
        CONFIRM_CONSENTS: {
            "description": "Ids of consent records that their contacts confirm now.",
            "type": "array",
            "items": {"type": "string"},
        },
        DECIDE_REVIEWS: {
            "description": "Agents under review, by id, and how their reviews end now.",
            "type": "object",
            "additionalProperties": {
                "type": "object",
                "required": ["decision"],
                "properties": {
                    "decision": {"type": "string", "enum": ["APPROVED", "REJECTED"]},
                    "reason": {"type": "string", "minLength": 1},
                },
            },
        },
        LAUNCHES: {
            "description": "Approved agents, by id, and where they stand at carriers from now on.",
            "type": "object",
            "additionalProperties": {
                "type": "object",
                "properties": {carrier: {"type": "string", "enum": list(_LAUNCH_STATUSES)} for carrier in CARRIERS},
                "additionalProperties": False,
            },
        },
        agent_life.REVIEW_SETTING: {
            "description": "How reviews end that nobody decides by hand.",
            "type": "string",
            "enum": ["APPROVED", "REJECTED"],
        },
        PAYMENT_SETTING: {
            "description": "Why automatic payments fail; null if they do not.",
            "type": ["string", "null"],
            "enum": [*PAYMENT_FAILURES, None],
        },
        CODE_SETTING: {
            "description": "The code that a number of the sandbox gets.",
            "type": "string",
            "pattern": "^[0-9]{6}$",
        },
    }
)
"""What can be chosen, each with the schema of its value."""


def act(world: World, account: Account, asked: Mapping[str, Json]) -> dict[str, Json]:
    """Do at once what is to be done at once; gives the rest, which is to be kept.

    Raises `NotFound`, and `StatusConflict` for an agent in another state.
    """
    for name, do in _AT_ONCE.items():
        if name in asked:
            do(world, account.id, asked[name])
    return {name: value for name, value in asked.items() if name not in _AT_ONCE}


def _confirm(world: World, account_id: str, ids: Any) -> None:  # noqa: ANN401 - the schema has looked at it
    for id in ids:
        record = world.store.consents.get(id)
        if record is None or record.account_id != account_id:
            raise NotFound("consent", id)
        consent_records.confirm(world, record)


def _decide(world: World, account_id: str, decisions: Any) -> None:  # noqa: ANN401 - the schema has looked at it
    for id, each in decisions.items():
        agent = agent_life.find(world.store, account_id, id)
        agent_life.decide(world, agent, each["decision"], each.get("reason", agent_life.NO_REASON))


def _launch(world: World, account_id: str, launches: Any) -> None:  # noqa: ANN401 - the schema has looked at it
    for id, carriers in launches.items():
        agent = agent_life.find(world.store, account_id, id)
        agent_life.check_approved(agent)
        for carrier, status in carriers.items():
            agent = agent_life.set_launch(world, agent, carrier, status)


_AT_ONCE: Mapping[str, Callable[[World, str, Any], None]] = {
    CONFIRM_CONSENTS: _confirm,
    DECIDE_REVIEWS: _decide,
    LAUNCHES: _launch,
}
