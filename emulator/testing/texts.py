"""What people look for in a message: one-time codes and links.

A code stands alone: not in a link, a price, a date, a phone number or an order's number. Of several, the one comes
first that stands next to a word such as `code` or `PIN`.
"""

import re
from collections.abc import Iterator, Sequence
from html.parser import HTMLParser
from typing import NamedTuple

_URL = re.compile(r"https?://[^\s<>\"'\\^`{|}]+", re.IGNORECASE)
_ADDRESS = re.compile(r"[\w.+-]+@[\w-]+\.[\w.-]+")
_PHONE = re.compile(r"\+\d[\d ()-]{6,}\d")

# The last line of a text that browsers fill in by themselves: `@example.com #123456`.
_FOR_BROWSERS = re.compile(r"^@\S+ #([A-Za-z0-9]{4,10})\b", re.MULTILINE)

_DIGITS = r"\d{3}[ -]\d{3}|\d{4,8}"
_NOT_BEFORE = r"(?<![\w#+/:.,@$€£&=-])(?<!\d )"
_NOT_AFTER = r"(?![\w/:@%=-]|[.,]\d| ?%)"
_NUMBER = re.compile(rf"{_NOT_BEFORE}(?:[A-Z]-)?({_DIGITS}){_NOT_AFTER}")
# Letters among the digits, or a dash in the middle; only a word before it makes it a code.
_MIXED = re.compile(rf"{_NOT_BEFORE}(?=[A-Z0-9-]*\d)([A-Z0-9]{{4,10}}|[A-Z0-9]{{3,5}}-[A-Z0-9]{{3,5}}){_NOT_AFTER}")

_KEYWORD = re.compile(
    r"\b(?:code|otp|pin|passcode|one[- ]time|verification|password|token|msimbo|nambari|namba|kodi|código|codigo|clave"
    r"|senha|codice|passwort)\b",
    re.IGNORECASE,
)
_MONEY = re.compile(r"(?:\b(?:KES|KSh|Ksh|USD|EUR|GBP|UGX|TZS|ZAR|NGN|Rs)\.? ?)$")
_AMOUNT_AFTER = re.compile(r"^ ?(?:KES|KSh|USD|EUR|GBP|UGX|TZS|ZAR|NGN|bob|minutes?|hours?|days?|seconds?|points?)\b")
_ORDER = re.compile(
    r"\b(?:order|invoice|ticket|reference|ref|account|tracking|no|number|nr)\.? ?(?:no\.? ?)?[:#]? ?$", re.IGNORECASE
)
_YEAR = re.compile(r"(?:19|20)\d\d")

_NEAR = 60  # characters between a keyword and its code


class Link(NamedTuple):
    """A link: its URL, and what the reader sees (the URL itself where nothing else is said)."""

    url: str
    text: str


def find_codes(text: str) -> list[str]:
    """All that look like one-time codes, the likeliest first, without spaces and dashes that only group digits."""
    for_browsers = [match[1] for match in _FOR_BROWSERS.finditer(text)]
    plain = _FOR_BROWSERS.sub(" ", text)
    for pattern in (_URL, _ADDRESS, _PHONE):
        plain = pattern.sub(lambda match: " " * len(match[0]), plain)
    ranked = sorted(_candidates(plain), key=lambda each: each[0])
    return list(dict.fromkeys([*for_browsers, *(code for _, code in ranked)]))


def _candidates(text: str) -> Iterator[tuple[tuple[int, int], str]]:
    """Codes with their rank; a lower one is better."""
    keywords = list(_KEYWORD.finditer(text))
    for match in _NUMBER.finditer(text):
        distance = _distance(keywords, match)
        if _is_something_else(text, match, is_named=distance is not None):
            continue
        rank = (0, distance) if distance is not None else (1, match.start())
        yield rank, re.sub(r"[ -]", "", match[1])
    for match in _MIXED.finditer(text):
        distance = _distance(keywords, match)
        if distance is not None and not match[1].isdigit() and not re.fullmatch(_DIGITS, match[1]):
            yield (0, distance), match[1]


