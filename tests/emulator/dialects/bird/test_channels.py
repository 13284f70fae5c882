"""Channels are listed, read and changed; and each knows until when a contact may be written to freely."""

import json
from typing import Any

import pytest

from emulator.core.records import Channel
from emulator.dialects.bird.fixtures import CHANNELS, CONTACT_ID, OTHER_WORKSPACE_ID
from emulator.gateway.inbound import Inbound, receive
from tests.emulator.dialects.bird.conftest import CHANNEL_IDS, CONTRACT, EMAIL, SMS, WHATSAPP, WORKSPACE, Api

CHANNEL_LIST = f"{WORKSPACE}/channels"
NOWHERE = "00000000-0000-4000-8000-000000000000"

# The sample of the contract, "getChannel".
THE_SMS_CHANNEL = {
    "id": "0c8f0a1e-7a54-4f7b-8c39-0a5f6f1f2b01",
    "platformId": "sms-messagebird",
    "name": "SMS",
    "connectorId": "3f5f0c5b-0b1e-4c4e-9d0b-6a0d2f7c8e10",
    "identifier": "+31970000000",
    "status": "active",
    "capabilities": {"messaging": {"outgoing": {"mms": {"status": "inactive"}}}},
    "createdAt": "2026-01-01T00:00:00Z",
    "updatedAt": "2026-01-01T00:00:00Z",
}


def listed(api: Api, query: str = "") -> list[str]:
    answer = api.get(f"{CHANNEL_LIST}?limit=1000&{query}")
    assert answer.status == 200, answer
    return [each["id"] for each in answer.json["results"]]


def not_found(thing: str) -> dict[str, str]:
    return {"code": "ResourceNotFound", "message": f"The requested resource does not exist: {thing} not found"}


class TestReading:
    def test_a_channel_has_the_documented_members(self, api: Api):
        answer = api.get(f"{CHANNEL_LIST}/{SMS}")

        assert (answer.status, answer.json) == (200, THE_SMS_CHANNEL)

    def test_only_an_sms_channel_says_what_it_can_do(self, api: Api):
        assert "capabilities" not in api.get(f"{CHANNEL_LIST}/{EMAIL}").json

    def test_the_newest_come_first_unless_reversed(self, api: Api):
        in_order = [each.id for each in CHANNELS]

        assert listed(api) == in_order[::-1]
        assert listed(api, "reverse=true") == in_order
        assert listed(api, "reverse=false") == in_order[::-1]

    @pytest.mark.parametrize("reverse", ["", "&reverse=true"])
    @pytest.mark.parametrize("limit", [1, 2, 4])
    def test_pages_follow_one_another(self, api: Api, limit: int, reverse: str):
        seen: list[str] = []
        token: str | None = ""
        while token is not None:
            page = api.get(f"{CHANNEL_LIST}?limit={limit}{reverse}" + (f"&pageToken={token}" if token else "")).json
            assert len(page["results"]) <= limit
            seen += [each["id"] for each in page["results"]]
            token = page.get("nextPageToken")

        assert seen == listed(api, reverse)

    def test_ten_are_listed_where_nothing_is_asked(self, api: Api):
        for number in range(3):
            api.post(f"{WORKSPACE}/connectors", {"name": f"{number}", "connectorTemplateRef": "whatsapp:1"})

        page = api.get(CHANNEL_LIST).json

        assert len(page["results"]) == 10
        assert "nextPageToken" in page

    def test_platform_and_status_filter(self, api: Api):
        active, inactive = (each.id for each in CHANNELS if each.platform_id == "sms-messagebird")

        assert listed(api, "platform=sms-messagebird") == [inactive, active]
        assert listed(api, "platform=sms-messagebird&platform=whatsapp") == [inactive, WHATSAPP, active]
        assert listed(api, "platform=sms-messagebird&status=active") == [active]
        assert listed(api, "status=inactive") == [inactive]
        assert listed(api, "status=pending") == []

    def test_another_workspace_has_its_own(self, api: Api):
        (only,) = api.get(f"/workspaces/{OTHER_WORKSPACE_ID}/channels").json["results"]

        assert only["name"] == "Bakery SMS"
        assert api.get(f"{CHANNEL_LIST}/{only['id']}").status == 404

    @pytest.mark.parametrize(
        ("query", "details"),
        [
            ("limit=0", {".limit": ["number must be at least 1"]}),
            ("limit=1001", {".limit": ["number must be at most 1000"]}),
            ("limit=many", {".limit": ["value must be an integer"]}),
            ("pageToken=x", {".pageToken": ["string doesn't match the expected format"]}),
            ("pageToken=WyJhIiwiYiJd", {".pageToken": ["string doesn't match the expected format"]}),
            ("platform=a", {".platform[0]": ["minimum string length is 3"]}),
            (
                "status=gone",
                {
                    ".status": [
                        'Invalid value: "gone", expected one of: "active", "inactive", "pending", "deleted"',
                    ]
                },
            ),
        ],
    )
    def test_a_bad_query_is_refused(self, api: Api, query: str, details: dict[str, list[str]]):
        assert api.get(f"{CHANNEL_LIST}?{query}").details == details

    def test_an_id_that_is_none_is_refused(self, api: Api):
        assert api.get(f"{CHANNEL_LIST}/ws_1").details == {".channelId": ["string doesn't match the expected format"]}

    @pytest.mark.parametrize(
        ("path", "thing"),
        [
            (f"{WORKSPACE}/channels/{NOWHERE}", "channel"),
            (f"{WORKSPACE}/channels/{CONTACT_ID}", "channel"),
            (f"{WORKSPACE}/channels/{THE_SMS_CHANNEL['connectorId']}", "channel"),
            (f"/workspaces/{NOWHERE}/channels/{SMS}", "workspace"),
            (f"/workspaces/{NOWHERE}/channels", "workspace"),
        ],
    )
    def test_what_is_not_there_is_a_404(self, api: Api, path: str, thing: str):
        answer = api.get(path)

        assert (answer.status, answer.json) == (404, not_found(thing))


