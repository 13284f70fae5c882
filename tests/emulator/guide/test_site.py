"""The guide as a browser, a program and a stranger with bad intentions see it."""

import asyncio
import re
import subprocess
import sys
from collections.abc import Mapping
from itertools import pairwise
from typing import Any

import html5lib
import httpx
import pytest

from emulator.app import create_app
from emulator.guide import answer
from emulator.guide.pages import ADDRESS, pages
from emulator.guide.rendering import nothing_here
from emulator.settings import Settings

XHTML = "{http://www.w3.org/1999/xhtml}"
HTML_PATHS = [f"/docs/{page.path}" for page in pages().values()]


def ask(path: str, method: str = "GET", headers: Mapping[str, str] | None = None, **settings: Any) -> httpx.Response:
    chosen: dict[str, Any] = {"pace": "held", **settings}

    async def run() -> httpx.Response:
        transport = httpx.ASGITransport(create_app(Settings(**chosen)))
        async with httpx.AsyncClient(transport=transport, base_url=ADDRESS) as client:
            return await client.request(method, path, headers=headers)

    return asyncio.run(run())


def parsed(html: str) -> Any:
    """Raises what is wrong with the document."""
    parser: Any = html5lib.HTMLParser(strict=True)
    return parser.parse(html)


@pytest.mark.parametrize("path", HTML_PATHS)
def test_a_page_is_valid_html_without_script(path: str):
    page = answer(path.encode())

    document = parsed(page.body.decode())
    names = [each.tag.removeprefix(XHTML) for each in document.iter() if isinstance(each.tag, str)]
    assert not {"script", "style", "iframe", "form", "img"} & set(names)
    assert not [
        each for each in document.iter() if any(name.startswith("on") or name == "style" for name in each.attrib)
    ]
    assert names.count("h1") == names.count("main") == names.count("nav") == 1


@pytest.mark.parametrize("path", HTML_PATHS)
def test_headings_go_down_one_level_at_a_time_and_have_places_of_their_own(path: str):
    document = parsed(answer(path.encode()).body.decode())

    headings = [each for each in document.iter() if re.fullmatch(f"{XHTML}h[1-6]", str(each.tag))]
    levels = [int(each.tag[-1]) for each in headings]
    places = [each.get("id") for each in headings]
    assert levels[0] == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))
    assert len(set(places)) == len(places)
    assert all(places)


def test_every_link_leads_to_something():
    places: dict[str, set[str]] = {}
    links: list[tuple[str, str]] = []
    for path in HTML_PATHS:
        document = parsed(answer(path.encode()).body.decode())
        places[path] = {each.get("id") for each in document.iter() if each.get("id")}
        links += [(path, each.get("href")) for each in document.iter() if each.get("href")]
    for path, href in links:
        target = str(httpx.URL(f"http://here{path}").join(href).copy_with(fragment=None))[len("http://here") :]
        fragment = httpx.URL(href).fragment
        if target == "/":
            continue  # the dashboard's
        assert answer(target.encode()).status == 200, f"{path} leads to {href}"
        if fragment:
            assert fragment in places[target], f"{path} leads to {href}"


def test_the_markdown_is_served_as_well():
    page = ask("/docs/raven.md")

    assert page.status_code == 200
    assert page.headers["content-type"] == "text/markdown; charset=utf-8"
    assert page.text.startswith("# Raven Cloud\n")
    assert "<!--" not in page.text


def test_the_index_for_machines_names_every_page():
    index = ask("/llms.txt")

    assert index.headers["content-type"] == "text/plain; charset=utf-8"
    assert index.text.startswith("# Parrotfish\n\n> ")
    for page in pages().values():
        assert f"[{page.title}]({ADDRESS}/docs/{page.name}.md): " in index.text


def test_a_page_is_sent_with_a_strict_policy():
    page = ask("/docs/")

    assert page.status_code == 200
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert page.headers["content-security-policy"].startswith("default-src 'none'; style-src 'self';")
    assert page.headers["x-content-type-options"] == "nosniff"
    assert page.headers["date"] == "Thu, 01 Jan 2026 00:00:00 GMT"


def test_the_stylesheet_is_there_and_loads_nothing():
    sheet = ask("/docs/guide.css")

    assert sheet.headers["content-type"] == "text/css; charset=utf-8"
    assert "prefers-color-scheme: dark" in sheet.text
    assert "url(" not in sheet.text
    assert "@import" not in sheet.text


def test_samples_lead_to_this_server_and_this_world():
    page = ask("/docs/", headers={"Host": "localhost:9000"})
    assert "http://localhost:9000/raven/v1/messages" in page.text
    assert ADDRESS not in page.text

    text = answer(b"/docs/bird.md", address="http://127.0.0.1:9000/w/one").body.decode()
    assert "http://127.0.0.1:9000/w/one/bird/workspaces/" in text


def test_of_an_api_at_the_root_the_samples_have_no_mount():
    page = ask("/_emulator/docs/bird.md", only="bird")

    assert page.status_code == 200
    assert f"{ADDRESS}/workspaces/" in page.text
    assert ask("/_emulator/docs/bird", only="bird").status_code == 200


@pytest.mark.parametrize("host", ["localhost:80<script>", 'localhost:"x', "localhost:1 `x`", "[::1]:x"])
def test_a_host_that_is_not_plain_never_gets_into_a_page(host: str):
    page = ask("/docs/raven.md", headers={"Host": host})

    assert host not in page.text
    assert f"{ADDRESS}/raven/v1/messages" in page.text


def test_a_foreign_host_is_misdirected():
    assert ask("/docs/", headers={"Host": "evil.example"}).status_code == 421
    assert ask("/llms.txt", headers={"Host": "evil.example"}).status_code == 421


def test_the_guide_needs_no_token():
    assert ask("/docs/", control_token="t").status_code == 200


@pytest.mark.parametrize(
    "path",
    ["/docs/nowhere", "/docs/index", "/docs/index.md/x", "/docs/../app.py", "/docs/%2e%2e/app.py", "/docs/adr/0001", "/docs/a/b/c",
     "/docs/guide.css.md", "/docs/raven.md.md", "/docs/%FF"],
)  # fmt: skip
def test_there_is_nothing_else(path: str):
    page = answer(path.encode())

    assert page.status == 404
    parsed(page.body.decode())


def test_the_way_back_from_nowhere_is_right():
    assert 'href="../../raven"' in nothing_here(2)


@pytest.mark.parametrize("name", ["", "nowhere"])
def test_the_way_to_the_dashboard_is_right_in_both_places(name: str):
    assert '<header><a href="../">' in answer(f"/docs/{name}".encode()).body.decode()
    assert '<header><a href="../ui/">' in answer(f"/_emulator/docs/{name}".encode()).body.decode()


def test_the_root_without_a_slash_leads_to_the_one_with_it():
    assert ask("/docs").headers["location"] == f"{ADDRESS}/docs/"


def test_pages_are_read_only():
    assert ask("/docs/", method="POST").status_code == 405
    page = ask("/docs/", method="HEAD")
    assert (page.status_code, page.text) == (200, "")
    assert int(page.headers["content-length"]) > 1000


def test_a_world_that_is_not_there_has_no_guide():
    assert ask("/w/nowhere/docs/").status_code == 404


def test_everything_else_is_handed_on():
    assert ask("/_emulator/health").json()["status"] == "ok"
    assert ask("/docsx").status_code == 404


def test_a_start_imports_no_markdown():
    code = "import sys; from emulator.app import create_app; create_app(); print('markdown_it' in sys.modules)"

    printed = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert printed.stdout == "False\n"
