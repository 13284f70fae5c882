"""What works in the sandbox works in production: one story under both keys, compared answer by answer.

Source: the seed: "sandbox responses match production exactly - status codes, error envelopes, webhook payloads".
Masked are ids and signatures, and times where both stories are told in one world, one after the other.
"""

import json
import re
from collections.abc import Iterator
from typing import Any, NamedTuple, cast

import pytest

from emulator.core import wallet
from tests.emulator.dialects.tripdesk.conftest import MAIL, SEED
from tests.emulator.dialects.tripdesk.surfaces import SMS, Answer, Desk, Told, a_world

KEY = {"Idempotency-Key": "7f3e2c1a-9b8d-4f6e-a2c1-b3d4e5f6a7b8"}
MESSAGES = "/api/v1/messages"

OTHER_SENDS = (
    SMS,
    {**SMS, "text": "Ж" * 200},
    {**MAIL, "html": "<p>Gate 4</p>", "from": "trips@acme.example", "external_id": "trip-77", "metadata": {"a": "b"}},
    {"channel": "messenger", "to": "8841", "text": "Hello"},
    {"channel": "instagram", "to": "8841", "media": {"url": "https://cdn.example.com/a.png", "type": "image"}},
    {"channel": "telegram", "to": "8841", "text": "Hello"},
    {"channel": "viber", "to": "00 1 (555) 765-4321", "text": "Hello"},
    {"channel": "rcs", "to": "+15557654321", "text": "Hello"},
    {"channel": "webchat", "to": "visitor-1", "text": "Hello"},
    {"channel": "push", "to": "device-token", "text": "Hello"},
    {"channel": "broadcast", "to": "audience_all", "text": "The desk is closed on Monday."},
)

REFUSED_SENDS: tuple[dict[str, Any], ...] = (
    {},
    {**SMS, "channel": "fax"},
    {**SMS, "to": "12"},
    {**SMS, "contact_id": "ctc_x"},
    {**SMS, "text": ""},
    {**SMS, "gateway_id": "gw_nothing"},
    {**SMS, "conversation_id": "cnv_nothing"},
    {"channel": "sms", "contact_id": "ctc_nothing", "text": "x"},
    {**SEED, "text": "x"},
    {**SEED, "template": "nothing"},
    {**SEED, "language": "fr"},
    {**SEED, "variables": {"name": "Nayeem", "more": "x"}},
    {"channel": "whatsapp", "to": "+15551234567", "text": "Hello"},
    {"channel": "email", "to": "rupa@example.com", "text": "no subject"},
)

_IDS = re.compile(r"\b[a-z]{2,3}_[0-9A-HJKMNP-TV-Z]{26}\b|\bm[ar]t_[0-9A-Za-z]{40}\b")
_TIMES = re.compile(r"\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")
_ID_MEMBERS = frozenset({"provider_message_id"})
_SIGNATURES = frozenset({"X-TripDesk-Signature"})
_TIME_HEADERS = frozenset({"x-ratelimit-reset", "X-TripDesk-Timestamp"})


class Step(NamedTuple):
    """One thing that the outside sees."""

    what: str
    seen: Any


def masked(value: Any, *, times: bool) -> Any:
    """A value without what may differ."""
    if isinstance(value, dict):
        members = cast("dict[str, Any]", value)
        # A provider's own id is called so in messages, and `message_id` within `provider` in one event.
        ids = _ID_MEMBERS | ({"message_id"} if {"gateway_id", "status"} <= members.keys() else set[str]())
        return {
            name: "<id>" if name in ids and each is not None else masked(each, times=times)
            for name, each in members.items()
        }
    if isinstance(value, list):
        return [masked(each, times=times) for each in cast("list[Any]", value)]
    if not isinstance(value, str):
        return value
    value = _IDS.sub("<id>", value)
    return _TIMES.sub("<time>", value) if times else value


def seen(answer: Answer | Told, *, times: bool) -> Any:
    """What a caller or a receiver sees, masked."""
    headers = {name: masked(value, times=times) for name, value in answer.headers.items()}
    headers |= dict.fromkeys(_SIGNATURES & headers.keys(), "<signature>")
    if times:
        headers |= dict.fromkeys(_TIME_HEADERS & headers.keys(), "<time>")
    status = answer.status if isinstance(answer, Answer) else None
    return status, headers, masked(answer.json, times=times)


def told(desk: Desk, *, times: bool) -> list[Step]:
    return [Step(f"webhook {each.json['type']}", seen(each, times=times)) for each in desk.deliveries()]


def story(desk: Desk, *, times: bool) -> list[Step]:
    """The whole story as it is seen from outside."""
    steps: list[Step] = []
    for what, answer in _play(desk):
        steps.append(Step(what, seen(answer, times=times)))
        steps += told(desk, times=times)
    return steps


