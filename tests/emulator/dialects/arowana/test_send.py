"""Sending: the answers, what may be sent, and everything that refuses a send."""

from typing import Any

import pytest
from msgspec.structs import replace

from emulator.dialects.arowana.fixtures import key_of
from tests.emulator.dialects.arowana.conftest import MAIL, PERSON, SMS, TEXT, Api

CARD = {
    "rich_card": {
        "standalone": {
            "orientation": "VERTICAL",
            "content": {
                "title": "The lamp is back",
                "media": {"url": "https://img.example/lamp.png", "height": "MEDIUM"},
                "suggestions": [{"action": {"text": "See it", "open_url": {"url": "https://shop.example/lamp"}}}],
            },
        }
    }
}
CAROUSEL = {
    "rich_card": {
        "carousel": {
            "card_width": "SMALL",
            "cards": [
                {"title": "Red", "media": {"url": "https://img.example/r.png", "height": "SHORT"}},
                {"title": "Blue", "media": {"url": "https://img.example/b.png", "height": "SHORT"}},
            ],
        }
    }
}
MEDIA = {"media": {"url": "https://img.example/ticket-77.pdf"}}
CHIPS = {"text": "Parcel 77 leaves today.", "suggestions": [{"reply": {"text": "Track it", "postback_data": "x"}}]}


def test_the_first_basic_message_of_a_new_world_is_answered_with_the_seeds_figures(api: Api):
    reply = api.send()

    # Source: the seed, "Send response"; id and time are this world's own.
    assert reply.status == 200
    assert {**reply.json, "message_id": "msg_a1b2c3d4", "created_at": "2026-03-27T14:30:00Z"} == {
        "message_id": "msg_a1b2c3d4",
        "status": "queued",
        "created_at": "2026-03-27T14:30:00Z",
        "billing": {
            "channel": "RCS",
            "message_type": "basic_message",
            "hold_amount": 0.08,
            "message_price": 0.08,
            "balance": {"free": 49.92, "reserved": 0.08, "total": 50.0},
            "tier": {"channel": "RCS", "current": "tier_1", "volume_used": 12501},
        },
    }
    assert b'"balance":{"free":49.92,"reserved":0.08,"total":50.0}' in reply.body


def test_members_stand_in_the_order_of_the_seed(api: Api):
    reply = api.send()

    assert list(reply.json) == ["message_id", "status", "created_at", "billing"]
    assert list(reply.json["billing"]) == ["channel", "message_type", "hold_amount", "message_price", "balance", "tier"]


def test_an_id_has_a_prefix_and_32_hexadecimal_digits(api: Api):
    import re

    assert re.fullmatch(r"msg_[0-9a-f]{32}", api.sent())


def test_a_mail_is_answered_in_full(api: Api):
    reply = api.send(MAIL)

    assert reply.json["billing"] == {
        "channel": "EMAIL",
        "message_type": "basic_message",
        "hold_amount": 0.09,
        "message_price": 0.09,
        "balance": {"free": 49.91, "reserved": 0.09, "total": 50.0},
        "tier": {"channel": "EMAIL", "current": "tier_1", "volume_used": 1},
    }


@pytest.mark.parametrize(
    ("content", "unit", "price"),
    [
        ({"text": "a" * 160}, "basic_message", 0.08),
        ({"text": "a" * 161}, "single_message", 0.12),
        # Characters are counted, neither bytes nor UTF-16 units.
        ({"text": "🎉" * 160}, "basic_message", 0.08),
        ({"text": "ä" * 161}, "single_message", 0.12),
        ({"text": "a", "suggestions": []}, "basic_message", 0.08),
        (CHIPS, "single_message", 0.12),
        (CARD, "single_message", 0.12),
        (CAROUSEL, "single_message", 0.12),
        (MEDIA, "single_message", 0.12),
    ],
)
def test_an_rcs_message_is_priced_by_what_it_is(api: Api, content: Any, unit: str, price: float):
    billing = api.send(content=content).json["billing"]

    assert (billing["message_type"], billing["hold_amount"], billing["message_price"]) == (unit, price, price)


@pytest.mark.parametrize(
    ("content", "type"),
    [
        ({"text": "a"}, "TEXT"),
        (CHIPS, "INTERACTIVE"),
        (CARD, "INTERACTIVE"),
        (CAROUSEL, "INTERACTIVE"),
        (MEDIA, "MEDIA"),
    ],
)
def test_content_is_given_back_as_it_was_sent(api: Api, content: Any, type: str):
    message = api.read(api.sent(content=content))

    assert message["content"] == content
    assert message["content_type"] == type


