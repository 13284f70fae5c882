"""TripDesk without a server: one world, calls made and answered in place, every answer held against the contract."""

import json
from collections.abc import Mapping
from datetime import timedelta
from typing import Any, NamedTuple

import pytest
from msgspec.structs import replace

from emulator.core.clock import HELD
from emulator.core.records import Account, Channel, Message, Recipient, WebhookEndpoint, WebhookEvent
from emulator.dialects.tripdesk import DIALECT, tenants, tokens
from emulator.dialects.tripdesk.fixtures import SLUG, key_of
from emulator.gateway.inbound import Inbound, receive
from emulator.gateway.timers import run_next
from emulator.gateway.world import World
from emulator.server.contract import load_contract
from emulator.server.dialect import Call, Reply, Wait
from emulator.server.pipeline import answer, finish

CONTRACT = load_contract("tripdesk")

# The request on the vendor's page for developers.
SEED: dict[str, Any] = {
    "channel": "whatsapp",
    "to": "+15551234567",
    "template": "order_confirmation",
    "language": "en",
    "variables": {"name": "Nayeem", "order_id": "TR-204821", "eta": "15 minutes"},
}
SMS = {"channel": "sms", "to": "+15557650001", "text": "Gate 4 is open."}
MAIL = {"channel": "email", "to": "rupa.sen@example.com", "subject": "Your trip", "text": "It begins tomorrow at 9."}

HOOK = "http://127.0.0.1:9000/hook"


class Answer(NamedTuple):
    """What a caller gets. `json` is the decoded body, None if there is none or it is no JSON."""

    status: int
    json: Any
    body: bytes
    headers: dict[str, str]

    @property
    def error(self) -> dict[str, Any]:
        return self.json["error"]

    @property
    def code(self) -> str:
        return self.json["error"]["code"]


