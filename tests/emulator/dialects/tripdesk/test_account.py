"""Wallet, gateways, templates and usage."""

from decimal import Decimal

import pytest

from emulator.core import wallet
from emulator.core.records import Template
from tests.emulator.dialects.tripdesk.conftest import MAIL, SEED, SMS, Api

TRANSACTIONS = "/api/v1/account/transactions"


class TestWallet:
    def test_the_balance_is_that_of_now(self, api: Api):
        api.send(SEED)
        api.advance(30)

        assert api.get("/api/v1/account/balance").json == {
            "balance": "99.988",
            "currency": "USD",
            "as_of": "2026-01-01T00:00:30Z",
        }

    def test_charge_and_refund_are_transactions_of_the_message(self, api: Api):
        id = api.life({**SMS, "to": "+12025550108"})["id"]

        refund, charge, topup = api.get(TRANSACTIONS).json["data"]

        assert (charge["type"], charge["amount"], charge["balance_after"]) == ("charge", "-0.020", "99.980")
        assert (refund["type"], refund["amount"], refund["balance_after"]) == ("refund", "0.020", "100.000")
        assert (topup["type"], topup["amount"], topup["message_id"]) == ("topup", "100.000", None)
        assert charge["message_id"] == refund["message_id"] == id
        assert len({refund["id"], charge["id"], topup["id"]}) == 3

    def test_a_transaction_keeps_its_id(self, api: Api):
        api.send(SMS)

        first, second = (api.get(TRANSACTIONS).json for _ in range(2))

        assert first == second

    def test_a_balance_that_was_set_is_an_adjustment(self, api: Api):
        wallet.set_balance(api.world.store, api.world.ids, api.account.id, 5_000_000, at=api.world.clock.now)

        (adjustment,) = api.get(f"{TRANSACTIONS}?type=adjustment").json["data"]

        assert (adjustment["amount"], adjustment["balance_after"]) == ("-95.000", "5.000")

    @pytest.mark.parametrize(("type", "count"), [("charge", 2), ("refund", 1), ("topup", 1), ("adjustment", 0)])
    def test_transactions_are_found_by_type(self, api: Api, type: str, count: int):
        for to in ("+12025550100", "+12025550108"):
            api.life({**SMS, "to": to})

        assert len(api.get(f"{TRANSACTIONS}?type={type}").json["data"]) == count

    def test_an_unknown_type_is_refused(self, api: Api):
        assert api.get(f"{TRANSACTIONS}?type=hold").error["param"] == "type"

    def test_the_balance_is_the_sum_of_all_transactions_and_a_message_has_one_charge_and_one_refund_at_most(
        self, api: Api
    ):
        for number in range(17):
            api.send({**SMS, "to": f"+120255501{number:02d}"})
        api.send(MAIL)
        api.advance(2_000)

        transactions = api.get(f"{TRANSACTIONS}?limit=100").json["data"]

        total = sum((Decimal(each["amount"]) for each in transactions), Decimal())
        assert total == Decimal(api.get("/api/v1/account/balance").json["balance"])
        of_messages = [(each["message_id"], each["type"]) for each in transactions if each["message_id"]]
        assert len(of_messages) == len(set(of_messages))

    def test_a_free_message_moves_no_money(self, api: Api):
        api.send({"channel": "push", "to": "token", "text": "x"})

        assert len(api.get(TRANSACTIONS).json["data"]) == 1

    def test_pages_of_one_type_follow_one_another(self, api: Api):
        for _ in range(3):
            api.send(SMS)

        first = api.get(f"{TRANSACTIONS}?type=charge&limit=2").json
        second = api.get(f"{TRANSACTIONS}?type=charge&limit=2&cursor={first['next_cursor']}").json

        assert [len(first["data"]), len(second["data"]), second["next_cursor"]] == [2, 1, None]

    def test_the_sides_have_wallets_of_their_own(self, api: Api, sandbox: Api):
        api.send(SMS)

        assert sandbox.get("/api/v1/account/balance").json["balance"] == "100.000"
        assert len(sandbox.get(TRANSACTIONS).json["data"]) == 1


class TestGateways:
    def test_each_of_the_eleven_channels_has_an_active_gateway(self, api: Api):
        gateways = api.get("/api/v1/gateways").json["data"]

        assert len({each["channel"] for each in gateways}) == 11
        assert {each["status"] for each in gateways} == {"active"}

    def test_a_gateway_tells_price_and_capabilities(self, api: Api):
        gateways = {each["channel"]: each for each in api.get("/api/v1/gateways").json["data"]}

        whatsapp = gateways["whatsapp"]
        assert {name: whatsapp[name] for name in ("name", "provider", "price", "currency")} == {
            "name": "WhatsApp",
            "provider": "meta",
            "price": "0.012",
            "currency": "USD",
        }
        assert whatsapp["capabilities"] == {"delivery_receipts": True, "templates": True, "media": True}
        assert gateways["broadcast"]["capabilities"]["delivery_receipts"] is False
        assert gateways["sms"]["price"] == "0.020"

    def test_what_the_control_api_changes_is_shown(self, api: Api):
        api.amend(gateways=[{"channel": "sms", "status": "degraded", "price": "0.5", "provider": "kilima"}])

        (sms,) = (each for each in api.get("/api/v1/gateways").json["data"] if each["channel"] == "sms")

        assert (sms["status"], sms["price"], sms["provider"]) == ("degraded", "0.500", "kilima")


