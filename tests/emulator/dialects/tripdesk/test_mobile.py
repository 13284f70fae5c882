"""What a mobile client for agents gets: sign-in, devices, polling, sending."""

import json
from typing import Any

import pytest
from msgspec.structs import replace

from emulator.control.rendering import message_in_full
from emulator.core.records import Channel
from emulator.dialects.tripdesk import DIALECT, tokens
from tests.emulator.dialects.tripdesk.surfaces import SMS, Answer, Desk, a_world

DEVICE = {"token": "fGx1c2VkLWJ5LWZjbQ:APA91bH4example", "platform": "android", "device_id": "pixel-9-maya"}
DEVICES = "/api/mobile/v1/push-tokens"
TOKEN = "/api/mobile/v1/auth/token"
REFRESH = "/api/mobile/v1/auth/refresh"
POLL = "/api/mobile/v1/conversations"


@pytest.fixture
def desk() -> Desk:
    return Desk()


@pytest.fixture
def maya(desk: Desk) -> str:
    return desk.token_of("maya")


def refresh(desk: Desk, token: str, **more: Any) -> Answer:
    return desk.ask("POST", REFRESH, {"refresh_token": token}, token=None, **more)


def balance(desk: Desk, token: str) -> Answer:
    return desk.ask("GET", "/api/v1/account/balance", token=token)


def assign(desk: Desk, agent: str | None = None) -> str:
    """Give the fixture's conversation to an agent."""
    id = desk.fixture("conversation_id")
    agent_id = agent or desk.agent_id("maya")
    assert desk.ask("POST", f"/api/v1/conversations/{id}/assign", {"agent_id": agent_id}).status == 200
    return id


# Signing in


def test_an_agent_gets_an_access_token_for_an_hour_and_a_refresh_token(desk: Desk):
    answer = desk.sign_in()

    assert answer.status == 200
    assert list(answer.json) == ["access_token", "token_type", "expires_in", "refresh_token", "agent"]
    assert (answer.json["token_type"], answer.json["expires_in"]) == ("Bearer", 3600)
    assert (answer.json["agent"]["name"], answer.json["agent"]["email"]) == ("Maya Otieno", "maya@acme.example")
    desk.advance(3599)
    assert balance(desk, answer.json["access_token"]).status == 200
    desk.advance(1)
    refused = balance(desk, answer.json["access_token"])
    assert (refused.status, refused.code) == (401, "expired_token")
    assert refused.headers["www-authenticate"] == "Bearer"


@pytest.mark.parametrize(
    "wrong", [{"email": "nobody@acme.example"}, {"password": "x"}, {"tenant": "kilima"}, {"email": "sam@acme.example "}]
)
def test_e_mail_password_and_tenant_must_belong_together(desk: Desk, wrong: dict[str, str]):
    refused = desk.sign_in(**wrong)

    assert (refused.status, refused.code) == (401, "invalid_credentials")
    assert refused.headers["www-authenticate"] == "Bearer"


def test_an_e_mail_address_may_be_written_in_capitals(desk: Desk):
    assert desk.sign_in(email="Maya@ACME.example").status == 200


def test_the_fields_are_checked_before_the_credentials(desk: Desk):
    refused = desk.ask("POST", TOKEN, {"email": "maya@acme.example"}, token=None)

    assert (refused.status, refused.code) == (422, "missing_field")
    assert [each["param"] for each in refused.json["error"]["details"]] == ["password", "device_id", "tenant"]


def test_the_password_decides_the_environment():
    world = a_world()
    live, test = Desk("live", world=world), Desk("test", world=world)

    for desk, other in ((live, test), (test, live)):
        token = desk.token_of()
        mine, theirs = desk.fixture("conversation_id"), other.fixture("conversation_id")
        assert desk.ask("GET", f"/api/v1/conversations/{mine}", token=token).status == 200
        assert desk.ask("GET", f"/api/v1/conversations/{theirs}", token=token).code == "resource_not_found"


