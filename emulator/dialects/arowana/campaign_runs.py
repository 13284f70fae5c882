"""Runs of campaigns: messages to each contact of an audience, one contact after the other, step by step.

A run is a `Resource` of the kind `campaign-run`; its content has the `campaign_id`, the `step` of the flow at which all
contacts are, the `next` place in the audience, how many contacts are `sending`, `completed`, `failed` and `skipped`,
the ids of those that are `out` of the run, the moment before which nothing is sent (`not_before`), and the number of
the `beat` that is to come: an older beat's timer does nothing. Campaigns are described in `campaigns`.

Source: Arowana documentation, "Campaigns", read 2026-11, has the states, the refusals and what stops a run. Assumed:
a contact a second; all contacts pass a step before the next begins; a contact is completed once the network took its
last message, and leaves the run as skipped if it may not be written to or has no address, as failed otherwise; a run
stops for an outage when a provider gave no usable answer to the last call.
"""

from datetime import datetime, timedelta

from msgspec.structs import replace

from emulator.core import wallet
from emulator.core.errors import (
    Forbidden,
    InsufficientFunds,
    Json,
    MessagingError,
    RecipientSuppressed,
    StatusConflict,
)
from emulator.core.moments import iso_seconds
from emulator.core.records import Contact, Event, EventType, Message, Recipient, Resource
from emulator.core.store import Store
from emulator.dialects.arowana.campaign_figures import estimate_left, figure, latest, next_place, out_of
from emulator.dialects.arowana.campaigns import (
    BY_API,
    COMPLETED,
    COMPLETED_PARTIAL,
    PAUSED,
    PAUSED_BALANCE,
    PAUSED_ERROR,
    PAUSES,
    RUNNING,
    STARTABLE,
    audience_of,
    flow_of,
    next_send,
    status_of,
)
from emulator.dialects.arowana.parse import read_ttl
from emulator.dialects.arowana.refusals import DailyLimitReached
from emulator.dialects.arowana.senders import find_sender
from emulator.dialects.arowana.sends import send_on_behalf
from emulator.dialects.arowana.vocabulary import EMAIL
from emulator.gateway.world import World
from emulator.providers.reasons import Reason

RUN = "campaign-run"

BETWEEN_CONTACTS = timedelta(seconds=1)

_OUTAGE = frozenset({Reason.NO_ANSWER, Reason.SERVER_ERROR, Reason.CONNECTION_RESET, Reason.GARBLED_ANSWER})
# What ends a contact's turn: the network took the message, or it never will.
_ENDS = frozenset(
    {EventType.SENT, EventType.FAILED, EventType.BOUNCED, EventType.EXPIRED, EventType.SUPPRESSED, EventType.CANCELED}
)
# Why a send is refused that may not go to this person, whoever sends it.
_KEPT_FROM = frozenset({"consent-required", "consent-revoked", "no-session", "device"})
_COUNTS = ("sending", "completed", "failed", "skipped")


def trigger(world: World, campaign: Resource) -> Resource:
    """Start a run for a caller of the API; gives the run.

    Raises `StatusConflict` for a campaign that has another trigger, or runs, or is a draft; `InsufficientFunds`.
    """
    if campaign.content["trigger"] != BY_API:
        raise StatusConflict("campaign", "not triggered by the API", "trigger")
    return start(world, campaign)


def start(world: World, campaign: Resource) -> Resource:
    """Start a run, whoever asks; gives the run. Raises `StatusConflict`, `InsufficientFunds`."""
    _require(campaign, STARTABLE, "trigger")
    _require_money(world, campaign, None)
    run = world.store.resources.put(
        Resource(
            id=f"run_{world.ids.hex('campaign run', 32)}",
            account_id=campaign.account_id,
            kind=RUN,
            created_at=world.clock.now,
            content={
                "campaign_id": campaign.id,
                "step": 0,
                "next": 0,
                "beat": 0,
                "out": [],
                "not_before": None,
                **dict.fromkeys(_COUNTS, 0),
            },
        )
    )
    _set_status(world, campaign, RUNNING, run_id=run.id)
    return _enter_step(world, campaign, run, 0)


def pause(world: World, campaign: Resource) -> None:
    """Stop after the contact whose turn it is. Raises `StatusConflict` for a campaign that does not run."""
    _require(campaign, frozenset({RUNNING}), "pause")
    _set_status(world, campaign, PAUSED)


def resume(world: World, campaign: Resource) -> None:
    """Go on with the contacts that are left.

    Raises `StatusConflict` for a campaign that is not paused, and `InsufficientFunds`.
    """
    _require(campaign, PAUSES, "resume")
    run = latest(world.store, campaign)
    assert run is not None
    _require_money(world, campaign, run)
    _set_status(world, campaign, RUNNING)
    _schedule(world, run)


def run_timer(world: World, run: Resource, beat: int) -> None:
    """Give the next contact its turn, unless the run was stopped."""
    campaign = world.store.resources[str(run.content["campaign_id"])]
    if status_of(campaign) != RUNNING or beat != run.content["beat"]:
        return
    place, audience = next_place(campaign, run), audience_of(campaign)
    if place < len(audience):
        outcome = _write_to(world, campaign, run, world.store.contacts.get(audience[place]))
        if outcome is None:
            _set_status(world, campaign, PAUSED_BALANCE)
            return
        run = _change(world, run, next=place + 1, **_counted(run, outcome, audience[place]))
    if not _go_on_if_done(world, campaign, run):
        _schedule(world, run)


