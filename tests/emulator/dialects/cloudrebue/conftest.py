"""A world with this API's fixtures, and a client that holds every reply against the contract. No server."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any, NamedTuple

import msgspec
import pytest

from emulator.core.clock import HELD
from emulator.dialects.cloudrebue import DIALECT
from emulator.dialects.cloudrebue.policy import POLICY
from emulator.gateway.timers import run_next
from emulator.gateway.world import World
from emulator.server.contract import Contract, load_contract
from emulator.server.dialect import Call
from emulator.server.pipeline import answer

LEGACY_TOKEN = "123456789"
REBUETEXT_TOKEN = "987654321"
SEND_SMS = "/api/v1/send-sms"
VOICE_SMS = "/api/v1/voice-sms"
RECEIVER = "https://client.example/dlr"


class Answer(NamedTuple):
    """What a client sees."""

    status: int
    json: Any
    headers: dict[str, str]

    @property
    def message(self) -> Any:
        return self.json["message"]


class Client:
    """Calls the API in one world with one token. A reply that breaks the contract fails the test."""

    def __init__(self, world: World, contract: Contract, token: str) -> None:
        self.world = world
        self.contract = contract
        self.token = token

    def request(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        raw: bytes | None = None,
        headers: dict[bytes, bytes] | None = None,
        too_large: bool = False,
    ) -> Answer:
        if headers is None:
            headers = {b"authorization": f"Bearer {self.token}".encode()}
        call = Call(
            DIALECT,
            self.contract,
            self.world,
            method=method,
            raw_path=path.encode(),
            raw_query=b"",
            raw_headers=list(headers.items()),
            headers=headers,
            raw_body=raw if raw is not None else b"" if body is None else msgspec.json.encode(body),
            too_large=too_large,
            origin="http://127.0.0.1:8026",
        )
        reply = answer(call)
        decoded = msgspec.json.decode(reply.body)
        if call.operation is not None:
            assert self.contract.reply_problems(call.operation.id, reply.status, decoded) == []
        pairs = (*reply.headers, *DIALECT.reply_headers(call))
        sent = {name.decode(): value.decode() for name, value in pairs}
        assert len(sent) == len(pairs)
        assert {"x-ratelimit-limit", "x-ratelimit-remaining"} <= set(sent)
        return Answer(reply.status, decoded, sent)

    def post(self, path: str, body: Any = None, **rest: Any) -> Answer:
        return self.request("POST", path, body, **rest)

    def get(self, path: str) -> Answer:
        return self.request("GET", path)

    def delete(self, path: str) -> Answer:
        return self.request("DELETE", path)

    def send(self, body: Any = None, **changes: Any) -> Answer:
        """Send a body, or one message with one thing changed."""
        return self.post(SEND_SMS, a_message(**changes) if body is None else body)

    @property
    def units(self) -> int:
        """What the account of the token has left."""
        credential = self.world.store.credentials_by_token.get(("cloudrebue", self.token))
        assert credential is not None
        return self.world.store.wallets[credential.account_id].available_micros // 1_000_000

    def leave(self, units: int) -> None:
        """Set what the account has left."""
        credential = self.world.store.credentials_by_token.get(("cloudrebue", self.token))
        assert credential is not None
        wallet = self.world.store.wallets[credential.account_id]
        self.world.store.wallets.put(msgspec.structs.replace(wallet, balance_micros=units * 1_000_000))


def a_message(**changes: Any) -> dict[str, Any]:
    return {"sender": "CLOUD_REBUE", "message": "Test API", "phone": "254711000111", **changes}


@pytest.fixture(scope="session")
def contract() -> Contract:
    return load_contract("cloudrebue")


@pytest.fixture
def make_world() -> Callable[..., World]:
    def make(name: str = "default", **settings: Any) -> World:
        world = World(name, policies={"cloudrebue": POLICY}, **{"pace": HELD, **settings})
        DIALECT.furnish(world)
        return world

    return make


@pytest.fixture
def world(make_world: Callable[..., World]) -> World:
    return make_world()


@pytest.fixture
def client(world: World, contract: Contract) -> Client:
    """A client of the legacy account."""
    return Client(world, contract, LEGACY_TOKEN)


@pytest.fixture
def rebuetext(world: World, contract: Contract) -> Client:
    """A client of the rebuetext account."""
    return Client(world, contract, REBUETEXT_TOKEN)


@pytest.fixture
def client_of(contract: Contract) -> Callable[..., Client]:
    def make(world: World, token: str = LEGACY_TOKEN) -> Client:
        return Client(world, contract, token)

    return make


@pytest.fixture
def message() -> Callable[..., dict[str, Any]]:
    """A complete message with one thing changed."""
    return a_message


@pytest.fixture
def advance() -> Callable[[World, float], None]:
    """Move a held world's time by so many seconds."""

    def move(world: World, seconds: float) -> None:
        until = world.clock.now + timedelta(seconds=seconds)
        while run_next(world, until):
            pass
        world.clock.jump_to(until)

    return move


@pytest.fixture
def told(contract: Contract) -> Callable[..., list[Any]]:
    """The bodies that were posted, oldest first, each held against the contract."""
    schemas = {"deliveryReceipt": "DeliveryReceipt", "incomingSms": "IncomingSms"}

    def bodies(world: World, type: str = "deliveryReceipt", url: str | None = None) -> list[Any]:
        events = [e for e in world.store.webhook_events if e.type == type and url in (None, e.url)]
        decoded = [msgspec.json.decode(event.body) for event in events]
        for body in decoded:
            assert contract.schema_problems(f"#/components/schemas/{schemas[type]}", body) == []
        return decoded

    return bodies


@pytest.fixture
def statuses(told: Callable[..., list[Any]]) -> Callable[..., list[str]]:
    """The `deliveryStatus` of each receipt, oldest first."""
    return lambda world: [body["deliveryStatus"] for body in told(world)]
