"""Faults in answers, over real sockets: each does what it says, and the next good request works."""

import asyncio
import errno
import json
import socket
import time
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import httpx
import pytest

from emulator.app import App, create_app
from emulator.server.connection import serving
from emulator.settings import Settings

RAVEN = {"channel": "sms", "to": "+254722000000", "body": "Hi Ada"}
BULK = {"sender": "CLOUD_REBUE", "message": "Hi", "phone": "254711000111", "correlator": 1}


class Server(NamedTuple):
    """A running emulator, and a caller."""

    app: App
    client: httpx.AsyncClient
    key: dict[str, str]

    async def send(self, **members: Any) -> httpx.Response:
        return await self.client.post("/raven/v1/messages", json={**RAVEN, **members}, headers=self.key)

    async def bulk(self, **members: Any) -> httpx.Response:
        headers = {"Authorization": "Bearer 123456789"}
        return await self.client.post("/cloudrebue/api/v1/send-sms", json={**BULK, **members}, headers=headers)

    async def fault(self, **fault: Any) -> str:
        answer = await self.client.post("/_emulator/faults", json=fault)
        assert answer.status_code == 201, answer.text
        return answer.json()["faults"][0]["id"]

    async def faults(self) -> list[dict[str, Any]]:
        return (await self.client.get("/_emulator/faults")).json()["faults"]

    async def advance(self, by: str) -> None:
        assert (await self.client.post("/_emulator/clock/advance", json={"by": by})).status_code == 200

    async def messages(self) -> list[dict[str, Any]]:
        return (await self.client.get("/_emulator/messages")).json()["messages"]

    async def balance(self) -> str:
        accounts = (await self.client.get("/_emulator/accounts?api=cloudrebue&limit=500")).json()["accounts"]
        return next(each for each in accounts if each["id"] == "1")["wallet"]["balance"]

    def wire(self, path: str = "/raven/v1/messages", **members: Any) -> "Wire":
        body = json.dumps({**RAVEN, **members}).encode()
        lines = [f"POST {path} HTTP/1.1", "Host: x", "Content-Type: application/json", f"Content-Length: {len(body)}"]
        lines += [f"{name}: {value}" for name, value in self.key.items()]
        return Wire(str(self.client.base_url), "\r\n".join(lines).encode() + b"\r\n\r\n" + body)


class Read(NamedTuple):
    """What a raw caller read: pieces with the seconds since the call, and the error that ended it, 0 for an end."""

    pieces: list[tuple[float, bytes]]
    error: int

    @property
    def data(self) -> bytes:
        return b"".join(piece for _, piece in self.pieces)

    @property
    def body(self) -> bytes:
        return self.data.partition(b"\r\n\r\n")[2]


class Wire:
    """A caller that reads what really comes."""

    def __init__(self, url: str, request: bytes) -> None:
        parts = urlsplit(url)
        self._address = (parts.hostname, parts.port)
        self._request = request

    async def read(self, at_most: float = 5.0) -> Read:
        loop = asyncio.get_running_loop()
        with socket.socket() as sock:
            sock.setblocking(False)
            await loop.sock_connect(sock, self._address)
            started = time.perf_counter()
            await loop.sock_sendall(sock, self._request)
            pieces: list[tuple[float, bytes]] = []
            try:
                async with asyncio.timeout(at_most):
                    while piece := await loop.sock_recv(sock, 65536):
                        pieces.append((time.perf_counter() - started, piece))
                        if _is_whole(b"".join(each for _, each in pieces)):
                            break
            except OSError as error:
                return Read(pieces, errno.ETIMEDOUT if isinstance(error, TimeoutError) else error.errno or -1)
        return Read(pieces, 0)


