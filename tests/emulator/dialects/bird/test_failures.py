"""Why a message was not sent or delivered."""

from typing import Any

import pytest

from emulator.core.records import EventType
from emulator.dialects.bird import failures, interactions, vocabulary
from emulator.gateway.reporting import report
from emulator.providers.reasons import Reason
from emulator.providers.script import Report
from tests.builders import an_event
from tests.emulator.dialects.bird.conftest import CONTRACT, EMAIL, SMS, Api

E = EventType


class TestFailures:
    def test_the_documented_sms_failure(self, api: Api):
        shown = api.life("+12025550102")

        assert shown["reason"] == "details: unknown subscriber; reason: unknown_subscriber; code: 1"
        assert shown["details"] == "unknown_subscriber"
        assert shown["failure"] == {
            "code": 15005,
            "description": "unknown subscriber",
            "source": {"name": "sms-messagebird", "code": "1"},
        }

    def by_hand(self, api: Api, reason: str, channel: str = SMS, type: EventType = E.FAILED, **facts: Any) -> Any:
        sent = api.accepted("silent@simulator.example" if channel == EMAIL else "+12025550115", channel)
        api.advance(1)
        report(api.world, sent["id"], Report(type=type, reason=reason, **facts))
        return api.message(sent["id"], channel)

    def test_the_other_documented_sms_failure(self, api: Api):
        shown = self.by_hand(api, Reason.DELIVERY_FAILURE)

        assert shown["reason"] == "details: system failure; reason: received_network_error; code: 34"
        assert shown["failure"]["code"] == 15001

    @pytest.mark.parametrize(
        ("reason", "code", "source_code", "details"),
        [
            (Reason.UNKNOWN_SUBSCRIBER, 15005, "10", "invalid_recipient"),
            (Reason.MAILBOX_FULL, 15001, "22", "mailbox_full"),
            (Reason.SPAM, 15003, "51", "spam_block"),
        ],
    )
    def test_the_bounces_of_mail(self, api: Api, reason: str, code: int, source_code: str, details: str):
        shown = self.by_hand(api, reason, EMAIL, E.BOUNCED)

        assert shown["failure"]["code"] == code
        assert shown["failure"]["source"] == {"name": "email-messagebird", "code": source_code}
        assert shown["details"] == details

    @pytest.mark.parametrize(
        ("address", "failure", "details"),
        [
            ("+12025550104", (14002, "contact"), "unsubscribed"),
            ("+12025550118", (14001, "accounting"), "insufficient_balance"),
            ("+12025550109", (15002, "sms-messagebird"), "expired"),
            ("+12025550108", (11003, "pre-processing"), "invalid_receiver"),
            ("+12025550106", (12001, "touchpoint"), "dependency_error"),
        ],
    )
    def test_the_outcomes_that_a_scenario_can_have(
        self, api: Api, address: str, failure: tuple[int, str], details: str
    ):
        shown = api.life(address)

        assert (shown["failure"]["code"], shown["failure"]["source"]["name"]) == failure
        assert shown["details"] == details

    def test_a_scripted_code_is_the_platform_s_or_ours(self, api: Api):
        assert self.by_hand(api, Reason.SPAM, code="77")["failure"]["source"]["code"] == "77"
        assert self.by_hand(api, Reason.SPAM, code="15009")["failure"]["code"] == 15009

    def test_a_scripted_reason_is_passed_through(self, api: Api):
        shown = self.by_hand(api, "carrier-on-fire")

        assert shown["details"] == "carrier_on_fire"
        assert shown["failure"]["code"] == 15001

    def test_every_cause_has_words_on_every_platform(self):
        known = {
            code["code"]
            for code in CONTRACT.document["components"]["schemas"]["Message"]["properties"]["failure"]["properties"][
                "code"
            ]["x-known-values"]
        }

        for platform_id in vocabulary.PLATFORMS:
            for reason in (*Reason, failures.UNSUPPORTED_TYPE, failures.INVALID_ENTRY):
                cause = failures.cause_of(platform_id, an_event(type=E.FAILED, reason=reason))
                assert cause.code in known, (platform_id, reason)
                assert cause.words

    def test_every_reaction_is_an_interaction_of_the_contract(self):
        declared = CONTRACT.document["components"]["schemas"]["Interaction"]["properties"]["type"]["enum"]

        assert set(interactions.INTERACTIONS.values()) <= set(declared)
