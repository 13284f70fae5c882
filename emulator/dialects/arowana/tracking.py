"""What the platform adds to a mail: a pixel that tells of its opening, links that tell of clicks, an unsubscription.

The addresses lead back to the emulator, at paths of our own (assumed): `/t/<message id>/…`.

Source: Arowana documentation, "Email" and the catalogue of events, read 2026-11; RFC 8058 for one-click unsubscribe.
"""

from msgspec.structs import replace

from emulator.core.errors import Json
from emulator.core.records import Content, EventType, Message
from emulator.dialects.arowana import confirmations
from emulator.dialects.arowana.vocabulary import EMAIL, NEWSLETTER
from emulator.gateway.tracking import add_pixel, lead_links_back, note
from emulator.gateway.world import World


def render_content(world: World, message: Message, base_url: str) -> Content:
    """A message as the person sees it; `rich` of a newsletter by mail has the `headers` that were added."""
    del world
    content, address = message.content, f"{base_url}/t/{message.id}"
    if confirmations.asks(message):
        return confirmations.render(message, address)
    if message.channel is not EMAIL:
        return content
    rich: Json = None
    if message.extras["message_type"] == NEWSLETTER:
        rich = {
            "headers": {
                "List-Unsubscribe": f"<{address}/unsubscribe>",
                "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
            }
        }
    html = None if content.html is None else add_pixel(lead_links_back(content.html, address), address)
    return replace(content, html=html, rich=rich)


def unsubscribe(world: World, message: Message) -> None:
    """Take the person off the list; a second time changes nothing."""
    events = world.store.recipients[message.id].events
    if not any(event.type is EventType.UNSUBSCRIBED for event in events):
        note(world, message.id, EventType.UNSUBSCRIBED)
