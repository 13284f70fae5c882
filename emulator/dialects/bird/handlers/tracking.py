"""What a receiver's mail program and browser ask for: the pixel, a link's target."""

from collections.abc import Mapping

from emulator.core.errors import NotFound
from emulator.core.records import Channel, EventType, Message
from emulator.dialects.bird import tracking
from emulator.server import tracked_mail
from emulator.server.dialect import Call, Handler, Reply


def load_pixel(call: Call) -> Reply:
    """The mail was opened."""
    tracking.note(call.world, _mail(call), EventType.OPENED)
    return tracked_mail.pixel()


def follow_link(call: Call) -> Reply:
    """A link was clicked; lead on to where it points."""
    mail = _mail(call)
    target = tracked_mail.target(mail, call.parameters["number"])
    tracking.note(call.world, mail, EventType.CLICKED, url=target)
    return tracked_mail.lead_on(target)


def _mail(call: Call) -> Message:
    message = tracked_mail.message_of(call)
    if message.channel is not Channel.EMAIL:
        raise NotFound("message", message.id)
    return message


HANDLERS: Mapping[str, Handler] = {
    "loadPixel": load_pixel,
    "followLink": follow_link,
}
