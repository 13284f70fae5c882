"""A witness around the emulator notes calls that keep to their contract, and webhooks before their world is gone."""

import asyncio
from typing import Any

import msgspec

from emulator.app import create_app
from emulator.harness.coverage.witness import Witness
from emulator.settings import Settings

SEND = {"channel": "sms", "to": "+254722000000", "body": "Hi"}


async def ask(witness: Witness, method: str, path: str, body: Any = None, **headers: str) -> Any:
    answered = bytearray()
    raw = b"" if body is None else msgspec.json.encode(body)

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": raw, "more_body": False}

    async def send(message: Any) -> None:
        answered.extend(message.get("body", b""))

    given = {"host": "127.0.0.1", "content-type": "application/json", **headers}
    scope: dict[str, Any] = {
        "type": "http",
        "http_version": "1.1",
        "method": method,
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "headers": [(name.encode(), value.encode()) for name, value in given.items()],
        "server": ("127.0.0.1", 80),
        "client": ("127.0.0.1", 0),
    }
    await witness(scope, receive, send)
    return msgspec.json.decode(bytes(answered)) if answered[-1:] in (b"}", b"]") else None


def played(*calls: Any) -> Witness:
    async def play() -> Witness:
        witness = Witness(create_app(Settings(pace="held")))
        await witness.startup()
        try:
            await ask(witness, "POST", "/_emulator/worlds", {"name": "one", "pace": "held"})
            listed = await ask(witness, "GET", "/w/one/_emulator/apis")
            card = listed["apis"][0]["accounts"][0]
            for call in calls:
                await call(witness, card)
        finally:
            await witness.shutdown()
        return witness

    return asyncio.run(play())


async def send(witness: Witness, card: Any) -> None:
    key = card["credentials"]["ravenKey"]["headers"]
    await ask(witness, "POST", "/w/one/raven/v1/messages", SEND, **{name.lower(): each for name, each in key.items()})


async def listen(witness: Witness, card: Any) -> None:
    sink = "http://127.0.0.1:1/hook"
    members = {"settings": {"outbound_webhooks": True}, "webhooks": [{"url": sink}]}
    await ask(witness, "PATCH", f"/w/one/_emulator/accounts/{card['id']}", members)


async def pass_time(witness: Witness, _card: Any) -> None:
    await ask(witness, "POST", "/w/one/_emulator/clock/advance", {"by": "10s"})


async def remove(witness: Witness, _card: Any) -> None:
    await ask(witness, "DELETE", "/_emulator/worlds/one")


async def break_answers(witness: Witness, _card: Any) -> None:
    await ask(witness, "POST", "/w/one/_emulator/faults", {"api": "raven", "malformed": True})


def test_calls_of_apis_and_of_the_control_api_are_noted():
    heard = played(send).heard

    assert heard["raven"].answers == {("sendMessage", 202): 1}
    assert heard["control"].answers == {("createWorld", 201): 1, ("listApis", 200): 1}


def test_an_answer_that_a_fault_has_broken_does_not_count():
    assert not played(break_answers, send).heard["raven"].answers


def test_webhooks_are_judged_before_their_world_is_gone():
    witness = played(listen, send, pass_time, remove)

    assert set(witness.heard["raven"].events) >= {"message.sent", "message.delivered"}
    assert witness.findings == []
