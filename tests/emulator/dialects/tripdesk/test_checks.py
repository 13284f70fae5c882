"""The order of checks, the error envelope, idempotency on every surface, and rate limits."""

import re

import pytest

from emulator.core.rates import RateRule
from emulator.dialects.tripdesk.auth import default_rate_rule
from tests.emulator.dialects.tripdesk.conftest import MAIL, SEED, SMS, Api, a_world

SEND = "/api/v1/messages"
KEY = "7f3e2c1a-9b8d-4f6e-a2c1-b3d4e5f6a7b8"
REQUEST_ID = re.compile(r"req_[0-7][0-9A-HJKMNP-TV-Z]{25}")


class TestEnvelope:
    def test_a_wrong_field_is_named_with_its_code(self, api: Api):
        answer = api.send(SMS, to="nonsense")

        assert answer.status == 422
        assert answer.error == {
            "type": "validation_error",
            "code": "invalid_recipient",
            "message": "to is no address of this channel.",
            "param": "to",
            "request_id": answer.headers["x-request-id"],
            "details": [{"param": "to", "code": "invalid_recipient", "message": "to is no address of this channel."}],
        }
        assert REQUEST_ID.fullmatch(answer.headers["x-request-id"])

    def test_every_answer_has_a_request_id_of_its_own(self, api: Api):
        ids = [api.get("/api/v1/gateways").headers["x-request-id"] for _ in range(2)]

        assert len(set(ids)) == 2
        assert all(REQUEST_ID.fullmatch(id) for id in ids)

    def test_what_is_no_fields_fault_has_no_details(self, api: Api):
        answer = api.get("/api/v1/messages/msg_none")

        assert answer.error["param"] is None
        assert answer.error["details"] == []
        assert answer.error["type"] == "not_found"

    def test_all_faults_are_listed_in_the_order_of_the_contract_one_a_field(self, api: Api):
        body = {"channel": "sms", "to": "x", "text": 5, "metadata": {"a": 1}}

        answer = api.post(SEND, body)

        assert [(each["param"], each["code"]) for each in answer.error["details"]] == [
            ("to", "invalid_recipient"),
            ("text", "invalid_field"),
            ("metadata.a", "invalid_field"),
        ]
        assert answer.code == "invalid_recipient"

    def test_an_unknown_path_of_the_api_is_refused_in_json_and_any_other_as_a_page(self, api: Api):
        assert api.get("/api/v1/webhooks").code == "route_not_found"
        assert api.get("/api/").code == "route_not_found"
        page = api.get("/nothing")
        assert (page.status, page.json) == (404, None)
        assert b"<html" in page.body

    def test_a_path_that_is_written_with_escapes_is_the_same_path(self, api: Api):
        plain, escaped = (api.request("POST", path, json_body=SMS) for path in (SEND, "/%61pi/v1/messages"))

        assert (escaped.status, [*escaped.json]) == (plain.status, [*plain.json]) == (202, [*plain.json])

    def test_a_wrong_method_says_which_are_allowed(self, api: Api):
        answer = api.request("PATCH", SEND)

        assert (answer.status, answer.code) == (405, "method_not_allowed")
        assert set(answer.headers["allow"].split(", ")) >= {"GET", "POST"}

    def test_a_bug_is_answered_in_the_envelope(self, api: Api, monkeypatch: pytest.MonkeyPatch):
        def breaks(*_: object) -> None:
            raise ZeroDivisionError

        monkeypatch.setattr("emulator.dialects.tripdesk.sends.send", breaks)

        answer = api.send()

        assert (answer.status, answer.code, answer.error["type"]) == (500, "internal_error", "api_error")


