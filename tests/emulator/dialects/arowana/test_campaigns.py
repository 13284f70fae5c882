"""Campaigns: started, paused, resumed, stopped for want of money or for an outage, completed."""

from typing import Any

import pytest

from emulator.dialects.arowana.fixtures import CAMPAIGN, MAIL_CHANNEL, MANUAL_CAMPAIGN, PEOPLE
from tests.emulator.dialects.arowana.asking import Answer, Workspace

PATH = f"/v1/campaigns/{CAMPAIGN}"
KIM, LOU, MAX = PEOPLE


@pytest.fixture
def shop() -> Workspace:
    return Workspace()


def trigger(shop: Workspace, body: Any = None, **more: Any) -> Answer:
    return shop.post(f"{PATH}/trigger", body, **more)


def status(shop: Workspace) -> dict[str, Any]:
    return shop.get(f"{PATH}/status").json


def counts(shop: Workspace) -> tuple[int, int, int, int]:
    """Pending, completed, failed, skipped."""
    found = status(shop)["executions"]
    assert found["total"] == found["pending"] + found["completed"] + found["failed"] + found["skipped"]
    return found["pending"], found["completed"], found["failed"], found["skipped"]


def add_contact(shop: Workspace, phone: str) -> str:
    return shop.post("/v1/contacts", {"phone": phone, "source": "API"}).json["id"]


def messages(shop: Workspace) -> list[dict[str, Any]]:
    return shop.get(f"/v1/messages?campaign_id={CAMPAIGN}").json["messages"]


def test_a_campaign_that_never_ran(shop: Workspace):
    answer = shop.get(f"{PATH}/status")

    assert (answer.status, answer.json) == (
        200,
        {
            "campaign_id": CAMPAIGN,
            "status": "SCHEDULED",
            "run_id": None,
            "executions": {"total": 0, "pending": 0, "completed": 0, "failed": 0, "skipped": 0},
            "estimated_remaining_cost": 0.0,
            "updated_at": "2026-01-01T00:00:00Z",
        },
    )


def test_a_run_writes_to_one_contact_a_second(shop: Workspace):
    started = trigger(shop)
    begun = status(shop)
    shop.advance(2.5)
    under_way = status(shop)
    shop.advance(10)
    ended = status(shop)

    run_id = started.json["run_id"]
    assert (started.status, started.json) == (202, {"run_id": run_id, "status": "RUNNING"})
    assert len(run_id) == len("run_") + 32
    assert begun == {
        "campaign_id": CAMPAIGN,
        "status": "RUNNING",
        "run_id": run_id,
        "executions": {"total": 3, "pending": 3, "completed": 0, "failed": 0, "skipped": 0},
        "estimated_remaining_cost": 0.24,
        "updated_at": "2026-01-01T00:00:00Z",
    }
    assert (under_way["status"], under_way["executions"]["completed"], under_way["estimated_remaining_cost"]) == (
        "RUNNING",
        1,
        0.08,
    )
    assert (ended["status"], ended["executions"], ended["estimated_remaining_cost"], ended["updated_at"]) == (
        "COMPLETED",
        {"total": 3, "pending": 0, "completed": 3, "failed": 0, "skipped": 0},
        0.0,
        "2026-01-01T00:00:04Z",
    )


def test_a_runs_messages_are_ordinary_ones_of_the_campaign(shop: Workspace):
    shop.listen_to_all()
    trigger(shop)
    shop.advance(20)

    found = messages(shop)

    assert [each["contact_id"] for each in found] == [MAX, LOU, KIM]
    assert {each["status"] for each in found} == {"DELIVERED"}
    assert {each["cost"] for each in found} == {"0.0800"}
    assert len(shop.data_of("message.delivered")) == 3
    assert shop.get("/v1/billing/balance").json["total"] == 49.76
    assert shop.get(f"/v1/messages/{found[0]['id']}").json["campaign_id"] == CAMPAIGN


