"""A request to an emulated API, made in this process as if it had come over the wire."""

import asyncio
from collections.abc import Mapping, MutableMapping
from typing import Any, NamedTuple
from urllib.parse import quote

from emulator.server.asgi import App, Scope

_LONGEST = 70


class Answer(NamedTuple):
    """What an API answered; a status of 0 if it did not."""

    status: int
    headers: list[tuple[str, str]]
    body: str


async def request(app: App, method: str, url: str, headers: Mapping[str, str], body: bytes) -> Answer:
    """Send a request, and wait for the answer."""
    try:
        async with asyncio.timeout(_LONGEST):
            return await _through(app, _scope(method, url, headers, body), body)
    except TimeoutError:
        return Answer(0, [], f"No answer came within {_LONGEST} s.")


def _scope(method: str, url: str, headers: Mapping[str, str], body: bytes) -> Scope:
    scheme, _, rest = url.partition("://")
    host, _, target = rest.partition("/")
    path, _, query = target.partition("?")
    named = {"host": host, "content-length": str(len(body)), **headers}
    return {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": method,
        "scheme": scheme,
        "path": f"/{path}",
        "raw_path": quote(f"/{path}", safe="/%:@!$&'()*+,;=~").encode(),
        "query_string": query.encode("ascii", "ignore"),
        "root_path": "",
        "headers": [(name.lower().encode(), value.encode("latin-1", "ignore")) for name, value in named.items()],
        "client": ("127.0.0.1", 0),
        "server": ("127.0.0.1", 0),
        "state": {},
    }


async def _through(app: App, scope: Scope, body: bytes) -> Answer:
    sent: list[MutableMapping[str, Any]] = []
    gone = asyncio.Event()
    asked = False

    async def receive() -> MutableMapping[str, Any]:
        nonlocal asked
        if not asked:
            asked = True
            return {"type": "http.request", "body": body, "more_body": False}
        await gone.wait()
        return {"type": "http.disconnect"}

    async def take(message: MutableMapping[str, Any]) -> None:
        sent.append(message)

    await app(scope, receive, take)
    if not sent or "status" not in sent[0]:
        return Answer(0, [], "The connection was broken without an answer.")
    text = b"".join(part.get("body", b"") for part in sent[1:]).decode("utf-8", "replace")
    headers = [(name.decode("latin-1"), value.decode("latin-1")) for name, value in sent[0].get("headers", ())]
    return Answer(sent[0]["status"], headers, text)
