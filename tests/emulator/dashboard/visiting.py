"""One page of each kind: a server on which something of everything happened, and the addresses that lead to it."""

import asyncio
import os
import re
from typing import Any
from urllib.parse import urljoin, urlsplit

import httpx
from html5lib import parse

from emulator.core.errors import MethodNotAllowed, UnknownPath
from emulator.dashboard.routes import find
from emulator.guide.site import is_of_guide

MAIL = {
    "channel": "email",
    "to": "ada@example.org",
    "from": "orders@mail.acme.co.ke",
    "subject": "Your order",
    "bodyText": "It is on its way",
    "bodyHtml": "<p>Hi <a href='https://shop.example/a'>there</a><img src='https://shop.example/b.png'></p>",
}
RICH = {
    "agent_id": "ag_live_shop01",
    "to": "+4915112345678",
    "message_type": "MESSAGE",
    "traffic_type": "TRANSACTION",
    "content": {
        "rich_card": {
            "standalone": {
                "orientation": "VERTICAL",
                "content": {
                    "title": "The lamp is back",
                    "description": "Ten pieces",
                    "suggestions": [
                        {"action": {"text": "See it", "open_url": {"url": "https://shop.example/lamp"}}},
                        {"reply": {"text": "Not now", "postback_data": "lamp-later"}},
                    ],
                },
            }
        }
    },
}


async def fill(client: httpx.AsyncClient, said: str = "Gate 4 is open. ") -> None:
    """Something of everything, with a text of one's own. The clock stands still."""
    apis = (await client.get("/_emulator/apis")).json()["apis"]

    async def post(api: str, path: str, body: Any) -> None:
        headers = next(each for each in apis if each["name"] == api)["accounts"][0]["headers"]
        answer = await client.post(f"/{api}{path}", json=body, headers=headers)
        assert answer.status_code < 300, answer.text

    async def control(method: str, path: str, body: Any) -> None:
        answer = await client.request(method, f"/_emulator/{path}", json=body)
        assert answer.status_code < 300, answer.text

    await _connect_push(client, next(each for each in apis if each["name"] == "raven")["accounts"][0])
    for body in (
        {"channel": "sms", "to": "+254722000000", "body": said * 20},
        {"channel": "sms", "to": "+12025550102", "body": said},
        {"channel": "push", "to": "device-1", "subject": said, "body": said},
        {**MAIL, "subject": said},
    ):
        await post("raven", "/v1/messages", body)
    await post("arowana", "/v1/messages", RICH)
    receipt = {"sender": "CLOUD_REBUE", "phone": "254711000111", "correlator": 1, "endpoint": "http://127.0.0.1:9/hook"}
    await post("cloudrebue", "/api/v1/send-sms", {**receipt, "message": said})
    await control("POST", "sink/hook", {"n": 7})
    await control("PUT", "sink/hook", {"status": [500, 200]})
    await control("POST", "providers", {"name": "two fail", "match": {"channel": "sms"}, "times": 2, "script": [{"report": "failed"}]})  # fmt: skip
    await control("POST", "faults", {"api": "raven", "times": 1, "fault": {"status": 503}})
    await control("POST", "clock/advance", {"by": "10s"})
    await _play(client)


async def _connect_push(client: httpx.AsyncClient, account: dict[str, Any]) -> None:
    """Raven has announced push: a tenant that was given a provider can send it."""
    given = await client.patch(f"/_emulator/accounts/{account['id']}", json={"settings": {"extra_providers": ["fcm"]}})
    assert given.status_code == 200, given.text
    provider: dict[str, Any] = {"provider": "fcm", "label": "Push", "secretConfig": {}}
    headers = account["credentials"]["session"]["headers"]
    made = await client.post("/raven/v1/admin/providers", json=provider, headers=headers)
    assert made.status_code == 201, made.text


async def _play(client: httpx.AsyncClient) -> None:
    """Play a story to its end, in both environments: each has a page."""
    origin = {"origin": f"http://{client.base_url.netloc.decode()}"}
    run = await client.post("/stories/play", data={"story": "tripdesk/delivered"}, headers=origin)
    assert run.status_code == 303, run.text
    async with asyncio.timeout(60):
        while "data-again" in (await client.get(run.headers["location"])).text:  # noqa: ASYNC110 - as a browser looks
            await asyncio.sleep(0.05)


_places: dict[str, str] = {}


_TELLING = (
    "home",
    "message-email",
    "stories-show-run",
    "contracts-show-webhook",
    "things-templates-new",
    "docs-docs",
)


async def some_places(client: httpx.AsyncClient) -> dict[str, str]:
    """The addresses of six pages that have every kind of part; of all kinds where `EVERY_PAGE` asks for them, as CI does."""
    every = await places(client)
    return every if os.environ.get("EVERY_PAGE") else {name: every[name] for name in _TELLING}


async def places(client: httpx.AsyncClient) -> dict[str, str]:
    """The address of one page of each kind, by a name for it; of messages, one over each channel.

    The same calls make the same ids, so what was found on one server is there on the next.
    """
    if not _places:
        _places.update(await _found(client))
    return _places


async def _found(client: httpx.AsyncClient) -> dict[str, str]:
    found: dict[str, str] = {}
    seen, waiting = set[str](), ["/", "/docs/"]
    while waiting:
        path = waiting.pop(0)
        name = await _name(client, path)
        if name is None or name in found:
            continue
        answer = await client.get(path)
        if not answer.headers["content-type"].startswith("text/html"):
            continue
        assert answer.status_code == 200, (path, answer.text[-500:])
        found[name] = path
        for link in _links(answer):
            if link not in seen and link.startswith("/") and not link.startswith(("/w/", "/_emulator/ui")):
                seen.add(link)
                waiting.append(link)
    return found


def _links(answer: httpx.Response) -> list[str]:
    """Where a page leads to on the same server."""
    page = parse(answer.text, namespaceHTMLElements=False)
    links = [each.attrib.get("href", "") for each in page.iter("a")]
    links += [_form_for_new(form) for form in page.iter("form") if form.attrib["action"].endswith("/new")]
    here = f"http://{answer.url.netloc.decode()}"
    return [urljoin(str(answer.url), each).partition("#")[0].removeprefix(here) for each in links]


def _form_for_new(form: Any) -> str:
    """Where the choice of the first account leads, or the form itself."""
    account = next((each.attrib["value"] for each in form.iter("option") if each.attrib["value"]), "")
    action: str = form.attrib["action"]
    return action if not account else f"{action.removesuffix('/new')}/{account}/new"


async def _name(client: httpx.AsyncClient, link: str) -> str | None:
    path = urlsplit(link).path
    if is_of_guide(path.encode()):
        word = path.rstrip("/").rpartition("/")[2]
        return None if "." in word else f"docs-{word}"
    try:
        page, parts = find("GET", path.lstrip("/"))
    except (MethodNotAllowed, UnknownPath):
        return None
    if page.__module__.endswith("things") and "kind" in parts:
        return f"things-{parts['kind']}-{page.__name__.removeprefix('show_')}"
    name = f"{page.__module__.rpartition('.')[2]} {page.__name__}".removesuffix(" show")
    if name == "message":
        shown = await client.get(f"/_emulator/messages/{parts['id']}")
        name += f" {shown.json()['channel']}"
    return re.sub(r"[^a-z0-9]+", "-", name)
