"""Jinja: the environment and its filters.

Everything is escaped; no template marks anything as safe. HTML comes from `prose` alone, which escapes what it reads.
"""

from datetime import datetime
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

import msgspec
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from emulator.core.moments import iso_milliseconds
from emulator.core.pricing import decimal_text

if TYPE_CHECKING:
    from markdown_it import MarkdownIt

FOLDER = Path(__file__).parent

LONGEST_SHOWN = 20_000
"""Of longer texts a page shows the beginning only; all of it can be downloaded."""

# What changes the direction of text, or is not seen. Shown by name, so that nothing pretends to be something else.
_UNSEEN = {
    **{code: f"⟨U+{code:04X}⟩" for code in (*range(0x202A, 0x202F), *range(0x2066, 0x206A), 0x200E, 0x200F, 0x061C)},
    **{code: f"⟨U+{code:04X}⟩" for code in (*range(9), 0x0B, 0x0C, *range(0x0E, 0x20), 0x7F, *range(0xD800, 0xE000))},
    0xFEFF: "⟨U+FEFF⟩",
    0xFFFE: "⟨U+FFFE⟩",
    0xFFFF: "⟨U+FFFF⟩",
}


def plain(value: object) -> str:
    """A text whose unseen characters are shown by name."""
    return str("" if value is None else value).translate(_UNSEEN)


def cut(value: object, length: int = LONGEST_SHOWN) -> str:
    """The beginning of a text, unseen characters shown by name; an ellipsis says that there is more."""
    text = str("" if value is None else value)
    return plain(text[:length]) + (" …" if len(text) > length else "")


def pretty(value: object) -> str:
    """JSON for reading. Text that is JSON is laid out anew."""
    if isinstance(value, str):
        try:
            value = msgspec.json.decode(value)
        except (msgspec.DecodeError, RecursionError):
            return cut(value)
    return cut(msgspec.json.format(msgspec.json.encode(value), indent=2).decode())


def clock(moment: str | datetime | None) -> str:
    """A moment as people read it: `2026-06-02 08:15:30.402`."""
    text = iso_milliseconds(moment) if isinstance(moment, datetime) else moment or ""
    return text.replace("T", " ").removesuffix("Z").removesuffix(".000")


def short(moment: str | datetime | None) -> str:
    """A moment to the second."""
    return clock(moment).partition(".")[0]


def prose(markdown: str) -> Markup:
    """A contract's Markdown as HTML, without links and pictures: nothing on a page leads away from this machine."""
    return Markup(_markdown().render(plain(markdown)))  # noqa: S704 - the renderer escapes HTML and makes no link


@cache
def _markdown() -> "MarkdownIt":
    from markdown_it import MarkdownIt  # noqa: PLC0415 - late: it is a seventh of what the first page loads

    rules = ["link", "image", "autolink", "html_inline", "html_block", "heading", "lheading", "reference"]
    return MarkdownIt("commonmark", {"html": False}).disable(rules).enable("table")


def segment(text: object) -> str:
    """A text as one part of a path."""
    return quote(str(text), safe="")


def tone(word: str) -> str:
    """How a status looks: `good`, `bad`, `wait` or `calm`."""
    return _TONES.get(word.lower(), "calm")


_TONES = {
    **dict.fromkeys(("delivered", "read", "opened", "clicked", "active", "verified", "open", "granted"), "good"),
    **dict.fromkeys(("bounced", "failed", "expired", "complained", "suspended", "error", "revoked"), "bad"),
    **dict.fromkeys(("queued", "sending", "scheduled", "pending", "deferred", "retry_scheduled", "uncertain"), "wait"),
    **dict.fromkeys(("suppressed", "unsubscribed", "dropped", "broken off"), "bad"),
    **dict.fromkeys(("waiting", "playing"), "wait"),
    "passed": "good",
}


def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(FOLDER / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(
        plain=plain,
        cut=cut,
        pretty=pretty,
        clock=clock,
        short=short,
        segment=segment,
        tone=tone,
        money=decimal_text,
        prose=prose,
    )
    return environment


ENVIRONMENT = _environment()
