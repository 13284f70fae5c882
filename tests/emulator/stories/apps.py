"""Tiny applications, whole and with one defect each: what the runner is held against.

A `Front` stands before the emulator and spoils one thing of what the emulator says. A `Shop` is an application under
test: it is told of an order, and tells the buyer by SMS.
"""

import json
from collections.abc import Callable
from typing import Any

import httpx

from tests.asgi import read_body

Spoil = Callable[[dict[str, Any], Any], Any]
"""Gets the request (`method`, `path`, `body`) and the JSON that the emulator answers, and returns what is said instead."""


class Front:
    """Passes everything on, but for what it spoils. Whoever spoils a request changes its `body`, or its `path`."""

    def __init__(
        self, app: Any, *, spoil: Spoil | None = None, request: Callable[[dict[str, Any]], None] | None = None
    ):
        self._app = app
        self._spoil = spoil
        self._request = request

    async def startup(self) -> None:
        await self._app.startup()

    async def shutdown(self) -> None:
        await self._app.shutdown()

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        raw = await read_body(receive)
        asked = {"method": scope["method"], "path": scope["path"], "body": _decoded(raw)}
        if self._request is not None:
            self._request(asked)
            if isinstance(asked["body"], dict):
                raw = json.dumps(asked["body"]).encode()
        scope = {**scope, "path": asked["path"], "raw_path": asked["path"].encode()}
        answered: list[Any] = []

        async def receive_again() -> dict[str, Any]:
            return {"type": "http.request", "body": raw, "more_body": False}

        async def keep(message: Any) -> None:
            answered.append(message)

        await self._app(scope, receive_again, keep)
        start, *parts = answered
        body = b"".join(part.get("body", b"") for part in parts)
        value = _decoded(body)
        if self._spoil is not None and value is not None:
            said = {"status": start["status"], "body": value}
            self._spoil(asked, said)
            start = {**start, "status": said["status"]}
            body = json.dumps(said["body"]).encode()
        headers = [(name, value) for name, value in start["headers"] if name != b"content-length"]
        await send({**start, "headers": [*headers, (b"content-length", b"%d" % len(body))]})
        await send({"type": "http.response.body", "body": body})


class Shop:
    """`POST /orders {"number", "phone"}` -> 201, and an SMS to the buyer. The defect is one of `DEFECTS`."""

    DEFECTS = ("sends twice", "sends nothing", "forgets the number", "writes to another", "new key at each try")

    def __init__(self, base_url: str, headers: dict[str, str], defect: str | None = None) -> None:
        self._base_url = base_url
        self._headers = headers
        self._defect = defect

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        order = json.loads(await read_body(receive))
        async with httpx.AsyncClient(headers=self._headers, timeout=5) as client:
            for _ in range(2 if self._defect == "sends twice" else 1):
                if self._defect != "sends nothing":
                    await self._tell(client, order)
        await send({"type": "http.response.start", "status": 201, "headers": [(b"content-length", b"2")]})
        await send({"type": "http.response.body", "body": b"{}"})

    async def _tell(self, client: httpx.AsyncClient, order: dict[str, Any]) -> None:
        number = "" if self._defect == "forgets the number" else order["number"]
        phone = "+254733111222" if self._defect == "writes to another" else order["phone"]
        body = {"channel": "sms", "to": phone, "body": f"Your order {number} is on its way"}
        for attempt in range(3):
            changing = self._defect in ("new key at each try", "sends twice")
            body["idempotencyKey"] = f"{order['number']}-{attempt if changing else 0}-{id(body) if changing else 0}"
            try:
                answer = await client.post(f"{self._base_url}/v1/messages", json=body)
            except httpx.HTTPError:
                continue
            assert answer.status_code == 202, answer.text
            return


def _decoded(raw: bytes) -> Any:
    try:
        return json.loads(raw)
    except ValueError:
        return None
