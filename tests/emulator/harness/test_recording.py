"""The recording proxy: what passes through it, what it writes, and what it never writes."""

import asyncio
import gzip
import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from yarl import URL

from emulator.app import create_app
from emulator.harness.har_file import BadHar, read_recording
from emulator.harness.recording import recorder
from emulator.harness.recording_file import HarWriter
from emulator.server.connection import serving
from emulator.settings import Settings


@asynccontextmanager
async def recording(upstream: str, out: Path):
    with HarWriter(out) as writer:
        async with recorder(upstream, writer) as app, serving(app) as url:
            yield url


def record(app: Any, out: Path, talk: Callable[[aiohttp.ClientSession, str], Any]) -> Any:
    async def run() -> Any:
        async with serving(app) as upstream, recording(upstream, out) as url, aiohttp.ClientSession() as session:
            return await talk(session, url)

    return asyncio.run(run())


def entries(out: Path) -> list[Any]:
    document = json.loads(out.read_text())
    assert document["log"]["version"] == "1.2"
    return document["log"]["entries"]


def app_of(status: int, headers: dict[str, str], body: bytes) -> Any:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        while (await receive()).get("more_body"):
            pass
        pairs = [(name.encode(), value.encode()) for name, value in headers.items()]
        await send({"type": "http.response.start", "status": status, "headers": pairs})
        await send({"type": "http.response.body", "body": body})

    return app


def test_a_call_passes_unchanged_and_is_written_without_secrets(tmp_path: Path):
    out = tmp_path / "a.har"
    said = json.dumps({"id": 1, "client_secret": "sk-abcdefghijklmnop"}).encode()
    app = app_of(201, {"content-type": "application/json", "set-cookie": "sid=abcdefghijklmnopqrst"}, said)

    async def talk(session: aiohttp.ClientSession, url: str) -> tuple[int, bytes, str]:
        body = {"to": "+15551234567", "password": "hunter2hunter2"}
        headers = {"Authorization": "Bearer sk-0123456789abcdef", "X-Acme-Key": "k-0123456789abcdef"}
        async with session.post(
            f"{url}/v1/messages?api_key=0123456789abcdef&to=a/b", json=body, headers=headers
        ) as answer:
            return answer.status, await answer.read(), answer.headers["set-cookie"]

    status, body, cookie = record(app, out, talk)

    assert (status, body, cookie) == (201, said, "sid=abcdefghijklmnopqrst")
    raw = out.read_text()
    for secret in ("hunter2", "sk-0123456789", "k-0123456789", "api_key=0123", "sk-abcdefgh", "sid=abcdefgh"):
        assert secret not in raw, secret
    entry = entries(out)[0]
    assert entry["request"]["method"] == "POST"
    assert entry["request"]["url"].endswith("to=a/b")
    assert {"name": "to", "value": "a/b"} in entry["request"]["queryString"]
    assert json.loads(entry["request"]["postData"]["text"])["to"] == "+15551234567"
    assert entry["response"]["status"] == 201
    assert entry["startedDateTime"].endswith("Z")


def test_a_compressed_answer_passes_compressed_and_is_written_as_text(tmp_path: Path):
    out = tmp_path / "a.har"
    app = app_of(200, {"content-type": "application/json", "content-encoding": "gzip"}, gzip.compress(b'{"id":1}'))

    async def talk(session: aiohttp.ClientSession, url: str) -> Any:
        async with session.get(url) as answer:
            return await answer.json()

    assert record(app, out, talk) == {"id": 1}
    assert entries(out)[0]["response"]["content"]["text"] == '{"id":1}'


def test_bytes_that_are_no_text_are_kept(tmp_path: Path):
    out = tmp_path / "a.har"
    raw = bytes(range(256))

    async def talk(session: aiohttp.ClientSession, url: str) -> Any:
        async with session.get(url) as answer:
            return await answer.read()

    assert record(app_of(200, {"content-type": "image/png"}, raw), out, talk) == raw
    answer = read_recording(out).calls[0].answer
    assert answer is not None
    assert answer.raw_body == raw


def test_a_redirect_leads_back_through_the_recorder(tmp_path: Path):
    async def app(scope: Any, receive: Any, send: Any) -> None:
        host = dict(scope["headers"])[b"host"].decode()
        location = f"http://{host}/elsewhere?a=b".encode()
        await send({"type": "http.response.start", "status": 302, "headers": [(b"location", location)]})
        await send({"type": "http.response.body", "body": b""})

    async def talk(session: aiohttp.ClientSession, url: str) -> tuple[str, str]:
        async with session.get(url, allow_redirects=False) as answer:
            return answer.headers["location"], url

    location, url = record(app, tmp_path / "a.har", talk)

    assert location == f"{url}/elsewhere?a=b"


