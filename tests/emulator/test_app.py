"""The whole emulator from outside: what a stranger would try first, and what must never happen."""

import asyncio
import json
import time
from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import pytest

from emulator.app import create_app
from emulator.server.connection import serving
from emulator.settings import Settings
from tests.receiver import has_valid_timestamped_signature, receiving

Scene = Callable[[httpx.AsyncClient], Awaitable[None]]

RAVEN_SMS = {"channel": "sms", "to": "+254722000000", "body": "Hi Ada, your order #AC-1042 is on its way."}
RAVEN_EMAIL = {
    "channel": "email",
    "to": "ada@acme.co.ke",
    "from": "orders@mail.acme.co.ke",
    "subject": "Your order #AC-1042 is on its way",
    "bodyHtml": '<p>Hi Ada, your order is on its way. Track it <a href="...">here</a>.</p>',
    "bodyText": "Hi Ada, your order is on its way.",
}


def play(scene: Scene, **settings: Any) -> None:
    """Serve an emulator on a free port, in this loop, and let the scene talk to it."""

    async def run() -> None:
        app = create_app(Settings(**{"pace": "held", **settings}))
        async with serving(app) as url, httpx.AsyncClient(base_url=url, timeout=30) as client:
            await scene(client)

    asyncio.run(run())


async def key(client: httpx.AsyncClient, api: str, prefix: str = "", account: int = 0) -> dict[str, str]:
    apis = (await client.get(f"{prefix}/_emulator/apis")).json()["apis"]
    return next(entry for entry in apis if entry["name"] == api)["accounts"][account]["headers"]


async def advance(client: httpx.AsyncClient, by: str, prefix: str = "") -> dict[str, Any]:
    answer = await client.post(f"{prefix}/_emulator/clock/advance", json={"by": by})
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_the_seeds_sms_example_answers_202_with_exactly_its_members():
    async def scene(client: httpx.AsyncClient) -> None:
        answer = await client.post("/raven/v1/messages", json=RAVEN_SMS, headers=await key(client, "raven"))

        assert answer.status_code == 202
        assert list(answer.json()) == ["id", "status", "channel", "to", "enqueuedAt"]
        assert answer.json()["status"] == "queued"
        assert answer.json()["enqueuedAt"] == "2026-01-01T00:00:00.000Z"

    play(scene)


def test_an_sms_is_sent_with_the_providers_id_and_cost_and_then_delivered():
    async def scene(client: httpx.AsyncClient) -> None:
        headers = await key(client, "raven")
        id = (await client.post("/raven/v1/messages", json=RAVEN_SMS, headers=headers)).json()["id"]

        await advance(client, "200ms")
        sent = (await client.get(f"/raven/v1/messages/{id}", headers=headers)).json()
        await advance(client, "10s")
        delivered = (await client.get(f"/raven/v1/messages/{id}", headers=headers)).json()

        assert sent["status"] == "sent"
        assert sent["providerMessageId"].startswith("ATXid_")
        assert (sent["costCurrency"], sent["costAmount"]) == ("KES", 0.8)
        assert delivered["status"] == "delivered"
        assert [e["eventType"] for e in delivered["events"]] == ["queued", "sending", "sent", "delivered"]
        timeline = (await client.get(f"/_emulator/messages/{id}")).json()
        assert "ATXid_" in json.dumps(timeline), "the provider's raw payload is in the timeline"

    play(scene)


def test_the_seeds_email_example_is_delivered_through_the_tenants_provider():
    async def scene(client: httpx.AsyncClient) -> None:
        headers = await key(client, "raven")
        answer = await client.post("/raven/v1/messages", json=RAVEN_EMAIL, headers=headers)
        await advance(client, "10s")
        message = (await client.get(f"/raven/v1/messages/{answer.json()['id']}", headers=headers)).json()

        assert answer.status_code == 202
        assert (message["status"], message["provider"]) == ("delivered", "postmark")

    play(scene)


