"""What becomes of a message: magic recipients, retries, refunds, bounces, and what the object shows of it."""

from typing import Any

import pytest

from emulator.core.records import EventType, Status
from emulator.dialects.tripdesk.vocabulary import CAUSES, CHANNELS, EVENT_WORDS, GATEWAYS, STATUS_WORDS
from emulator.gateway import reporting
from emulator.providers.reasons import Reason
from emulator.providers.script import Report
from tests.emulator.dialects.tripdesk.conftest import MAIL, SEED, SMS, Api

PHONE = "+120255501"
WHATSAPP = SEED

SENT = ["message.sent"]
DELIVERED = ["message.sent", "message.delivered"]
FAILED = ["message.failed"]


def to_phone(number: int, body: dict[str, Any] = SMS) -> dict[str, Any]:
    return {**body, "to": f"{PHONE}{number:02d}"}


def to_mail(name: str) -> dict[str, Any]:
    return {**MAIL, "to": f"{name}@simulator.example"}


def live(api: Api, body: dict[str, Any]) -> dict[str, Any]:
    """What the caller sees in the end, in short."""
    api.listen()
    message = api.life(body)
    return {
        "status": message["status"],
        "error": message["last_error"] and message["last_error"]["code"],
        "retries": message["retry_count"],
        "refund": message["refund"] and message["refund"]["amount"],
        "bounce": message["bounce"] and message["bounce"]["code"],
        "told": [event["type"] for event in api.told()],
    }


def ends(status: str, told: list[str], **facts: Any) -> dict[str, Any]:
    return {"status": status, "error": None, "retries": 0, "refund": None, "bounce": None, "told": told, **facts}


def fails(error: str, retries: int = 0, told: list[str] = FAILED, refund: str = "0.020") -> dict[str, Any]:
    return ends("failed", told, error=error, retries=retries, refund=refund)


AS_00 = ends("delivered", DELIVERED)
TRIED_AGAIN = ends("delivered", DELIVERED, error="provider_unavailable", retries=2)

# The column of this API in the table of magic recipients; for e-mail and WhatsApp where they differ from SMS.
BY_SMS: dict[int, dict[str, Any]] = {
    0: AS_00,
    1: AS_00,
    2: fails("invalid_recipient", told=["message.sent", "message.failed"]),
    3: TRIED_AGAIN,
    4: fails("blocked_by_recipient"),
    5: fails("blocked_by_recipient", told=["message.sent", "message.failed"]),
    6: fails("provider_timeout", retries=3),
    7: TRIED_AGAIN,
    8: fails("invalid_recipient"),
    9: fails("provider_unavailable", retries=3),
    10: AS_00,
    11: AS_00,
    12: AS_00,
    13: ends("delivered", [*DELIVERED, "message.delivered"]),
    14: ends("delivered", ["message.delivered", "message.sent"]),
    15: ends("sent", SENT),
    16: AS_00,
}
BY_MAIL: dict[str, dict[str, Any]] = {
    "deliver": AS_00,
    "slow": AS_00,
    "bounce": ends("bounced", ["message.sent", "message.bounced"], bounce="5.1.1"),
    "soft-then-deliver": TRIED_AGAIN,
    "blocked": fails("blocked_by_recipient", refund="0.001"),
    "complaint": AS_00,
    "timeout": fails("provider_timeout", retries=3, refund="0.001"),
    "flaky": TRIED_AGAIN,
    "invalid": fails("invalid_recipient", refund="0.001"),
    "expired": fails("provider_unavailable", retries=3, refund="0.001"),
    "read": AS_00,
    "reply": AS_00,
    "stop": AS_00,
    "duplicate": ends("delivered", [*DELIVERED, "message.delivered"]),
    "out-of-order": ends("delivered", ["message.delivered", "message.sent"]),
    "silent": ends("sent", SENT),
    "open-click": AS_00,
}
BY_WHATSAPP = {
    5: fails("blocked_by_recipient", told=["message.sent", "message.failed"], refund="0.012"),
    10: ends("read", DELIVERED),
    14: ends("read", DELIVERED),
    16: AS_00,
}
ON_PLATFORMS: dict[tuple[str, str], dict[str, Any]] = {
    ("messenger", "deliver"): AS_00,
    ("messenger", "read"): ends("read", DELIVERED),
    ("instagram", "read"): ends("read", DELIVERED),
    ("telegram", "read"): AS_00,
    ("webchat", "read"): AS_00,
    ("push", "deliver"): AS_00,
    ("push", "silent"): ends("sent", SENT),
    ("push", "bounce"): ends("failed", FAILED, error="invalid_recipient"),
    ("broadcast", "deliver"): ends("sent", SENT),
    ("broadcast", "read"): ends("sent", SENT),
    ("broadcast", "blocked"): fails("blocked_by_recipient", refund="0.010"),
}


