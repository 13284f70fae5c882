"""A page of Markdown -> a page of HTML, without script."""

import re
from collections.abc import Sequence
from functools import lru_cache
from html import escape
from typing import TYPE_CHECKING, Any

from emulator.guide.pages import GROUPS, Page, pages

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.token import Token

_PRINTED = ("json", "text")

_FRAME = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>{title} · Parrotfish</title>
<link rel="stylesheet" href="{root}guide.css">
{alternate}</head>
<body>
<a class="skip" href="#content">Skip to the text</a>
<header><a href="{home}">Parrotfish</a> <span>guide</span></header>
<nav aria-label="Pages of the guide">
{links}</nav>
<main id="content">
{body}</main>
<footer>
{footer}</footer>
</body>
</html>
"""


@lru_cache(maxsize=64)
def page_as_html(page: Page, markdown: str, home: str = "../") -> str:
    """The whole document of a page. `markdown` is its text as it is to be shown, `home` leads to the dashboard."""
    root = "./"
    names = list(pages())
    place = names.index(page.name)
    around = [("Before", names[place - 1])] if place else []
    around += [("Next", names[place + 1])] if place + 1 < len(names) else []
    footer = "".join(f"<p>{word}: {_link(root, pages()[name])}</p>\n" for word, name in around)
    source = f"{root}{page.name}.md"
    return _FRAME.format(
        title=escape(page.title),
        root=root,
        home=home,
        alternate=f'<link rel="alternate" type="text/markdown" href="{source}">\n',
        links=_navigation(root, page.name),
        body=_markdown().render(markdown),
        footer=f'{footer}<p><a href="{source}">This page as Markdown</a></p>\n',
    )


def nothing_here(depth: int, home: str = "../") -> str:
    """The document that says that there is no such page, `depth` folders below the guide's root.

    `home` leads from that root to the dashboard.
    """
    root = "../" * depth or "./"
    return _FRAME.format(
        title="No such page",
        root=root,
        home="../" * depth + home,
        alternate="",
        links=_navigation(root, None),
        body="<h1>There is no such page</h1>\n<p>The pages that there are stand in the list.</p>\n",
        footer="",
    )


def _navigation(root: str, current: str | None) -> str:
    parts: list[str] = []
    for title, names in GROUPS:
        items = "".join(f"<li>{_link(root, pages()[name], current)}</li>\n" for name in names)
        parts.append(f"<p>{escape(title)}</p>\n<ul>\n{items}</ul>\n")
    return "".join(parts)


def _link(root: str, page: Page, current: str | None = None) -> str:
    mark = ' aria-current="page"' if page.name == current else ""
    return f'<a href="{root}{page.path}"{mark}>{escape(page.title)}</a>'


def _markdown() -> "MarkdownIt":
    # Late: who reads no page needs no Markdown.
    from markdown_it import MarkdownIt  # noqa: PLC0415 - late: only pages need Markdown

    markdown = MarkdownIt("commonmark", {"html": False}).enable("table")
    markdown.core.ruler.push("ids_and_links", lambda state: _improve(state.tokens))
    markdown.add_render_rule("fence", _fence)
    return markdown


def _improve(tokens: "Sequence[Token]") -> None:
    """Give headings ids, headers of columns their scope, and let links between pages lead to HTML."""
    used: set[str] = set()
    for token, following in zip(tokens, [*tokens[1:], None], strict=True):
        if token.type == "heading_open" and following is not None:
            token.attrSet("id", _slug(following.content, used))
        elif token.type == "th_open":
            token.attrSet("scope", "col")
        for child in token.children or ():
            if child.type == "link_open":
                child.attrSet("href", _href(str(child.attrGet("href"))))


def _href(href: str) -> str:
    file, mark, place = href.partition("#")
    name = file.removesuffix(".md")
    if not file.endswith(".md") or name not in pages():
        return href
    return f"./{pages()[name].path}{mark}{place}"


def _slug(heading: str, used: set[str]) -> str:
    plain = re.sub(r"[^a-z0-9]+", "-", heading.lower()).strip("-")
    slug = next(each for each in (plain, *(f"{plain}-{count}" for count in range(2, 100))) if each not in used)
    used.add(slug)
    return slug


def _fence(_renderer: Any, tokens: "Sequence[Token]", place: int, _options: Any, _env: Any) -> str:  # noqa: ANN401 - the library's
    mark = ' class="printed"' if tokens[place].info.strip() in _PRINTED else ""
    # What may have to be scrolled must be reachable by keyboard.
    return f'<pre tabindex="0"{mark}><code>{escape(tokens[place].content, quote=False)}</code></pre>\n'