def test_the_seeds_bulk_examples_answer_in_their_own_forms():
    async def scene(client: httpx.AsyncClient) -> None:
        url, headers = "/cloudrebue/api/v1/send-sms", {"Authorization": "Bearer 123456789"}
        one = {"sender": "CLOUD_REBUE", "message": "Test API", "phone": "254711000111", "correlator": 1}

        single = (await client.post(url, json=one, headers=headers)).json()
        multi = (await client.post(url, json={**one, "phone": "254711000111,254711000112"}, headers=headers)).json()
        batch = (
            await client.post(url, json=[one, {**one, "sender": "BizTxt", "correlator": 2}], headers=headers)
        ).json()

        full = "correlator uniqueId client_id phone operator sms_units short_code message link_id end_point batch_id created_at"
        assert [list(element["data"]) for element in (*single, *multi)] == [full.split(), full.split()]
        assert single[0]["data"]["correlator"] == "1"
        assert multi[0]["data"]["phone"] == "254711000111,254711000112"
        assert [list(e["data"]) for e in batch] == [["correlator", "uniqueId", "phone", "sms_units"]] * 2
        assert [e["data"]["correlator"] for e in batch] == [1, 2]

    play(scene)


def test_a_provider_that_never_answers_ends_failed_after_the_documented_attempts():
    async def scene(client: httpx.AsyncClient) -> None:
        headers = await key(client, "raven")
        body = {**RAVEN_SMS, "to": "+12025550106"}
        id = (await client.post("/raven/v1/messages", json=body, headers=headers)).json()["id"]
        await advance(client, "5m")
        message = (await client.get(f"/raven/v1/messages/{id}", headers=headers)).json()

        assert (message["status"], message["failureReason"]) == ("failed", "Provider timeout")
        assert [e["eventType"] for e in message["events"]] == [
            "queued",
            "sending",
            "retry_scheduled",
            "retry_scheduled",
            "failed",
        ]

    play(scene)


def test_two_hundred_simultaneous_posts_with_one_key_make_one_message_and_one_receipt():
    async def scene(client: httpx.AsyncClient) -> None:
        headers = await key(client, "raven")
        body = {**RAVEN_SMS, "idempotency_key": "order-AC-1042"}

        answers = await asyncio.gather(
            *(client.post("/raven/v1/messages", json=body, headers=headers) for _ in range(200))
        )
        await advance(client, "10s")

        assert {answer.content for answer in answers} == {answers[0].content}
        assert {answer.status_code for answer in answers} == {202}
        listed = (await client.get("/_emulator/messages?api=raven")).json()["messages"]
        assert [m["recipients"][0]["status"] for m in listed] == ["delivered"]
        other = await client.post("/raven/v1/messages", json={**body, "body": "other"}, headers=headers)
        assert other.status_code == 409

    play(scene)


def test_an_idempotency_key_expires_on_the_virtual_clock():
    async def scene(client: httpx.AsyncClient) -> None:
        headers = await key(client, "raven")
        body = {**RAVEN_SMS, "idempotency_key": "k"}
        first = await client.post("/raven/v1/messages", json=body, headers=headers)
        await advance(client, "23h")
        same = await client.post("/raven/v1/messages", json=body, headers=headers)
        await advance(client, "2h")
        fresh = await client.post("/raven/v1/messages", json=body, headers=headers)

        assert same.content == first.content
        assert fresh.json()["id"] != first.json()["id"]

    play(scene)


async def with_webhooks(client: httpx.AsyncClient, url: str, secret: str, prefix: str = "") -> None:
    apis = (await client.get(f"{prefix}/_emulator/apis")).json()["apis"]
    account = next(entry for entry in apis if entry["name"] == "raven")["accounts"][0]
    change = {"settings": {"outbound_webhooks": True}, "webhooks": [{"url": url, "secret": secret}]}
    answer = await client.patch(f"{prefix}/_emulator/accounts/{account['id']}", json=change)
    assert answer.status_code == 200, answer.text


def test_a_sink_that_answers_500_500_200_sees_three_signed_attempts_at_the_scheduled_moments():
    async def scene(client: httpx.AsyncClient) -> None:
        secret = "whsec_abcdefghijklmnopqrstuvwxyz012345"
        async with receiving(500, 500, 200) as sink:
            await with_webhooks(client, sink.url, secret)
            body = {**RAVEN_SMS, "to": "+12025550115"}  # silent: sent is all that happens
            await client.post("/raven/v1/messages", json=body, headers=await key(client, "raven"))
            await advance(client, "72h")

            stamps = [int(r.headers["x-raven-signature"].split(",")[0][2:]) for r in sink.received]
            assert len(sink.received) == 3
            assert [later - stamps[0] for later in stamps] == [0, 30, 150]
            assert all(has_valid_timestamped_signature(r, "x-raven-signature", secret) for r in sink.received)
            assert len({r.headers["x-raven-delivery"] for r in sink.received}) == 1
            assert {r.json["type"] for r in sink.received} == {"message.sent"}

    play(scene)