def test_the_same_key_gives_the_same_run_for_a_day(shop: Workspace):
    first = trigger(shop, {"idempotency_key": "Frühling 1"})
    shop.advance(20)
    again = trigger(shop, {"idempotency_key": "Frühling 1"})
    shop.advance(24 * 60 * 60)
    next_day = trigger(shop, {"idempotency_key": "Frühling 1"})

    assert (again.status, again.json, again.headers["idempotent-replayed"]) == (202, first.json, "true")
    assert len(messages(shop)) == 3
    assert (next_day.status, next_day.json["run_id"] != first.json["run_id"]) == (202, True)


def test_the_key_may_stand_in_header_or_body(shop: Workspace):
    first = shop.post(f"/v1/campaigns/{CAMPAIGN}/trigger", headers={"Idempotency-Key": "k"})
    again = [trigger(shop, {"idempotency_key": "k"}), trigger(shop, {}, headers={"Idempotency-Key": "k"})]

    assert [(each.status, each.json) for each in again] == [(202, first.json)] * 2


def test_a_completed_campaign_can_run_again(shop: Workspace):
    first = trigger(shop).json["run_id"]
    shop.advance(20)

    second = trigger(shop)

    assert second.status == 202
    assert status(shop)["run_id"] == second.json["run_id"] != first
    assert counts(shop) == (3, 0, 0, 0)


@pytest.mark.parametrize("state", ["DRAFT", "RUNNING", "PAUSED", "PAUSED_ERROR", "PAUSED_BALANCE"])
def test_a_campaign_that_runs_or_is_a_draft_cannot_be_started(shop: Workspace, state: str):
    shop.change_campaign(status=state)

    answer = trigger(shop)

    assert (answer.status, answer.json) == (
        409,
        {"error": "invalid_state", "message": f"The campaign is {state}."},
    )


def test_a_campaign_with_another_trigger_cannot_be_started(shop: Workspace):
    answer = shop.post(f"/v1/campaigns/{MANUAL_CAMPAIGN}/trigger")

    assert (answer.status, answer.json) == (
        409,
        {"error": "invalid_state", "message": "The campaign is not triggered by the API."},
    )


def test_the_estimate_must_be_covered(shop: Workspace):
    shop.choose_balance(0.23)

    answer = trigger(shop)

    assert (answer.status, answer.json) == (
        402,
        {
            "error": "insufficient_balance",
            "message": "Free balance does not cover the estimated cost of this campaign.",
            "details": [],
            "balance": {"free": 0.23, "reserved": 0.0, "total": 0.23},
            "required_amount": 0.24,
            "topup_url": "https://app.arowana.app/billing",
        },
    )
    assert status(shop)["status"] == "SCHEDULED"


def test_a_paused_run_waits(shop: Workspace):
    trigger(shop)
    shop.advance(1.5)

    answer = shop.post(f"{PATH}/pause")
    shop.advance(60)

    assert (answer.status, answer.json) == (200, {"status": "PAUSED"})
    assert status(shop)["status"] == "PAUSED"
    assert counts(shop) == (2, 1, 0, 0)


def test_a_resumed_run_goes_on_with_those_who_wait(shop: Workspace):
    trigger(shop)
    shop.advance(1.5)
    shop.post(f"{PATH}/pause")
    shop.advance(60)

    answer = shop.post(f"{PATH}/resume")
    shop.advance(20)

    assert (answer.status, answer.json) == (200, {"status": "RUNNING"})
    assert status(shop)["status"] == "COMPLETED"
    assert [each["contact_id"] for each in messages(shop)] == [MAX, LOU, KIM]


def test_a_pause_within_a_second_does_not_quicken_the_run(shop: Workspace):
    trigger(shop)
    shop.advance(0.5)
    shop.post(f"{PATH}/pause")
    shop.post(f"{PATH}/resume")
    shop.advance(1.4)

    assert len(messages(shop)) == 1


@pytest.mark.parametrize(
    "state", ["DRAFT", "SCHEDULED", "PAUSED", "PAUSED_ERROR", "PAUSED_BALANCE", "COMPLETED", "COMPLETED_PARTIAL"]
)
def test_only_what_runs_can_be_paused(shop: Workspace, state: str):
    shop.change_campaign(status=state)

    answer = shop.post(f"{PATH}/pause")

    assert (answer.status, answer.json["message"]) == (409, f"The campaign is {state}.")


