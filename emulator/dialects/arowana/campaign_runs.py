"""Campaigns: a message to each contact of an audience, one contact after the other.

A campaign is a `Resource` of the kind `campaign`. Its content has `name`, `trigger` (`API`, `MANUAL`, `EVENT` or
`SCHEDULED`), `status`, `audience` (ids of contacts), `message` (the members of a send, without `to`), `run_id` of its
latest run and `updated_at`. A run is a `Resource` of the kind `campaign-run`; its content has the `campaign_id`, the
`next` place in the audience, how many contacts are `sending`, `completed`, `failed` and `skipped`, and the number of
the `beat` that is to come: an older beat's timer does nothing.

Source: Arowana documentation, "Campaigns", read 2026-11, has the states, the refusals and what stops a run. Assumed:
a contact a second; a contact is completed once the network took its message, skipped if it may not be written to or
has no address, failed otherwise; a run stops for an outage when a provider gave no usable answer to the last call.
"""

from datetime import timedelta

from msgspec.structs import replace

from emulator.core import wallet
from emulator.core.errors import (
    Forbidden,
    InsufficientFunds,
    Json,
    MessagingError,
    NotFound,
    RecipientSuppressed,
    StatusConflict,
)
from emulator.core.moments import iso_seconds
from emulator.core.records import Contact, Event, EventType, Message, Recipient, Resource
from emulator.core.store import Store
from emulator.dialects.arowana.refusals import DailyLimitReached
from emulator.dialects.arowana.senders import find_sender
from emulator.dialects.arowana.sends import estimate_micros, send_on_behalf
from emulator.dialects.arowana.vocabulary import EMAIL
from emulator.gateway.world import World
from emulator.providers.reasons import Reason

KIND, RUN = "campaign", "campaign-run"
BY_API = "API"

BETWEEN_CONTACTS = timedelta(seconds=1)

RUNNING, PAUSED, PAUSED_ERROR, PAUSED_BALANCE = "RUNNING", "PAUSED", "PAUSED_ERROR", "PAUSED_BALANCE"
COMPLETED, COMPLETED_PARTIAL = "COMPLETED", "COMPLETED_PARTIAL"

_STARTABLE = frozenset({"SCHEDULED", COMPLETED, COMPLETED_PARTIAL})
_PAUSED = frozenset({PAUSED, PAUSED_ERROR, PAUSED_BALANCE})

_OUTAGE = frozenset({Reason.NO_ANSWER, Reason.SERVER_ERROR, Reason.CONNECTION_RESET, Reason.GARBLED_ANSWER})
# What ends a contact's turn: the network took the message, or it never will.
_ENDS = frozenset(
    {EventType.SENT, EventType.FAILED, EventType.BOUNCED, EventType.EXPIRED, EventType.SUPPRESSED, EventType.CANCELED}
)
# Why a send is refused that may not go to this person, whoever sends it.
_KEPT_FROM = frozenset({"consent-required", "consent-revoked", "no-session", "device"})
_COUNTS = ("sending", "completed", "failed", "skipped")


def find(store: Store, account_id: str, id: str) -> Resource:
    """An account's campaign. Raises `NotFound`."""
    found = store.resources.get(id.lower())
    if found is None or found.account_id != account_id or found.kind != KIND:
        raise NotFound("campaign", id)
    return found


def status_of(campaign: Resource) -> str:
    """The status in the API's words."""
    return str(campaign.content["status"])


def trigger(world: World, campaign: Resource) -> Resource:
    """Start a run; gives the run.

    Raises `StatusConflict` for a campaign that has another trigger, or runs, or is a draft; `InsufficientFunds`.
    """
    if campaign.content["trigger"] != BY_API:
        raise StatusConflict("campaign", "not triggered by the API", "trigger")
    _require(campaign, _STARTABLE, "trigger")
    _require_money(world, campaign, 0)
    run = world.store.resources.put(
        Resource(
            id=f"run_{world.ids.hex('campaign run', 32)}",
            account_id=campaign.account_id,
            kind=RUN,
            created_at=world.clock.now,
            content={"campaign_id": campaign.id, "next": 0, "beat": 0, **dict.fromkeys(_COUNTS, 0)},
        )
    )
    _set_status(world, campaign, RUNNING, run_id=run.id)
    return _schedule(world, run)


def pause(world: World, campaign: Resource) -> None:
    """Stop after the contact whose turn it is. Raises `StatusConflict` for a campaign that does not run."""
    _require(campaign, frozenset({RUNNING}), "pause")
    _set_status(world, campaign, PAUSED)


def resume(world: World, campaign: Resource) -> None:
    """Go on with the contacts that are left.

    Raises `StatusConflict` for a campaign that is not paused, and `InsufficientFunds`.
    """
    _require(campaign, _PAUSED, "resume")
    run = _latest(world.store, campaign)
    assert run is not None
    _require_money(world, campaign, _number(run, "next"))
    _set_status(world, campaign, RUNNING)
    _schedule(world, run)


