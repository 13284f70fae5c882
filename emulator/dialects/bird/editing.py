"""What people edit by hand: contacts, connectors and subscriptions through the API, templates beside it."""

from collections.abc import Callable
from typing import Any

from msgspec.structs import replace

from emulator.core.errors import Json
from emulator.core.records import Account, Resource
from emulator.core.table import owned
from emulator.dialects.bird import channels, connectors, subscriptions
from emulator.dialects.bird.timestamps import timestamp
from emulator.dialects.bird.vocabulary import CHANNEL_CREATED, CHANNEL_UPDATED, PLATFORM_OF_CHANNEL, PLATFORMS
from emulator.dialects.bird.webhooks import SERVICE, event_name
from emulator.gateway.world import World
from emulator.server import usual_kinds, usual_templates
from emulator.server.editing import ApiCall, Field, Kind, Members, Thing

_ACTIVATE, _DEACTIVATE, _FINISH = "Activate", "Deactivate", "Finish installing"
_TEMPLATES = ("sms-messagebird", "whatsapp", "instagram", "facebook", "telegram", "line", "email-messagebird")


def _show_contact(world: World, account: Account, id: str) -> Thing:
    contact = owned(world.store.contacts, account.id, id)
    identifiers = [f"{key}={value}" for key, value in contact.addresses]
    return Thing(
        id=id,
        title=contact.name or next((value for _, value in contact.addresses), id),
        members={
            "displayName": contact.name,
            "identifiers": identifiers,
            "attributes": contact.content.get("attributes"),
            "listIds": contact.content.get("listIds"),
        },
        facts={"Since": timestamp(contact.created_at)},
    )


def _pairs(lines: list[str]) -> list[Json]:
    """Lines such as `phonenumber=+31600000001` as pairs of key and value."""
    return [{"key": key, "value": value} for key, _, value in (line.partition("=") for line in lines)]


def _contact_body(members: Members) -> Json:
    body: dict[str, Any] = dict(members)
    if "identifiers" in body:
        body["identifiers"] = _pairs(body["identifiers"])
    return body


def _contact_changes(members: Members) -> Json:
    """The body of a change. Only as an attribute can the name be null."""
    body: dict[str, Any] = dict(members)
    if body.get("displayName", "") is None:
        name: dict[str, Json] = {"displayName": body.pop("displayName")}
        body["attributes"] = {**body.get("attributes", {}), **name}
    return body


_PAIRS: dict[str, Json] = {"type": "array", "items": {"type": "string", "pattern": "^[^=]+=.+$"}}

_CONTACTS = Kind(
    name="contacts",
    one="contact",
    title="Contacts",
    fields=(
        Field(name="displayName", label="Name"),
        Field(
            name="identifiers",
            label="Identifiers, one a line",
            schema=_PAIRS,
            is_fixed=True,
            hint="Such as phonenumber=+31600000001 or emailaddress=ada@example.com.",
        ),
        Field(name="attributes", label="Attributes, as JSON", schema={"type": "object"}, is_merged=True),
        Field(name="listIds", label="Lists, one id a line", schema={"type": "array", "items": {"type": "string"}}),
    ),
    ids=lambda world, account: world.store.contacts_by_account.ids(account.id),
    thing=_show_contact,
    create=ApiCall(operation="createContact", body=_contact_body),
    update=ApiCall(operation="updateContact", body=_contact_changes),
    delete=ApiCall(operation="deleteContact"),
)


def _show_channel(world: World, account: Account, id: str) -> Thing:
    channel = channels.find_channel(world.store, account.id, id)
    content = channel.content
    status = str(content["status"])
    steps = {connectors.PENDING: (_FINISH,), connectors.ACTIVE: (_DEACTIVATE,), "inactive": (_ACTIVATE,)}
    facts: dict[str, Json] = {"Id": id, "Number or address": content["identifier"], "Platform": content["platformId"]}
    return Thing(
        id=id,
        title=f"{content['name']}: {content['identifier']}",
        status=status,
        members={"name": content["name"]},
        facts={**facts, "Connector": content["connectorId"]},
        steps=steps.get(status, ()),
    )


