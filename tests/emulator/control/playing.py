"""The control API as tests use it: the whole app in this loop, and every reply held against the contract."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from functools import cache
from typing import Any

import httpx

from emulator.control import Control, create_control
from emulator.core.clock import parse_pace
from emulator.core.errors import MessagingError
from emulator.dialects import DIALECTS
from emulator.gateway.world import World
from emulator.server.contract import Contract, load_contract
from emulator.server.edge import Edge
from emulator.server.webhook_client import Outcome
from emulator.server.worlds import Worlds

ORIGIN = "http://127.0.0.1:8026"
REFUSALS = "application/problem+json"


class Posted:
    """Stands where the webhook client does: keeps what is posted, and answers with what `answer` gives."""

    def __init__(self) -> None:
        self.bodies: list[bytes] = []
        self.answer: Callable[[], Awaitable[Outcome]] = self.take

    async def take(self) -> Outcome:
        return Outcome(200, b"ok")

    async def post(
        self,
        url: str,
        headers: tuple[tuple[str, str], ...],
        body: bytes,
        *,
        timeout: timedelta,  # noqa: ASYNC109 - as the real client has it
    ) -> Outcome:
        self.bodies.append(body)
        return await self.answer()

    async def close(self) -> None:
        """Nothing is open."""


class Stage:
    """A server with its worlds, and a caller. `client` goes anywhere; `get`, `post` … hold replies to the contract."""

    def __init__(self, pace: str = "held", token: str | None = None, **control: Any) -> None:
        self.posted = Posted()
        self.worlds = Worlds(DIALECTS, self.posted, seed=1, pace=parse_pace(pace))  # type: ignore[arg-type] # a stand-in
        self.edge = Edge(self.worlds, DIALECTS)
        self.control: Control = create_control(
            self.worlds, self.edge.apis, version="1.2.3", allowed_hosts=("parrotfish",), token=token, **control
        )
        self.edge.rest = self.control
        # No deadline of the client's, so that only ours end a call that waits.
        self.client = httpx.AsyncClient(transport=httpx.ASGITransport(self.edge), base_url=ORIGIN, timeout=None)

    @property
    def world(self) -> World:
        return self.worlds.default

    async def call(self, method: str, path: str, **request: Any) -> httpx.Response:
        answer = await self.client.request(method, path, **request)
        _hold_to_contract(method, answer)
        return answer

    async def get(self, path: str, **query: Any) -> Any:
        """The body of a 200."""
        answer = await self.call("GET", f"/_emulator/{path}", params=query)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def post(self, path: str, body: Any = None, *, status: int = 200, method: str = "POST") -> Any:
        answer = await self.call(method, f"/_emulator/{path}", **({} if body is None else {"json": body}))
        assert answer.status_code == status, answer.text
        return answer.json() if answer.content else None

    async def refused(self, method: str, path: str, **request: Any) -> tuple[int, str, str]:
        """Status, word and sentence of a problem document."""
        answer = await self.call(method, f"/_emulator/{path}", **request)
        assert answer.headers["content-type"] == REFUSALS, answer.text
        problem = answer.json()
        assert problem["status"] == answer.status_code
        return answer.status_code, problem["type"].rpartition(":")[2], problem["detail"]

    async def account(self, api: str, prefix: str = "") -> dict[str, Any]:
        answer = await self.call("GET", f"{prefix}/_emulator/apis")
        return next(each for each in answer.json()["apis"] if each["name"] == api)["accounts"][0]

    async def text(self, to: str = "254722000000", prefix: str = "", **members: Any) -> str:
        """Send a text message through the second API, which can name a receiver; returns our id."""
        headers = (await self.account("cloudrebue", prefix))["headers"]
        body = {"sender": "CLOUD_REBUE", "message": "Gate 4 is open", "phone": to, "correlator": 1, **members}
        answer = await self.client.post(f"{prefix}/cloudrebue/api/v1/send-sms", json=body, headers=headers)
        assert answer.status_code == 200, answer.text
        assert answer.json()[0]["status"] is True, answer.text
        return (await self.client.get(f"{prefix}/_emulator/messages?limit=1")).json()["messages"][0]["id"]

    async def mail(self, to: str = "ada@example.org", **members: Any) -> str:
        """Send a mail through the first API; returns its id."""
        headers = (await self.account("raven"))["headers"]
        body = {
            "channel": "email",
            "to": to,
            "from": "orders@mail.acme.co.ke",
            "subject": "Your order",
            "bodyText": "It is on its way: https://example.com/track",
            **members,
        }
        answer = await self.client.post("/raven/v1/messages", json=body, headers=headers)
        assert answer.status_code == 202, answer.text
        return answer.json()["id"]

    async def advance(self, by: str) -> dict[str, Any]:
        return await self.post("clock/advance", {"by": by})


def play(scene: Callable[[Stage], Awaitable[None]], **options: Any) -> None:
    """Run a scene on a fresh stage, in one loop."""

    async def run() -> None:
        stage = Stage(**options)
        try:
            await scene(stage)
        finally:
            await stage.client.aclose()
            await stage.worlds.close()

    asyncio.run(run())


@cache
def contract() -> Contract:
    return load_contract("control")


def _hold_to_contract(method: str, answer: httpx.Response) -> None:
    path = answer.request.url.raw_path.partition(b"?")[0]
    if path.startswith(b"/w/"):
        path = b"/" + path[3:].partition(b"/")[2]
    try:
        operation = contract().match(method, path).operation
    except MessagingError:  # no operation: it must be a refusal of the path, in the form that all have
        assert answer.status_code in (401, 403, 404, 405, 415, 421), answer.text
        assert contract().schema_problems("#/components/schemas/Problem", answer.json()) == []
        return
    content_type = answer.headers.get("content-type", "").partition(";")[0]
    body = answer.json() if "json" in content_type else None
    problems = contract().reply_problems(operation.id, answer.status_code, body, content_type)
    assert problems == [], (operation.id, answer.status_code, answer.text)
