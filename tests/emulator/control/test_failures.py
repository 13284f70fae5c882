"""Rules and faults over the control API: entered, listed, withdrawn, refused with the member that is wrong."""

from typing import Any

import httpx
import pytest

from emulator.core.failures import FaultKind, WebhookBreak
from emulator.core.spans import PATTERN
from emulator.failures import Unusable, read_faults, read_rules
from emulator.failures.faults import MEMBERS
from emulator.failures.words import BESIDE, WORDS
from emulator.providers.usual import REPORTS
from emulator.server.knowing import known_in
from tests.emulator.control.playing import Stage, contract, play

FAIL = [{"after": "2s", "report": "failed", "reason": "unknown-subscriber"}]
BOUNCE = [{"after": "2s", "report": "bounced"}]


async def delete(stage: Stage, path: str, status: int = 204) -> None:
    answer = await stage.call("DELETE", f"/_emulator/{path}")
    assert answer.status_code == status, answer.text


def test_a_rule_is_entered_listed_used_and_withdrawn():
    async def scene(stage: Stage) -> None:
        rule = {"name": "two bounces", "match": {"recipient": "ada@example.org"}, "times": 2, "script": BOUNCE}

        (entered,) = (await stage.post("providers", rule, status=201))["rules"]
        id = await stage.mail("ada@example.org")
        await stage.advance("10s")
        (listed,) = (await stage.get("providers"))["rules"]
        await delete(stage, f"providers/{entered['id']}")

        assert entered == {
            "id": "r1",
            "name": "two bounces",
            "created_at": "2026-01-01T00:00:00.000Z",
            "seen": 0,
            "used": 0,
            "times": 2,
            "match": {"recipient": "ada@example.org"},
            "script": BOUNCE,
        }
        assert (listed["seen"], listed["used"]) == (1, 1)
        message = await stage.get(f"messages/{id}")
        assert [each["type"] for each in message["timeline"]] == ["queued", "sending", "sent", "bounced"]
        assert message["recipients"][0]["script"] == "rule:r1"
        assert (await stage.get("providers"))["rules"] == []
        await delete(stage, "providers/r1", 404)

    play(scene)


def test_a_list_of_rules_is_entered_in_its_order_and_listed_newest_first():
    async def scene(stage: Stage) -> None:
        entered = await stage.post("providers", [{"script": FAIL}, {"script": BOUNCE}], status=201)
        listed = await stage.get("providers")
        await delete(stage, "providers")

        assert [each["script"] for each in entered["rules"]] == [FAIL, BOUNCE]
        assert [each["id"] for each in listed["rules"]] == ["r2", "r1"]
        assert (await stage.get("providers"))["rules"] == []

    play(scene)


def test_of_a_list_with_a_mistake_nothing_is_entered():
    async def scene(stage: Stage) -> None:
        answer = await stage.call("POST", "/_emulator/providers", json=[{"script": FAIL}, {"script": [{"repot": "x"}]}])

        assert answer.status_code == 422
        assert answer.json()["errors"] == [
            {"in": "body", "name": "1.script.0.repot", "detail": "is not known here; did you mean report?"}
        ]
        assert (await stage.get("providers"))["rules"] == []

    play(scene)


def test_an_account_is_meant_by_its_name_in_the_list_of_credentials():
    async def scene(stage: Stage) -> None:
        account = await stage.account("raven")

        await stage.post("providers", {"match": {"account": account["name"]}, "script": BOUNCE}, status=201)
        id = await stage.mail()
        await stage.advance("10s")

        assert (await stage.get(f"messages/{id}"))["recipients"][0]["status"] == "bounced"

    play(scene)


def test_a_report_that_is_not_there_is_a_409_that_says_why():
    async def scene(stage: Stage) -> None:
        rule = {"match": {"api": "raven", "channel": "sms"}, "script": [{"report": "opened"}]}

        assert await stage.refused("POST", "providers", json=rule) == (
            409,
            "not-possible",
            "script.0.report: Raven Cloud has no report 'opened' on sms; it has deferred, delivered, expired, failed.",
        )
        assert (await stage.refused("POST", "faults", json={"api": "cloudrebue", "webhook": "bad_signature"}))[2] == (
            "webhook: Cloud Rebue bulk SMS does not sign its webhooks."
        )

    play(scene)


