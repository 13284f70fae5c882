"""What happened, in order and without secrets."""

import asyncio
import json
from typing import Any

import pytest

from emulator.control.redaction import redact_body, redact_headers, redact_query
from emulator.core.journal import NoteEntry
from tests.emulator.control.playing import Stage, play

HOOK = "http://127.0.0.1:9/hook"


async def kinds(stage: Stage, **query: Any) -> list[str]:
    return [entry["kind"] for entry in (await stage.get("journal", **query))["entries"]]


def test_a_messages_life_is_written_down_in_order():
    async def scene(stage: Stage) -> None:
        id = await stage.text(endpoint=HOOK)
        await stage.advance("10s")

        entries = (await stage.get("journal", message=id))["entries"]

        assert [entry["number"] for entry in entries] == sorted(entry["number"] for entry in entries)
        statuses = [entry["status"] for entry in entries if entry["kind"] == "status"]
        assert [status["type"] for status in statuses][-3:] == ["sending", "sent", "delivered"]
        assert statuses[-1] == {
            "api": "cloudrebue",
            "message": id,
            "recipient": "254722000000",
            "type": "delivered",
            "origin": "receipt",
            "reason": None,
        }
        attempt = next(entry["attempt"] for entry in entries if entry["kind"] == "attempt")
        assert (attempt["url"], attempt["status"], attempt["number"]) == (HOOK, 200, 1)

    play(scene)


def test_a_call_is_shown_with_its_reply():
    async def scene(stage: Stage) -> None:
        await stage.mail()

        [entry] = (await stage.get("journal", kind="call"))["entries"]
        call = entry["call"]

        assert (call["api"], call["method"], call["path"], call["status"]) == ("raven", "POST", "/v1/messages", 202)
        assert call["operation"]
        assert json.loads(call["body"])["to"] == "ada@example.org"
        assert json.loads(call["reply"])["status"] == "queued"
        assert call["headers"]["x-raven-key"].startswith("[redacted]")
        assert await kinds(stage, operation=call["operation"]) == ["call"]

    play(scene)


def test_each_filter_lets_pass_what_it_names():
    async def scene(stage: Stage) -> None:
        mail = await stage.mail()
        await stage.advance("60ms")
        await stage.text(endpoint=HOOK)
        stage.world.journal.add(stage.world.clock.now, NoteEntry("timer failed", mail, "hand-over"))

        assert await kinds(stage) == ["call", "status", "call", "note"]
        assert await kinds(stage, api="raven") == ["call", "status"]
        assert await kinds(stage, api="cloudrebue", kind="call") == ["call"]
        assert await kinds(stage, message=mail) == ["call", "status", "note"]
        assert await kinds(stage, kind="note", message=mail) == ["note"]
        assert await kinds(stage, operation="none") == []
        assert (await stage.refused("GET", "journal", params={"kind": "none"}))[0] == 422

    play(scene)


def test_the_journal_is_read_on_from_where_one_was():
    async def scene(stage: Stage) -> None:
        for number in range(6):
            stage.world.journal.add(stage.world.clock.now, NoteEntry("test", "", str(number)))
        first = await stage.get("journal", limit=4)
        second = await stage.get("journal", limit=4, after=first["next"])
        third = await stage.get("journal", after=second["next"])

        assert [entry["number"] for entry in first["entries"] + second["entries"]] == [1, 2, 3, 4, 5, 6]
        assert (third["entries"], third["next"]) == ([], 6)
        assert (await stage.get("journal", after=1000))["next"] == 1000

    play(scene)


def test_a_reader_waits_for_what_matches():
    async def scene(stage: Stage) -> None:
        await stage.text(endpoint=HOOK)
        waiting = asyncio.create_task(stage.get("journal", kind="attempt", wait="30s"))
        await asyncio.sleep(0.02)
        assert not waiting.done()
        await stage.advance("10s")

        async with asyncio.timeout(2):
            found = await waiting

        assert found["entries"][0]["kind"] == "attempt"

    play(scene)


def test_the_same_calls_give_the_same_journal_byte_for_byte():
    journals: list[bytes] = []

    async def scene(stage: Stage) -> None:
        await stage.mail("flaky@simulator.example")
        await stage.text(endpoint=HOOK)
        await stage.advance("10m")
        id = (await stage.account("raven"))["id"]
        await stage.post(f"accounts/{id}/sign-in")
        journals.append((await stage.call("GET", "/_emulator/journal?limit=500")).content)
        journals.append((await stage.call("GET", "/_emulator/messages?limit=500")).content)

    for _ in range(2):
        play(scene)

    assert journals[:2] == journals[2:]


@pytest.mark.parametrize(
    ("name", "value", "shown"),
    [
        ("Authorization", "Bearer abcdefghijkl1234", "Bearer [redacted]1234"),
        ("authorization", "Basic dXNlcg==", "Basic [redacted]"),
        ("Authorization", "abcdefghijkl1234", "[redacted]1234"),
        ("X-Acme-Key", "rk_abcdefghijkl", "[redacted]ijkl"),
        ("Cookie", "a=1", "[redacted]"),
        ("X-Auth-Token", "short", "[redacted]"),
        ("Idempotency-Key", "order-1042-confirm", "order-1042-confirm"),
        ("Content-Type", "application/json", "application/json"),
    ],
)
def test_headers_that_prove_something_are_redacted(name: str, value: str, shown: str):
    assert redact_headers([(name.encode(), value.encode())]) == {name.lower(): shown}


def test_a_header_that_came_twice_is_shown_in_one_line():
    assert redact_headers([(b"Accept", b"a"), (b"accept", b"b")]) == {"accept": "a, b"}


@pytest.mark.parametrize(
    ("query", "shown"),
    [
        (b"", ""),
        (b"a=1&b=2", "a=1&b=2"),
        (b"api_key=abcdefghijkl1234&to=x", "api_key=[redacted]1234&to=x"),
        (b"api%5Fkey=abc", "api%5Fkey=[redacted]"),
        (b"access-token=abc&token", "access-token=[redacted]&token"),
        (b"\xff=1", "\ufffd=1"),
    ],
)
def test_query_strings_are_redacted_by_name(query: bytes, shown: str):
    assert redact_query(query) == shown


@pytest.mark.parametrize(
    ("body", "shown"),
    [
        (b"", ""),
        (b"plain text", "plain text"),
        (b'{ "a" : 1 }', '{ "a" : 1 }'),
        (b'{"password": "hunter2"}', '{"password":"[redacted]"}'),
        (b'{"secretConfig": {"api_key": "x", "n": 1}}', '{"secretConfig":"[redacted]"}'),
        (b'{"a": [{"apiKey": "abcdefghijkl1234"}]}', '{"a":[{"apiKey":"[redacted]1234"}]}'),
        (b'{"plaintext": "rk_live_abcdefgh"}', '{"plaintext":"[redacted]efgh"}'),
        (b'{"secret": null, "token": 5}', '{"secret": null, "token": 5}'),
        (b'{"key": "welcome"}', '{"key": "welcome"}'),
        (b'{"secret": "abc", "text": "cut of', '{"secret": "[redacted]", "text": "cut of'),
        (b'{"secretConfig": {"a": "b"}, "x', '{"secretConfig": "[redacted]", "x'),
        (b'{"secret": "cut of', '{"secret": "[redacted]"'),
        (b"username=x&password=abc", "username=x&password=[redacted]"),
        (b"\xff\xfe", "\ufffd\ufffd"),
        (b"[" * 5000, "[" * 5000),
    ],
)
def test_bodies_are_redacted_by_the_names_of_members(body: bytes, shown: str):
    assert redact_body(body) == shown
