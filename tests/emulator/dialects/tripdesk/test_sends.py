"""Sending: what is accepted, what it costs, where it goes, and what is refused."""

import re
from typing import Any

import pytest

from emulator.core.records import Channel, Sender, Template
from tests.emulator.dialects.tripdesk.conftest import MAIL, SEED, SMS, Api

MESSAGE_ID = re.compile(r"msg_[0-7][0-9A-HJKMNP-TV-Z]{25}")
MEDIA = {"url": "https://cdn.example.com/map.png", "type": "image", "caption": "Your meeting point"}
# The fixture's contact.
RUPA = "+15557654321"


def refused(api: Api, body: dict[str, Any], status: int = 422) -> list[tuple[str, str]]:
    """What is said of the fields of a send that is refused."""
    answer = api.send(body)
    assert answer.status == status, answer
    assert len(api.world.store.messages) == 0
    return [(each["param"], each["code"]) for each in answer.error["details"]]


class TestSeed:
    def test_the_request_on_the_vendors_page_is_answered_as_it_shows(self, api: Api):
        answer = api.send(SEED, key="7f3e2c1a-9b8d-4f6e-a2c1-b3d4e5f6a7b8")

        assert answer.status == 202
        assert list(answer.json) == ["id", "status", "channel", "cost_estimate", "created_at"]
        assert MESSAGE_ID.fullmatch(answer.json["id"])
        assert answer.json | {"id": "msg_01HNQX2P8Y9R3T4V5W6Z7A8B9C"} == {
            "id": "msg_01HNQX2P8Y9R3T4V5W6Z7A8B9C",
            "status": "queued",
            "channel": "whatsapp",
            "cost_estimate": "0.012",
            "created_at": "2026-01-01T00:00:00Z",
        }

    def test_it_works_the_same_with_a_sandbox_key(self, sandbox: Api):
        assert sandbox.send(SEED).json["cost_estimate"] == "0.012"

    def test_the_person_sees_the_template_filled_in(self, api: Api):
        id = api.send(SEED).json["id"]

        assert api.record(id).content.text == "Hi Nayeem, your order TR-204821 arrives in 15 minutes."
        assert api.message(id)["text"] is None
        assert api.message(id)["variables"] == SEED["variables"]


class TestPrices:
    @pytest.mark.parametrize(
        ("body", "price"),
        [
            (SEED, "0.012"),
            (SMS, "0.020"),
            ({**SMS, "text": "x" * 160}, "0.020"),
            ({**SMS, "text": "x" * 161}, "0.040"),
            ({**SMS, "text": "ж" * 71}, "0.040"),
            ({**SMS, "text": "ж" * 135}, "0.060"),
            (MAIL, "0.001"),
            ({"channel": "push", "to": "token", "text": "x"}, "0.000"),
            ({"channel": "broadcast", "to": "audience_all", "text": "x"}, "0.010"),
            *(
                ({"channel": channel, "to": "82710394", "text": "x"}, "0.004")
                for channel in ("messenger", "instagram", "telegram", "webchat")
            ),
            *(({"channel": channel, "to": "+15557650001", "text": "x"}, "0.004") for channel in ("viber", "rcs")),
        ],
    )
    def test_a_message_costs_what_the_list_says(self, api: Api, body: dict[str, Any], price: str):
        assert api.send(body).json["cost_estimate"] == price

    def test_whatsapp_text_is_cheaper_than_a_template(self, api: Api):
        api.says("Hello")

        assert api.send({"channel": "whatsapp", "to": RUPA, "text": "Hi"}).json["cost_estimate"] == "0.005"

    def test_a_gateway_can_have_a_price_of_its_own(self, api: Api):
        api.amend(gateways=[{"channel": "sms", "price": "0.0155"}, {"channel": "whatsapp", "price": "0.03"}])
        api.says("Hello")

        assert api.send({**SMS, "text": "x" * 161}).json["cost_estimate"] == "0.031"
        assert api.send({"channel": "whatsapp", "to": RUPA, "text": "Hi"}).json["cost_estimate"] == "0.030"

    def test_the_wallet_is_charged_at_once(self, api: Api):
        api.send(SMS)

        assert api.get("/api/v1/account/balance").json["balance"] == "99.980"

    def test_what_the_wallet_cannot_pay_is_402_with_both_amounts(self, api: Api):
        api.amend(gateways=[{"channel": "sms", "price": "100.000001"}])

        answer = api.send(SMS)

        assert answer.status == 402
        assert answer.headers.get("retry-after") is None
        assert answer.error["details"] == [
            {
                "param": None,
                "code": "insufficient_balance",
                "message": "The wallet holds 100.000 USD and the message costs 100.000001 USD.",
                "required": "100.000001",
                "available": "100.000",
            }
        ]
        assert api.get("/api/v1/messages").json["data"] == []
        assert len(api.world.store.contacts) == 2, "nobody is written down for a message that was refused"

    def test_the_last_money_can_be_spent(self, api: Api):
        api.amend(gateways=[{"channel": "sms", "price": "100"}])

        assert api.send(SMS).status == 202
        assert api.get("/api/v1/account/balance").json["balance"] == "0.000"