def test_a_mail_of_any_length_is_one_basic_message(api: Api):
    content = {"html": "<p>" + "x" * 400_000 + "</p>"}
    message = api.life(MAIL, content=content)

    assert (message["cost"], message["content_type"], message["content"]) == ("0.0900", "TEXT", content)


@pytest.mark.parametrize("ttl", ["1s", "720h", "43200m", "2592000s", "0" * 5000 + "1s"])
def test_a_ttl_from_a_second_to_thirty_days_is_taken(api: Api, ttl: str):
    assert api.send(ttl=ttl).status == 200


def test_a_template_is_filled_and_given_back_as_it_was_named(api: Api):
    named = {"template_id": "tpl_parcel01", "template_data": {"parcel": 77}}
    id = api.sent(content=None, **named)

    assert api.message(id).content.text == "Hi , parcel 77 leaves today."
    assert (api.read(id)["content"], api.read(id)["content_type"]) == (named, "TEMPLATE")


def test_what_is_no_text_stands_in_a_template_as_json(api: Api):
    data = {"name": True, "parcel": {"box": [1.5, None, "ü"]}}
    id = api.sent(content=None, template_id="tpl_parcel01", template_data=data)

    assert api.message(id).content.text == 'Hi true, parcel {"box":[1.5,null,"ü"]} leaves today.'


def test_a_subject_beside_rcs_is_not_read(api: Api):
    id = api.sent(content=None, template_id="tpl_parcel01", subject={"no": "subject"})

    assert api.message(id).content.subject is None


def test_an_older_version_is_sent_when_it_is_named(api: Api):
    id = api.sent(content=None, template_id="tpl_parcel01", template_version="1", template_data={"parcel": "77"})

    assert api.message(id).content.text == "Parcel 77 leaves today."
    assert api.read(id)["content"]["template_version"] == "1"


def test_a_template_is_priced_by_what_was_rendered(api: Api):
    long = {"template_id": "tpl_parcel01", "template_data": {"name": "x" * 200}}

    assert api.send(content=None, **long).json["billing"]["message_type"] == "single_message"


def test_a_mail_template_brings_its_subject_and_escapes_in_html_only(api: Api):
    id = api.sent(MAIL, content=None, subject=None, template_id="tpl_news01", template_data={"name": "<Kim>"})

    content = api.message(id).content
    assert content.subject == "News for <Kim>"
    assert content.html is not None
    assert "Hi &lt;Kim&gt;" in content.html
    assert content.text == "Hi <Kim>, the lamp is back."


def test_a_subject_beside_a_template_wins(api: Api):
    id = api.sent(MAIL, content=None, subject="Mine", template_id="tpl_news01")

    assert api.message(id).content.subject == "Mine"


@pytest.mark.parametrize(("template_id", "version"), [("tpl_nobody", None), ("tpl_parcel01", "9")])
def test_an_unknown_template_or_version_is_a_404(api: Api, template_id: str, version: str | None):
    reply = api.send(content=None, template_id=template_id, template_version=version)

    assert (reply.status, reply.json["message"]) == (404, "Template not found.")


@pytest.mark.parametrize(
    ("message", "template_id"), [(TEXT, "tpl_news01"), (MAIL, "tpl_parcel01"), (SMS, "tpl_parcel01")]
)
def test_a_template_of_another_type_is_a_400(api: Api, message: Any, template_id: str):
    api.amend(sms=True)
    reply = api.send(message, content=None, template_id=template_id)

    assert reply.status == 400
    assert reply.details == [("template_id", "The template belongs to another type of channel.")]


def test_a_mail_template_without_a_subject_needs_one(api: Api, world: Any):
    template = world.store.templates_by_key.get((api.account.id, "tpl_news01"))
    world.store.templates.put(replace(template, subject=None))

    reply = api.send(MAIL, content=None, subject=None, template_id="tpl_news01")

    assert (reply.status, reply.details) == (400, [("subject", "Is required.")])
    assert api.send(MAIL, content=None, template_id="tpl_news01").status == 200


