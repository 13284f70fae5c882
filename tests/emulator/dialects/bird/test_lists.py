"""Lists of messages: order, pages and filters."""

from typing import Any
from urllib.parse import quote, urlencode

import pytest

from emulator.core.records import Channel
from emulator.dialects.bird.countries import country_of
from emulator.dialects.bird.fixtures import CONTACT_ID, WORKSPACE_ID
from emulator.gateway.inbound import Inbound, receive
from tests.emulator.dialects.bird.conftest import CHANNEL_IDS, EMAIL, SMS, WHATSAPP, WORKSPACE, Api, a_text

OF_SMS = f"{WORKSPACE}/channels/{SMS}/messages"
OF_ALL = f"{WORKSPACE}/channels/messages"


def write_back(api: Api, text: str = "Hello", to: str = "+31970000000", channel: Channel = Channel.SMS) -> str:
    person = "ada@example.com" if channel is Channel.EMAIL else "+31600000001"
    said = Inbound(api="bird", account_id=WORKSPACE_ID, channel=channel, person=person, sender=to, text=text)
    return receive(api.world, said).id


def ids(api: Api, path: str, **query: Any) -> list[str]:
    answer = api.get(f"{path}?{urlencode(query, doseq=True)}")
    assert answer.status == 200, answer
    return [each["id"] for each in answer.json["results"]]


def pages(api: Api, path: str, **query: Any) -> list[list[str]]:
    found: list[list[str]] = []
    token: dict[str, str] = {}
    while True:
        answer = api.get(f"{path}?{urlencode({**query, **token}, doseq=True)}").json
        found.append([each["id"] for each in answer["results"]])
        if "nextPageToken" not in answer:
            return found
        token = {"pageToken": answer["nextPageToken"]}


def test_a_mail_is_found_by_the_sender_that_it_shows(api: Api):
    plain = api.accepted("ada@example.com", EMAIL)
    own = api.accepted("ada@example.com", EMAIL, sender={"connector": {"identifierValue": "News"}})

    assert own["sender"]["connector"]["identifierValue"] == "News@shop.example.com"
    assert ids(api, OF_ALL, **{"from": "news@shop.example.com"}) == [own["id"]]
    assert ids(api, OF_ALL, **{"from": "orders@shop.example.com"}) == [plain["id"]]


def test_an_empty_list(api: Api):
    assert api.get(OF_SMS).json == {"results": []}


def test_the_newest_stand_first_and_reversed_the_oldest(api: Api):
    sent = [api.accepted()["id"] for _ in range(3)]

    assert ids(api, OF_SMS) == sent[::-1]
    assert ids(api, OF_SMS, reverse="true") == sent


def test_a_list_has_both_directions_in_one_order(api: Api):
    first, second, third = api.accepted()["id"], write_back(api), api.accepted()["id"]

    assert ids(api, OF_SMS) == ids(api, OF_ALL) == [third, second, first]


def test_a_page_has_25_unless_asked_otherwise(api: Api):
    for _ in range(30):
        api.accepted()

    assert [len(page) for page in pages(api, OF_SMS)] == [25, 5]
    assert [len(page) for page in pages(api, OF_SMS, limit=30)] == [30]
    assert len(ids(api, OF_SMS, limit=1000)) == 30


@pytest.mark.parametrize("reverse", ["true", "false"])
def test_pages_of_one_leave_nothing_out_while_new_messages_come(api: Api, reverse: str):
    sent = [api.accepted()["id"] for _ in range(4)]
    seen: list[str] = []
    token: dict[str, str] = {}
    for _ in range(4):
        answer = api.get(f"{OF_SMS}?{urlencode({'limit': 1, 'reverse': reverse, **token})}").json
        seen += [each["id"] for each in answer["results"]]
        token = {"pageToken": answer.get("nextPageToken", "")}
        api.accepted()

    assert seen == (sent if reverse == "true" else sent[::-1])


