"""Newsletters on RCS: consent, one a day, one price a month."""

from typing import Any

from emulator.core.records import EventType
from emulator.gateway.reporting import report
from emulator.providers.reasons import Reason
from emulator.providers.script import Report
from tests.emulator.dialects.arowana.conftest import MAIL, PERSON, TEXT, Api

NEWS = {**TEXT, "message_type": "NEWSLETTER", "traffic_type": "PROMOTION"}


def subscribe(api: Api, phone: str) -> None:
    """Make a subscriber of a number."""
    consent = {"channel_type": "RCS", "message_type": "NEWSLETTER", "status": "GRANTED"}
    api.amend(contacts=[{"phone": phone, "consents": [consent]}])


def billing(api: Api, **changes: Any) -> tuple[str, float, bool]:
    reply = api.send(NEWS, **changes)
    assert reply.status == 200, reply
    facts = reply.json["billing"]
    assert facts["message_price"] == facts["hold_amount"]
    return facts["message_type"], facts["hold_amount"], facts["mau_charged"]


def test_the_first_of_a_month_is_charged_and_later_ones_are_not(api: Api):
    first = billing(api)
    api.advance(days=1)
    second = billing(api)
    api.advance(days=31)
    next_month = billing(api)

    assert first == next_month == ("mau", 0.25, True)
    assert second == ("mau", 0.0, False)


def test_a_subscriber_counts_once_a_month_in_the_volume(api: Api):
    first = api.send(NEWS).json["billing"]["tier"]["volume_used"]
    api.advance(days=1)
    second = api.send(NEWS).json["billing"]["tier"]["volume_used"]

    assert (first, second) == (12501, 12501)


def test_it_is_charged_when_the_network_takes_it(api: Api):
    subscribe(api, "+12025550115")
    api.sent(NEWS, to="+12025550115")
    held = api.balance
    api.advance(1)

    assert held == (49.75, 0.25, 50.0)
    assert api.balance == (49.75, 0.0, 49.75)


def test_a_failure_after_the_charge_gives_nothing_back(api: Api):
    subscribe(api, "+12025550115")
    id = api.sent(NEWS, to="+12025550115")
    api.advance(1)
    report(api.world, id, Report(type=EventType.FAILED, reason=Reason.SPAM))
    api.advance(days=1)

    assert api.balance == (49.75, 0.0, 49.75)
    assert billing(api, to="+12025550115") == ("mau", 0.0, False)


def test_a_failure_before_the_charge_leaves_day_and_month_to_the_next_one(api: Api):
    subscribe(api, "+12025550102")
    api.sent(NEWS, to="+12025550102")
    api.advance(1)

    assert api.balance == (50.0, 0.0, 50.0)
    assert billing(api, to="+12025550102") == ("mau", 0.25, True)


def test_a_revoked_newsletter_leaves_day_and_month_to_the_next_one(api: Api):
    id = api.sent(NEWS)
    assert api.delete(f"/v1/messages/{id}").status == 200

    assert billing(api) == ("mau", 0.25, True)


def test_a_second_one_on_the_same_day_is_refused_until_midnight(api: Api):
    api.advance(hours=9, minutes=10)
    api.sent(NEWS)
    refused = api.send(NEWS)
    api.advance(hours=14, minutes=50)

    assert refused.status == 429
    assert refused.json == {
        "error": "daily_limit_reached",
        "message": "This subscriber had a newsletter from this agent today.",
        "retry_after": 53400,
    }
    assert refused.headers["retry-after"] == "53400"
    assert api.send(NEWS).status == 200


def test_a_newsletter_is_no_mere_file(api: Api):
    reply = api.send(NEWS, content={"media": {"url": "https://img.example/a.pdf"}})

    assert (reply.status, reply.details) == (400, [("content.media", "Is not allowed here.")])


def test_the_limit_is_of_one_agent_and_one_number(api: Api):
    api.sent(NEWS)
    subscribe(api, "+4915112345681")

    assert api.send(NEWS, to="+4915112345681").status == 200


def test_a_newsletter_by_mail_has_neither_limit_nor_month(api: Api):
    for _ in range(2):
        reply = api.send(MAIL, message_type="NEWSLETTER")
        assert reply.json["billing"]["hold_amount"] == 0.09
        assert "mau_charged" not in reply.json["billing"]


def test_the_daily_limit_comes_before_the_device_and_the_balance(api: Api):
    api.sent(NEWS)
    api.amend(recipients={PERSON: {"rcs": False}})

    assert api.send(NEWS).status == 429