def test_a_suspended_tenants_agents_are_kept_out(desk: Desk, maya: str):
    old = desk.sign_in().json["refresh_token"]
    desk.change_account(status="suspended")

    for refused in (desk.sign_in(), refresh(desk, old), desk.ask("GET", POLL, token=maya)):
        assert (refused.status, refused.code) == (403, "tenant_suspended")
    desk.change_account(status="active")
    assert refresh(desk, old).status == 200, "a refusal does not use a token up"


def test_the_authorization_header_is_not_read_when_signing_in(desk: Desk):
    answer = desk.ask(
        "POST", TOKEN, {"email": "x", "password": "x", "device_id": "x", "tenant": "x"}, token="ak_live_x"
    )

    assert answer.code == "invalid_credentials"


def test_signing_in_twice_with_one_key_gives_the_same_tokens(desk: Desk):
    agent = next(tokens.agents_of(desk.world, desk.account))
    body = {"email": agent.email, "password": agent.password, "device_id": "d", "tenant": "acme"}
    key = {"Idempotency-Key": "one"}

    first = desk.ask("POST", TOKEN, body, token=None, headers=key)
    again = desk.ask("POST", TOKEN, body, token=None, headers=key)
    other = desk.ask("POST", TOKEN, {**body, "device_id": "e"}, token=None, headers=key)

    assert again.json == first.json
    assert again.headers["idempotency-replayed"] == "true"
    assert (other.status, other.code) == (409, "idempotency_key_reused")


def test_a_refused_sign_in_is_not_remembered(desk: Desk):
    agent = next(tokens.agents_of(desk.world, desk.account))
    body = {"email": agent.email, "password": "changed", "device_id": "d", "tenant": "acme"}
    assert desk.ask("POST", TOKEN, body, token=None, headers={"Idempotency-Key": "one"}).status == 401

    desk.world.store.users.put(replace(agent, password="changed"))

    assert desk.ask("POST", TOKEN, body, token=None, headers={"Idempotency-Key": "one"}).status == 200


def test_nothing_is_counted_before_an_agent_is_known():
    desk = Desk(rate_limits="on")

    answers = [desk.sign_in(password="wrong") for _ in range(25)]

    assert {answer.status for answer in answers} == {401}
    assert {answer.headers["x-ratelimit-remaining"] for answer in answers} == {"20"}


def test_a_refresh_token_is_used_once_and_takes_its_access_token_along(desk: Desk):
    first = desk.sign_in().json

    second = refresh(desk, first["refresh_token"])

    assert second.status == 200
    assert second.json["agent"] == first["agent"]
    assert second.json["access_token"] != first["access_token"]
    assert balance(desk, second.json["access_token"]).status == 200
    assert balance(desk, first["access_token"]).code == "expired_token"
    refused = refresh(desk, first["refresh_token"])
    assert (refused.status, refused.code) == (401, "expired_token")
    assert refresh(desk, second.json["refresh_token"]).status == 200


def test_a_refresh_token_outlives_its_access_token(desk: Desk):
    old = desk.sign_in().json["refresh_token"]
    desk.advance(30 * 24 * 3600)

    assert refresh(desk, old).status == 200


def test_a_refresh_repeated_with_its_key_gives_the_same_tokens(desk: Desk):
    old = desk.sign_in().json["refresh_token"]

    first, again = (refresh(desk, old, headers={"idempotency_key": "one"}) for _ in range(2))

    assert first.json == again.json
    assert balance(desk, again.json["access_token"]).status == 200


@pytest.mark.parametrize("kind", ["access_token", "key", "nothing"])
def test_only_a_refresh_token_refreshes(desk: Desk, kind: str):
    session = desk.sign_in().json

    refused = refresh(desk, {**session, "key": desk.key}.get(kind, "mrt_nothing"))

    assert (refused.status, refused.code) == (401, "expired_token")


def test_a_standing_token_outlives_signing_out_and_is_still_listed(desk: Desk):
    listed = next(card for card in DIALECT.describe(desk.world) if card.id == desk.account.id).credentials["agentToken"]
    token = listed["Authorization"].removeprefix("Bearer ")

    assert [desk.ask("DELETE", TOKEN, token=token).status for _ in range(2)] == [204, 204]

    desk.advance(48 * 3600)
    assert balance(desk, token).status == 200
    cards = DIALECT.describe(desk.world)
    assert next(card for card in cards if card.id == desk.account.id).credentials["agentToken"] == listed


