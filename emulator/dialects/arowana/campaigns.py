"""Campaigns: who is written to, what begins a run, and the steps of its flow.

A campaign is a `Resource` of the kind `campaign`. Its content has `name`, `trigger` (`API`, `MANUAL`, `EVENT` or
`SCHEDULED`), `status`, `audience` (ids of contacts), `flow`, `run_id` of its latest run and `updated_at`. The flow is a
list of steps: `{"kind": "SEND", "message": …}`, with the members of a send but for `to`, and `{"kind": "WAIT",
"for": "24h"}`.
"""

from typing import Any

from emulator.core.errors import Json, NotFound
from emulator.core.records import Resource
from emulator.core.store import Store

KIND = "campaign"
BY_API = "API"
SEND, WAIT = "SEND", "WAIT"

DRAFT, SCHEDULED = "DRAFT", "SCHEDULED"
RUNNING, PAUSED, PAUSED_ERROR, PAUSED_BALANCE = "RUNNING", "PAUSED", "PAUSED_ERROR", "PAUSED_BALANCE"
COMPLETED, COMPLETED_PARTIAL = "COMPLETED", "COMPLETED_PARTIAL"

STARTABLE = frozenset({SCHEDULED, COMPLETED, COMPLETED_PARTIAL})
PAUSES = frozenset({PAUSED, PAUSED_ERROR, PAUSED_BALANCE})


def find(store: Store, account_id: str, id: str) -> Resource:
    """An account's campaign. Raises `NotFound`."""
    found = store.resources.get(id.lower())
    if found is None or found.account_id != account_id or found.kind != KIND:
        raise NotFound("campaign", id)
    return found


def status_of(campaign: Resource) -> str:
    """The status in the API's words."""
    return str(campaign.content["status"])


def audience_of(campaign: Resource) -> list[str]:
    """The ids of a campaign's contacts, each once."""
    audience = campaign.content["audience"]
    assert isinstance(audience, list)
    return list(dict.fromkeys(id for id in audience if isinstance(id, str)))


def messages_of(campaign: Resource) -> list[dict[str, Json]]:
    """The messages of a campaign's flow, in order."""
    return [step["message"] for step in flow_of(campaign) if step["kind"] == SEND]


def flow_of(campaign: Resource) -> list[dict[str, Any]]:
    """The steps of a campaign."""
    flow = campaign.content["flow"]
    assert isinstance(flow, list)
    return [step for step in flow if isinstance(step, dict)]


def next_send(campaign: Resource, step: int) -> int | None:
    """The first step from one on that sends something, or None."""
    flow = flow_of(campaign)
    return next((place for place in range(step, len(flow)) if flow[place]["kind"] == SEND), None)
