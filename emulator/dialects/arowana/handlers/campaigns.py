"""Campaigns: started, paused, resumed, and how they are doing."""

from collections.abc import Mapping

from emulator.core.errors import Json
from emulator.core.records import Resource
from emulator.dialects.arowana import campaign_figures, campaign_runs, campaigns
from emulator.dialects.arowana.money import euros
from emulator.server.dialect import Call, Handler, Reply, json_reply


def trigger_campaign(call: Call) -> Reply:
    """Start a run."""
    run = campaign_runs.trigger(call.world, _campaign(call))
    return json_reply(202, {"run_id": run.id, "status": campaigns.RUNNING})


def pause_campaign(call: Call) -> Reply:
    """Stop a run; contacts that have not been written to wait."""
    campaign_runs.pause(call.world, _campaign(call))
    return json_reply(200, {"status": campaigns.PAUSED})


def resume_campaign(call: Call) -> Reply:
    """Go on with the contacts that wait."""
    campaign_runs.resume(call.world, _campaign(call))
    return json_reply(200, {"status": campaigns.RUNNING})


def get_campaign_status(call: Call) -> Reply:
    """Show the state and the counts of the latest run."""
    campaign = _campaign(call)
    body: dict[str, Json] = {
        "campaign_id": campaign.id,
        "status": campaigns.status_of(campaign),
        "run_id": campaign.content.get("run_id"),
        "executions": campaign_figures.executions(call.world.store, campaign),
        "estimated_remaining_cost": euros(campaign_figures.remaining_micros(call.world, campaign)),
        "updated_at": campaign.content["updated_at"],
    }
    return json_reply(200, body)


def _campaign(call: Call) -> Resource:
    return campaigns.find(call.world.store, call.owner.id, call.parameters["id"])


HANDLERS: Mapping[str, Handler] = {
    "triggerCampaign": trigger_campaign,
    "pauseCampaign": pause_campaign,
    "resumeCampaign": resume_campaign,
    "getCampaignStatus": get_campaign_status,
}
