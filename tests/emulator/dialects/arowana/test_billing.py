"""Billing: balance, top-ups by hand and automatic ones, alerts, usage, tiers, transactions and invoices."""

from typing import Any

import pytest

from emulator.dialects.arowana.money import micros_of
from tests.emulator.dialects.arowana.asking import Answer, Workspace

BILLING = "/v1/billing"
DAY = 24 * 60 * 60


@pytest.fixture
def shop() -> Workspace:
    return Workspace()


def top_up(shop: Workspace, amount: float, **more: Any) -> Answer:
    return shop.post(f"{BILLING}/topup", {"amount": amount, "currency": "EUR"}, **more)


def alert_below(shop: Workspace, threshold: float) -> Answer:
    return shop.put(f"{BILLING}/alerts", {"low_balance_threshold": threshold})


def reload_below(shop: Workspace, threshold: float, amount: float) -> Answer:
    body = {"enabled": True, "trigger_threshold": threshold, "reload_amount": amount}
    return shop.put(f"{BILLING}/auto-reload", body)


def free(shop: Workspace) -> float:
    return shop.get(f"{BILLING}/balance").json["free"]


def test_a_new_world_has_fifty_euros(shop: Workspace):
    answer = shop.get(f"{BILLING}/balance")

    assert (answer.status, answer.json) == (200, {"free": 50.0, "reserved": 0.0, "total": 50.0})


def test_the_balance_shows_what_is_held(shop: Workspace):
    shop.send()

    assert shop.get(f"{BILLING}/balance").json == {"free": 49.92, "reserved": 0.08, "total": 50.0}


def test_a_top_up_is_credited_at_once(shop: Workspace):
    shop.send()

    answer = top_up(shop, 50)

    assert answer.status == 201
    id = answer.json["id"]
    assert answer.json == {
        "id": id,
        "amount": 50.0,
        "currency": "EUR",
        "status": "SUCCEEDED",
        "balance": {"free": 99.92, "reserved": 0.08, "total": 100.0},
        "created_at": "2026-01-01T00:00:00Z",
    }
    assert len(id) == len("txn_") + 32
    assert shop.get(f"{BILLING}/balance").json == answer.json["balance"]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"amount": 9.99, "currency": "EUR"}, "amount"),
        ({"amount": "50", "currency": "EUR"}, "amount"),
        ({"amount": 50, "currency": "USD"}, "currency"),
        ({"amount": 50}, "currency"),
        ({"currency": "EUR"}, "amount"),
    ],
)
def test_a_top_up_of_too_little_or_of_other_money_is_refused(shop: Workspace, body: dict[str, Any], field: str):
    answer = shop.post(f"{BILLING}/topup", body)

    assert (answer.status, [detail["field"] for detail in answer.json["details"]]) == (400, [field])
    assert free(shop) == 50.0


def test_ten_euros_are_enough(shop: Workspace):
    assert top_up(shop, 10).status == 201


def test_the_balance_has_a_ceiling(shop: Workspace):
    too_much = top_up(shop, 4950.01)
    enough = top_up(shop, 4950)

    assert (too_much.status, too_much.json) == (
        422,
        {
            "error": "balance_limit_exceeded",
            "message": "The balance may not exceed 5000 EUR.",
            "details": [{"field": "amount", "message": "Would raise the balance above 5000 EUR."}],
        },
    )
    assert (enough.status, enough.json["balance"]["total"]) == (201, 5000.0)


def test_an_endless_amount_is_over_the_ceiling_too(shop: Workspace):
    assert top_up(shop, 10**400).status == 422


def test_a_repeated_top_up_is_credited_once(shop: Workspace):
    headers = {"Idempotency-Key": "0d6a3c1c-5d5c-4d0e-9a55-5b0a3f52ab11"}
    first = top_up(shop, 50, headers=headers)
    again = top_up(shop, 50, headers=headers)
    other = top_up(shop, 60, headers=headers)

    assert (again.status, again.body) == (201, first.body)
    assert (other.status, other.json["error"]) == (409, "idempotency_conflict")
    assert free(shop) == 100.0