def _play(desk: Desk) -> Iterator[tuple[str, Answer]]:
    desk.listen()
    yield from _sends(desk)
    yield from _magic_recipients(desk)
    yield from _money(desk)
    yield from _people(desk)
    yield from _agents(desk)
    yield from _lists(desk)
    yield from _refusals(desk)


def _sends(desk: Desk) -> Iterator[tuple[str, Answer]]:
    yield "send", desk.ask("POST", MESSAGES, SEED, headers=KEY)
    yield "replay", desk.ask("POST", MESSAGES, SEED, headers=KEY)
    yield "conflict", desk.ask("POST", MESSAGES, {**SEED, "to": "+15551234568"}, headers=KEY)
    yield "two keys", desk.ask("POST", MESSAGES, SEED, headers={**KEY, "idempotency_key": "other"})
    for body in OTHER_SENDS:
        sent = desk.ask("POST", MESSAGES, body)
        yield f"send {body['channel']}", sent
        desk.advance(1)
        yield f"read {body['channel']}", desk.get(f"{MESSAGES}/{sent.json['id']}")
    for number, body in enumerate(REFUSED_SENDS):
        yield f"refused send {number}", desk.ask("POST", MESSAGES, body)


def _magic_recipients(desk: Desk) -> Iterator[tuple[str, Answer]]:
    names = ("bounce", "soft-then-deliver", "complaint", "invalid", "expired", "open-click", "unsubscribe")
    bodies = [{**SMS, "to": f"+120255501{number:02}"} for number in range(17)]
    bodies += [{**MAIL, "to": f"{name}@simulator.example"} for name in names]
    ids: list[str] = []
    for body in bodies:
        sent = desk.ask("POST", MESSAGES, body)
        yield f"send to {body['to']}", sent
        if sent.status == 202:
            ids.append(sent.json["id"])
    desk.advance(3_600)
    for id in ids:
        yield "what became of it", desk.get(f"{MESSAGES}/{id}")


def _money(desk: Desk) -> Iterator[tuple[str, Answer]]:
    world = desk.world
    agent = desk.token_of()
    wallet.set_balance(world.store, world.ids, desk.account.id, 1_000, at=world.clock.now)
    other = {"Idempotency-Key": "402"}
    yield "too poor", desk.ask("POST", MESSAGES, SMS, headers=other)
    yield "top up", desk.ask("POST", "/api/admin/v1/wallet/top-ups", {"amount": "50"}, token=agent)
    yield "with the same key", desk.ask("POST", MESSAGES, SMS, headers=other)
    yield "balance", desk.get("/api/v1/account/balance")


def _people(desk: Desk) -> Iterator[tuple[str, Answer]]:
    body = {"external_id": "crm-1", "name": "Ada", "phone": "00 44 7700 900123", "attributes": {"vip": True}}
    made = desk.ask("POST", "/api/v1/contacts", body)
    path = f"/api/v1/contacts/{made.json['id']}"
    yield "contact", made
    yield "contact again", desk.ask("POST", "/api/v1/contacts", body)
    yield "contact changed", desk.ask("PATCH", path, {"name": None, "email": "ada@example.com"})
    yield "contact read", desk.get(path)
    desk.says("Hello", "+447700900123", external_id="crm-1")
    yield "contacts", desk.get("/api/v1/contacts?q=Rupa")
    yield "send to it", desk.ask("POST", MESSAGES, {"channel": "whatsapp", "contact_id": made.json["id"], "text": "Hi"})
    desk.advance(5)
    yield "contact deleted", desk.ask("DELETE", path)
    yield "contact gone", desk.get(path)


def _agents(desk: Desk) -> Iterator[tuple[str, Answer]]:
    session = desk.sign_in()
    yield "sign in", session
    agent, agent_id = session.json["access_token"], session.json["agent"]["id"]
    id = desk.fixture("conversation_id")
    path = f"/api/v1/conversations/{id}"
    device = {"token": "fcm", "platform": "ios", "device_id": "phone"}
    yield "device", desk.ask("POST", "/api/mobile/v1/push-tokens", device, token=agent)
    yield "assign", desk.ask("POST", f"{path}/assign", {"agent_id": agent_id})
    desk.says("Where is gate 4?", "+15557654321")
    polled = desk.ask("GET", "/api/mobile/v1/conversations", token=agent)
    yield "poll", polled
    known = {"If-None-Match": polled.headers["etag"]}
    yield "poll again", desk.ask("GET", "/api/mobile/v1/conversations", token=agent, headers=known)
    yield "mobile send", desk.ask("POST", f"/api/mobile/v1/conversations/{id}/messages", {"text": "Left."}, token=agent)
    yield "confirmed", desk.ask_and_wait("POST", "/api/admin/v1/messages/send", SMS, token=agent)
    yield "history", desk.get(f"{path}/messages")
    yield "close", desk.ask("POST", f"{path}/close")
    yield "closed", desk.ask("POST", f"{path}/messages", {"text": "x"})
    yield "reopen", desk.ask("POST", f"{path}/reopen")
    refresh = {"refresh_token": session.json["refresh_token"]}
    yield "refresh", desk.ask("POST", "/api/mobile/v1/auth/refresh", refresh, token=None)
    yield "sign out", desk.ask("DELETE", "/api/mobile/v1/auth/token", token=desk.token_of())
    yield "wrong password", desk.sign_in(password="x")


