"""Every page: it is there, it is HTML without a mistake, its links lead somewhere, and it says what happened."""

import re
import shlex
from collections import Counter
from urllib.parse import urlsplit

import httpx
import pytest

from emulator.guide.site import is_of_guide
from tests.emulator.dashboard.browsing import ORIGIN, UI, Browser, Page, browse

PAGES = (
    ("", "Home"),
    ("messages", "Messages"),
    ("conversations", "Conversations"),
    ("compose", "Compose"),
    ("webhooks", "Webhooks"),
    ("sinks", "Built-in receivers"),
    ("sinks/hook", "Receiver hook"),
    ("failures", "Failures"),
    ("stories", "Stories"),
    ("contracts", "Contracts"),
    ("accounts", "Accounts"),
    ("contacts", "Contacts and consents"),
    ("suppressions", "Suppressions"),
    ("journal", "Journal"),
    ("audit", "Audit log"),
)


async def fill(browser: Browser) -> None:
    """Something of everything."""
    await browser.text("Hi " * 100)
    await browser.mail("<p>Hi <a href='https://shop.example/a'>there</a></p>")
    await browser.card()
    await browser.with_receipt()
    await browser.text(to="+12025550102")
    await browser.advance()


@pytest.mark.parametrize(("path", "title"), PAGES)
@pytest.mark.parametrize("filled", [False, True], ids=["of a new world", "when much happened"])
def test_a_page_is_there_and_its_html_has_no_mistake(path: str, title: str, filled: bool):
    async def scene(browser: Browser) -> None:
        if filled:
            await fill(browser)
        for prefix in ("", UI):
            page = await browser.open(f"{prefix}/{path}")

            assert (page.all("h1")[0].text or "").strip().startswith(title)
            assert "script" not in {each.tag for each in page.all("main")[0].iter()}

    browse(scene)


def test_every_page_stands_in_the_frame_with_worlds_clock_and_the_ways_to_the_others():
    async def scene(browser: Browser) -> None:
        for path, _ in PAGES:
            page = await browser.open(f"{UI}/{path}")

            assert page.all("section", aria_label="Clock")
            assert page.text(id="clock-now").startswith("Now 2026-01-01 00:00:00")
            assert f"{UI}/messages" in page.links()

    browse(scene)


def test_no_link_and_no_form_leads_nowhere():
    async def scene(browser: Browser) -> None:
        await fill(browser)
        seen, waiting, of_a_kind = set[str](), ["/", f"{UI}/"], Counter[str]()
        while waiting:
            path = waiting.pop()
            # There are hundreds of operations and stories; tests of their own ask for each.
            kind = urlsplit(path).path.removeprefix(UI).split("/")[1]
            of_a_kind[kind] += 1
            if of_a_kind[kind] > 12:
                continue
            seen.add(path)
            answer = await browser.client.get(path)
            assert answer.status_code == 200, path
            # The guide's own links have a test of their own.
            if not answer.headers["content-type"].startswith("text/html") or is_of_guide(path.encode()):
                continue
            page = Page(answer)
            found = [link for link in page.links() if not link.startswith("#")]
            for form in page.forms():
                assert form.attrib["action"].startswith("/"), path
                if form.attrib["method"] == "get":
                    found.append(form.attrib["action"])
            for link in found:
                target = urlsplit(link.removeprefix(ORIGIN))
                assert target.scheme == "", link
                here = target.path + (f"?{target.query}" if target.query else "")
                if here not in seen and here not in waiting and len(seen) < 150:
                    waiting.append(here)

        assert len(seen) > 60

    browse(scene)


def test_a_machine_still_gets_json_at_the_root():
    async def scene(browser: Browser) -> None:
        answer = await browser.client.get("/", headers={"accept": "application/json"})

        assert answer.json()["control"] == "/_emulator/openapi/control.yaml"

    browse(scene)


def test_with_one_api_at_the_root_the_dashboard_is_below_the_control_api():
    async def scene(browser: Browser) -> None:
        page = await browser.open(f"{UI}/")

        assert [each.text for each in page.all("h2")][1:] == ["Cloud Rebue bulk SMS"]
        assert (await browser.client.get("/messages")).status_code == 404

    browse(scene, only="cloudrebue")