def test_signing_out_ends_both_tokens_of_the_session_and_no_other(desk: Desk, maya: str):
    session = desk.sign_in().json

    answer = desk.ask("DELETE", TOKEN, token=session["access_token"])

    assert (answer.status, answer.body) == (204, b"")
    assert balance(desk, session["access_token"]).code == "expired_token"
    assert refresh(desk, session["refresh_token"]).code == "expired_token"
    assert balance(desk, maya).status == 200


def test_a_session_cookie_is_an_access_token_where_no_authorization_is_sent(desk: Desk, maya: str):
    cookie = {"Cookie": f"theme=dark; td_session={maya}"}

    assert desk.ask("GET", "/api/v1/conversations", token=None, headers=cookie).status == 200
    assert desk.ask("GET", "/api/admin/v1/audit-log", token=None, headers=cookie).status == 200
    assert desk.ask("GET", "/api/v1/conversations", token="ak_live_x", headers=cookie).code == "invalid_api_key"
    refused = desk.ask("GET", POLL, token=None, headers=cookie)
    assert (refused.status, refused.code) == (401, "missing_credentials"), "the mobile API takes no cookie"


def test_the_mobile_api_takes_no_partner_key(desk: Desk):
    for method, path, body in (
        ("DELETE", TOKEN, None),
        ("POST", DEVICES, DEVICE),
        ("DELETE", f"{DEVICES}/dev_x", None),
        ("GET", POLL, None),
        ("GET", f"{POLL}/cnv_x/messages", None),
        ("POST", f"{POLL}/cnv_x/messages", {"text": "x"}),
    ):
        refused = desk.ask(method, path, body)
        assert (refused.status, refused.code) == (401, "invalid_api_key"), path


def test_a_fresh_session_can_be_asked_for_by_id_or_address(desk: Desk):
    assert DIALECT.sign_in is not None
    for user in (None, "sam@acme.example", desk.agent_id("sam")):
        headers, expires_at = DIALECT.sign_in(desk.world, desk.account, user)
        assert desk.ask("GET", POLL, token=None, headers=headers).status == 200
        assert expires_at == desk.world.clock.now + tokens.ACCESS_LENGTH


# Devices and notifications


def test_a_device_is_registered_and_then_gets_a_new_token(desk: Desk, maya: str):
    first = desk.ask("POST", DEVICES, {**DEVICE, "app_version": "1.4.0"}, token=maya)
    desk.advance(60)
    again = desk.ask("POST", DEVICES, {**DEVICE, "token": "new", "platform": "ios"}, token=maya)

    assert (first.status, again.status) == (201, 200)
    assert first.json == {
        "id": first.json["id"],
        "platform": "android",
        "device_id": "pixel-9-maya",
        "created_at": "2026-01-01T00:00:00Z",
    }
    assert again.json == {**first.json, "platform": "ios"}
    assert desk.world.store.resources[first.json["id"]].content["token"] == "new"


def test_one_device_can_be_registered_by_two_agents(desk: Desk, maya: str):
    sam = desk.token_of("sam")

    ids = {desk.ask("POST", DEVICES, DEVICE, token=token).json["id"] for token in (maya, sam)}

    assert len(ids) == 2


def test_a_device_is_removed_by_its_agent_only(desk: Desk, maya: str):
    id = desk.ask("POST", DEVICES, DEVICE, token=maya).json["id"]
    sam, sandbox = desk.token_of("sam"), Desk("test", world=desk.world).token_of("maya")

    for stranger in (sam, sandbox):
        assert desk.ask("DELETE", f"{DEVICES}/{id}", token=stranger).code == "resource_not_found"
    removed = desk.ask("DELETE", f"{DEVICES}/{id}", token=maya)
    assert (removed.status, removed.body) == (204, b"")
    assert desk.ask("DELETE", f"{DEVICES}/{id}", token=maya).code == "resource_not_found"
    assert desk.ask("DELETE", f"{DEVICES}/{DEVICE['device_id']}", token=maya).status == 404
    assert desk.ask("POST", DEVICES, DEVICE, token=maya).status == 201


