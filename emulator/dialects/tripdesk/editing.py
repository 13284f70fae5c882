"""What people edit by hand: contacts and conversations through the API, templates and gateways beside it."""

from collections.abc import Mapping

from msgspec.structs import replace

from emulator.core.errors import Json, NotFound
from emulator.core.moments import iso_seconds
from emulator.core.records import Account, Channel, Resource, Template
from emulator.core.table import owned
from emulator.dialects.tripdesk import contacts, conversations, gateways, templates
from emulator.dialects.tripdesk.handlers.contacts import render_contact
from emulator.dialects.tripdesk.identifiers import new_id
from emulator.dialects.tripdesk.sends import find_conversation
from emulator.dialects.tripdesk.tokens import agents_of
from emulator.dialects.tripdesk.vocabulary import CHANNELS
from emulator.dialects.tripdesk.webhooks import EVENT_TYPES
from emulator.gateway.world import World
from emulator.server import usual_kinds, usual_templates
from emulator.server.editing import ApiCall, Field, Kind, Members, Thing

_CHANNEL: dict[str, Json] = {"type": "string", "enum": [channel.value for channel in CHANNELS]}
_CONTACT_NAMES = ("external_id", "name", "phone", "email", "language", "attributes")

_CLOSE, _REOPEN, _PUT_ASIDE = "Close", "Reopen", "Put aside"


def _show_contact(world: World, account: Account, id: str) -> Thing:
    contact = owned(world.store.contacts, account.id, id)
    shown = render_contact(contact)
    return Thing(
        id=id,
        title=contact.name or contact.external_id or next((address for _, address in contact.addresses), id),
        members={name: shown[name] for name in _CONTACT_NAMES},
        facts={"Channels": contacts.as_json(contacts.channels_of(contact.content)), "Since": shown["created_at"]},
    )


_CONTACTS = Kind(
    name="contacts",
    one="contact",
    title="Contacts",
    hint="At least one of external id, phone and e-mail is needed.",
    fields=(
        Field(name="name", label="Name"),
        Field(name="external_id", label="External id"),
        Field(name="phone", label="Phone"),
        Field(name="email", label="E-mail"),
        Field(name="language", label="Language"),
        Field(name="attributes", label="Attributes, as JSON", schema={"type": "object"}),
    ),
    ids=lambda world, account: world.store.contacts_by_account.ids(account.id),
    thing=_show_contact,
    create=ApiCall(operation="createContact"),
    update=ApiCall(operation="updateContact"),
    delete=ApiCall(operation="deleteContact"),
)


def _details(world: World, account: Account, template: Template) -> tuple[str, Mapping[str, Json]]:
    details = templates.details_of(world.store, account, template.key)
    own: dict[str, Json] = {"channel": details.channel.value, "languages": list(details.languages)}
    return details.status, {**own, "status": details.status}


def _keep_details(world: World, account: Account, key: str, members: Members) -> None:
    known = world.store.resources_by_key.get((account.id, templates.KIND, key)) or Resource(
        id=new_id(world, "tpd"), account_id=account.id, kind=templates.KIND, key=key, created_at=world.clock.now
    )
    content = {name: members[name] for name in ("channel", "languages", "status") if name in members}
    world.store.resources.put(replace(known, content={**known.content, **content}))


_TEMPLATES = usual_templates.templates(
    (
        Field(name="channel", label="Channel", schema=_CHANNEL, is_needed=True, usual=Channel.WHATSAPP.value),
        Field(
            name="languages",
            label="Languages, one a line",
            schema={"type": "array", "items": {"type": "string"}, "minItems": 1},
            is_needed=True,
            usual=["en"],
        ),
        Field(
            name="status",
            label="Approval",
            schema={"type": "string", "enum": ["approved", "pending", "rejected"]},
            is_needed=True,
            usual="approved",
        ),
    ),
    keep=_keep_details,
    details=_details,
)


def _agents(world: World, account: Account) -> list[tuple[str, str]]:
    return [(agent.id, agent.name or agent.email) for agent in agents_of(world, account)]