@pytest.mark.parametrize("state", ["DRAFT", "SCHEDULED", "RUNNING", "COMPLETED", "COMPLETED_PARTIAL"])
def test_only_what_is_paused_can_be_resumed(shop: Workspace, state: str):
    shop.change_campaign(status=state)

    answer = shop.post(f"{PATH}/resume")

    assert (answer.status, answer.json["message"]) == (409, f"The campaign is {state}.")


def test_a_run_stops_when_the_money_runs_out(shop: Workspace):
    trigger(shop)
    shop.choose_balance(0.1)
    shop.advance(60)
    stopped = status(shop)
    too_little = shop.post(f"{PATH}/resume")
    shop.post("/v1/billing/topup", {"amount": 10, "currency": "EUR"})
    after_a_top_up = status(shop)["status"]
    resumed = shop.post(f"{PATH}/resume")
    shop.advance(20)

    assert (stopped["status"], stopped["executions"]["completed"]) == ("PAUSED_BALANCE", 1)
    assert stopped["estimated_remaining_cost"] == 0.16
    assert (too_little.status, too_little.json["required_amount"]) == (402, 0.16)
    assert after_a_top_up == "PAUSED_BALANCE"
    assert resumed.status == 200
    assert counts(shop) == (0, 3, 0, 0)


def test_those_who_may_not_be_written_to_are_skipped(shop: Workspace):
    shop.patch(f"/v1/contacts/{LOU}", {"status": "BLOCKED"})
    shop.delete(f"/v1/contacts/{MAX}")
    trigger(shop)
    shop.advance(20)

    assert status(shop)["status"] == "COMPLETED"
    assert counts(shop) == (0, 1, 0, 2)


def test_those_without_an_address_of_the_channel_are_skipped(shop: Workspace):
    shop.patch(f"/v1/contacts/{LOU}", {"phone": None})
    trigger(shop)
    shop.advance(20)

    assert counts(shop) == (0, 2, 0, 1)


def test_a_newsletter_goes_to_those_who_agreed(shop: Workspace):
    message = {
        "channel_id": MAIL_CHANNEL,
        "message_type": "NEWSLETTER",
        "template_id": "tpl_news01",
        "template_data": {"name": "friend"},
    }
    shop.change_campaign(flow=[{"kind": "SEND", "message": message}])
    trigger(shop)
    shop.advance(20)

    (sent,) = messages(shop)
    assert sent["contact_id"] == KIM
    assert (status(shop)["status"], counts(shop)) == ("COMPLETED", (0, 1, 0, 2))


def test_a_newsletter_a_day_is_enough(shop: Workspace):
    message = {
        "agent_id": "ag_live_shop01",
        "message_type": "NEWSLETTER",
        "traffic_type": "PROMOTION",
        "content": {"text": "The lamp is back."},
    }
    shop.change_campaign(flow=[{"kind": "SEND", "message": message}])
    trigger(shop)
    shop.advance(20)
    trigger(shop)
    shop.advance(20)

    assert counts(shop) == (0, 0, 0, 3)


def test_a_message_that_the_network_refuses_makes_a_run_partial(shop: Workspace):
    shop.change_campaign(audience=[KIM, add_contact(shop, "+12025550108")])
    trigger(shop)
    shop.advance(20)

    assert (status(shop)["status"], counts(shop)) == ("COMPLETED_PARTIAL", (0, 1, 1, 0))


def test_a_sender_that_may_not_send_fails_them_all(shop: Workspace):
    trigger(shop)
    shop.amend(launches={"ag_live_shop01": dict.fromkeys(("vodafone_de", "telekom_de", "telefonica_de"), "SUSPENDED")})
    shop.advance(20)

    assert (status(shop)["status"], counts(shop)) == ("COMPLETED_PARTIAL", (0, 0, 3, 0))


