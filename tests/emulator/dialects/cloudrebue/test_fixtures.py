"""What a new world holds, and the cards that describe it."""

import pytest
from msgspec.structs import replace

from emulator.dialects.cloudrebue import DIALECT


def token_of(card):
    headers = card.credentials["token"]
    return headers["Authorization"].removeprefix("Bearer ")


def test_the_default_world_has_the_documented_token_first(world):
    legacy, rebuetext = DIALECT.describe(world)

    assert (legacy.name, token_of(legacy)) == ("Cloud Rebue", "123456789")
    assert (rebuetext.name, token_of(rebuetext)) == ("rebuetext", "987654321")
    assert legacy.parameters == {"sender": "CLOUD_REBUE", "on_demand_sender": "22999", "account_id": "2"}


def test_accounts_have_units_senders_and_a_sub_account(world):
    for id in ("1", "3"):
        assert world.store.wallets[id].balance_micros == 100_000 * 1_000_000
        senders = {sender.address: sender.two_way for sender in world.store.senders_by_account.get(id)}
        assert senders == {"CLOUD_REBUE": False, "BizTxt": False, "22999": True}
    assert {account.id: account.parent_id for account in world.store.accounts} == {
        "1": None,
        "2": "1",
        "3": None,
        "4": "3",
    }


def test_another_world_has_its_own_token_and_takes_the_known_one(make_world, client_of):
    world = make_world("blue")
    (legacy, rebuetext) = DIALECT.describe(world)

    assert "123456789" not in {token_of(legacy), token_of(rebuetext)}
    for token in (token_of(legacy), "123456789"):
        answer = client_of(world, token).send()
        assert (answer.status, answer.json[0]["data"]["client_id"]) == (200, "1")


def test_a_provisioned_account_can_send_at_once(world, client_of):
    account = DIALECT.provision(world, "shop")

    card = DIALECT.describe(world)[-1]
    answer = client_of(world, token_of(card)).send()

    assert (account.id, card.id, card.name) == ("5", "5", "shop")
    assert (answer.status, answer.json[0]["data"]["client_id"]) == (200, "5")
    assert card.parameters == {"sender": "CLOUD_REBUE", "on_demand_sender": "22999"}
    assert DIALECT.provision(world, "bar").id == "6"


def test_the_profile_of_an_account_can_be_chosen(world, client_of):
    account = DIALECT.provision(world, "shop")
    assert set(DIALECT.settings) == set(account.extras)

    world.store.accounts.put(replace(account, extras={**account.extras, "profile": "rebuetext"}))

    answer = client_of(world, token_of(DIALECT.describe(world)[-1])).send()
    assert answer.json[0]["message"] == "Message queued successfully"


def test_tokens_depend_on_the_world_and_not_on_the_seed(make_world):
    cards = [DIALECT.describe(make_world(name, seed=seed)) for name, seed in (("a", 1), ("a", 2), ("b", 1))]
    tokens = [tuple(map(token_of, each)) for each in cards]

    assert tokens[0] == tokens[1] != tokens[2]


def test_only_the_own_token_selects_another_world(make_world):
    world = make_world("blue")

    owned = [credential.token for credential in world.store.credentials if credential.owned]

    assert len(owned) == 2
    assert not {"123456789", "987654321"} & set(owned)


def test_ids_are_the_same_everywhere(make_world):
    def ids(world):
        tables = (world.store.accounts, world.store.senders)
        return [record.id for table in tables for record in table]

    assert ids(make_world()) == ids(make_world("blue", seed=9))


@pytest.mark.parametrize(
    ("headers", "token"),
    [
        ({b"authorization": b"Bearer 123456789"}, "123456789"),
        ({b"authorization": b"BEARER  abc "}, "abc"),
        ({b"authorization": b"Basic abc"}, None),
        ({b"authorization": b"Bearer"}, None),
        ({}, None),
    ],
)
def test_the_token_is_found_in_the_header(headers, token):
    assert DIALECT.find_token(headers) == token


def test_a_handler_stands_for_each_operation(contract):
    assert set(DIALECT.handlers) == set(contract.operation_ids)


@pytest.mark.parametrize("id", ["sendSms", "sendVoiceSms", "topUp", "addContact", "createGroup"])
def test_the_examples_of_the_contract_are_answered(contract, client_of, make_world, id):
    operation = contract.operation(id)
    content = contract.document["paths"][operation.path]["post"]["requestBody"]["content"]["application/json"]

    for name, example in content["examples"].items():
        token = "987654321" if name in {"rebuetext", "scheduled"} else "123456789"
        answer = client_of(make_world(), token).post(operation.path, example["value"])
        assert answer.status == 200