def run_timer(world: World, run: Resource, beat: int) -> None:
    """Give the next contact its turn, unless the run was stopped."""
    campaign = world.store.resources[str(run.content["campaign_id"])]
    if status_of(campaign) != RUNNING or beat != run.content["beat"]:
        return
    place, audience = _number(run, "next"), audience_of(campaign)
    if place < len(audience):
        outcome = _write_to(world, campaign, world.store.contacts.get(audience[place]))
        if outcome is None:
            _set_status(world, campaign, PAUSED_BALANCE)
            return
        run = _change(world, run, next=place + 1, **{outcome: _number(run, outcome) + 1})
    if not _end_if_done(world, campaign, run):
        _schedule(world, run)


def after_event(world: World, message: Message, recipient: Recipient, event: Event) -> None:
    """What an event of a run's message means for the run."""
    campaign_id = message.extras.get("campaign_id")
    campaign = world.store.resources.get(campaign_id) if isinstance(campaign_id, str) else None
    if campaign is None or event.type not in _ENDS or sum(each.type in _ENDS for each in recipient.events) > 1:
        return
    # A run ends only after the last of its messages, so this is one of the latest run.
    run = _latest(world.store, campaign)
    assert run is not None
    outcome = "completed" if event.type is EventType.SENT else "failed"
    run = _change(world, run, sending=_number(run, "sending") - 1, **{outcome: _number(run, outcome) + 1})
    if status_of(campaign) == RUNNING and event.reason in _OUTAGE:
        _set_status(world, campaign, PAUSED_ERROR)
    else:
        _end_if_done(world, campaign, run)


def executions(store: Store, campaign: Resource) -> dict[str, Json]:
    """How many contacts of the latest run are in which state."""
    run = _latest(store, campaign)
    if run is None:
        return dict.fromkeys(("total", "pending", "completed", "failed", "skipped"), 0)
    total = len(audience_of(campaign))
    ended = {name: _number(run, name) for name in ("completed", "failed", "skipped")}
    return {"total": total, "pending": total - sum(ended.values()), **ended}


def remaining_micros(world: World, campaign: Resource) -> int:
    """What the contacts who are still to be written to are estimated to cost; nothing if none of them can be."""
    run = _latest(world.store, campaign)
    try:
        return 0 if run is None else _estimate(world, campaign, _number(run, "next"))
    except NotFound:
        return 0


def audience_of(campaign: Resource) -> list[str]:
    """The ids of a campaign's contacts."""
    audience = campaign.content["audience"]
    assert isinstance(audience, list)
    return [id for id in audience if isinstance(id, str)]


def _write_to(world: World, campaign: Resource, contact: Contact | None) -> str | None:
    """Send the campaign's message to a contact; gives what became of it, None if the money is short."""
    members = _message(campaign)
    try:
        address = dict(contact.addresses).get(_address_kind(world.store, campaign)) if contact is not None else None
        if address is None:
            return "skipped"
        send_on_behalf(world, campaign.account_id, {**members, "to": address}, campaign_id=campaign.id)
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


def _address_kind(store: Store, campaign: Resource) -> str:
    sender = find_sender(store, campaign.account_id, _message(campaign))
    return "email" if sender.channel is EMAIL else "phone"


def _message(campaign: Resource) -> dict[str, Json]:
    message = campaign.content["message"]
    assert isinstance(message, dict)
    return message


def _end_if_done(world: World, campaign: Resource, run: Resource) -> bool:
    """End a run whose contacts all had their turn, and whose messages the network all took or refused."""
    if _number(run, "next") < len(audience_of(campaign)) or _number(run, "sending"):
        return False
    _set_status(world, campaign, COMPLETED_PARTIAL if _number(run, "failed") else COMPLETED)
    return True


def _schedule(world: World, run: Resource) -> Resource:
    """Let the next contact's turn come."""
    beat = _number(run, "beat") + 1
    world.clock.call_in(BETWEEN_CONTACTS, "resource", run.id, beat)
    return _change(world, run, beat=beat)


def _require(campaign: Resource, allowed: frozenset[str], wanted: str) -> None:
    if status_of(campaign) not in allowed:
        raise StatusConflict("campaign", status_of(campaign), wanted)


def _require_money(world: World, campaign: Resource, place: int) -> None:
    wallet.require(world.store, campaign.account_id, _estimate(world, campaign, place))


def _estimate(world: World, campaign: Resource, place: int) -> int:
    """What the contacts from a place of the audience on would cost if all of them were written to."""
    left = len(audience_of(campaign)) - place
    return left * estimate_micros(world, campaign.account_id, _message(campaign)) if left else 0


def _latest(store: Store, campaign: Resource) -> Resource | None:
    run_id = campaign.content.get("run_id")
    return store.resources.get(run_id) if isinstance(run_id, str) else None


def _set_status(world: World, campaign: Resource, status: str, **changes: Json) -> None:
    content: dict[str, Json] = {**campaign.content, **changes, "status": status}
    content["updated_at"] = iso_seconds(world.clock.now)
    world.store.resources.put(replace(campaign, content=content))


def _change(world: World, run: Resource, **changes: Json) -> Resource:
    return world.store.resources.put(replace(run, content={**run.content, **changes}))


def _number(run: Resource, name: str) -> int:
    value = run.content[name]
    assert isinstance(value, int)
    return value
