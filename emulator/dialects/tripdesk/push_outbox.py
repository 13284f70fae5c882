"""Notifications to agents' devices: recorded as sent through FCM, and never sent.

A notification is a message of the channel `push` in the world's inbox. Its recipient is the device's token, and its
account the agent: it is no message of the tenant's, so it costs nothing and stands in no list of the API.

Source: the vendor's page, read 2026-11, names "FCM push token registration"; what a notification says is assumed.
"""

from emulator.core.errors import Json
from emulator.core.journal import StatusEntry
from emulator.core.records import (
    Channel,
    Content,
    Event,
    EventType,
    InboundMessage,
    Message,
    Origin,
    Recipient,
    Resource,
    Status,
)
from emulator.dialects.tripdesk import devices
from emulator.dialects.tripdesk.identifiers import new_id
from emulator.dialects.tripdesk.vocabulary import API
from emulator.gateway.world import World

PROVIDER = "fcm"
_SENT_AT = 1  # the place of the event in a notification's life: queued, sent


def notify(world: World, message: InboundMessage) -> tuple[Message, ...]:
    """Record one notification for each device of the agent who has a new message's conversation."""
    store = world.store
    conversation = store.conversations.get(message.conversation_id or "")
    if conversation is None or conversation.assigned_to is None:
        return ()
    agent_id = conversation.assigned_to
    return tuple(
        _record(world, message, agent_id, device)
        for device in devices.devices_of(store, conversation.account_id, agent_id)
    )


def _record(world: World, message: InboundMessage, agent_id: str, device: Resource) -> Message:
    from emulator.providers.voices import voice  # noqa: PLC0415 - voices are read when one speaks

    now, id, token = world.clock.now, new_id(world, "ntf"), str(device.content["token"])
    notification = world.store.messages.put(
        Message(
            id=id,
            api=API,
            account_id=agent_id,
            environment=message.environment,
            channel=Channel.PUSH,
            sender=None,
            content=_content(world, message, token),
            created_at=now,
            starts_at=now,
        )
    )
    world.store.recipients.put(
        Recipient(
            id=id,
            message_id=id,
            address=token,
            status=Status.SENT,
            updated_at=now,
            provider=PROVIDER,
            provider_message_id=voice(PROVIDER).message_id(world.ids),
            attempt=1,
            events=(
                Event(type=EventType.QUEUED, at=now),
                Event(type=EventType.SENT, at=now, origin=Origin.ANSWER, attempt=1),
            ),
        )
    )
    world.journal.add(now, StatusEntry(id, _SENT_AT))
    return notification


def _content(world: World, message: InboundMessage, token: str) -> Content:
    """What FCM's send call would carry.

    Source: Firebase, "FCM HTTP v1 API: projects.messages", read 2026-11.
    """
    contact = world.store.contacts.get(message.contact_id or "")
    title = (contact.name if contact is not None else None) or message.sender
    text = message.text or ""
    data: dict[str, Json] = {
        "conversation_id": message.conversation_id,
        "message_id": message.id,
        "channel": message.channel.value,
    }
    rich: dict[str, Json] = {"message": {"token": token, "notification": {"title": title, "body": text}, "data": data}}
    return Content(text=text, subject=title, rich=rich)
