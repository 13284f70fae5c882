"""What a platform adds to a mail to learn of its reading: links that lead back to it, and a picture of one pixel.

An address leads back as `<address>/links/<number>` and `<address>/pixel.gif`, where `address` is the dialect's own.
"""

import re
from html import escape, unescape
from typing import Final

from emulator.core.errors import StatusConflict
from emulator.core.records import EventType
from emulator.gateway.reporting import report
from emulator.gateway.world import World
from emulator.providers.script import Report

# A transparent GIF.
PIXEL: Final = (
    b"GIF89a\x01\x00\x01\x00\x80\x00\x00\x00\x00\x00\xff\xff\xff!\xf9\x04\x01\x00\x00\x00\x00,"
    b"\x00\x00\x00\x00\x01\x00\x01\x00\x00\x02\x02D\x01\x00;"
)

_LINK = re.compile(r"""(<a\b[^>]*?\bhref\s*=\s*)(["'])(https?://.*?)\2""", re.IGNORECASE | re.DOTALL)
_BEGIN_OF_BODY = re.compile(r"<body\b[^>]*>", re.IGNORECASE)
_END_OF_BODY = re.compile(r"</body\s*>", re.IGNORECASE)
_MOST_DIGITS = 4


def lead_links_back(html: str, address: str) -> str:
    """An HTML part with each of its web links leading back, counted from 1."""
    number = 0

    def lead_back(link: re.Match[str]) -> str:
        nonlocal number
        number += 1
        return f"{link[1]}{link[2]}{escape(address)}/links/{number}{link[2]}"

    return _LINK.sub(lead_back, html)


def add_pixel(html: str, address: str, *, at_begin: bool = False) -> str:
    """An HTML part with the picture at the end of its body, or at the beginning."""
    pixel = f'<img src="{escape(address)}/pixel.gif" width="1" height="1" alt="">'
    place = _place(html, at_begin=at_begin)
    return html[:place] + pixel + html[place:]


def _place(html: str, *, at_begin: bool) -> int:
    if at_begin:
        begin = _BEGIN_OF_BODY.search(html)
        return begin.end() if begin is not None else 0
    end = _END_OF_BODY.search(html)
    return end.start() if end is not None else len(html)


def target_of(html: str, number: str) -> str | None:
    """Where the link with a number ("1", "2", …) really leads, or None if there is none."""
    if not (number.isascii() and number.isdigit() and len(number) <= _MOST_DIGITS):
        return None
    targets = [unescape(link[3]) for link in _LINK.finditer(html)]
    return targets[int(number) - 1] if 0 < int(number) <= len(targets) else None


def note(world: World, recipient_id: str, type: EventType, *, url: str | None = None) -> None:
    """Enter what a person did with a mail. What happens before it was handed over is of no one's knowledge."""
    try:
        report(world, recipient_id, Report(type=type), url=url)
    except StatusConflict:
        return
