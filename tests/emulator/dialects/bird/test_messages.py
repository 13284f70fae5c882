"""Sending and reading messages: golden bodies, every type of body, and the people they concern."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from msgspec.structs import replace

from emulator.core.clock import HELD_START, REAL
from emulator.core.errors import Json
from emulator.core.records import EventType
from emulator.dialects.bird.fixtures import CONTACT_ID, WORKSPACE_ID
from tests.emulator.dialects.bird.conftest import (
    ABSENT,
    CHANNEL_IDS,
    CONTRACT,
    EMAIL,
    SMS,
    WHATSAPP,
    WORKSPACE,
    Api,
    a_text,
)

SEND = CONTRACT.document["paths"]["/workspaces/{workspaceId}/channels/{channelId}/messages"]["post"]
EXAMPLES: dict[str, Any] = {
    name: example["value"] for name, example in SEND["requestBody"]["content"]["application/json"]["examples"].items()
}
CONTACT = {
    "id": CONTACT_ID,
    "identifierKey": "phonenumber",
    "identifierValue": "+31600000001",
    "type": "to",
    "platformAddress": "+31600000001",
}
CONNECTOR = {"id": "3f5f0c5b-0b1e-4c4e-9d0b-6a0d2f7c8e10", "identifierValue": "+31970000000"}


def test_the_documented_sms_is_accepted(api: Api):
    api.advance(0.123)
    sent = api.post(f"{WORKSPACE}/channels/{SMS}/messages", EXAMPLES["text"])

    assert sent.status == 202
    shown = sent.json
    expected = {
        "id": shown["id"],
        "channelId": SMS,
        "sender": {"connector": CONNECTOR},
        "receiver": {"contacts": [CONTACT]},
        "body": {"type": "text", "text": {"text": "Your code is 4711"}},
        "bodyId": shown["bodyId"],
        "meta": {},
        "reference": "order-17",
        "parts": [],
        "status": "accepted",
        "reason": "",
        "direction": "outgoing",
        "details": "",
        "tags": ["otp"],
        "tagIds": shown["tagIds"],
        "ignorePersistedEventhooks": False,
        "lastStatusAt": "2026-01-01T00:00:00.123Z",
        "createdAt": "2026-01-01T00:00:00.123Z",
        "updatedAt": "2026-01-01T00:00:00.123Z",
    }
    assert shown == expected
    assert list(shown) == list(expected)


def test_each_body_has_an_id_of_its_own_which_stays(api: Api):
    first, second = api.accepted(), api.accepted()

    ids = {first["id"], second["id"], first["bodyId"], second["bodyId"]}
    assert len(ids) == len({str(UUID(id)) for id in ids}) == 4
    assert api.message(first["id"])["bodyId"] == first["bodyId"]


def test_an_ordinary_message_is_sent_after_50_ms_and_delivered_100_ms_later(api: Api):
    sent = api.accepted(reference="order-17", tags=["OTP"])
    api.advance(0.049)
    assert api.message(sent["id"]) == sent

    api.advance(0.001)
    handed_over = api.message(sent["id"])
    api.advance(0.099)
    assert api.message(sent["id"]) == handed_over
    api.advance(0.001)
    delivered = api.message(sent["id"])

    reference = handed_over["platformReferenceId"]
    assert handed_over == sent | {
        "parts": [{"platformReference": reference}],
        "status": "sent",
        "platformId": "sms-messagebird",
        "platformReferenceId": reference,
        "chargeableUnits": 1,
        "sendAt": "2026-01-01T00:00:00.05Z",
        "lastStatusAt": "2026-01-01T00:00:00.05Z",
        "updatedAt": "2026-01-01T00:00:00.05Z",
    }
    assert delivered == handed_over | {
        "status": "delivered",
        "lastStatusAt": "2026-01-01T00:00:00.15Z",
        "updatedAt": "2026-01-01T00:00:00.15Z",
    }


CHANNEL_OF_EXAMPLE = {"html": EMAIL, "shortest": SMS, "text": SMS, "scheduled": SMS}


@pytest.mark.parametrize("name", [name for name in EXAMPLES if name != "location"])
def test_each_example_of_the_contract_is_accepted_and_echoed(api: Api, name: str):
    asked = EXAMPLES[name]
    channel = CHANNEL_OF_EXAMPLE.get(name, WHATSAPP)

    sent = api.post(f"{WORKSPACE}/channels/{channel}/messages", asked)

    assert sent.status == 202, sent
    for member in ("body", "template", "shortLinks", "scheduledFor", "reference"):
        assert sent.json.get(member) == asked.get(member)
    assert sent.json["meta"] == asked.get("meta", {})


def test_every_type_of_body_is_among_the_examples():
    types = {example["body"]["type"] for example in EXAMPLES.values() if "body" in example}

    assert types == {
        "text",
        "html",
        "image",
        "file",
        "gif",
        "location",
        "carousel",
        "list",
        "section",
        "authentication",
        "action",
    }


@pytest.mark.parametrize(
    ("channel", "name", "carried"),
    [
        (SMS, "text", True),
        (SMS, "image", False),
        (SMS, "file", False),
        (SMS, "list", False),
        (EMAIL, "html", True),
        (EMAIL, "image", False),
        (WHATSAPP, "image", True),
        (WHATSAPP, "carousel", True),
        (WHATSAPP, "list", True),
        (WHATSAPP, "template", True),
        (WHATSAPP, "gif", False),
        (WHATSAPP, "section", False),
        (CHANNEL_IDS["telegram"], "gif", True),
    ],
)
def test_a_body_that_the_platform_cannot_carry_fails_before_it_is_called(
    api: Api, channel: str, name: str, carried: bool
):
    example = EXAMPLES[name]
    receiver = "ada@example.com" if channel == EMAIL else "+31600000001"
    content = {"body": example["body"]} if "body" in example else {"body": ABSENT, "template": example["template"]}

    shown = api.life(receiver, channel, seconds=1, **content)

    if carried:
        assert shown["status"] == "delivered"
    else:
        assert shown["status"] == "sending_failed"
        assert shown["failure"] == {
            "code": 12002,
            "description": "unsupported type",
            "source": {"code": "12002", "name": "pre-processing"},
        }
        assert "platformId" not in shown


def test_an_sms_channel_with_mms_carries_pictures(api: Api):
    from emulator.dialects.bird.channels import change, find_channel

    capabilities: Json = {"messaging": {"outgoing": {"mms": {"status": "active"}}}}
    change(api.world, find_channel(api.world.store, WORKSPACE_ID, SMS), capabilities=capabilities)

    assert api.life(body=EXAMPLES["image"]["body"])["status"] == "delivered"


@pytest.mark.parametrize(("images", "status"), [(10, "delivered"), (11, "sending_failed")])
def test_an_mms_has_at_most_ten_pictures(api: Api, images: int, status: str):
    from emulator.dialects.bird.channels import change, find_channel

    capabilities: Json = {"messaging": {"outgoing": {"mms": {"status": "active"}}}}
    change(api.world, find_channel(api.world.store, WORKSPACE_ID, SMS), capabilities=capabilities)
    body = {"type": "image", "image": {"images": [{"mediaUrl": "https://files.example.com/a.png"}] * images}}

    assert api.life(body=body)["status"] == status


A_CARD = {
    "title": "Tulips",
    "mediaUrl": "https://files.example.com/tulips.jpg",
    "actions": [{"type": "link", "link": {"text": "Look", "url": "https://shop.example.com/tulips"}}],
}
A_FILM = {**A_CARD, "mediaUrl": "https://files.example.com/tulips.mp4?size=1"}
UNKNOWN_MEDIA = {**A_CARD, "mediaUrl": "https://files.example.com/media/7"}
REPLY = {"type": "reply", "reply": {"text": "Yes"}}


@pytest.mark.parametrize(
    "carousel",
    [
        {"items": [A_CARD] * 2},
        {"items": [A_CARD] * 2, "text": ""},
        {"items": None, "text": "New"},
        {"items": [A_CARD], "text": "New"},
        {"items": [A_CARD] * 11, "text": "New"},
        {"items": [A_CARD, A_FILM], "text": "New"},
        {"items": [A_CARD, {"title": "Tulips", "actions": A_CARD["actions"]}], "text": "New"},
        {"items": [A_CARD, {**A_CARD, "title": ""}], "text": "New"},
        {"items": [A_CARD, {**A_CARD, "actions": []}], "text": "New"},
        {"items": [A_CARD, {**A_CARD, "actions": [REPLY]}], "text": "New"},
        {"items": [A_CARD, {**A_CARD, "actions": A_CARD["actions"] * 2}], "text": "New"},
    ],
)
def test_cards_that_whatsapp_does_not_take_are_accepted_and_fail_elsewhere_they_arrive(api: Api, carousel: Any):
    body = {"type": "carousel", "carousel": carousel}

    shown = api.life("+31600000001", WHATSAPP, body=body)

    assert (shown["status"], shown["failure"]["code"]) == ("sending_failed", 12002)
    assert api.life("ada", CHANNEL_IDS["facebook"], body=body)["status"] == "delivered"


@pytest.mark.parametrize(
    "cards", [[A_CARD] * 2, [A_CARD] * 10, [A_FILM] * 2, [A_CARD, UNKNOWN_MEDIA], [A_FILM, UNKNOWN_MEDIA]]
)
def test_cards_that_whatsapp_takes(api: Api, cards: Any):
    body = {"type": "carousel", "carousel": {"items": cards, "text": "New"}}

    assert api.life("+31600000001", WHATSAPP, body=body)["status"] == "delivered"


@pytest.mark.parametrize("seconds", [10**11, 10**12, 10**30])
def test_a_validity_longer_than_the_calendar_never_ends(api: Api, seconds: int):
    assert api.life("+12025550115", validity=seconds, seconds=1_000_000)["status"] == "sent"


@pytest.mark.parametrize(
    ("text", "units"),
    [("a" * 160, 1), ("a" * 161, 2), ("a" * 306, 2), ("a" * 307, 3), ("ж" * 70, 1), ("ж" * 71, 2), ("€" * 80, 1)],
)
def test_the_chargeable_units_of_an_sms_are_its_segments(api: Api, text: str, units: int):
    assert api.life(body=a_text(text))["chargeableUnits"] == units


def test_only_an_sms_has_chargeable_units(api: Api):
    shown = api.life("ada@example.com", EMAIL)

    assert "chargeableUnits" not in shown
    assert shown["platformId"] == "email-messagebird"


def test_null_is_as_good_as_absent_for_what_may_be_null(api: Api):
    shown = api.accepted(template=None, shortLinks=None)

    assert not {"template", "shortLinks"} & set(shown)


class TestMail:
    def test_the_sender_names_user_and_person(self, api: Api):
        sender = {"connector": {"identifierValue": "news", "annotations": {"name": "The Shop"}}}

        shown = api.accepted("ada@example.com", EMAIL, sender=sender)

        assert shown["sender"]["connector"] == {
            "id": "91c7d3e5-2a4f-4b08-8e6d-f5b0a1c2d394",
            "identifierValue": "news@shop.example.com",
            "annotations": {"name": "The Shop"},
        }

    def test_a_whole_address_as_user_name_stays(self, api: Api):
        sender = {"connector": {"identifierValue": "news@other.example"}}

        shown = api.accepted("ada@example.com", EMAIL, sender=sender)

        assert shown["sender"]["connector"]["identifierValue"] == "news@other.example"

    def test_other_channels_send_as_themselves(self, api: Api):
        assert api.accepted(sender={"connector": {"identifierValue": "x"}})["sender"]["connector"] == CONNECTOR

    def test_several_receivers_are_one_message(self, api: Api):
        shown = api.life(
            [{"identifierValue": "a@example.com"}, {"identifierValue": "b@example.com", "type": "bcc"}], EMAIL
        )

        assert [each["type"] for each in shown["receiver"]["contacts"]] == ["to", "bcc"]
        assert shown["status"] == "delivered"
        assert len(shown["parts"]) == 2

    def test_a_message_to_several_was_sent_when_the_first_platform_took_it(self, api: Api):
        id = api.life([{"identifierValue": "a@example.com"}, {"identifierValue": "b@example.com"}], EMAIL)["id"]
        table = api.world.store.recipients
        for recipient, milliseconds in zip(list(table), (550, 500), strict=True):
            # As texts `.55Z` comes before `.5Z`.
            at = HELD_START + timedelta(milliseconds=milliseconds)
            events = tuple(replace(each, at=at) if each.type is EventType.SENT else each for each in recipient.events)
            table.put(replace(recipient, events=events))

        assert api.get(f"{WORKSPACE}/channels/{EMAIL}/messages/{id}").json["sendAt"] == "2026-01-01T00:00:00.5Z"

    @pytest.mark.parametrize("body", [True, False])
    def test_the_subject_stands_in_the_body_or_in_meta(self, api: Api, body: bool):
        html = {"html": "<p>Hi</p>"} | ({"metadata": {"subject": "Hello"}} if body else {})
        meta = {} if body else {"email": {"subject": "Hello"}}

        sent = api.accepted("ada@example.com", EMAIL, body={"type": "html", "html": html}, meta=meta)

        content = api.record(sent["id"]).content
        assert (content.subject, content.html) == ("Hello", "<p>Hi</p>")


class TestPeople:
    @pytest.mark.parametrize(
        ("channel", "to", "key"),
        [
            (SMS, "+31600000042", "phonenumber"),
            (WHATSAPP, "+31600000042", "phonenumber"),
            (EMAIL, "new@example.com", "emailaddress"),
            (CHANNEL_IDS["telegram"], "12345", "telegramid"),
        ],
    )
    def test_a_contact_is_made_by_the_channel_s_key_and_found_again(self, api: Api, channel: str, to: str, key: str):
        first, second = api.accepted(to, channel), api.accepted(to, channel)

        contact = first["receiver"]["contacts"][0]
        assert (contact["identifierKey"], contact["identifierValue"]) == (key, to)
        assert second["receiver"]["contacts"][0]["id"] == contact["id"]
        assert api.get(f"{WORKSPACE}/contacts/{contact['id']}").status == 200

    def test_one_number_is_one_contact_on_all_channels(self, api: Api):
        ids = {api.accepted("+31600000042", each)["receiver"]["contacts"][0]["id"] for each in (SMS, WHATSAPP)}

        assert len(ids) == 1

    def test_mail_addresses_are_compared_in_lower_case_and_shown_as_written(self, api: Api):
        one, other = (api.accepted(each, EMAIL)["receiver"]["contacts"][0] for each in ("A@x.example", "a@X.example"))

        assert one["id"] == other["id"]
        assert other["identifierValue"] == "a@X.example"

    def test_an_id_alone_is_enough(self, api: Api):
        assert api.accepted([{"id": CONTACT_ID}])["receiver"]["contacts"] == [CONTACT]

    def test_further_identifiers_become_the_contact_s(self, api: Api):
        more = [{"identifierKey": "emailaddress", "identifierValue": "ada@example.com"}]
        sent = api.accepted([{"identifierValue": "+31600000042", "identifiers": more}])

        contact = sent["receiver"]["contacts"][0]
        assert contact["identifiers"] == more
        assert api.accepted("ada@example.com", EMAIL)["receiver"]["contacts"][0]["id"] == contact["id"]

    def test_an_identifier_is_never_taken_from_another_contact(self, api: Api):
        owner = api.accepted("ada@example.com", EMAIL)["receiver"]["contacts"][0]["id"]
        more = [{"identifierKey": "emailaddress", "identifierValue": "ada@example.com"}]

        other = api.accepted([{"identifierValue": "+31600000042", "identifiers": more}])["receiver"]["contacts"][0][
            "id"
        ]

        assert api.get(f"{WORKSPACE}/contacts/{other}").json["identifierCount"] == 1
        assert api.accepted("ada@example.com", EMAIL)["receiver"]["contacts"][0]["id"] == owner

    def test_the_platform_address_is_what_is_really_written_to(self, api: Api):
        contact = {"identifierValue": "+31600000001", "platformAddress": "+12025550102", "platformAddressSelector": "x"}

        shown = api.life([contact])

        assert shown["receiver"]["contacts"] == [
            CONTACT | {"platformAddress": "+12025550102", "platformAddressSelector": "x"}
        ]
        assert shown["status"] == "delivery_failed"

    def test_tags_are_lower_case_and_keep_their_ids(self, api: Api):
        first, second = api.accepted(tags=["OTP", "Spring sale", "otp"]), api.accepted(tags=["otp"])

        assert first["tags"] == ["otp", "spring sale"]
        assert first["tagIds"][0] == second["tagIds"][0]
        assert len(set(first["tagIds"])) == 2

    def test_a_refusal_makes_no_contact_and_no_tag(self, api: Api):
        before = len(api.world.store.contacts), len(api.world.store.resources)

        api.send("+31600000042", tags=["new"], replyTo={"id": "x", "type": "message"})

        assert (len(api.world.store.contacts), len(api.world.store.resources)) == before


class TestTime:
    def at(self, api: Api, **span: float) -> str:
        return (api.world.clock.now + timedelta(**span)).isoformat()

    @pytest.mark.parametrize("span", [{"hours": -3}, {"minutes": 0}, {"minutes": 10}])
    def test_what_is_due_within_ten_minutes_is_sent_at_once(self, api: Api, span: dict[str, float]):
        sent = api.accepted(scheduledFor=self.at(api, **span))

        assert sent["status"] == "accepted"
        assert "scheduledFor" in sent
        api.advance(1)
        assert api.message(sent["id"])["status"] == "delivered"

    def test_what_is_due_later_waits(self, api: Api):
        sent = api.accepted(scheduledFor="2026-01-01T02:00:00+01:00")
        assert (sent["status"], sent["scheduledFor"]) == ("scheduled", "2026-01-01T01:00:00Z")

        api.advance(3_600.049)
        assert api.message(sent["id"])["status"] == "scheduled"
        api.advance(0.2)
        shown = api.message(sent["id"])
        assert (shown["status"], shown["sendAt"]) == ("delivered", "2026-01-01T01:00:00.05Z")
        assert shown["createdAt"] == sent["createdAt"]

    def test_validity_ends_a_message_that_nobody_confirms(self, api: Api):
        shown = api.life("+12025550115", validity=120, seconds=119)
        assert shown["status"] == "sent"

        api.advance(1)
        shown = api.message(shown["id"])
        assert (shown["status"], shown["failure"]["code"], shown["details"]) == ("delivery_failed", 15002, "expired")
        assert shown["lastStatusAt"] == "2026-01-01T00:02:00Z"

    def test_validity_ends_a_message_that_could_not_be_sent_yet(self, api: Api):
        shown = api.life("+12025550106", validity=10, seconds=11)

        assert (shown["status"], shown["failure"]["code"]) == ("sending_failed", 15002)

    def test_validity_counts_from_the_scheduled_time(self, api: Api):
        sent = api.accepted("+12025550115", scheduledFor=self.at(api, hours=1), validity=60)
        api.advance(3_659)
        assert api.message(sent["id"])["status"] == "sent"
        api.advance(2)
        assert api.message(sent["id"])["status"] == "delivery_failed"

    def test_no_validity_means_that_a_silent_message_stays_sent(self, api: Api):
        assert api.life("+12025550115", validity=0, seconds=200_000)["status"] == "sent"


def test_a_message_is_only_found_in_its_channel(api: Api):
    sent = api.accepted()

    answer = api.get(f"{WORKSPACE}/channels/{WHATSAPP}/messages/{sent['id']}")

    assert answer.status == 404
    assert answer.json["message"].endswith(": message not found")


def test_two_worlds_with_one_seed_give_the_same_bytes(api: Api):
    from tests.emulator.dialects.bird.conftest import a_world

    other = Api(a_world())

    assert api.send(tags=["a"]).body == other.send(tags=["a"]).body


def test_moments_of_the_real_clock_have_no_zeros_at_the_end():
    from tests.emulator.dialects.bird.conftest import a_world

    api = Api(a_world(pace=REAL))

    assert api.send().status == 202, "the contract checks the form"
