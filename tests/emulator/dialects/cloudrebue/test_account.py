"""Balance and top-up in both profiles."""

import re

import pytest
from msgspec.structs import replace

BALANCE = "/api/v1/account/balance"
TOP_UP = "/api/v1/account/top-up"


def test_a_legacy_balance_is_units_as_text(client):
    client.send(message="a" * 161)

    answer = client.get(BALANCE)

    assert list(answer.json) == ["status", "data"]
    assert answer.json["data"] == {"account_units": "99998", "date": "2026-01-01 03:00:00"}


def test_a_rebuetext_balance_is_kes_twice(rebuetext):
    rebuetext.leave(3761)

    assert rebuetext.get(BALANCE).json["data"] == {
        "balance_kes": 1880.5,
        "balance_minor": 188050,
        "date": "2026-01-01 03:00:00",
    }


@pytest.mark.parametrize("units", [100, "100", 100.0])
def test_units_move_to_a_sub_account(client, world, units):
    client.post(TOP_UP, {"units": 84, "account_id": "2"})

    answer = client.post(TOP_UP, {"units": units, "account_id": 2, "topup_reference": "SB93461"})

    assert (answer.status, answer.message) == (200, "account top up successful")
    assert list(answer.json["data"].items()) == [
        ("topup_units", "100"),
        ("initial_units", "84"),
        ("updated_units", 184),
        ("topup_reference", "SB93461"),
        ("created_at", "2026-01-01 03:00:00"),
    ]
    assert client.units == 100_000 - 184
    assert world.store.wallets["2"].balance_micros == 184_000_000


def test_kes_move_to_a_sub_account(rebuetext):
    answer = rebuetext.post(TOP_UP, {"amount": 1500.254, "account_id": "4", "topup_reference": None})

    data = answer.json["data"]
    assert list(answer.json) == ["status", "data"]
    assert list(data) == [
        "account_id",
        "topup_amount",
        "updated_balance_kes",
        "parent_balance_kes",
        "topup_reference",
        "created_at",
    ]
    assert (data["account_id"], data["topup_amount"]) == (4, 1500.25)
    assert (data["updated_balance_kes"], data["parent_balance_kes"]) == (1500.25, 48499.75)
    assert re.fullmatch("[0-9a-f]{13}", data["topup_reference"])


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({"account_id": 2}, {"units": ["The units field is required."]}),
        ({"account_id": 2, "amount": 5}, {"units": ["The units field is required."]}),
        ({"units": "", "account_id": 2}, {"units": ["The units field is required."]}),
        ({"units": 5}, {"account_id": ["The account id field is required."]}),
        ({"units": 0, "account_id": 2}, {"units": ["The units must be at least 1."]}),
        ({"units": "05", "account_id": 2}, {"units": ["The units format is invalid."]}),
        ({"units": 1.5, "account_id": 2}, {"units": ["The units must be a string."]}),
        ([], "The request body must be an object."),
    ],
)
def test_a_bad_member_is_named(client, body, message):
    answer = client.post(TOP_UP, body)

    assert (answer.status, answer.message) == (422, message)


def test_rebuetext_needs_an_amount(rebuetext):
    answer = rebuetext.post(TOP_UP, {"units": 5, "account_id": 4})

    assert (answer.status, answer.message) == (422, {"amount": ["The amount field is required."]})


@pytest.mark.parametrize("account_id", [99, "nobody", "02"])
def test_an_unknown_account_is_refused_with_a_field_error(client, account_id):
    answer = client.post(TOP_UP, {"units": 5, "account_id": account_id})

    assert answer.status == 403
    assert answer.message == {"account_id": ["The selected account id is invalid."]}


@pytest.mark.parametrize("account_id", ["1", "3", "4"])
def test_an_account_that_is_not_below_is_refused(client, account_id):
    answer = client.post(TOP_UP, {"units": 5, "account_id": account_id})

    assert answer.status == 403
    assert answer.message == "The account is not a subaccount of the parent account."


def test_no_more_moves_than_there_is(client):
    client.leave(4)

    answer = client.post(TOP_UP, {"units": 5, "account_id": 2})

    assert (answer.status, answer.message) == (402, "Insufficient SMS units. Kindly top up your account.")
    assert client.units == 4


def test_the_same_reference_moves_anew(client):
    for _ in range(2):
        client.post(TOP_UP, {"units": 5, "account_id": 2, "topup_reference": "one"})

    assert client.units == 100_000 - 10


def test_a_suspended_account_is_not_known(client, world):
    world.store.accounts.put(replace(world.store.accounts["1"], status="suspended"))

    assert client.get(BALANCE).status == 401


@pytest.mark.parametrize("end", ["revoked_at", "expires_at"])
def test_a_token_that_ended_is_not_known(client, world, end):
    credential = world.store.credentials_by_token.get(("cloudrebue", client.token))
    world.store.credentials.put(replace(credential, **{end: world.clock.now}))

    assert client.get(BALANCE).status == 401


def test_a_token_may_have_a_limit_of_its_own(client, world):
    credential = world.store.credentials_by_token.get(("cloudrebue", client.token))
    world.store.credentials.put(replace(credential, rate_limit_per_minute=5))

    assert client.get(BALANCE).headers["x-ratelimit-limit"] == "5"
