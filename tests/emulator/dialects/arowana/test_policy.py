"""What becomes of a message: ordinary and magic recipients, causes, and what the network does of itself."""

from typing import Any

import pytest

from emulator.core.records import EventType, Status
from emulator.dialects.arowana.policy import CHARGING
from emulator.dialects.arowana.statuses import bounce_of, failure_of
from emulator.dialects.arowana.vocabulary import EMAIL, EVENT_WORDS, FAILURES, HARD_BOUNCES, RCS, STATUS_WORDS, UNITS
from emulator.dialects.arowana.vocabulary import SMS as SMS_CHANNEL
from emulator.gateway.reporting import report
from emulator.providers.reasons import Reason
from emulator.providers.script import Report
from tests.builders import an_event
from tests.emulator.dialects.arowana.conftest import MAIL, SMS, TEXT, Api


def types(message: dict[str, Any]) -> list[str]:
    """The timeline's words."""
    return [event["type"] for event in message["events"]]


def test_an_ordinary_recipient_is_sent_after_one_second_and_delivered_after_five(api: Api):
    id = api.sent()
    at: list[str] = []
    for seconds in (0.99, 0.01, 3.99, 0.01):
        api.advance(seconds)
        at.append(api.read(id)["status"])

    assert at == ["queued", "sent", "sent", "delivered"]


def test_the_seeds_timeline(api: Api):
    message = api.life()

    # The seed's sample begins at 14:30:00; this world at midnight.
    assert message["events"] == [
        {"type": "queued", "at": "2026-01-01T00:00:00Z"},
        {"type": "sent", "at": "2026-01-01T00:00:01Z"},
        {"type": "delivered", "at": "2026-01-01T00:00:05Z"},
    ]


CHARGED, RELEASED, HELD = "charged", "released", "held"

# Status, code of the error, what became of the money, the events told. Source: the column of magic recipients.
COLUMN: list[tuple[int, str, str | None, str, list[str]]] = [
    (0, "delivered", None, CHARGED, ["message.delivered"]),
    (1, "delivered", None, CHARGED, ["message.delivered"]),
    (2, "failed", "UNKNOWN_RCS_USER", RELEASED, ["message.failed"]),
    (3, "delivered", None, CHARGED, ["message.delivered"]),
    (5, "delivered", None, CHARGED, ["message.delivered"]),
    (6, "failed", "PROVIDER_TIMEOUT", RELEASED, ["message.failed"]),
    (7, "delivered", None, CHARGED, ["message.delivered"]),
    (8, "failed", "UNKNOWN_RCS_USER", RELEASED, ["message.failed"]),
    (9, "expired", "MESSAGE_EXPIRED", RELEASED, ["message.expired"]),
    (10, "read", None, CHARGED, ["message.delivered", "message.read"]),
    (11, "delivered", None, CHARGED, ["message.delivered", "conversation.started"]),
    (12, "delivered", None, CHARGED, ["message.delivered", "conversation.started"]),
    (13, "delivered", None, CHARGED, ["message.delivered", "message.delivered"]),
    (14, "delivered", None, CHARGED, ["message.delivered"]),
    (15, "sent", None, HELD, []),
    (16, "read", None, CHARGED, ["message.delivered", "message.read", "conversation.started"]),
]
MAIL_COLUMN: list[tuple[str, str, str | None, str, list[str]]] = [
    ("deliver", "delivered", None, CHARGED, ["email.delivered"]),
    ("slow", "delivered", None, CHARGED, ["email.delivered"]),
    ("bounce", "bounced", "550", RELEASED, ["email.bounced"]),
    ("soft-then-deliver", "delivered", None, CHARGED, ["email.bounced", "email.bounced", "email.delivered"]),
    ("complaint", "delivered", None, CHARGED, ["email.delivered", "email.complained"]),
    ("timeout", "bounced", "550", RELEASED, ["email.bounced"]),
    ("flaky", "delivered", None, CHARGED, ["email.delivered"]),
    ("invalid", "bounced", "553", RELEASED, ["email.bounced"]),
    ("expired", "bounced", "550", RELEASED, ["email.bounced", "email.bounced"]),
    ("read", "read", None, CHARGED, ["email.delivered", "email.opened"]),
    ("reply", "delivered", None, CHARGED, ["email.delivered"]),
    ("stop", "unsubscribed", None, CHARGED, ["email.delivered", "email.unsubscribed"]),
    ("duplicate", "delivered", None, CHARGED, ["email.delivered", "email.delivered"]),
    ("out-of-order", "delivered", None, CHARGED, ["email.delivered"]),
    ("silent", "sent", None, HELD, []),
    ("open-click", "clicked", None, CHARGED, ["email.delivered", "email.opened", "email.clicked"]),
]
ALL = [
    "message.delivered",
    "message.read",
    "message.failed",
    "message.expired",
    "conversation.started",
    "email.delivered",
    "email.bounced",
    "email.opened",
    "email.clicked",
    "email.complained",
    "email.unsubscribed",
]