def test_the_last_page_has_no_token(api: Api):
    api.accepted()
    api.accepted()

    assert "nextPageToken" not in api.get(f"{OF_SMS}?limit=2").json


def test_pages_of_a_filter_skip_what_does_not_pass(api: Api):
    for number in range(6):
        api.accepted(tags=["even" if number % 2 == 0 else "odd"])

    assert [len(page) for page in pages(api, OF_SMS, limit=2, tag="even")] == [2, 1]


def test_a_channel_s_list_has_only_its_own_messages(api: Api):
    api.accepted("ada@example.com", EMAIL)
    shared = [api.accepted("1", CHANNEL_IDS[each])["id"] for each in ("facebook", "instagram", "line")]

    assert ids(api, OF_SMS) == []
    assert ids(api, f"{WORKSPACE}/channels/{CHANNEL_IDS['instagram']}/messages") == [shared[1]], (
        "same address as the others"
    )
    assert len(ids(api, OF_ALL)) == 4


class TestFilters:
    @pytest.fixture
    def sent(self, api: Api) -> dict[str, str]:
        """Messages by what is special about them, a minute apart."""
        navigator = "3d8b1f6c-a592-4e07-b4d3-9c0e7f2a5186"
        html = {"type": "html", "html": {"text": "x", "metadata": {"subject": "Your Spring Receipt"}}}
        made: dict[str, str] = {}
        sending: dict[str, dict[str, Any]] = {
            "delivered": {"to": "+31600000001", "tags": ["OTP"]},
            "failed": {"to": "+12025550102"},
            "silent": {"to": "+12025550115", "meta": {"navigatorId": navigator}},
            "mail": {"to": "ada@example.com", "channel": EMAIL, "body": html},
            "template": {"channel": WHATSAPP, "template": {"projectId": "p"}, "body": None},
        }
        for name, facts in sending.items():
            made[name] = api.accepted(**facts)["id"]
            api.advance(60)
        made["inbound"] = write_back(api)
        return made

    @pytest.mark.parametrize(
        ("query", "wanted"),
        [
            ({"direction": "incoming"}, {"inbound"}),
            ({"direction": "outgoing", "platform": "sms-messagebird"}, {"delivered", "failed", "silent"}),
            ({"platform": ["email-messagebird", "whatsapp"]}, {"mail", "template"}),
            ({"status": "sent"}, {"silent"}),
            ({"status": ["sent", "delivery_failed"]}, {"silent", "failed"}),
            ({"status": "delivered"}, {"delivered", "mail", "template", "inbound"}),
            ({"failureCode": 15005}, {"failed"}),
            ({"failureCode": [1, 2]}, set[str]()),
            ({"failureSourceCode": "1"}, {"failed"}),
            ({"failureSourceName": "sms-messagebird"}, {"failed"}),
            ({"messageType": "html"}, {"mail"}),
            ({"messageType": "template"}, {"template"}),
            ({"messageType": "text"}, {"delivered", "failed", "silent", "inbound"}),
            ({"tag": "otp"}, {"delivered"}),
            ({"tag": "OTP"}, {"delivered"}),
            ({"from": "+31970000000"}, {"delivered", "failed", "silent"}),
            ({"from": "+31600000001"}, {"inbound"}),
            ({"to": "+12025550102"}, {"failed"}),
            ({"to": "ADA@example.com"}, {"mail"}),
            ({"to": "+31970000000"}, {"inbound"}),
            ({"countryCode": "us"}, {"failed", "silent"}),
            ({"countryCode": "NL"}, {"delivered", "template", "inbound"}),
            ({"emailSubject": "receipt spring"}, {"mail"}),
            ({"emailSubject": "receipt autumn"}, set[str]()),
            ({"startAt": "2026-01-01T00:04:00Z"}, {"template", "inbound"}),
            ({"endAt": "2026-01-01T00:01:00Z"}, {"delivered"}),
            ({"startAt": "2026-01-01T00:01:00Z", "endAt": "2026-01-01T00:03:00Z"}, {"failed", "silent"}),
            ({"channelId": [EMAIL, WHATSAPP]}, {"mail", "template"}),
            ({"unknown": "x", "direction": "incoming"}, {"inbound"}),
        ],
    )
    def test_a_filter_leaves_what_fits(self, api: Api, sent: dict[str, str], query: dict[str, Any], wanted: set[str]):
        found = ids(api, OF_ALL, **query)

        assert {name for name, id in sent.items() if id in found} == wanted
        assert len(found) == len(wanted)

    def test_by_id(self, api: Api, sent: dict[str, str]):
        assert ids(api, OF_ALL, id=[sent["mail"], sent["failed"], "x"]) == [sent["mail"], sent["failed"]]

    def test_by_navigator(self, api: Api, sent: dict[str, str]):
        assert ids(api, OF_SMS, navigatorId="3d8b1f6c-a592-4e07-b4d3-9c0e7f2a5186") == [sent["silent"]]

    def test_by_the_other_party_s_number(self, api: Api, sent: dict[str, str]):
        assert ids(api, OF_SMS, phonenumber="+31600000001") == [sent["inbound"], sent["delivered"]]

    def test_a_window_may_be_written_in_another_zone(self, api: Api, sent: dict[str, str]):
        found = api.get(f"{OF_ALL}?startAt=2026-01-01T01:04:00%2B01:00").json["results"]

        assert [each["id"] for each in found] == [sent["inbound"], sent["template"]]

    @pytest.mark.parametrize("written", [quote("+12025550102"), "+12025550102"])
    def test_a_bare_plus_counts_as_one(self, api: Api, sent: dict[str, str], written: str):
        assert [each["id"] for each in api.get(f"{OF_SMS}?to={written}").json["results"]] == [sent["failed"]]

    def test_a_window_has_pages_too(self, api: Api, sent: dict[str, str]):
        window = {"startAt": "2026-01-01T00:01:00Z", "endAt": "2026-01-01T00:04:00Z", "limit": 2}

        assert pages(api, OF_ALL, **window) == [[sent["mail"], sent["silent"]], [sent["failed"]]]
        assert pages(api, OF_ALL, **window, reverse="true") == [[sent["failed"], sent["silent"]], [sent["mail"]]]

    def test_a_moment_that_is_in_no_calendar(self, api: Api):
        assert api.get(f"{OF_ALL}?startAt=2026-02-30T00:00:00Z").status == 422