WRONG: list[tuple[dict[str, Any], list[tuple[str, str]]]] = [
    ({"to": "015112345678"}, [("to", "Must be a phone number in international format.")]),
    ({"to": None, "message_type": None}, [("to", "Is required."), ("message_type", "Is required.")]),
    (
        {"agent_id": None},
        [("agent_id", "Give agent_id or channel_id."), ("channel_id", "Give agent_id or channel_id.")],
    ),
    (
        {"channel_id": "ch_mail01"},
        [
            ("agent_id", "Give agent_id or channel_id, not both."),
            ("channel_id", "Give agent_id or channel_id, not both."),
        ],
    ),
    (
        {"template_id": "tpl_parcel01"},
        [
            ("content", "Give content or template_id, not both."),
            ("template_id", "Give content or template_id, not both."),
        ],
    ),
    (
        {"content": None},
        [("content", "Give content or template_id."), ("template_id", "Give content or template_id.")],
    ),
    ({"message_type": "message"}, [("message_type", "Must be one of MESSAGE, CONVERSATION, NEWSLETTER.")]),
    ({"traffic_type": None}, [("traffic_type", "Is required.")]),
    ({"content": {"text": ""}}, [("content.text", "Must be at least 1 character.")]),
    ({"content": {"text": "a" * 3073}}, [("content.text", "Must be at most 3072 characters.")]),
    ({"content": {}}, [("content", "Give text, rich_card or media.")]),
    ({"content": {"text": "a", **MEDIA}}, [("content.media", "Is not allowed here.")]),
    (
        {"content": {"rich_card": {"carousel": {"card_width": "SMALL", "cards": [{"title": "x" * 201}, {}]}}}},
        [
            ("content.rich_card.carousel.cards[0].title", "Must be at most 200 characters."),
            ("content.rich_card.carousel.cards[1]", "Give title, description or media."),
        ],
    ),
    (
        {"content": {"rich_card": {"carousel": {"card_width": "SMALL", "cards": [{"title": "x"}]}}}},
        [("content.rich_card.carousel.cards", "Must have at least 2 entries.")],
    ),
    (
        {"content": {"text": "a", "suggestions": [{"reply": {"text": "x" * 26}}]}},
        [("content.suggestions[0].reply.text", "Must be at most 25 characters.")],
    ),
    (
        {"content": {"text": "a", "suggestions": [{}]}},
        [
            ("content.suggestions[0].reply", "Give reply or action."),
            ("content.suggestions[0].action", "Give reply or action."),
        ],
    ),
    (
        {"content": {"text": "a", "suggestions": [{"reply": {"text": "b"}}] * 12}},
        [("content.suggestions", "Must have at most 11 entries.")],
    ),
    (
        # What lies below a member that may not be there is not told.
        {"content": {"text": "a", "rich_card": {"standalone": {"content": {}}}}},
        [("content.rich_card", "Is not allowed here.")],
    ),
    ({"ttl": "0s"}, [("ttl", "Must be a span such as 3600s, 15m or 24h, from 1 second to 30 days.")]),
    ({"ttl": "721h"}, [("ttl", "Must be a span such as 3600s, 15m or 24h, from 1 second to 30 days.")]),
]


@pytest.mark.parametrize(("changes", "details"), WRONG)
def test_what_is_wrong_with_the_body_is_told_field_by_field(
    api: Api, changes: dict[str, Any], details: list[tuple[str, str]]
):
    reply = api.send(**changes)

    assert (reply.status, reply.error, reply.json["message"]) == (400, "validation_error", "Request validation failed.")
    assert reply.details == details
    assert api.balance == (50.0, 0.0, 50.0)


@pytest.mark.parametrize(
    ("message", "changes", "details"),
    [
        (MAIL, {"to": "kim@"}, [("to", "Must be an email address.")]),
        (MAIL, {"subject": None}, [("subject", "Is required.")]),
        (MAIL, {"content": {}}, [("content.html", "Give html or text."), ("content.text", "Give html or text.")]),
        (MAIL, {"message_type": "CONVERSATION"}, [("message_type", "Is not allowed here.")]),
        # The channel's type decides; it is known only once the channel is found.
        (MAIL, {"to": PERSON}, [("to", "Must be an email address.")]),
        (SMS, {"to": "kim@example.org", "subject": "x"}, [("to", "Must be a phone number in international format.")]),
        (SMS, {"content": {"text": "x" * 1601}}, [("content.text", "Must be at most 1600 characters.")]),
        (SMS, {"message_type": "NEWSLETTER"}, [("message_type", "Is not allowed here.")]),
        # Nothing else is told then: it was judged as what the address looks like.
        (MAIL, {"to": "kim.example.org", "content": {"html": "x"}}, [("to", "Must be an email address.")]),
        (MAIL, {"to": PERSON, "message_type": "NEWSLETTER"}, [("to", "Must be an email address.")]),
        (SMS, {"to": "kim@example.org"}, [("to", "Must be a phone number in international format.")]),
        # A channel that is not there has no type.
        (MAIL, {"channel_id": "ch_nobody", "to": "kim"}, [("to", "Must be a phone number in international format.")]),
    ],
)
def test_what_is_wrong_with_a_mail_or_an_sms(api: Api, message: Any, changes: Any, details: list[tuple[str, str]]):
    reply = api.send(message, **changes)

    assert (reply.status, reply.details) == (400, details)