@pytest.mark.parametrize("number", BY_SMS)
def test_a_magic_number_has_the_outcome_of_its_row(api: Api, number: int):
    assert live(api, to_phone(number)) == BY_SMS[number]


@pytest.mark.parametrize("name", BY_MAIL)
def test_a_magic_mail_address_has_the_outcome_of_its_row(api: Api, name: str):
    assert live(api, to_mail(name)) == BY_MAIL[name]


@pytest.mark.parametrize("number", BY_WHATSAPP)
def test_whatsapp_differs_in_these_rows(api: Api, number: int):
    assert live(api, to_phone(number, WHATSAPP)) == BY_WHATSAPP[number]


@pytest.mark.parametrize(("channel", "name"), ON_PLATFORMS)
def test_the_other_channels_confirm_what_they_can(api: Api, channel: str, name: str):
    assert live(api, {"channel": channel, "to": f"sim-{name}", "text": "x"}) == ON_PLATFORMS[channel, name]


@pytest.mark.parametrize("channel", ["viber", "rcs"])
def test_viber_and_rcs_are_read(api: Api, channel: str):
    assert live(api, {"channel": channel, "to": f"{PHONE}10", "text": "x"}) == ends("read", DELIVERED)


@pytest.mark.parametrize(("number", "text"), [(11, "Simulated reply"), (12, "STOP")])
def test_what_the_person_answers_stands_in_the_conversation(api: Api, number: int, text: str):
    sent = api.life(to_phone(number))

    history = api.get(f"/api/v1/conversations/{sent['conversation_id']}/messages").json["data"]

    assert [(each["direction"], each["text"]) for each in history] == [("outbound", SMS["text"]), ("inbound", text)]


def test_who_said_stop_blocks_what_comes_later(api: Api):
    api.life(to_phone(12))

    later = api.life(to_phone(12))

    assert (later["status"], later["last_error"]["code"], later["retry_count"]) == ("failed", "blocked_by_recipient", 0)


def test_who_unsubscribed_by_mail_blocks_what_comes_later(api: Api):
    api.life(to_mail("stop"))

    assert api.life(to_mail("stop"))["last_error"]["code"] == "blocked_by_recipient"


def test_duplicate_receipts_are_told_under_one_event_id(api: Api):
    api.listen("message.delivered")
    message = api.life(to_phone(13))

    first, again = api.told()

    assert first == again
    assert [event["type"] for event in message["events"]] == ["queued", "sent", "delivered"]


def test_a_status_never_goes_back(api: Api):
    message = api.life(to_phone(14))

    assert message["status"] == "delivered"
    assert [event["type"] for event in message["events"]] == ["queued", "delivered"]
    assert message["sent_at"] is not None


def test_the_three_retries_come_after_30_s_2_min_and_10_min(api: Api):
    id = api.send(to_phone(6)).json["id"]

    attempts: dict[int, int] = {}
    for second in range(0, 900, 5):
        attempts.setdefault(api.message(id)["attempts"], second)
        api.advance(5)

    # Each attempt waits 15 s for the provider.
    assert attempts == {0: 0, 1: 5, 2: 50, 3: 185, 4: 800}


def test_a_message_that_waits_for_a_retry_is_sending_and_costs_nothing_yet(api: Api):
    id = api.send(to_phone(6)).json["id"]
    api.advance(20)

    message = api.message(id)

    assert (message["status"], message["attempts"], message["retry_count"]) == ("sending", 1, 0)
    assert (message["cost_estimate"], message["cost"]) == ("0.020", None)
    assert [event["type"] for event in message["events"]] == ["queued"]


def test_a_temporary_bounce_spends_the_retry_budget(api: Api):
    api.listen()
    message = api.life(to_mail("soft-bounce"))

    assert (message["status"], message["retry_count"], message["attempts"]) == ("failed", 3, 4)
    assert message["last_error"]["code"] == "provider_unavailable"
    assert message["bounce"] is None
    assert message["refund"]["amount"] == "0.001"
    assert [event["type"] for event in api.told()] == ["message.sent", "message.failed"]


