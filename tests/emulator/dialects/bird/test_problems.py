"""What is wrong with a message, path by path. The first five are recorded answers of the real service."""

from datetime import timedelta
from typing import Any

import pytest

from emulator.core.errors import RULES, FieldProblem
from emulator.core.records import Template
from emulator.dialects.bird.fixtures import WORKSPACE_ID
from emulator.dialects.bird.problems import details, field_text, path_text
from tests.emulator.dialects.bird.conftest import ABSENT, EMAIL, SMS, WHATSAPP, WORKSPACE, Api, a_text

MALFORMED = "One or more fields provided in the request body are malformed"
FORM = "string doesn't match the expected format"


def test_the_recorded_refusal_of_an_unknown_member(api: Api):
    answer = api.send([{"listId": "d4b82e0f-17c6-4a95-8e3b-f60a9d5c2713"}])

    assert answer.status == 422
    assert answer.json == {
        "code": "InvalidPayload",
        "message": MALFORMED,
        "details": {".receiver.contacts[0]": ['property "listId" is unsupported']},
    }


@pytest.mark.parametrize(
    ("parameter", "member", "sentence"),
    [
        ({"key": "a", "value": 1}, "type", "Property 'type' is missing"),
        ({"type": "string", "key": "a", "value": 1}, "value", "value must be a string"),
        ({"type": "number", "key": "a", "value": "1"}, "value", "value must be a number"),
        ({"type": "boolean", "key": "a", "value": 1}, "value", "value must be a boolean"),
        ({"type": "lineItemList", "key": "a", "value": []}, "value", "value must be an object"),
    ],
)
def test_a_parameter_of_a_template_has_the_value_of_its_type(api: Api, parameter: Any, member: str, sentence: str):
    refused = api.send(body=ABSENT, template={"projectId": "p1", "parameters": [parameter]})

    assert refused.details == {f".template.parameters[0].{member}": [sentence]}


def test_an_unknown_type_of_a_parameter_is_all_that_is_wrong(api: Api):
    refused = api.send(body=ABSENT, template={"parameters": [{"type": "date", "key": "a", "value": "tomorrow"}]})

    (sentence,) = refused.details[".template.parameters[0].type"]
    assert sentence.startswith('Invalid value: "date", expected one of: "string", "number"')
    assert list(refused.details) == [".template.parameters[0].type"]


def test_the_recorded_refusal_of_a_body_type(api: Api):
    assert api.send(body={"type": "interactive"}).json == {
        "code": "InvalidPayload",
        "message": MALFORMED,
        "details": {
            ".body.type": [
                (
                    'Invalid value: "interactive", expected one of: "text", "html", "image", "file", "gif", "location", '
                    '"carousel", "list", "section", "authentication", "template", "action"'
                )
            ]
        },
    }


CONTACT = ".receiver.contacts[0]"
LINK = {"type": "link", "link": {"text": "Look", "url": "https://example.com"}}

