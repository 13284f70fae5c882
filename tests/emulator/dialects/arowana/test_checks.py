"""Keys, rate limits, idempotency and the order of the checks before a handler."""

from typing import Any

import pytest

from emulator.dialects.arowana.auth import ACCESS, OPEN, ROLES, SCHEME, SEND
from emulator.dialects.arowana.fixtures import SHOP, STUDIO, key_of
from tests.emulator.dialects.arowana.conftest import CONTRACT, MAIL, TEXT, Api, a_world

PATH = "/v1/messages"


def test_what_each_operation_needs_stands_in_the_contract():
    for id, access in ACCESS.items():
        operation = CONTRACT.operation(id)
        node = CONTRACT.document["paths"][operation.path][operation.method.lower()]
        security = node.get("security", CONTRACT.document["security"])
        needed = [name for name in (access.role, SEND if access.sends else "") if name]

        assert security == ([] if access is OPEN else [{SCHEME: needed}]), id


def test_every_band_is_one_of_the_five():
    assert {access.band for access in ACCESS.values()} == {"sends", "reads", "writes", "agents", "billing", ""}


@pytest.mark.parametrize(
    ("headers", "message"),
    [
        ({"Authorization": ""}, "Missing API key."),
        ({"Authorization": "Basic abc"}, "Missing API key."),
        ({"Authorization": "Bearer "}, "Missing API key."),
        ({"Authorization": "Bearer nobody"}, "Invalid API key."),
    ],
)
def test_without_a_valid_key_nothing_is_answered(api: Api, headers: dict[str, str], message: str):
    for path in ("/v1/messages", "/v1/billing/balance", "/v1/webhooks"):
        reply = api.request("GET", path, headers=headers)

        assert (reply.status, reply.json) == (401, {"error": "unauthorized", "message": message})


def test_two_different_keys_prove_nobody(api: Api):
    reply = api.request("GET", PATH, raw_headers=[(b"authorization", b"Bearer other")])

    assert reply.status == 401


def test_the_scheme_may_be_written_in_any_case(api: Api):
    assert api.request("GET", PATH, headers={"Authorization": f"bearer {api.key}"}).status == 200


@pytest.mark.parametrize("change", ["revoked_at", "expires_at"])
def test_a_key_that_ended_is_refused(api: Api, change: str):
    api.change_key(**{change: api.world.clock.now})

    assert api.get(PATH).json["message"] == "Invalid API key."


def test_another_worlds_well_known_key_works_behind_its_prefix_only():
    other = Api(a_world("other"))

    assert other.key != key_of("default", SHOP)
    assert other.get(PATH).status == 200
    assert other.get(PATH, key=key_of("default", SHOP)).status == 200
    credential = other.world.store.credentials_by_token.get(("arowana", key_of("default", SHOP)))
    assert credential is not None
    assert not credential.owned


@pytest.mark.parametrize("role", ROLES)
def test_there_is_a_key_of_each_role(api: Api, role: str):
    assert api.get(PATH, key=key_of("default", SHOP, role)).status == 200


def test_unknown_paths_and_methods_come_before_the_key(api: Api):
    nobody = {"Authorization": ""}

    unknown = api.request("GET", "/v1/nothing", headers=nobody)
    wrong = api.request("PUT", PATH, headers=nobody)

    assert (unknown.status, unknown.json) == (404, {"error": "not_found", "message": "Path not found."})
    assert (wrong.status, wrong.error, wrong.headers["allow"]) == (405, "method_not_allowed", "GET, POST")


def test_the_checks_come_in_the_documented_order():
    api = Api(a_world(rate_limits="on"))
    api.change_key(rate_limit_per_minute=1)
    bad: dict[str, Any] = {
        "content": b"{",
        "too_large": True,
        "headers": {"Content-Type": "text/plain", "Idempotency-Key": ""},
    }

    api.get(PATH)
    answers = [api.request("POST", PATH, key="nobody", **bad)]
    api.post(PATH, {})
    answers.append(api.request("POST", PATH, **bad))
    api.change_key(rate_limit_per_minute=1000)
    answers.append(api.request("POST", PATH, **bad))
    bad["too_large"] = False
    answers.append(api.request("POST", PATH, **bad))
    bad["headers"] = {"Idempotency-Key": ""}
    answers.append(api.request("POST", PATH, **bad))
    bad["content"] = b"{}"
    answers.append(api.request("POST", PATH, **bad))
    bad["headers"] = {}
    answers.append(api.request("POST", PATH, **bad))

    assert [(answer.status, answer.json["message"]) for answer in answers] == [
        (401, "Invalid API key."),
        (429, "Too many requests."),
        (413, "Request body is over 1 MiB."),
        (400, "Content-Type must be application/json."),
        (400, "Request body is not valid JSON."),
        (400, "Request validation failed."),
        (400, "Request validation failed."),
    ]
    assert [answer.json.get("details") for answer in answers[3:5]] == [[], []]
    assert answers[5].details == [("Idempotency-Key", "Must be 1 to 255 printable ASCII characters.")]
    assert answers[6].details[0][0] == "agent_id"