def _distance(keywords: Sequence[re.Match[str]], match: re.Match[str]) -> int | None:
    """How far the nearest keyword is; None if there is none nearby. One that comes later counts less."""
    spans = [
        match.start() - keyword.end() if keyword.end() <= match.start() else (keyword.start() - match.end()) * 2
        for keyword in keywords
    ]
    near = [span for span in spans if 0 <= span <= _NEAR]
    return min(near, default=None)


def _is_something_else(text: str, match: re.Match[str], *, is_named: bool) -> bool:
    """Whether a number is money, a span, an order's number, or a year."""
    before, after = text[: match.start()], text[match.end() :]
    if _MONEY.search(before) or _AMOUNT_AFTER.search(after):
        return True
    if is_named:
        return False
    return bool(_ORDER.search(before) or _YEAR.fullmatch(match[1]))


def find_links(text: str | None, html: str | None = None) -> list[Link]:
    """All links, each URL once: those of the HTML with what the reader sees, then those of the text."""
    found = _links_of_html(html) if html else []
    found += [Link(url, url) for url in _urls(text or "")]
    each_once: dict[str, Link] = {}
    for link in found:
        each_once.setdefault(link.url, link)
    return list(each_once.values())


def _urls(text: str) -> Iterator[str]:
    for match in _URL.finditer(text):
        url = match[0].rstrip(".,;:!?*_")
        while url.endswith((")", "]")) and url.count(url[-1]) > url.count("(" if url[-1] == ")" else "["):
            url = url[:-1].rstrip(".,;:!?")
        yield url


def _links_of_html(html: str) -> list[Link]:
    reader = _Anchors()
    reader.feed(html)
    reader.close()
    return reader.links


class _Anchors(HTMLParser):
    """Collects what can be clicked on."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.links: list[Link] = []
        self._url: str | None = None
        self._seen: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Begin a link, or add what a picture says to the one around it."""
        values = dict(attrs)
        if tag == "a":
            self._end()
            self._url = (values.get("href") or "").strip()
        elif tag == "img" and values.get("alt"):
            self._seen.append(str(values["alt"]))

    def handle_endtag(self, tag: str) -> None:
        """End a link."""
        if tag == "a":
            self._end()

    def handle_data(self, data: str) -> None:
        """Add to what the reader sees."""
        if self._url is not None:
            self._seen.append(data)

    def close(self) -> None:
        """End a link that nobody closed."""
        super().close()
        self._end()

    def _end(self) -> None:
        if self._url is not None and self._url.lower().startswith(("http://", "https://")):
            seen = " ".join(" ".join(self._seen).split())
            self.links.append(Link(self._url, seen or self._url))
        self._url = None
        self._seen = []


def visible_text(html: str) -> str:
    """What a reader of HTML sees, without style, script and markup."""
    reader = _Words()
    reader.feed(html)
    reader.close()
    return re.sub(r"[ \t]*\n[ \t\n]*", "\n", re.sub(r"[ \t\xa0]+", " ", "".join(reader.words))).strip()


class _Words(HTMLParser):
    """Collects what can be read."""

    _UNSEEN = frozenset({"style", "script", "head", "title"})
    _BREAKS = frozenset({"p", "br", "div", "td", "tr", "li", "h1", "h2", "h3", "h4", "table"})

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.words: list[str] = []
        self._hidden = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Break the line, or begin what is not shown."""
        del attrs
        if tag in self._UNSEEN:
            self._hidden += 1
        elif tag in self._BREAKS:
            self.words.append("\n")

    def handle_endtag(self, tag: str) -> None:
        """Break the line, or end what is not shown."""
        if tag in self._UNSEEN:
            self._hidden = max(0, self._hidden - 1)
        elif tag in self._BREAKS:
            self.words.append("\n")

    def handle_data(self, data: str) -> None:
        """Keep what is shown."""
        if not self._hidden:
            self.words.append(data)