class TestRecipients:
    @pytest.mark.parametrize("to", ["+15557654321", "00 1 (555) 765-4321", " +1-555-765-4321 ", "+1 555 765 43 21"])
    def test_a_phone_number_is_tidied_up(self, api: Api, to: str):
        id = api.send({**SMS, "to": to}).json["id"]

        assert api.message(id)["to"] == "+15557654321"

    @pytest.mark.parametrize(
        "to", ["15557654321", "+05557654321", "+1555", "+1555765432112345", "rupa", "+1.555.765.4321"]
    )
    @pytest.mark.parametrize("channel", ["sms", "whatsapp", "viber", "rcs"])
    def test_what_is_no_phone_number_is_refused(self, api: Api, channel: str, to: str):
        body = {**SEED, "to": to} if channel == "whatsapp" else {"channel": channel, "to": to, "text": "x"}

        assert refused(api, body) == [("to", "invalid_recipient")]

    @pytest.mark.parametrize("to", ["rupa", "rupa@", "+15557654321", "Rupa <rupa@example.com>"])
    def test_what_is_no_mail_address_is_refused(self, api: Api, to: str):
        assert refused(api, {**MAIL, "to": to}) == [("to", "invalid_recipient")]

    def test_a_recipient_is_needed(self, api: Api):
        assert refused(api, {"channel": "sms", "text": "x"}) == [("to", "missing_field")]

    def test_an_address_and_a_contact_together_are_refused(self, api: Api):
        assert refused(api, {**SMS, "contact_id": api.fixture("contact_id")}) == [("contact_id", "invalid_field")]

    @pytest.mark.parametrize(
        ("channel", "to"), [("sms", RUPA), ("email", "rupa@example.com"), ("viber", RUPA), ("rcs", RUPA)]
    )
    def test_a_contact_is_reached_where_its_channel_leads(self, api: Api, channel: str, to: str):
        body = {"channel": channel, "contact_id": api.fixture("contact_id"), "text": "x", "subject": "Trip"}

        assert api.message(api.send(body).json["id"])["to"] == to

    def test_a_contact_is_reached_at_an_address_of_the_channel_first(self, api: Api):
        channels = [{"channel": "sms", "address": "+1 555 765 0009"}]
        contact = api.post("/api/v1/contacts", {"phone": "+15557650008", "channels": channels}).json

        sent = api.send({"channel": "sms", "contact_id": contact["id"], "text": "x"})

        assert api.message(sent.json["id"])["to"] == "+15557650009"

    def test_a_contact_without_an_address_on_the_channel_is_refused(self, api: Api):
        body = {"channel": "telegram", "contact_id": api.fixture("contact_id"), "text": "x"}

        assert refused(api, body) == [("contact_id", "invalid_recipient")]

    def test_push_goes_to_a_device_or_to_a_contact(self, api: Api):
        contact = api.fixture("contact_id")

        for body in ({"to": contact}, {"contact_id": contact}):
            message = api.message(api.send({"channel": "push", "text": "x", **body}).json["id"])
            assert (message["to"], message["contact_id"]) == (contact, contact)
        assert api.send({"channel": "push", "to": "fcm-token", "text": "x"}).status == 202

    def test_an_unknown_contact_is_404(self, api: Api, sandbox: Api):
        body = {"channel": "sms", "contact_id": sandbox.fixture("contact_id"), "text": "x"}

        assert api.send(body).error["message"] == "There is no such contact."

    def test_a_broadcast_goes_to_an_audience(self, api: Api):
        assert api.send({"channel": "broadcast", "to": api.fixture("audience"), "text": "x"}).status == 202