def _lists(desk: Desk) -> Iterator[tuple[str, Answer]]:
    for path in (
        "messages",
        "messages?status=failed&limit=2",
        "contacts",
        "conversations",
        "gateways",
        "templates",
        "usage?group_by=channel",
        "account/transactions?limit=100",
        "audit-log?limit=100",
    ):
        yield path, desk.get(f"/api/v1/{path}")


def _refusals(desk: Desk) -> Iterator[tuple[str, Answer]]:
    yield "no message", desk.get(f"{MESSAGES}/msg_nothing")
    yield "no route", desk.get("/api/v1/nothing")
    yield "no method", desk.ask("PUT", MESSAGES, {})
    yield "no key", desk.request("GET", MESSAGES, headers={})
    yield "unknown key", desk.ask("GET", MESSAGES, token="ak_live_nothing")
    yield "no JSON", desk.ask("POST", MESSAGES, content=b"{", headers={"Content-Type": "application/json"})
    yield "no type", desk.ask("POST", MESSAGES, content=b"{}", headers={"Content-Type": "text/plain"})
    yield "too large", desk.ask("POST", MESSAGES, {**SMS, "text": "x" * 300_000})
    yield "no cursor", desk.get(f"{MESSAGES}?cursor=x")
    yield "no limit", desk.get(f"{MESSAGES}?limit=0")
    desk.change_key(scopes=("messages:read",))
    yield "no scope", desk.send()
    desk.change_account(status="suspended")
    yield "suspended", desk.send()
    desk.change_account(status="active")
    desk.change_key(revoked_at=desk.world.clock.now)
    yield "revoked", desk.send()
    desk.advance(24 * 3_600)
    yield "at last", desk.get("/api/v1/account/balance")


def differences(live: list[Step], test: list[Step]) -> list[str]:
    """What is not the same, for people."""
    pairs = list(zip(live, test, strict=False))
    found = [f"{mine.what}:\n  {mine.seen}\n  {theirs.seen}" for mine, theirs in pairs if mine != theirs]
    return found if len(live) == len(test) else [*found, f"{len(live)} and {len(test)} steps"]


def test_one_story_in_two_worlds_is_the_same_but_for_ids_and_signatures():
    live, test = story(Desk("live"), times=False), story(Desk("test"), times=False)

    assert differences(live, test) == []


def test_one_story_in_one_world_is_the_same_but_for_ids_times_and_signatures():
    world = a_world()
    live, test = (story(Desk(environment, world=world), times=True) for environment in ("live", "test"))

    assert differences(live, test) == []


def test_the_story_reaches_every_kind_of_answer_and_event():
    steps = story(Desk(), times=True)

    statuses = {step.seen[0] for step in steps}
    assert statuses >= {200, 201, 202, 204, 304, 400, 401, 402, 403, 404, 405, 409, 413, 415, 422}
    events = {step.what for step in steps if step.what.startswith("webhook")}
    assert {event.removeprefix("webhook ") for event in events} == {
        "message.sent",
        "message.delivered",
        "message.failed",
        "message.bounced",
        "conversation.assigned",
        "contact.matched",
    }


def test_the_limits_are_the_same_and_each_environment_has_its_own():
    world = a_world(rate_limits="on")
    live, test = (Desk(environment, world=world) for environment in ("live", "test"))

    answers = [(live.send(), test.send()) for _ in range(22)]

    assert [mine.status for mine, _ in answers] == [202] * 20 + [429] * 2
    for mine, theirs in answers:
        assert seen(mine, times=True) == seen(theirs, times=True)


@pytest.mark.parametrize("environment", ["live", "test"])
def test_nothing_that_is_seen_names_the_environment(environment: str):
    text = json.dumps(story(Desk(environment), times=False)).lower()

    assert re.findall(r"sandbox|livemode|ak_live|ak_test|\blive\b|\btest\b|environment|production", text) == []


def test_a_difference_is_found():
    live, test = Desk("live"), Desk("test")
    test.amend(gateways=[{"channel": "telegram", "price": "0.005"}])

    found = differences(story(live, times=True), story(test, times=True))

    assert any(each.startswith("send telegram") for each in found)