@pytest.mark.parametrize("field", ["token", "platform", "device_id"])
def test_a_device_needs_these_fields(desk: Desk, maya: str, field: str):
    body = {name: value for name, value in DEVICE.items() if name != field}

    refused = desk.ask("POST", DEVICES, body, token=maya)

    assert (refused.status, refused.code) == (422, "missing_field")
    assert refused.json["error"]["param"] == field


def test_a_platform_is_android_or_ios(desk: Desk, maya: str):
    refused = desk.ask("POST", DEVICES, {**DEVICE, "platform": "windows"}, token=maya)

    assert (refused.status, refused.code, refused.json["error"]["param"]) == (422, "invalid_field", "platform")


def test_a_persons_message_is_recorded_for_each_device_of_the_conversations_agent(desk: Desk, maya: str):
    for device, token in (("phone", "fcm-1"), ("tablet", "fcm-2")):
        desk.ask("POST", DEVICES, {**DEVICE, "device_id": device, "token": token}, token=maya)
    desk.ask("POST", DEVICES, {**DEVICE, "token": "fcm-sam"}, token=desk.token_of("sam"))
    conversation = assign(desk)

    message = desk.says("Thank you!", "+15557654321")

    sent = desk.notifications()
    assert [desk.recipient(each.id).address for each in sent] == ["fcm-1", "fcm-2"]
    assert {each.channel for each in sent} == {Channel.PUSH}
    assert sent[0].content.rich == {
        "message": {
            "token": "fcm-1",
            "notification": {"title": "Rupa Sen", "body": "Thank you!"},
            "data": {"conversation_id": conversation, "message_id": message, "channel": "whatsapp"},
        }
    }


def test_nobody_is_notified_of_a_conversation_that_nobody_has(desk: Desk, maya: str):
    desk.ask("POST", DEVICES, DEVICE, token=maya)

    desk.says("Hello", "+15557654321")
    desk.says("Hello", "+15550009999")

    assert desk.notifications() == []


def test_a_removed_device_is_not_notified(desk: Desk, maya: str):
    id = desk.ask("POST", DEVICES, DEVICE, token=maya).json["id"]
    assign(desk)
    desk.ask("DELETE", f"{DEVICES}/{id}", token=maya)

    desk.says("Hello", "+15557654321")

    assert desk.notifications() == []


def test_what_the_tenant_sends_notifies_nobody(desk: Desk, maya: str):
    desk.ask("POST", DEVICES, DEVICE, token=maya)
    conversation = assign(desk)

    desk.says("Hello", "+15557654321")
    before = len(desk.notifications())
    assert desk.ask("POST", f"{POLL}/{conversation}/messages", {"text": "Hi"}, token=maya).status == 202
    desk.advance(60)

    assert before == len(desk.notifications()) == 1


def test_a_notification_stands_in_the_worlds_inbox_and_nowhere_in_the_api(desk: Desk, maya: str):
    desk.listen()
    desk.ask("POST", DEVICES, DEVICE, token=maya)
    assign(desk)
    desk.deliveries()

    desk.says("Thank you!", "+15557654321")

    (notification,) = desk.notifications()
    shown: Any = message_in_full(desk.world, notification)
    assert (shown["channel"], shown["environment"], shown["content"]["text"]) == ("push", "live", "Thank you!")
    assert [(each["address"], each["status"]) for each in shown["recipients"]] == [(DEVICE["token"], "sent")]
    assert shown["handed_to"] == "fcm"
    assert json.loads(shown["timeline"][1]["raw"]["body"])["name"].startswith("projects/")
    assert desk.ask("GET", f"/api/v1/messages/{notification.id}").status == 404
    listed = desk.ask("GET", "/api/v1/messages").json["data"]
    assert [each["direction"] for each in listed] == ["inbound"]
    assert desk.ask("GET", "/api/v1/account/balance").json["balance"] == "100.000"
    assert desk.deliveries() == []


