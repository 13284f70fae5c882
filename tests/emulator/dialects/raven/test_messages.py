"""Sending and reading, from the seed's examples to the last magic recipient."""

import re

import pytest

from emulator.core.records import Status
from tests.emulator.dialects.raven.conftest import MAIL, SMS, Api

UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")


class TestSeed:
    def test_the_sms_example_is_accepted_with_exactly_five_members_in_order(self, api: Api):
        sent = api.send(SMS)

        assert sent.status == 202
        assert list(sent.json) == ["id", "status", "channel", "to", "enqueuedAt"]
        assert UUID.fullmatch(sent.json["id"])
        id = sent.json["id"]
        assert sent.body == (
            b'{"id":"%b","status":"queued","channel":"sms","to":"+254722000000",'
            b'"enqueuedAt":"2026-01-01T00:00:00.000Z"}' % id.encode()
        )

    def test_the_email_example_is_accepted(self, api: Api):
        sent = api.send(MAIL)

        assert sent.status == 202
        assert {**sent.json, "id": ""} == {
            "id": "",
            "status": "queued",
            "channel": "email",
            "to": "ada@acme.co.ke",
            "enqueuedAt": "2026-01-01T00:00:00.000Z",
        }

    @pytest.mark.parametrize("body", [SMS, MAIL])
    def test_the_examples_end_delivered(self, api: Api, body: dict[str, str]):
        assert api.life(body)["status"] == "delivered"

    def test_the_worker_picks_a_message_up_after_50_ms(self, api: Api):
        id = api.send().json["id"]

        api.advance(0.049)
        assert api.recipient(id).status is Status.QUEUED
        api.advance(0.001)
        assert api.recipient(id).status is Status.SENDING

    def test_provider_id_and_cost_come_with_sent(self, api: Api):
        id = api.send().json["id"]

        api.advance(0.06)
        sending = api.get(f"/v1/messages/{id}").json
        api.advance(0.04)
        sent = api.get(f"/v1/messages/{id}").json

        assert (sending["status"], sending["providerMessageId"]) == ("sending", None)
        assert (sending["costAmount"], sending["costCurrency"]) == (None, None)
        assert sent["status"] == "sent"
        assert sent["providerMessageId"].startswith("ATXid_")
        assert (sent["costAmount"], sent["costCurrency"]) == (0.8, "KES")

    @pytest.mark.parametrize(
        ("text", "segments", "cost"), [("x" * 160, 1, 0.8), ("x" * 161, 2, 1.6), ("ж" * 71, 2, 1.6)]
    )
    def test_sms_splits_into_segments_at_160(self, api: Api, text: str, segments: int, cost: float):
        shown = api.life({**SMS, "body": text})

        assert (shown["segments"], shown["costAmount"]) == (segments, cost)

    def test_the_location_leads_back_through_mount_and_world(self, api: Api):
        sent = api.request("POST", "/v1/messages", json_body=SMS, base_path="/w/blue/raven")

        assert sent.headers["location"] == f"/w/blue/raven/v1/messages/{sent.json['id']}"


