"""Links and opening of a mail, tracked where its body asks for it: `metadata` with `clickTracking`, `openTracking`.

`initialOpenTracking` puts the pixel at the beginning of the mail. A mail to several receivers is one message with one
content, so what is done with it counts for the first receiver whom it reached. Source: Bird documentation, "Message
types", read 2026-11, for the three members; that they are off unless they are set, and our paths, are assumed.
"""

from msgspec.structs import replace

from emulator.core.records import Channel, Content, Event, EventType, Message, Recipient
from emulator.dialects.bird.members import inside
from emulator.dialects.bird.statuses import recipients_of
from emulator.gateway import tracking
from emulator.gateway.world import World


def render_content(_: World, message: Message, base_url: str) -> Content:
    """A message as the person sees it."""
    content, asked = message.content, inside(message.extras.get("body"), "html", "metadata")
    if message.channel is not Channel.EMAIL or content.html is None or asked is None:
        return content
    html, address = content.html, f"{base_url}/t/{message.id}"
    if asked.get("clickTracking"):
        html = tracking.lead_links_back(html, address)
    if asked.get("initialOpenTracking"):
        html = tracking.add_pixel(html, address, at_begin=True)
    elif asked.get("openTracking"):
        html = tracking.add_pixel(html, address)
    return replace(content, html=html)


def note(world: World, message: Message, type: EventType, *, url: str | None = None) -> None:
    """Enter what a person did with a mail. Interactions occur only after delivery."""
    reached = next(filter(_has_it, recipients_of(world.store, message)), None)
    if reached is not None:
        tracking.note(world, reached.id, type, url=url)


def _has_it(recipient: Recipient) -> bool:
    return any(_is_delivery(event) for event in recipient.events)


def _is_delivery(event: Event) -> bool:
    return event.type is EventType.DELIVERED
