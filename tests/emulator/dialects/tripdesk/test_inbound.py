"""A person writes: whose contact it is, which conversation, and what is told."""

import pytest

from emulator.core.errors import StatusConflict
from tests.emulator.dialects.tripdesk.conftest import SEED, Api

RUPA = "+15557654321"


def test_an_external_id_that_is_known_fires_contact_matched(api: Api):
    api.listen()

    id = api.says("Thank you!", person="82710394", channel="telegram", external_id="crm-8841")

    (event,) = api.told()
    message = api.message(id)
    assert event["type"] == "contact.matched"
    assert event["data"] == {
        "contact_id": api.fixture("contact_id"),
        "external_id": "crm-8841",
        "conversation_id": message["conversation_id"],
        "message_id": id,
        "channel": "telegram",
        "from": "82710394",
        "matched_at": "2026-01-01T00:00:00Z",
    }
    assert message["contact_id"] == api.fixture("contact_id")


def test_a_hit_by_address_alone_fires_nothing(api: Api):
    api.listen()

    id = api.says("Thank you!", person=RUPA)

    assert api.told() == []
    assert api.message(id)["contact_id"] == api.fixture("contact_id")


def test_an_external_id_that_nobody_has_leaves_the_address_to_decide(api: Api):
    api.listen()

    id = api.says("Thank you!", person=RUPA, external_id="crm-none")

    assert api.told() == []
    assert api.message(id)["contact_id"] == api.fixture("contact_id")


def test_the_external_id_comes_before_the_address(api: Api):
    other = api.post("/api/v1/contacts", {"external_id": "crm-2"}).json["id"]

    id = api.says("It is me", person=RUPA, external_id="crm-2")

    assert api.message(id)["contact_id"] == other


def test_somebody_unknown_becomes_a_contact_without_external_id(api: Api):
    id = api.says("Hello", person="82710394", channel="telegram", external_id="tg-1")

    contact = api.get(f"/api/v1/contacts/{api.message(id)['contact_id']}").json
    assert (contact["external_id"], contact["phone"]) == (None, None)
    assert contact["channels"] == [{"channel": "telegram", "address": "82710394"}]


def test_a_new_address_of_a_matched_contact_is_kept(api: Api):
    api.says("Hello", person="82710394", channel="telegram", external_id="crm-8841")

    later = api.message(api.says("Hello again", person="82710394", channel="telegram"))

    assert later["contact_id"] == api.fixture("contact_id")
    contact = api.get(f"/api/v1/contacts/{api.fixture('contact_id')}").json
    assert contact["channels"] == [{"channel": "telegram", "address": "82710394"}]


def test_an_answer_goes_to_where_the_person_wrote_from(api: Api):
    api.says("Hello", person="+15557650009", external_id="crm-8841")

    answer = api.post(f"/api/v1/conversations/{api.fixture('conversation_id')}/messages", {"text": "Hi"})

    assert api.message(answer.json["id"])["to"] == "+15557650009"


def test_a_phone_number_is_tidied_up(api: Api):
    assert api.message(api.says("Hello", person="001 555 765 4321"))["from"] == RUPA


def test_only_endpoints_that_want_the_event_are_told(api: Api):
    api.listen("message.sent")

    api.says("Hello", external_id="crm-8841")

    assert api.told() == []


@pytest.mark.parametrize("channel", ["push", "broadcast"])
def test_nobody_can_write_on_a_one_way_channel(api: Api, channel: str):
    with pytest.raises(StatusConflict):
        api.says("Hello", channel=channel)


def test_the_sides_match_their_own_contacts(api: Api, sandbox: Api):
    here, there = api.says("Hello", external_id="crm-8841"), sandbox.says("Hello", external_id="crm-8841")

    assert api.message(here)["contact_id"] != sandbox.message(there)["contact_id"]
    assert sandbox.message(there)["contact_id"] == sandbox.fixture("contact_id")


def test_stop_blocks_what_comes_later_on_that_channel(api: Api):
    api.says("stop", person=SEED["to"])

    assert api.life(SEED)["last_error"]["code"] == "blocked_by_recipient"
    assert api.life({"channel": "sms", "to": SEED["to"], "text": "x"})["status"] == "delivered"
