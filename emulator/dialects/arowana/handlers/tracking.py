"""What a recipient's mail program and browser ask for: the pixel, a link's target, the unsubscription, a consent."""

from collections.abc import Mapping
from html import escape

from emulator.core.errors import NotFound
from emulator.core.records import EventType, Message
from emulator.dialects.arowana import confirmations, tracking
from emulator.dialects.arowana.vocabulary import EMAIL
from emulator.gateway.tracking import note
from emulator.server import tracked_mail
from emulator.server.dialect import Call, Handler, Reply

_HTML = b"text/html; charset=utf-8"


def load_pixel(call: Call) -> Reply:
    """The mail was opened."""
    note(call.world, _mail(call).id, EventType.OPENED)
    return tracked_mail.pixel()


def follow_link(call: Call) -> Reply:
    """A link was clicked; lead on to where it points."""
    mail = _mail(call)
    target = tracked_mail.target(mail, call.parameters["number"])
    note(call.world, mail.id, EventType.CLICKED, url=target)
    return tracked_mail.lead_on(target)


def show_unsubscribe(call: Call) -> Reply:
    """A page with the button; opening it changes nothing, since mail programs open links by themselves."""
    action = escape(f"{call.base_path}{call.path}")
    _mail(call)
    form = f'<form method="post" action="{action}"><button>Unsubscribe</button></form>'
    return Reply(200, f"<!doctype html><title>Unsubscribe</title>{form}".encode(), (), _HTML)


def unsubscribe(call: Call) -> Reply:
    """The person unsubscribes with one click, here or in the mail program."""
    tracking.unsubscribe(call.world, _mail(call))
    return Reply(200, b"<!doctype html><title>Unsubscribed</title><p>You are unsubscribed.</p>", (), _HTML)


def confirm_consent(call: Call) -> Reply:
    """The person confirms a consent that was asked for with double opt-in: one click does it."""
    confirmations.confirm(call.world, tracked_mail.message_of(call))
    return Reply(200, b"<!doctype html><title>Confirmed</title><p>Thank you, your consent is confirmed.</p>", (), _HTML)


def _mail(call: Call) -> Message:
    message = tracked_mail.message_of(call)
    if message.channel is not EMAIL:
        raise NotFound("message", message.id)
    return message


HANDLERS: Mapping[str, Handler] = {
    "loadPixel": load_pixel,
    "followLink": follow_link,
    "showUnsubscribe": show_unsubscribe,
    "unsubscribe": unsubscribe,
    "confirmConsent": confirm_consent,
}
