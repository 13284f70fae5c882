"""What Raven chooses: provider, script, suppressions, money."""

from datetime import timedelta

import pytest
from msgspec.structs import replace

from emulator.core.errors import StatusConflict
from emulator.core.records import Channel, Connection, EventType
from emulator.dialects.raven import domains
from emulator.dialects.raven.policy import POLICY
from emulator.gateway.inbound import Inbound, receive
from emulator.gateway.reporting import report
from emulator.providers.script import Report
from tests.emulator.dialects.raven.conftest import MAIL, SMS, Api


def _connect(api: Api, provider: str, channel: Channel = Channel.EMAIL, status: str = "unverified") -> Connection:
    return api.world.store.connections.put(
        Connection(
            id=f"connection-{provider}",
            account_id=api.tenant().id,
            provider=provider,
            channel=channel,
            label=provider,
            status=status,
            created_at=api.world.clock.now,
        )
    )


def _disconnect(api: Api, provider: str) -> None:
    for connection in api.world.store.connections:
        if connection.provider == provider:
            api.world.store.connections.delete(connection.id)


class TestProvider:
    def test_the_oldest_connection_is_used(self, api: Api):
        _connect(api, "sendgrid")

        assert api.life(MAIL)["provider"] == "postmark"

    def test_one_in_error_is_passed_over(self, api: Api):
        _connect(api, "sendgrid")
        postmark = next(c for c in api.world.store.connections if c.provider == "postmark")
        api.world.store.connections.put(replace(postmark, status="error"))

        assert api.life({**MAIL, "from": "orders@unknown.example"})["provider"] == "sendgrid"

    def test_the_first_message_that_is_taken_verifies_it(self, api: Api):
        _disconnect(api, "africas_talking")
        connection = _connect(api, "africas_talking", Channel.SMS)

        api.life({**SMS, "to": "+12025550106"})
        assert api.world.store.connections[connection.id].status == "unverified"
        api.life(SMS)
        assert api.world.store.connections[connection.id].status == "verified"

    def test_one_taken_away_before_the_worker_s_turn(self, api: Api):
        id = api.send().json["id"]
        _disconnect(api, "africas_talking")
        api.advance(1)

        shown = api.get(f"/v1/messages/{id}").json
        assert (shown["status"], shown["provider"]) == ("failed", None)
        assert shown["failureReason"] == "No provider configured for channel: sms"

    @pytest.mark.parametrize("provider", ["sendgrid", "mailjet", "ses", "mailgun", "brevo"])
    @pytest.mark.parametrize("name", ["deliver", "bounce", "complaint", "open-click", "stop"])
    def test_each_email_provider_ends_alike(self, api: Api, provider: str, name: str):
        body = {**MAIL, "from": "orders@unknown.example", "to": f"{name}@simulator.example"}
        usual = api.life(body)
        _disconnect(api, "postmark")
        _connect(api, provider)

        shown = api.life({**body, "to": f"{name}+2@simulator.example"})

        assert (shown["status"], shown["provider"]) == (usual["status"], provider)

    @pytest.mark.parametrize(
        ("name", "status"),
        [
            ("deliver", "sent"),
            ("read", "sent"),
            ("bounce", "bounced"),
            ("blocked", "suppressed"),
            ("flaky", "sent"),
            ("expired", "bounced"),
        ],
    )
    def test_a_plain_relay_reports_nothing_but_bounces(self, api: Api, name: str, status: str):
        _disconnect(api, "postmark")
        _connect(api, "smtp")

        shown = api.life({**MAIL, "from": "orders@unknown.example", "to": f"{name}@simulator.example"})

        assert shown["status"] == status


