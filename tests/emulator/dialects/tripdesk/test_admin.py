"""The admin surface: sends that wait for their outcome, top-ups, assigning, the audit log."""

import asyncio
import json
from datetime import timedelta
from typing import Any

import pytest

from emulator.app import App
from emulator.core import wallet
from emulator.dialects.tripdesk import DIALECT
from emulator.dialects.tripdesk.handlers import admin
from emulator.settings import Settings
from tests.emulator.dialects.tripdesk.conftest import MAIL, SEED
from tests.emulator.dialects.tripdesk.surfaces import SMS, Answer, Desk

SEND = "/api/admin/v1/messages/send"
TOP_UPS = "/api/admin/v1/wallet/top-ups"
KEY = {"Idempotency-Key": "7f3e2c1a-9b8d-4f6e-a2c1-b3d4e5f6a7b8"}


@pytest.fixture
def desk() -> Desk:
    return Desk()


@pytest.fixture
def maya(desk: Desk) -> str:
    return desk.token_of("maya")


def to(number: str) -> dict[str, str]:
    return {**SMS, "to": f"+120255501{number}"}


# Send and confirm


def test_the_answer_is_the_message_once_a_provider_has_taken_it(desk: Desk, maya: str):
    answer = desk.ask_and_wait("POST", SEND, SEED, token=maya)

    assert answer.status == 200
    assert answer.json["status"] == "sent"
    assert answer.json["provider_message_id"]
    assert answer.json == desk.message(answer.json["id"])
    assert desk.world.clock.now.microsecond > 0, "it took less than a second of the world's time"


def test_a_permanent_failure_ends_the_wait_as_well(desk: Desk, maya: str):
    answer = desk.ask_and_wait("POST", SEND, to("08"), token=maya)

    assert (answer.status, answer.json["status"], answer.json["retry_count"]) == (200, "failed", 0)
    assert answer.json["refund"]["amount"] == answer.json["cost_estimate"] == "0.020"
    assert answer.json["last_error"]["code"] == "invalid_recipient"


def test_a_bounce_comes_after_the_provider_took_the_mail_so_the_answer_is_sent(desk: Desk, maya: str):
    answer = desk.ask_and_wait("POST", SEND, {**MAIL, "to": "bounce@simulator.example"}, token=maya)

    assert (answer.status, answer.json["status"], answer.json["bounce"]) == (200, "sent", None)
    desk.advance(10)
    assert desk.message(answer.json["id"])["status"] == "bounced"


@pytest.mark.parametrize("number", ["06", "07"])
def test_a_message_that_is_still_on_its_way_after_ten_seconds_is_accepted(desk: Desk, maya: str, number: str):
    begun = desk.world.clock.now

    answer = desk.ask_and_wait("POST", SEND, to(number), token=maya, seconds=60)

    assert answer.status == 202
    assert (answer.json["status"], answer.json["provider_message_id"]) == ("sending", None)
    assert desk.world.clock.now - begun == timedelta(seconds=10)


@pytest.mark.parametrize("seconds", [0, 0.04])
def test_before_a_provider_was_called_the_message_is_queued(desk: Desk, maya: str, seconds: float):
    answer = desk.ask_and_wait("POST", SEND, SMS, token=maya, seconds=seconds)

    assert (answer.status, answer.json["status"], answer.json["cost"]) == (202, "queued", None)


def test_the_outcome_is_what_is_repeated(desk: Desk, maya: str):
    first = desk.ask_and_wait("POST", SEND, SMS, token=maya, headers=KEY)
    desk.advance(60)

    again = desk.ask("POST", SEND, SMS, token=maya, headers=KEY)

    assert (again.status, again.json) == (first.status, first.json)
    assert again.headers["idempotency-replayed"] == "true"
    assert "idempotency-replayed" not in first.headers
    assert len(desk.get("/api/v1/messages").json["data"]) == 1
    assert desk.get("/api/v1/account/balance").json["balance"] == "99.980"


