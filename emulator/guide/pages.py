"""The pages of the guide, in the order in which a stranger reads them."""

import re
from functools import cache
from pathlib import Path
from typing import NamedTuple

from emulator.dialects import DIALECTS

FOLDER = Path(__file__).resolve().parent.parent / "docs"

GROUPS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("Begin", ("index", "dashboard", "recipients", "worlds-and-time")),
    ("APIs", tuple(dialect.name for dialect in DIALECTS)),
    ("Make it fail", ("outcomes", "faults", "stories")),
    ("In your tests", ("pytest", "ci")),
    ("Prove it", ("contracts", "parity", "recording")),
    ("Reference", ("control-api", "security")),
)
"""Groups of pages, each page by its file's name without the ending."""

ADDRESS = "http://127.0.0.1:8026"
"""Where the samples say that the emulator is."""

# Marks where a test writes what is generated.
_MARK = re.compile(r"^<!--.*?-->\n", re.MULTILINE)
_LINK = re.compile(r"\[([^]]+)]\([^)]*\)")


class Page(NamedTuple):
    """One page. `summary` is its first paragraph, as plain text in one line."""

    name: str
    title: str
    summary: str
    markdown: str

    @property
    def path(self) -> str:
        """The path below the guide's root; the first page is the root."""
        return "" if self.name == "index" else self.name


@cache
def pages() -> dict[str, Page]:
    """All pages by name, in their order."""
    return {name: _read(name) for _, names in GROUPS for name in names}


def for_address(markdown: str, address: str, only: str | None) -> str:
    """A page whose samples can be copied: they lead to this server. `only` names the API that is at its root."""
    if only is not None:
        markdown = markdown.replace(f"{ADDRESS}/{only}/", f"{address}/")
    return markdown.replace(ADDRESS, address)


def _read(name: str) -> Page:
    text = _MARK.sub("", (FOLDER / f"{name}.md").read_text("utf-8"))
    heading, _, rest = text.partition("\n")
    summary = " ".join(rest.strip().partition("\n\n")[0].split())
    return Page(name, heading.removeprefix("# "), _LINK.sub(r"\1", summary).replace("`", ""), text)
