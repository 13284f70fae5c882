"""The links of a message, in the order in which a person sees them."""

import re
from html.parser import HTMLParser

from emulator.core.records import Content

_URL = re.compile(r"https?://[^\s<>\"']+[^\s<>\"'.,;:!?)\]]")


class _Anchors(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.targets: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Collect where anchors lead."""
        target = dict(attrs).get("href")
        if tag == "a" and target and target.lower().startswith(("http://", "https://")):
            self.targets.append(target)


def links(content: Content) -> list[str]:
    """Where the content's web links lead: those of the HTML part, or of the text if there is none."""
    if content.html is None:
        return _URL.findall(content.text or "")
    anchors = _Anchors()
    anchors.feed(content.html)
    return anchors.targets


def first_link(content: Content) -> str | None:
    """Where the first link leads, or None."""
    return next(iter(links(content)), None)
