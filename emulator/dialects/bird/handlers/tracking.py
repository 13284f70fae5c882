"""What a receiver's mail program and browser ask for: the pixel, a link's target."""

from collections.abc import Mapping

from emulator.core.errors import NotFound
from emulator.core.records import Channel, EventType, Message
from emulator.dialects.bird import tracking
from emulator.gateway.tracking import PIXEL, target_of
from emulator.server.dialect import Call, Handler, Reply


def load_pixel(call: Call) -> Reply:
    """The mail was opened."""
    tracking.note(call.world, _mail(call), EventType.OPENED)
    return Reply(200, PIXEL, ((b"cache-control", b"no-store"),), b"image/gif")


def follow_link(call: Call) -> Reply:
    """A link was clicked; lead on to where it points."""
    mail, number = _mail(call), call.parameters["number"]
    target = target_of(mail.content.html or "", number)
    if target is None:
        raise NotFound("link", number)
    tracking.note(call.world, mail, EventType.CLICKED, url=target)
    return Reply(302, b"", ((b"location", target.encode()),), None)


def _mail(call: Call) -> Message:
    id = call.parameters["id"]
    message = call.world.store.messages.get(id)
    if message is None or message.api != call.dialect.name or message.channel is not Channel.EMAIL:
        raise NotFound("message", id)
    return message


HANDLERS: Mapping[str, Handler] = {
    "loadPixel": load_pixel,
    "followLink": follow_link,
}
