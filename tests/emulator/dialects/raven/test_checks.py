"""The order of checks, idempotency, rate limits, and what every answer carries."""

import re

import pytest

from emulator.dialects.raven.fixtures import key_of
from tests.emulator.dialects.raven.conftest import SMS, Api, a_world

UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")


class TestIdempotency:
    def test_the_same_payload_gets_the_first_answer_and_nothing_is_sent_twice(self, api: Api):
        first = api.send(idempotency_key="order-AC-1042")
        api.advance(10)
        again = api.send(idempotency_key="order-AC-1042")

        assert again.status == 202
        assert again.body == first.body
        assert again.headers["idempotent-replayed"] == "true"
        assert again.headers["location"] == first.headers["location"]
        assert "idempotent-replayed" not in first.headers
        assert len(api.world.store.messages) == 1

    def test_another_payload_is_refused(self, api: Api):
        api.send(idempotency_key="order-AC-1042")
        other = api.send(idempotency_key="order-AC-1042", body="Something else")

        assert other.status == 409
        assert other.message == "Idempotency key already used with a different payload"

    def test_spelling_is_not_a_change(self, api: Api):
        first = api.send(idempotency_key="k", external_id="7")
        again = api.send(idempotencyKey="k", externalId="7")

        assert again.body == first.body

    def test_the_order_of_members_is_not_a_change(self, api: Api):
        first = api.send({**SMS, "idempotencyKey": "k"})
        again = api.send(dict(reversed(list({**SMS, "idempotencyKey": "k"}.items()))))

        assert again.body == first.body

    def test_a_key_is_forgotten_after_24_hours(self, api: Api):
        first = api.send(idempotency_key="k")
        api.advance(24 * 3600 - 1)
        assert api.send(idempotency_key="k").body == first.body
        api.advance(1)

        assert api.send(idempotency_key="k", body="New").status == 202

    def test_api_and_dashboard_share_keys(self, api: Api):
        first = api.send(idempotency_key="k")
        again = api.post("/v1/admin/messages", {**SMS, "idempotency_key": "k"}, headers=api.session())

        assert again.body == first.body

    def test_environments_do_not_share_keys(self, api: Api):
        first = api.send(idempotency_key="k")
        other = api.post("/v1/messages", {**SMS, "idempotency_key": "k"}, headers={"X-Raven-Key": api.test_key})

        assert other.status == 202
        assert other.json["id"] != first.json["id"]

    def test_a_refusal_is_not_remembered(self, api: Api):
        refused = api.send(channel="whatsapp", idempotency_key="k")
        retried = api.send(idempotency_key="k")

        assert (refused.status, retried.status) == (400, 202)

    def test_the_header_is_not_read(self, api: Api):
        headers = {"X-Raven-Key": api.key, "Idempotency-Key": "k"}
        first = api.post("/v1/messages", SMS, headers=headers)
        again = api.post("/v1/messages", SMS, headers=headers)

        assert again.json["id"] != first.json["id"]

    def test_a_replay_survives_the_loss_of_the_provider(self, api: Api):
        first = api.send(idempotency_key="k")
        for connection in api.world.store.connections:
            api.world.store.connections.delete(connection.id)

        assert api.send(idempotency_key="k").body == first.body
        assert api.send(idempotency_key="l").message == "No provider configured for channel: sms"


