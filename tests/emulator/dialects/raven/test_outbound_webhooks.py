"""Outbound webhooks: not there while they are off; then registered, listed without their secret, removed."""

import re

import pytest

from tests.emulator.dialects.raven.asking import Raven

HOOKS = "/v1/outbound-webhooks"
BODY = {"url": "http://127.0.0.1:9000/raven", "events": ["message.delivered", "message.bounced", "message.delivered"]}


@pytest.fixture
def raven() -> Raven:
    raven = Raven()
    raven.change_tenant(outbound_webhooks=True)
    return raven


@pytest.mark.parametrize(
    ("method", "path"), [("POST", HOOKS), ("GET", HOOKS), ("GET", f"{HOOKS}/x"), ("DELETE", f"{HOOKS}/x")]
)
def test_while_they_are_off_there_is_no_such_path(method: str, path: str):
    raven = Raven()

    refused = raven.ask(method, path, BODY if method == "POST" else None)

    assert (refused.status, refused.message) == (404, f"Cannot {method} {path}")


def test_a_new_webhook_shows_its_secret_once(raven: Raven):
    made = raven.ask("POST", HOOKS, {**BODY, "description": "Receipts"})

    assert made.status == 201
    secret = made.body["secret"]
    assert re.fullmatch("whsec_[0-9A-Za-z]{32}", secret)
    assert made.body == {
        "id": made.body["id"],
        "url": BODY["url"],
        "events": ["message.delivered", "message.bounced"],
        "description": "Receipts",
        "secret": secret,
        "createdAt": "2026-01-01T00:00:00.000Z",
    }
    assert secret not in str(raven.ask("GET", HOOKS)) + str(raven.ask("GET", f"{HOOKS}/{made.body['id']}"))


def test_one_and_all_are_shown_alike(raven: Raven):
    made = raven.ask("POST", HOOKS, BODY).body

    listed, one = raven.ask("GET", HOOKS).body, raven.ask("GET", f"{HOOKS}/{made['id']}").body

    assert listed == [one]
    assert one["description"] is None


def test_what_was_asked_for_is_told(raven: Raven):
    raven.ask("POST", HOOKS, BODY)

    raven.send(to="ada@example.org")

    assert [event.type for event in raven.world.store.webhook_events] == ["message.delivered"]


def test_a_removed_webhook_is_told_nothing_more(raven: Raven):
    made = raven.ask("POST", HOOKS, BODY).body

    removed = raven.ask("DELETE", f"{HOOKS}/{made['id']}")
    raven.send(to="ada@example.org")

    assert (removed.status, removed.body) == (204, None)
    assert list(raven.world.store.webhook_events) == []
    assert raven.ask("GET", f"{HOOKS}/{made['id']}").message == "Outbound webhook not found"


def test_another_tenants_webhook_cannot_be_told_from_none(raven: Raven):
    raven.change_tenant("kilima", outbound_webhooks=True)
    foreign = raven.ask("POST", HOOKS, BODY, tenant="kilima").body["id"]

    answers = [raven.ask(method, f"{HOOKS}/{id}") for method in ("GET", "DELETE") for id in (foreign, "nothing")]

    assert {(answer.status, answer.message) for answer in answers} == {(404, "Outbound webhook not found")}
    assert raven.ask("GET", HOOKS).body == []


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({}, "url is required; events is required"),
        ({**BODY, "url": "ftp://example.org"}, "url must be an http or https address"),
        ({**BODY, "events": []}, "events must have at least 1 item"),
    ],
)
def test_a_wrong_webhook_is_refused(raven: Raven, body: dict[str, object], message: str):
    refused = raven.ask("POST", HOOKS, body)

    assert (refused.status, refused.message) == (400, message)


def test_an_unknown_event_is_refused(raven: Raven):
    refused = raven.ask("POST", HOOKS, {**BODY, "events": ["message.sent", "message.opened"]})

    assert refused.status == 400
    assert refused.message.startswith("events.1 must be one of: message.sent, ")


def test_a_key_for_administration_is_enough_and_an_ordinary_one_is_not(raven: Raven):
    admin = raven.ask("POST", "/v1/admin/api-keys", {"name": "infra", "scopes": ["admin:*"]}).body["plaintext"]
    ordinary = raven.ask("POST", "/v1/admin/api-keys", {"name": "service"}).body["plaintext"]

    assert raven.ask("POST", HOOKS, BODY, key=admin).status == 201
    assert raven.ask("POST", HOOKS, BODY, key=ordinary).status == 401
    assert [raven.ask("GET", HOOKS, role=role).status for role in ("owner", "admin", "member", "viewer")] == [
        200,
        200,
        403,
        403,
    ]


def test_while_they_are_off_a_wrong_body_finds_nothing_there_either():
    assert Raven().ask("POST", HOOKS, {"url": 7}).status == 404
