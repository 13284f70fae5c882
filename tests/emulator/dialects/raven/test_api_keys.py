"""API keys: shown once, listed without their secret, revoked at once, and power that only an owner can give."""

import re

import pytest

from emulator.dialects.raven.fixtures import key_of
from tests.emulator.dialects.raven.asking import Raven

KEYS = "/v1/admin/api-keys"
SMS = {"channel": "sms", "to": "+254722000000", "body": "Gate 4 is open."}


@pytest.fixture
def raven() -> Raven:
    return Raven()


def test_a_new_key_is_shown_in_full_with_the_documented_members(raven: Raven):
    made = raven.ask("POST", KEYS, {"name": "Order service"})

    assert made.status == 201
    plaintext = made.body["plaintext"]
    assert re.fullmatch(r"rk_live_[0-9a-f]{8}_[0-9A-Za-z]{32}", plaintext)
    assert made.body == {
        "id": made.body["id"],
        "prefix": plaintext[:16],
        "lastFour": plaintext[-4:],
        "plaintext": plaintext,
        "scopes": ["messages:send", "messages:read"],
        "name": "Order service",
        "createdAt": "2026-01-01T00:00:00.000Z",
        "warning": "Store this key now. It is not shown again.",
    }


def test_a_new_key_can_send_at_once(raven: Raven):
    key = raven.ask("POST", KEYS, {"name": "Order service"}).body["plaintext"]

    assert raven.ask("POST", "/v1/messages", SMS, key=key).status == 202


def test_a_test_key_lives_in_the_test_environment(raven: Raven):
    key = raven.ask("POST", KEYS, {"name": "Nightly", "environment": "test"}).body["plaintext"]

    sent = raven.ask("POST", "/v1/messages", SMS, key=key).body

    assert key.startswith("rk_test_")
    assert raven.world.store.messages[sent["id"]].environment == "test"


def test_scopes_are_what_was_asked_for_without_repetition(raven: Raven):
    scopes = ["messages:read", "messages:read"]
    key = raven.ask("POST", KEYS, {"name": "Reader", "scopes": scopes}).body

    refused = raven.ask("POST", "/v1/messages", SMS, key=key["plaintext"])

    assert key["scopes"] == ["messages:read"]
    assert (refused.status, refused.message) == (403, "Missing required scope: messages:send")


def test_the_list_has_all_keys_but_no_secret(raven: Raven):
    body = {"name": "Nightly", "environment": "test", "rate_limit_rpm": 60, "expires_at": "2027-01-01T03:00:00+03:00"}
    made = raven.ask("POST", KEYS, body).body

    listed = raven.ask("GET", KEYS).body

    assert [key["name"] for key in listed] == ["Live key", "Test key", "Nightly"]
    assert listed[-1] == {
        "id": made["id"],
        "prefix": made["prefix"],
        "lastFour": made["lastFour"],
        "scopes": ["messages:send", "messages:read"],
        "name": "Nightly",
        "createdAt": "2026-01-01T00:00:00.000Z",
        "environment": "test",
        "rateLimitRpm": 60,
        "expiresAt": "2027-01-01T00:00:00.000Z",
        "lastUsedAt": None,
        "revokedAt": None,
    }


def test_the_list_shows_when_a_key_was_last_used(raven: Raven):
    key = raven.ask("POST", KEYS, {"name": "Order service"}).body["plaintext"]
    raven.advance(5)
    raven.ask("POST", "/v1/messages", SMS, key=key)

    assert raven.ask("GET", KEYS).body[-1]["lastUsedAt"] == "2026-01-01T00:00:05.000Z"


def test_a_revoked_key_is_refused_from_its_next_call_on(raven: Raven):
    made = raven.ask("POST", KEYS, {"name": "Order service"}).body
    raven.advance(5)

    revoked = raven.ask("DELETE", f"{KEYS}/{made['id']}")
    refused = raven.ask("POST", "/v1/messages", SMS, key=made["plaintext"])

    assert (revoked.status, revoked.body) == (204, None)
    assert (refused.status, refused.message) == (401, "Invalid API key")
    assert raven.ask("GET", KEYS).body[-1]["revokedAt"] == "2026-01-01T00:00:05.000Z"


