"""Outbound webhooks: off unless switched on; who is told what, and how it is signed."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from emulator.core.records import WebhookEndpoint, WebhookEvent
from emulator.dialects.raven.vocabulary import ANNOUNCED
from emulator.dialects.raven.webhooks import RULES, sign, signature
from tests.emulator.dialects.raven.conftest import CONTRACT, MAIL, SMS, Api

SECRET = "whsec_0123456789ABCDEFGHIJKLMNOPQRSTUV"


def _switch_on(api: Api) -> None:
    api.change_tenant(extras={**api.tenant().extras, "outbound_webhooks": True})


def _listen(api: Api, *types: str, id: str = "endpoint-1", status: str = "active") -> WebhookEndpoint:
    _switch_on(api)
    return api.world.store.endpoints.put(
        WebhookEndpoint(
            id=id,
            api="raven",
            account_id=api.tenant().id,
            url="http://127.0.0.1:9/hook",
            secret=SECRET,
            created_at=api.world.clock.now,
            event_types=types,
            status=status,
        )
    )


def _told(api: Api) -> list[dict[str, Any]]:
    return [json.loads(event.body) for event in api.world.store.webhook_events]


class TestWho:
    def test_nobody_while_it_is_off(self, api: Api):
        _listen(api)
        api.change_tenant(extras={**api.tenant().extras, "outbound_webhooks": False})
        api.life(SMS)

        assert _told(api) == []

    def test_an_endpoint_hears_what_it_asked_for(self, api: Api):
        _listen(api, "message.delivered")
        api.life(SMS)

        assert [event["type"] for event in _told(api)] == ["message.delivered"]

    def test_two_endpoints_hear_one_event_under_one_id(self, api: Api):
        _listen(api, "message.sent")
        _listen(api, "message.sent", id="endpoint-2")
        api.life(SMS)

        first, second = api.world.store.webhook_events
        assert first.body == second.body
        assert first.id != second.id
        assert {first.endpoint_id, second.endpoint_id} == {"endpoint-1", "endpoint-2"}

    def test_a_disabled_endpoint_hears_nothing(self, api: Api):
        _listen(api, status="disabled")
        api.life(SMS)

        assert _told(api) == []


class TestWhat:
    def test_the_body(self, api: Api):
        _listen(api, "message.bounced")
        shown = api.life({**MAIL, "to": "bounce@simulator.example", "externalId": "7"})

        (event,) = _told(api)
        assert list(event) == ["id", "type", "createdAt", "tenantId", "data"]
        assert event == {
            "id": event["id"],
            "type": "message.bounced",
            "createdAt": "2026-01-01T00:00:00.500Z",
            "tenantId": api.tenant().id,
            "data": {
                "messageId": shown["id"],
                "channel": "email",
                "to": "bounce@simulator.example",
                "externalId": "7",
                "status": "bounced",
                "reason": "hard_bounce",
                "providerMessageId": shown["providerMessageId"],
            },
        }

    @pytest.mark.parametrize(
        ("body", "types", "reason"),
        [
            ({**SMS, "to": "+12025550100"}, ["sent", "delivered"], None),
            ({**SMS, "to": "+12025550102"}, ["sent", "failed"], "UserDoesNotExist"),
            ({**SMS, "to": "+12025550104"}, ["suppressed"], "unsubscribed"),
            ({**SMS, "to": "+12025550106"}, ["failed"], "Provider timeout"),
            ({**SMS, "to": "+12025550114"}, ["delivered", "sent"], None),
            ({**SMS, "to": "+12025550115"}, ["sent"], None),
            ({**MAIL, "to": "complaint@simulator.example"}, ["sent", "delivered", "complained"], None),
            ({**MAIL, "to": "stop@simulator.example"}, ["sent", "delivered", "unsubscribed"], None),
            ({**MAIL, "to": "expired@simulator.example"}, ["sent", "bounced"], "soft_bounce"),
            ({**MAIL, "to": "open-click@simulator.example"}, ["sent", "delivered"], None),
        ],
    )
    def test_events_and_reasons_fit_the_contract(self, api: Api, body: dict[str, str], types: list[str], reason: Any):
        _listen(api)
        api.life(body)

        told = _told(api)
        assert [event["type"] for event in told] == [f"message.{type}" for type in types]
        assert told[-1]["data"]["reason"] == reason
        for event in told:
            schema = f"#/webhooks/{event['type']}/post/requestBody/content/application~1json/schema"
            assert CONTRACT.schema_problems(schema, event) == []

    def test_a_duplicate_receipt_is_told_twice_under_one_id(self, api: Api):
        _listen(api, "message.delivered")
        api.life({**SMS, "to": "+12025550113"})

        first, second = api.world.store.webhook_events
        assert (first.wire_id, first.body) == (second.wire_id, second.body)

    def test_the_contract_announces_the_same_events(self):
        assert set(CONTRACT.document["webhooks"]) == {f"message.{word}" for word in ANNOUNCED}


class TestHow:
    def test_the_signature(self):
        # printf '1780387200.{}' | openssl dgst -sha256 -hmac $SECRET
        expected = "0bd6ad6448267dfa2fda38d611abf1dde76598e726705f68f99e06d9cbf337f2"

        assert signature(SECRET, 1780387200, b"{}") == expected

    def test_the_headers(self, api: Api):
        endpoint = _listen(api)
        event = _an_event(api, endpoint)
        at = datetime(2026, 6, 2, 8, 0, 0, 900_000, tzinfo=UTC)

        headers = dict(sign(event, endpoint, at))

        assert headers["Content-Type"] == "application/json"
        assert headers["X-Raven-Event"] == "message.sent"
        assert headers["X-Raven-Delivery"] == event.id
        assert headers["X-Raven-Signature"] == f"t=1780387200,v1={signature(SECRET, 1780387200, event.body)}"

    def test_each_attempt_is_signed_anew(self, api: Api):
        endpoint = _listen(api)
        event = _an_event(api, endpoint)
        at = api.world.clock.now

        first, second = (dict(sign(event, endpoint, at + timedelta(seconds=s))) for s in (0, 30))

        assert first["X-Raven-Signature"] != second["X-Raven-Signature"]
        assert first["X-Raven-Delivery"] == second["X-Raven-Delivery"]

    def test_six_attempts(self):
        assert [wait.total_seconds() for wait in RULES.schedule] == [30, 120, 600, 3600, 21_600]
        assert RULES.timeout == timedelta(seconds=10)
        assert [RULES.is_success(status) for status in (200, 204, 299, 301, 410, 500)] == [
            True,
            True,
            True,
            False,
            False,
            False,
        ]


def _an_event(api: Api, endpoint: WebhookEndpoint) -> WebhookEvent:
    return WebhookEvent(
        id="delivery-1",
        wire_id="event-1",
        api="raven",
        account_id=api.tenant().id,
        endpoint_id=endpoint.id,
        url=endpoint.url,
        type="message.sent",
        body=b'{"id":"event-1"}',
        created_at=api.world.clock.now,
    )