@pytest.mark.parametrize(
    ("amount", "micros"), [(10, 10_000_000), (0.1, 100_000), (1.00005, 1_000_100), (1.00004, 1_000_000)]
)
def test_amounts_have_four_places_rounded_half_up(amount: float, micros: int):
    assert micros_of(amount) == micros


# -- the alert -------------------------------------------------------------------------------------------------------


def test_an_alert_is_echoed(shop: Workspace):
    answer = alert_below(shop, 10)

    assert (answer.status, answer.json) == (200, {"low_balance_threshold": 10.0})


@pytest.mark.parametrize("threshold", [-1, "10", None, 10**400])
def test_a_wrong_threshold_is_refused(shop: Workspace, threshold: Any):
    answer = shop.put(f"{BILLING}/alerts", {"low_balance_threshold": threshold})

    assert (answer.status, answer.json["details"][0]["field"]) == (400, "low_balance_threshold")


def test_a_low_balance_is_told_once_for_each_fall(shop: Workspace):
    shop.listen_to_all()
    alert_below(shop, 49.9)

    shop.send()
    above = shop.data_of("billing.balance_low")
    shop.send()
    shop.send()
    below = shop.data_of("billing.balance_low")
    shop.advance(10)
    top_up(shop, 10)
    shop.choose_balance(49.95)
    shop.send()

    assert above == []
    assert below == [
        {"balance": {"free": 49.84, "reserved": 0.16, "total": 50.0}, "threshold": 49.9, "currency": "EUR"}
    ]
    assert len(shop.data_of("billing.balance_low")) == 2


def test_at_the_threshold_the_balance_is_not_low(shop: Workspace):
    shop.listen_to_all()
    alert_below(shop, 49.92)

    shop.send()

    assert shop.data_of("billing.balance_low") == []


def test_money_that_comes_back_arms_the_alert_again(shop: Workspace):
    shop.listen_to_all()
    alert_below(shop, 50)
    shop.send(to="+12025550102")
    shop.advance(10)
    free_again = free(shop)

    shop.send()

    assert free_again == 50.0
    assert len(shop.data_of("billing.balance_low")) == 2


def test_a_threshold_above_the_balance_alerts_at_the_next_fall_only(shop: Workspace):
    shop.listen_to_all()

    alert_below(shop, 60)
    shop.send()
    before = len(shop.data_of("billing.balance_low"))
    top_up(shop, 10.08)
    shop.send()

    assert before == 0
    assert len(shop.data_of("billing.balance_low")) == 1


# -- automatic top-ups -----------------------------------------------------------------------------------------------


def test_automatic_top_ups_are_echoed(shop: Workspace):
    off = shop.put(f"{BILLING}/auto-reload", {"enabled": False})
    on = reload_below(shop, 20, 100)
    off_again = shop.put(f"{BILLING}/auto-reload", {"enabled": False})

    assert (off.status, off.json) == (200, {"enabled": False, "trigger_threshold": None, "reload_amount": None})
    assert (on.status, on.json) == (200, {"enabled": True, "trigger_threshold": 20.0, "reload_amount": 100.0})
    assert off_again.json == {"enabled": False, "trigger_threshold": 20.0, "reload_amount": 100.0}


@pytest.mark.parametrize(
    ("body", "fields"),
    [
        ({}, ["enabled"]),
        ({"enabled": True}, ["trigger_threshold", "reload_amount"]),
        ({"enabled": True, "trigger_threshold": -1, "reload_amount": 10}, ["trigger_threshold"]),
        ({"enabled": True, "trigger_threshold": 5, "reload_amount": 9}, ["reload_amount"]),
    ],
)
def test_automatic_top_ups_need_both_amounts(shop: Workspace, body: dict[str, Any], fields: list[str]):
    answer = shop.put(f"{BILLING}/auto-reload", body)

    assert (answer.status, [detail["field"] for detail in answer.json["details"]]) == (400, fields)