# Source: the columns "Raven" of our table of magic recipients: (status, events, failure reason) for SMS and e-mail.
_WAY = ["queued", "sending", "sent"]
_DELIVERED = [*_WAY, "delivered"]
MAGIC_SMS = {
    "00": ("delivered", _DELIVERED, None),
    "01": ("delivered", _DELIVERED, None),
    "02": ("failed", [*_WAY, "failed"], "UserDoesNotExist"),
    "03": ("delivered", [*_WAY, "deferred", "deferred", "delivered"], None),
    "04": ("suppressed", ["queued", "suppressed"], None),
    "05": ("failed", [*_WAY, "failed"], "UserInBlackList"),
    "06": ("failed", ["queued", "sending", "retry_scheduled", "retry_scheduled", "failed"], "Provider timeout"),
    "07": ("delivered", ["queued", "sending", "retry_scheduled", "retry_scheduled", "sent", "delivered"], None),
    "08": ("failed", ["queued", "sending", "failed"], "InvalidPhoneNumber"),
    "09": ("failed", [*_WAY, "deferred", "failed"], "AbsentSubscriber"),
    "10": ("delivered", _DELIVERED, None),
    "11": ("delivered", _DELIVERED, None),
    "12": ("delivered", _DELIVERED, None),
    "13": ("delivered", [*_DELIVERED, "delivered"], None),
    "14": ("delivered", ["queued", "sending", "delivered", "sent"], None),
    "15": ("sent", _WAY, None),
    "16": ("delivered", _DELIVERED, None),
}
MAGIC_MAIL = {
    "deliver": ("delivered", _DELIVERED),
    "slow": ("delivered", _DELIVERED),
    "bounce": ("bounced", [*_WAY, "bounced"]),
    "soft-then-deliver": ("delivered", [*_WAY, "deferred", "deferred", "delivered"]),
    "blocked": ("suppressed", ["queued", "suppressed"]),
    "complaint": ("complained", [*_DELIVERED, "complained"]),
    "timeout": ("failed", ["queued", "sending", "retry_scheduled", "retry_scheduled", "failed"]),
    "flaky": ("delivered", ["queued", "sending", "retry_scheduled", "retry_scheduled", "sent", "delivered"]),
    "invalid": ("failed", ["queued", "sending", "failed"]),
    "expired": ("bounced", [*_WAY, "deferred", "bounced"]),
    "read": ("delivered", [*_DELIVERED, "opened"]),
    "reply": ("delivered", _DELIVERED),
    "stop": ("unsubscribed", [*_DELIVERED, "unsubscribed"]),
    "duplicate": ("delivered", [*_DELIVERED, "delivered"]),
    "out-of-order": ("delivered", ["queued", "sending", "delivered", "sent"]),
    "silent": ("sent", _WAY),
    "open-click": ("delivered", [*_DELIVERED, "opened", "clicked"]),
}


class TestMagicRecipients:
    @pytest.mark.parametrize("number", MAGIC_SMS)
    def test_sms(self, api: Api, number: str):
        status, events, reason = MAGIC_SMS[number]

        shown = api.life({**SMS, "to": f"+120255501{number}"})

        assert [event["eventType"] for event in shown["events"]] == events
        assert (shown["status"], shown["failureReason"]) == (status, reason)

    @pytest.mark.parametrize("name", MAGIC_MAIL)
    def test_mail(self, api: Api, name: str):
        status, events = MAGIC_MAIL[name]

        shown = api.life({**MAIL, "to": f"{name}+run7@simulator.example"})

        assert [event["eventType"] for event in shown["events"]] == events
        assert shown["status"] == status
        assert (shown["failureReason"] is not None) == (status in ("failed", "bounced"))

    @pytest.mark.parametrize("to", ["+12025550102", "bounce@simulator.example"])
    def test_both_environments_give_the_same_reason(self, api: Api, to: str):
        body = {**(MAIL if "@" in to else SMS), "to": to}
        live = api.life(body)
        api.key = api.test_key

        assert api.life(body)["failureReason"] == live["failureReason"]

    def test_a_blocked_recipient_costs_nothing(self, api: Api):
        shown = api.life({**SMS, "to": "+12025550104"})

        assert shown["suppressionReason"] == "unsubscribed"
        assert (shown["provider"], shown["providerMessageId"]) == (None, None)
        assert (shown["costAmount"], shown["costCurrency"]) == (None, None)

    @pytest.mark.parametrize("body", [{**SMS, "to": "+12025550112"}, {**MAIL, "to": "stop@simulator.example"}])
    def test_after_a_stop_later_sends_are_suppressed(self, api: Api, body: dict[str, str]):
        api.life(body)

        later = api.life(body)

        assert (later["status"], later["suppressionReason"]) == ("suppressed", "unsubscribed")

    def test_a_magic_bounce_stays_usable(self, api: Api):
        body = {**MAIL, "to": "bounce@simulator.example"}
        api.life(body)

        assert api.life(body)["status"] == "bounced"

    def test_slow_is_delivered_at_30_seconds(self, api: Api):
        shown = api.life({**SMS, "to": "+12025550101"})

        assert shown["events"][-1]["occurredAt"] == "2026-01-01T00:00:30.000Z"


