"""Bodies: names, fields, senders, templates."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emulator.core.records import Channel, Content
from emulator.dialects.raven.names import camel_case, fold
from emulator.dialects.raven.parse import is_mailbox, parse_send
from tests.emulator.dialects.raven.conftest import MAIL, SMS, Api

WHATSAPP = {**SMS, "channel": "whatsapp"}


class TestNames:
    @pytest.mark.parametrize(
        ("name", "folded"),
        [
            ("body_html", "bodyHtml"),
            ("idempotency_key", "idempotencyKey"),
            ("provider_config_ids", "providerConfigIds"),
            ("body", "body"),
            ("bodyHtml", "bodyHtml"),
            ("to_", "to_"),
            ("_to", "_to"),
            ("BODY_HTML", "BODY_HTML"),
        ],
    )
    def test_snake_case_is_folded(self, name: str, folded: str):
        assert camel_case(name) == folded

    @pytest.mark.parametrize("names", [("external_id", "externalId"), ("externalId", "external_id")])
    def test_camel_case_wins(self, names: tuple[str, str]):
        body = {name: name for name in names}

        assert fold(body) == {"externalId": "externalId"}

    def test_inner_names_are_data(self):
        assert fold({"variables": {"order_id": "1"}}) == {"variables": {"order_id": "1"}}

    @given(st.dictionaries(st.text(alphabet="ab_C", min_size=1), st.integers()))
    def test_folding_twice_changes_nothing_more(self, body: dict[str, Any]):
        assert fold(fold(body)) == fold(body)

    def test_a_whole_message_in_snake_case(self, api: Api):
        snake = {
            "channel": "email",
            "to": "ada@acme.co.ke",
            "from": "orders@mail.acme.co.ke",
            "subject": "Hi",
            "body_html": "<p>Hi</p>",
            "body_text": "Hi",
            "external_id": "7",
            "idempotency_key": "k",
        }
        id = api.send(snake).json["id"]

        message = api.message(id)
        assert message.content == Content(text="Hi", subject="Hi", html="<p>Hi</p>")
        assert message.external_id == "7"
        assert api.get(f"/v1/messages/{id}").json["idempotencyKey"] == "k"


class TestFields:
    @pytest.mark.parametrize(
        ("body", "message"),
        [
            ({}, "channel is required; to is required"),
            ({"channel": "sms"}, "to is required; body is required"),
            ({**SMS, "channel": "fax"}, "channel must be one of: sms, email, push, whatsapp"),
            ({**SMS, "channel": 4}, "channel must be a string"),
            ({**SMS, "to": "0722000000"}, "to must be a phone number in E.164 form, such as +254722000000"),
            ({**SMS, "to": ""}, "to must be a phone number in E.164 form, such as +254722000000"),
            ({**SMS, "body": ""}, "body must be at least 1 character long"),
            ({**SMS, "body": "x" * 4097}, "body must be at most 4096 characters long"),
            ({**SMS, "externalId": 7}, "externalId must be a string"),
            ({**SMS, "idempotencyKey": ""}, "idempotencyKey must be at least 1 character long"),
            ({**SMS, "variables": {"name": 1}}, "variables.name must be a string"),
            ({**MAIL, "to": "ada"}, "to must be an email address"),
            ({**MAIL, "to": "Ada <ada@acme.co.ke>"}, "to must be an email address"),
            ({**MAIL, "from": "orders"}, "from must be an email address"),
            (
                {**MAIL, "to": "ada", "from": "orders", "subject": ""},
                "to must be an email address; from must be an email address; subject must be at least 1 character long",
            ),
            ({**MAIL, "subject": "x" * 999}, "subject must be at most 998 characters long"),
            ({k: v for k, v in MAIL.items() if k not in ("bodyHtml", "bodyText")}, "bodyHtml or bodyText is required"),
            (
                {"channel": "email", "to": "ada@x.co"},
                "from is required; subject is required; bodyHtml or bodyText is required",
            ),
            (
                {"channel": "email", "to": "ada@x.co", "from": "x"},
                "from must be an email address; subject is required; bodyHtml or bodyText is required",
            ),
            ({"channel": "push", "to": "token"}, "body is required"),
            ({**WHATSAPP, "to": "ada"}, "to must be a phone number in E.164 form, such as +254722000000"),
            ([], "Request body must be an object"),
            (None, "Request body must be an object"),
            ("x", "Request body must be an object"),
        ],
    )
    def test_texts(self, api: Api, body: Any, message: str):
        answer = api.post("/v1/messages", content=b"null") if body is None else api.post("/v1/messages", body)

        assert (answer.status, answer.message) == (400, message)

    def test_the_envelope(self, api: Api):
        answer = api.send(channel="fax")

        assert list(answer.json.items()) == [
            ("statusCode", 400),
            ("timestamp", "2026-01-01T00:00:00.000Z"),
            ("path", "/v1/messages"),
            ("message", "channel must be one of: sms, email, push, whatsapp"),
        ]

    def test_unknown_fields_are_ignored(self, api: Api):
        assert api.send(priority="high").status == 202

    def test_body_on_an_email_is_ignored(self, api: Api):
        id = api.send(MAIL, body="not this").json["id"]

        assert api.message(id).content.text == MAIL["bodyText"]

    @pytest.mark.parametrize("length", [1, 4096])
    def test_the_longest_and_the_shortest_text(self, api: Api, length: int):
        assert api.send({**SMS, "body": "x" * length}).status == 202


class TestSender:
    @pytest.mark.parametrize(
        "sender",
        ["orders@mail.acme.co.ke", "Acme Orders <orders@mail.acme.co.ke>", '"Acme, Ltd" <o@acme.co.ke>', "o@acme.test"],
    )
    def test_one_address_with_or_without_a_name(self, sender: str):
        assert is_mailbox(sender)

    @pytest.mark.parametrize(
        "sender", ["", "orders", "a@b.co, c@d.co", "<orders@acme.co.ke", "a b@c.co", "@acme.co.ke"]
    )
    def test_anything_else_is_none(self, sender: str):
        assert not is_mailbox(sender)

    def test_it_is_given_back_as_it_was_written(self, api: Api):
        id = api.send({**MAIL, "from": "Acme Orders <orders@mail.acme.co.ke>"}).json["id"]

        assert api.get(f"/v1/messages/{id}").json["from"] == "Acme Orders <orders@mail.acme.co.ke>"


class TestTemplate:
    FILLED = "Hi Ada, your order #7 is on its way."

    def test_it_takes_the_place_of_the_text(self, api: Api):
        body = {**SMS, "template": "order_confirmation", "variables": {"name": "Ada", "order_id": "7"}}
        del body["body"]

        assert api.life(body)["body"] == self.FILLED

    def test_on_an_email_values_are_escaped_in_the_html_part(self, api: Api):
        body = {"channel": "email", "to": "a@b.co", "from": "o@b.co", "subject": "S", "template": "order_confirmation"}
        id = api.send({**body, "variables": {"name": "<Ada>", "order_id": "7"}}).json["id"]

        content = api.message(id).content
        assert content.text == "Hi <Ada>, your order #7 is on its way."
        assert content.html == "<p>Hi &lt;Ada&gt;, your order #7 is on its way.</p>"
        assert content.subject == "S"

    def test_an_unknown_one(self, api: Api):
        answer = api.send({**SMS, "template": "order_confirmed"})

        assert (answer.status, answer.message) == (400, "Unknown template: order_confirmed")

    @pytest.mark.parametrize(
        ("variables", "message"),
        [
            ({"name": "Ada"}, "Missing template variable: order_id"),
            (None, "Missing template variable: name; Missing template variable: order_id"),
        ],
    )
    def test_a_missing_variable(self, api: Api, variables: Any, message: str):
        body = {**SMS, "template": "order_confirmation"}
        if variables is not None:
            body["variables"] = variables

        assert api.send(body).message == message

    def test_another_tenant_s_template_is_unknown(self, api: Api):
        store = api.world.store
        with pytest.raises(Exception, match="template: exists"):
            parse_send(
                store,
                {**SMS, "template": "order_confirmation"},
                account_id=api.tenant("kilima").id,
                environment="live",
                source="api",
            )


def test_what_is_asked_in_the_core_s_words(api: Api):
    request = parse_send(
        api.world.store, {**SMS, "externalId": "7"}, account_id="t", environment="test", source="dashboard"
    )

    assert (request.channel, request.addresses) == (Channel.SMS, ("+254722000000",))
    assert (request.sender, request.external_id, request.environment) == (None, "7", "test")
    assert request.extras == {"source": "dashboard"}
