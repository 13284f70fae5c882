"""A clone of an API: the emulator behind a door that spoils one thing. Clean, it is the same to the last byte."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import aiohttp

from tests.asgi import read_body


@dataclass
class Said:
    """What is answered to one call, or posted by one webhook; a mutation changes it. `body` is JSON, or text."""

    method: str
    path: str
    status: int
    headers: dict[str, str]
    body: Any
    count: int = 0
    asked: Any = None

    def is_call(self, method: str, end: str) -> bool:
        return self.method == method and self.path.endswith(end) and "/_emulator/" not in self.path


Mutation = Callable[[Said], None]


@dataclass
class Clone:
    """The ASGI app. `answers` spoils answers, `webhooks` what is posted; `breaks` are faults put into each world.

    Webhooks pass through here, because the receiver's address is replaced by one of ours.
    """

    app: Any
    answers: Mutation | None = None
    webhooks: Mutation | None = None
    breaks: list[dict[str, Any]] = field(default_factory=list)
    held_back: list[Any] = field(default_factory=list)
    counts: dict[tuple[str, str], int] = field(default_factory=dict)

    async def startup(self) -> None:
        await self.app.startup()

    async def shutdown(self) -> None:
        await self.app.shutdown()

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        raw = await read_body(receive)
        if scope["path"].startswith("/relay/"):
            await self._relay(scope, raw, send)
            return
        host = dict(scope["headers"])[b"host"].decode()
        if scope["path"].endswith("/_emulator/scenario"):
            raw = self._given(raw, host)
        answered: list[Any] = []

        async def again() -> dict[str, Any]:
            return {"type": "http.request", "body": raw, "more_body": False}

        async def keep(message: Any) -> None:
            answered.append(message)

        headers = [(name, value) for name, value in scope["headers"] if name != b"content-length"]
        await self.app({**scope, "headers": [*headers, (b"content-length", b"%d" % len(raw))]}, again, keep)
        start, *parts = answered
        said = self._said(scope, start, b"".join(part.get("body", b"") for part in parts), host)
        said.asked = _decoded(raw)
        if self.answers is not None and "/_emulator/" not in said.path:
            self.answers(said)
        await _send(send, said)

    def _said(self, scope: Any, start: Any, raw: bytes, host: str) -> Said:
        raw = raw.replace(f"http://{host}/relay/".encode(), b"http://")
        headers = {name.decode(): value.decode("latin-1") for name, value in start["headers"]}
        place = (scope["method"], scope["path"])
        self.counts[place] = self.counts.get(place, 0) + 1
        return Said(scope["method"], scope["path"], start["status"], headers, _decoded(raw), self.counts[place])

    def _given(self, raw: bytes, host: str) -> bytes:
        body = json.loads(raw)
        for account in (body.get("given", {}).get("account", {}), *body.get("given", {}).get("accounts", {}).values()):
            for endpoint in account.get("webhooks", ()):
                endpoint["url"] = endpoint["url"].replace("http://", f"http://{host}/relay/")
        if self.breaks:
            body["faults"] = [*body.get("faults", ()), *self.breaks]
        return json.dumps(body).encode()

    async def _relay(self, scope: Any, raw: bytes, send: Any) -> None:
        address = scope["path"].removeprefix("/relay/")
        headers = {name.decode(): value.decode() for name, value in scope["headers"]}
        said = Said("POST", address, 0, {n: v for n, v in headers.items() if n not in _OWN}, raw.decode(), 0)
        plain = raw
        if self.webhooks is not None:
            said.body = _decoded(raw)
            self.webhooks(said)
            plain = _encoded(said.body)
        status = 200
        async with aiohttp.ClientSession() as session:
            for _ in range(said.status or 1):
                async with session.post(f"http://{said.path}", data=plain, headers=said.headers) as answer:
                    status = answer.status
        await _send(send, Said("POST", "", status, {}, ""))


_OWN = ("host", "content-length", "connection")


def _encoded(body: Any) -> bytes:
    return body.encode() if isinstance(body, str) else json.dumps(body, separators=(",", ":")).encode()


async def _send(send: Any, said: Said) -> None:
    raw = _encoded(said.body)
    headers = {name: value for name, value in said.headers.items() if name != "content-length"}
    pairs = [(name.encode(), value.encode("latin-1")) for name, value in headers.items()]
    start = {"type": "http.response.start", "status": said.status, "headers": pairs}
    start["headers"].append((b"content-length", b"%d" % (0 if said.status == 204 else len(raw))))
    await send(start)
    await send({"type": "http.response.body", "body": b"" if said.status == 204 else raw})


def _decoded(raw: bytes) -> Any:
    try:
        return json.loads(raw)
    except ValueError:
        return raw.decode("utf-8", "replace")
