"""What a new world holds, how a stranger finds it, and further accounts."""

from emulator.core.records import Channel
from emulator.dialects.bird import DIALECT
from emulator.dialects.bird.auth import SEND_ONLY
from emulator.dialects.bird.fixtures import CHANNELS, ORGANIZATION_ID, OTHER_WORKSPACE_ID, WORKSPACE_ID, access_key
from emulator.dialects.bird.policy import receives
from emulator.dialects.bird.vocabulary import PLATFORMS
from emulator.server.contract import load_contract
from emulator.server.contract_rules import contract_problems
from tests.emulator.dialects.bird.conftest import EMAIL, SMS, WHATSAPP, WORKSPACE, Api, a_world


def test_the_contract_has_no_problems():
    assert contract_problems(load_contract("bird").document) == []


def test_one_card_with_all_that_paths_and_bodies_need(api: Api):
    (card,) = DIALECT.describe(api.world)

    assert card.credentials == {"accessKey": {"Authorization": f"AccessKey {api.key}"}}
    assert card.parameters == {
        "organizationId": ORGANIZATION_ID,
        "workspaceId": WORKSPACE_ID,
        "otherWorkspaceId": OTHER_WORKSPACE_ID,
        "channelId": SMS,
        "connectorId": "3f5f0c5b-0b1e-4c4e-9d0b-6a0d2f7c8e10",
        "emailChannelId": EMAIL,
        "whatsappChannelId": WHATSAPP,
        "inactiveChannelId": CHANNELS[-1].id,
        "contactId": "b7b9d0a4-2b0e-4f2b-8a5e-1f8c1f0f7d21",
    }
    assert card.fixtures["keys"] == [
        {"name": "all", "key": api.key, "policies": ["* *"]},
        {"name": "view", "key": api.viewer_key, "policies": ["view *"]},
        {"name": "send", "key": access_key("default", "The Shop", "send"), "policies": [SEND_ONLY]},
    ]


def test_a_key_that_may_only_send_reads_nothing(api: Api):
    key = {"Authorization": f"AccessKey {access_key('default', 'The Shop', 'send')}"}
    text = {
        "receiver": {"contacts": [{"identifierKey": "phonenumber", "identifierValue": "+31612345678"}]},
        "body": {"type": "text", "text": {"text": "Hi"}},
    }

    assert api.post(f"{WORKSPACE}/channels/{SMS}/messages", text, headers=key).status == 202
    assert api.get(f"{WORKSPACE}/channels/{SMS}/messages", headers=key).status == 403


def test_every_platform_has_a_channel_and_one_is_inactive(api: Api):
    listed = api.get(f"{WORKSPACE}/channels?limit=100").json["results"]

    assert {each["platformId"] for each in listed if each["status"] == "active"} == set(PLATFORMS)
    assert [each["id"] for each in listed if each["status"] == "inactive"] == [CHANNELS[-1].id]


def test_other_worlds_have_the_same_ids_and_keys_of_their_own(api: Api):
    (here,), (there,) = DIALECT.describe(api.world), DIALECT.describe(a_world("other"))

    assert here.parameters == there.parameters
    assert here.credentials != there.credentials


def test_a_revoked_key_is_not_listed(api: Api):
    from msgspec.structs import replace

    for key in tuple(api.world.store.credentials):
        api.world.store.credentials.put(replace(key, revoked_at=api.world.clock.now))

    assert DIALECT.describe(api.world) == ()


def test_a_provisioned_workspace_can_send_at_once(api: Api):
    assert DIALECT.provision is not None
    first, second = DIALECT.provision(api.world, "One"), DIALECT.provision(api.world, "Two")

    card = DIALECT.describe(api.world)[-1]
    assert (card.id, card.name) == (second.id, "Two")
    path = f"/workspaces/{second.id}/channels/{card.parameters['channelId']}/messages"
    message = {
        "receiver": {"contacts": [{"identifierValue": "+31600000001"}]},
        "body": {"type": "text", "text": {"text": "Hi"}},
    }
    sent = api.post(path, message, headers=card.credentials["accessKey"])
    assert sent.status == 202
    assert first.parent_id != second.parent_id
    identifiers = [each.content["identifier"] for each in api.world.store.resources if each.kind == "channel"]
    phones = [each for each in identifiers if str(each).startswith("+") or "@" in str(each)]
    assert len(set(phones)) == len(phones)


def test_people_write_to_active_channels_that_have_a_name_for_it(api: Api):
    def can(channel: Channel, sender: str | None) -> bool:
        return receives(api.world, WORKSPACE_ID, channel, sender)

    assert can(Channel.SMS, "+31970000000")
    assert can(Channel.EMAIL, "orders@shop.example.com")
    assert not can(Channel.SMS, "+31970000003"), "inactive"
    assert not can(Channel.VOICE, "+31970000004")
    assert not can(Channel.SMS, "+31970000002"), "that is WhatsApp's"
    assert not can(Channel.RCS, "+31970000000")
    assert not can(Channel.SMS, None)
