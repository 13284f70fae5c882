"""A mail as a page in a frame, and as it travels.

The frame is closed three times over: its document is written anew here from what the parser saw, without anything that
acts or fetches; its policy lets nothing run and nothing out; and the frame itself is sandboxed.
"""

import re
from collections.abc import Mapping
from email.header import Header
from email.mime.multipart import MIMEMultipart
from email.mime.text import MIMEText
from email.utils import format_datetime
from html import escape
from html.parser import HTMLParser
from typing import Any, NamedTuple

from emulator.core.records import Message
from emulator.server.contract.references import is_object

LONGEST_SHOWN = 256 * 1024
"""Of a longer HTML part the frame shows the beginning."""

FRAME_POLICY = (
    b"default-src 'none'; style-src 'unsafe-inline'; img-src data:; form-action 'none'; base-uri 'none'; "
    b"frame-ancestors 'self'; sandbox"
)

# These go with all that is in them; of the second kind only the tags go.
_WITH_CONTENT = frozenset(
    {"script", "svg", "math", "object", "applet", "iframe", "frameset", "template", "noscript", "noembed"}
    | {"noframes", "xmp", "plaintext", "title", "audio", "video", "canvas", "select", "textarea", "portal"}
)
_ONLY_TAGS = frozenset(
    {"html", "head", "body", "link", "meta", "base", "form", "input", "button", "embed", "frame", "source", "track"}
    | {"param", "dialog", "details", "summary", "marquee", "bgsound", "keygen", "isindex", "image"}
)
_VOID = frozenset({"area", "br", "col", "hr", "img", "wbr"})
_ATTRIBUTES = frozenset(
    {"abbr", "align", "alt", "bgcolor", "border", "cellpadding", "cellspacing", "class", "color", "colspan", "dir"}
    | {"face", "height", "id", "lang", "role", "rowspan", "scope", "size", "style", "title", "valign", "width"}
)
_TAG = re.compile(r"[a-z][a-z0-9-]{0,30}")
_PICTURE = re.compile(r"data:image/(?:png|gif|jpeg|webp);base64,[A-Za-z0-9+/=\s]*")
_HEAD = (
    '<!DOCTYPE html><html lang=""><head><meta charset="utf-8"><title>Mail</title><style>'
    "body{margin:16px;font:15px/1.5 sans-serif;color:#111;background:#fff;overflow-wrap:anywhere}"
    "a{color:#05c;text-decoration:underline}</style></head><body>"
)
_DECLARATION = re.compile(r"<!--|<[!?]")
_UNSAFE = re.compile(r"[\x00-\x1f\x7f]+")
_HEADER_NAME = re.compile(r"[A-Za-z][A-Za-z0-9-]{0,76}")


class Found(NamedTuple):
    """Where a mail leads and what it would fetch, in order, each once."""

    links: tuple[str, ...]
    images: tuple[str, ...]


def as_page(html: str) -> str:
    """An HTML part as a whole document, for the frame and nothing else."""
    return _read(html).document()


def found_in(html: str) -> Found:
    """The links and images of an HTML part."""
    writer = _read(html)
    return Found(tuple(dict.fromkeys(writer.links)), tuple(dict.fromkeys(writer.images)))


def headers_of(message: Message, to: str, content: Mapping[str, Any]) -> list[tuple[str, str]]:
    """The headers with which a mail travels, each on one line."""
    rich = content["rich"]
    own = rich.get("headers") if is_object(rich) else None
    headers = [
        ("From", message.sender or ""),
        ("To", to),
        ("Subject", content["subject"] or ""),
        ("Date", format_datetime(message.created_at)),
        ("Message-ID", f"<{message.id}@parrotfish.invalid>"),
    ]
    if is_object(own):
        headers += [(name, str(value)) for name, value in own.items() if _HEADER_NAME.fullmatch(name)]
    return [(name, _one_line(value)) for name, value in headers]


