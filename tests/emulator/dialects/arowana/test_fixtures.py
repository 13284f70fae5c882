"""What a new world holds, how a stranger uses it, and what can be made and set from outside."""

from typing import Any

import pytest

from emulator.core.errors import NotFound
from emulator.dialects.arowana import DIALECT
from emulator.dialects.arowana.fixtures import SHOP, STUDIO, key_of
from emulator.server.contract.validators import Validators
from tests.emulator.dialects.arowana.conftest import MAIL, PERSON, TEXT, Api, a_world


def test_a_card_is_enough_to_send(api: Api):
    card = DIALECT.describe(api.world)[0]
    parameters = card.parameters

    assert card.name == SHOP
    (headers,) = card.credentials.values()
    rcs = api.post("/v1/messages", {**TEXT, "agent_id": parameters["agent_id"]}, headers=headers)
    mail = api.post("/v1/messages", {**MAIL, "channel_id": parameters["channel_id"]}, headers=headers)
    template = {"template_id": parameters["template_id"]}
    filled = api.post(
        "/v1/messages", {**{n: v for n, v in TEXT.items() if n != "content"}, **template}, headers=headers
    )
    assert (rcs.status, mail.status, filled.status) == (200, 200, 200)
    assert api.get(f"/v1/campaigns/{parameters['campaign_id']}/status").status == 200
    assert api.get(f"/v1/contacts/{parameters['contact_id']}").status == 200


def test_the_card_lists_what_there_is(api: Api):
    fixtures: Any = DIALECT.describe(api.world)[0].fixtures

    assert [each["state"] for each in fixtures["agents"]] == ["APPROVED", "APPROVED", "DRAFT"]
    assert [each["state"] for each in fixtures["channels"]] == ["ready", "channel-not-verified", "sms"]
    assert [each["trigger"] for each in fixtures["campaigns"]] == ["API", "MANUAL"]
    assert len(fixtures["contacts"]) == 3
    assert [each["id"] for each in fixtures["templates"]] == ["tpl_parcel01", "tpl_news01"]


def test_the_second_workspace_is_ready_too(api: Api):
    studio = next(card for card in DIALECT.describe(api.world) if card.name == STUDIO)
    api.key = key_of("default", STUDIO)

    assert api.send(agent_id=studio.parameters["agent_id"]).status == 200


def test_ids_are_the_same_in_every_world_and_keys_are_not():
    one, other = DIALECT.describe(a_world()), DIALECT.describe(a_world("other"))

    assert [card.id for card in one] == [card.id for card in other]
    assert [{**card.fixtures, "keys": None} for card in one] == [{**card.fixtures, "keys": None} for card in other]
    assert [card.credentials for card in one] != [card.credentials for card in other]
    assert [card.fixtures["keys"] for card in one] != [card.fixtures["keys"] for card in other]


def test_each_role_has_a_key(api: Api):
    keys = DIALECT.describe(api.world)[0].fixtures["keys"]

    assert [each["policies"] for each in keys] == [["manager", "send"], ["editor"], ["viewer"]]  # type: ignore[index,union-attr]


def test_the_same_calls_give_the_same_answers_in_every_world():
    replies = [Api(a_world(name)).send().body for name in ("default", "other")]

    assert replies[0] == replies[1]


def test_a_key_that_was_revoked_is_not_shown(api: Api):
    api.change_key(revoked_at=api.world.clock.now)
    card = DIALECT.describe(api.world)[0]

    assert card.credentials["bearerAuth"]["Authorization"] == f"Bearer {key_of('default', SHOP, 'editor')}"


def provisioned(api: Api, name: str = "Blue Moon Ltd.") -> Any:
    assert DIALECT.provision is not None
    return DIALECT.provision(api.world, name)