class TestTemplates:
    def test_the_fixtures_template_is_the_one_of_the_vendors_example(self, api: Api):
        (template,) = api.get("/api/v1/templates").json["data"]

        template.pop("id")
        assert template == {
            "name": "order_confirmation",
            "channel": "whatsapp",
            "languages": ["en"],
            "variables": ["name", "order_id", "eta"],
            "status": "approved",
            "body": "Hi {{name}}, your order {{order_id}} arrives in {{eta}}.",
        }

    def test_templates_are_found_by_channel(self, api: Api):
        assert api.get("/api/v1/templates?channel=sms").json["data"] == []
        assert len(api.get("/api/v1/templates?channel=whatsapp").json["data"]) == 1

    def test_a_template_that_the_core_made_is_approved_for_whatsapp_and_has_an_id_in_form(self, api: Api):
        api.world.store.templates.put(
            Template(id="uuid", account_id=api.account.id, key="hello", variables=(), text="Hello")
        )

        newest = api.get("/api/v1/templates").json["data"][0]

        assert (newest["name"], newest["channel"], newest["status"]) == ("hello", "whatsapp", "approved")
        assert newest["id"].startswith("tpl_")


class TestUsage:
    def test_without_messages_all_figures_are_zero(self, api: Api):
        api.advance(3600)

        assert api.get("/api/v1/usage").json == {
            "from": "2026-01-01T00:00:00Z",
            "to": "2026-01-01T01:00:00Z",
            "currency": "USD",
            "totals": {
                "messages": 0,
                "sent": 0,
                "delivered": 0,
                "failed": 0,
                "bounced": 0,
                "cost": "0.000",
                "refunded": "0.000",
            },
            "groups": [],
        }

    def test_messages_are_counted_by_what_became_of_them(self, api: Api):
        for to in ("+12025550100", "+12025550102", "+12025550108", "+12025550115"):
            api.send({**SMS, "to": to})
        api.send({**MAIL, "to": "bounce@simulator.example"})
        api.says("Hello")
        api.advance(60)

        assert api.get("/api/v1/usage").json["totals"] == {
            "messages": 5,
            "sent": 4,
            "delivered": 1,
            "failed": 2,
            "bounced": 1,
            "cost": "0.081",
            "refunded": "0.040",
        }

    def test_groups_are_channels_or_days_in_order_of_time(self, api: Api):
        api.send(SEED)
        api.advance(24 * 3600)
        api.send(SMS)
        api.send(SEED)
        api.advance(60)

        days = api.get("/api/v1/usage?group_by=day").json["groups"]
        channels = api.get("/api/v1/usage?group_by=channel").json["groups"]

        assert [(each["key"], each["messages"]) for each in days] == [("2026-01-01", 1), ("2026-01-02", 2)]
        assert [(each["key"], each["cost"]) for each in channels] == [("whatsapp", "0.024"), ("sms", "0.020")]

    def test_the_span_includes_its_ends(self, api: Api):
        for _ in range(3):
            api.send(SMS)
            api.advance(24 * 3600)

        def count(query: str) -> int:
            return api.get(f"/api/v1/usage?{query}").json["totals"]["messages"]

        assert count("from=2026-01-02") == 2
        assert count("to=2026-01-02") == 2
        assert count("from=2026-01-02&to=2026-01-02") == 1
        assert count("from=2026-01-02T00:00:00Z&to=2026-01-03T00:00:00Z") == 2
        assert count("from=2026-01-02T00:00:01Z&to=2026-01-02T23:59:59Z") == 0

    def test_dates_are_shown_as_their_first_and_last_second(self, api: Api):
        shown = api.get("/api/v1/usage?from=2026-01-01&to=2026-01-31").json

        assert (shown["from"], shown["to"]) == ("2026-01-01T00:00:00Z", "2026-01-31T23:59:59Z")

    @pytest.mark.parametrize(
        "query",
        [
            "from=2026-13-01",
            "from=2026-06-30T23:59:60Z",
            "to=tomorrow",
            "from=2026-01-02&to=2026-01-01",
            "group_by=week",
        ],
    )
    def test_a_span_that_cannot_be_is_refused(self, api: Api, query: str):
        answer = api.get(f"/api/v1/usage?{query}")

        assert (answer.status, answer.code) == (422, "invalid_field")
        assert answer.error["param"] == query.partition("=")[0]