def test_a_low_balance_is_topped_up(shop: Workspace):
    shop.listen_to_all()
    reload_below(shop, 49.95, 100)
    shop.advance(30)

    shop.send()

    assert shop.get(f"{BILLING}/balance").json == {"free": 149.92, "reserved": 0.08, "total": 150.0}
    assert shop.data_of("billing.auto_reload_success") == [
        {
            "amount_added": 100.0,
            "currency": "EUR",
            "balance": {"free": 149.92, "reserved": 0.08, "total": 150.0},
            "payment_method": "credit_card",
            "reloaded_at": "2026-01-01T00:00:30Z",
        }
    ]


def test_at_its_threshold_nothing_is_topped_up(shop: Workspace):
    reload_below(shop, 49.92, 100)

    shop.send()

    assert free(shop) == 49.92


def test_a_setting_made_anew_tries_a_payment_that_was_given_up(shop: Workspace):
    shop.amend(payment_failure="card_declined")
    reload_below(shop, 60, 100)
    shop.advance(2 * DAY)
    shop.amend(payment_failure=None)
    before = free(shop)

    reload_below(shop, 60, 100)

    assert (before, free(shop)) == (50.0, 150.0)


def test_nothing_is_topped_up_while_it_is_off(shop: Workspace):
    reload_below(shop, 49.95, 100)
    shop.put(f"{BILLING}/auto-reload", {"enabled": False})

    shop.send()

    assert free(shop) == 49.92


def test_a_reload_is_made_at_most_three_times_a_day(shop: Workspace):
    shop.listen_to_all()
    reload_below(shop, 85, 10)
    on_the_first_day = len(shop.data_of("billing.auto_reload_success")), free(shop)

    shop.advance(DAY)

    assert on_the_first_day == (3, 80.0)
    assert free(shop) == 90.0
    assert [data["reloaded_at"] for data in shop.data_of("billing.auto_reload_success")][3:] == ["2026-01-02T00:00:00Z"]


def test_a_reload_arms_the_alert_again(shop: Workspace):
    shop.listen_to_all()
    alert_below(shop, 50)
    reload_below(shop, 49.9, 100)
    shop.send()
    shop.send()
    shop.choose_balance(50)

    shop.send()

    assert len(shop.data_of("billing.balance_low")) == 2


def test_a_reload_that_would_pass_the_ceiling_is_left_out(shop: Workspace):
    reload_below(shop, 60, 4990)

    assert free(shop) == 50.0


def test_a_payment_that_fails_is_tried_again_once_a_day_later(shop: Workspace):
    shop.listen_to_all()
    shop.amend(payment_failure="card_declined")
    reload_below(shop, 49.95, 100)
    shop.send()
    shop.send()
    first = shop.data_of("billing.auto_reload_failed")
    shop.advance(DAY)
    after_a_day = shop.data_of("billing.auto_reload_failed")
    shop.advance(3 * DAY)
    shop.send()

    assert first == [
        {
            "attempted_amount": 100.0,
            "currency": "EUR",
            "failure_reason": "card_declined",
            "balance": {"free": 49.92, "reserved": 0.08, "total": 50.0},
            "failed_at": "2026-01-01T00:00:00Z",
        }
    ]
    assert [data["failed_at"] for data in after_a_day] == ["2026-01-01T00:00:00Z", "2026-01-02T00:00:00Z"]
    assert len(shop.data_of("billing.auto_reload_failed")) == 2


