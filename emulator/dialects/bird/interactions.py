"""What recipients do with a delivered message: bodies of their own, which never change the message's status."""

from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType

from emulator.core.errors import Json
from emulator.core.ids import derived_uuid
from emulator.core.records import Event, EventType, Message, Recipient
from emulator.dialects.bird.members import inside
from emulator.dialects.bird.render import Body
from emulator.dialects.bird.timestamps import timestamp
from emulator.dialects.bird.vocabulary import API, PLATFORM_OF_CHANNEL

# Source: Bird documentation, "Interactions", read 2026-11; which event is which is assumed for e-mail.
INTERACTIONS: Mapping[EventType, str] = MappingProxyType(
    {
        EventType.READ: "read",
        EventType.OPENED: "opened",
        EventType.CLICKED: "clicked",
        EventType.COMPLAINED: "reported-as-spam",
        EventType.UNSUBSCRIBED: "unsubscribe-request",
    }
)
"""The interaction that an event is; others are none."""


def interactions(message: Message, recipients: Sequence[Recipient]) -> list[Body]:
    """What recipients did with a message, oldest first."""
    done = [(event.at, each, place) for each in recipients for place, event in _reactions(each)]
    return [interaction(message, recipient, place) for _, recipient, place in sorted(done, key=lambda one: one[0])]


def _reactions(recipient: Recipient) -> Iterator[tuple[int, Event]]:
    for place, event in enumerate(recipient.events):
        if event.type in INTERACTIONS and not event.repeats:
            yield place, event


def interaction(message: Message, recipient: Recipient, place: int) -> Body:
    """What one recipient did, at a place in its events."""
    event = recipient.events[place]
    body: Body = {
        "id": derived_uuid(API, "interaction", recipient.id, str(place)),
        "messageId": message.id,
        "channelId": message.extras["channel_id"],
        "platformId": PLATFORM_OF_CHANNEL[message.channel],
        "type": INTERACTIONS[event.type],
    }
    if "reference" in message.extras:
        body["messageReference"] = message.extras["reference"]
    body["messagePartsCount"] = 1
    if "tags" in message.extras:
        body["messageTags"] = message.extras["tags"]
    body["receiver"] = {"contacts": [_contact_of(message, recipient)]}
    body["createdAt"] = timestamp(event.at)
    return body | _particulars(message, event)


def _contact_of(message: Message, recipient: Recipient) -> Json:
    contacts = message.extras["contacts"]
    assert isinstance(contacts, list)
    place = recipient.id.rpartition(":")[2] if recipient.id != message.id else "0"
    return contacts[int(place)]


def _particulars(message: Message, event: Event) -> Body:
    """`details` and `metadata` of a reaction."""
    if event.type is EventType.OPENED:
        return {"metadata": {"prefetched": False}}
    if event.type is not EventType.CLICKED:
        return {}
    button = first_button(message)
    if button is not None:
        # Source: Bird documentation, "Interactions", read 2026-11: `item_<N>_clicked`; that N begins at 0 is assumed.
        return {"details": "item_0_clicked", "metadata": {"button": {"payload": button}}}
    return {"metadata": {"link": {"name": event.url, "url": event.url}}} if event.url else {}


def first_button(message: Message) -> str | None:
    """The payload of the first button that the person can tap; of a quick reply its text."""
    body = message.extras.get("body")
    for action in inside(body, str(inside(body, "type")), "actions") or ():
        if action["type"] in ("reply", "postback"):
            return str(inside(action, action["type"], "payload") or inside(action, action["type"], "text"))
    return None
