"""A server with a browser before it: headless Chromium, for what no parser can tell."""

import asyncio
import os
import shutil
from collections.abc import Awaitable, Callable
from importlib.util import find_spec
from typing import Any, Self

import httpx

from emulator.app import App, create_app
from emulator.server.connection import serving
from emulator.settings import Settings
from tests.emulator.dashboard.visiting import RICH

SMS = {"channel": "sms", "to": "+254722000000", "body": "Gate 4 is open"}


def missing() -> str | None:
    """What to do where no browser can be driven; None where one can."""
    if executable() is None:
        return "there is no Chromium here: apt-get install chromium, or name one in CHROMIUM"
    if find_spec("playwright") is None:
        return "there is no Playwright: pip install playwright"
    return None


def executable() -> str | None:
    """Debian's Chromium, or the one that `CHROMIUM` names."""
    return os.environ.get("CHROMIUM") or shutil.which("chromium")


class Chromium:
    """The browser, in a loop that goes on between the tests."""

    def __enter__(self) -> Self:
        self._runner = asyncio.Runner()
        self._runner.run(self._start())
        return self

    async def _start(self) -> None:
        from playwright.async_api import async_playwright

        self._kit = await async_playwright().start()
        self._browser = await self._kit.chromium.launch(
            executable_path=executable(), args=["--no-sandbox", "--disable-dev-shm-usage"]
        )

    def __exit__(self, *_: object) -> None:
        self._runner.run(self._stop())
        self._runner.close()

    async def _stop(self) -> None:
        await self._browser.close()
        await self._kit.stop()

    def at_a_desk(self, scene: Callable[["Desk"], Awaitable[None]], **settings: Any) -> None:
        """Run a scene with a fresh server."""
        self._runner.run(self._play(scene, settings))

    async def _play(self, scene: Callable[["Desk"], Awaitable[None]], settings: dict[str, Any]) -> None:
        app = create_app(Settings(pace="held", **settings))
        async with (
            serving(app, on_stop=app.stopping) as url,
            httpx.AsyncClient(base_url=url, timeout=None) as client,
        ):
            desk = Desk(app, url, self._browser, client)
            try:
                await scene(desk)
            finally:
                await desk.close()


class Desk:
    """A server on a free port, and a browser before it.

    `asked` are the addresses that pages asked for, `said` what scripts complained of or opened a dialog with.
    """

    def __init__(self, app: App, url: str, browser: Any, client: httpx.AsyncClient) -> None:
        self.app, self.url, self.client = app, url, client
        self._browser = browser
        self._contexts: list[Any] = []
        self.asked: list[str] = []
        self.said: list[str] = []

    @property
    def elsewhere(self) -> list[str]:
        """The addresses asked for that are not the server's."""
        return [url for url in self.asked if not url.startswith((self.url, "data:image/png"))]

    async def open(self, path: str, **options: Any) -> Any:
        """Open a page in a window of its own."""
        context = await self._browser.new_context(**options)
        self._contexts.append(context)
        page = await context.new_page()
        page.set_default_timeout(20_000)

        def ask(request: Any) -> None:
            self.asked.append(request.url)

        def not_asked(request: Any) -> None:
            if request.failure == "csp":  # named by the browser, and stopped by the page's policy before it went out
                self.asked.remove(request.url)

        def complain(what: Any) -> None:
            self.said.append(str(what))

        page.on("request", ask)
        page.on("requestfailed", not_asked)
        page.on("pageerror", complain)
        page.on("dialog", complain)
        await page.goto(self.url + path)
        return page

    async def close(self) -> None:
        """Close all windows."""
        for context in self._contexts:
            await context.close()

    async def account(self, api: str) -> dict[str, Any]:
        """The first account of an API."""
        apis = (await self.client.get("/_emulator/apis")).json()["apis"]
        return next(each for each in apis if each["name"] == api)["accounts"][0]

    async def card(self) -> str:
        """Send a card over Arowana's API, which a person can answer; the id."""
        headers = (await self.account("arowana"))["headers"]
        answer = await self.client.post("/arowana/v1/messages", json=RICH, headers=headers)
        assert answer.status_code == 200, answer.text
        return (await self.client.get("/_emulator/messages?limit=1")).json()["messages"][0]["id"]

    async def send(self, **members: Any) -> str:
        """Send over Raven's API; the id."""
        headers = (await self.account("raven"))["headers"]
        answer = await self.client.post("/raven/v1/messages", json=members or SMS, headers=headers)
        assert answer.status_code == 202, answer.text
        return answer.json()["id"]
