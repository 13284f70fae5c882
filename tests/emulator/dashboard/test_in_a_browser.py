"""The dashboard in headless Chromium: what only a browser can show.

They need Debian's `chromium` (`apt-get install chromium`) or another one named by `CHROMIUM`; without it they are
skipped. With `SCREENSHOTS=FOLDER`, pictures of each page are written there, light and dark, wide and narrow.
"""

import asyncio
import os
import shutil
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from emulator.app import App, create_app
from emulator.server.connection import serving
from emulator.settings import Settings

CHROMIUM = os.environ.get("CHROMIUM") or shutil.which("chromium")
if CHROMIUM is None:
    pytest.skip("there is no Chromium here: apt-get install chromium", allow_module_level=True)
playwright: Any = pytest.importorskip("playwright.async_api", reason="there is no Playwright: pip install playwright")

SMS = {"channel": "sms", "to": "+254722000000", "body": "Gate 4 is open"}
PAGES = "/ /messages /conversations /compose /webhooks /sinks/hook /failures /accounts /contacts /suppressions /journal /audit"


class Desk:
    """A server on a free port, and a browser before it. `asked` are the addresses it asked for, `said` its complaints."""

    def __init__(self, app: App, url: str, browser: Any, client: httpx.AsyncClient) -> None:
        self.app, self.url, self.browser, self.client = app, url, browser, client
        self.asked: list[str] = []
        self.said: list[str] = []

    async def open(self, path: str, **options: Any) -> Any:
        page = await (await self.browser.new_context(**options)).new_page()

        def ask(request: Any) -> None:
            self.asked.append(request.url)

        def complain(what: Any) -> None:
            self.said.append(str(what))

        def not_asked(request: Any) -> None:
            if request.failure == "csp":  # named by the browser, and stopped by the page's policy before it went out
                self.asked.remove(request.url)

        page.on("request", ask)
        page.on("requestfailed", not_asked)
        page.on("pageerror", complain)
        page.on("dialog", complain)
        await page.goto(self.url + path)
        return page

    async def send(self, **members: Any) -> str:
        apis = (await self.client.get("/_emulator/apis")).json()["apis"]
        headers = next(each for each in apis if each["name"] == "raven")["accounts"][0]["headers"]
        answer = await self.client.post("/raven/v1/messages", json=members or SMS, headers=headers)
        assert answer.status_code == 202, answer.text
        return answer.json()["id"]


def at_a_desk(scene: Callable[[Desk], Awaitable[None]]) -> None:
    async def run() -> None:
        app = create_app(Settings(pace="held"))
        async with serving(app) as url, playwright.async_playwright() as kit, httpx.AsyncClient(base_url=url) as client:
            browser = await kit.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
            try:
                await scene(Desk(app, url, browser, client))
            finally:
                await browser.close()

    asyncio.run(run())


def test_a_message_appears_by_itself_and_can_be_made_to_fail():
    async def scene(desk: Desk) -> None:
        page = await desk.open("/messages")
        await page.wait_for_timeout(1000)
        began = time.perf_counter()
        id = await desk.send()
        link = page.locator(f"a[href='/messages/{id}']")
        await link.wait_for(timeout=5000)
        print(f"it appeared after {(time.perf_counter() - began) * 1000:.0f} ms")
        await link.click()
        await page.fill("#by", "1s")
        await page.get_by_role("button", name="Advance", exact=True).click()
        await page.locator("#timeline .status", has_text="delivered").wait_for(timeout=5000)
        await page.get_by_role("button", name="Fail", exact=True).click()
        await page.locator("#timeline .status", has_text="failed").wait_for(timeout=5000)
        assert page.url == f"{desk.url}/messages/{id}"
        assert desk.said == []

    at_a_desk(scene)


def test_a_refusal_is_told_where_the_form_is():
    async def scene(desk: Desk) -> None:
        page = await desk.open("/failures")
        await page.locator("textarea").first.fill("[")
        await page.get_by_role("button", name="Add the rule").click()
        await page.locator("#notice [role=alert]").wait_for(timeout=5000)
        assert await page.locator("textarea").first.input_value() == "["
        assert desk.said == []

    at_a_desk(scene)


def test_without_javascript_the_forms_work():
    async def scene(desk: Desk) -> None:
        page = await desk.open("/", java_script_enabled=False)
        await page.fill("#by", "24h")
        await page.get_by_role("button", name="Advance", exact=True).click()
        assert "2026-01-02 00:00:00" in await page.locator("#clock-now").inner_text()

    at_a_desk(scene)


def test_a_hostile_mail_runs_nothing_and_asks_for_nothing():
    async def scene(desk: Desk) -> None:
        html = """<script>alert(1)</script><img src=//evil.example/a onerror=alert(1)><svg onload=alert(1)></svg>
            <style>@import '//evil.example/b';body{background:url(//evil.example/c)}</style><iframe src=//evil.example/d></iframe>
            <p style="background:url(//evil.example/e)">x</p><meta http-equiv=refresh content="0;url=//evil.example/f">
            <link rel=preconnect href=//evil.example><a id=go href=//evil.example/g target=_top>go</a>"""
        id = await desk.send(
            channel="email",
            to="ada@example.org",
            **{"from": "orders@mail.acme.co.ke"},
            subject=html,
            bodyText=html,
            bodyHtml=html,
        )
        page = await desk.open(f"/messages/{id}")
        await page.frame_locator("iframe").locator("#go").click()
        await page.wait_for_timeout(500)
        assert [url for url in desk.asked if not url.startswith(desk.url)] == []
        assert desk.said == []
        assert page.url == f"{desk.url}/messages/{id}"

    at_a_desk(scene)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 400])
def test_no_page_is_wider_than_its_window(scheme: str, width: int):
    async def scene(desk: Desk) -> None:
        id = await desk.send(**{**SMS, "body": "Hello " * 60})
        folder = os.environ.get("SCREENSHOTS")
        for path in (*PAGES.split(), f"/messages/{id}"):
            page = await desk.open(path, color_scheme=scheme, viewport={"width": width, "height": 800})
            assert await page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0, path
            if folder:
                name = path.strip("/").partition("/")[0] or "home"
                await page.screenshot(path=str(Path(folder) / f"{name}-{scheme}-{width}.png"), full_page=True)
            await page.close()
        assert desk.said == []

    at_a_desk(scene)