def money_of(api: Api, id: str) -> str:
    recipient = api.recipient(id)
    if recipient.charged_micros:
        assert recipient.hold_micros == 0
        return CHARGED
    return HELD if recipient.hold_micros else RELEASED


CARD_WITH_CHIP = {"text": "Track it?", "suggestions": [{"reply": {"text": "Track it", "postback_data": "dHJhY2s="}}]}


@pytest.mark.parametrize(("number", "status", "code", "money", "events"), COLUMN)
def test_magic_numbers_on_rcs(api: Api, number: int, status: str, code: str | None, money: str, events: list[str]):
    api.listen(*ALL)
    content = CARD_WITH_CHIP if number == 16 else TEXT["content"]

    message = api.life(to=f"+120255501{number:02d}", content=content, seconds=120)

    assert (message["status"], message["error_code"]) == (status, code)
    assert money_of(api, message["id"]) == money
    assert [each["event"] for each in api.told()] == events


@pytest.mark.parametrize(("name", "status", "code", "money", "events"), MAIL_COLUMN)
def test_magic_addresses_of_mail(api: Api, name: str, status: str, code: str | None, money: str, events: list[str]):
    api.listen(*ALL)

    message = api.life(MAIL, to=f"{name}@simulator.example", seconds=120)

    assert (message["status"], message["error_code"]) == (status, code)
    assert money_of(api, message["id"]) == money
    assert [each["event"] for each in api.told()] == events


@pytest.mark.parametrize("message", [{**TEXT, "to": "+12025550104"}, {**MAIL, "to": "blocked@simulator.example"}])
def test_a_blocked_magic_recipient_is_refused_at_send(api: Api, message: dict[str, Any]):
    reply = api.send(message)

    assert (reply.status, reply.error) == (422, "recipient_suppressed")
    assert reply.details == [("to", "The address is suppressed.")]


def test_a_magic_number_without_rcs_is_found_out_at_send(api: Api):
    reply = api.send(to="+12025550122")

    assert (reply.status, reply.error) == (404, "device_not_rcs_capable")


@pytest.mark.parametrize(("mail", "message"), [("slow", 30), ("soft-then-deliver", 15)])
def test_late_deliveries_keep_their_time(api: Api, mail: str, message: int):
    id = api.sent(MAIL, to=f"{mail}@simulator.example")
    api.advance(message - 0.1)
    before = api.read(id)["status"]
    api.advance(0.1)

    assert (before, api.read(id)["status"]) == ("sent", "delivered")


def test_a_duplicate_receipt_is_told_twice_under_one_id_and_stands_once_in_the_timeline(api: Api):
    api.listen("message.delivered")

    message = api.life(to="+12025550113")

    first, second = api.told()
    assert first == second
    assert types(message) == ["queued", "sent", "delivered"]
    assert len({event.id for event in api.events}) == 2


def test_receipts_out_of_order_stand_in_order_of_time_and_the_status_stays(api: Api):
    message = api.life(to="+12025550114")

    assert types(message) == ["queued", "delivered", "sent"]
    assert message["status"] == "delivered"