@pytest.mark.parametrize("type", ["application/json; charset=utf-8", "APPLICATION/JSON"])
def test_json_may_be_named_with_a_parameter_or_in_capitals(api: Api, type: str):
    assert api.request("POST", PATH, json_body=TEXT, headers={"Content-Type": type}).status == 200


@pytest.mark.parametrize("body", [b"", b"[]", b"null", b'"x"', b"5"])
def test_a_body_that_is_no_object_has_no_details(api: Api, body: bytes):
    reply = api.request("POST", PATH, content=body, headers={"Content-Type": "application/json"})

    assert (reply.status, reply.error, reply.json["details"]) == (400, "validation_error", [])


def test_a_body_over_a_mebibyte_is_refused(api: Api):
    reply = api.send(MAIL, content={"text": "a"}, padding="x" * 1024 * 1024)

    assert (reply.status, reply.error) == (413, "payload_too_large")


def limited() -> Api:
    return Api(a_world(rate_limits="on"))


def test_every_answer_shows_the_window():
    api = limited()

    reply = api.get(PATH)

    assert (reply.headers["x-ratelimit-limit"], reply.headers["x-ratelimit-remaining"]) == ("1200", "1199")
    assert int(reply.headers["x-ratelimit-reset"]) == int(api.world.clock.now.timestamp()) + 60


def test_at_the_second_that_is_shown_the_window_is_over():
    api = limited()
    api.advance(0.3)
    resets = int(api.get(PATH).headers["x-ratelimit-reset"])

    api.advance(resets - api.world.clock.now.timestamp())

    assert api.get(PATH).headers["x-ratelimit-remaining"] == "1199"


@pytest.mark.parametrize(
    ("method", "path", "limit"),
    [
        ("POST", "/v1/messages", 600),
        ("POST", "/v1/test/messages", 600),
        ("GET", "/v1/messages", 1200),
        ("DELETE", "/v1/messages/msg_1", 300),
        ("GET", "/v1/webhooks", 1200),
        ("POST", "/v1/webhooks", 300),
        ("PATCH", "/v1/contacts/c_1", 300),
        ("POST", "/v1/contacts/c_1/consent", 300),
        ("POST", "/v1/campaigns/x/trigger", 300),
        ("GET", "/v1/rcs/agents/x", 60),
        ("POST", "/v1/rcs/agents", 60),
        ("GET", "/v1/billing/balance", 120),
        ("POST", "/v1/billing/topup", 120),
    ],
)
def test_each_kind_of_operation_has_its_band(method: str, path: str, limit: int):
    reply = limited().request(method, path)

    assert reply.headers["x-ratelimit-limit"] == str(limit)


@pytest.mark.parametrize(("tier", "limit"), [("tier_1", "600"), ("tier_2", "1200"), ("tier_3", "3000")])
def test_the_best_tier_of_the_workspace_says_how_much_may_be_sent(tier: str, limit: str):
    api = limited()
    api.amend(tiers={"EMAIL": {"volume": 0, "tier": tier}})

    assert api.send().headers["x-ratelimit-limit"] == limit


def test_before_a_key_is_known_the_reads_are_shown_unused():
    reply = limited().request("POST", PATH, headers={"Authorization": ""})

    assert (reply.headers["x-ratelimit-limit"], reply.headers["x-ratelimit-remaining"]) == ("1200", "1200")


def test_over_the_limit_the_answer_says_when_to_come_again():
    api = limited()
    api.change_key(rate_limit_per_minute=2)
    api.get(PATH)
    api.advance(10)
    api.get(PATH)
    api.advance(20)

    reply = api.get(PATH)

    assert reply.status == 429
    assert reply.json == {"error": "rate_limit_exceeded", "message": "Too many requests.", "retry_after": 30}
    assert reply.headers["retry-after"] == "30"
    assert reply.headers["x-ratelimit-remaining"] == "0"
    api.advance(30)
    assert api.get(PATH).status == 200


def test_bands_and_keys_do_not_share_a_window():
    api = limited()
    api.change_key(rate_limit_per_minute=1)
    api.get(PATH)

    assert api.get(PATH).status == 429
    assert api.get("/v1/billing/balance").status == 200
    assert api.get(PATH, key=key_of("default", SHOP, "viewer")).status == 200


KEY = {"Idempotency-Key": "5b0a3f52-5d5c-4d0e-9a55-0d6a3c1c7e11"}


def test_a_repeated_send_gets_the_first_answer_byte_for_byte_and_sends_nothing(api: Api):
    first = api.post(PATH, TEXT, headers=KEY)
    api.sent()
    second = api.post(PATH, TEXT, headers=KEY)

    assert second.body == first.body
    assert (first.headers.get("idempotent-replayed"), second.headers["idempotent-replayed"]) == (None, "true")
    assert len(api.world.store.messages) == 2


def test_the_order_of_members_and_the_key_itself_do_not_count(api: Api):
    first = api.post(PATH, TEXT, headers=KEY)
    turned = dict(reversed([*TEXT.items(), ("idempotency_key", "other")]))

    assert api.post(PATH, turned, headers=KEY).body == first.body