def test_revoking_again_changes_nothing(raven: Raven):
    made = raven.ask("POST", KEYS, {"name": "Order service"}).body
    raven.ask("DELETE", f"{KEYS}/{made['id']}")
    raven.advance(5)

    again = raven.ask("DELETE", f"{KEYS}/{made['id']}")

    assert again.status == 204
    assert raven.ask("GET", KEYS).body[-1]["revokedAt"] == "2026-01-01T00:00:00.000Z"
    assert [action for action, _ in raven.audit()] == ["api_key.revoke", "api_key.create"]


def test_an_expired_key_is_refused(raven: Raven):
    body = {"name": "Short", "expiresAt": "2026-01-01T00:01:00Z"}
    key = raven.ask("POST", KEYS, body).body["plaintext"]
    before = raven.ask("POST", "/v1/messages", SMS, key=key)
    raven.advance(60)

    after = raven.ask("POST", "/v1/messages", SMS, key=key)

    assert (before.status, after.status, after.message) == (202, 401, "Invalid API key")


@pytest.mark.parametrize("moment", ["2026-02-30T00:00:00Z", "2027-01-01", "2027-01-01T00:00:00", "soon"])
def test_an_expiry_that_is_no_moment_is_refused(raven: Raven, moment: str):
    refused = raven.ask("POST", KEYS, {"name": "Short", "expiresAt": moment})

    assert refused.status == 400
    assert refused.message.startswith("expiresAt must be")


def test_only_an_owner_can_give_power_over_the_tenant(raven: Raven):
    body = {"name": "infra", "scopes": ["admin:*"]}

    granted = raven.ask("POST", KEYS, body, role="owner")
    refused = raven.ask("POST", KEYS, body, role="admin")

    assert granted.status == 201
    assert (refused.status, refused.message) == (403, "Requires role: owner")
    assert len(raven.ask("GET", KEYS).body) == 3


def test_a_key_cannot_pass_its_power_on(raven: Raven):
    body = {"name": "infra", "scopes": ["admin:*"]}
    key = raven.ask("POST", KEYS, body).body["plaintext"]

    ordinary = raven.ask("POST", KEYS, {"name": "Order service"}, key=key)
    refused = raven.ask("POST", KEYS, body, key=key)

    assert ordinary.status == 201
    assert (refused.status, refused.message) == (403, "Requires role: owner")


@pytest.mark.parametrize("role", ["member", "viewer"])
def test_other_roles_have_no_business_with_keys(raven: Raven, role: str):
    answers = [
        raven.ask("POST", KEYS, {"name": "mine"}, role=role),
        raven.ask("GET", KEYS, role=role),
        raven.ask("DELETE", f"{KEYS}/x", role=role),
    ]

    assert {(answer.status, answer.message) for answer in answers} == {(403, "Requires role: admin or owner")}


def test_another_tenants_key_cannot_be_told_from_none(raven: Raven):
    foreign = raven.ask("POST", KEYS, {"name": "theirs"}, tenant="kilima").body["id"]

    answers = [raven.ask("DELETE", f"{KEYS}/{id}") for id in (foreign, "nothing")]

    assert {(answer.status, answer.message) for answer in answers} == {(404, "API key not found")}


def test_the_second_way_into_another_worlds_fixture_is_not_listed():
    raven = Raven("elsewhere")

    assert [key["name"] for key in raven.ask("GET", KEYS).body] == ["Live key", "Test key"]


def test_a_revoked_fixture_is_closed_to_both_ways_in():
    raven = Raven("elsewhere")
    live, test = raven.ask("GET", KEYS).body
    ways_in = [key_of(world, "acme", "live") for world in ("elsewhere", "default")]
    before = [raven.ask("POST", "/v1/messages", SMS, key=key).status for key in ways_in]

    raven.ask("DELETE", f"{KEYS}/{live['id']}")

    assert before == [202, 202]
    assert [raven.ask("POST", "/v1/messages", SMS, key=key).status for key in ways_in] == [401, 401]
    assert raven.ask("POST", "/v1/messages", SMS, key=key_of("default", "acme", "test")).status == 202
    assert raven.ask("GET", KEYS).body[1] == {**test, "lastUsedAt": None}


def test_wrong_fields_are_all_named(raven: Raven):
    refused = raven.ask("POST", KEYS, {"scopes": ["fly"], "environment": "prod", "rateLimitRpm": 0})

    assert refused.status == 400
    assert refused.message.startswith("name is required; scopes.0 must be one of: messages:send")