def test_a_bounce_says_what_the_receiving_server_said_and_costs(api: Api):
    message = api.life(to_mail("bounce"))

    assert message["bounce"] == {
        "type": "permanent",
        "code": "5.1.1",
        "diagnostic": "smtp; 550 5.1.1 The email account that you tried to reach does not exist",
        "reporting_mta": "mx.simulator.example",
    }
    assert (message["cost"], message["refund"], message["last_error"]) == ("0.001", None, None)


def test_a_failure_that_comes_after_delivery_changes_nothing(api: Api):
    api.listen()
    message = api.life(to_phone(21))

    assert (message["status"], message["refund"]) == ("delivered", None)
    assert [event["type"] for event in api.told()] == DELIVERED


@pytest.mark.parametrize(
    ("number", "error", "provider_code"),
    [
        (2, "invalid_recipient", "UserDoesNotExist"),
        (4, "blocked_by_recipient", "UserInBlacklist"),
        (6, "provider_timeout", None),
        (9, "provider_unavailable", "503"),
        (18, "provider_rejected", "InsufficientBalance"),
        (26, "provider_unavailable", None),
        (27, "provider_unavailable", None),
    ],
)
def test_the_last_error_has_the_providers_own_code(api: Api, number: int, error: str, provider_code: str | None):
    last_error = api.life(to_phone(number))["last_error"]

    assert (last_error["code"], last_error["provider_code"]) == (error, provider_code)
    assert last_error["message"]


def test_a_gateway_that_went_down_meanwhile_fails_the_message(api: Api):
    id = api.send(SMS).json["id"]
    api.amend(gateways=[{"channel": "sms", "status": "down"}])

    api.advance(1)

    message = api.message(id)
    assert (message["status"], message["last_error"]["code"]) == ("failed", "gateway_down")
    assert message["last_error"]["provider_code"] is None
    assert message["refund"]["amount"] == "0.020"


def test_a_template_that_was_paused_or_deleted_meanwhile_fails_the_message(api: Api):
    ids = [api.send(SEED).json["id"]]
    api.amend(template_details={"order_confirmation": {"status": "pending"}})
    api.advance(1)
    api.amend(template_details={"order_confirmation": {"status": "approved"}})
    ids.append(api.send(SEED).json["id"])
    for template in list(api.world.store.templates):
        api.world.store.templates.delete(template.id)
    api.advance(1)

    assert [api.message(id)["last_error"]["code"] for id in ids] == ["template_paused"] * 2


def test_a_report_that_the_message_expired_is_a_failure_with_refund(api: Api):
    api.listen("message.failed")
    id = api.send(to_phone(15)).json["id"]
    api.advance(1)

    reporting.report(api.world, id, Report(type=EventType.EXPIRED, reason=Reason.ABSENT_SUBSCRIBER))

    message = api.message(id)
    assert (message["status"], message["last_error"]["code"]) == ("failed", "provider_unavailable")
    assert [event["data"]["refund"]["amount"] for event in api.told()] == ["0.020"]


def test_a_cause_that_only_a_script_knows_is_a_rejection_in_its_own_words(api: Api):
    id = api.send(to_phone(15)).json["id"]
    api.advance(1)

    step = Report(type=EventType.FAILED, reason="solar-flare", code="77", diagnostic="The sun is in the way")
    reporting.report(api.world, id, step)

    assert api.message(id)["last_error"] == {
        "code": "provider_rejected",
        "message": "The sun is in the way",
        "provider_code": "77",
    }


def test_a_failed_message_that_cost_nothing_has_no_refund(api: Api):
    api.listen("message.failed")
    message = api.life({"channel": "push", "to": "sim-bounce", "text": "x"})

    assert (message["status"], message["refund"], message["cost"]) == ("failed", None, "0.000")
    assert [event["data"]["refund"] for event in api.told()] == [None]


def test_tables_are_total():
    assert set(STATUS_WORDS) == set(Status)
    assert set(EVENT_WORDS) == set(EventType)
    assert set(CAUSES) >= set(Reason)
    assert set(GATEWAYS) == set(CHANNELS)
    assert len(CHANNELS) == 11
