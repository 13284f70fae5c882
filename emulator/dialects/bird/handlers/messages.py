"""Sending messages, one or a batch, and reading what became of them."""

from collections.abc import Mapping, Sequence

from msgspec.structs import replace

from emulator.core.errors import Json, NotFound, StatusConflict
from emulator.core.records import Account, InboundMessage, Message, Resource
from emulator.dialects.bird import webhooks
from emulator.dialects.bird.batches import parse_entry
from emulator.dialects.bird.channels import CHANNEL, channel_at, find_channel, platform_of
from emulator.dialects.bird.filters import Keep, messages_filter, within
from emulator.dialects.bird.holding_back import skip_reason
from emulator.dialects.bird.interactions import interactions
from emulator.dialects.bird.pages import render_page
from emulator.dialects.bird.parse import parse_send
from emulator.dialects.bird.people import end_validity
from emulator.dialects.bird.render import render, render_accepted
from emulator.dialects.bird.statuses import recipients_of
from emulator.gateway.sending import SendRequest, send
from emulator.gateway.world import World
from emulator.server.dialect import Call, Handler, Reply, json_reply

_USUAL_LIMIT = 25  # Source: Bird documentation, "List messages by channel ID", read 2026-11


def create_channel_message(call: Call) -> Reply:
    """Accept one message."""
    world, account, members = call.world, call.owner, call.members
    channel = _active(find_channel(world.store, account.id, call.parameters["channelId"]))
    message = _accept(world, account, parse_send(world, channel, members), members)
    return json_reply(202, render_accepted(world.store, message))


def create_channel_message_batch(call: Call) -> Reply:
    """Accept a list of messages, and judge each afterwards."""
    channel = _active(_channel(call))
    batch_id = call.world.ids.uuid("batch")
    for entry in call.members["messageRequests"]:
        request = parse_entry(call, channel, entry, batch_id)
        _accept(call.world, call.owner, request, entry)
    return json_reply(202, {"batchId": batch_id})


def _accept(world: World, account: Account, request: SendRequest, asked: Json) -> Message:
    """Send, and tell of it; a message that will not go out is accepted all the same."""
    if "rejection" not in request.extras:
        assert isinstance(asked, dict)
        skip = skip_reason(world, account, asked, request)
        if skip is not None:
            request = replace(request, extras={**request.extras, "skip": skip})
    message = send(world, request)
    end_validity(world, message)
    webhooks.announce_accepted(world, message)
    return message


def _channel(call: Call) -> Resource:
    return find_channel(call.world.store, call.owner.id, call.parameters["channelId"])


def _active(channel: Resource) -> Resource:
    """The channel, if something can be sent over it. Raises `StatusConflict`."""
    if channel.content["status"] != "active":
        raise StatusConflict(CHANNEL, "not active", "send")
    return channel


def list_channel_messages(call: Call) -> Reply:
    """The messages of one channel, both directions."""
    channel = _channel(call)
    store = call.world.store
    ids = store.log_by_sender.ids((channel.account_id, platform_of(channel).channel, channel.content["identifier"]))
    asked = messages_filter(store, call.query)

    # A channel that is gone may have had the same address.
    def keep(message: Message | InboundMessage) -> bool:
        return _is_of(channel, call, message) and (asked is None or asked(message))

    return _list(call, ids, keep)


def list_workspace_messages(call: Call) -> Reply:
    """The messages of all channels of the workspace, both directions."""
    store = call.world.store
    return _list(call, store.log_by_account.ids(call.owner.id), messages_filter(store, call.query))


def _list(call: Call, ids: Sequence[str], keep: Keep | None) -> Reply:
    store = call.world.store
    return render_page(
        call,
        store.log,
        within(store, ids, call.query),
        lambda message: render(store, message),
        usual=_USUAL_LIMIT,
        keep=keep,
    )


def _is_of(channel: Resource, call: Call, message: Message | InboundMessage) -> bool:
    if isinstance(message, Message):
        return message.extras["channel_id"] == channel.id
    found = channel_at(call.world.store, message.account_id, message.channel, message.recipient)
    return found is not None and found.id == channel.id


def get_channel_message(call: Call) -> Reply:
    """One message of the channel, of either direction."""
    return json_reply(200, render(call.world.store, _message(call)))


def list_channel_message_interactions(call: Call) -> Reply:
    """What recipients did with a message, oldest first."""
    message = _message(call)
    if isinstance(message, InboundMessage):
        return json_reply(200, {"results": []})
    return json_reply(200, {"results": interactions(message, recipients_of(call.world.store, message))})


def _message(call: Call) -> Message | InboundMessage:
    """The message of the path, if it is one of the channel of the path. Raises `NotFound`."""
    channel, id = _channel(call), call.parameters["messageId"]
    message = call.world.store.log[id]
    if message.account_id != call.owner.id or not _is_of(channel, call, message):
        raise NotFound("message", id)
    return message


HANDLERS: Mapping[str, Handler] = {
    "createChannelMessage": create_channel_message,
    "createChannelMessageBatch": create_channel_message_batch,
    "listChannelMessages": list_channel_messages,
    "listWorkspaceMessages": list_workspace_messages,
    "getChannelMessage": get_channel_message,
    "listChannelMessageInteractions": list_channel_message_interactions,
}
