"""What the platform adds to a mail: a pixel that tells of its opening, links that tell of clicks, an unsubscription.

The addresses lead back to the emulator, at paths of our own (assumed): `/t/<message id>/…`.

Source: Arowana documentation, "Email" and the catalogue of events, read 2026-11; RFC 8058 for one-click unsubscribe.
"""

import re
from html import escape, unescape

from msgspec.structs import replace

from emulator.core.errors import Json, StatusConflict
from emulator.core.records import Content, EventType, Message
from emulator.dialects.arowana.vocabulary import EMAIL, NEWSLETTER
from emulator.gateway.reporting import report
from emulator.gateway.world import World
from emulator.providers.script import Report

# A transparent GIF of one pixel.
PIXEL = (
    b"GIF89a\x01\x00\x01\x00\x80\x00\x00\x00\x00\x00\xff\xff\xff!\xf9\x04\x01\x00\x00\x00\x00,"
    b"\x00\x00\x00\x00\x01\x00\x01\x00\x00\x02\x02D\x01\x00;"
)

_LINK = re.compile(r"""(<a\b[^>]*?\bhref\s*=\s*)(["'])(https?://.*?)\2""", re.IGNORECASE | re.DOTALL)
_END_OF_BODY = re.compile(r"</body\s*>", re.IGNORECASE)


def render_content(world: World, message: Message, base_url: str) -> Content:
    """A message as the person sees it; `rich` of a newsletter by mail has the `headers` that were added."""
    del world
    content = message.content
    if message.channel is not EMAIL:
        return content
    rich: Json = None
    if message.extras["message_type"] == NEWSLETTER:
        rich = {
            "headers": {
                "List-Unsubscribe": f"<{base_url}/t/{message.id}/unsubscribe>",
                "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
            }
        }
    html = None if content.html is None else _tracked(content.html, f"{base_url}/t/{message.id}")
    return replace(content, html=html, rich=rich)


def _tracked(html: str, address: str) -> str:
    """The HTML part with each link leading through us, and the pixel at its end."""
    number = 0

    def lead_through_us(link: re.Match[str]) -> str:
        nonlocal number
        number += 1
        return f"{link[1]}{link[2]}{escape(address)}/links/{number}{link[2]}"

    html = _LINK.sub(lead_through_us, html)
    pixel = f'<img src="{escape(address)}/pixel.gif" width="1" height="1" alt="">'
    end = _END_OF_BODY.search(html)
    place = end.start() if end is not None else len(html)
    return html[:place] + pixel + html[place:]


def target_of(message: Message, number: int) -> str | None:
    """Where the link with a number (1, 2, …) really leads, or None if there is none."""
    targets = [unescape(link[3]) for link in _LINK.finditer(message.content.html or "")]
    return targets[number - 1] if 0 < number <= len(targets) else None


def note(world: World, message: Message, type: EventType, *, url: str | None = None) -> None:
    """Enter what a person did with a mail. What happens before it was handed over is of no one's knowledge."""
    try:
        report(world, message.id, Report(type=type), url=url)
    except StatusConflict:
        return


def unsubscribe(world: World, message: Message) -> None:
    """Take the person off the list; a second time changes nothing."""
    events = world.store.recipients[message.id].events
    if not any(event.type is EventType.UNSUBSCRIBED for event in events):
        note(world, message, EventType.UNSUBSCRIBED)