def test_a_fault_is_entered_listed_used_and_withdrawn():
    async def scene(stage: Stage) -> None:
        fault = {"api": "raven", "operation": "sendMessage", "times": 1, "status": 503}

        (entered,) = (await stage.post("faults", fault, status=201))["faults"]
        headers = (await stage.account("raven"))["headers"]
        refused = await stage.client.post("/raven/v1/messages", json={}, headers=headers)
        (listed,) = (await stage.get("faults"))["faults"]
        await delete(stage, "faults/f1")

        assert entered == {
            "id": "f1",
            "name": None,
            "created_at": "2026-01-01T00:00:00.000Z",
            "seen": 0,
            "used": 0,
            "times": 1,
            "api": "raven",
            "operation": "sendMessage",
            "fault": {"status": 503},
        }
        assert refused.status_code == 503
        assert (listed["seen"], listed["used"]) == (1, 1)
        assert (await stage.get("faults"))["faults"] == []
        await delete(stage, "faults/f1", 404)

    play(scene)


def test_faults_are_listed_newest_first_with_what_goes_wrong_in_one_place():
    async def scene(stage: Stage) -> None:
        body = [{"fault": {"hang": "1s"}, "every": 2}, {"webhook": "late", "by": "2h", "type": "message.*"}]
        await stage.post("faults", body, status=201)

        first, second = (await stage.get("faults"))["faults"]
        await delete(stage, "faults")

        assert (first["fault"], first["by"], first["type"]) == ({"webhook": "late"}, "2h", "message.*")
        assert (second["fault"], second["every"]) == ({"hang": "1s"}, 2)
        assert (await stage.get("faults"))["faults"] == []

    play(scene)


@pytest.mark.parametrize(
    "fault", [{"hang": "1s", "every": 2}, {"webhook": "late", "by": "2h"}, {"fault": {"webhook": "drop"}, "type": "x"}]
)
def test_what_is_listed_can_be_entered_again(fault: dict[str, Any]):
    async def scene(stage: Stage) -> None:
        await stage.post("faults", fault, status=201)
        (listed,) = (await stage.get("faults"))["faults"]
        made = {"id", "name", "created_at", "seen", "used", "times"}

        again = {name: value for name, value in listed.items() if name not in made}
        (entered,) = (await stage.post("faults", again, status=201))["faults"]

        assert {name: entered[name] for name in again} == again

    play(scene)


def test_a_snapshot_keeps_rules_and_faults_with_their_counts():
    async def scene(stage: Stage) -> None:
        await stage.post("providers", {"times": 1, "script": BOUNCE}, status=201)
        await stage.post("faults", {"webhook": "drop", "times": 1}, status=201)
        snapshot = (await stage.call("POST", "/_emulator/snapshots")).json()["id"]

        async def statuses() -> list[str]:
            ids = [await stage.mail(), await stage.mail()]
            await stage.advance("10s")
            return [(await stage.get(f"messages/{id}"))["recipients"][0]["status"] for id in ids]

        first = await statuses()
        await delete(stage, "providers")
        await stage.post("faults", {"malformed": True}, status=201)
        await stage.post(f"snapshots/{snapshot}/restore")

        assert first == await statuses() == ["bounced", "delivered"]
        assert [each["fault"] for each in (await stage.get("faults"))["faults"]] == [{"webhook": "drop"}]

    play(scene)


def test_rules_and_faults_of_a_world_end_with_its_reset():
    async def scene(stage: Stage) -> None:
        await stage.post("providers", {"script": FAIL}, status=201)
        await stage.post("faults", {"malformed": True}, status=201)

        await stage.post("reset")

        assert (await stage.get("providers"))["rules"] == []
        assert (await stage.get("faults"))["faults"] == []

    play(scene)


def test_an_attempt_by_a_fault_is_listed_as_such():
    async def scene(stage: Stage) -> None:
        await stage.post("faults", {"webhook": "duplicate"}, status=201)
        await stage.text("254711000111", endpoint="http://127.0.0.1:1/hook")
        await stage.advance("10s")

        attempts = (await stage.get("webhooks/attempts"))["attempts"]

        assert sorted(each["trigger"] for each in attempts) == ["duplicate", "scheduled"]

    play(scene)


def test_a_late_event_shows_when_it_is_due():
    async def scene(stage: Stage) -> None:
        await stage.post("faults", {"webhook": "late", "by": "1h"}, status=201)
        await stage.text("254711000111", endpoint="http://127.0.0.1:1/hook")
        await stage.advance("10s")

        (attempt,) = (await stage.get("webhooks/attempts"))["attempts"]

        assert (attempt["state"], attempt["due_at"]) == ("pending", "2026-01-01T01:00:01.000Z")

    play(scene)