def test_a_template_that_is_taken_away_fails_them_all(shop: Workspace):
    trigger(shop)
    message = {"channel_id": MAIL_CHANNEL, "message_type": "MESSAGE", "template_id": "tpl_gone"}
    shop.change_campaign(flow=[{"kind": "SEND", "message": message}])
    under_way = status(shop)
    shop.advance(20)

    assert (under_way["status"], under_way["estimated_remaining_cost"]) == ("RUNNING", 0.0)
    assert (status(shop)["status"], counts(shop)) == ("COMPLETED_PARTIAL", (0, 0, 3, 0))


def test_an_outage_of_the_provider_stops_a_run(shop: Workspace):
    phones = ("+12025550106", *(f"+49151000000{number:02}" for number in range(98)))
    shop.change_campaign(audience=[add_contact(shop, phone) for phone in phones])
    trigger(shop)
    shop.advance(70)
    stopped = status(shop)
    shop.advance(60)

    assert stopped["status"] == "PAUSED_ERROR"
    assert stopped["executions"]["failed"] == 1
    assert counts(shop)[0] == stopped["executions"]["pending"] > 0
    assert shop.post(f"{PATH}/resume").status == 200
    shop.advance(120)
    assert status(shop)["status"] == "COMPLETED_PARTIAL"


def test_what_becomes_of_a_message_later_is_not_counted_again(shop: Workspace):
    shop.change_campaign(audience=[add_contact(shop, "+12025550109")])
    trigger(shop)
    shop.advance(120)

    (sent,) = messages(shop)
    assert (sent["status"], status(shop)["status"], counts(shop)) == ("EXPIRED", "COMPLETED", (0, 1, 0, 0))


def test_a_run_waits_for_the_networks_answer_to_its_last_message(shop: Workspace):
    shop.change_campaign(audience=[add_contact(shop, "+12025550107")])
    trigger(shop)
    shop.advance(2)
    early = status(shop)["status"]
    shop.advance(20)

    assert (early, status(shop)["status"]) == ("RUNNING", "COMPLETED")


def test_an_empty_audience_is_completed_at_once(shop: Workspace):
    shop.change_campaign(audience=[])
    trigger(shop)
    shop.advance(1)

    assert (status(shop)["status"], counts(shop)) == ("COMPLETED", (0, 0, 0, 0))


@pytest.mark.parametrize(
    ("method", "name"), [("POST", "trigger"), ("POST", "pause"), ("POST", "resume"), ("GET", "status")]
)
def test_a_campaign_of_nobody_or_of_another_workspace_is_not_found(shop: Workspace, method: str, name: str):
    answers = [
        shop.request(method, f"/v1/campaigns/7d0c2f1e-9a6b-4c5d-8e7f-001122334455/{name}"),
        shop.request(method, f"{PATH}/{name}", key=shop.other_key),
    ]

    for answer in answers:
        assert (answer.status, answer.json) == (404, {"error": "not_found", "message": "Campaign not found."})


def test_an_empty_key_is_refused(shop: Workspace):
    answer = trigger(shop, {"idempotency_key": ""})

    assert (answer.status, answer.json["details"][0]["field"]) == (400, "idempotency_key")


# -- more than one step ----------------------------------------------------------------------------------------------


def send(text: str, **more: Any) -> dict[str, Any]:
    members = {"agent_id": "ag_live_shop01", "message_type": "MESSAGE", "traffic_type": "TRANSACTION"}
    return {"kind": "SEND", "message": {**members, "content": {"text": text}, **more}}


WAIT = {"kind": "WAIT", "for": "2h"}
HOUR = 3600


def test_all_contacts_pass_a_step_before_the_next_begins(shop: Workspace):
    shop.change_campaign(flow=[send("One"), send("Two")], audience=[KIM, LOU])
    trigger(shop)
    shop.advance(4)
    between = counts(shop)
    shop.advance(60)

    sent = [shop.get(f"/v1/messages/{each['id']}").json for each in reversed(messages(shop))]
    assert [(each["contact_id"], each["content"]["text"]) for each in sent] == [
        (KIM, "One"),
        (LOU, "One"),
        (KIM, "Two"),
        (LOU, "Two"),
    ]
    assert between[:2] == (2, 0)
    assert (status(shop)["status"], counts(shop)) == ("COMPLETED", (0, 2, 0, 0))