class TestReading:
    def test_a_message_of_another_tenant_is_not_found(self, api: Api):
        id = api.send().json["id"]
        headers = api.session(slug="kilima")

        answer = api.get(f"/v1/admin/messages/{id}", headers=headers)

        assert (answer.status, answer.message) == (404, "Message not found")

    def test_environments_do_not_see_each_other(self, api: Api):
        id = api.send().json["id"]
        test = {"X-Raven-Key": api.test_key}

        assert api.get(f"/v1/messages/{id}", headers=test).status == 404
        assert api.get("/v1/messages", headers=test).json == {"data": [], "nextCursor": None}

    def test_the_dashboard_sees_both(self, api: Api):
        api.send()
        api.post("/v1/messages", SMS, headers={"X-Raven-Key": api.test_key})

        listed = api.get("/v1/admin/messages", headers=api.session("viewer")).json["data"]

        assert [message["environment"] for message in listed] == ["test", "live"]

    def test_the_test_environment_costs_nothing_and_needs_no_provider(self, api: Api):
        api.key = api.test_key
        shown = api.life({"channel": "whatsapp", "to": "+254722000000", "body": "Hi"}, seconds=1)

        assert (shown["status"], shown["provider"]) == ("delivered", "sandbox")
        assert (shown["costAmount"], shown["costCurrency"]) == (0, "KES")

    def test_the_dashboard_can_send_in_the_test_environment(self, api: Api):
        sent = api.post("/v1/admin/messages?environment=test", SMS, headers=api.session("member"))

        assert api.message(sent.json["id"]).environment == "test"
        assert sent.headers["location"] == f"/v1/admin/messages/{sent.json['id']}"

    def test_an_unknown_environment_is_refused(self, api: Api):
        answer = api.post("/v1/admin/messages?environment=prod", SMS, headers=api.session())

        assert answer.message == "environment must be one of: live, test"

    def test_source_and_audit_entry_tell_who_sent(self, api: Api):
        api.send()
        api.post("/v1/admin/messages", SMS, headers=api.session("member"))

        first, second = api.world.store.audit
        assert [m["source"] for m in api.get("/v1/messages").json["data"]] == ["dashboard", "api"]
        assert (first.action, first.actor_type) == ("message.send", "api_key")
        assert (second.action, second.actor_type) == ("message.send", "user")

    def test_paging_visits_each_message_once_newest_first(self, api: Api):
        sent = [api.send(externalId=str(number)).json["id"] for number in range(7)]

        seen, cursor, pages = [], "", 0
        while cursor is not None:
            page = api.get(f"/v1/messages?limit=3{cursor and '&cursor=' + cursor}").json
            seen += [message["id"] for message in page["data"]]
            cursor, pages = page["nextCursor"], pages + 1

        assert seen == list(reversed(sent))
        assert pages == 3

    def test_paging_stands_still_while_messages_arrive(self, api: Api):
        sent = [api.send().json["id"] for _ in range(4)]
        page = api.get("/v1/messages?limit=2").json
        api.send()

        rest = api.get(f"/v1/messages?limit=2&cursor={page['nextCursor']}").json

        assert [m["id"] for m in page["data"] + rest["data"]] == list(reversed(sent))

    def test_a_cursor_of_the_dashboard_s_list_is_none_of_this_one(self, api: Api):
        for _ in range(3):
            api.send()
        person = api.session("viewer")
        page = api.get("/v1/admin/messages?limit=2", headers=person).json

        assert api.get(f"/v1/admin/messages?limit=2&cursor={page['nextCursor']}", headers=person).status == 200
        assert api.get(f"/v1/messages?limit=2&cursor={page['nextCursor']}").status == 400

    @pytest.mark.parametrize(
        ("query", "count"),
        [
            ("channel=sms", 2),
            ("channel=email", 1),
            ("status=bounced", 1),
            ("status=delivered&channel=sms", 2),
            ("to=%2B254722000000", 1),
            ("externalId=gate-4", 1),
            ("source=dashboard", 0),
            ("status=queued", 0),
        ],
    )
    def test_filters(self, api: Api, query: str, count: int):
        api.send()
        api.send(to="+254733111222", externalId="gate-4")
        api.send(MAIL, to="bounce@simulator.example")
        api.advance(5)

        assert len(api.get(f"/v1/messages?{query}").json["data"]) == count

    @pytest.mark.parametrize(
        ("query", "message"),
        [
            ("limit=0", "limit must be between 1 and 100"),
            ("limit=101", "limit must be between 1 and 100"),
            ("limit=many", "limit must be an integer"),
            ("cursor=x", "cursor is not valid"),
            ("channel=fax", "channel must be one of: sms, email, push, whatsapp"),
        ],
    )
    def test_wrong_queries(self, api: Api, query: str, message: str):
        answer = api.get(f"/v1/messages?{query}")

        assert (answer.status, answer.message) == (400, message)

    def test_the_contract_is_served_to_anybody(self, api: Api):
        answer = api.get("/v1/openapi.json", headers={})

        assert answer.json["openapi"].startswith("3.1")
        assert "x-ratelimit-limit" not in answer.headers
