"""What keeps a workspace from sending, and the window in which WhatsApp takes free texts."""

from datetime import timedelta
from typing import Any

import pytest

from emulator.core.records import Channel
from emulator.dialects.bird import DIALECT
from emulator.dialects.bird.fixtures import WORKSPACE_ID
from emulator.gateway.inbound import Inbound, receive
from emulator.server.contract.validators import Validators
from tests.emulator.dialects.bird.conftest import ABSENT, CONTRACT, SMS, WHATSAPP, WORKSPACE, Api

MARKETING: dict[str, Any] = {"capFrequency": True, "meta": {"extraInformation": {"useCase": "marketing"}}}


def at_night(**changes: Any) -> dict[str, Any]:
    return {"quiet_hours": {"from": "21:00", "to": "08:00"}, **changes}


def test_nothing_is_held_back_by_itself(api: Api):
    assert api.life(**MARKETING)["status"] == "delivered"


class TestQuietHours:
    def test_a_message_in_quiet_hours_is_skipped(self, api: Api):
        api.settings(**at_night())

        shown = api.life()

        assert (shown["status"], shown["details"], shown["reason"]) == ("skipped", "quiet_hours", "quiet hours")
        assert "failure" not in shown
        assert "platformId" not in shown

    def test_the_recipient_shows_why_and_has_not_opted_out(self, api: Api):
        api.settings(**at_night())

        (recipient,) = api.recipients(api.life()["id"])

        assert (recipient.status, recipient.suppression_reason) == ("suppressed", "quiet_hours")

    def test_unless_it_ignores_them(self, api: Api):
        api.settings(**at_night())

        assert api.life(ignoreQuietHours=True)["status"] == "delivered"

    @pytest.mark.parametrize(
        ("hour", "status"), [(7.99, "skipped"), (8, "delivered"), (20.99, "delivered"), (21, "skipped")]
    )
    def test_the_hours_may_cross_midnight(self, api: Api, hour: float, status: str):
        api.settings(**at_night())
        api.advance(hour * 3_600)

        assert api.life(seconds=1)["status"] == status

    def test_the_hours_of_the_scheduled_time_count(self, api: Api):
        api.settings(quiet_hours={"from": "12:00", "to": "13:00"})
        sent = api.accepted(scheduledFor=(api.world.clock.now + timedelta(hours=12, minutes=30)).isoformat())
        assert sent["status"] == "scheduled"

        api.advance(13 * 3_600)
        assert api.message(sent["id"])["status"] == "skipped"


class TestFrequencyCap:
    def test_the_cap_counts_messages_of_a_day_to_one_contact(self, api: Api):
        api.settings(frequency_cap=2)

        assert [api.life(**MARKETING, seconds=60)["status"] for _ in range(3)] == ["delivered", "delivered", "skipped"]
        assert api.life("+31600000002", **MARKETING)["status"] == "delivered"
        assert api.life()["status"] == "delivered", "not every message is capped"
        api.advance(86_400)
        assert api.life(**MARKETING)["status"] == "delivered"

    def test_a_cap_of_none_is_a_cap(self, api: Api):
        api.settings(frequency_cap=0)

        shown = api.life(**MARKETING)

        assert (shown["status"], shown["details"]) == ("skipped", "frequency_cap")


def test_the_global_holdout_gets_nothing_unless_it_is_ignored(api: Api):
    api.settings(global_holdout=["+31600000001"])

    assert api.life()["details"] == "global_holdout"
    assert api.life(ignoreGlobalHoldout=True)["status"] == "delivered"
    assert api.life("+31600000002")["status"] == "delivered"


def test_without_money_nothing_is_sent(api: Api):
    api.settings(no_balance=True)

    shown = api.life()

    assert shown["status"] == "sending_failed"
    assert shown["failure"] == {
        "code": 14001,
        "description": "insufficient balance",
        "source": {"code": "14001", "name": "accounting"},
    }


class TestServiceWindow:
    def test_it_is_not_enforced_by_itself(self, api: Api):
        assert api.life("+31600000002", WHATSAPP)["status"] == "delivered"

    def test_outside_it_only_a_template_is_sent(self, api: Api):
        api.settings(enforce_service_window=True)

        shown = api.life("+31600000002", WHATSAPP)

        assert (shown["status"], shown["failure"]["source"]) == (
            "sending_failed",
            {"code": "131047", "name": "whatsapp"},
        )
        template = api.life("+31600000002", WHATSAPP, body=ABSENT, template={"projectId": "p"})
        assert template["status"] == "delivered"
        assert api.life("+31600000002", SMS)["status"] == "delivered"

    def test_the_fixture_s_person_may_be_written_to_for_a_day(self, api: Api):
        api.settings(enforce_service_window=True)
        assert api.life("+31600000001", WHATSAPP)["status"] == "delivered"

        api.advance(86_400)
        assert api.life("+31600000001", WHATSAPP)["status"] == "sending_failed"

    def test_who_writes_opens_it_anew(self, api: Api):
        api.settings(enforce_service_window=True)
        person = "+31600000002"
        said = Inbound(
            api="bird",
            account_id=WORKSPACE_ID,
            channel=Channel.WHATSAPP,
            person=person,
            sender="+31970000002",
            text="Hi",
        )
        receive(api.world, said)
        api.advance(86_399)

        sent = api.life(person, WHATSAPP, seconds=0.5)
        contact = sent["receiver"]["contacts"][0]["id"]
        window = api.get(f"{WORKSPACE}/channels/{WHATSAPP}/contacts/{contact}")

        assert sent["status"] == "delivered"
        assert window.json["serviceWindowExpireAt"] == "2026-01-02T00:00:00Z"


@pytest.mark.parametrize(
    ("name", "value", "fits"),
    [
        ("bearer_keys", False, True),
        ("quiet_hours", {"from": "21:00", "to": "08:00"}, True),
        ("quiet_hours", {"from": "25:00", "to": "08:00"}, False),
        ("quiet_hours", None, True),
        ("frequency_cap", -1, False),
        ("frequency_cap", 3, True),
        ("global_holdout", ["+31600000001"], True),
        ("enforce_service_window", "yes", False),
    ],
)
def test_settings_have_a_form(name: str, value: Any, fits: bool):
    assert Validators({}).compile(dict(DIALECT.settings[name])).is_valid(value) is fits
    assert CONTRACT.name == DIALECT.name