def test_members_that_are_not_documented_are_ignored(api: Api):
    assert api.send(MAIL, reply_to="x@example.org", cc=["y@example.org"], traffic_type=5, ttl="never").status == 200


@pytest.mark.parametrize(
    ("message", "changes", "thing"),
    [
        (TEXT, {"agent_id": "ag_live_nobody"}, "Agent"),
        (TEXT, {"agent_id": "ag_test_0001"}, "Agent"),
        (MAIL, {"channel_id": "ch_nobody"}, "Channel"),
        # The channel that stands for an agent in the log is none to send over.
        (MAIL, {"channel_id": "ch_shop01"}, "Channel"),
    ],
)
def test_a_sender_that_is_not_there_is_a_404(api: Api, message: Any, changes: Any, thing: str):
    reply = api.send(message, **changes)

    assert (reply.status, reply.error, reply.json["message"]) == (404, "not_found", f"{thing} not found.")


def test_another_workspaces_senders_look_as_if_they_were_not_there(api: Api):
    api.key = key_of("default", "example-studio")

    assert api.send().status == 404
    assert api.send(MAIL).status == 404


@pytest.mark.parametrize(
    ("message", "changes", "code"),
    [
        (TEXT, {"agent_id": "ag_draft_news03"}, "agent_not_approved"),
        (MAIL, {"channel_id": "ch_mail02"}, "channel_not_verified"),
        (TEXT, {"agent_id": "ag_live_service02", "message_type": "NEWSLETTER"}, "newsletter_not_enabled"),
        (SMS, {}, "channel_not_available"),
    ],
)
def test_a_sender_that_is_not_ready_is_a_403(api: Api, message: Any, changes: Any, code: str):
    reply = api.send(message, **changes)

    assert (reply.status, reply.error) == (403, code)
    assert "details" not in reply.json


def test_an_agent_that_is_launched_nowhere_may_not_send(api: Api):
    carriers = {"telekom_de": "SUSPENDED", "vodafone_de": "UNLAUNCHED"}
    api.amend(launches={"ag_live_shop01": carriers})

    assert api.send().error == "agent_not_approved"


@pytest.mark.parametrize(
    ("use_case", "allowed"),
    [
        ("OTP", {"MESSAGE"}),
        ("TRANSACTIONAL", {"MESSAGE", "CONVERSATION"}),
        ("PROMOTIONAL", {"MESSAGE", "NEWSLETTER"}),
        ("MULTI_USE", {"MESSAGE", "CONVERSATION", "NEWSLETTER"}),
    ],
)
def test_the_use_case_says_which_types_an_agent_may_send(api: Api, world: Any, use_case: str, allowed: set[str]):
    agent = world.store.resources["ag_live_shop01"]
    world.store.resources.put(replace(agent, content={**agent.content, "use_case": use_case}))
    api.reply()

    for message_type in ("MESSAGE", "CONVERSATION", "NEWSLETTER"):
        reply = api.send(message_type=message_type)

        if message_type in allowed:
            assert reply.status == 200, message_type
        else:
            assert (reply.error, reply.json["message"]) == (
                "message_type_not_allowed",
                f"This sender may not send {message_type}.",
            )


def test_a_channel_says_which_types_it_takes(api: Api):
    api.amend(channels={"ch_mail01": {"message_types": ["NEWSLETTER"]}})

    assert api.send(MAIL).error == "message_type_not_allowed"


def test_an_inactive_channel_may_not_send(api: Api):
    api.amend(channels={"ch_mail01": {"active": False}})

    assert api.send(MAIL).error == "channel_not_verified"