def test_a_silent_message_expires_with_its_ttl(api: Api):
    id = api.sent(to="+12025550115", ttl="3600s")
    api.advance(3599)
    before = api.read(id)["status"]
    api.advance(1)
    message = api.read(id)

    assert (before, message["status"], message["error_code"]) == ("sent", "expired", "MESSAGE_EXPIRED")
    assert message["error_message"] == "The message was not delivered in time."
    assert api.balance == (50.0, 0.0, 50.0)


def test_without_a_ttl_an_rcs_message_expires_after_thirty_days(api: Api):
    id = api.sent(to="+12025550115")
    api.advance(days=29, hours=23)
    before = api.read(id)["status"]
    api.advance(hours=1)

    assert (before, api.read(id)["status"]) == ("sent", "expired")


@pytest.mark.parametrize(("ttl", "seconds"), [("90s", 90), ("2m", 120), ("1h", 3600)])
def test_an_unreachable_person_lets_the_message_expire_at_its_ttl(api: Api, ttl: str, seconds: int):
    api.listen("message.expired", "message.failed", "message.revoked")
    id = api.sent(to="+12025550109", ttl=ttl)
    api.advance(seconds)

    (told,) = api.told()
    assert told["data"] == {
        "message_id": id,
        "agent_id": "ag_live_shop01",
        "to": "+12025550109",
        "status": "expired",
        "expired_at": told["timestamp"],
    }


def test_a_silent_mail_stays_sent(api: Api):
    id = api.sent(MAIL, to="silent@simulator.example")
    api.advance(days=60)

    assert api.read(id)["status"] == "sent"


def test_an_agent_that_is_not_launched_at_the_numbers_carrier_fails(api: Api):
    api.listen("message.failed")
    api.amend(recipients={TEXT["to"]: {"carrier": "telefonica_de"}})

    message = api.life()

    assert (message["status"], message["error_code"]) == ("failed", "CARRIER_NOT_LAUNCHED")
    assert message["error_message"] == "The agent is not launched at the recipient's carrier."
    (told,) = api.told()
    assert told["data"]["failure_reason"] == "CARRIER_NOT_LAUNCHED"
    assert api.balance == (50.0, 0.0, 50.0)


def test_a_traffic_type_that_the_use_case_lacks_is_accepted_and_refused_by_the_carrier(api: Api, world: Any):
    from msgspec.structs import replace

    agent = world.store.resources["ag_live_shop01"]
    world.store.resources.put(replace(agent, content={**agent.content, "use_case": "OTP"}))

    accepted = api.send(traffic_type="PROMOTION")
    message = api.life(traffic_type="PROMOTION")

    assert accepted.status == 200
    assert (message["status"], message["error_code"]) == ("failed", "TRAFFIC_TYPE_NOT_PERMITTED")


def test_messages_of_a_suspended_workspace_fail(api: Api):
    api.change_account(status="suspended")

    assert api.life()["error_code"] == "ACCOUNT_SUSPENDED"
    assert api.life(MAIL)["error_code"] == "554"


def test_a_scripted_code_and_diagnostic_win(api: Api):
    id = api.sent(MAIL, to="silent@simulator.example")
    api.advance(1)
    report(
        api.world,
        id,
        Report(type=EventType.BOUNCED, reason="unknown-subscriber", code="551", diagnostic="5.1.6 Moved."),
    )

    message = api.read(id)
    assert (message["error_code"], message["error_message"]) == ("551", "5.1.6 Moved.")


def test_an_rcs_failure_with_a_reason_of_the_vendors_own_is_told_as_it_is(api: Api):
    api.listen("message.failed")
    id = api.sent(to="+12025550115")
    api.advance(1)
    report(api.world, id, Report(type=EventType.FAILED, reason="SOMETHING_NEW"))

    assert api.told()[0]["data"]["failure_reason"] == "SOMETHING_NEW"
    assert api.read(id)["error_code"] == "SOMETHING_NEW"


def test_a_late_bounce_leaves_status_and_money_and_takes_the_contact(api: Api):
    api.listen("email.delivered", "email.bounced")
    id = api.sent(MAIL, to="gone@example.org")
    api.advance(6)
    report(api.world, id, Report(type=EventType.BOUNCED, reason=Reason.UNKNOWN_SUBSCRIBER))

    message = api.read(id)
    assert (message["status"], message["cost"]) == ("delivered", "0.0900")
    assert [each["event"] for each in api.told()] == ["email.delivered", "email.bounced"]
    assert api.send(MAIL, to="gone@example.org").error == "recipient_suppressed"