class TestOrder:
    """Each call is wrong in all the ways that come later, too."""

    BROKEN = b'{"channel": '

    def test_the_credential_comes_before_everything_but_the_path(self, api: Api):
        assert api.request("PUT", SEND, headers={}, content=self.BROKEN).status == 405
        assert api.request("POST", SEND, headers={"Content-Type": "text/plain"}, content=self.BROKEN).status == 401

    def test_the_tenant_comes_before_the_scope_and_both_before_the_rate_limit(self):
        api = Api(a_world(rate_limits="on"))
        for _ in range(20):
            api.get("/api/v1/gateways")
        assert api.get("/api/v1/gateways").status == 429

        api.change_key(scopes=())
        assert api.get("/api/v1/gateways").code == "scope_missing"
        api.change_account(status="suspended")
        assert api.get("/api/v1/gateways").code == "tenant_suspended"

    def test_the_rate_limit_comes_before_the_size(self):
        api = Api(a_world(rate_limits="on"))
        for _ in range(20):
            api.get("/api/v1/gateways")

        assert api.post(SEND, content=b" " * 300_000, too_large=True).status == 429

    def test_the_size_comes_before_the_content_type(self, api: Api):
        headers = {"Content-Type": "text/plain"}

        assert api.post(SEND, content=b" " * (256 * 1024 + 1), extra=headers).code == "body_too_large"
        assert api.post(SEND, content=b" " * (256 * 1024), extra=headers).code == "unsupported_media_type"

    def test_the_content_type_comes_before_the_idempotency_key(self, api: Api):
        headers = {"Content-Type": "text/plain", "Idempotency-Key": "a b"}

        assert api.post(SEND, content=self.BROKEN, extra=headers).code == "unsupported_media_type"

    def test_the_idempotency_key_comes_before_the_json(self, api: Api):
        assert api.post(SEND, content=self.BROKEN, extra={"Idempotency-Key": "a b"}).code == "invalid_header"

    def test_the_json_comes_before_the_look_up(self, api: Api):
        api.send(SMS, key=KEY)

        assert api.post(SEND, content=self.BROKEN, extra={"Idempotency-Key": KEY}).code == "malformed_json"

    def test_the_look_up_comes_before_the_fields(self, api: Api):
        api.send(SMS, key=KEY)

        assert api.send({}, key=KEY).code == "idempotency_key_reused"

    def test_the_fields_come_before_what_they_name(self, api: Api):
        assert api.send(SMS, conversation_id="cnv_none", text="").status == 422
        assert api.send(SMS, conversation_id="cnv_none").status == 404

    def test_template_and_sender_come_before_contact_and_conversation(self, api: Api):
        body = {**SEED, "contact_id": "ctc_none", "template": "nothing"}
        del body["to"]

        assert api.send(body).code == "unknown_template"
        assert api.send({"channel": "sms", "contact_id": "ctc_none", "text": "x", "from": "NOBODY"}).status == 422
        assert api.send({"channel": "sms", "contact_id": "ctc_none", "text": "x"}).code == "resource_not_found"

    def test_a_closed_conversation_comes_before_the_24_hours(self, api: Api):
        conversation = api.fixture("conversation_id")
        api.post(f"/api/v1/conversations/{conversation}/close")
        body = {"channel": "whatsapp", "to": "+15557654321", "text": "x", "conversation_id": conversation}

        assert api.send(body).code == "conversation_closed"

    def test_the_24_hours_come_before_the_gateway(self, api: Api):
        body = {"channel": "whatsapp", "to": "+15557654321", "text": "x", "gateway_id": "gw_none"}

        assert api.send(body).code == "session_window_closed"

    def test_the_gateway_comes_before_the_balance(self, api: Api):
        api.amend(gateways=[{"channel": "sms", "status": "down"}, {"channel": "email", "price": "1000"}])

        assert api.send(SMS).code == "channel_not_enabled"
        assert api.send(MAIL).code == "insufficient_balance"


class TestRequestsThatCannotBeRead:
    @pytest.mark.parametrize("content", [b"", b"{", b"{} {}", b"\xff", b'{"to": NaN}'])
    def test_a_body_that_is_no_json_is_400(self, api: Api, content: bytes):
        answer = api.post(SEND, content=content, extra={"Content-Type": "application/json"})

        assert (answer.status, answer.code) == (400, "malformed_json")

    def test_a_body_that_is_no_object_is_422(self, api: Api):
        assert api.post(SEND, [1]).code == "invalid_field"

    @pytest.mark.parametrize("value", ["", " ", "ä", "x" * 256, "a\tb"])
    @pytest.mark.parametrize("name", ["Idempotency-Key", "idempotency_key"])
    def test_an_idempotency_key_that_cannot_be_used_is_400(self, api: Api, name: str, value: str):
        answer = api.post(SEND, SMS, extra={name: value})

        assert (answer.status, answer.code) == (400, "invalid_header")
        assert answer.error["message"] == f"{name} must be 1 to 255 visible ASCII characters."

    def test_a_key_of_255_characters_can_be_used(self, api: Api):
        assert api.send(SMS, key="!" * 255).status == 202

    def test_two_spellings_with_two_values_are_a_conflict_and_with_one_are_not(self, api: Api):
        both = {"Idempotency-Key": "one", "idempotency_key": "two"}

        assert api.post(SEND, SMS, extra=both).code == "idempotency_header_conflict"
        assert api.post(SEND, SMS, extra={**both, "idempotency_key": "one"}).status == 202

    def test_a_key_sent_twice_with_two_values_is_400(self, api: Api):
        twice = [(b"idempotency-key", b"one"), (b"idempotency-key", b"two")]

        answer = api.post(SEND, SMS, raw_headers=twice)

        assert (answer.status, answer.error["message"]) == (400, "Idempotency-Key was sent twice.")

    def test_a_reader_may_send_whatever_key(self, api: Api):
        assert api.get("/api/v1/gateways", extra={"Idempotency-Key": "a b"}).status == 200

    def test_a_cursor_that_no_list_gave_is_400(self, api: Api):
        answer = api.get("/api/v1/messages?cursor=nonsense")

        assert (answer.status, answer.code, answer.error["param"]) == (400, "invalid_cursor", "cursor")

    def test_a_cursor_counts_only_in_the_list_that_gave_it(self, api: Api):
        api.send(SMS)
        api.send(SMS)
        cursor = api.get("/api/v1/messages?limit=1").json["next_cursor"]

        assert len(api.get(f"/api/v1/messages?cursor={cursor}").json["data"]) == 1
        assert api.get(f"/api/v1/account/transactions?cursor={cursor}").code == "invalid_cursor"
        assert api.get("/api/v1/messages?cursor=1~msg_a~msg_b").code == "invalid_cursor"
        assert api.get(f"/api/v1/messages?cursor=9{cursor}").code == "invalid_cursor"

    @pytest.mark.parametrize("query", ["created_after=2026-01-01", "created_after=2026-01-01T09:00:00"])
    def test_a_time_needs_all_its_parts_and_the_answer_says_so(self, api: Api, query: str):
        answer = api.get(f"/api/v1/messages?{query}")

        assert answer.error["message"] == "created_after must be a time in ISO 8601 form, with its offset from UTC."

    @pytest.mark.parametrize("query", ["limit=0", "limit=101", "limit=x", "status=lost", "created_after=yesterday"])
    def test_a_query_that_does_not_fit_is_422(self, api: Api, query: str):
        answer = api.get(f"/api/v1/messages?{query}")

        assert (answer.status, answer.code, answer.error["param"]) == (422, "invalid_field", query.partition("=")[0])

    def test_an_unknown_channel_in_a_query_has_its_own_code(self, api: Api):
        assert api.get("/api/v1/messages?channel=pigeon").code == "unknown_channel"