def test_a_path_passes_as_it_was_written(tmp_path: Path):
    seen: list[bytes] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        seen.append(scope["raw_path"] + b"?" + scope["query_string"])
        await send({"type": "http.response.start", "status": 204, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    async def talk(session: aiohttp.ClientSession, url: str) -> None:
        async with session.get(URL(f"{url}/a%2Fb/%7Ec//d;e?x=%41+%20&x=&y", encoded=True)) as answer:
            await answer.read()

    record(app, tmp_path / "a.har", talk)

    assert seen == [b"/a%2Fb/%7Ec//d;e?x=%41+%20&x=&y"]


def test_the_file_is_complete_after_each_call_and_can_be_carried_on(tmp_path: Path):
    out = tmp_path / "a.har"
    app = app_of(200, {"content-type": "text/plain"}, b"hi")

    async def talk(session: aiohttp.ClientSession, url: str) -> list[int]:
        counts = [len(entries(out))]
        for _ in range(3):
            async with session.get(url) as answer:
                await answer.read()
            counts.append(len(entries(out)))
        return counts

    assert record(app, out, talk) == [0, 1, 2, 3]
    assert record(app, out, talk) == [3, 4, 5, 6]


def test_calls_at_the_same_time_are_all_written(tmp_path: Path):
    out = tmp_path / "a.har"

    async def talk(session: aiohttp.ClientSession, url: str) -> None:
        async def ask(number: int) -> None:
            async with session.get(f"{url}/{number}") as answer:
                await answer.read()

        await asyncio.gather(*map(ask, range(50)))

    record(app_of(200, {"content-type": "text/plain"}, b"hi"), out, talk)

    assert sorted(int(each["request"]["url"].rpartition("/")[2]) for each in entries(out)) == list(range(50))


def test_a_provider_that_is_not_there_is_a_502_that_says_so(tmp_path: Path):
    out = tmp_path / "a.har"

    async def run() -> tuple[int, str]:
        async with (
            recording("http://127.0.0.1:1", out) as url,
            aiohttp.ClientSession() as session,
            session.get(f"{url}/v1/messages") as answer,
        ):
            return answer.status, (await answer.json(content_type=None))["detail"]

    status, detail = asyncio.run(run())

    assert status == 502
    assert "127.0.0.1:1" in detail
    assert entries(out)[0]["response"]["status"] == 0


def test_half_an_answer_stays_half_and_is_written_as_such(tmp_path: Path):
    out = tmp_path / "a.har"

    async def half(reader: Any, writer: Any) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nhalf")
        await writer.drain()
        writer.close()

    async def run() -> None:
        server = await asyncio.start_server(half, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        async with server, recording(f"http://127.0.0.1:{port}", out) as url, aiohttp.ClientSession() as session:
            with pytest.raises(aiohttp.ClientError):
                async with session.get(url) as answer:
                    await answer.read()

    asyncio.run(run())

    assert entries(out)[0]["response"]["_error"]


def test_somebody_elses_file_is_not_touched(tmp_path: Path):
    out = tmp_path / "a.har"
    out.write_text('{"log": {"entries": []}}')

    with pytest.raises(BadHar, match="choose another name"), HarWriter(out):
        pass

    assert out.read_text() == '{"log": {"entries": []}}'


def test_a_folder_that_is_not_there_is_a_sentence(tmp_path: Path):
    with pytest.raises(BadHar, match="No such file"), HarWriter(tmp_path / "no" / "a.har"):
        pass


def test_a_killed_recorder_leaves_a_readable_file(tmp_path: Path):
    out = tmp_path / "a.har"

    async def run() -> None:
        async with serving(create_app(Settings(pace="held"))) as upstream, aiohttp.ClientSession() as session:
            command = [sys.executable, "-m", "emulator", "record", "--upstream", upstream, "--out", str(out)]
            process = await asyncio.create_subprocess_exec(*command, stdout=subprocess.PIPE, env={**os.environ})
            assert process.stdout is not None
            ready = (await process.stdout.readline()).decode()
            url = ready.split()[1]
            for _ in range(5):
                async with session.get(f"{url}/_emulator/health") as answer:
                    assert (await answer.json())["status"] == "ok"
            os.kill(process.pid, signal.SIGKILL)
            await process.wait()

    asyncio.run(run())

    assert [call.answer and call.answer.status for call in read_recording(out).calls] == [200] * 5