def test_soft_bounces_leave_the_mail_sent_and_held_until_it_is_given_up(api: Api):
    api.listen("email.bounced")
    id = api.sent(MAIL, to="soft-bounce@simulator.example")
    api.advance(20)
    meanwhile = api.read(id)
    held = api.balance
    api.advance(hours=73)

    assert (meanwhile["status"], meanwhile["error_code"], held) == ("sent", None, (49.91, 0.09, 50.0))
    assert types(meanwhile) == ["queued", "sent", "bounced", "bounced", "bounced"]
    message = api.read(id)
    assert (message["status"], message["error_code"]) == ("bounced", "550")
    assert message["error_message"] == "5.4.7 Delivery time expired."
    assert api.balance == (50.0, 0.0, 50.0)
    assert [each["data"]["bounce_type"] for each in api.told()] == ["soft", "soft", "soft", "hard"]


def test_a_soft_bounce_may_still_be_delivered(api: Api):
    api.listen("email.bounced", "email.delivered")
    id = api.sent(MAIL, to="silent@simulator.example")
    api.advance(1)
    report(api.world, id, Report(type=EventType.BOUNCED, hard=False, reason=Reason.MAILBOX_FULL))
    report(api.world, id, Report(type=EventType.DELIVERED))
    api.advance(hours=80)

    assert [each["event"] for each in api.told()] == ["email.bounced", "email.delivered"]
    assert api.told()[0]["data"]["bounce_code"] == "452"
    assert api.told()[0]["data"]["bounce_message"] == "4.2.2 Mailbox full."
    assert api.read(id)["status"] == "delivered"
    assert api.balance == (49.91, 0.0, 49.91)


def test_sms_is_off_until_it_is_switched_on(api: Api):
    refused = api.send(SMS)
    api.amend(sms=True)
    message = api.life(SMS)

    assert (refused.status, refused.error) == (403, "channel_not_available")
    assert (message["status"], message["cost"], message["agent_id"]) == ("delivered", "0.0700", None)
    assert message["channel_id"] == "ch_sms01"


def test_sms_events_have_the_channel_in_place_of_the_agent(api: Api):
    api.amend(sms=True)
    api.listen("message.delivered", "message.failed")
    id = api.sent(SMS)
    other = api.sent(SMS, to="+12025550102")
    api.advance(10)

    failed, delivered = api.told()
    assert delivered["data"] == {
        "message_id": id,
        "channel_id": "ch_sms01",
        "to": SMS["to"],
        "status": "delivered",
        "delivered_at": "2026-01-01T00:00:05Z",
    }
    assert (failed["data"]["message_id"], failed["data"]["failure_reason"]) == (other, "UNKNOWN_SUBSCRIBER")


def test_a_silent_sms_expires_after_three_days(api: Api):
    api.amend(sms=True)
    id = api.sent(SMS, to="+12025550115")
    api.advance(hours=72)

    assert api.read(id)["status"] == "expired"


def test_every_cause_has_words():
    assert set(Reason) <= set(FAILURES)
    assert set(Reason) <= set(HARD_BOUNCES)
    for reason in Reason:
        failed = an_event(type=EventType.FAILED, reason=reason)
        assert failure_of(RCS, failed).code.isupper()
        assert failure_of(SMS_CHANNEL, failed).code != "UNKNOWN_RCS_USER"
        assert bounce_of(failed).code[0] == "5"


def test_every_event_status_and_unit_has_its_row():
    assert set(EVENT_WORDS) == set(EventType)
    assert set(STATUS_WORDS) == set(Status)
    assert set(CHARGING) == set(UNITS)


def test_only_a_person_who_has_the_channel_can_open_or_click():
    from emulator.dialects.arowana import DIALECT

    assert EventType.READ not in DIALECT.policy.reports[SMS_CHANNEL]
    assert EventType.READ not in DIALECT.policy.reports[EMAIL]
    assert EventType.CLICKED not in DIALECT.policy.reports[RCS]
