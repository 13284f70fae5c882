"""Whoever installs a connector gets a channel, which is ready a moment later; removing the one removes the other."""

import json
from typing import Any

import pytest

from emulator.dialects.bird.fixtures import CHANNELS, OTHER_WORKSPACE_ID
from tests.emulator.dialects.bird.conftest import SMS, WORKSPACE, Answer, Api, a_text

CONNECTORS = f"{WORKSPACE}/connectors"
NOWHERE = "00000000-0000-4000-8000-000000000000"

# The example of the contract, "createConnector".
SMS_CONNECTOR: dict[str, Any] = {
    "name": "SMS for campaigns",
    "connectorTemplateRef": "sms-messagebird:1",
    "arguments": {
        "phoneNumberId": "8f1c7a9e-2340-4f6d-8b2a-5c1e79304b8d",
        "useCaseId": "promo",
        "channelMessageType": "promotional",
    },
}
TEMPLATES = [
    "sms-messagebird:1",
    "whatsapp:1",
    "instagram:1",
    "facebook:1",
    "telegram:1",
    "line:1",
    "email-messagebird:1",
]


def installed(api: Api, **changes: Any) -> dict[str, Any]:
    answer = api.post(CONNECTORS, SMS_CONNECTOR | changes)
    assert answer.status == 201, answer
    return answer.json


def channel(api: Api, connector: dict[str, Any]) -> dict[str, Any]:
    answer = api.get(f"{WORKSPACE}/channels/{connector['channel']['channelId']}")
    assert answer.status == 200, answer
    return answer.json


def send_to(api: Api, channel_id: str) -> Answer:
    body = {"receiver": {"contacts": [{"identifierValue": "+31600000001"}]}, "body": a_text()}
    return api.post(f"{WORKSPACE}/channels/{channel_id}/messages", body)


class TestInstalling:
    def test_the_answer_names_the_channel_that_is_being_made(self, api: Api):
        api.advance(0.123)

        made = installed(api)

        assert made == {
            "id": made["id"],
            "workspaceId": WORKSPACE.rpartition("/")[2],
            "name": "SMS for campaigns",
            "channel": {"channelId": made["channel"]["channelId"], "platform": "sms-messagebird"},
            "connectorTemplateRef": "sms-messagebird:1",
            "arguments": SMS_CONNECTOR["arguments"],
            "createdAt": "2026-01-01T00:00:00.123Z",
            "updatedAt": "2026-01-01T00:00:00.123Z",
        }

    def test_the_channel_is_pending_for_a_moment_and_then_active(self, api: Api):
        made = installed(api)

        assert channel(api, made)["status"] == "pending"
        assert send_to(api, made["channel"]["channelId"]).json["message"] == "The channel is not active"
        api.advance(0.999)
        assert channel(api, made)["status"] == "pending"
        api.advance(0.001)
        assert channel(api, made)["status"] == "active"
        assert channel(api, made)["updatedAt"] == "2026-01-01T00:00:01Z"
        assert send_to(api, made["channel"]["channelId"]).status == 202

    @pytest.mark.parametrize("template", TEMPLATES)
    def test_every_template_makes_a_channel_of_its_platform(self, api: Api, template: str):
        made = installed(api, connectorTemplateRef=template)

        (platform_id, _) = template.split(":")
        assert made["channel"]["platform"] == platform_id
        shown = channel(api, made)
        assert (shown["platformId"], shown["connectorId"], shown["name"]) == (
            platform_id,
            made["id"],
            "SMS for campaigns",
        )

    def test_no_two_channels_share_an_address(self, api: Api):
        made = [
            installed(api, name=f"{template} {number}", connectorTemplateRef=template)
            for template in TEMPLATES
            for number in range(3)
        ]

        identifiers = [channel(api, each)["identifier"] for each in made]

        assert len(set(identifiers)) == len(made)
        assert not {*identifiers} & {each.identifier for each in CHANNELS}

    def test_subscribers_are_told_when_it_is_made_and_when_it_is_ready(self, api: Api):
        api.subscribe("channel.created")
        api.subscribe("channel.updated", eventFilters=[{"key": "channelStatus", "value": "active"}])

        made = installed(api)
        api.advance(5)

        bodies = [json.loads(told.body) for told in api.told()]
        assert [(body["event"], body["payload"]["status"]) for body in bodies] == [
            ("channel.created", "pending"),
            ("channel.updated", "active"),
        ]
        assert bodies[1]["payload"] == channel(api, made)

    def test_secrets_are_taken_and_never_shown(self, api: Api):
        made = installed(
            api, securityArguments={"token": "s3cret"}, invitationToken="t0ken", channelConversationalStatusEnabled=True
        )

        assert made["channelConversationalStatusEnabled"] is True
        shown = api.get(f"{CONNECTORS}/{made['id']}")
        assert shown.json == made
        assert b"s3cret" not in shown.body
        assert b"t0ken" not in shown.body

    def test_a_name_is_free_once(self, api: Api):
        installed(api)

        refused = api.post(CONNECTORS, SMS_CONNECTOR | {"connectorTemplateRef": "whatsapp:1"})

        assert (refused.status, refused.json) == (409, {"code": "Conflict", "message": "connector already exists"})
        assert len(api.get(f"{CONNECTORS}?limit=100").json["results"]) == len(CHANNELS) + 1

    def test_another_workspace_may_use_the_name(self, api: Api):
        installed(api)

        assert api.post(f"/workspaces/{OTHER_WORKSPACE_ID}/connectors", SMS_CONNECTOR).status == 201

    @pytest.mark.parametrize(
        ("name", "value", "details"),
        [
            ("name", "", {".name": ["minimum string length is 1"]}),
            ("channel", "x", {".": ['property "channel" is unsupported']}),
            ("arguments", "x", {".arguments": ["value must be an object"]}),
        ],
    )
    def test_a_bad_member_is_refused(self, api: Api, name: str, value: str, details: dict[str, list[str]]):
        assert api.post(CONNECTORS, SMS_CONNECTOR | {name: value}).details == details

    def test_name_and_template_are_needed(self, api: Api):
        assert api.post(CONNECTORS, {}).details == {
            ".name": ["Property 'name' is missing"],
            ".connectorTemplateRef": ["Property 'connectorTemplateRef' is missing"],
        }

    def test_an_unknown_template_is_refused_with_all_there_are(self, api: Api):
        refused = api.post(CONNECTORS, SMS_CONNECTOR | {"connectorTemplateRef": "viber:1"})

        (text,) = refused.details[".connectorTemplateRef"]
        assert text.startswith('Invalid value: "viber:1", expected one of: "sms-messagebird:1", "whatsapp:1"')

    def test_an_unknown_workspace_is_a_404(self, api: Api):
        refused = api.post(f"/workspaces/{NOWHERE}/connectors", SMS_CONNECTOR)

        assert (refused.status, refused.json["message"]) == (
            404,
            "The requested resource does not exist: workspace not found",
        )

    def test_a_viewer_may_not(self, api: Api):
        assert api.post(CONNECTORS, SMS_CONNECTOR, key=api.viewer_key).status == 403


