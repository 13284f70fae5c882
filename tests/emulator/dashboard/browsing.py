"""The dashboard as tests use it: the whole server in this loop, and every page held against HTML's grammar."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any
from xml.etree.ElementTree import Element

import html5lib
import httpx

from emulator.app import App, create_app
from emulator.settings import Settings

ORIGIN = "http://127.0.0.1:8026"
UI = "/_emulator/ui"


class Page:
    """A page that was answered, as an element tree without namespaces."""

    def __init__(self, answer: httpx.Response) -> None:
        self.answer = answer
        self.status = answer.status_code
        self.root: Element = parse(answer.text)

    def all(self, tag: str, **attributes: str) -> list[Element]:
        wanted = {name.replace("_", "-"): value for name, value in attributes.items()}
        return [each for each in self.root.iter(tag) if all(each.get(k) == v for k, v in wanted.items())]

    def text(self, **attributes: str) -> str:
        """All that can be read in the first element with these attributes, or on the page; with single spaces."""
        elements = [e for e in self.root.iter() if all(e.get(k) == v for k, v in attributes.items())]
        return " ".join("".join((elements[0] if attributes else self.all("main")[0]).itertext()).split())

    def links(self) -> list[str]:
        return [link.attrib["href"] for link in self.all("a") if "href" in link.attrib]

    def forms(self) -> list[Element]:
        return self.all("form")


def parse(text: str) -> Element:
    """Parse a page. Raises where it breaks the grammar."""
    parser: Any = html5lib.HTMLParser(strict=True, namespaceHTMLElements=False)
    return parser.parse(text)


class Browser:
    """A browser without JavaScript, in front of a whole server."""

    def __init__(self, **settings: Any) -> None:
        self.app: App = create_app(Settings(pace="held", **settings))
        self.client = httpx.AsyncClient(transport=httpx.ASGITransport(self.app), base_url=ORIGIN, timeout=None)

    async def open(self, path: str, *, status: int = 200, **request: Any) -> Page:
        answer = await self.client.get(path, **request)
        assert answer.status_code == status, (path, answer.status_code, answer.text[-600:])
        assert answer.headers["content-type"] == "text/html; charset=utf-8"
        return Page(answer)

    async def submit(self, path: str, /, *, answers: int = 303, **fields: Any) -> httpx.Response:
        answer = await self.client.post(path, data=fields, headers={"origin": ORIGIN})
        assert answer.status_code == answers, (path, answer.status_code, answer.text[-600:])
        return answer

    async def account(self, api: str, place: int = 0) -> dict[str, Any]:
        apis = (await self.client.get("/_emulator/apis")).json()["apis"]
        return next(each for each in apis if each["name"] == api)["accounts"][place]

    async def post(self, api: str, path: str, body: Any) -> Any:
        headers = (await self.account(api))["headers"]
        answer = await self.client.post(f"/{api}{path}", json=body, headers=headers)
        assert answer.status_code < 300, answer.text
        return answer.json()

    async def newest(self) -> str:
        return (await self.client.get("/_emulator/messages?limit=1")).json()["messages"][0]["id"]

    async def text(self, body: str = "Gate 4 is open", to: str = "+254722000000") -> str:
        sent = await self.post("raven", "/v1/messages", {"channel": "sms", "to": to, "body": body})
        return sent["id"]

    async def mail(self, html: str | None = None, subject: str = "Your order", text: str = "It is on its way") -> str:
        body = {"channel": "email", "to": "ada@example.org", "from": "orders@mail.acme.co.ke", "subject": subject}
        body |= {"bodyText": text, **({"bodyHtml": html} if html is not None else {})}
        return (await self.post("raven", "/v1/messages", body))["id"]

    async def card(self) -> str:
        """A card with two suggestions."""
        suggestions = [
            {"action": {"text": "See it", "open_url": {"url": "https://shop.example/lamp"}}},
            {"reply": {"text": "Not now", "postback_data": "lamp-later"}},
        ]
        content = {"title": "The lamp is back", "description": "Ten pieces", "suggestions": suggestions}
        card = {"standalone": {"orientation": "VERTICAL", "content": content}}
        members = {"agent_id": "ag_live_shop01", "to": "+4915112345678", "message_type": "MESSAGE"}
        await self.post(
            "arowana", "/v1/messages", {**members, "traffic_type": "TRANSACTION", "content": {"rich_card": card}}
        )
        return await self.newest()

    async def with_receipt(self) -> str:
        """A message whose receipt is posted to a port where nobody listens."""
        body = {"sender": "CLOUD_REBUE", "message": "Gate 4 is open", "phone": "254711000111", "correlator": 1}
        await self.post("cloudrebue", "/api/v1/send-sms", {**body, "endpoint": "http://127.0.0.1:9/hook"})
        return await self.newest()

    async def advance(self, by: str = "10s") -> None:
        answer = await self.client.post("/_emulator/clock/advance", json={"by": by})
        assert answer.status_code == 200, answer.text


def browse(scene: Callable[[Browser], Awaitable[None]], **settings: Any) -> None:
    """Run a scene with a fresh server, in one loop."""

    async def run() -> None:
        browser = Browser(**settings)
        try:
            await scene(browser)
        finally:
            await browser.client.aclose()
            await browser.app.shutdown()

    asyncio.run(run())
