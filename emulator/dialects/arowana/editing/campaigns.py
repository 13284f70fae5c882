"""Campaigns as the vendor's flow builder makes them: who is written to, what begins a run, and its steps."""

from typing import Any

from msgspec.structs import replace

from emulator.core.errors import FieldProblem, InvalidFields, Json, StatusConflict
from emulator.core.moments import iso_seconds
from emulator.core.records import Account, Resource
from emulator.dialects.arowana import agent_life, campaign_figures, campaign_runs, campaigns, senders
from emulator.dialects.arowana.parse import check_parts, find_template, read_ttl
from emulator.dialects.arowana.vocabulary import (
    CHANNEL_WORDS,
    EMAIL,
    LONGEST_TTL,
    MESSAGE,
    NEWSLETTER,
    RCS,
    TRAFFIC_TYPES,
)
from emulator.gateway.world import World
from emulator.server.editing import Field, Kind, Members, Step, Thing

_TRIGGERS = (campaigns.BY_API, "MANUAL", "EVENT", "SCHEDULED")
_BY_HAND = frozenset({campaigns.BY_API, "MANUAL"})
_AT_REST = campaigns.STARTABLE | {campaigns.DRAFT}

_MOST_OFFERED = 500

_ACTIVATE, _BACK, _RUN, _PAUSE, _RESUME = "Activate", "Back to draft", "Trigger", "Pause", "Resume"

# An address of each kind, to see whether a step fits its sender.
_SOMEBODY = {True: "somebody@example.org", False: "+4915112345678"}


def _people(world: World, account: Account) -> list[tuple[str, str]]:
    contacts = list(world.store.contacts_by_account.get(account.id))[:_MOST_OFFERED]
    return [(each.id, ", ".join(address for _, address in each.addresses) or each.id) for each in contacts]


def _senders(world: World, account: Account) -> list[tuple[str, str]]:
    kinds = ((agent_life.KIND, "display_name"), (senders.KIND, "from"))
    return [
        (each.id, f"{each.content.get(name) or each.content.get('type')} ({each.id})")
        for kind, name in kinds
        for each in world.store.resources_by_kind.get((account.id, kind))
    ]


def _templates(world: World, account: Account) -> list[tuple[str, str]]:
    every = (each for each in world.store.templates if each.account_id == account.id and "@" not in each.key)
    return [(each.key, f"{each.subject or each.text[:60]} ({each.key})") for each in every]


_SEND = Step(
    kind=campaigns.SEND,
    label="Send a message",
    fields=(
        Field(name="sender", label="From", options=_senders, is_needed=True),
        Field(
            name="message_type",
            label="Type",
            schema={"type": "string", "enum": [MESSAGE, NEWSLETTER]},
            is_needed=True,
            usual=MESSAGE,
        ),
        Field(
            name="traffic_type",
            label="Traffic",
            schema={"type": "string", "enum": list(TRAFFIC_TYPES)},
            hint="Of an RCS message.",
        ),
        Field(name="template_id", label="Template", options=_templates, hint="Or what follows."),
        Field(name="template_data", label="Values of its places, as JSON", schema={"type": "object"}),
        Field(name="subject", label="Subject", schema={"type": "string", "maxLength": 998}, hint="Of a mail."),
        Field(name="text", label="Text", schema={"type": "string", "maxLength": 500_000}, is_long=True),
        Field(
            name="html",
            label="HTML",
            schema={"type": "string", "maxLength": 500_000},
            is_long=True,
            hint="Of a mail.",
        ),
    ),
)
_WAIT = Step(
    kind=campaigns.WAIT,
    label="Wait",
    fields=(
        Field(
            name="for",
            label="How long",
            schema={"type": "string", "pattern": "^[0-9]{1,7}[smh]$"},
            is_needed=True,
            usual="24h",
            hint="Such as 30m or 24h.",
        ),
    ),
)