def after_event(world: World, message: Message, recipient: Recipient, event: Event) -> None:
    """What an event of a run's message means for the run."""
    campaign_id = message.extras.get("campaign_id")
    campaign = world.store.resources.get(campaign_id) if isinstance(campaign_id, str) else None
    if campaign is None or event.type not in _ENDS or sum(each.type in _ENDS for each in recipient.events) > 1:
        return
    # A run ends only after the last of its messages, so this is one of the latest run.
    run = latest(world.store, campaign)
    assert run is not None
    outcome = "failed"
    if event.type is EventType.SENT:
        outcome = "completed" if next_send(campaign, figure(run, "step") + 1) is None else ""
    changes = _counted(run, outcome, message.contact_id or "") if outcome else {}
    run = _change(world, run, sending=figure(run, "sending") - 1, **changes)
    if status_of(campaign) == RUNNING and event.reason in _OUTAGE:
        _set_status(world, campaign, PAUSED_ERROR)
    else:
        _go_on_if_done(world, campaign, run)


def _write_to(world: World, campaign: Resource, run: Resource, contact: Contact | None) -> str | None:
    """Send the message of the run's step to a contact; gives what became of it, None if the money is short."""
    members = flow_of(campaign)[figure(run, "step")]["message"]
    try:
        kind = _address_kind(world.store, campaign.account_id, members)
        address = dict(contact.addresses).get(kind) if contact is not None else None
        if contact is None or address is None:
            return "skipped"
        facts: dict[str, Json] = {"campaign_id": campaign.id, "contact_id": contact.id}
        account = world.store.accounts[campaign.account_id]
        send_on_behalf(world, account, {**members, "to": address}, run=facts)
    except InsufficientFunds:
        return None
    except MessagingError as error:
        return "skipped" if _is_about_the_person(error) else "failed"
    return "sending"


def _is_about_the_person(error: MessagingError) -> bool:
    """Whether a send is refused because of this contact; otherwise it is for all of them."""
    if isinstance(error, Forbidden):
        return error.why in _KEPT_FROM
    return isinstance(error, RecipientSuppressed | DailyLimitReached)


def _address_kind(store: Store, account_id: str, message: dict[str, Json]) -> str:
    return "email" if find_sender(store, account_id, message).channel is EMAIL else "phone"


def _counted(run: Resource, outcome: str, contact_id: str) -> dict[str, Json]:
    """What a contact's outcome changes in a run; one that failed or was skipped is out of it."""
    changes: dict[str, Json] = {outcome: figure(run, outcome) + 1}
    if outcome in ("failed", "skipped"):
        changes["out"] = [*out_of(run), contact_id]
    return changes


def _go_on_if_done(world: World, campaign: Resource, run: Resource) -> bool:
    """Go on to the next step, or end the run, once all contacts had their turn and no message is on its way."""
    if next_place(campaign, run) < len(audience_of(campaign)) or figure(run, "sending"):
        return False
    step = figure(run, "step") + 1
    is_anybody_left = len(out_of(run)) < len(audience_of(campaign))
    if is_anybody_left and next_send(campaign, step) is not None:
        _enter_step(world, campaign, run, step)
    else:
        _set_status(world, campaign, COMPLETED_PARTIAL if figure(run, "failed") else COMPLETED)
    return True


def _enter_step(world: World, campaign: Resource, run: Resource, step: int) -> Resource:
    """Begin with the first contact at the next step that sends, after the waits before it."""
    place = next_send(campaign, step)
    assert place is not None
    waits = [read_ttl(each["for"]) for each in flow_of(campaign)[step:place]]
    not_before = (world.clock.now + sum(waits, timedelta())).isoformat() if waits else None
    return _schedule(world, _change(world, run, step=place, next=0, not_before=not_before))


def _schedule(world: World, run: Resource) -> Resource:
    """Let the next contact's turn come."""
    beat = figure(run, "beat") + 1
    not_before = run.content["not_before"]
    at = world.clock.now + BETWEEN_CONTACTS
    if isinstance(not_before, str):
        at = max(at, datetime.fromisoformat(not_before))
    world.clock.call_at(at, "resource", run.id, beat)
    return _change(world, run, beat=beat)


def _require(campaign: Resource, allowed: frozenset[str], wanted: str) -> None:
    if status_of(campaign) not in allowed:
        raise StatusConflict("campaign", status_of(campaign), wanted)


def _require_money(world: World, campaign: Resource, run: Resource | None) -> None:
    wallet.require(world.store, campaign.account_id, estimate_left(world, campaign, run))


def _set_status(world: World, campaign: Resource, status: str, **changes: Json) -> None:
    content: dict[str, Json] = {**campaign.content, **changes, "status": status}
    content["updated_at"] = iso_seconds(world.clock.now)
    world.store.resources.put(replace(campaign, content=content))


def _change(world: World, run: Resource, **changes: Json) -> Resource:
    return world.store.resources.put(replace(run, content={**run.content, **changes}))