class TestOrderOfChecks:
    """Path, credential, permission, rate limit, size, content type, JSON, fields, idempotency, provider."""

    def test_an_unknown_path_comes_before_the_credential(self, api: Api):
        answer = api.get("/v1/nothing", headers={})

        assert (answer.status, answer.message) == (404, "Cannot GET /v1/nothing")

    def test_a_wrong_method_names_the_right_ones(self, api: Api):
        answer = api.request("PUT", "/v1/messages", headers={})

        assert (answer.status, answer.message) == (405, "Method not allowed")
        assert answer.headers["allow"] == "GET, POST"

    def test_the_credential_comes_before_the_body(self, api: Api):
        assert api.post("/v1/messages", content=b"{", headers={}).status == 401

    def test_the_scope_comes_before_the_rate_limit(self):
        api = Api(a_world(rate_limits="on"))
        api.change_key(scopes=("messages:read",), rate_limit_per_minute=1)
        api.get("/v1/messages")

        assert api.send().status == 403

    def test_the_rate_limit_comes_before_the_size(self):
        api = Api(a_world(rate_limits="on"))
        api.change_key(rate_limit_per_minute=1)
        api.send()

        assert api.request("POST", "/v1/messages", content=b"x", too_large=True).status == 429

    def test_the_size_comes_before_the_content_type(self, api: Api):
        headers = {"X-Raven-Key": api.key, "Content-Type": "text/plain"}
        answer = api.request("POST", "/v1/messages", content=b"x", too_large=True, headers=headers)

        assert (answer.status, answer.message) == (413, "Request body too large")

    @pytest.mark.parametrize("content_type", ["text/plain", "application/x-www-form-urlencoded"])
    def test_the_content_type_comes_before_json(self, api: Api, content_type: str):
        headers = {"X-Raven-Key": api.key, "Content-Type": content_type}
        answer = api.request("POST", "/v1/messages", content=b"{", headers=headers)

        assert (answer.status, answer.message) == (415, "Content-Type must be application/json")

    @pytest.mark.parametrize("content", [b"{", b"", b'{"to":NaN}', b"{} {}", b'"\xff"'])
    def test_json_comes_before_the_fields(self, api: Api, content: bytes):
        headers = {"X-Raven-Key": api.key, "Content-Type": "application/json; charset=utf-8"}
        answer = api.request("POST", "/v1/messages", content=content, headers=headers)

        assert (answer.status, answer.message) == (400, "Request body is not valid JSON")

    def test_a_call_without_a_body_is_not_asked_for_its_type(self, api: Api):
        answer = api.request("POST", "/v1/messages")

        assert (answer.status, answer.message) == (400, "Request body is not valid JSON")

    def test_the_fields_come_before_idempotency(self, api: Api):
        api.send(idempotency_key="k")

        assert api.send(idempotency_key="k", to="nobody").status == 400

    def test_idempotency_comes_before_the_provider(self, api: Api):
        api.send(idempotency_key="k")

        assert api.send(idempotency_key="k", channel="whatsapp").status == 409

    def test_no_provider_comes_last(self, api: Api):
        answer = api.send(channel="push", to="device-token")

        assert (answer.status, answer.message) == (400, "No provider configured for channel: push")

    def test_a_tenant_without_providers_is_told(self, api: Api):
        api.key = key_of("default", "kilima", "live")

        assert api.send().message == "No provider configured for channel: sms"

    def test_a_suspended_tenant_reads_but_does_not_send(self, api: Api):
        api.change_tenant(status="suspended")

        refused = api.send()
        assert (refused.status, refused.message) == (403, "Tenant suspended")
        assert api.get("/v1/messages").status == 200
        assert api.post("/v1/admin/messages", SMS, headers=api.session()).status == 403


class TestEveryAnswer:
    def test_carries_a_request_id_and_the_rate_limit(self, api: Api):
        headers = api.send().headers

        assert UUID.fullmatch(headers["x-request-id"])
        assert (headers["x-ratelimit-limit"], headers["x-ratelimit-remaining"]) == ("1000", "1000")
        assert headers["x-ratelimit-reset"] == "1767225660"

    def test_request_ids_differ(self, api: Api):
        assert api.send().headers["x-request-id"] != api.send().headers["x-request-id"]

    def test_a_refusal_carries_them_too(self, api: Api):
        headers = api.send(to="x").headers

        assert {"x-request-id", "x-ratelimit-limit", "x-ratelimit-remaining", "x-ratelimit-reset"} <= headers.keys()

    def test_a_stranger_is_told_no_limit(self, api: Api):
        headers = api.get("/v1/messages", headers={}).headers

        assert "x-request-id" in headers
        assert "x-ratelimit-limit" not in headers


class TestRateLimit:
    def test_the_key_s_own_limit_holds_within_a_sliding_minute(self):
        api = Api(a_world(rate_limits="on"))
        api.change_key(rate_limit_per_minute=2)

        assert [api.send().headers["x-ratelimit-remaining"] for _ in range(2)] == ["1", "0"]
        refused = api.send()
        assert (refused.status, refused.message) == (429, "Rate limit exceeded")
        assert refused.headers["retry-after"] == "60"
        assert refused.headers["x-ratelimit-remaining"] == "0"
        api.advance(61)
        assert api.send().status == 202

    def test_sessions_of_a_user_share_a_window_of_300(self):
        api = Api(a_world(rate_limits="on"))

        assert api.get("/v1/admin/me", headers=api.session()).headers["x-ratelimit-remaining"] == "299"
        assert api.get("/v1/admin/messages", headers=api.session()).headers["x-ratelimit-remaining"] == "298"

    def test_replays_count(self):
        api = Api(a_world(rate_limits="on"))
        api.send(idempotency_key="k")

        assert api.send(idempotency_key="k").headers["x-ratelimit-remaining"] == "998"

    def test_a_forbidden_call_shows_the_limit_and_does_not_count(self):
        api = Api(a_world(rate_limits="on"))
        headers = api.session("viewer")

        refused = api.post("/v1/admin/messages", SMS, headers=headers)

        assert (refused.status, refused.headers["x-ratelimit-remaining"]) == (403, "300")
