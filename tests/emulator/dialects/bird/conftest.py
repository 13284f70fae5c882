"""Bird without a server: one world, calls made and answered in place, every answer held against the contract."""

import json
from collections.abc import Mapping
from datetime import timedelta
from typing import Any, NamedTuple

import pytest
from msgspec.structs import replace

from emulator.core.clock import HELD, Pace
from emulator.core.records import Message, Recipient, WebhookEvent, recipient_ids
from emulator.dialects.bird import DIALECT
from emulator.dialects.bird.fixtures import CHANNELS, ORGANIZATION_ID, WORKSPACE_ID, access_key
from emulator.gateway.timers import run_next
from emulator.gateway.world import World
from emulator.server.contract import load_contract
from emulator.server.dialect import Call, Reply
from emulator.server.pipeline import answer

CONTRACT = load_contract("bird")
ORIGIN = "http://127.0.0.1:8026"

WORKSPACE = f"/workspaces/{WORKSPACE_ID}"
ORGANIZATION = f"/organizations/{ORGANIZATION_ID}"
SUBSCRIPTIONS = f"{ORGANIZATION}{WORKSPACE}/webhook-subscriptions"
CHANNEL_IDS = {each.platform_id: each.id for each in reversed(CHANNELS)}
SMS, EMAIL, WHATSAPP = CHANNEL_IDS["sms-messagebird"], CHANNEL_IDS["email-messagebird"], CHANNEL_IDS["whatsapp"]


class Answer(NamedTuple):
    """What a caller gets. `json` is the decoded body, None if it is no JSON."""

    status: int
    json: Any
    body: bytes
    headers: dict[str, str]
    content_type: str | None

    @property
    def details(self) -> dict[str, list[str]]:
        """What a 422 says of single members."""
        assert self.status == 422, self
        return self.json["details"]


class Api:
    """Asks as a client does. The key with all policies is sent unless a call says otherwise."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.key = access_key(world.name, "The Shop")
        self.viewer_key = access_key(world.name, "The Shop", "view")

    def request(
        self,
        method: str,
        path: str,
        *,
        json_body: Any = None,
        content: bytes | None = None,
        headers: Mapping[str, str] | None = None,
        key: str | None = None,
        too_large: bool = False,
        base_path: str = "/bird",
    ) -> Answer:
        """Ask, and hold the answer against the contract. `headers` replace all, `key` only the access key."""
        raw_body = content if content is not None else (b"" if json_body is None else json.dumps(json_body).encode())
        named = {"Authorization": f"AccessKey {key or self.key}"} if headers is None else dict(headers)
        if raw_body:
            named.setdefault("Content-Type", "application/json")
        pairs = [(name.lower().encode(), value.encode()) for name, value in named.items()]
        raw_path, _, raw_query = path.removeprefix(f"{ORIGIN}/bird").partition("?")
        call = Call(
            DIALECT,
            CONTRACT,
            self.world,
            method=method,
            raw_path=raw_path.encode(),
            raw_query=raw_query.encode(),
            raw_headers=tuple(pairs),
            headers=dict(pairs),
            raw_body=raw_body,
            too_large=too_large,
            base_path=base_path,
            origin=ORIGIN,
        )
        reply = answer(call)
        assert isinstance(reply, Reply)
        content_type = None if reply.content_type is None else reply.content_type.decode()
        body = json.loads(reply.body) if reply.body and content_type == "application/json" else None
        if call.operation is not None:
            declared = (content_type or "application/json").partition(";")[0]
            assert CONTRACT.reply_problems(call.operation_id, reply.status, body, declared) == [], reply
        pairs = [*reply.headers, *DIALECT.reply_headers(call)]
        return Answer(
            reply.status, body, reply.body, {name.decode(): value.decode() for name, value in pairs}, content_type
        )

    def get(self, path: str, **more: Any) -> Answer:
        return self.request("GET", path, **more)

    def post(self, path: str, body: Any = None, **more: Any) -> Answer:
        return self.request("POST", path, json_body=body, **more)

    def patch(self, path: str, body: Any = None, **more: Any) -> Answer:
        return self.request("PATCH", path, json_body=body, **more)

    def delete(self, path: str, **more: Any) -> Answer:
        return self.request("DELETE", path, **more)

    def send(self, to: Any = "+31600000001", channel: str = SMS, **changes: Any) -> Answer:
        """Send a text to an address, or to contacts."""
        contacts = [{"identifierValue": to}] if isinstance(to, str) else to
        message: dict[str, Any] = {"receiver": {"contacts": contacts}, "body": a_text()} | changes
        return self.post(f"{WORKSPACE}/channels/{channel}/messages", {k: v for k, v in message.items() if v != ABSENT})

    def accepted(self, to: Any = "+31600000001", channel: str = SMS, **changes: Any) -> dict[str, Any]:
        """Send, and give the answer's message."""
        sent = self.send(to, channel, **changes)
        assert sent.status == 202, sent
        return sent.json

    def message(self, id: str, channel: str = SMS) -> dict[str, Any]:
        """A message as the API shows it."""
        read = self.get(f"{WORKSPACE}/channels/{channel}/messages/{id}")
        assert read.status == 200, read
        return read.json

    def interactions(self, id: str, channel: str = SMS) -> list[dict[str, Any]]:
        """The interactions with a message."""
        read = self.get(f"{WORKSPACE}/channels/{channel}/messages/{id}/interactions")
        assert read.status == 200, read
        return read.json["results"]

    def life(self, to: Any = "+31600000001", channel: str = SMS, *, seconds: float = 90, **changes: Any) -> Any:
        """Send, let time pass, read."""
        sent = self.accepted(to, channel, **changes)
        self.advance(seconds)
        return self.message(sent["id"], channel)

    def subscribe(self, event: str = "sms.outbound", **changes: Any) -> dict[str, Any]:
        """Subscribe to an event."""
        body = {
            "service": "channels",
            "event": event,
            "url": "http://127.0.0.1:9999/hooks/bird?tenant=a",
            "signingKey": "emulator-signing-key",
        }
        made = self.post(SUBSCRIPTIONS, body | changes)
        assert made.status == 201, made
        return made.json

    def told(self, type: str | None = None) -> list[WebhookEvent]:
        """The webhook events so far, oldest first."""
        every = self.world.store.webhook_events_in_order.get("all")
        return [event for event in every if type in (None, event.type)]

    def advance(self, seconds: float) -> None:
        """Let virtual time pass."""
        until = self.world.clock.now + timedelta(seconds=seconds)
        while run_next(self.world, until):
            pass
        self.world.clock.move_to(until)

    def settings(self, **settings: Any) -> None:
        """Choose something for the workspace."""
        account = self.world.store.accounts[WORKSPACE_ID]
        self.world.store.accounts.put(replace(account, extras={**account.extras, **settings}))

    def record(self, id: str) -> Message:
        return self.world.store.messages[id]

    def recipients(self, id: str) -> list[Recipient]:
        return [self.world.store.recipients[each] for each in recipient_ids(self.record(id))]


ABSENT = object()
"""A member that is not sent."""


def a_text(text: str = "Your code is 4711") -> dict[str, Any]:
    """A body of type text."""
    return {"type": "text", "text": {"text": text}}


def a_world(name: str = "default", *, pace: Pace = HELD, rate_limits: str = "auto") -> World:
    world = World(name, policies={"bird": DIALECT.policy}, pace=pace, rate_limits=rate_limits)
    DIALECT.furnish(world)
    return world


@pytest.fixture
def world() -> World:
    return a_world()


@pytest.fixture
def api(world: World) -> Api:
    return Api(world)