def test_home_shows_base_urls_credentials_and_a_request_that_works():
    async def scene(browser: Browser) -> None:
        page = await browser.open("/")
        blocks = ["".join(code.itertext()) for pre in page.all("pre") for code in pre.iter("code")]

        assert "Nothing was sent yet" in page.text()
        assert "The clock is held" in page.text()
        assert "/_emulator/docs/" in page.links()
        assert len(blocks) == 5
        for curl in blocks:
            words = shlex.split(curl.replace("\\\n", ""))
            url, body = words[3], words[-1]
            headers = dict(word.split(": ", 1) for word in words if ": " in word and word != body)
            answer = await browser.client.post(url, headers=headers, content=body)
            assert answer.status_code in (200, 202), (url, answer.text)
        assert "5 Messages" in (await browser.open("/")).text(id="counters")

    browse(scene)


def test_looking_changes_nothing():
    async def scene(browser: Browser) -> None:
        await fill(browser)
        before = browser.app.worlds.default.store.copy()
        for path, _ in PAGES:
            await browser.open(f"/{path}")
        await browser.open(f"/messages/{await browser.newest()}")

        assert browser.app.worlds.default.store.copy() == before

    browse(scene)


def test_another_world_has_pages_of_its_own():
    async def scene(browser: Browser) -> None:
        await browser.text()
        went = await browser.submit("/worlds", name="other")
        page = await browser.open("/w/other/messages")

        assert went.headers["location"] == "/w/other/?done=made"
        assert "0 messages in this world" in page.text()
        assert "/w/other/webhooks" in page.links()
        assert page.all("body")[0].get("data-events") == "/w/other/events"
        assert {"/", "/w/other/"} <= set(page.links())

    browse(scene)


def test_the_clock_is_moved_and_paced_from_every_page():
    async def scene(browser: Browser) -> None:
        id = await browser.text()
        went = await browser.submit("/clock", to="next", back=f"/messages/{id}?a=b")
        stepped = browser.app.worlds.default.clock.now
        await browser.submit("/clock", by="1h")
        await browser.submit("/clock", pace="100")

        assert went.headers["location"] == f"/messages/{id}?a=b&done=advanced"
        assert 0 < stepped.microsecond < 200_000
        assert browser.app.worlds.default.clock.pace.rate == 100
        page = await browser.open("/?done=paced")
        assert "The pace was changed." in page.text()

    browse(scene)


@pytest.mark.parametrize("back", ["https://evil.example/", "//evil.example/", "/\\evil", "/x\r\nset-cookie: a=b", "x"])
def test_a_form_leads_back_to_our_own_pages_only(back: str):
    async def scene(browser: Browser) -> None:
        went = await browser.submit("/clock", by="1s", back=back)

        assert went.headers["location"] == "/?done=advanced"
        assert "set-cookie" not in went.headers

    browse(scene)


def test_what_is_refused_is_told_on_a_page():
    async def scene(browser: Browser) -> None:
        bad = await browser.client.post("/clock", data={"by": "soon"}, headers={"origin": ORIGIN})
        gone = await browser.open("/messages/nobody", status=404)
        late = await browser.client.delete("/messages", headers={"origin": ORIGIN})

        assert bad.status_code == 422
        assert "by: expected" in bad.text
        assert "There is no message" in gone.text()
        assert late.status_code == 405

    browse(scene)


def test_nothing_of_the_page_is_fetched_from_elsewhere():
    async def scene(browser: Browser) -> None:
        page = await browser.open("/")
        for tag, name in (("link", "href"), ("script", "src"), ("img", "src")):
            for each in page.all(tag):
                answer = await browser.client.get(each.attrib[name])
                assert each.attrib[name].startswith("/static/")
                assert answer.status_code == 200
                assert not re.search(rb"https?://(?!www\.w3\.org)", answer.content)
        missing: httpx.Response = await browser.client.get("/static/../app.py")
        assert missing.status_code == 404

    browse(scene)


@pytest.mark.parametrize("prefix", ["", UI])
def test_a_world_that_is_not_there_is_told_on_a_page_and_to_programs_as_before(prefix: str):
    async def scene(browser: Browser) -> None:
        path = f"/w/a%20b{prefix}/messages"
        page = await browser.open(path, status=404, headers={"accept": "text/html,*/*"})
        assert "There is no world 'a b'." in page.text()
        assert "/" in page.links()
        told = await browser.client.get(path)
        assert (told.status_code, told.headers["content-type"]) == (404, "application/problem+json")
        posted = await browser.client.post(path, headers={"accept": "text/html", "origin": ORIGIN})
        assert posted.status_code == 404

    browse(scene)
