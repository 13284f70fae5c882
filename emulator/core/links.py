"""The links of a message, in the order in which a person sees them."""

import re
from html import unescape

from emulator.core.records import Content

_URL = re.compile(r"https?://[^\s<>\"']+[^\s<>\"'.,;:!?)\]]")
# Anchors only, and within one tag: a parser would look for the end of each broken tag through all that follows.
_ANCHOR = re.compile(r"""<a\s[^<>]*?\bhref\s*=\s*(?:"([^"<>]*)"|'([^'<>]*)'|([^\s<>"']+))""", re.IGNORECASE)


def links(content: Content) -> list[str]:
    """Where the content's web links lead: those of the HTML part, or of the text if there is none."""
    if content.html is None:
        return _URL.findall(content.text or "")
    found = (unescape("".join(parts)).strip() for parts in _ANCHOR.findall(_without_comments(content.html)))
    return [target for target in found if target.lower().startswith(("http://", "https://"))]


def _without_comments(html: str) -> str:
    parts: list[str] = []
    place = 0
    while (start := html.find("<!--", place)) >= 0:
        parts.append(html[place:start])
        end = html.find("-->", start + 2)
        if end < 0:
            return "".join(parts)
        place = end + 3
    return "".join((*parts, html[place:]))


def first_link(content: Content) -> str | None:
    """Where the first link leads, or None."""
    return next(iter(links(content)), None)