def test_another_body_with_the_key_is_refused(api: Api):
    api.post(PATH, TEXT, headers=KEY)

    reply = api.post(PATH, {**TEXT, "ttl": "1h"}, headers=KEY)

    assert (reply.status, reply.json) == (
        409,
        {"error": "idempotency_conflict", "message": "The idempotency key was used with another body."},
    )


def test_a_key_may_stand_in_the_body(api: Api):
    body = {**TEXT, "idempotency_key": "spring-launch-1"}

    first, second = api.post(PATH, body), api.post(PATH, body)

    assert first.body == second.body
    assert len(api.world.store.messages) == 1


def test_header_and_member_share_a_space_and_the_header_wins(api: Api):
    api.post(PATH, {**TEXT, "idempotency_key": "a"})

    assert api.post(PATH, TEXT, headers={"Idempotency-Key": "a"}).headers["idempotent-replayed"] == "true"
    both = api.post(PATH, {**TEXT, "idempotency_key": "a"}, headers={"Idempotency-Key": "b"})
    assert "idempotent-replayed" not in both.headers


def test_a_refusal_is_not_remembered(api: Api):
    api.amend(recipients={TEXT["to"]: {"rcs": False}})
    refused = api.post(PATH, TEXT, headers=KEY).status
    api.amend(recipients={})

    assert (refused, api.post(PATH, TEXT, headers=KEY).status) == (404, 200)


def test_a_key_is_forgotten_after_24_hours(api: Api):
    first = api.post(PATH, TEXT, headers=KEY)
    api.advance(hours=23, minutes=59)
    meanwhile = api.post(PATH, TEXT, headers=KEY)
    api.advance(minutes=1)
    later = api.post(PATH, TEXT, headers=KEY)

    assert meanwhile.body == first.body
    assert later.json["message_id"] != first.json["message_id"]


def test_a_key_is_of_one_workspace_and_one_path_but_of_all_its_keys(api: Api):
    body = {"url": "https://a.example", "events": ["message.read"]}
    first = api.post("/v1/webhooks", body, headers=KEY)

    assert api.post("/v1/webhooks", body, headers=KEY, key=key_of("default", SHOP, "viewer")).body == first.body
    assert api.post("/v1/webhooks", body, headers=KEY, key=key_of("default", STUDIO)).json["id"] != first.json["id"]
    assert api.post(f"/v1/webhooks/{first.json['id']}/test", headers=KEY).status == 200


def test_a_replay_comes_before_the_fields_and_after_the_key_and_counts():
    api = limited()
    api.post(PATH, TEXT, headers=KEY)

    reply = api.post(PATH, {}, headers=KEY)
    replayed = api.post(PATH, TEXT, headers=KEY)

    assert reply.error == "idempotency_conflict"
    assert replayed.headers["x-ratelimit-remaining"] == "597"
    assert api.post(PATH, TEXT, headers=KEY, key="nobody").status == 401


def test_while_the_first_call_runs_a_second_one_is_refused(api: Api):
    id = api.listen("message.read")
    path = f"/v1/webhooks/{id}/test"
    seen: list[Any] = []

    def ask_again() -> None:
        api.while_waiting = lambda: None
        seen.append(api.post(path, headers=KEY))

    api.while_waiting = ask_again
    first = api.post(path, headers=KEY)

    assert (seen[0].status, seen[0].error) == (409, "idempotency_in_progress")
    assert first.status == 200
    assert api.post(path, headers=KEY).body == first.body


@pytest.mark.parametrize("key", ["a", "spring launch #1", "~" * 255])
def test_a_key_need_not_be_a_uuid(api: Api, key: str):
    assert api.post(PATH, TEXT, headers={"Idempotency-Key": key}).status == 200


@pytest.mark.parametrize("key", ["", "x" * 256, "schl\u00fcssel", "tab\there"])
def test_a_key_that_is_not_well_formed_is_refused(api: Api, key: str):
    named = "Must be 1 to 255 printable ASCII characters."

    header = api.request("POST", PATH, json_body=TEXT, raw_headers=[(b"idempotency-key", key.encode("latin-1"))])
    member = api.post(PATH, {**TEXT, "idempotency_key": key})

    assert (header.status, header.details) == (400, [("Idempotency-Key", named)])
    assert (member.status, member.details) == (400, [("idempotency_key", named)])


def test_two_different_keys_are_refused(api: Api):
    reply = api.post(PATH, TEXT, headers=KEY, raw_headers=[(b"idempotency-key", b"other")])

    assert reply.details == [("Idempotency-Key", "Must be 1 to 255 printable ASCII characters.")]


def test_reads_and_deletions_take_no_key(api: Api):
    bad = {"Idempotency-Key": ""}

    assert api.get(PATH, headers=bad).status == 200
    assert api.delete(f"{PATH}/{api.sent()}", headers=bad).status == 200


def test_an_unforeseen_fault_has_the_apis_own_500(api: Api, caplog: pytest.LogCaptureFixture):
    api.world.policies = {}

    reply = api.send()

    assert (reply.status, reply.json) == (500, {"error": "internal_error", "message": "Internal error."})
    assert "KeyError" in caplog.text
