"""Raven without a server: one world, calls made and answered in place, every answer held against the contract."""

import json
from collections.abc import Mapping
from datetime import timedelta
from typing import Any, NamedTuple

import pytest
from msgspec.structs import replace

from emulator.core.clock import HELD
from emulator.core.records import Account, Message, Recipient
from emulator.dialects.raven import DIALECT
from emulator.dialects.raven.auth import find_tenant, sign_in
from emulator.dialects.raven.fixtures import key_of
from emulator.gateway.timers import run_next
from emulator.gateway.world import World
from emulator.server.contract import load_contract
from emulator.server.dialect import Call
from emulator.server.pipeline import answer

CONTRACT = load_contract("raven")

SMS = {"channel": "sms", "to": "+254722000000", "body": "Hi Ada, your order #AC-1042 is on its way."}
MAIL = {
    "channel": "email",
    "to": "ada@acme.co.ke",
    "from": "orders@mail.acme.co.ke",
    "subject": "Your order #AC-1042 is on its way",
    "bodyHtml": '<p>Hi Ada, your order is on its way. Track it <a href="https://acme.co.ke/t" >here</a>.</p>',
    "bodyText": "Hi Ada, your order is on its way.",
}


class Answer(NamedTuple):
    """What a caller gets. `json` is the decoded body, None if there is none."""

    status: int
    json: Any
    body: bytes
    headers: dict[str, str]

    @property
    def message(self) -> str:
        return self.json["message"]


class Api:
    """Asks as a client does. `key` is sent unless a call says otherwise."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.key = key_of(world.name, "acme", "live")
        self.test_key = key_of(world.name, "acme", "test")

    def request(
        self,
        method: str,
        path: str,
        *,
        json_body: Any = None,
        content: bytes | None = None,
        headers: Mapping[str, str] | None = None,
        raw_headers: list[tuple[bytes, bytes]] | None = None,
        too_large: bool = False,
        base_path: str = "",
    ) -> Answer:
        raw_body = content if content is not None else (b"" if json_body is None else json.dumps(json_body).encode())
        named = {"X-Raven-Key": self.key} if headers is None else dict(headers)
        if raw_body:
            named.setdefault("Content-Type", "application/json")
        pairs = [(name.lower().encode(), value.encode()) for name, value in named.items()] + (raw_headers or [])
        raw_path, _, raw_query = path.partition("?")
        call = Call(
            DIALECT,
            CONTRACT,
            self.world,
            method=method,
            raw_path=raw_path.encode(),
            raw_query=raw_query.encode(),
            raw_headers=pairs,
            headers=dict(pairs),
            raw_body=raw_body,
            too_large=too_large,
            base_path=base_path,
        )
        reply = answer(call)
        body = json.loads(reply.body) if reply.body else None
        if call.operation is not None:
            assert CONTRACT.reply_problems(call.operation_id, reply.status, body) == []
        pairs = [*reply.headers, *DIALECT.reply_headers(call)]
        return Answer(reply.status, body, reply.body, {name.decode(): value.decode() for name, value in pairs})

    def get(self, path: str, **more: Any) -> Answer:
        return self.request("GET", path, **more)

    def post(self, path: str, body: Any = None, **more: Any) -> Answer:
        return self.request("POST", path, json_body=body, **more)

    def send(self, message: Any = SMS, /, **changes: Any) -> Answer:
        return self.post("/v1/messages", {**message, **changes})

    def session(self, role: str = "owner", slug: str = "acme", **more: str) -> dict[str, str]:
        """Headers of a fresh session."""
        return {**sign_in(self.world, self.tenant(slug), role)[0], **more}

    def advance(self, seconds: float) -> None:
        until = self.world.clock.now + timedelta(seconds=seconds)
        while run_next(self.world, until):
            pass
        self.world.clock.move_to(until)

    def life(self, body: Any, *, seconds: float = 90) -> dict[str, Any]:
        """Send, let time pass, read."""
        sent = self.post("/v1/messages", body)
        assert sent.status == 202, sent
        self.advance(seconds)
        return self.get(f"/v1/messages/{sent.json['id']}").json

    def change_key(self, **changes: Any) -> None:
        """Change the live key."""
        credential = self.world.store.credentials_by_token.get(("raven", self.key))
        assert credential is not None
        self.world.store.credentials.put(replace(credential, **changes))

    def tenant(self, slug: str = "acme") -> Account:
        tenant = find_tenant(self.world, slug)
        assert tenant is not None
        return tenant

    def change_tenant(self, **changes: Any) -> None:
        self.world.store.accounts.put(replace(self.tenant(), **changes))

    def message(self, id: str) -> Message:
        return self.world.store.messages[id]

    def recipient(self, id: str) -> Recipient:
        return self.world.store.recipients[id]


def a_world(name: str = "default", *, rate_limits: str = "auto") -> World:
    world = World(name, policies={"raven": DIALECT.policy}, pace=HELD, rate_limits=rate_limits)
    DIALECT.furnish(world)
    return world


@pytest.fixture
def world() -> World:
    return a_world()


@pytest.fixture
def api(world: World) -> Api:
    return Api(world)