class TestSendingDomain:
    def test_a_verified_one_delivers(self, api: Api):
        assert api.life(MAIL)["status"] == "delivered"

    def test_one_that_was_never_registered_is_left_to_the_provider(self, api: Api):
        assert api.life({**MAIL, "from": "orders@unknown.example"})["status"] == "delivered"

    @pytest.mark.parametrize("sender", ["o@new.example", "Orders <o@NEW.example>"])
    def test_an_unverified_one_is_refused_by_the_provider(self, api: Api, sender: str):
        domains.register(api.world, api.tenant().id, "new.example")

        shown = api.life({**MAIL, "from": sender})

        assert (shown["status"], shown["providerMessageId"]) == ("failed", None)
        assert shown["failureReason"]

    def test_one_verified_at_another_provider_only_is_refused(self, api: Api):
        _disconnect(api, "postmark")
        _connect(api, "sendgrid")

        assert api.life(MAIL)["status"] == "failed"

    def test_the_test_environment_does_not_mind(self, api: Api):
        domains.register(api.world, api.tenant().id, "new.example")
        api.key = api.test_key

        assert api.life({**MAIL, "from": "o@new.example"})["status"] == "delivered"


class TestSuppression:
    def _report(self, api: Api, type: EventType, *, hard: bool = True, to: str = "ada@acme.co.ke") -> str:
        id = api.send({**MAIL, "to": to}).json["id"]
        api.advance(0.2)
        report(api.world, id, Report(type=type, hard=hard))
        return id

    @pytest.mark.parametrize(
        ("type", "reason"),
        [
            (EventType.BOUNCED, "hard_bounce"),
            (EventType.COMPLAINED, "spam_complaint"),
            (EventType.UNSUBSCRIBED, "unsubscribed"),
        ],
    )
    def test_what_enters_one(self, api: Api, type: EventType, reason: str):
        self._report(api, type)

        shown = api.life({**MAIL, "to": "Ada@acme.co.ke"})

        assert (shown["status"], shown["suppressionReason"], shown["costAmount"]) == ("suppressed", reason, None)

    def test_five_soft_bounces_within_seven_days_do_too(self, api: Api):
        for _ in range(4):
            self._report(api, EventType.BOUNCED, hard=False)
            api.advance(3600)
        assert not list(api.world.store.suppressions)

        self._report(api, EventType.BOUNCED, hard=False)

        assert [entry.reason for entry in api.world.store.suppressions] == ["hard_bounce"]

    def test_mail_whose_retries_ran_out_counts_among_them(self, api: Api):
        for type in (EventType.EXPIRED, EventType.BOUNCED, EventType.EXPIRED, EventType.BOUNCED):
            self._report(api, type, hard=False)
        assert not list(api.world.store.suppressions)

        self._report(api, EventType.EXPIRED, hard=False)

        assert [entry.reason for entry in api.world.store.suppressions] == ["hard_bounce"]

    def test_five_in_eight_days_do_not(self, api: Api):
        for _ in range(5):
            self._report(api, EventType.BOUNCED, hard=False)
            api.advance(2 * 86_400)

        assert not list(api.world.store.suppressions)

    def test_a_soft_bounce_may_still_be_delivered(self, api: Api):
        id = self._report(api, EventType.BOUNCED, hard=False)
        assert api.get(f"/v1/messages/{id}").json["status"] == "bounced"

        api.advance(5)

        assert api.get(f"/v1/messages/{id}").json["status"] == "delivered"


def test_nobody_can_write_to_a_tenant(api: Api):
    said = Inbound(
        api="raven", account_id=api.tenant().id, channel=Channel.SMS, person="+254722000000", sender="ACME", text="Hi"
    )

    with pytest.raises(StatusConflict):
        receive(api.world, said)


def test_the_worker_s_times():
    assert POLICY.pick_up_after == timedelta(milliseconds=50)
    assert POLICY.provider_timeout == timedelta(seconds=15)
    assert POLICY.provider_retries == (timedelta(seconds=1), timedelta(seconds=5))


def test_three_attempts_time_out_after_15_seconds_each(api: Api):
    shown = api.life({**SMS, "to": "+12025550106"})

    moments = [event["occurredAt"][17:23] for event in shown["events"]]
    assert moments == ["00.000", "00.050", "15.050", "31.050", "51.050"]
    assert api.recipient(shown["id"]).attempt == 3