class TestContactsAndConversations:
    def test_writing_to_an_unknown_address_makes_a_contact_and_a_conversation(self, api: Api):
        message = api.message(api.send(SEED).json["id"])

        contact = api.get(f"/api/v1/contacts/{message['contact_id']}").json
        conversation = api.get(f"/api/v1/conversations/{message['conversation_id']}").json
        assert (contact["external_id"], contact["name"], contact["phone"]) == (None, None, "+15551234567")
        assert contact["channels"] == [{"channel": "whatsapp", "address": "+15551234567"}]
        assert (conversation["status"], conversation["channel"]) == ("open", "whatsapp")
        assert conversation["contact_id"] == contact["id"]

    def test_the_next_message_goes_to_the_same_contact_and_conversation(self, api: Api):
        first, second = (api.message(api.send(SMS).json["id"]) for _ in range(2))

        assert first["contact_id"] == second["contact_id"]
        assert first["conversation_id"] == second["conversation_id"]

    def test_one_contact_has_a_conversation_on_each_channel(self, api: Api):
        messages = [api.message(api.send(body).json["id"]) for body in (SMS, {**SEED, "to": SMS["to"]})]

        assert len({each["contact_id"] for each in messages}) == 1
        assert len({each["conversation_id"] for each in messages}) == 2

    def test_a_mail_address_is_the_same_in_any_case(self, api: Api):
        messages = [api.message(api.send(MAIL, to=to).json["id"]) for to in ("A@example.com", "a@Example.com")]

        assert len({each["contact_id"] for each in messages}) == 1
        assert [each["to"] for each in messages] == ["A@example.com", "a@Example.com"]

    def test_a_message_can_name_its_conversation(self, api: Api):
        conversation = api.fixture("conversation_id")

        message = api.message(api.send(SEED, to=RUPA, conversation_id=conversation).json["id"])

        assert message["conversation_id"] == conversation

    @pytest.mark.parametrize("body", [SEED, {**SMS, "to": RUPA}])
    def test_a_conversation_with_somebody_else_or_on_another_channel_is_refused(self, api: Api, body: dict[str, Any]):
        body = {**body, "conversation_id": api.fixture("conversation_id")}

        assert refused(api, body) == [("conversation_id", "invalid_field")]

    def test_after_a_contact_was_deleted_its_address_makes_a_new_one(self, api: Api):
        before = api.message(api.send(SMS).json["id"])
        api.request("DELETE", f"/api/v1/contacts/{before['contact_id']}")

        after = api.message(api.send(SMS).json["id"])

        assert after["contact_id"] != before["contact_id"]
        assert after["conversation_id"] != before["conversation_id"]


class TestContent:
    @pytest.mark.parametrize("name", ["text", "html", "media"])
    def test_content_beside_a_template_is_a_conflict(self, api: Api, name: str):
        value = MEDIA if name == "media" else "x"

        assert (name, "content_conflict") in refused(api, {**SEED, name: value})

    def test_some_content_is_needed(self, api: Api):
        assert refused(api, {"channel": "sms", "to": RUPA}) == [("template", "missing_field")]

    def test_html_is_for_mail_only_and_may_stand_beside_text(self, api: Api):
        assert refused(api, {**SMS, "html": "<p>Hi</p>"}) == [("html", "invalid_field")]
        assert api.send(MAIL, html="<p>Hi</p>").status == 202

    def test_html_is_limited_in_bytes(self, api: Api):
        assert refused(api, {**MAIL, "html": "ж" * (100 * 1024 + 1)}) == [("html", "invalid_field")]

    def test_a_mail_needs_a_subject(self, api: Api):
        assert refused(api, {"channel": "email", "to": "a@example.com", "text": "x"}) == [("subject", "missing_field")]

    @pytest.mark.parametrize(("channel", "most"), [("sms", 1_600), ("telegram", 4_096)])
    def test_text_is_as_long_as_the_channel_takes(self, api: Api, channel: str, most: int):
        body = {"channel": channel, "to": "+15557650001", "text": "x" * most}

        assert api.send(body).status == 202
        assert api.send({**body, "text": "x" * (most + 1)}).error["param"] == "text"

    def test_media_is_carried_and_not_shown(self, api: Api):
        id = api.send({"channel": "telegram", "to": "82710394", "media": MEDIA}).json["id"]

        assert api.record(id).content.rich == {"media": MEDIA}
        assert api.message(id)["text"] is None

    def test_reference_and_notes_of_the_caller_are_kept(self, api: Api):
        message = api.message(api.send(SMS, external_id="trip-77", metadata={"trip": "77"}).json["id"])

        assert (message["external_id"], message["metadata"]) == ("trip-77", {"trip": "77"})

    def test_an_unknown_channel_has_a_code_of_its_own(self, api: Api):
        assert ("channel", "unknown_channel") in refused(api, {**SMS, "channel": "pigeon"})


