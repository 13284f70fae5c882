"""Arowana without a server: one world, calls made and answered in place, every answer held against the contract."""

import hashlib
import hmac
import json
from collections.abc import Mapping
from datetime import timedelta
from typing import Any, NamedTuple

import pytest
from msgspec.structs import replace

from emulator.core.clock import HELD
from emulator.core.records import Account, Channel, Message, Recipient, WebhookEvent
from emulator.core.wallet import Wallet, wallet_of
from emulator.dialects.arowana import DIALECT
from emulator.dialects.arowana.fixtures import SHOP, account_id_of, key_of
from emulator.gateway import inbound
from emulator.gateway.timers import run_next
from emulator.gateway.world import World
from emulator.server.contract import load_contract
from emulator.server.dialect import Call, Wait
from emulator.server.pipeline import answer, finish

CONTRACT = load_contract("arowana")

PERSON = "+4915112345678"
TEXT: dict[str, Any] = {
    "agent_id": "ag_live_shop01",
    "to": PERSON,
    "message_type": "MESSAGE",
    "traffic_type": "TRANSACTION",
    "content": {"text": "Parcel 77 leaves today."},
}
MAIL: dict[str, Any] = {
    "channel_id": "ch_mail01",
    "to": "kim@example.org",
    "subject": "Receipt 77",
    "message_type": "MESSAGE",
    "content": {"html": '<p>Paid. <a href="https://shop.example/77?a=1&amp;b=2">Look</a></p>', "text": "Paid."},
}
SMS: dict[str, Any] = {
    "channel_id": "ch_sms01",
    "to": PERSON,
    "message_type": "MESSAGE",
    "content": {"text": "Parcel 77 leaves today."},
}
SECRET = "whsec_emulator_test"


class Answer(NamedTuple):
    """What a caller gets. `json` is the decoded body, None if there is none."""

    status: int
    json: Any
    body: bytes
    headers: dict[str, str]

    @property
    def error(self) -> str:
        """The code of a refusal."""
        return self.json["error"]

    @property
    def details(self) -> list[tuple[str, str]]:
        """What is wrong with which field."""
        return [(each["field"], each["message"]) for each in self.json["details"]]