def _is_whole(data: bytes) -> bool:
    head, _, body = data.partition(b"\r\n\r\n")
    length = next((line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")), None)
    return length is not None and len(body) >= int(length.partition(b":")[2])


@asynccontextmanager
async def running() -> AsyncGenerator[Server]:
    app = create_app(Settings(pace="held"))
    async with serving(app, on_stop=app.stopping) as url, httpx.AsyncClient(base_url=url, timeout=10) as client:
        apis = (await client.get("/_emulator/apis")).json()["apis"]
        key = next(each for each in apis if each["name"] == "raven")["accounts"][0]["headers"]
        yield Server(app, client, key)


Scene = Callable[[Server], Awaitable[None]]


async def _on_stage(scene: Scene) -> None:
    async with running() as server:
        await scene(server)


def play_once(scene: Scene) -> None:
    asyncio.run(_on_stage(scene))


@pytest.fixture(params=["asyncio", "uvloop"])
def play(request: pytest.FixtureRequest) -> Callable[[Scene], None]:
    """Runs a scene on either event loop: what is on the wire is up to it."""
    if request.param == "asyncio":
        return play_once
    uvloop = pytest.importorskip("uvloop")
    return lambda scene: uvloop.run(_on_stage(scene))


async def is_well(server: Server, made: int) -> None:
    """The next good request works, on a fresh connection and on a used one, and so many messages are there."""
    assert (await server.send()).status_code == 202
    assert (await server.send()).status_code == 202
    assert len(await server.messages()) == made + 2


def test_latency_lets_the_answer_come_late(play: Callable[[Scene], None]):
    async def scene(server: Server) -> None:
        await server.fault(latency="150ms", times=1)

        read = await server.wire().read()

        assert read.pieces[0][0] >= 0.15
        assert b" 202 " in read.data
        await is_well(server, 1)

    play(scene)


def test_latency_in_a_range_is_drawn_from_the_seed():
    async def scene(server: Server) -> None:
        await server.fault(latency={"min": "20ms", "max": "120ms"})

        spans = [(await server.wire().read()).pieces[0][0] for _ in range(4)]

        assert all(span >= 0.02 for span in spans)
        assert max(spans) - min(spans) > 0.005

    play_once(scene)


def test_a_retry_while_the_answer_is_late_finds_the_key_in_progress_and_later_the_answer():
    async def scene(server: Server) -> None:
        await server.fault(latency="300ms", times=1)
        first = asyncio.create_task(server.send(idempotencyKey="k"))
        await server.client.get("/_emulator/messages?wait=5s")  # it was accepted

        meanwhile = await server.send(idempotencyKey="k")
        answer = await first
        afterwards = await server.send(idempotencyKey="k")

        assert (meanwhile.status_code, answer.status_code) == (409, 202)
        assert "in progress" in meanwhile.json()["message"]
        assert afterwards.content == answer.content
        assert len(await server.messages()) == 1

    play_once(scene)


def test_a_dribble_comes_in_small_pieces_over_its_span(play: Callable[[Scene], None]):
    async def scene(server: Server) -> None:
        await server.fault(dribble="200ms", times=1)

        read = await server.wire().read()

        assert len(read.pieces) >= 10
        assert read.pieces[-1][0] - read.pieces[0][0] >= 0.15
        assert json.loads(read.body)["status"] == "queued"
        await is_well(server, 1)

    play(scene)


def test_a_reset_before_the_headers_is_a_tcp_reset_and_nothing_was_done(play: Callable[[Scene], None]):
    async def scene(server: Server) -> None:
        await server.fault(reset="before-headers", times=1)

        read = await server.wire().read()

        assert (read.data, read.error) == (b"", errno.ECONNRESET)
        await is_well(server, 0)

    play(scene)


def test_a_reset_in_the_body_comes_after_half_of_it(play: Callable[[Scene], None]):
    async def scene(server: Server) -> None:
        await server.fault(reset="in-body", times=1)

        read = await server.wire().read()

        assert read.error == errno.ECONNRESET
        assert b" 202 " in read.data
        assert 0 < len(read.body) < 100
        await is_well(server, 1)

    play(scene)


@pytest.mark.parametrize(("truncate", "size"), [(True, 70), (5, 5), (0, 0)])
def test_a_truncated_answer_ends_without_a_word(play: Callable[[Scene], None], truncate: Any, size: int):
    async def scene(server: Server) -> None:
        await server.fault(truncate=truncate, times=1)

        read = await server.wire().read()

        assert (len(read.body), read.error) == (size, 0)
        assert b"content-length: 140\r\n" in read.data
        await is_well(server, 1)

    play(scene)


def test_a_malformed_answer_is_whole_and_no_json():
    async def scene(server: Server) -> None:
        await server.fault(malformed=True, times=1)

        answer = await server.send()

        assert (answer.status_code, answer.headers["content-type"]) == (202, "application/json")
        with pytest.raises(json.JSONDecodeError):
            answer.json()
        await is_well(server, 1)

    play_once(scene)


def test_a_wrong_content_type_has_the_right_body():
    async def scene(server: Server) -> None:
        await server.fault(content_type="text/html; charset=utf-8", times=1)

        answer = await server.send()

        assert answer.headers["content-type"] == "text/html; charset=utf-8"
        assert answer.json()["status"] == "queued"
        await is_well(server, 1)

    play_once(scene)


STATUSES = (400, 401, 402, 403, 404, 405, 409, 410, 413, 415, 418, 422, 429, 499, 500, 501, 502, 503, 599)
ENVELOPES = {"raven": ["statusCode", "timestamp", "path", "message"], "cloudrebue": ["status", "message"]}


@pytest.mark.parametrize("api", ENVELOPES)
def test_any_status_comes_in_the_vendors_envelope(api: str):
    async def scene() -> None:
        async with running() as server:
            send = server.send if api == "raven" else server.bulk
            for status in STATUSES:
                await server.fault(api=api, status=status, times=1)

                answer = await send()

                assert answer.status_code == status
                assert list(answer.json()) == ENVELOPES[api], status
                assert answer.json().get("statusCode", status) == status
            assert (await send()).status_code in (200, 202)
            assert len(await server.messages()) == 1

    asyncio.run(scene())


def test_a_status_has_words_of_its_own_and_the_vendors_headers():
    async def scene(server: Server) -> None:
        await server.fault(status=503, times=1)
        await server.fault(status={"code": 429, "retry_after": "7s"}, times=1)

        limited, unavailable = await server.send(), await server.send()

        assert limited.json()["message"] == "Rate limit exceeded"
        assert limited.headers["retry-after"] == "7"
        assert unavailable.json()["message"] == "Service unavailable"
        assert "x-ratelimit-limit" in unavailable.headers

    play_once(scene)


def test_a_status_without_a_body_has_none():
    async def scene(server: Server) -> None:
        await server.fault(status=204, times=1)
        assert (await server.send()).content == b""
        await server.fault(status=200, times=1)
        assert (await server.send()).json() == {}
        await is_well(server, 0)

    play_once(scene)


def test_a_call_that_hangs_gets_nothing(play: Callable[[Scene], None]):
    async def scene(server: Server) -> None:
        await server.fault(hang=True, times=1)

        read = await server.wire().read(0.2)

        assert (read.data, read.error) == (b"", errno.ETIMEDOUT)
        await is_well(server, 0)

    play(scene)


def test_a_call_that_hangs_for_a_while_is_then_closed_without_an_answer(play: Callable[[Scene], None]):
    async def scene(server: Server) -> None:
        await server.fault(hang="100ms", times=1)
        started = time.perf_counter()

        read = await server.wire().read()

        assert (read.data, read.error) == (b"", 0)
        assert time.perf_counter() - started >= 0.1
        await is_well(server, 0)

    play(scene)


def test_a_quota_of_ten_a_minute_admits_exactly_ten_and_opens_again_on_the_virtual_clock():
    async def scene(server: Server) -> None:
        await server.fault(api="raven", operation="sendMessage", rate_limit={"limit": 10, "per": "1m"})

        first = await asyncio.gather(*(server.send() for _ in range(15)))
        await server.advance("59s")
        still = await server.send()
        await server.advance("1s")
        then = await asyncio.gather(*(server.send() for _ in range(15)))

        assert sorted(answer.status_code for answer in first) == [202] * 10 + [429] * 5
        assert still.status_code == 429
        assert sorted(answer.status_code for answer in then) == [202] * 10 + [429] * 5
        assert len(await server.messages()) == 20
        (fault,) = await server.faults()
        assert (fault["seen"], fault["used"]) == (31, 11)

    play_once(scene)


def test_a_quota_is_told_in_the_vendors_headers():
    async def scene(server: Server) -> None:
        await server.fault(rate_limit=2)

        answers = [await server.send() for _ in range(3)]
        await server.advance("20s")
        later = await server.send()

        assert [answer.headers["x-ratelimit-limit"] for answer in answers] == ["2"] * 3
        assert [answer.headers["x-ratelimit-remaining"] for answer in answers] == ["1", "0", "0"]
        assert answers[2].headers["retry-after"] == "60"
        assert later.headers["retry-after"] == "40"
        assert later.json()["message"] == "Rate limit exceeded"

    play_once(scene)


def test_a_quota_counts_known_callers_only_and_refuses_at_most_so_often():
    async def scene(server: Server) -> None:
        await server.fault(rate_limit=1, times=1)
        unknown = await server.client.post("/raven/v1/messages", json=RAVEN)

        statuses = [(await server.send()).status_code for _ in range(4)]

        assert unknown.status_code == 401
        assert statuses == [202, 429, 202, 202]

    play_once(scene)


def test_after_an_ambiguous_commit_a_retry_with_the_same_key_yields_the_original_answer(play: Callable[[Scene], None]):
    async def scene(server: Server) -> None:
        reference = (await server.send(idempotencyKey="other")).json()
        await server.fault(ambiguous_commit=True, times=1)

        read = await server.wire(idempotencyKey="k").read()
        (made, _) = await server.messages()
        retry, again = await server.send(idempotencyKey="k"), await server.send(idempotencyKey="k")

        assert (read.data, read.error) == (b"", errno.ECONNRESET)
        assert retry.status_code == 202
        assert retry.headers["idempotent-replayed"] == "true"
        assert list(retry.json()) == list(reference)
        assert retry.json()["id"] == made["id"]
        assert again.content == retry.content
        assert len(await server.messages()) == 2

    play(scene)


def test_after_an_ambiguous_commit_one_message_is_charged_once():
    async def scene(server: Server) -> None:
        before = float(await server.balance())
        await server.fault(api="cloudrebue", ambiguous_commit=True, times=1)

        with pytest.raises(httpx.TransportError):
            await server.bulk()

        assert len(await server.messages()) == 1
        assert before - float(await server.balance()) == 1.0

    play_once(scene)


def test_a_refused_call_is_no_ambiguous_commit_and_does_not_use_the_fault_up():
    async def scene(server: Server) -> None:
        await server.fault(ambiguous_commit=True, times=1)

        refused = await server.send(channel="pigeon")
        read = await server.wire().read()

        assert refused.status_code == 400
        assert read.error == errno.ECONNRESET
        await is_well(server, 1)

    play_once(scene)


SCOPES: list[tuple[dict[str, Any], bool]] = [
    ({"api": "raven"}, True),
    ({"api": "cloudrebue"}, False),
    ({"operation": "sendMessage"}, True),
    ({"operation": "send*"}, True),
    ({"operation": "listMessages"}, False),
    ({"recipient": "+254722000000"}, True),
    ({"recipient": "254722000000"}, True),
    ({"recipient": "+2547220*"}, True),
    ({"recipient": "+254722000001"}, False),
    ({"recipient": "Hi Ada"}, False),
    ({"credential": "rk_*"}, True),
    ({"credential": "nobody"}, False),
    ({"from": "1s"}, False),
    ({"until": "1s"}, True),
    ({"until": "2026-01-01T00:00:00Z"}, False),
]


def test_a_scope_fits_or_does_not():
    async def scene() -> None:
        async with running() as server:
            for scope, touches in SCOPES:
                id = await server.fault(status=500, **scope)

                assert (await server.send()).status_code == (500 if touches else 202), scope
                await server.client.delete(f"/_emulator/faults/{id}")

    asyncio.run(scene())


def test_a_recipient_is_found_wherever_an_api_has_it():
    async def scene(server: Server) -> None:
        await server.fault(status=500, recipient="254733000333")

        assert (await server.bulk(phone="254711000111,0733000333")).status_code == 500
        assert (await server.bulk(phone=254733000333)).status_code == 500
        assert (await server.bulk()).status_code == 200

    play_once(scene)


def test_a_credential_is_known_by_its_id_its_name_and_itself():
    async def scene(server: Server) -> None:
        (token,) = server.key.values()
        credential = server.app.worlds.default.store.credentials_by_token.get(("raven", token))
        assert credential is not None
        for word in (token, credential.id, credential.name):
            await server.fault(status=500, credential=word, times=1)
            assert (await server.send()).status_code == 500, word
            assert (await server.send()).status_code == 202

    play_once(scene)


def test_the_first_n_every_nth_and_a_seeded_part():
    async def scene(server: Server) -> None:
        async def statuses(count: int, **fault: Any) -> list[int]:
            id = await server.fault(status=500, **fault)
            found = [(await server.send()).status_code for _ in range(count)]
            assert (await server.client.delete(f"/_emulator/faults/{id}")).status_code == 204
            return found

        assert await statuses(4, times=2) == [500, 500, 202, 202]
        assert await statuses(6, every=3) == [202, 202, 500, 202, 202, 500]
        assert await statuses(5, every=2, times=1) == [202, 500, 202, 202, 202]
        assert 20 < (await statuses(100, rate=0.3)).count(500) < 40

    play_once(scene)


def test_a_window_of_virtual_time():
    async def scene(server: Server) -> None:
        await server.fault(status=503, **{"from": "10s", "until": "2026-01-01T00:00:20Z"})

        found: list[int] = []
        for _ in range(4):
            found.append((await server.send()).status_code)
            await server.advance("9s")

        assert found == [202, 202, 503, 202]

    play_once(scene)


def test_of_several_faults_the_newest_touches_a_call():
    async def scene(server: Server) -> None:
        await server.fault(status=500)
        await server.fault(status=503, times=1)

        assert [(await server.send()).status_code for _ in range(2)] == [503, 500]

    play_once(scene)


def test_a_fault_of_one_world_is_seen_in_no_other():
    async def scene(server: Server) -> None:
        await server.client.post("/_emulator/worlds", json={"name": "one"})
        answer = await server.client.post("/w/one/_emulator/faults", json={"status": 500})
        assert answer.status_code == 201

        inside = await server.client.post("/w/one/raven/v1/messages", json=RAVEN, headers=server.key)

        assert inside.status_code == 500
        assert (await server.send()).status_code == 202

    play_once(scene)


def test_a_large_body_that_comes_in_pieces_meets_its_fault_too(play: Callable[[Scene], None]):
    async def scene(server: Server) -> None:
        await server.fault(reset="before-headers", times=1)

        with pytest.raises(httpx.TransportError):
            await server.send(body="x" * 200_000)
        await is_well(server, 0)

    play(scene)


def test_a_path_that_is_not_there_meets_a_fault_of_its_api():
    async def scene(server: Server) -> None:
        await server.fault(api="raven", status=502, times=1)

        assert (await server.client.get("/raven/nowhere")).status_code == 502
        assert (await server.client.get("/raven/nowhere")).status_code == 404

    play_once(scene)


def test_the_journal_says_which_fault_touched_what():
    async def scene(server: Server) -> None:
        await server.fault(reset="before-headers", times=1)
        await server.wire().read()

        notes = (await server.client.get("/_emulator/journal?kind=note")).json()["entries"]

        assert [each["note"]["text"] for each in notes] == ["f1 reset: POST /v1/messages"]

    play_once(scene)


def test_a_server_that_stops_lets_no_hanging_call_hold_it_up():
    async def scene() -> None:
        started = time.perf_counter()
        async with running() as server:
            await server.fault(hang=True)
            hanging = asyncio.create_task(server.wire().read())
            await server.client.get("/_emulator/journal?kind=note&wait=5s")  # it hangs
        read = await hanging

        # The drain of a server waits five seconds for its calls.
        assert (read.data, time.perf_counter() - started < 4) == (b"", True)

    asyncio.run(scene())


def test_in_the_same_process_a_broken_connection_is_an_exception():
    async def scene() -> None:
        app = create_app(Settings(pace="held"))
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://x") as client:
            apis = (await client.get("/_emulator/apis", headers={"host": "127.0.0.1"})).json()["apis"]
            key = next(each for each in apis if each["name"] == "raven")["accounts"][0]["headers"]
            for fault, error in (
                ({"ambiguous_commit": True}, ConnectionResetError),
                ({"reset": "in-body"}, ConnectionResetError),
                ({"hang": "10ms"}, TimeoutError),
                ({"hang": True}, TimeoutError),
                ({"truncate": True}, TimeoutError),
            ):
                entered = await client.post(
                    "/_emulator/faults", json={**fault, "times": 1}, headers={"host": "127.0.0.1"}
                )
                assert entered.status_code == 201, entered.text
                with pytest.raises(error):
                    await client.post("/raven/v1/messages", json=RAVEN, headers=key)
            assert (await client.post("/raven/v1/messages", json=RAVEN, headers=key)).status_code == 202

    asyncio.run(scene())