@pytest.mark.parametrize(
    "reason", ["card_declined", "insufficient_funds", "payment_method_expired", "payment_method_missing"]
)
def test_each_failure_has_its_reason(shop: Workspace, reason: str):
    shop.listen_to_all()
    shop.amend(payment_failure=reason)

    reload_below(shop, 60, 100)

    assert [data["failure_reason"] for data in shop.data_of("billing.auto_reload_failed")] == [reason]


def test_a_retry_that_succeeds_credits_the_amount(shop: Workspace):
    shop.listen_to_all()
    shop.amend(payment_failure="card_declined")
    reload_below(shop, 60, 100)
    shop.amend(payment_failure=None)
    before = free(shop)

    shop.advance(DAY)

    assert (before, free(shop)) == (50.0, 150.0)
    assert [data["reloaded_at"] for data in shop.data_of("billing.auto_reload_success")] == ["2026-01-02T00:00:00Z"]


def test_a_retry_is_not_made_if_the_balance_recovered(shop: Workspace):
    shop.amend(payment_failure="card_declined")
    reload_below(shop, 60, 100)
    shop.amend(payment_failure=None)
    top_up(shop, 20)
    shop.advance(DAY)
    untouched = free(shop)
    shop.choose_balance(60)

    shop.send()

    assert untouched == 70.0
    assert free(shop) == 159.92


def test_a_payment_that_was_given_up_is_tried_again_after_a_top_up_by_hand(shop: Workspace):
    shop.amend(payment_failure="card_declined")
    reload_below(shop, 60, 100)
    shop.advance(2 * DAY)
    shop.amend(payment_failure=None)
    shop.send()
    given_up = free(shop)
    top_up(shop, 20)
    shop.choose_balance(60.08)
    shop.advance(10)

    shop.send()
    shop.send()

    assert given_up == 49.92
    assert free(shop) > 100


# -- usage and tiers -------------------------------------------------------------------------------------------------


def test_usage_counts_by_channel_and_unit(shop: Workspace):
    shop.advance(10)
    shop.send()
    shop.send(content={"text": "x" * 161})
    shop.send_mail()
    shop.advance(10)

    answer = shop.get(f"{BILLING}/usage")

    assert answer.status == 200
    assert answer.json == {
        "period": {"from": "2026-01-01T00:00:00Z", "to": "2026-01-01T00:00:20Z"},
        "channels": [
            {"channel": "RCS", "basic_message": 1, "single_message": 1, "conversation": 0, "mau": 0, "cost": 0.2},
            {"channel": "EMAIL", "basic_message": 1, "single_message": 0, "conversation": 0, "mau": 0, "cost": 0.09},
            {"channel": "SMS", "basic_message": 0, "single_message": 0, "conversation": 0, "mau": 0, "cost": 0.0},
        ],
    }


def test_both_ends_of_a_span_belong_to_it(shop: Workspace):
    for _ in range(3):
        shop.advance(60)
        shop.send()

    def basics(query: str) -> int:
        return shop.get(f"{BILLING}/usage?{query}").json["channels"][0]["basic_message"]

    assert basics("from=2026-01-01T00:02:00Z") == 2
    assert basics("to=2026-01-01T00:02:00Z") == 2
    assert basics("from=2026-01-01T00:02:00Z&to=2026-01-01T00:02:00Z") == 1
    assert basics("from=2026-01-01T03:02:00%2B03:00&to=2026-01-01T03:02:00%2B03:00") == 1
    assert basics("from=2026-01-01T00:02:01Z&to=2026-01-01T00:02:00Z") == 0


def test_spans_count_whole_seconds_as_answers_show_them(shop: Workspace):
    shop.advance(0.7)
    at = shop.send().json["created_at"]

    usage = shop.get(f"{BILLING}/usage?from={at}&to={at}").json

    assert usage["channels"][0]["basic_message"] == 1


