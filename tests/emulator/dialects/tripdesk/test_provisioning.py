"""Fixtures of a new world, and tenants made and changed through the control API."""

import pytest

from emulator.core.clock import HELD
from emulator.core.records import Account
from emulator.dialects.tripdesk import DIALECT, tenants
from emulator.dialects.tripdesk.fixtures import add_side, key_of
from emulator.dialects.tripdesk.vocabulary import TEST
from emulator.gateway.world import World
from emulator.server.contract.validators import Validators
from tests.emulator.dialects.tripdesk.conftest import SEED, SMS, Api


def provision(world: World, name: str) -> Account:
    assert DIALECT.provision is not None
    return DIALECT.provision(world, name)


def api_of(world: World, slug: str, environment: str = "live") -> Api:
    api = Api(world, environment)
    api.key = key_of(world.name, slug, environment)
    return api


class TestFixtures:
    def test_there_is_one_card_for_each_environment(self, world: World):
        live, test = DIALECT.describe(world)

        assert [(card.name, card.environment) for card in (live, test)] == [("acme", "live"), ("acme", "test")]
        assert live.credentials["partnerKey"]["Authorization"].startswith("Bearer ak_live_")
        assert test.credentials["partnerKey"]["Authorization"].startswith("Bearer ak_test_")
        assert list(live.credentials) == ["partnerKey", "agentToken", "adminSession"]

    def test_a_card_has_what_the_sides_need_and_they_differ_in_ids_alone(self, world: World):
        live, test = (card.parameters for card in DIALECT.describe(world))

        assert set(live) == set(test)
        same = {name for name in live if live[name] == test[name]}
        assert same == {"tenant", "to", "audience", "external_id", "template", "email"}

    def test_each_side_has_two_agents_with_a_password(self, world: World):
        for card in DIALECT.describe(world):
            users = card.fixtures["users"]
            assert isinstance(users, list)
            assert len(users) == 2
            assert all(isinstance(user, dict) and user["password"] for user in users)

    @pytest.mark.parametrize("environment", ["live", "test"])
    def test_the_sides_are_equal_but_for_their_ids(self, world: World, environment: str):
        api = Api(world, environment)

        gateways = api.get("/api/v1/gateways").json["data"]
        contact = api.get(f"/api/v1/contacts/{api.fixture('contact_id')}").json

        assert len(gateways) == 11
        assert (contact["external_id"], contact["name"]) == ("crm-8841", "Rupa Sen")
        assert api.get("/api/v1/account/balance").json["balance"] == "100.000"
        assert api.get("/api/v1/conversations").json["data"][0]["status"] == "open"
        assert api.send(SEED).status == 202
        assert api.send({"channel": "broadcast", "to": api.fixture("audience"), "text": "x"}).status == 202

    def test_a_key_that_was_revoked_is_not_shown(self, api: Api):
        api.change_key(revoked_at=api.world.clock.now)

        assert [card.environment for card in DIALECT.describe(api.world)] == ["test"]

    def test_another_world_has_the_same_ids_and_keys_of_its_own(self, world: World):
        other = World("other", policies={"tripdesk": DIALECT.policy}, pace=HELD)
        DIALECT.furnish(other)

        for one, two in zip(DIALECT.describe(world), DIALECT.describe(other), strict=True):
            assert one.id == two.id
            assert {**one.parameters, "password": ""} == {**two.parameters, "password": ""}
            assert one.credentials != two.credentials
            assert one.parameters["password"] != two.parameters["password"]


class TestProvisioning:
    def test_a_new_tenant_is_ready_to_send_in_both_environments(self, world: World):
        account = provision(world, "Kilima Ltd")

        assert (account.name, tenants.environment_of(account)) == ("kilima-ltd", "live")
        for environment in ("live", "test"):
            assert api_of(world, "kilima-ltd", environment).send(SEED).status == 202
        assert len(DIALECT.describe(world)) == 4

    @pytest.mark.parametrize(
        ("name", "slug"),
        [("Kilima Ltd", "kilima-ltd"), ("  Ñandú & Co. ", "nandu-co"), ("日本", "tenant"), ("acme", "acme-2")],
    )
    def test_a_slug_is_made_from_the_name(self, world: World, name: str, slug: str):
        assert tenants.slug_of(provision(world, name)) == slug

    def test_a_slug_that_is_taken_is_numbered(self, world: World):
        assert [tenants.slug_of(provision(world, "K" * 60)) for _ in range(3)] == [
            "k" * 40,
            "k" * 36 + "-2",
            "k" * 36 + "-3",
        ]

    def test_tenants_have_partners_of_their_own(self, world: World):
        one, other = provision(world, "One"), provision(world, "Other")

        assert one.parent_id != other.parent_id


class TestSettings:
    def test_every_schema_of_a_setting_can_be_compiled(self):
        for schema in DIALECT.settings.values():
            Validators({}).compile(dict(schema))

    def test_going_live_makes_an_empty_production_side(self, world: World):
        account = add_side(world, "kilima", "Kilima", TEST)
        assert DIALECT.amend is not None
        DIALECT.amend(world, account, {"go_live": True})

        live = api_of(world, "kilima")
        assert live.get("/api/v1/account/balance").json["balance"] == "0.000"
        for path in ("contacts", "conversations", "messages", "audit-log", "templates"):
            assert live.get(f"/api/v1/{path}").json["data"] == []
        assert live.send(SMS).status == 402

    def test_going_live_twice_changes_nothing(self, api: Api):
        before = api.send(SMS).json["id"]

        api.amend(go_live=True)

        assert api.message(before)["id"] == before
        assert api.get("/api/v1/account/balance").json["balance"] == "99.980"

    def test_contacts_are_added_or_changed_by_external_id(self, api: Api):
        api.amend(
            contacts=[
                {"external_id": "crm-8841", "name": "Rupa Das"},
                {"external_id": "crm-2", "phone": "00 1 555 765 0002", "channels": [{"channel": "sms", "address": "+1 555 765 0003"}]},
            ]
        )  # fmt: skip

        new, rupa = api.get("/api/v1/contacts").json["data"]
        assert (rupa["name"], rupa["phone"]) == ("Rupa Das", "+15557654321")
        assert (new["phone"], new["channels"]) == (
            "+15557650002",
            [{"channel": "sms", "address": "+15557650003"}],
        )

    def test_what_an_account_carries_can_be_read_again(self, api: Api):
        account = api.amend(language="fr", rate_limit={"per_second": 1, "burst": 2})

        assert (account.extras["language"], account.extras["rate_limit"]) == ("fr", {"per_second": 1, "burst": 2})

    def test_a_price_is_read_exactly(self, api: Api):
        api.amend(gateways=[{"channel": "sms", "price": "0.000001"}])

        assert api.send(SMS).json["cost_estimate"] == "0.000001"
