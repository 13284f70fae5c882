"""Sending a list of messages: each entry is judged alone, after the answer."""

from typing import Any

import pytest

from emulator.dialects.bird.fixtures import CONTACT_ID
from tests.emulator.dialects.bird.conftest import ABSENT, EMAIL, SMS, WORKSPACE, Api, a_text

CONTACT = {
    "id": CONTACT_ID,
    "identifierKey": "phonenumber",
    "identifierValue": "+31600000001",
    "type": "to",
    "platformAddress": "+31600000001",
}


class TestBatch:
    def batch(self, api: Api, *entries: Any, channel: str = SMS) -> list[dict[str, Any]]:
        """Send a batch, let it take its course, and give its messages in the order of the entries."""
        sent = api.post(f"{WORKSPACE}/channels/{channel}/batch/messages", {"messageRequests": list(entries)})
        assert sent.status == 202, sent
        assert list(sent.json) == ["batchId"]
        api.advance(1)
        found = api.get(f"{WORKSPACE}/channels/messages?reverse=true&batchId={sent.json['batchId']}").json["results"]
        assert all(each["batchId"] == sent.json["batchId"] for each in found)
        return found

    def entry(self, to: str = "+31600000001", **changes: Any) -> dict[str, Any]:
        message = {"receiver": {"contacts": [{"identifierValue": to}]}, "body": a_text()} | changes
        return {name: value for name, value in message.items() if value is not ABSENT}

    def test_each_entry_becomes_a_message(self, api: Api):
        found = self.batch(api, self.entry("+31600000001"), self.entry("+12025550102"))

        assert [each["status"] for each in found] == ["delivered", "delivery_failed"]

    @pytest.mark.parametrize(
        ("changes", "code", "description"),
        [
            (
                {"receiver": {"contacts": [{"identifierValue": "+31600000001"}, {"identifierValue": "+31600000002"}]}},
                11001,
                ".receiver.contacts: maximum number of items is 1",
            ),
            ({"tags": ["naïve"]}, 11002, ".tags[0]: string doesn't match the expected format"),
            ({"receiver": ABSENT}, 11003, ".receiver: Property 'receiver' is missing"),
            (
                {"receiver": {"contacts": [{"identifierValue": "06"}]}},
                11003,
                ".receiver.contacts[0].identifierValue: string doesn't match the expected format",
            ),
            (
                {"receiver": {"contacts": [{"id": "11111111-1111-4111-8111-111111111111"}]}},
                11003,
                ".receiver.contacts[0].id: resource not found",
            ),
            ({"body": ABSENT}, 11004, ".: one of 'body' or 'template' is required"),
            ({"body": {"type": "text"}}, 11004, ".body.text: Property 'text' is missing"),
            ({"sender": {}}, 11005, ".sender.connector: Property 'connector' is missing"),
            ({"listId": "spring"}, 11002, '.: property "listId" is unsupported'),
            ({"capFrequency": True}, 11002, ".capFrequency: only allowed for the marketing use case"),
        ],
    )
    def test_an_entry_that_is_not_valid_is_rejected_alone(
        self, api: Api, changes: dict[str, Any], code: int, description: str
    ):
        rejected, delivered = self.batch(api, self.entry(**changes), self.entry())

        assert rejected["status"] == "rejected"
        assert rejected["failure"] == {
            "code": code,
            "description": description,
            "source": {"code": str(code), "name": "pre-processing"},
        }
        assert delivered["status"] == "delivered"

    @pytest.mark.parametrize(
        ("changes", "details"),
        [
            ({"tags": ["naïve"]}, "invalid_input"),
            ({"receiver": ABSENT}, "invalid_receiver"),
            ({"body": ABSENT}, "invalid_content"),
            ({"sender": {}}, "invalid_sender"),
        ],
    )
    def test_the_details_of_a_rejection_are_a_slug(self, api: Api, changes: dict[str, Any], details: str):
        (rejected,) = self.batch(api, self.entry(**changes))

        assert rejected["details"] == details
        assert rejected["reason"] == rejected["failure"]["description"]

    @pytest.mark.parametrize("entry", [None, 1, "text", [], {}, {"receiver": 1, "body": 1, "tags": 1, "validity": "x"}])
    def test_whatever_is_sent_as_an_entry_becomes_a_message(self, api: Api, entry: Any):
        (rejected,) = self.batch(api, entry)

        assert rejected["status"] == "rejected"
        assert rejected["receiver"] == {"contacts": []}

    def test_a_rejected_message_shows_what_was_well_formed(self, api: Api):
        (rejected,) = self.batch(api, self.entry(reference="r1", tags=["naïve"], meta={"campaign": {"id": "spring"}}))

        assert rejected["reference"] == "r1"
        assert rejected["meta"] == {"campaign": {"id": "spring"}}
        assert rejected["body"] == a_text()
        assert rejected["receiver"]["contacts"] == [CONTACT]
        assert "tags" not in rejected

    def test_mail_takes_several_receivers_in_a_batch_too(self, api: Api):
        two = {"contacts": [{"identifierValue": "a@example.com"}, {"identifierValue": "b@example.com"}]}

        (found,) = self.batch(api, self.entry(receiver=two), channel=EMAIL)

        assert found["status"] == "delivered"

    @pytest.mark.parametrize(
        ("body", "wanted"),
        list[Any](
            [
                ({}, {".messageRequests": ["Property 'messageRequests' is missing"]}),
                ({"messageRequests": []}, {".messageRequests": ["minimum number of items is 1"]}),
                ({"messageRequests": [{}] * 101}, {".messageRequests": ["maximum number of items is 100"]}),
                ({"messageRequests": {}}, {".messageRequests": ["value must be an array"]}),
                ({"messageRequests": [{}], "more": 1}, {".": ['property "more" is unsupported']}),
            ]
        ),
    )
    def test_the_list_itself_is_refused(self, api: Api, body: Any, wanted: dict[str, list[str]]):
        assert api.post(f"{WORKSPACE}/channels/{SMS}/batch/messages", body).details == wanted

    def test_a_hundred_entries_are_taken(self, api: Api):
        assert len(self.batch(api, *[self.entry()] * 100)) == 25, "a page"