class TestChanging:
    def test_the_answer_shows_the_channel_as_it_is_now(self, api: Api):
        api.advance(1.5)

        answer = api.patch(f"{CHANNEL_LIST}/{SMS}", {"name": "Orders"})

        changed = {**THE_SMS_CHANNEL, "name": "Orders", "updatedAt": "2026-01-01T00:00:01.5Z"}
        assert (answer.status, answer.json) == (200, changed)
        assert api.get(f"{CHANNEL_LIST}/{SMS}").json == changed

    def test_every_setting_can_be_changed_and_stays(self, api: Api):
        settings: dict[str, Any] = {
            "contactIdentifierKeyOverride": "phonenumber",
            "contactIdentifierFormatOverride": {"type": "none", "pattern": ".*"},
            "platformServiceUrlOverride": "http://127.0.0.1:9",
            "platformServiceVersionOverride": "v2",
            "platformServiceProtocolOverride": "http",
            "platformMessageJsonSchemaOverride": {"type": "object"},
            "platformTemplateEngineOverride": "default",
        }

        for name, value in settings.items():
            assert api.patch(f"{CHANNEL_LIST}/{SMS}", {name: value}).status == 200

        assert settings.items() <= api.get(f"{CHANNEL_LIST}/{SMS}").json.items()

    def test_what_is_no_setting_is_ignored(self, api: Api):
        body: dict[str, Any] = {"status": "inactive", "identifier": "+31970000001", "capabilities": {}, "id": NOWHERE}

        assert api.patch(f"{CHANNEL_LIST}/{SMS}", body).json == THE_SMS_CHANNEL

    def test_subscribers_are_told(self, api: Api):
        api.subscribe("channel.updated", eventFilters=[{"key": "channelId", "value": SMS}])

        api.patch(f"{CHANNEL_LIST}/{SMS}", {"name": "Orders"})
        api.patch(f"{CHANNEL_LIST}/{EMAIL}", {"name": "Orders"})
        api.patch(f"{CHANNEL_LIST}/{SMS}", {"unknown": 1})

        (told,) = api.told("channel.updated")
        body = json.loads(told.body)
        assert body == {
            "service": "channels",
            "event": "channel.updated",
            "payload": {**THE_SMS_CHANNEL, "name": "Orders"},
        }
        assert CONTRACT.schema_problems("#/components/schemas/Channel", body["payload"]) == []

    @pytest.mark.parametrize(
        ("body", "details"),
        [
            ({"name": 1}, {".name": ["value must be a string"]}),
            ({"name": ""}, {".name": ["minimum string length is 1"]}),
            (
                {"platformMessageJsonSchemaOverride": "x"},
                {".platformMessageJsonSchemaOverride": ["value must be an object"]},
            ),
        ],
    )
    def test_a_bad_member_is_refused(self, api: Api, body: Any, details: dict[str, list[str]]):
        assert api.patch(f"{CHANNEL_LIST}/{SMS}", body).details == details

    def test_a_body_that_is_no_object_is_malformed(self, api: Api):
        assert api.patch(f"{CHANNEL_LIST}/{SMS}", []).status == 400

    def test_a_viewer_may_not(self, api: Api):
        assert api.patch(f"{CHANNEL_LIST}/{SMS}", {"name": "Orders"}, key=api.viewer_key).status == 403

    def test_a_channel_that_is_not_there_cannot_be_changed(self, api: Api):
        assert api.patch(f"{CHANNEL_LIST}/{NOWHERE}", {"name": "Orders"}).json == not_found("channel")