@pytest.mark.parametrize("body", [b"", b"{", b"5", b'"x"', b"[]", b"null", b"[" * 100_000, b"[[]]", b"[null]"])
@pytest.mark.parametrize("path", ["providers", "faults"])
def test_a_body_that_cannot_be_used_is_refused_and_never_a_500(path: str, body: bytes):
    async def scene(stage: Stage) -> None:
        answer: httpx.Response = await stage.call(
            "POST", f"/_emulator/{path}", content=body, headers={"content-type": "application/json"}
        )

        assert answer.status_code in (400, 422), answer.text

    play(scene)


def schema(name: str) -> dict[str, Any]:
    return contract().document["components"]["schemas"][name]["properties"]


def test_the_contract_names_what_the_readers_know():
    step, fault = schema("ScriptStep"), schema("Fault")

    assert set(step) == {"after", *WORDS, *BESIDE}
    assert step["report"]["enum"] == [type.value for type in REPORTS]
    assert set(fault) == set(MEMBERS)
    assert {kind.value for kind in FaultKind} <= set(fault)
    assert fault["webhook"]["enum"] == [each.value for each in WebhookBreak]
    assert contract().document["components"]["schemas"]["Span"]["pattern"] == PATTERN


GOOD_RULES: list[Any] = [
    {"script": FAIL},
    {"match": {"text": {"regex": "x"}, "nth": 2}, "script": [{"status": 503, "retry_after": "1s"}, {"silent": True}]},
    {"script": [{"report": "delivered", "duplicate": "1s", "late": "1h"}, {"reply": "x"}, {"tap": True}]},
    {"script": [{"report": "delivered", "duplicate": True, "reorder": True, "wrong_id": True}]},
    {"script": [{"timeout": True}, {"rate_limit": True}, {"reset": True}, {"garbage": True}, {"defer": True}]},
    {"script": [{"accept_then_drop": True}, {"refuse": "x", "code": "1", "diagnostic": "y"}]},
    {"script": [{"either": [{"weight": 2, "script": FAIL}]}]},
]
BAD_RULES: list[Any] = [
    {},
    {"script": []},
    {"script": FAIL, "time": 1},
    {"script": FAIL, "times": 0},
    {"match": {"text": {"regx": "x"}}, "script": FAIL},
    {"match": {"nth": "2"}, "script": FAIL},
    {"script": [{"report": "lost"}]},
    {"script": [{"report": "read", "kind": "medium"}]},
    {"script": [{"silent": False}]},
    {"script": [{"after": "soon", "silent": True}]},
    {"script": [{"timeout": False}]},
    {"script": [{"status": 99}]},
    {"script": [{"either": [{"weight": 0, "script": FAIL}]}]},
    {"script": [{"reply": ""}]},
]
GOOD_FAULTS: list[Any] = [
    {"latency": "1s", "times": 1, "every": 2, "rate": 0.5, "from": "1s", "until": "2s"},
    {"fault": {"latency": {"min": "1s", "max": "2s"}}, "credential": "*", "recipient": {"regex": "x"}},
    {"truncate": 0},
    {"content_type": True},
    {"status": {"code": 429, "retry_after": "1s"}},
    {"rate_limit": {"limit": 0, "per": "1h"}},
    {"hang": "1s"},
    {"webhook": "late", "by": "1h", "type": "x", "account": "*"},
]
BAD_FAULTS: list[Any] = [
    {},
    {"latency": "soon"},
    {"latency": {"min": "1s"}},
    {"truncate": -1},
    {"content_type": False},
    {"status": 199},
    {"status": {"cod": 500}},
    {"reset": "now"},
    {"rate_limit": -1},
    {"malformed": False},
    {"hang": False},
    {"webhook": "lost"},
    {"status": 500, "rate": 2},
    {"status": 500, "every": 0},
    {"status": 500, "tims": 1},
]


@pytest.mark.parametrize(
    ("name", "read", "values", "is_good"),
    [
        ("ProviderRule", read_rules, GOOD_RULES, True),
        ("ProviderRule", read_rules, BAD_RULES, False),
        ("Fault", read_faults, GOOD_FAULTS, True),
        ("Fault", read_faults, BAD_FAULTS, False),
    ],
)
def test_the_contract_and_the_readers_take_the_same(name: str, read: Any, values: list[Any], is_good: bool):
    async def scene(stage: Stage) -> None:
        known = known_in(stage.world, stage.edge.apis.values())
        for value in values:
            assert (contract().schema_problems(f"#/components/schemas/{name}", value) == []) is is_good, value
            if is_good:
                assert read(value, known)
            else:
                with pytest.raises(Unusable):
                    read(value, known)

    play(scene)