class TestTemplates:
    def test_an_unknown_template_is_refused(self, api: Api):
        assert refused(api, {**SEED, "template": "trip_reminder"}) == [("template", "unknown_template")]

    @pytest.mark.parametrize("status", ["pending", "rejected"])
    def test_only_an_approved_template_can_be_sent(self, api: Api, status: str):
        api.amend(template_details={"order_confirmation": {"status": status}})

        assert refused(api, SEED) == [("template", "unknown_template")]

    def test_a_template_of_another_channel_is_unknown(self, api: Api):
        assert refused(api, {**SEED, "channel": "telegram"}) == [("template", "unknown_template")]

    def test_a_template_that_names_its_channel_works_there(self, api: Api):
        api.amend(template_details={"order_confirmation": {"channel": "sms"}})

        assert api.send(SEED, channel="sms").json["cost_estimate"] == "0.020"

    @pytest.mark.parametrize("language", ["fr", "en_US"])
    def test_a_language_that_the_template_lacks_is_refused(self, api: Api, language: str):
        assert refused(api, {**SEED, "language": language}) == [("language", "template_language_unavailable")]

    @pytest.mark.parametrize("language", ["pt-BR", "pt_br", "PT-BR"])
    def test_hyphen_underscore_and_case_make_no_difference(self, api: Api, language: str):
        api.amend(template_details={"order_confirmation": {"languages": ["pt_BR"]}})

        assert api.send(SEED, language=language).status == 202

    def test_without_a_language_the_tenants_own_counts(self, api: Api):
        body = {name: value for name, value in SEED.items() if name != "language"}

        assert api.message(api.send(body).json["id"])["language"] == "en"
        api.amend(language="fr")
        assert api.send(body).code == "template_language_unavailable"

    def test_each_variable_needs_a_value_and_no_other_is_taken(self, api: Api):
        variables = {"name": "Nayeem", "order_id": "TR-204821", "gate": "4"}

        answer = api.send({**SEED, "variables": variables})

        assert answer.error["message"] == "Variable 'eta' has no value."
        assert [(each["param"], each["code"]) for each in answer.error["details"]] == [
            ("variables.eta", "missing_template_variable"),
            ("variables.gate", "unexpected_template_variable"),
        ]

    def test_variables_without_a_template_are_refused(self, api: Api):
        body = {**SMS, "variables": {"name": "Nayeem"}}

        assert refused(api, body) == [("variables.name", "unexpected_template_variable")]

    @pytest.mark.parametrize("value", ["", "x" * 1025, 5])
    def test_a_value_has_1_to_1024_characters(self, api: Api, value: Any):
        body = {**SEED, "variables": {**SEED["variables"], "eta": value}}

        assert refused(api, body) == [("variables.eta", "invalid_field")]

    def test_a_template_for_mail_can_have_html_with_values_made_safe(self, api: Api):
        api.world.store.templates.put(
            Template(
                id="1",
                account_id=api.account.id,
                key="hello",
                variables=("name",),
                text="Hi {{ name }}",
                html="<p>Hi {{name}}</p>",
            )
        )
        api.amend(template_details={"hello": {"channel": "email"}})
        body = {"channel": "email", "to": "a@example.com", "subject": "Hello", "template": "hello"}

        id = api.send({**body, "variables": {"name": "<b>Rupa</b>"}}).json["id"]

        content = api.record(id).content
        assert (content.subject, content.text) == ("Hello", "Hi <b>Rupa</b>")
        assert content.html == "<p>Hi &lt;b&gt;Rupa&lt;/b&gt;</p>"