def written(api: Api, person: str, channel: Channel = Channel.WHATSAPP, to: str = "+31970000002") -> str:
    """Let a person write; gives the contact's id."""
    said = Inbound(
        api="bird", account_id=WORKSPACE.rpartition("/")[2], channel=channel, person=person, sender=to, text="Hi"
    )
    contact_id = receive(api.world, said).contact_id
    assert contact_id is not None
    return contact_id


class TestServiceWindow:
    def known(self, api: Api, contact_id: str = CONTACT_ID, channel: str = WHATSAPP, query: str = "") -> Any:
        answer = api.get(f"{CHANNEL_LIST}/{channel}/contacts/{contact_id}{query}")
        assert answer.status == 200, answer
        return answer.json

    def test_it_is_open_for_a_day_after_the_person_wrote(self, api: Api):
        api.advance(5.1)
        id = written(api, "+31600000009")

        assert self.known(api, id) == {"serviceWindowExpireAt": "2026-01-02T00:00:05.1Z", "isPermanentSession": False}
        api.advance(24 * 3600 - 0.001)
        assert self.known(api, id)["serviceWindowExpireAt"] is not None
        api.advance(0.001)
        assert self.known(api, id) == {"serviceWindowExpireAt": None, "isPermanentSession": False}

    def test_each_message_opens_it_anew(self, api: Api):
        api.advance(3600)
        written(api, "+31600000001")

        assert self.known(api)["serviceWindowExpireAt"] == "2026-01-02T01:00:00Z"

    def test_a_new_world_has_one_that_is_open(self, api: Api):
        assert self.known(api)["serviceWindowExpireAt"] == "2026-01-02T00:00:00Z"

    def test_who_never_wrote_has_none(self, api: Api):
        sent = api.accepted("+31600000008", WHATSAPP)
        (contact,) = sent["receiver"]["contacts"]

        assert self.known(api, contact["id"])["serviceWindowExpireAt"] is None

    @pytest.mark.parametrize("platform_id", [each for each in CHANNEL_IDS if each != "whatsapp"])
    def test_other_channels_have_none(self, api: Api, platform_id: str):
        written(api, "+31600000001", Channel.SMS, "+31970000000")

        assert self.known(api, channel=CHANNEL_IDS[platform_id])["serviceWindowExpireAt"] is None

    def test_the_address_that_is_meant_can_be_named(self, api: Api):
        assert self.known(api, query="?contactIdentifierValue=%2B31600000001")["serviceWindowExpireAt"] is not None
        assert self.known(api, query="?contactIdentifierValue=+31600000001")["serviceWindowExpireAt"] is not None
        assert self.known(api, query="?contactIdentifierValue=%2B31600000002")["serviceWindowExpireAt"] is None

    def test_a_contact_without_an_address_for_the_channel_has_none(self, api: Api):
        identifiers = [{"key": "emailaddress", "value": "ada@example.com"}]
        id = api.post(f"{WORKSPACE}/contacts", {"identifiers": identifiers}).json["id"]

        assert self.known(api, id)["serviceWindowExpireAt"] is None

    @pytest.mark.parametrize(
        ("path", "thing"),
        [
            (f"{WORKSPACE}/channels/{WHATSAPP}/contacts/{NOWHERE}", "contact"),
            (f"{WORKSPACE}/channels/{NOWHERE}/contacts/{CONTACT_ID}", "channel"),
            (f"/workspaces/{OTHER_WORKSPACE_ID}/channels/{WHATSAPP}/contacts/{CONTACT_ID}", "channel"),
            (f"/workspaces/{NOWHERE}/channels/{WHATSAPP}/contacts/{CONTACT_ID}", "workspace"),
        ],
    )
    def test_what_is_not_there_is_a_404(self, api: Api, path: str, thing: str):
        assert api.get(path).json == not_found(thing)