_FIELDS = (
    Field(name="name", label="Name", schema={"type": "string", "minLength": 1, "maxLength": 200}, is_needed=True),
    Field(
        name="trigger",
        label="Begins",
        schema={"type": "string", "enum": list(_TRIGGERS)},
        is_needed=True,
        usual=campaigns.BY_API,
        hint="Only a campaign with the trigger API can be triggered over the API.",
    ),
    Field(name="audience", label="Audience", schema={"type": "array"}, options=_people),
    Field(name="flow", label="Steps", schema={"type": "array"}, steps=(_SEND, _WAIT)),
)


def _show(world: World, account: Account, id: str) -> Thing:
    campaign = campaigns.find(world.store, account.id, id)
    content = campaign.content
    status, trigger = campaigns.status_of(campaign), str(content["trigger"])
    return Thing(
        id=campaign.id,
        title=str(content["name"]),
        status=status,
        members={
            "name": content["name"],
            "trigger": trigger,
            "audience": campaigns.audience_of(campaign),
            "flow": [_to_fields(step) for step in campaigns.flow_of(campaign)],
        },
        facts={
            "Id": campaign.id,
            "Run": content["run_id"],
            "Executions": campaign_figures.executions(world.store, campaign),
            "Updated": content["updated_at"],
        },
        steps=_steps(status, trigger),
    )


def _steps(status: str, trigger: str) -> tuple[str, ...]:
    if status == campaigns.DRAFT:
        return (_ACTIVATE,)
    if status == campaigns.RUNNING:
        return (_PAUSE,)
    if status not in _AT_REST:
        return (_RESUME,)
    return (_RUN, _BACK) if trigger in _BY_HAND else (_BACK,)


def _create(world: World, account: Account, members: Members) -> str:
    content: dict[str, Json] = {"status": campaigns.DRAFT, "run_id": None, **_content(world, account, members)}
    campaign = Resource(
        id=world.ids.uuid("campaign"),
        account_id=account.id,
        kind=campaigns.KIND,
        created_at=world.clock.now,
        content=content,
    )
    return world.store.resources.put(campaign).id


def _update(world: World, account: Account, id: str, members: Members) -> str:
    campaign = campaigns.find(world.store, account.id, id)
    _require_rest(campaign, "changed")
    content = _content(world, account, members)
    return world.store.resources.put(replace(campaign, content={**campaign.content, **content})).id


def _delete(world: World, account: Account, id: str) -> None:
    campaign = campaigns.find(world.store, account.id, id)
    _require_rest(campaign, "deleted")
    world.store.resources.delete(campaign.id)


def _require_rest(campaign: Resource, wanted: str) -> None:
    """A run goes by the campaign's steps, so they stay while it goes. Raises `StatusConflict`."""
    status = campaigns.status_of(campaign)
    if status not in _AT_REST:
        raise StatusConflict("campaign", status, wanted)


def _set_status(world: World, account: Account, id: str, status: str) -> None:
    campaign = campaigns.find(world.store, account.id, id)
    _require_rest(campaign, status)
    if status == campaigns.SCHEDULED and not campaigns.messages_of(campaign):
        raise StatusConflict("campaign", "without a message", status)
    content: dict[str, Json] = {**campaign.content, "status": status, "updated_at": iso_seconds(world.clock.now)}
    world.store.resources.put(replace(campaign, content=content))


def _content(world: World, account: Account, members: Members) -> dict[str, Json]:
    """What the form says of a campaign, in the campaign's own form. Raises `InvalidFields`."""
    return {
        "name": members["name"],
        "trigger": members["trigger"],
        "audience": members["audience"],
        "flow": [_step(world, account, place, step) for place, step in enumerate(members["flow"])],
        "updated_at": iso_seconds(world.clock.now),
    }