def as_mime(message: Message, to: str, content: Mapping[str, Any]) -> bytes:
    """The mail as a file."""
    parts = [MIMEText(_sendable(content[kind]), sub, "utf-8") for kind, sub in _PARTS if content[kind] is not None]
    mail = parts[0] if len(parts) == 1 else MIMEMultipart("alternative", f"=_{_UNSAFE.sub('', message.id)[:60]}", parts)
    for name, value in headers_of(message, to, content):
        mail[name] = value if value.isascii() else Header(value, "utf-8").encode()
    return mail.as_bytes()


_PARTS = (("text", "plain"), ("html", "html"))


class _Writer(HTMLParser):
    """Writes a document anew from what it reads: names that are known, values that are quoted, text that is escaped."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.links: list[str] = []
        self.images: list[str] = []
        self._out: list[str] = []
        self._hidden: list[str] = []
        self._in_style = False

    def document(self) -> str:
        """What was written."""
        return f"{_HEAD}{''.join(self._out)}</body></html>"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Write a tag, if it is one that only shows."""
        if tag in _WITH_CONTENT:
            self._hidden.append(tag)
        if self._hidden or tag in _ONLY_TAGS or not _TAG.fullmatch(tag):
            return
        self._in_style = tag == "style"
        written = "" if self._in_style else "".join(self._attributes(tag, attrs))
        self._out.append(f"<{tag}{written}>")

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Write a tag; the slash means nothing in HTML, but for a drawing, which is left out."""
        if tag not in _WITH_CONTENT:
            self.handle_starttag(tag, attrs)

    def handle_endtag(self, tag: str) -> None:
        """Write an end."""
        if self._hidden:
            if tag == self._hidden[-1]:
                self._hidden.pop()
            return
        if tag not in _ONLY_TAGS and tag not in _WITH_CONTENT and tag not in _VOID and _TAG.fullmatch(tag):
            self._in_style = False
            self._out.append(f"</{tag}>")

    def handle_data(self, data: str) -> None:
        """Write text; a style sheet's cannot be escaped, so that it must not hold a tag."""
        if not self._hidden:
            self._out.append(data.replace("<", "\\3c ") if self._in_style else escape(data, quote=False))

    def _attributes(self, tag: str, attrs: list[tuple[str, str | None]]) -> list[str]:
        written: list[str] = []
        for name, value in attrs:
            if name == "href" and tag in ("a", "area"):
                written.append(self._link(value or ""))
            elif name == "src" and tag == "img":
                written.append(self._image(value or ""))
            elif name in _ATTRIBUTES:
                written.append(f' {name}="{escape(value or "")}"')
        return written

    def _link(self, target: str) -> str:
        """A link is listed below the frame; in it, it leads nowhere."""
        self.links.append(target)
        return f' title="{escape(target)}"'

    def _image(self, source: str) -> str:
        if _PICTURE.fullmatch(source):
            return f' src="{escape(source)}"'
        self.images.append(source)
        return f' title="{escape(source[:200])}"'


def _read(html: str) -> _Writer:
    writer = _Writer()
    writer.feed(_tamed(html[:LONGEST_SHOWN]))
    writer.close()
    return writer


def _tamed(html: str) -> str:
    """The markup without comments, declarations and tags that never end.

    No page shows them, and the parser would look for each one's end through all that follows.
    """
    last = html.rfind(">") + 1
    parts: list[str] = []
    place = 0
    while (found := _DECLARATION.search(html, place, last)) is not None:
        parts.append(html[place : found.start()])
        end = "-->" if found[0] == "<!--" else ">"
        # `<!-->` is a whole comment.
        stop = html.find(end, found.end() - 2 if end == "-->" else found.end(), last)
        if stop < 0:
            return "".join(parts)
        place = stop + len(end)
    return "".join((*parts, html[place:last], html[last:].replace("<", "&lt;")))


def _one_line(value: str) -> str:
    return _sendable(_UNSAFE.sub(" ", value))


def _sendable(text: str) -> str:
    return text.encode("utf-8", "replace").decode()