class Api:
    """Asks as a client does, in one environment. The key is sent unless a call says otherwise."""

    def __init__(self, world: World, environment: str = "live") -> None:
        self.world = world
        self.environment = environment
        self.key = key_of(world.name, SLUG, environment)

    def call(
        self,
        method: str,
        path: str,
        *,
        json_body: Any = None,
        content: bytes | None = None,
        headers: Mapping[str, str] | None = None,
        extra: Mapping[str, str] | None = None,
        raw_headers: list[tuple[bytes, bytes]] | None = None,
        too_large: bool = False,
        base_path: str = "",
    ) -> Call:
        raw_body = content
        if raw_body is None:
            raw_body = b"" if json_body is None else json.dumps(json_body, ensure_ascii=False).encode()
        named = {"Authorization": f"Bearer {self.key}"} if headers is None else dict(headers)
        named |= extra or {}
        if raw_body and not any(name.lower() == "content-type" for name in named):
            named["Content-Type"] = "application/json"
        pairs = tuple((name.lower().encode(), value.encode()) for name, value in named.items())
        pairs += tuple(raw_headers or ())
        raw_path, _, raw_query = path.partition("?")
        return Call(
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
            origin="http://127.0.0.1:8026",
        )

    def request(self, method: str, path: str, **more: Any) -> Answer:
        call = self.call(method, path, **more)
        return self.read(call, answer(call))

    def begin(self, method: str, path: str, **more: Any) -> tuple[Call, Wait]:
        """Make a call that waits."""
        call = self.call(method, path, **more)
        waiting = answer(call)
        assert isinstance(waiting, Wait), waiting
        return call, waiting

    def end(self, call: Call, waiting: Wait) -> Answer:
        """Let a call that waits be answered now."""
        return self.read(call, finish(call, waiting))

    def read(self, call: Call, reply: Reply | Wait) -> Answer:
        """What the caller gets of a reply, which must fit the contract."""
        assert isinstance(reply, Reply), reply
        media_type = (reply.content_type or b"").decode().partition(";")[0]
        body = json.loads(reply.body) if reply.body and media_type == "application/json" else None
        if call.operation is not None:
            shown = body if body is not None or not reply.body else reply.body.decode()
            problems = CONTRACT.reply_problems(
                call.operation_id, reply.status, shown, media_type if reply.body else "application/json"
            )
            assert problems == [], problems
        pairs = [*reply.headers, *DIALECT.reply_headers(call)]
        return Answer(reply.status, body, reply.body, {name.decode(): value.decode() for name, value in pairs})

    def get(self, path: str, **more: Any) -> Answer:
        return self.request("GET", path, **more)

    def post(self, path: str, body: Any = None, **more: Any) -> Answer:
        return self.request("POST", path, json_body=body, **more)

    def send(self, message: Any = SMS, /, *, key: str | None = None, **changes: Any) -> Answer:
        extra = {"Idempotency-Key": key} if key is not None else None
        return self.post("/api/v1/messages", {**message, **changes}, extra=extra)

    def life(self, body: Any = SMS, *, seconds: float = 1_000) -> dict[str, Any]:
        """Send, let time pass, read."""
        sent = self.send(body)
        assert sent.status == 202, sent
        self.advance(seconds)
        return self.message(sent.json["id"])

    def message(self, id: str) -> dict[str, Any]:
        return self.get(f"/api/v1/messages/{id}").json

    def advance(self, seconds: float) -> None:
        until = self.world.clock.now + timedelta(seconds=seconds)
        while run_next(self.world, until):
            pass
        self.world.clock.move_to(until)

    def agent(self, user: str | None = None) -> dict[str, str]:
        """Headers of a fresh session of an agent: the first, or one by id or e-mail."""
        return dict(tokens.sign_in(self.world, self.account, user)[0])

    @property
    def account(self) -> Account:
        found = {tenants.environment_of(each): each for each in tenants.accounts_of(self.world, SLUG)}
        return found[self.environment]

    def change_account(self, **changes: Any) -> None:
        self.world.store.accounts.put(replace(self.account, **changes))

    def change_key(self, **changes: Any) -> None:
        credential = self.world.store.credentials_by_token.get(("tripdesk", self.key))
        assert credential is not None
        self.world.store.credentials.put(replace(credential, **changes))

    def amend(self, **settings: Any) -> Account:
        """Choose settings, as the control API does."""
        assert DIALECT.amend is not None
        return DIALECT.amend(self.world, self.account, settings)

    def fixture(self, name: str) -> str:
        """A parameter of the account's card."""
        card = next(card for card in DIALECT.describe(self.world) if card.id == self.account.id)
        return str(card.parameters[name])

    def says(self, text: str, person: str = "+15557654321", channel: str = "whatsapp", **more: Any) -> str:
        """A person writes; gives the message's id."""
        said = Inbound(
            api="tripdesk",
            account_id=self.account.id,
            channel=Channel(channel),
            person=person,
            sender="",
            text=text,
            environment=self.environment,
            **more,
        )
        return receive(self.world, said).id

    def listen(self, *event_types: str) -> WebhookEndpoint:
        """Have the tenant's events told."""
        return self.world.store.endpoints.put(
            WebhookEndpoint(
                id=f"hook-{self.environment}",
                api="tripdesk",
                account_id=self.account.id,
                url=HOOK,
                secret="whsec_0123456789",
                created_at=self.world.clock.now,
                event_types=event_types,
            )
        )

    def told(self) -> list[dict[str, Any]]:
        """What was told, oldest first, each body held against the contract."""
        return [self.read_event(event) for event in self.events()]

    def events(self) -> list[WebhookEvent]:
        return [event for event in self.world.store.webhook_events if event.account_id == self.account.id]

    def read_event(self, event: WebhookEvent) -> dict[str, Any]:
        body = json.loads(event.body)
        schema = "".join(part.capitalize() for part in event.type.split(".")) + "Event"
        assert CONTRACT.schema_problems(f"#/components/schemas/{schema}", body) == []
        assert body["id"] == event.wire_id
        return body

    def record(self, id: str) -> Message:
        return self.world.store.messages[id]

    def recipient(self, id: str) -> Recipient:
        return self.world.store.recipients[id]


def a_world(name: str = "default", *, rate_limits: str = "auto") -> World:
    world = World(name, policies={"tripdesk": DIALECT.policy}, pace=HELD, rate_limits=rate_limits)
    DIALECT.furnish(world)
    return world


@pytest.fixture
def world() -> World:
    return a_world()


@pytest.fixture
def api(world: World) -> Api:
    return Api(world)


@pytest.fixture
def sandbox(world: World) -> Api:
    return Api(world, "test")