class Api:
    """Asks as a client does. `key` is sent unless a call says otherwise; it may do everything."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.key = key_of(world.name, SHOP)

    def request(
        self,
        method: str,
        path: str,
        *,
        json_body: Any = None,
        content: bytes | None = None,
        headers: Mapping[str, str] | None = None,
        key: str | None = None,
        raw_headers: list[tuple[bytes, bytes]] | None = None,
        too_large: bool = False,
        base_path: str = "",
    ) -> Answer:
        raw_body = content if content is not None else (b"" if json_body is None else json.dumps(json_body).encode())
        named = {"Authorization": f"Bearer {key or self.key}", **(headers or {})}
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
            raw_headers=tuple(pairs),
            headers=dict(pairs),
            raw_body=raw_body,
            too_large=too_large,
            base_path=base_path,
            origin="http://127.0.0.1:8026",
        )
        reply = answer(call)
        if isinstance(reply, Wait):
            self.while_waiting()
            reply = finish(call, reply)
        is_json = reply.content_type == b"application/json" and reply.body
        body = json.loads(reply.body) if is_json else None
        if call.operation is not None:
            type = (reply.content_type or b"").decode().partition(";")[0]
            assert CONTRACT.reply_problems(call.operation_id, reply.status, body, type) == []
        pairs = [*reply.headers, *DIALECT.reply_headers(call)]
        return Answer(reply.status, body, reply.body, {name.decode(): value.decode() for name, value in pairs})

    def while_waiting(self) -> None:
        """What happens while a call waits; a test may put something else here."""

    def get(self, path: str, **more: Any) -> Answer:
        return self.request("GET", path, **more)

    def post(self, path: str, body: Any = None, **more: Any) -> Answer:
        return self.request("POST", path, json_body=body, **more)

    def put(self, path: str, body: Any = None, **more: Any) -> Answer:
        return self.request("PUT", path, json_body=body, **more)

    def patch(self, path: str, body: Any = None, **more: Any) -> Answer:
        return self.request("PATCH", path, json_body=body, **more)

    def delete(self, path: str, **more: Any) -> Answer:
        return self.request("DELETE", path, **more)

    def send(self, message: Any = TEXT, /, **changes: Any) -> Answer:
        """Send; a change of None leaves a member out."""
        members = {name: value for name, value in {**message, **changes}.items() if value is not None}
        return self.post("/v1/messages", members)

    def sent(self, message: Any = TEXT, /, **changes: Any) -> str:
        """Send, which must succeed, and give the message's id."""
        reply = self.send(message, **changes)
        assert reply.status == 200, reply
        return reply.json["message_id"]

    def read(self, id: str) -> dict[str, Any]:
        """The message in full."""
        reply = self.get(f"/v1/messages/{id}")
        assert reply.status == 200, reply
        return reply.json

    def life(self, message: Any = TEXT, /, *, seconds: float = 90, **changes: Any) -> dict[str, Any]:
        """Send, let time pass, read."""
        id = self.sent(message, **changes)
        self.advance(seconds)
        return self.read(id)

    def advance(self, seconds: float = 0, **more: float) -> None:
        """Let time pass, and run what falls due."""
        until = self.world.clock.now + timedelta(seconds=seconds, **more)
        while run_next(self.world, until):
            pass
        self.world.clock.move_to(until)

    def reply(
        self, text: str | None = "Yes", *, person: str = PERSON, agent: str = "ag_live_shop01", rich: Any = None
    ) -> str:
        """Let a person write to an agent; gives the message's id."""
        said = inbound.Inbound(
            api="arowana",
            account_id=self.account.id,
            channel=Channel.RCS,
            person=person,
            sender=agent,
            text=text,
            rich=rich,
        )
        return inbound.receive(self.world, said).id

    def listen(self, *events: str, url: str = "http://127.0.0.1:9/hook") -> str:
        """Register an endpoint; gives its id."""
        reply = self.post("/v1/webhooks", {"url": url, "events": list(events), "secret": SECRET})
        assert reply.status == 201, reply
        return reply.json["id"]

    @property
    def events(self) -> list[WebhookEvent]:
        """What was told, or is to be told, in order."""
        return list(self.world.store.webhook_events)

    def told(self, *names: str) -> list[dict[str, Any]]:
        """The envelopes of what was told, each held against the contract; of these names only, if any."""
        envelopes: list[dict[str, Any]] = []
        for event in self.events:
            envelope = json.loads(event.body)
            pointer = f"#/webhooks/{event.type}/post/requestBody/content/application~1json/schema"
            assert CONTRACT.schema_problems(pointer, envelope) == [], envelope
            assert envelope["event"] == event.type
            assert envelope["id"] == event.wire_id
            if not names or event.type in names:
                envelopes.append(envelope)
        return envelopes

    @property
    def account(self) -> Account:
        return self.world.store.accounts[account_id_of(SHOP)]

    @property
    def wallet(self) -> Wallet:
        return wallet_of(self.world.store, self.account.id)

    @property
    def balance(self) -> tuple[float, float, float]:
        """Free, reserved and total, in euros."""
        wallet = self.wallet
        amounts = (wallet.available_micros, wallet.held_micros, wallet.balance_micros)
        return tuple(micros / 1_000_000 for micros in amounts)

    def amend(self, **settings: Any) -> None:
        """Change settings of the workspace, as the control API does."""
        assert DIALECT.amend is not None
        assert set(settings) <= set(DIALECT.settings)
        DIALECT.amend(self.world, self.account, settings)

    def change_account(self, **changes: Any) -> None:
        self.world.store.accounts.put(replace(self.account, **changes))

    def change_key(self, **changes: Any) -> None:
        """Change the key."""
        credential = self.world.store.credentials_by_token.get(("arowana", self.key))
        assert credential is not None
        self.world.store.credentials.put(replace(credential, **changes))

    def message(self, id: str) -> Message:
        return self.world.store.messages[id]

    def recipient(self, id: str) -> Recipient:
        return self.world.store.recipients[id]


def is_signed(body: bytes, header: str, secret: str) -> bool:
    """Whether `X-Arowana-Signature` fits a body: by the description, without our code."""
    return header == "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


def a_world(name: str = "default", *, rate_limits: str = "auto", seed: int = 1) -> World:
    world = World(name, policies={"arowana": DIALECT.policy}, pace=HELD, rate_limits=rate_limits, seed=seed)
    DIALECT.furnish(world)
    return world


@pytest.fixture
def world() -> World:
    return a_world()


@pytest.fixture
def api(world: World) -> Api:
    return Api(world)