CASES: dict[str, tuple[dict[str, Any], dict[str, list[str]]]] = {
    "a list that is none": (
        {"receiver": {"contacts": {}}},
        {".receiver.contacts": ["value must be an array"]},
    ),
    "no receiver": ({"receiver": ABSENT}, {".receiver": ["Property 'receiver' is missing"]}),
    "no contacts": ({"receiver": {}}, {".receiver.contacts": ["Property 'contacts' is missing"]}),
    "an empty list of contacts": (
        {"receiver": {"contacts": []}},
        {".receiver.contacts": ["minimum number of items is 1"]},
    ),
    "an unknown member at the root": ({"ignoreParts": True}, {".": ['property "ignoreParts" is unsupported']}),
    "an unknown member of the receiver": (
        {"receiver": {"contacts": [{"id": "x"}], "lists": []}},
        {".receiver": ['property "lists" is unsupported']},
    ),
    "neither body nor template": ({"body": ABSENT}, {".": ["one of 'body' or 'template' is required"]}),
    "nulls for both": ({"body": None, "template": None}, {".": ["one of 'body' or 'template' is required"]}),
    "body and template": (
        {"template": {"projectId": "p"}},
        {".": ["only one of 'body' or 'template' is allowed"]},
    ),
    "a body of type template": (
        {"body": {"type": "template"}},
        {".body.type": ['a body of type "template" is unsupported']},
    ),
    "a body without a type": ({"body": {}}, {".body.type": ["Property 'type' is missing"]}),
    "a body without its content": ({"body": {"type": "text"}}, {".body.text": ["Property 'text' is missing"]}),
    "a body with another content": (
        {"body": {**a_text(), "html": {}}},
        {".body": ['property "html" is unsupported']},
    ),
    "an empty text": ({"body": a_text("")}, {".body.text.text": ["minimum string length is 1"]}),
    "a text that is a number": (
        {"body": {"type": "text", "text": {"text": 1}}},
        {".body.text.text": ["value must be a string"]},
    ),
    "an image without images": (
        {"body": {"type": "image", "image": {"images": []}}},
        {".body.image.images": ["minimum number of items is 1"]},
    ),
    "an unknown action": (
        {"body": {"type": "text", "text": {"text": "x", "actions": [{"type": "jump"}]}}},
        {
            ".body.text.actions[0].type": [
                'Invalid value: "jump", expected one of: "link", "reply", "locationRequest", "buy", "postback"'
            ]
        },
    ),
    "a place beyond the pole": (
        {"body": {"type": "location", "location": {"coordinates": {"latitude": 91, "longitude": 0}}}},
        {".body.location.coordinates.latitude": ["number must be at most 90"]},
    ),
    "too many tags, and one that is none": (
        {"tags": [*"abcdefghij", "naïve"]},
        {".tags": ["maximum number of items is 10"], ".tags[10]": [FORM]},
    ),
    "a tag that is too long": ({"tags": ["x" * 51]}, {".tags[0]": ["maximum string length is 50"]}),
    "a validity below nothing": ({"validity": -1}, {".validity": ["number must be at least 0"]}),
    "a reference that is no text": ({"reference": 17}, {".reference": ["value must be a string"]}),
    "a flag that is none": ({"capFrequency": "yes"}, {".capFrequency": ["value must be a boolean"]}),
    "a schedule that is no moment": ({"scheduledFor": "soon"}, {".scheduledFor": [FORM]}),
    "too far ahead": (
        {"scheduledFor": "2026-02-05T00:00:01Z"},
        {".scheduledFor": ["time must be at most 35 days ahead"]},
    ),
    "a cap outside marketing": ({"capFrequency": True}, {".capFrequency": ["only allowed for the marketing use case"]}),
    "a contact without anything": (
        {"receiver": {"contacts": [{"type": "to"}]}},
        {CONTACT: ["one of 'id' or 'identifierValue' is required"]},
    ),
    "a contact of an unknown type": (
        {"receiver": {"contacts": [{"identifierValue": "+31600000001", "type": "fax"}]}},
        {f"{CONTACT}.type": ['Invalid value: "fax", expected one of: "to", "cc", "bcc"']},
    ),
    "a reply without a type": (
        {"replyTo": {"id": "x"}},
        {".replyTo.type": ["Property 'type' is missing"]},
    ),
    "a reply to nothing": ({"replyTo": {"id": "x", "type": "message"}}, {".replyTo.id": ["message not found"]}),
    "several problems, in the order of the contract": (
        {"tags": 1, "receiver": {"contacts": 1}, "reference": 1, "body": {"type": "nope"}},
        {
            ".receiver.contacts": ["value must be an array"],
            ".reference": ["value must be a string"],
            ".body.type": [
                (
                    'Invalid value: "nope", expected one of: "text", "html", "image", "file", "gif", "location", '
                    '"carousel", "list", "section", "authentication", "template", "action"'
                )
            ],
            ".tags": ["value must be an array"],
        },
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_a_message_that_is_not_accepted(api: Api, case: str):
    changes, wanted = CASES[case]

    answer = api.send(**changes)

    assert answer.details == wanted
    assert list(answer.details) == list(wanted)
    assert answer.json["message"] == MALFORMED
    assert not list(api.world.store.messages)


def test_35_days_ahead_is_near_enough(api: Api):
    moment = (api.world.clock.now + timedelta(days=35)).isoformat()

    assert api.accepted(scheduledFor=moment)["status"] == "scheduled"


def test_a_cap_for_marketing_is_accepted(api: Api):
    api.accepted(capFrequency=True, meta={"extraInformation": {"useCase": "marketing"}})


def test_body_and_template_are_accepted_where_that_is_switched_on(api: Api):
    api.settings(body_and_template=True)

    shown = api.accepted(template={"projectId": "p"})

    assert {"body", "template"} <= set(shown)


@pytest.mark.parametrize(
    "value", ["0031600000001", "31600000001", "+0600000001", "+1 202", "+123456", "ada@example.com"]
)
@pytest.mark.parametrize("channel", [SMS, WHATSAPP])
def test_a_number_needs_its_form(api: Api, channel: str, value: str):
    assert api.send(value, channel).details == {".receiver.contacts[0].identifierValue": [FORM]}


@pytest.mark.parametrize("value", ["ada", "ada@", "@example.com", "a@b@c", "+31600000001"])
def test_a_mail_address_needs_its_form(api: Api, value: str):
    assert api.send(value, EMAIL).details == {".receiver.contacts[0].identifierValue": [FORM]}


@pytest.mark.parametrize("channel", [SMS, WHATSAPP])
def test_a_mail_address_is_no_number_even_if_it_says_what_it_is(api: Api, channel: str):
    contact = {"identifierKey": "emailaddress", "identifierValue": "ada@example.com"}

    assert api.send([contact], channel).details == {".receiver.contacts[0].identifierValue": [FORM]}


def test_other_keys_of_whatsapp_have_any_form(api: Api):
    contact = {"identifierKey": "whatsappusername", "identifierValue": "ada"}

    shown = api.accepted([contact], WHATSAPP)

    assert shown["receiver"]["contacts"][0]["identifierKey"] == "whatsappusername"


def test_only_mail_takes_several_receivers(api: Api):
    two = [{"identifierValue": "+31600000001"}, {"identifierValue": "+31600000002"}]

    assert api.send(two).details == {".receiver.contacts": ["maximum number of items is 1"]}
    assert api.send(two, WHATSAPP).details == {".receiver.contacts": ["maximum number of items is 1"]}
    api.accepted([{"identifierValue": "a@example.com"}, {"identifierValue": "b@example.com", "type": "cc"}], EMAIL)


def test_an_unknown_contact_is_not_found(api: Api):
    answer = api.send([{"id": "11111111-1111-4111-8111-111111111111"}])

    assert answer.status == 404
    assert answer.json["message"] == "The requested resource does not exist: contact not found"


def test_a_contact_without_an_identifier_for_the_channel(api: Api):
    contact = api.accepted("+31600000001")["receiver"]["contacts"][0]["id"]

    answer = api.send([{"id": contact}], EMAIL)

    assert answer.details == {".receiver.contacts[0]": ["the contact has no identifier for this channel"]}


def list_template(api: Api) -> None:
    api.world.store.templates.put(
        Template(
            id="t1",
            account_id=WORKSPACE_ID,
            key="p1",
            variables=("name", "link_path"),
            text="Hi {{name}}: {{ link_path }}",
        )
    )


def test_the_recorded_refusal_of_a_template_without_a_value(api: Api):
    list_template(api)

    answer = api.send(body=ABSENT, template={"projectId": "p1", "variables": {"name": "Ada"}})

    assert answer.status == 422
    assert answer.json == {
        "code": "InvalidPayload",
        "message": f"{MALFORMED}: missing value for variable 'link_path'",
    }


def test_an_unknown_template_where_the_workspace_lists_its_own(api: Api):
    list_template(api)

    answer = api.send(body=ABSENT, template={"projectId": "p2"})

    assert answer.json == {"code": "InvalidPayload", "message": f"{MALFORMED}: template project not found"}


def test_a_listed_template_is_filled_with_its_values(api: Api):
    list_template(api)
    template = {"projectId": "p1", "parameters": [{"type": "string", "key": "name", "value": "Ada"}]}

    shown = api.accepted(body=ABSENT, template={**template, "variables": {"link_path": "x/1"}})

    assert api.record(shown["id"]).content.text == "Hi Ada: x/1"
    assert "body" not in shown
    assert "bodyId" not in shown


def test_any_template_is_taken_where_none_is_listed(api: Api):
    assert api.accepted(body=ABSENT, template={"projectId": "anything"})["template"] == {"projectId": "anything"}


@pytest.mark.parametrize("query", ["pageToken=nope", "pageToken=%C3%A9", "pageToken=W10%3D", "pageToken=WyJhIiwiYiJd"])
def test_a_token_that_no_list_gave(api: Api, query: str):
    assert api.get(f"{WORKSPACE}/channels/messages?{query}").details == {".pageToken": [FORM]}


@pytest.mark.parametrize(
    ("query", "wanted"),
    [
        ("limit=1001", {".limit": ["number must be at most 1000"]}),
        ("limit=x", {".limit": ["value must be an integer"]}),
        ("reverse=maybe", {".reverse": ["value must be a boolean"]}),
        ("batchId=x", {".batchId": [FORM]}),
        ("startAt=yesterday", {".startAt": [FORM]}),
        (
            "status=read",
            {
                ".status[0]": [
                    (
                        'Invalid value: "read", expected one of: "accepted", "rejected", "processing", "scheduled", '
                        '"sent", "sending_failed", "delivered", "delivery_failed", "deleted", "skipped"'
                    )
                ]
            },
        ),
    ],
)
def test_a_query_that_is_not_accepted(api: Api, query: str, wanted: dict[str, list[str]]):
    assert api.get(f"{WORKSPACE}/channels/{SMS}/messages?{query}").details == wanted


def test_paths_begin_with_a_dot():
    assert path_text(()) == "."
    assert path_text(("a", 0, "b")) == ".a[0].b"
    assert path_text((0, "b")) == ".[0].b"


def test_every_rule_has_a_sentence():
    for rule in RULES:
        assert field_text(FieldProblem(("field",), rule, "value", 1))


def test_a_sentence_is_said_once_and_those_of_one_path_stand_together():
    problems = [
        FieldProblem(("a",), "required"),
        FieldProblem(("b",), "unknown_member"),
        FieldProblem(("a",), "required"),
        FieldProblem(("a",), "min_length", "", 1),
        FieldProblem(("c",), "unknown_member"),
    ]

    assert details(problems) == {
        ".a": ["Property 'a' is missing", "minimum string length is 1"],
        ".": ['property "b" is unsupported', 'property "c" is unsupported'],
    }