def test_the_span_begins_with_the_month(shop: Workspace):
    shop.send()
    shop.advance(32 * DAY)
    shop.send()
    shop.advance(DAY)

    usage = shop.get(f"{BILLING}/usage").json

    assert usage["period"] == {"from": "2026-02-01T00:00:00Z", "to": "2026-02-03T00:00:00Z"}
    assert usage["channels"][0]["basic_message"] == 1


def test_what_one_price_covers_is_one_unit(shop: Workspace):
    def send_both() -> None:
        assert shop.send(message_type="CONVERSATION").status == 200
        assert shop.send(message_type="NEWSLETTER").status == 200

    shop.reply("Hello")
    send_both()
    shop.advance(DAY - 1)
    shop.reply("And again")
    shop.advance(1)
    send_both()
    in_session = shop.get(f"{BILLING}/usage").json["channels"][0]
    shop.advance(DAY)

    after_it = shop.get(f"{BILLING}/usage").json["channels"][0]
    assert (in_session["conversation"], in_session["mau"], in_session["cost"]) == (1, 1, 0.25)
    assert after_it == {**in_session, "cost": 0.4}


def test_a_wrong_span_is_refused(shop: Workspace):
    answer = shop.get(f"{BILLING}/usage?from=yesterday")

    assert answer.status == 400
    assert answer.json["details"] == [{"field": "from", "message": "Must be a date and time in ISO 8601."}]


def test_failed_messages_count_and_cost_nothing(shop: Workspace):
    shop.send(to="+12025550102")
    shop.advance(10)

    rcs = shop.get(f"{BILLING}/usage").json["channels"][0]

    assert (rcs["basic_message"], rcs["cost"]) == (1, 0.0)


def test_tiers_show_each_channel(shop: Workspace):
    shop.send()
    shop.send_mail()

    answer = shop.get(f"{BILLING}/tier")

    assert answer.status == 200
    assert answer.json == {
        "tiers": [
            {"channel": "RCS", "current": "tier_1", "volume_used": 12501, "next_threshold": 50000},
            {"channel": "EMAIL", "current": "tier_1", "volume_used": 1, "next_threshold": 50000},
            {"channel": "SMS", "current": "tier_1", "volume_used": 0, "next_threshold": 50000},
        ]
    }


# -- transactions and invoices ---------------------------------------------------------------------------------------


def test_transactions_are_what_changed_the_total(shop: Workspace):
    charged = shop.send().json["message_id"]
    shop.advance(60)
    shop.send()
    topped_up = top_up(shop, 20).json["id"]

    answer = shop.get(f"{BILLING}/transactions")

    assert answer.status == 200
    first, second, third = answer.json["transactions"]
    assert answer.json["next_cursor"] is None
    assert first == {
        "id": topped_up,
        "type": "TOPUP",
        "amount": 20.0,
        "currency": "EUR",
        "message_id": None,
        "created_at": "2026-01-01T00:01:00Z",
    }
    assert second == {
        "id": second["id"],
        "type": "CHARGE",
        "amount": -0.08,
        "currency": "EUR",
        "message_id": charged,
        "created_at": "2026-01-01T00:00:05Z",
    }
    assert (third["type"], third["amount"], third["created_at"]) == ("TOPUP", 50.0, "2026-01-01T00:00:00Z")
    assert len({each["id"] for each in answer.json["transactions"]}) == 3


def test_an_automatic_top_up_is_named_so(shop: Workspace):
    reload_below(shop, 60, 100)

    newest = shop.get(f"{BILLING}/transactions").json["transactions"][0]

    assert (newest["type"], newest["amount"]) == ("AUTO_RELOAD", 100.0)


def test_a_balance_set_by_hand_is_a_top_up_or_a_charge(shop: Workspace):
    shop.choose_balance(30)
    shop.choose_balance(40)

    newest, older, _ = shop.get(f"{BILLING}/transactions").json["transactions"]

    assert (newest["type"], newest["amount"], newest["message_id"]) == ("TOPUP", 10.0, None)
    assert (older["type"], older["amount"], older["message_id"]) == ("CHARGE", -20.0, None)