def test_an_incoming_message_is_read_like_any_other(api: Api):
    api.advance(5.1)
    id = write_back(api, "STOP")

    assert api.message(id) == {
        "id": id,
        "channelId": SMS,
        "sender": {"contact": {"id": CONTACT_ID, "identifierKey": "phonenumber", "identifierValue": "+31600000001"}},
        "receiver": {"connector": {"id": "3f5f0c5b-0b1e-4c4e-9d0b-6a0d2f7c8e10", "identifierValue": "+31970000000"}},
        "body": a_text("STOP"),
        "meta": {"extraInformation": {"timestamp": "1767225605"}},
        "reference": "",
        "parts": [{"platformReference": api.message(id)["parts"][0]["platformReference"]}],
        "status": "delivered",
        "reason": "",
        "direction": "incoming",
        "platformId": "sms-messagebird",
        "lastStatusAt": "2026-01-01T00:00:05.1Z",
        "createdAt": "2026-01-01T00:00:05.1Z",
        "updatedAt": "2026-01-01T00:00:05.1Z",
    }
    assert api.interactions(id) == []


@pytest.mark.parametrize(
    ("number", "country"),
    [("+31600000001", "NL"), ("+12025550100", "US"), ("+254722000000", "KE"), ("+999", None), ("ada", None)],
)
def test_the_country_of_a_number(number: str, country: str | None):
    assert country_of(number) == country
