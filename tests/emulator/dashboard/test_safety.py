"""Hostile content is inert, and only our own pages change anything."""

import html
import re
import time
from typing import Any

import html5lib
import pytest
from msgspec.structs import replace

from emulator.dashboard.mail import as_page, found_in
from emulator.dashboard.templates import plain
from tests.emulator.dashboard.browsing import ORIGIN, UI, Browser, browse, parse

HOSTILE = {
    "a script": "<script>alert(1)</script>",
    "a script in pieces": "<scr<script>ipt>alert(1)</scr</script>ipt>",
    "a handler": '<img src=x onerror="alert(1)"><body onload=alert(1)><p onclick=alert(1)>x',
    "a javascript link": '<a href="javascript:alert(1)">x</a><a href="java\nscript:alert(1)">y</a>',
    "a data link": '<a href="data:text/html,<script>alert(1)</script>">x</a><iframe src="data:text/html,x"></iframe>',
    "a drawing": '<svg onload=alert(1)><style><img src=x onerror=alert(1)></style></svg><img src="data:image/svg+xml,<svg/>">',
    "mathematics": "<math><mtext><table><mglyph><style><img src=x onerror=alert(1)></style></mglyph></table></mtext></math>",
    "a style that reaches out": "<style>@import 'https://evil.example/x.css'; p{background:url(https://evil.example/y)}</style>",
    "a style that breaks out": "<style>a{content:'</style><script>alert(1)</script>'}</style>",
    "a refresh": '<meta http-equiv="refresh" content="0;url=https://evil.example/"><base href="https://evil.example/">',
    "links to fetch": '<link rel="preconnect" href="https://evil.example"><link rel=stylesheet href=//evil.example/x>',
    "a form": '<form action="https://evil.example/"><input name=a><button formaction="javascript:alert(1)">x</button></form>',
    "a frame": '<iframe srcdoc="<script>alert(1)</script>"></iframe><object data="https://evil.example"></object><embed src=x>',
    "media": '<video src="https://evil.example/v" poster="https://evil.example/p"></video><img srcset="https://evil.example/s 2x">',
    "a ping": '<a ping="https://evil.example/" href="https://evil.example/" target=_top>x</a>',
    "broken markup": "<p <b ='\"><![CDATA[<script>alert(1)</script>]]><!-- <script>alert(1)",
    "a template": "{{ 7 * 7 }}<template><script>alert(1)</script></template>",
}

ACTS = {
    "script",
    "iframe",
    "frame",
    "object",
    "embed",
    "form",
    "input",
    "button",
    "link",
    "meta",
    "base",
    "svg",
    "math",
}


def fetching(document: Any) -> list[str]:
    names = ("src", "href", "srcset", "poster", "data", "ping", "action", "formaction", "background", "srcdoc")
    return [each.attrib[name] for each in document.iter() for name in names if name in each.attrib]


@pytest.mark.parametrize("content", HOSTILE.values(), ids=HOSTILE.keys())
def test_a_hostile_mail_is_written_anew_without_anything_that_acts(content: str):
    document = parse_leniently(as_page(content))
    body = document.find("body")

    assert {each.tag for each in body.iter()} & ACTS == set()
    assert [name for each in body.iter() for name in each.attrib if name.startswith("on")] == []
    assert fetching(body) == []
    assert "alert(1)" not in "".join("".join(each.itertext()) for each in body.iter("script"))


def parse_leniently(text: str) -> Any:
    parser: Any = html5lib.HTMLParser(namespaceHTMLElements=False)
    return parser.parse(text)


@pytest.mark.parametrize("content", HOSTILE.values(), ids=HOSTILE.keys())
def test_hostile_content_is_text_on_every_page_that_shows_it(content: str):
    async def scene(browser: Browser) -> None:
        id = await browser.mail(content, subject=content.replace("\n", " "), text=content)
        await browser.text(content)
        for path in (
            f"/messages/{id}",
            "/messages",
            f"/messages/{await browser.newest()}",
            "/conversations",
            "/journal",
        ):
            page = await browser.open(path, params={"q": content} if path == "/messages" else None)
            outside = [
                each.tag
                for each in page.all("main")[0].iter()
                if each.tag in ACTS - {"form", "input", "button", "iframe"}
            ]
            assert outside == []
            assert len(page.all("script")) == 1
        frame = await browser.client.get(f"/messages/{id}/mail")
        assert frame.headers["content-security-policy"].startswith("default-src 'none'; style-src 'unsafe-inline'")

    browse(scene)


def test_pictures_that_come_with_a_mail_are_shown_and_others_only_named():
    inside = "data:image/png;base64,iVBORw0KGgo="
    document = as_page(f'<img src="{inside}" alt="a"><img src="https://evil.example/x.png">')
    found = found_in('<img src="https://evil.example/x.png"><a href="javascript:alert(1)">x</a>')

    assert fetching(parse(document)) == [inside]
    assert found.images == ("https://evil.example/x.png",)
    assert found.links == ("javascript:alert(1)",)