def test_while_the_first_call_waits_its_key_is_in_progress(desk: Desk, maya: str):
    call, wait = desk.start("POST", SEND, SMS, token=maya, headers=KEY)

    refused = desk.ask("POST", SEND, SMS, token=maya, headers=KEY)
    other = desk.ask("POST", SEND, {**SMS, "text": "x"}, token=maya, headers=KEY)

    assert (refused.status, refused.code) == (409, "idempotency_in_progress")
    assert refused.headers["retry-after"] == "1"
    assert (other.status, other.code) == (409, "idempotency_key_reused")
    desk.advance(5)
    assert desk.end(call, wait).status == 200
    assert desk.ask("POST", SEND, SMS, token=maya, headers=KEY).status == 200


@pytest.mark.parametrize(
    ("changes", "status", "code"),
    [
        ({"channel": "fax"}, 422, "unknown_channel"),
        ({"to": "12"}, 422, "invalid_recipient"),
        ({"text": None}, 422, "invalid_field"),
        ({"to": ...}, 422, "missing_field"),
        ({"conversation_id": "cnv_nothing"}, 404, "resource_not_found"),
        ({"gateway_id": "gw_nothing"}, 403, "gateway_not_allowed"),
    ],
)
def test_a_send_is_refused_at_once_as_a_partners_is(
    desk: Desk, maya: str, changes: dict[str, Any], status: int, code: str
):
    body = {name: value for name, value in {**SMS, **changes}.items() if value is not ...}

    mine, theirs = desk.ask("POST", SEND, body, token=maya), desk.ask("POST", "/api/v1/messages", body)

    assert (mine.status, mine.code) == (theirs.status, theirs.code) == (status, code)


def test_an_empty_wallet_sends_nothing_and_a_top_up_lets_the_same_key_through(desk: Desk, maya: str):
    spend_all(desk)
    refused = desk.ask("POST", SEND, SMS, token=maya, headers=KEY)
    assert (refused.status, refused.code) == (402, "insufficient_balance")
    detail = refused.json["error"]["details"][0]
    assert (detail["required"], detail["available"]) == ("0.020", "0.000")

    assert desk.ask("POST", TOP_UPS, {"amount": "0.02"}, token=maya).status == 201

    assert desk.ask_and_wait("POST", SEND, SMS, token=maya, headers=KEY).status == 200


def spend_all(desk: Desk) -> None:
    wallet.set_balance(desk.world.store, desk.world.ids, desk.account.id, 0, at=desk.world.clock.now)


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", SEND),
        ("POST", TOP_UPS),
        ("GET", "/api/admin/v1/audit-log"),
        ("POST", "/api/admin/v1/conversations/x/assign"),
    ],
)
def test_the_admin_api_is_for_agents_only(desk: Desk, method: str, path: str):
    refused = desk.ask(method, path, {} if method == "POST" else None)
    assert (refused.status, refused.code) == (401, "invalid_api_key")

    refused = desk.ask(method, path, {} if method == "POST" else None, token=None)
    assert (refused.status, refused.code) == (401, "missing_credentials")


# The same over the server, where a wait is a wait


class Browser:
    """Asks the server, as the admin pages do: with a session cookie."""

    def __init__(self, app: App) -> None:
        self.app = app
        self.world = app.worlds.default
        self.token = Desk(world=self.world).token_of()

    async def send(self, body: Any = SMS, **headers: str) -> tuple[int, Any]:
        sent: list[Any] = []
        named = {"cookie": f"td_session={self.token}", "content-type": "application/json", **headers}

        async def receive() -> dict[str, Any]:
            return {"type": "http.request", "body": json.dumps(body).encode(), "more_body": False}

        async def send(message: Any) -> None:
            sent.append(message)

        path = f"/tripdesk{SEND}"
        scope = {
            "type": "http",
            "method": "POST",
            "scheme": "http",
            "path": path,
            "raw_path": path.encode(),
            "query_string": b"",
            "headers": [(name.encode(), value.encode()) for name, value in named.items()],
        }
        await self.app(scope, receive, send)
        return sent[0]["status"], json.loads(sent[1]["body"])

    async def advance(self, seconds: float) -> None:
        await self.app.worlds.keeper(self.world).advance(self.world.clock.now + timedelta(seconds=seconds))