def test_receipts_of_a_bulk_message_reach_its_own_endpoint():
    async def scene(client: httpx.AsyncClient) -> None:
        async with receiving() as sink:
            body = {"sender": "BizTxt", "message": "Hi", "phone": "0711000111", "correlator": 7, "endpoint": sink.url}
            headers = {"Authorization": "Bearer 123456789"}
            sent = (await client.post("/cloudrebue/api/v1/send-sms", json=body, headers=headers)).json()
            await advance(client, "5s")

            (receipt,) = sink.received
            assert list(receipt.json) == ["phone", "correlator", "uniqueId", "deliveryStatus", "deliveryTime"]
            assert receipt.json["deliveryStatus"] == "DeliveredToTerminal"
            assert receipt.json["uniqueId"] == sent[0]["data"]["uniqueId"]
            assert receipt.json["correlator"] == 7

    play(scene)


def test_the_same_seed_and_calls_give_byte_identical_journals():
    journals: list[bytes] = []

    def scene_with(base: str) -> Scene:
        async def scene(client: httpx.AsyncClient) -> None:
            async with receiving(500, 200) as sink:
                # The receiver's port differs from run to run, so it is named by the client's side only.
                client.headers["host"] = "emulator.test"
                headers = await key(client, "raven")
                for number in range(17):
                    await client.post(
                        "/raven/v1/messages", json={**RAVEN_SMS, "to": f"+120255501{number:02d}"}, headers=headers
                    )
                assert sink.received == []
                await advance(client, base)
                journals.append((await client.get("/_emulator/journal?limit=500")).content)

        return scene

    for _ in range(2):
        play(scene_with("72h"), allowed_hosts=("emulator.test",))

    assert journals[0] == journals[1]
    assert journals[0].count(b'"kind"') > 50


def test_two_worlds_with_the_same_calls_do_not_see_one_another():
    async def scene(client: httpx.AsyncClient) -> None:
        for name in ("one", "two"):
            assert (await client.post("/_emulator/worlds", json={"name": name})).status_code == 201
            headers = await key(client, "raven", f"/w/{name}")
            # The credential alone selects the world.
            sent = await client.post("/raven/v1/messages", json=RAVEN_SMS, headers=headers)
            assert sent.status_code == 202
        await advance(client, "10s", "/w/one")

        one = (await client.get("/w/one/_emulator/messages")).json()["messages"]
        two = (await client.get("/w/two/_emulator/messages")).json()["messages"]
        before = (await client.get("/w/two/_emulator/journal")).content
        await client.post("/w/one/_emulator/reset")
        after = (await client.get("/w/two/_emulator/journal")).content

        assert [m["recipients"][0]["status"] for m in one] == ["delivered"]
        assert [m["recipients"][0]["status"] for m in two] == ["queued"]
        assert one[0]["id"] == two[0]["id"], "same seed, same calls, same ids"
        assert before == after
        assert (await client.get("/w/one/_emulator/messages")).json()["messages"] == []
        assert (await client.get("/_emulator/messages")).json()["messages"] == []

    play(scene)


def test_another_worlds_key_is_refused_behind_a_worlds_prefix():
    async def scene(client: httpx.AsyncClient) -> None:
        for name in ("one", "two"):
            await client.post("/_emulator/worlds", json={"name": name})
        own, other = await key(client, "raven", "/w/one"), await key(client, "raven", "/w/two")
        well_known = await key(client, "raven")

        statuses = [
            (await client.post("/w/one/raven/v1/messages", json=RAVEN_SMS, headers=headers)).status_code
            for headers in (own, other, well_known)
        ]

        assert statuses == [202, 401, 202]

    play(scene)