def test_a_wait_counts_from_the_end_of_the_step_before(shop: Workspace):
    shop.change_campaign(flow=[send("One"), WAIT, WAIT, send("Two")], audience=[KIM])
    trigger(shop)
    shop.advance(4 * HOUR - 60)
    before = len(messages(shop))
    shop.advance(120)

    assert (before, len(messages(shop))) == (1, 2)


def test_a_wait_before_the_first_message_and_after_the_last_are_no_trouble(shop: Workspace):
    shop.change_campaign(flow=[WAIT, send("One"), WAIT], audience=[KIM])
    trigger(shop)
    shop.advance(HOUR)
    before = len(messages(shop))
    shop.advance(HOUR + 60)

    assert (before, len(messages(shop))) == (0, 1)
    assert status(shop)["status"] == "COMPLETED"


def test_a_pause_during_a_wait_does_not_shorten_it(shop: Workspace):
    shop.change_campaign(flow=[send("One"), WAIT, send("Two")], audience=[KIM])
    trigger(shop)
    shop.advance(60)
    shop.post(f"{PATH}/pause")
    shop.post(f"{PATH}/resume")
    shop.advance(HOUR)
    before = len(messages(shop))
    shop.advance(HOUR)

    assert (before, len(messages(shop))) == (1, 2)


def test_who_failed_or_was_skipped_gets_no_further_message(shop: Workspace):
    shop.patch(f"/v1/contacts/{LOU}", {"status": "BLOCKED"})
    refused = add_contact(shop, "+12025550108")
    shop.change_campaign(flow=[send("One"), send("Two")], audience=[LOU, refused, KIM])
    trigger(shop)
    shop.advance(60)

    assert [each["contact_id"] for each in reversed(messages(shop))] == [refused, KIM, KIM]
    assert (status(shop)["status"], counts(shop)) == ("COMPLETED_PARTIAL", (0, 1, 1, 1))


def test_a_message_is_of_the_contact_whose_turn_it_is(shop: Workspace):
    older, newer = add_contact(shop, "+12025550108"), add_contact(shop, "+12025550108")
    shop.change_campaign(flow=[send("One"), send("Two")], audience=[newer])
    trigger(shop)
    shop.advance(60)

    assert older != newer
    assert [each["contact_id"] for each in messages(shop)] == [newer]
    assert (status(shop)["status"], counts(shop)) == ("COMPLETED_PARTIAL", (0, 0, 1, 0))


def test_who_is_named_twice_has_one_turn(shop: Workspace):
    shop.patch(f"/v1/contacts/{LOU}", {"status": "BLOCKED"})
    shop.change_campaign(audience=[LOU, KIM, LOU, KIM])
    trigger(shop)
    shop.advance(60)

    assert (status(shop)["executions"]["total"], counts(shop)) == (2, (0, 1, 0, 1))
    assert len(messages(shop)) == 1


def test_a_run_without_anybody_left_ends(shop: Workspace):
    shop.patch(f"/v1/contacts/{LOU}", {"status": "BLOCKED"})
    shop.change_campaign(flow=[send("One"), WAIT, send("Two")], audience=[LOU])
    trigger(shop)
    shop.advance(60)

    assert (status(shop)["status"], counts(shop)) == ("COMPLETED", (0, 0, 0, 1))


def test_the_estimate_counts_every_message_that_is_to_come(shop: Workspace):
    shop.change_campaign(flow=[send("One"), WAIT, send("Two" * 100)], audience=[KIM, LOU])
    trigger(shop)
    begun = status(shop)["estimated_remaining_cost"]
    shop.advance(60)

    assert begun == 2 * 0.08 + 2 * 0.12
    assert status(shop)["estimated_remaining_cost"] == 2 * 0.12