def a_browser(monkeypatch: pytest.MonkeyPatch, pace: str = "held") -> Browser:
    monkeypatch.setattr("emulator.app.DIALECTS", (DIALECT,))
    return Browser(App(Settings(pace=pace)))


def test_where_time_stands_an_advance_from_elsewhere_ends_the_wait(monkeypatch: pytest.MonkeyPatch):
    async def main() -> None:
        browser = a_browser(monkeypatch)
        waiting = asyncio.create_task(browser.send())
        await asyncio.sleep(0)
        assert not waiting.done()

        await browser.advance(1)

        status, message = await waiting
        assert (status, message["status"]) == (200, "delivered")

    asyncio.run(main())


def test_where_time_stands_and_nobody_advances_it_the_answer_is_the_202(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(admin, "LONGEST_WAIT", timedelta(milliseconds=5))

    status, message = asyncio.run(a_browser(monkeypatch).send())

    assert (status, message["status"]) == (202, "queued")


def test_ten_seconds_of_the_worlds_time_end_the_wait(monkeypatch: pytest.MonkeyPatch):
    async def main() -> None:
        browser = a_browser(monkeypatch)
        waiting = asyncio.create_task(browser.send(to("06")))
        await asyncio.sleep(0)

        await browser.advance(9)
        await asyncio.sleep(0)
        assert not waiting.done()
        await browser.advance(1)

        status, message = await waiting
        assert (status, message["status"]) == (202, "sending")

    asyncio.run(main())


def test_in_another_pace_the_world_goes_on_by_itself(monkeypatch: pytest.MonkeyPatch):
    async def main() -> None:
        browser = a_browser(monkeypatch, pace="100")
        try:
            status, message = await browser.send()
            assert status == 200
            assert message["status"] in {"sent", "delivered"}
        finally:
            await browser.app.shutdown()

    asyncio.run(main())


# Wallet


@pytest.mark.parametrize(
    ("amount", "shown", "balance"),
    [
        ("25", "25.000", "125.000"),
        ("100.000", "100.000", "200.000"),
        ("0.01", "0.010", "100.010"),
        ("0.000001", "0.000001", "100.000001"),
        ("999999999999.999999", "999999999999.999999", "1000000000099.999999"),
    ],
)
def test_a_top_up_is_a_transaction(desk: Desk, maya: str, amount: str, shown: str, balance: str):
    answer = desk.ask("POST", TOP_UPS, {"amount": amount}, token=maya)

    assert answer.status == 201
    assert answer.json == {
        "id": answer.json["id"],
        "type": "topup",
        "amount": shown,
        "currency": "USD",
        "balance_after": balance,
        "message_id": None,
        "created_at": "2026-01-01T00:00:00Z",
    }
    assert desk.get("/api/v1/account/transactions").json["data"][0] == answer.json
    assert desk.get("/api/v1/account/balance").json["balance"] == balance


@pytest.mark.parametrize("amount", ["0", "0.000", "-1", "1e3", "1.0000001", "1,5", "", " 1", 25, None])
def test_what_is_no_amount_is_refused(desk: Desk, maya: str, amount: object):
    refused = desk.ask("POST", TOP_UPS, {"amount": amount}, token=maya)

    assert (refused.status, refused.code, refused.json["error"]["param"]) == (422, "invalid_field", "amount")
    assert desk.get("/api/v1/account/balance").json["balance"] == "100.000"


def test_a_top_up_needs_an_amount(desk: Desk, maya: str):
    refused = desk.ask("POST", TOP_UPS, {}, token=maya)

    assert (refused.status, refused.code, refused.json["error"]["param"]) == (422, "missing_field", "amount")


def test_a_repeated_top_up_is_made_once(desk: Desk, maya: str):
    first, again = (desk.ask("POST", TOP_UPS, {"amount": "5"}, token=maya, headers=KEY) for _ in range(2))

    assert first.json == again.json
    assert desk.get("/api/v1/account/balance").json["balance"] == "105.000"


def test_a_top_up_fills_its_own_environments_wallet_only(desk: Desk, maya: str):
    desk.ask("POST", TOP_UPS, {"amount": "5"}, token=maya)

    assert Desk("test", world=desk.world).get("/api/v1/account/balance").json["balance"] == "100.000"


# Conversations and audit


def test_assigning_is_what_the_partner_api_does_and_tells_who_did_it(desk: Desk, maya: str):
    desk.listen()
    id, sam = desk.fixture("conversation_id"), desk.agent_id("sam")
    path = f"/api/admin/v1/conversations/{id}/assign"

    first, again = (desk.ask("POST", path, {"agent_id": sam}, token=maya) for _ in range(2))

    assert (first.status, first.json["assigned_to"]) == (200, sam)
    assert first.json == again.json == desk.get(f"/api/v1/conversations/{id}").json
    (told,) = desk.deliveries()
    assert told.json["type"] == "conversation.assigned"
    assert told.json["data"]["assigned_by"] == desk.agent_id("maya")


@pytest.mark.parametrize(
    ("conversation", "agent"),
    [("cnv_nothing", "mine"), ("mine", "agt_nothing"), ("theirs", "mine"), ("mine", "theirs")],
)
def test_assigning_needs_a_conversation_and_an_agent_of_this_environment(
    desk: Desk, maya: str, conversation: str, agent: str
):
    sandbox = Desk("test", world=desk.world)
    conversations = {"mine": desk.fixture("conversation_id"), "theirs": sandbox.fixture("conversation_id")}
    agents = {"mine": desk.agent_id(), "theirs": sandbox.agent_id()}

    path = f"/api/admin/v1/conversations/{conversations.get(conversation, conversation)}/assign"
    refused = desk.ask("POST", path, {"agent_id": agents.get(agent, agent)}, token=maya)

    assert (refused.status, refused.code) == (404, "resource_not_found")


def test_the_audit_log_has_what_was_done_on_every_surface(desk: Desk, maya: str):
    sent = desk.send(key="one")
    desk.send(key="one")
    confirmed = desk.ask_and_wait("POST", SEND, SMS, token=maya, headers=KEY)
    desk.ask("POST", SEND, {}, token=maya)
    desk.ask("GET", "/api/admin/v1/audit-log", token=maya)

    entries = desk.ask("GET", "/api/admin/v1/audit-log", token=maya).json["data"]

    def told(entry: dict[str, Any]) -> tuple[Any, ...]:
        names = ("surface", "action", "status_code", "idempotency_key")
        return (*(entry[name] for name in names), entry["target"]["id"], entry.get("replayed", False))

    assert [told(entry) for entry in reversed(entries[:-1])] == [
        ("partner", "message.create", 202, "one", sent.json["id"], False),
        ("partner", "message.create", 202, "one", sent.json["id"], True),
        ("admin", "message.create", 200, KEY["Idempotency-Key"], confirmed.json["id"], False),
        ("admin", "message.create", 422, None, None, False),
    ]
    assert entries == desk.get("/api/v1/audit-log").json["data"]
    assert len({entry["id"] for entry in entries}) == len(entries)
    by_request = {entry["request_id"] for entry in entries}
    assert sent.headers["x-request-id"] in by_request


def test_the_audit_log_comes_in_pages(desk: Desk, maya: str):
    for _ in range(3):
        desk.ask("POST", TOP_UPS, {"amount": "1"}, token=maya)

    def page(query: str) -> Answer:
        return desk.ask("GET", f"/api/admin/v1/audit-log?{query}", token=maya)

    first = page("limit=2").json
    second = page(f"limit=2&cursor={first['next_cursor']}").json
    assert [len(each["data"]) for each in (first, second)] == [2, 2]
    assert second["next_cursor"] is None
    assert len({each["id"] for each in first["data"] + second["data"]}) == 4
    assert (page("cursor=x").status, page("cursor=x").code) == (400, "invalid_cursor")
    assert (page("limit=0").status, page("limit=0").code) == (422, "invalid_field")
