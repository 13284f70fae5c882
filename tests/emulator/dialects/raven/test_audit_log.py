"""The audit log: every action with its actor, newest first, one tenant's only, never changed by reading."""

import pytest

from emulator.dialects.raven.fixtures import key_of
from tests.emulator.dialects.raven.asking import CONTRACT, Raven

LOG = "/v1/admin/audit-log"
SMS = {"channel": "sms", "to": "+254722000000", "body": "Gate 4 is open."}


@pytest.fixture
def raven() -> Raven:
    return Raven()


def test_an_entry_names_actor_action_and_target(raven: Raven):
    id = raven.connect("brevo")

    page = raven.ask("GET", LOG).body

    owner = raven.world.store.users_by_email.get(("raven", "owner@acme.example"))
    assert owner is not None
    assert page == {
        "data": [
            {
                "id": page["data"][0]["id"],
                "tenantId": raven.tenant().id,
                "actorType": "user",
                "actorId": owner.id,
                "action": "provider.create",
                "targetType": "provider",
                "targetId": id,
                "metadata": {"provider": "brevo"},
                "createdAt": "2026-01-01T00:00:00.000Z",
            }
        ],
        "nextCursor": None,
    }


def test_a_keys_actions_are_the_keys(raven: Raven):
    sent = raven.ask("POST", "/v1/messages", SMS, key=key_of("default", "acme", "live")).body

    entry = raven.ask("GET", LOG).body["data"][0]

    key = raven.world.store.credentials_by_token.get(("raven", key_of("default", "acme", "live")))
    assert key is not None
    assert (entry["actorType"], entry["actorId"]) == ("api_key", key.id)
    assert (entry["action"], entry["targetType"], entry["targetId"]) == ("message.send", "message", sent["id"])


def test_the_log_is_newest_first_in_pages(raven: Raven):
    ids = [raven.connect("brevo") for _ in range(5)]

    first = raven.ask("GET", f"{LOG}?limit=3").body
    rest = raven.ask("GET", f"{LOG}?limit=3&cursor={first['nextCursor']}").body

    assert [entry["targetId"] for entry in first["data"] + rest["data"]] == ids[::-1]
    assert rest["nextCursor"] is None


def test_reading_writes_nothing_and_gives_the_same_ids(raven: Raven):
    raven.connect("brevo")

    assert raven.ask("GET", LOG).body == raven.ask("GET", LOG).body


def test_a_refused_action_leaves_no_entry(raven: Raven):
    raven.ask("POST", "/v1/admin/providers", {"provider": "twilio", "label": "Later", "secretConfig": {}})
    raven.ask("POST", "/v1/admin/api-keys", {"name": "infra", "scopes": ["admin:*"]}, role="admin")

    assert raven.audit() == []


def test_a_replay_leaves_no_second_entry(raven: Raven):
    body = {"channel": "email", "address": "juma@example.org", "reason": "manual", "idempotency_key": "once"}
    for _ in range(2):
        raven.ask("POST", "/v1/admin/suppressions", body)

    assert [action for action, _ in raven.audit()] == ["suppression.create"]


def test_tenants_do_not_see_each_others_log(raven: Raven):
    raven.connect("brevo", tenant="kilima")

    assert raven.audit() == []


@pytest.mark.parametrize("role", ["member", "viewer"])
def test_other_roles_may_not_read_it(raven: Raven, role: str):
    assert raven.ask("GET", LOG, role=role).status == 403


def test_a_bad_cursor_is_refused(raven: Raven):
    assert raven.ask("GET", f"{LOG}?cursor=-1").status == 400


def test_nothing_but_the_contracts_actions_is_written(raven: Raven):
    raven.ask("POST", "/v1/admin/tenants", {"name": "Savanna"})
    key = raven.ask("POST", "/v1/admin/api-keys", {"name": "k"}).body["id"]
    raven.ask("DELETE", f"/v1/admin/api-keys/{key}")
    raven.connect("brevo")
    entry = {"channel": "email", "address": "juma@example.org", "reason": "manual"}
    suppression = raven.ask("POST", "/v1/admin/suppressions", entry).body["id"]
    raven.ask("DELETE", f"/v1/admin/suppressions/{suppression}")
    domain = raven.ask("POST", "/v1/admin/sending-domains", {"domain": "a.example", "attachAll": True}).body["id"]
    raven.ask("DELETE", f"/v1/admin/sending-domains/{domain}")
    raven.ask("POST", "/v1/admin/messages", SMS)

    written = {entry.action for entry in raven.world.store.audit}

    assert written == set(CONTRACT.document["components"]["schemas"]["AuditEntry"]["properties"]["action"]["enum"])