def _set_status(status: str) -> Callable[[World, Account, str], None]:
    def do(world: World, account: Account, id: str) -> None:
        channel = channels.find_channel(world.store, account.id, id)
        connectors.tell(world, channels.change(world, channel, status=status), CHANNEL_UPDATED)

    return do


def _finish(world: World, account: Account, id: str) -> None:
    connectors.finish(world, channels.find_channel(world.store, account.id, id).id, 0)


def _uninstall(world: World, account: Account, id: str) -> None:
    channel: Resource = channels.find_channel(world.store, account.id, id)
    connectors.remove(world, connectors.find(world.store, account.id, str(channel.content["connectorId"])))


_CHANNELS = Kind(
    name="channels",
    one="channel",
    title="Channels",
    hint="A channel comes with the connector that is installed, and goes with it.",
    fields=(
        Field(name="name", label="Name", schema=usual_kinds.NAME, is_needed=True, is_fixed=True),
        Field(
            name="connectorTemplateRef",
            label="What to install",
            schema={"type": "string", "enum": [f"{each}:1" for each in _TEMPLATES]},
            is_needed=True,
            is_fixed=True,
        ),
    ),
    ids=lambda world, account: world.store.resources_by_kind.ids((account.id, channels.CHANNEL)),
    thing=_show_channel,
    create=ApiCall(operation="createConnector", id_of=lambda answer: str(answer["channel"]["channelId"])),
    delete=_uninstall,
    steps={
        _FINISH: _finish,
        _ACTIVATE: _set_status(connectors.ACTIVE),
        _DEACTIVATE: _set_status("inactive"),
    },
)

_NAMES = (event_name(platform, kind) for platform in PLATFORMS for kind in ("inbound", "outbound", "interaction"))
_EVENTS = (*dict.fromkeys(name for name in _NAMES if name), CHANNEL_CREATED, CHANNEL_UPDATED)


def _show_subscription(world: World, account: Account, id: str) -> Thing:
    shown = usual_kinds.show_endpoint(world, account, id)
    endpoint = subscriptions.find(world.store, account.id, id)
    filters = sorted(f"{key}={value}" for key, value in subscriptions.filters_of(endpoint))
    event = next(iter(endpoint.event_types), "")
    members = {"event": event, "url": endpoint.url, "signingKey": endpoint.secret, "eventFilters": filters}
    return replace(shown, title=f"{event or 'all events'} to {endpoint.url}", members=members)


def _subscription_body(members: Members) -> Json:
    return {"service": SERVICE, **_with_filters(members)}


def _subscription_changes(members: Members) -> dict[str, Json]:
    """The body of a change. Without a key nothing is signed."""
    return {**_with_filters(members), "signingKey": members.get("signingKey") or ""}


def _with_filters(members: Members) -> dict[str, Json]:
    return {**members, "eventFilters": _pairs(members.get("eventFilters", []))}


_SUBSCRIPTIONS = Kind(
    name="endpoints",
    one="webhook subscription",
    title="Webhook endpoints",
    fields=(
        Field(
            name="event",
            label="Event",
            schema={"type": "string", "enum": list(_EVENTS)},
            is_needed=True,
            is_fixed=True,
        ),
        Field(name="url", label="URL", schema=usual_kinds.URL, is_needed=True),
        Field(name="signingKey", label="Signing key", hint="Without one the deliveries are not signed."),
        Field(name="eventFilters", label="Filters, one a line", schema=_PAIRS, hint="Such as messageStatus=delivered."),
    ),
    ids=lambda world, account: world.store.endpoints_by_account.ids(account.id),
    thing=_show_subscription,
    create=ApiCall(operation="createWebhookSubscription", body=_subscription_body),
    update=ApiCall(operation="updateWebhookSubscription", body=_subscription_changes),
    delete=ApiCall(operation="deleteWebhookSubscription"),
    steps=usual_kinds.ENDPOINT_STEPS,
)

KINDS = (
    usual_templates.templates(),
    _CONTACTS,
    usual_kinds.suppressions(tuple(PLATFORM_OF_CHANNEL), ("unsubscribed", "manual")),
    _CHANNELS,
    _SUBSCRIPTIONS,
)