def test_a_key_without_the_permission_may_not_send(api: Api):
    api.key = key_of("default", "example-shop", "editor")

    reply = api.send()

    assert (reply.status, reply.error, reply.json["message"]) == (
        403,
        "forbidden",
        "This API key may not send messages.",
    )


def test_a_device_without_rcs_is_a_404(api: Api):
    api.amend(recipients={PERSON: {"rcs": False}})

    reply = api.send()

    assert reply.json == {"error": "device_not_rcs_capable", "message": "The destination device cannot receive RCS."}


def test_a_balance_that_does_not_cover_the_hold_is_a_402(api: Api, world: Any):
    from emulator.core.wallet import set_balance

    set_balance(world.store, world.ids, api.account.id, 110_000, at=world.clock.now)
    api.sent()

    reply = api.send()

    assert reply.status == 402
    assert reply.json == {
        "error": "insufficient_balance",
        "message": "Free balance does not cover the hold for this send.",
        "details": [],
        "balance": {"free": 0.03, "reserved": 0.08, "total": 0.11},
        "required_amount": 0.08,
        "topup_url": "https://app.arowana.app/billing",
    }


@pytest.mark.parametrize("person", [PERSON, "+4915155555555"], ids=["a contact", "a stranger"])
def test_a_message_that_nobody_can_pay_for_leaves_no_trace(api: Api, world: Any, person: str):
    from emulator.core.wallet import set_balance

    set_balance(world.store, world.ids, api.account.id, 0, at=world.clock.now)
    contacts = len(world.store.contacts)

    assert api.send(to=person).status == 402
    assert len(world.store.contacts) == contacts
    assert api.get("/v1/billing/tier").json["tiers"][0]["volume_used"] == 12500


def test_refusals_come_in_the_documented_order(api: Api, world: Any):
    from emulator.core.wallet import set_balance

    set_balance(world.store, world.ids, api.account.id, 0, at=world.clock.now)
    blocked = "+12025550104"
    no_rcs = "+12025550122"
    editor = key_of("default", "example-shop", "editor")
    steps: list[tuple[dict[str, Any], str, int, str]] = [
        ({"to": "x", "agent_id": "ag_live_nobody"}, editor, 400, "validation_error"),
        ({"to": blocked, "agent_id": "ag_live_nobody"}, editor, 404, "not_found"),
        ({"to": blocked, "content": None, "template_id": "tpl_news01"}, editor, 400, "validation_error"),
        ({"to": blocked, "agent_id": "ag_draft_news03"}, editor, 403, "forbidden"),
        ({"to": blocked, "agent_id": "ag_draft_news03"}, api.key, 403, "agent_not_approved"),
        ({"to": blocked}, api.key, 422, "recipient_suppressed"),
        ({"to": no_rcs}, api.key, 404, "device_not_rcs_capable"),
        ({}, api.key, 402, "insufficient_balance"),
    ]

    for changes, key, status, code in steps:
        api.key = key
        reply = api.send(**changes)
        assert (reply.status, reply.error) == (status, code), changes


def test_a_refused_request_changes_nothing(api: Api, world: Any):
    api.listen("message.failed")
    before = (len(world.store.messages), len(world.store.contacts), len(world.store.ledger), len(world.store.resources))

    for changes in (
        {"to": "+12025550104"},
        {"to": "+12025550122"},
        {"message_type": "NEWSLETTER", "to": "+4917000000"},
    ):
        assert api.send(**changes).status >= 400

    after = (len(world.store.messages), len(world.store.contacts), len(world.store.ledger), len(world.store.resources))
    assert after == before
    assert api.told() == []


def test_an_unknown_recipient_becomes_a_contact(api: Api):
    id = api.sent(to="+4915199999999")
    contact_id = api.read(id)["contact_id"]

    contact = api.get(f"/v1/contacts/{contact_id}").json
    assert (contact["phone"], contact["source"], contact["status"]) == ("+4915199999999", "API", "ACTIVE")
    assert api.read(api.sent(to="+4915199999999"))["contact_id"] == contact_id


def test_a_known_recipient_is_matched_by_number_or_mail_in_any_case(api: Api):
    assert api.read(api.sent())["contact_id"] == "c_kim01"
    assert api.read(api.sent(MAIL, to="Kim@Example.org"))["contact_id"] == "c_kim01"
