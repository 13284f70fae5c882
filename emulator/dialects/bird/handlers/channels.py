"""Channels, and what a channel knows of a contact."""

from collections.abc import Callable, Mapping

from emulator.core import contacts, conversations
from emulator.core.errors import Json, NotFound
from emulator.core.records import Contact, Resource
from emulator.dialects.bird import connectors
from emulator.dialects.bird.channels import CHANNEL, change, find_channel, platform_of
from emulator.dialects.bird.contacts import comparable, identifier
from emulator.dialects.bird.pages import render_page
from emulator.dialects.bird.timestamps import timestamp
from emulator.dialects.bird.vocabulary import CHANNEL_UPDATED
from emulator.server.dialect import Call, Handler, Reply, json_reply

_SETTINGS = (
    "name",
    "contactIdentifierKeyOverride",
    "contactIdentifierFormatOverride",
    "platformServiceUrlOverride",
    "platformServiceVersionOverride",
    "platformServiceProtocolOverride",
    "platformMessageJsonSchemaOverride",
    "platformTemplateEngineOverride",
)


def list_channels(call: Call) -> Reply:
    """The channels of the workspace; removed ones only if they are asked for."""
    store = call.world.store
    ids = store.resources_by_kind.ids((call.owner.id, CHANNEL))
    return render_page(call, store.resources, ids, connectors.render_channel, keep=_filter(call))


def _filter(call: Call) -> Callable[[Resource], bool]:
    platforms, status = call.query.get("platform"), call.query.get("status")

    def keeps(channel: Resource) -> bool:
        if isinstance(platforms, list) and channel.content["platformId"] not in platforms:
            return False
        state = channel.content["status"]
        return state == status if status is not None else state != connectors.DELETED

    return keeps


def get_channel(call: Call) -> Reply:
    """One channel; a removed one, too."""
    return json_reply(200, connectors.render_channel(_channel(call)))


def update_channel(call: Call) -> Reply:
    """Change the settings that are given."""
    channel = _channel(call)
    if channel.content["status"] == connectors.DELETED:
        raise NotFound(CHANNEL, channel.id)
    settings = {name: call.members[name] for name in _SETTINGS if name in call.members}
    if settings:
        channel = change(call.world, channel, **settings)
        connectors.tell(call.world, channel, CHANNEL_UPDATED)
    return json_reply(200, connectors.render_channel(channel))


def get_channel_contact_information(call: Call) -> Reply:
    """Until when the contact may be written to without a template."""
    channel = _channel(call)
    id = call.parameters["contactId"]
    contact = contacts.of_account(call.world.store, call.owner.id, id)
    if contact is None:
        raise NotFound("contact", id)
    body: dict[str, Json] = {"serviceWindowExpireAt": _window(call, channel, contact), "isPermanentSession": False}
    return json_reply(200, body)


def _window(call: Call, channel: Resource, contact: Contact) -> str | None:
    """When the service window ends that one of the contact's addresses has; None if it has none.

    Only conversations on WhatsApp have one.
    """
    platform = platform_of(channel)
    wanted = call.query.get("contactIdentifierValue")
    person = identifier(contact, platform.identifier_key)
    if isinstance(wanted, str):
        # A bare plus is a space in a query.
        value = comparable(platform.identifier_key, f"+{wanted[1:]}" if wanted.startswith(" ") else wanted)
        person = next((address for _, address in contact.addresses if address == value), None)
    if person is None:
        return None
    pair = (call.owner.id, platform.channel, str(channel.content["identifier"]), person)
    conversation = conversations.find(call.world.store, *pair)
    if conversation is None or conversation.expires_at is None or conversation.expires_at <= call.now:
        return None
    return timestamp(conversation.expires_at)


def _channel(call: Call) -> Resource:
    return find_channel(call.world.store, call.owner.id, call.parameters["channelId"])


HANDLERS: Mapping[str, Handler] = {
    "listChannels": list_channels,
    "getChannel": get_channel,
    "updateChannel": update_channel,
    "getChannelContactInformation": get_channel_contact_information,
}