class TestIdempotency:
    def test_the_same_call_again_gives_the_same_answer_and_costs_nothing(self, api: Api):
        first = api.send(SEED, key=KEY)
        api.advance(5)
        again = api.send(SEED, key=KEY)

        assert again.body == first.body
        assert again.status == 202
        assert again.headers["idempotency-replayed"] == "true"
        assert "idempotency-replayed" not in first.headers
        assert api.get("/api/v1/account/balance").json["balance"] == "99.988"
        assert len(api.world.store.messages) == 1

    def test_both_spellings_name_the_same_key(self, api: Api):
        first = api.post(SEND, SMS, extra={"Idempotency-Key": KEY})
        again = api.post(SEND, SMS, extra={"idempotency_key": KEY})

        assert again.json == first.json
        assert again.headers["idempotency-replayed"] == "true"

    def test_the_order_of_members_and_white_space_make_no_difference(self, api: Api):
        first = api.post(
            SEND, content=b'{"channel":"sms","to":"+15557650001","text":"x"}', extra={"Idempotency-Key": KEY}
        )
        again = api.post(
            SEND, content=b' {"text": "x", "to": "+15557650001", "channel": "sms"}', extra={"Idempotency-Key": KEY}
        )

        assert again.json == first.json

    def test_another_body_is_refused(self, api: Api):
        api.send(SMS, key=KEY)

        answer = api.send(SMS, key=KEY, text="Gate 5 is open.")

        assert (answer.status, answer.code, answer.error["type"]) == (409, "idempotency_key_reused", "conflict")

    def test_a_key_belongs_to_method_and_path(self, api: Api):
        api.send(SMS, key=KEY)

        answer = api.post("/api/v1/contacts", {"phone": "+15557650002"}, extra={"Idempotency-Key": KEY})

        assert answer.status == 201

    def test_a_key_belongs_to_an_environment(self, api: Api, sandbox: Api):
        one, other = api.send(SMS, key=KEY), sandbox.send(SMS, key=KEY)

        assert one.json["id"] != other.json["id"]

    def test_an_agent_and_a_key_of_the_partner_share_keys(self, api: Api):
        first = api.send(SMS, key=KEY)
        again = api.request("POST", SEND, json_body=SMS, headers={**api.agent(), "Idempotency-Key": KEY})

        assert again.json == first.json

    def test_a_key_is_forgotten_after_24_hours(self, api: Api):
        first = api.send(SMS, key=KEY)
        api.advance(24 * 3600 - 1)
        assert api.send(SMS, key=KEY).json == first.json

        api.advance(1)
        assert api.send(SMS, key=KEY).json != first.json

    def test_a_refusal_of_fields_is_stored(self, api: Api):
        first = api.send(SMS, key=KEY, text="")
        again = api.send(SMS, key=KEY, text="")

        assert (first.status, again.body) == (422, first.body)
        assert again.headers["idempotency-replayed"] == "true"

    def test_a_404_is_stored(self, api: Api):
        first, again = (api.send(SMS, key=KEY, conversation_id="cnv_none") for _ in range(2))

        assert (first.status, again.body) == (404, first.body)

    def test_a_402_is_not_stored_so_that_a_top_up_helps(self, api: Api):
        api.amend(gateways=[{"channel": "sms", "price": "1000"}])
        assert api.send(SMS, key=KEY).status == 402

        api.amend(gateways=[{"channel": "sms", "price": None}])

        assert api.send(SMS, key=KEY).status == 202

    def test_a_403_is_not_stored(self, api: Api):
        api.amend(gateways=[{"channel": "sms", "status": "down"}])
        assert api.send(SMS, key=KEY).status == 403

        api.amend(gateways=[{"channel": "sms", "status": "active"}])

        assert api.send(SMS, key=KEY).status == 202

    def test_a_500_is_not_stored(self, api: Api, monkeypatch: pytest.MonkeyPatch):
        with monkeypatch.context() as patch:
            patch.setattr("emulator.dialects.tripdesk.sends.send", None)
            assert api.send(SMS, key=KEY).status == 500

        assert api.send(SMS, key=KEY).status == 202

    def test_a_replay_needs_no_balance(self, api: Api):
        first = api.send(SMS, key=KEY)
        api.amend(gateways=[{"channel": "sms", "price": "1000"}])

        assert api.send(SMS, key=KEY).json == first.json

    def test_calls_without_a_body_are_repeated_too(self, api: Api):
        id = api.post("/api/v1/contacts", {"phone": "+15557650002"}).json["id"]

        first, again = (
            api.request("DELETE", f"/api/v1/contacts/{id}", extra={"Idempotency-Key": KEY}) for _ in range(2)
        )

        assert (first.status, again.status) == (204, 204)
        assert again.headers["idempotency-replayed"] == "true"