class TestReading:
    def test_each_channel_of_a_new_world_has_one(self, api: Api):
        listed = api.get(f"{CONNECTORS}?limit=100&reverse=true").json["results"]

        assert [(each["id"], each["channel"]["channelId"]) for each in listed] == [
            (each.connector_id, each.id) for each in CHANNELS
        ]

    def test_pages_follow_one_another_and_hold_a_hundred_at_most(self, api: Api):
        first = api.get(f"{CONNECTORS}?limit=5").json
        second = api.get(f"{CONNECTORS}?limit=5&pageToken={first['nextPageToken']}").json

        ids = [each["id"] for page in (first, second) for each in page["results"]]
        assert ids == [each.connector_id for each in reversed(CHANNELS)]
        assert "nextPageToken" not in second
        assert api.get(f"{CONNECTORS}?limit=101").details == {".limit": ["number must be at most 100"]}

    @pytest.mark.parametrize("id", [NOWHERE, SMS])
    def test_what_is_no_connector_is_a_404(self, api: Api, id: str):
        for answer in (api.get(f"{CONNECTORS}/{id}"), api.delete(f"{CONNECTORS}/{id}")):
            assert (answer.status, answer.json["message"]) == (
                404,
                "The requested resource does not exist: connector not found",
            )

    def test_another_workspaces_connector_is_a_404(self, api: Api):
        path = f"/workspaces/{OTHER_WORKSPACE_ID}/connectors/{CHANNELS[0].connector_id}"

        assert (api.get(path).status, api.delete(path).status) == (404, 404)

    def test_ids_have_to_be_ids(self, api: Api):
        assert ".connectorId" in api.get(f"{CONNECTORS}/c_1").details


class TestRemoving:
    def test_nothing_can_be_sent_to_its_channel_any_more(self, api: Api):
        sent = api.accepted()

        answer = api.delete(f"{CONNECTORS}/{CHANNELS[0].connector_id}")

        assert (answer.status, answer.body) == (204, b"")
        assert api.get(f"{CONNECTORS}/{CHANNELS[0].connector_id}").status == 404
        assert send_to(api, SMS).status == 409
        assert api.get(f"{WORKSPACE}/channels/{SMS}").json["status"] == "deleted"
        assert api.get(f"{WORKSPACE}/channels/{SMS}/messages/{sent['id']}").status == 200, "what was sent can be read"

    def test_its_channel_is_listed_only_if_it_is_asked_for(self, api: Api):
        api.delete(f"{CONNECTORS}/{CHANNELS[0].connector_id}")

        listed, deleted = (
            [each["id"] for each in api.get(f"{WORKSPACE}/channels?limit=100{query}").json["results"]]
            for query in ("", "&status=deleted")
        )

        assert SMS not in listed
        assert deleted == [SMS]
        assert api.patch(f"{WORKSPACE}/channels/{SMS}", {"name": "x"}).status == 404

    def test_subscribers_are_told(self, api: Api):
        api.subscribe("channel.updated")

        api.delete(f"{CONNECTORS}/{CHANNELS[0].connector_id}")

        (told,) = api.told()
        assert json.loads(told.body)["payload"]["status"] == "deleted"

    def test_a_channel_that_was_still_being_made_never_becomes_active(self, api: Api):
        made = installed(api)

        api.delete(f"{CONNECTORS}/{made['id']}")
        api.advance(5)

        assert channel(api, made)["status"] == "deleted"

    def test_the_name_is_free_again(self, api: Api):
        api.delete(f"{CONNECTORS}/{installed(api)['id']}")

        assert installed(api)["name"] == "SMS for campaigns"

    def test_a_viewer_may_not(self, api: Api):
        assert api.delete(f"{CONNECTORS}/{CHANNELS[0].connector_id}", key=api.viewer_key).status == 403