def _step(world: World, account: Account, place: int, step: dict[str, Any]) -> dict[str, Json]:
    if step["kind"] == campaigns.WAIT:
        if read_ttl(step["for"]) > LONGEST_TTL:
            raise InvalidFields(
                [FieldProblem(("flow", place, "for"), "maximum", step["for"], f"{LONGEST_TTL.days} days")]
            )
        return {"kind": step["kind"], "for": step["for"]}
    message = _message(world, step)
    try:
        _check(world, account, message)
    except InvalidFields as error:
        raise InvalidFields(
            [each._replace(path=("flow", place, *_as_field(each.path))) for each in error.problems]
        ) from None
    return {"kind": step["kind"], "message": message}


def _message(world: World, step: dict[str, Any]) -> dict[str, Any]:
    """The members of a send that a step's fields say."""
    sender = world.store.resources[step["sender"]]
    names = ("message_type", "traffic_type", "subject", "template_id", "template_data")
    message = {name: step[name] for name in names if name in step}
    message["agent_id" if sender.kind == agent_life.KIND else "channel_id"] = sender.id
    content = {name: step[name] for name in ("html", "text") if name in step}
    return {**message, "content": content} if content else message


def _check(world: World, account: Account, message: dict[str, Any]) -> None:
    """What a send is checked for before anything depends on who it goes to. Raises `InvalidFields`."""
    store = world.store
    channel = senders.find_sender(store, account.id, message).channel
    problems: list[FieldProblem] = []
    content = message.get("content", {})
    if ("template_id" in message) == bool(content):
        problems.append(FieldProblem(("text",), "not_allowed" if content else "required"))
    if channel is RCS and "traffic_type" not in message:
        problems.append(FieldProblem(("traffic_type",), "required"))
    if channel is not RCS and "traffic_type" in message:
        problems.append(FieldProblem(("traffic_type",), "not_allowed"))
    if channel is not EMAIL:
        problems += [FieldProblem((name,), "not_allowed") for name in ("subject",) if name in message]
        problems += [FieldProblem(("html",), "not_allowed") for _ in range("html" in content)]
    elif content and "subject" not in message:
        problems.append(FieldProblem(("subject",), "required"))
    if problems:
        raise InvalidFields(problems)
    check_parts(channel, find_template(store, account.id, message), {**message, "to": _SOMEBODY[channel is EMAIL]})


def _as_field(path: tuple[str | int, ...]) -> tuple[str | int, ...]:
    return path[1:] if path[:1] == ("content",) else path


def _to_fields(step: dict[str, Any]) -> dict[str, Any]:
    if step["kind"] == campaigns.WAIT:
        return step
    message = dict(step["message"])
    sender = message.pop("agent_id", None) or message.pop("channel_id", None)
    return {"kind": step["kind"], "sender": sender, **message, **message.pop("content", {})}


def _trigger(world: World, account: Account, id: str) -> None:
    campaign_runs.start(world, campaigns.find(world.store, account.id, id))


def _pause(world: World, account: Account, id: str) -> None:
    campaign_runs.pause(world, campaigns.find(world.store, account.id, id))


def _resume(world: World, account: Account, id: str) -> None:
    campaign_runs.resume(world, campaigns.find(world.store, account.id, id))


KIND = Kind(
    name="campaigns",
    one="campaign",
    title="Campaigns",
    hint=f"Each contact is written to in turn; {CHANNEL_WORDS[RCS]} and mail may follow one another.",
    fields=_FIELDS,
    ids=lambda world, account: world.store.resources_by_kind.ids((account.id, campaigns.KIND)),
    thing=_show,
    create=_create,
    update=_update,
    delete=_delete,
    steps={
        _ACTIVATE: lambda world, account, one: _set_status(world, account, one, campaigns.SCHEDULED),
        _BACK: lambda world, account, one: _set_status(world, account, one, campaigns.DRAFT),
        _RUN: _trigger,
        _PAUSE: _pause,
        _RESUME: _resume,
    },
)