def test_addresses_in_answers_lead_back():
    async def scene(client: httpx.AsyncClient) -> None:
        await client.post("/_emulator/worlds", json={"name": "one"})
        headers = await key(client, "raven", "/w/one")

        inside = await client.post("/w/one/raven/v1/messages", json=RAVEN_SMS, headers=headers)
        found = await client.get(inside.headers["location"], headers=headers)
        by_host = await client.post(
            "/v1/messages",
            json=RAVEN_SMS,
            headers={**await key(client, "raven"), "Host": "api-raven-cloud.autotribes.app"},
        )

        assert found.status_code == 200
        assert by_host.status_code == 202
        assert by_host.headers["location"].startswith("/v1/messages/")

    play(scene)


def test_one_api_alone_is_served_at_the_root():
    async def scene(client: httpx.AsyncClient) -> None:
        answer = await client.post("/v1/messages", json=RAVEN_SMS, headers=await key(client, "raven"))

        assert answer.status_code == 202

    play(scene, only="raven")


def test_in_a_running_pace_messages_are_delivered_by_themselves():
    async def scene(client: httpx.AsyncClient) -> None:
        await client.post("/raven/v1/messages", json=RAVEN_SMS, headers=await key(client, "raven"))
        for _ in range(200):
            listed = (await client.get("/_emulator/messages")).json()["messages"]
            if listed[0]["recipients"][0]["status"] == "delivered":
                return
            await asyncio.sleep(0.01)
        pytest.fail(f"not delivered: {listed}")

    play(scene, pace="1000")


@pytest.mark.parametrize("mount", ["raven", "cloudrebue"])
@pytest.mark.parametrize(
    ("kind", "raw"),
    [
        ("a NUL in the path", b"GET /%s/v1/\x00 HTTP/1.1\r\nHost: x\r\n\r\n"),
        ("not HTTP", b"\x16\x03\x01\x02\x00 /%s/ \r\n\r\n"),
        (
            "two content lengths",
            b"POST /%s/v1/messages HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n{}",
        ),
        ("a negative content length", b"POST /%s/v1/messages HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n"),
        (
            "a huge content length",
            b"POST /%s/v1/messages HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999999999999\r\n\r\n",
        ),
        ("a bad chunk", b"POST /%s/v1/messages HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nZZ\r\n"),
        ("an unknown method", b"BREW /%s/v1/messages HTTP/1.1\r\nHost: x\r\n\r\n"),
    ],
)
def test_bytes_that_are_no_good_request_are_answered_in_the_apis_envelope(mount: str, kind: str, raw: bytes):
    async def run() -> None:
        app = create_app(Settings(pace="held"))
        async with serving(app, invalid_request=app.refuse_invalid) as url:
            reader, writer = await asyncio.open_connection("127.0.0.1", int(url.rpartition(":")[2]))
            writer.write(raw.replace(b"%s", mount.encode()))
            head = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 5)
            length = int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
            body = json.loads(await reader.readexactly(length))
            writer.close()

            assert 400 <= int(head[9:12]) < 500, (kind, head)
            assert "message" in body

    asyncio.run(run())


def test_a_body_of_10_mb_is_refused_and_the_next_call_works():
    async def scene(client: httpx.AsyncClient) -> None:
        headers = await key(client, "raven")

        for url in ("/raven/v1/messages", "/cloudrebue/api/v1/send-sms"):
            token = headers if "raven" in url else {"Authorization": "Bearer 123456789"}
            refused = await client.post(
                url, content=b"[" + b"1," * 5_000_000 + b"1]", headers={**token, "Content-Type": "application/json"}
            )
            assert refused.status_code == 413, refused.text[:200]
            assert "message" in refused.json()

        assert (await client.post("/raven/v1/messages", json=RAVEN_SMS, headers=headers)).status_code == 202

    play(scene)


def test_advancing_over_a_full_ladder_is_quick_in_real_time():
    async def scene(client: httpx.AsyncClient) -> None:
        async with receiving(500) as sink:
            await with_webhooks(client, sink.url, "whsec_x")
            await client.post("/raven/v1/messages", json=RAVEN_SMS, headers=await key(client, "raven"))
            started = time.perf_counter()

            done = await advance(client, "72h")

            # A bound against waiting in real time (the ladder is seven hours), not a measure of speed.
            assert time.perf_counter() - started < 60
            assert done["attempts_made"] == 12  # sent and delivered, six each

    play(scene)