def test_a_workspace_is_provisioned_ready_to_send(api: Api):
    account = provisioned(api)
    card = next(card for card in DIALECT.describe(api.world) if card.id == account.id)
    api.key = card.credentials["bearerAuth"]["Authorization"].removeprefix("Bearer ")

    assert card.name == "blue-moon-ltd"
    reply = api.send(agent_id=card.parameters["agent_id"])
    assert reply.json["billing"]["balance"]["total"] == 50.0
    assert reply.json["billing"]["tier"]["volume_used"] == 1
    assert api.send(MAIL, channel_id=card.parameters["channel_id"]).status == 200


def test_names_that_look_alike_get_workspaces_of_their_own(api: Api):
    ids = {provisioned(api, name).id for name in ("Blue Moon", "blue-moon", "BLUE MOON", "!!!")}

    assert len(ids) == 4


VALUES: dict[str, tuple[Any, Any]] = {
    "prices": ({"RCS": {"mau": 0.3}}, {"RCS": {"nothing": 1}}),
    "tiers": ({"EMAIL": {"volume": 5, "tier": "tier_2"}}, {"EMAIL": {"volume": 5, "tier": "tier_9"}}),
    "alert_threshold": (10, -1),
    "sms": (True, "yes"),
    "channels": ({"ch_mail01": {"verified": False}}, {"ch_mail01": {"colour": 1}}),
    "recipients": ({PERSON: {"rcs": False, "carrier": "vodafone_de"}}, {PERSON: {"carrier": "nobody"}}),
    "unrevocable_carriers": (["telekom_de"], ["nobody"]),
    "contacts": ([{"email": "a@example.org", "status": "BLOCKED"}], [{"status": "BLOCKED"}]),
}


@pytest.mark.parametrize("name", VALUES)
def test_settings_are_described_by_a_schema(api: Api, name: str):
    good, bad = VALUES[name]
    validator = Validators({}).compile(dict(DIALECT.settings[name]))

    assert validator.is_valid(good)
    assert not validator.is_valid(bad)
    api.amend(**{name: good})


def test_a_setting_for_a_channel_that_is_not_there_is_refused(api: Api):
    with pytest.raises(NotFound):
        api.amend(channels={"ch_nobody": {"verified": True}})


def test_a_channel_whose_domain_is_verified_later_may_send(api: Api):
    before = api.send(MAIL, channel_id="ch_mail02").status
    api.amend(channels={"ch_mail02": {"verified": True}})

    assert (before, api.send(MAIL, channel_id="ch_mail02").status) == (403, 200)


def test_a_contact_is_made_with_both_addresses_and_consents(api: Api):
    consents = [
        {"channel_type": "EMAIL", "message_type": "NEWSLETTER", "status": "GRANTED"},
        {"channel_type": "RCS", "message_type": "NEWSLETTER", "status": "PENDING"},
        {"channel_type": "RCS", "message_type": "MESSAGE", "status": "REVOKED"},
    ]
    api.amend(contacts=[{"email": "New@example.org", "phone": "+4915177777777", "consents": consents}])
    contact_id = api.read(api.sent(MAIL, to="new@example.org"))["contact_id"]

    contact = api.get(f"/v1/contacts/{contact_id}").json
    assert (contact["email"], contact["phone"]) == ("new@example.org", "+4915177777777")
    assert [(each["channel_type"], each["status"]) for each in contact["consent_records"]] == [
        ("EMAIL", "GRANTED"),
        ("RCS", "PENDING"),
        ("RCS", "REVOKED"),
    ]


def test_an_alert_can_be_set_from_outside(api: Api):
    api.listen("billing.balance_low")
    api.amend(alert_threshold=49.95)
    api.sent()

    (told,) = api.told()
    assert told["data"] == {
        "balance": {"free": 49.92, "reserved": 0.08, "total": 50.0},
        "threshold": 49.95,
        "currency": "EUR",
    }


def test_another_worlds_well_known_key_is_not_shown():
    api = Api(a_world("other"))
    own = api.world.store.credentials_by_token.get(("arowana", key_of("other", STUDIO)))
    assert own is not None
    api.world.store.credentials.delete(own.id)

    assert [card.name for card in DIALECT.describe(api.world)] == [SHOP]