# Polling


def poll(desk: Desk, token: str, since: str | None = None, etag: str | None = None) -> Answer:
    path = POLL if since is None else f"{POLL}?since={since}"
    return desk.ask("GET", path, token=token, headers={} if etag is None else {"If-None-Match": etag})


def test_the_first_poll_gives_everything_and_the_next_what_changed(desk: Desk, maya: str):
    everything = poll(desk, maya)
    known = desk.fixture("conversation_id")
    assert [each["id"] for each in everything.json["data"]] == [known]
    assert everything.json["poll_after"] == 5
    cursor = everything.json["cursor"]
    assert poll(desk, maya, cursor).json == {"data": [], "cursor": cursor, "poll_after": 5}

    desk.says("Hello", "+15550009999")
    desk.says("Hello", "+15557654321")

    news = poll(desk, maya, cursor)
    assert [each["unread_count"] for each in news.json["data"]] == [1, 1]
    assert news.json["data"][0]["id"] == known, "the latest change comes first"
    assert poll(desk, maya, news.json["cursor"]).json["data"] == []
    assert len(poll(desk, maya).json["data"]) == 2


def test_what_changes_at_one_instant_is_told_once(desk: Desk, maya: str):
    cursor = poll(desk, maya).json["cursor"]
    seen: list[list[str]] = []
    for person in ("+15550000001", "+15550000002", "+15550000001"):
        desk.says("Hello", person)
        news = poll(desk, maya, cursor)
        cursor = news.json["cursor"]
        seen.append([each["id"] for each in news.json["data"]])

    assert [len(each) for each in seen] == [1, 1, 1]
    assert seen[0] == seen[2] != seen[1]


@pytest.mark.parametrize("change", ["send", "assign", "close"])
def test_every_change_of_a_conversation_is_told(desk: Desk, maya: str, change: str):
    id = desk.fixture("conversation_id")
    desk.says("Hello", "+15557654321")
    cursor = poll(desk, maya).json["cursor"]
    path = f"/api/v1/conversations/{id}"

    if change == "send":
        desk.ask("POST", f"{path}/messages", {"text": "Hi"})
    elif change == "assign":
        desk.ask("POST", f"{path}/assign", {"agent_id": desk.agent_id()})
    else:
        desk.ask("POST", f"{path}/close")

    news = poll(desk, maya, cursor).json["data"]
    assert [each["id"] for each in news] == [id]
    assert news[0] == desk.ask("GET", path).json


def test_an_answer_that_is_known_is_not_given_again(desk: Desk, maya: str):
    first = poll(desk, maya)
    cursor, etag = first.json["cursor"], first.headers["etag"]

    for known in (etag, f'W/{etag}, "x"', f'"x",{etag}'):
        for since in (None, cursor):
            same = poll(desk, maya, since, known)
            assert (same.status, same.body, same.headers["etag"]) == (304, b"", etag)
    assert poll(desk, maya, cursor, "*").status == 200
    assert poll(desk, maya, cursor, etag.strip('"')).status == 200

    desk.says("Hello", "+15557654321")
    news = poll(desk, maya, cursor, etag)
    assert (news.status, len(news.json["data"])) == (200, 1)
    assert news.headers["etag"] != etag
    assert poll(desk, maya, news.json["cursor"], news.headers["etag"]).status == 304


@pytest.mark.parametrize(
    "cursor", ["x", "%00", "Y29udmVyc2F0aW9uczoy", "Y29udmVyc2F0aW9uczotMQ", "Y29udmVyc2F0aW9uczowMQ"]
)
def test_a_cursor_that_no_answer_has_given_is_refused(desk: Desk, maya: str, cursor: str):
    refused = poll(desk, maya, cursor)

    assert (refused.status, refused.code, refused.error["param"]) == (400, "invalid_cursor", "since")


def test_the_other_environments_conversations_are_not_told(desk: Desk, maya: str):
    sandbox = Desk("test", world=desk.world)
    cursor = poll(desk, maya).json["cursor"]

    sandbox.says("Hello", "+15550009999")

    assert poll(desk, maya, cursor).json["data"] == []
    assert len(poll(sandbox, sandbox.token_of()).json["data"]) == 2