def _show_conversation(world: World, account: Account, id: str) -> Thing:
    found = find_conversation(world, account, id)
    steps = {
        conversations.OPEN: (_PUT_ASIDE, _CLOSE),
        conversations.PENDING: (_REOPEN, _CLOSE),
        conversations.CLOSED: (_REOPEN,),
    }
    return Thing(
        id=id,
        title=f"{found.extras.get('address', found.person)} ({found.channel.value})",
        status=found.status,
        members={"assigned_to": found.assigned_to},
        facts={"Contact": found.contact_id, "Unread": found.unread_count, "Since": iso_seconds(found.created_at)},
        steps=steps[found.status],
    )


def _put_aside(world: World, account: Account, id: str) -> None:
    conversations.put_aside(world, find_conversation(world, account, id))


_CONVERSATIONS = Kind(
    name="conversations",
    one="conversation",
    title="Conversations",
    fields=(Field(name="assigned_to", label="Assigned to", options=_agents, is_needed=True),),
    ids=lambda world, account: world.store.conversations_by_account.ids(account.id),
    thing=_show_conversation,
    update=ApiCall(operation="assignConversation", body=lambda members: {"agent_id": members["assigned_to"]}),
    steps={
        _CLOSE: ApiCall(operation="closeConversation"),
        _REOPEN: ApiCall(operation="reopenConversation"),
        _PUT_ASIDE: _put_aside,
    },
)


def _gateway_of(world: World, account: Account, id: str) -> Resource:
    found = world.store.resources.get(id)
    if found is None or found.account_id != account.id or found.kind != gateways.KIND:
        raise NotFound("gateway", id)
    return found


def _show_gateway(world: World, account: Account, id: str) -> Thing:
    gateway = _gateway_of(world, account, id)
    names = ("channel", "name", "provider", "sender", "status")
    return Thing(
        id=id,
        title=f"{gateway.content['name']} ({gateway.content['channel']})",
        status=gateways.status_of(gateway),
        members={name: gateway.content[name] for name in names},
        facts={"Id": id, "Since": iso_seconds(gateway.created_at)},
    )


def _create_gateway(world: World, account: Account, members: Members) -> str:
    channel = Channel(members["channel"])
    gateway = Resource(
        id=new_id(world, "gw"),
        account_id=account.id,
        kind=gateways.KIND,
        created_at=world.clock.now,
        content=gateways.gateway_content(channel, **{name: members[name] for name in members if name != "channel"}),
    )
    return world.store.resources.put(gateway).id


def _update_gateway(world: World, account: Account, id: str, members: Members) -> str:
    gateway = _gateway_of(world, account, id)
    content: dict[str, Json] = {**gateway.content, "sender": None, **members}
    return world.store.resources.put(replace(gateway, content=content)).id


_GATEWAYS = Kind(
    name="senders",
    one="gateway",
    title="Senders",
    fields=(
        Field(name="channel", label="Channel", schema=_CHANNEL, is_needed=True, is_fixed=True),
        Field(name="name", label="Name", schema=usual_kinds.NAME, is_needed=True),
        Field(name="provider", label="Provider", schema=usual_kinds.NAME, is_needed=True),
        Field(name="sender", label="Sender", schema=usual_kinds.NAME, hint="What messages come from by default."),
        Field(
            name="status",
            label="Status",
            schema={"type": "string", "enum": ["active", "degraded", "down"]},
            is_needed=True,
            usual="active",
        ),
    ),
    ids=lambda world, account: world.store.resources_by_kind.ids((account.id, gateways.KIND)),
    thing=_show_gateway,
    create=_create_gateway,
    update=_update_gateway,
)

KINDS = (
    _TEMPLATES,
    _CONTACTS,
    usual_kinds.suppressions(tuple(CHANNELS), ("unsubscribed", "manual")),
    _GATEWAYS,
    _CONVERSATIONS,
    usual_kinds.endpoints(EVENT_TYPES),
)
