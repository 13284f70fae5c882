"""What a tracked mail leads back to: its picture, and the way on from each of its links."""

from emulator.core.errors import NotFound
from emulator.core.records import Message
from emulator.gateway.tracking import PIXEL, target_of
from emulator.server.dialect import Call, Reply


def pixel() -> Reply:
    """The picture of one pixel, to be asked for each time."""
    return Reply(200, PIXEL, ((b"cache-control", b"no-store"),), b"image/gif")


def target(mail: Message, number: str) -> str:
    """Where the link with a number really leads. Raises `NotFound`."""
    found = target_of(mail.content.html or "", number)
    if found is None:
        raise NotFound("link", number)
    return found


def lead_on(to: str) -> Reply:
    """Send the reader there."""
    return Reply(302, b"", ((b"location", to.encode()),), None)


def message_of(call: Call) -> Message:
    """The API's message that the path names. Raises `NotFound`, also for another API's."""
    id = call.parameters["id"]
    message = call.world.store.messages.get(id)
    if message is None or message.api != call.dialect.name:
        raise NotFound("message", id)
    return message