class TestSenders:
    def test_the_gateways_sender_is_the_usual_one(self, api: Api):
        assert api.message(api.send(SMS).json["id"])["from"] == "ACME"
        assert api.message(api.send(MAIL).json["id"])["from"] == "desk@acme.example"
        assert api.message(api.send({"channel": "webchat", "to": "v1", "text": "x"}).json["id"])["from"] is None

    def test_a_mail_may_come_from_any_address(self, api: Api):
        message = api.message(api.send(MAIL, **{"from": "trips@kilima.example.com"}).json["id"])

        assert message["from"] == "trips@kilima.example.com"

    @pytest.mark.parametrize("body", [SMS, MAIL])
    def test_a_sender_that_nobody_approved_is_refused(self, api: Api, body: dict[str, Any]):
        assert refused(api, {**body, "from": "NOBODY"}) == [("from", "invalid_field")]

    def test_an_approved_sender_can_be_named(self, api: Api):
        now = api.world.clock.now
        sender = Sender(id="1", account_id=api.account.id, channel=Channel.SMS, address="KILIMA", created_at=now)
        api.world.store.senders.put(sender)

        assert api.message(api.send(SMS, **{"from": "KILIMA"}).json["id"])["from"] == "KILIMA"
        assert api.send(SMS, **{"from": "ACME"}).status == 202


TEXT = {"channel": "whatsapp", "to": RUPA, "text": "See you at gate 4."}


class TestWindow:
    def test_free_text_needs_a_message_of_the_last_24_hours(self, api: Api):
        assert refused(api, TEXT) == [("text", "session_window_closed")]
        api.says("Where are you?")
        assert api.send(TEXT).status == 202

        api.advance(24 * 3600)
        assert api.send(TEXT).status == 202
        api.advance(1)
        assert api.send(TEXT).code == "session_window_closed"

    def test_a_template_always_passes(self, api: Api):
        assert api.send(SEED, to=RUPA).status == 202

    def test_somebody_unknown_never_wrote(self, api: Api):
        assert refused(api, {**TEXT, "to": "+15557650001"}) == [("text", "session_window_closed")]

    def test_a_message_on_another_channel_opens_nothing(self, api: Api):
        api.says("Hello", channel="sms")

        assert refused(api, TEXT) == [("text", "session_window_closed")]

    def test_what_was_said_in_a_closed_conversation_counts(self, api: Api):
        api.says("Hello")
        api.post(f"/api/v1/conversations/{api.fixture('conversation_id')}/close")

        assert api.send(TEXT).status == 202

    def test_media_is_free_content_too(self, api: Api):
        body = {"channel": "whatsapp", "to": RUPA, "media": MEDIA}

        assert refused(api, body) == [("media", "session_window_closed")]


class TestGateways:
    def test_the_first_active_gateway_is_taken(self, api: Api):
        api.amend(gateways=[{"channel": "sms", "name": "Second", "sender": "TWO"}])
        first, second = (each["id"] for each in self.of(api, "sms"))

        assert api.message(api.send(SMS).json["id"])["gateway_id"] == first
        api.amend(gateways=[{"channel": "sms", "name": "SMS", "status": "degraded"}])
        message = api.message(api.send(SMS).json["id"])
        assert (message["gateway_id"], message["from"]) == (second, "TWO")

    def test_a_gateway_can_be_named_even_if_it_is_degraded(self, api: Api):
        api.amend(gateways=[{"channel": "sms", "status": "degraded"}])
        (gateway,) = self.of(api, "sms")

        assert api.send(SMS).code == "channel_not_enabled"
        assert api.send(SMS, gateway_id=gateway["id"]).status == 202

    def test_a_gateway_that_is_unknown_down_or_of_another_channel_is_refused(self, api: Api, sandbox: Api):
        api.amend(gateways=[{"channel": "sms", "status": "down"}])
        wrong = [*self.of(api, "sms"), *self.of(api, "email"), *self.of(sandbox, "sms"), {"id": "gw_none"}]

        for gateway in wrong:
            assert refused(api, {**SMS, "gateway_id": gateway["id"]}, 403) == [("gateway_id", "gateway_not_allowed")]

    def test_a_channel_without_an_active_gateway_is_refused(self, api: Api):
        api.amend(gateways=[{"channel": "rcs", "status": "down"}])

        answer = api.send({"channel": "rcs", "to": RUPA, "text": "x"})

        assert (answer.status, answer.error["type"], answer.error["param"]) == (403, "permission_error", "channel")
        assert answer.error["message"] == "The channel rcs has no active gateway."

    @staticmethod
    def of(api: Api, channel: str) -> list[dict[str, Any]]:
        """The gateways of a channel, oldest first."""
        gateways = api.get("/api/v1/gateways").json["data"]
        return [each for each in reversed(gateways) if each["channel"] == channel]