def test_a_header_takes_no_second_line():
    async def scene(browser: Browser) -> None:
        id = await browser.mail("<p>x</p>", subject="Hello")
        store = browser.app.worlds.default.store
        message = store.messages[id]
        content = replace(
            message.content,
            subject="Hi\r\nBcc: evil@example.org\r\n\r\n<script>",
            rich={"headers": {"X-A\r\nB": "1", "X-C": "a\r\nX-D: b"}},
        )
        store.messages.put(replace(message, content=content, sender="a\nb@example.org"))
        raw = (await browser.client.get(f"/messages/{id}/raw")).text
        head = raw.partition("\n\n")[0]

        assert not re.search(r"^(Bcc|X-D|X-A|B):", head, re.MULTILINE)
        assert "X-C: a X-D: b" in head
        await browser.open(f"/messages/{id}")

    browse(scene)


def test_what_turns_text_around_is_shown_by_name():
    assert plain("a\u202egpj.exe\u2066\x00\ud800") == "a⟨U+202E⟩gpj.exe⟨U+2066⟩⟨U+0000⟩⟨U+D800⟩"


@pytest.mark.parametrize(
    "content",
    ["x" * 5_000_000, "<p>" * 1_700_000, "<" * 5_000_000, "<!--" * 1_250_000, "<a b=" * 1_000_000, "&#x" * 1_700_000],
    ids=["letters", "tags", "brackets", "comments", "attributes", "references"],
)
def test_five_megabytes_leave_the_pages_usable(content: str):
    async def scene(browser: Browser) -> None:
        id = await browser.mail("<p>x</p>")
        store = browser.app.worlds.default.store
        message = store.messages[id]
        big = replace(message.content, text=content, html=content, subject=content)
        store.messages.put(replace(message, content=big))
        began = time.perf_counter()
        for path in (f"/messages/{id}", "/messages", "/conversations"):
            assert len((await browser.client.get(path)).content) < 400_000
        assert len((await browser.client.get(f"/messages/{id}/mail")).content) < 3_000_000
        assert (await browser.client.get(f"/messages/{id}/raw")).status_code == 200
        # Far above what it takes, and far below what a search for each end through all that follows would.
        assert time.perf_counter() - began < 60

    browse(scene)


def test_pages_let_nothing_run_but_our_script():
    async def scene(browser: Browser) -> None:
        for path in ("/", f"{UI}/messages", "/messages/nobody"):
            headers = (await browser.client.get(path)).headers
            policy = headers["content-security-policy"]

            assert "script-src 'self';" in policy
            assert "unsafe" not in policy
            assert policy.startswith("default-src 'none'")
            assert "frame-ancestors 'none'" in policy
            assert headers["x-content-type-options"] == "nosniff"
            assert headers["referrer-policy"] == "same-origin"

    browse(scene)


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"origin": "null"},
        {"origin": "http://evil.example"},
        {"origin": ORIGIN, "sec-fetch-site": "cross-site"},
        {"origin": ORIGIN, "sec-fetch-site": "same-site"},
        {"sec-fetch-site": "none"},
    ],
)
def test_a_change_without_proof_of_its_origin_is_refused(headers: dict[str, str]):
    async def scene(browser: Browser) -> None:
        before = browser.app.worlds.default.clock.now
        answer = await browser.client.post(f"{UI}/clock", data={"by": "1h"}, headers=headers)

        assert answer.status_code == 403
        assert browser.app.worlds.default.clock.now == before

    browse(scene)


def test_another_host_gets_nothing():
    async def scene(browser: Browser) -> None:
        for path in ("/", f"{UI}/messages", f"{UI}/static/style.css"):
            answer = await browser.client.get(path, headers={"host": "evil.example"})
            assert answer.status_code == 421
            assert "default" not in html.unescape(answer.text)

    browse(scene)


def test_a_form_is_a_form():
    async def scene(browser: Browser) -> None:
        as_json = await browser.client.post("/clock", json={"by": "1h"}, headers={"origin": ORIGIN})
        large = await browser.client.post("/clock", data={"by": "x" * 1_100_000}, headers={"origin": ORIGIN})

        assert (as_json.status_code, large.status_code) == (415, 413)

    browse(scene)


def test_with_a_control_token_a_browser_signs_in_once():
    async def scene(browser: Browser) -> None:
        closed = await browser.open("/", status=401)
        await browser.client.post("/session", data={"token": "wrong"}, headers={"origin": ORIGIN})
        still = await browser.client.get("/messages")
        went = await browser.client.post("/session", data={"token": "s3cret"}, headers={"origin": ORIGIN})
        page = await browser.open("/")

        assert closed.all("input", name="token")
        assert still.status_code == 401
        assert "HttpOnly" in went.headers["set-cookie"]
        assert "SameSite=Strict" in went.headers["set-cookie"]
        assert page.all("body")[0].get("data-events") == "/events"
        foreign = await browser.client.post("/clock", data={"by": "1h"}, headers={"origin": "http://evil.example"})
        assert foreign.status_code == 403

    browse(scene, control_token="s3cret")