def test_each_top_up_has_an_invoice(shop: Workspace):
    top_up(shop, 20)
    reload_below(shop, 71, 10)

    answer = shop.get(f"{BILLING}/invoices")

    transactions = {each["amount"]: each["id"] for each in shop.get(f"{BILLING}/transactions").json["transactions"]}
    assert answer.status == 200
    assert answer.json["next_cursor"] is None
    assert [
        (each["number"], each["amount"], each["transaction_id"], each["status"], each["currency"], each["issued_at"])
        for each in answer.json["invoices"]
    ] == [
        ("INV-2026-0003", 10.0, transactions[10.0], "PAID", "EUR", "2026-01-01T00:00:00Z"),
        ("INV-2026-0002", 20.0, transactions[20.0], "PAID", "EUR", "2026-01-01T00:00:00Z"),
        ("INV-2026-0001", 50.0, transactions[50.0], "PAID", "EUR", "2026-01-01T00:00:00Z"),
    ]


@pytest.mark.parametrize("name", ["transactions", "invoices"])
def test_lists_come_in_pages(shop: Workspace, name: str):
    for amount in range(11, 15):
        top_up(shop, amount)

    found: list[float] = []
    cursor, pages = "", 0
    while pages < 10:
        page = shop.get(f"{BILLING}/{name}?limit=2{cursor}").json
        found += [each["amount"] for each in page[name]]
        pages += 1
        if page["next_cursor"] is None:
            break
        cursor = f"&cursor={page['next_cursor']}"

    assert pages == 3
    assert found == [14.0, 13.0, 12.0, 11.0, 50.0]


@pytest.mark.parametrize("name", ["transactions", "invoices"])
@pytest.mark.parametrize(("query", "field"), [("limit=0", "limit"), ("limit=201", "limit"), ("cursor=x", "cursor")])
def test_a_wrong_page_is_refused(shop: Workspace, name: str, query: str, field: str):
    answer = shop.get(f"{BILLING}/{name}?{query}")

    assert (answer.status, [detail["field"] for detail in answer.json["details"]]) == (400, [field])


@pytest.mark.parametrize("name", ["transactions", "invoices"])
def test_the_cursor_of_another_list_is_refused(shop: Workspace, name: str):
    for number in range(2):
        shop.post("/v1/webhooks", {"url": f"https://shop.example/{number}", "events": ["message.read"]})
        top_up(shop, 11)
    of_webhooks = shop.get("/v1/webhooks?limit=1").json["next_cursor"]
    of_this = shop.get(f"{BILLING}/{name}?limit=1").json["next_cursor"]
    (twin,) = {"transactions", "invoices"} - {name}  # a list of the same records

    for path, cursor in (
        (f"{BILLING}/{name}", of_webhooks),
        ("/v1/webhooks", of_this),
        (f"{BILLING}/{twin}", of_this),
    ):
        answer = shop.get(f"{path}?cursor={cursor}")
        assert (answer.status, [detail["field"] for detail in answer.json["details"]]) == (400, ["cursor"])


def test_a_page_costs_the_same_however_many_holds_there_were(shop: Workspace):
    store = shop.world.store
    for _ in range(50):
        shop.send(to="+12025550102")
    shop.advance(10)

    assert len(store.ledger_by_account.ids(shop.account.id)) > 100
    assert len(store.ledger_by_balance.ids(shop.account.id)) == 1
    assert len(shop.get(f"{BILLING}/transactions").json["transactions"]) == 1


def test_workspaces_do_not_see_each_others_money(shop: Workspace):
    top_up(shop, 20)

    mine = shop.get(f"{BILLING}/invoices").json["invoices"]
    theirs = shop.get(f"{BILLING}/invoices", key=shop.other_key).json["invoices"]

    assert not {each["id"] for each in mine} & {each["id"] for each in theirs}