class TestRateLimits:
    @pytest.fixture
    def limited(self) -> Api:
        return Api(a_world(rate_limits="on"))

    def test_twenty_calls_go_through_at_once_and_then_it_is_429(self, limited: Api):
        remaining = [int(limited.get("/api/v1/gateways").headers["x-ratelimit-remaining"]) for _ in range(20)]
        refused = limited.get("/api/v1/gateways")

        assert remaining == list(range(19, -1, -1))
        assert (refused.status, refused.code) == (429, "rate_limited")
        assert refused.headers["retry-after"] == "2"
        assert refused.headers["x-ratelimit-limit"] == "20"
        assert refused.headers["x-ratelimit-remaining"] == "0"
        assert refused.headers["x-ratelimit-reset"] == "1767225602"

    def test_the_window_opens_again(self, limited: Api):
        for _ in range(21):
            limited.get("/api/v1/gateways")

        limited.advance(2.1)

        assert limited.get("/api/v1/gateways").status == 200

    def test_all_surfaces_share_one_window_and_environments_do_not(self, limited: Api):
        agent = limited.agent()
        for _ in range(10):
            limited.get("/api/v1/gateways")
            limited.get("/api/mobile/v1/conversations", headers=agent)

        assert limited.get("/api/admin/v1/audit-log", headers=agent).status == 429
        assert Api(limited.world, "test").get("/api/v1/gateways").status == 200

    def test_replays_count(self, limited: Api):
        for _ in range(20):
            limited.send(SMS, key=KEY)

        assert limited.send(SMS, key=KEY).status == 429

    def test_a_partners_own_limit_holds_in_both_environments(self, limited: Api):
        limited.amend(rate_limit={"per_second": 1, "burst": 2})

        for api in (limited, Api(limited.world, "test")):
            statuses = [api.get("/api/v1/gateways").status for _ in range(3)]
            assert statuses == [200, 200, 429]

    def test_before_the_caller_is_known_the_default_is_shown_and_nothing_counts(self, limited: Api):
        for _ in range(30):
            answer = limited.get("/api/v1/gateways", headers={})
            assert (answer.status, answer.headers["x-ratelimit-remaining"]) == (401, "20")

    def test_without_limits_remaining_stays_at_the_limit(self, api: Api):
        assert [api.get("/api/v1/gateways").headers["x-ratelimit-remaining"] for _ in range(3)] == ["20"] * 3

    def test_a_rule_allows_a_burst_in_the_time_that_the_rate_needs_for_it(self):
        rule = default_rate_rule("key", per_second=5, burst=10)

        assert isinstance(rule, RateRule)
        assert (rule.limit, rule.window.total_seconds()) == (10, 2)


def test_reading_leaves_no_idempotency_key(api: Api):
    id = api.send(SMS).json["id"]

    api.get(f"/api/v1/messages/{id}", extra={"Idempotency-Key": KEY})

    assert len(api.world.store.remembered) == 0
