"""The audit log: every changing call of every surface, and nothing else."""

from typing import Any

import pytest

from emulator.dialects.tripdesk.audit import ACTIONS
from tests.emulator.dialects.tripdesk.conftest import CONTRACT, SMS, Api, a_world

KEY = "7f3e2c1a-9b8d-4f6e-a2c1-b3d4e5f6a7b8"


def entries(api: Api) -> list[dict[str, Any]]:
    return api.get("/api/v1/audit-log?limit=100").json["data"]


def test_every_changing_operation_of_the_api_has_an_action():
    changing = {
        id
        for id in CONTRACT.operation_ids
        if CONTRACT.operation(id).method != "GET" and CONTRACT.operation(id).path.startswith("/api/")
    }

    assert changing == set(ACTIONS)


def test_a_partners_send_is_entered_with_its_request_and_key(api: Api):
    answer = api.send(SMS, key=KEY)

    (entry,) = entries(api)

    assert entry.pop("id").startswith("aud_")
    assert entry == {
        "at": "2026-01-01T00:00:00Z",
        "surface": "partner",
        "actor": {"type": "api_key", "id": api.account.parent_id},
        "action": "message.create",
        "target": {"type": "message", "id": answer.json["id"]},
        "request_id": answer.headers["x-request-id"],
        "idempotency_key": KEY,
        "status_code": 202,
        "ip": "127.0.0.1",
    }


def test_a_replay_is_entered_as_one_with_a_request_of_its_own(api: Api):
    first, again = api.send(SMS, key=KEY), api.send(SMS, key=KEY)

    replay, original = entries(api)

    assert replay["replayed"] is True
    assert "replayed" not in original
    assert replay["target"] == original["target"]
    assert [replay["request_id"], original["request_id"]] == [
        answer.headers["x-request-id"] for answer in (again, first)
    ]


def test_reads_leave_no_entry(api: Api):
    for path in ("messages", "contacts", "conversations", "gateways", "templates", "usage", "account/balance"):
        assert api.get(f"/api/v1/{path}").status == 200

    assert entries(api) == []


@pytest.mark.parametrize(
    ("method", "path", "body", "action", "type"),
    [
        ("POST", "/contacts", {"external_id": "a"}, "contact.create", "contact"),
        ("PATCH", "/contacts/{contact_id}", {"name": "R"}, "contact.update", "contact"),
        ("DELETE", "/contacts/{contact_id}", None, "contact.delete", "contact"),
        ("POST", "/conversations/{conversation_id}/assign", {"agent_id": "{agent_id}"}, "conversation.assign", "conversation"),
        ("POST", "/conversations/{conversation_id}/close", None, "conversation.close", "conversation"),
        ("POST", "/conversations/{conversation_id}/reopen", None, "conversation.reopen", "conversation"),
    ],
)  # fmt: skip
def test_each_change_names_what_it_changed(api: Api, method: str, path: str, body: Any, action: str, type: str):
    path = path.format(contact_id=api.fixture("contact_id"), conversation_id=api.fixture("conversation_id"))
    body = body and {name: value.format(agent_id=api.fixture("agent_id")) for name, value in body.items()}
    contact_id = api.fixture("contact_id")

    answer = api.request(method, f"/api/v1{path}", json_body=body)

    (entry,) = entries(api)
    assert (entry["action"], entry["target"]["type"]) == (action, type)
    id = answer.json["id"] if answer.json else contact_id
    assert (entry["target"]["id"], entry["status_code"]) == (id, answer.status)


def test_a_refused_change_is_entered_with_its_status_and_no_target(api: Api):
    api.send(SMS, text="")
    api.request("DELETE", "/api/v1/contacts/ctc_none")

    missing, invalid = entries(api)

    assert (invalid["status_code"], invalid["target"]) == (422, {"type": "message", "id": None})
    assert (missing["status_code"], missing["target"]) == (404, {"type": "contact", "id": "ctc_none"})


def test_calls_over_the_rate_limit_are_entered(api: Api):
    limited = Api(a_world(rate_limits="on"))
    for _ in range(21):
        limited.send(SMS)

    limited.advance(3)

    assert entries(limited)[0]["status_code"] == 429


def test_a_call_of_nobody_has_no_log_to_stand_in(api: Api):
    api.post("/api/v1/messages", SMS, headers={})

    assert len(api.world.store.audit) == 0


def test_an_agent_is_named_whatever_the_surface(api: Api):
    headers = api.agent()
    api.request("POST", "/api/v1/messages", json_body=SMS, headers=headers)

    (entry,) = entries(api)

    assert (entry["surface"], entry["actor"]) == ("partner", {"type": "agent", "id": api.fixture("agent_id")})


def test_the_sides_have_logs_of_their_own(api: Api, sandbox: Api):
    api.send(SMS)

    assert entries(sandbox) == []


def test_entries_keep_their_ids_and_are_paged(api: Api):
    for _ in range(3):
        api.send(SMS)

    all_at_once = [entry["id"] for entry in entries(api)]
    first = api.get("/api/v1/audit-log?limit=2").json
    second = api.get(f"/api/v1/audit-log?limit=2&cursor={first['next_cursor']}").json

    assert [entry["id"] for entry in first["data"] + second["data"]] == all_at_once
    assert len(set(all_at_once)) == 3