# Reading and sending


def test_an_agent_reads_and_continues_a_conversation(desk: Desk, maya: str):
    id = desk.fixture("conversation_id")
    desk.says("Where is gate 4?", "+15557654321")

    sent = desk.ask("POST", f"{POLL}/{id}/messages", {"text": "On your left."}, token=maya)

    assert (sent.status, list(sent.json)) == (202, ["id", "status", "channel", "cost_estimate", "created_at"])
    assert (sent.json["channel"], sent.json["cost_estimate"]) == ("whatsapp", "0.005")
    history = desk.ask("GET", f"{POLL}/{id}/messages", token=maya)
    assert [each["text"] for each in history.json["data"]] == ["Where is gate 4?", "On your left."]
    assert history.json == desk.ask("GET", f"/api/v1/conversations/{id}/messages").json
    newer = desk.ask("GET", f"{POLL}/{id}/messages?after={history.json['data'][0]['id']}", token=maya)
    assert [each["id"] for each in newer.json["data"]] == [sent.json["id"]]


def test_an_agents_send_is_idempotent_and_charged_once(desk: Desk, maya: str):
    id = desk.fixture("conversation_id")
    desk.says("Hello", "+15557654321")

    first, again = (
        desk.ask("POST", f"{POLL}/{id}/messages", {"text": "Hi"}, token=maya, headers={"Idempotency-Key": "one"})
        for _ in range(2)
    )

    assert first.json == again.json
    assert again.headers["idempotency-replayed"] == "true"
    assert balance(desk, maya).json["balance"] == "99.995"


def test_an_agents_send_is_refused_as_a_partners_is(desk: Desk, maya: str):
    id = desk.fixture("conversation_id")
    path = f"{POLL}/{id}/messages"

    def code(body: Any, path: str = path) -> tuple[int, str]:
        refused = desk.ask("POST", path, body, token=maya)
        return refused.status, refused.code

    assert code({}) == (422, "missing_field")
    assert code({"text": "Hi"}) == (422, "session_window_closed")
    assert code({"text": "Hi"}, f"{POLL}/cnv_nothing/messages") == (404, "resource_not_found")
    desk.ask("POST", f"/api/v1/conversations/{id}/close")
    assert code({"text": "Hi"}) == (409, "conversation_closed")


def test_the_surfaces_share_one_limit():
    desk = Desk(rate_limits="on")
    maya = desk.token_of()

    for _ in range(10):
        assert desk.ask("GET", "/api/v1/gateways").status == 200
        assert poll(desk, maya).status == 200
    refused = poll(desk, maya)

    assert (refused.status, refused.code) == (429, "rate_limited")
    assert desk.ask("GET", "/api/v1/gateways").status == 429


def test_what_agents_change_is_in_the_audit_log(desk: Desk):
    session = desk.sign_in().json
    token, agent = session["access_token"], session["agent"]["id"]
    device = desk.ask("POST", DEVICES, DEVICE, token=token).json["id"]
    desk.ask("DELETE", f"{DEVICES}/{device}", token=token)
    desk.ask("GET", POLL, token=token)
    new = refresh(desk, session["refresh_token"]).json["access_token"]
    desk.ask("DELETE", TOKEN, token=new)

    entries = desk.ask("GET", "/api/v1/audit-log").json["data"]
    assert [(each["action"], each["target"]["id"], each["status_code"]) for each in reversed(entries)] == [
        ("token.create", agent, 200),
        ("push_token.create", device, 201),
        ("push_token.delete", device, 204),
        ("token.refresh", agent, 200),
        ("token.revoke", agent, 204),
    ]
    assert {(each["surface"], each["actor"]["type"], each["actor"]["id"]) for each in entries} == {
        ("mobile", "agent", agent)
    }
    assert session["access_token"] not in str(entries)


def test_an_agent_sends_on_the_partner_api_too(desk: Desk, maya: str):
    assert desk.ask("POST", "/api/v1/messages", SMS, token=maya).status == 202
