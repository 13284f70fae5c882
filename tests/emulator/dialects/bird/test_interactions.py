"""What recipients do with a delivered message."""

from typing import Any

import pytest

from emulator.core.records import EventType
from emulator.gateway.reporting import report
from emulator.providers.script import Report
from tests.emulator.dialects.bird.conftest import EMAIL, WHATSAPP, Api

LINK = {"type": "html", "html": {"html": '<p><a href="https://shop.example.com/">Look</a></p>'}}


def test_a_mail_is_opened_and_its_link_clicked(api: Api):
    shown = api.life("open-click@simulator.example", EMAIL, body=LINK, tags=["Spring"], reference="r1")

    opened, clicked = api.interactions(shown["id"], EMAIL)

    assert opened == {
        "id": opened["id"],
        "messageId": shown["id"],
        "channelId": EMAIL,
        "platformId": "email-messagebird",
        "type": "opened",
        "messageReference": "r1",
        "messagePartsCount": 1,
        "messageTags": ["spring"],
        "receiver": shown["receiver"],
        "createdAt": "2026-01-01T00:00:02Z",
        "metadata": {"prefetched": False},
    }
    assert clicked["type"] == "clicked"
    assert clicked["createdAt"] == "2026-01-01T00:00:04Z"
    assert clicked["metadata"] == {"link": {"name": "https://shop.example.com/", "url": "https://shop.example.com/"}}
    assert clicked["id"] != opened["id"]


@pytest.mark.parametrize(
    ("action", "payload"),
    [
        ({"type": "postback", "postback": {"text": "Stop", "payload": "stop"}}, "stop"),
        ({"type": "postback", "postback": {"text": "Stop"}}, "Stop"),
        ({"type": "reply", "reply": {"text": "Tell me more"}}, "Tell me more"),
    ],
)
def test_a_tap_on_a_button_names_its_payload(api: Api, action: dict[str, Any], payload: str):
    body = {"type": "text", "text": {"text": "Hi", "actions": [action]}}

    shown = api.life("+12025550116", WHATSAPP, body=body)

    read, clicked = api.interactions(shown["id"], WHATSAPP)
    assert read["type"] == "read"
    assert (clicked["details"], clicked["metadata"]) == ("item_0_clicked", {"button": {"payload": payload}})


def test_interactions_never_change_the_status(api: Api):
    shown = api.life("+12025550116", WHATSAPP)

    assert (shown["status"], shown["lastStatusAt"]) == ("delivered", "2026-01-01T00:00:00.5Z")


def test_each_receiver_is_named_by_what_they_did(api: Api):
    contacts = [{"identifierValue": f"{each}@simulator.example"} for each in ("read", "deliver", "complaint")]

    shown = api.life(contacts, EMAIL, body=LINK)

    done = [
        (each["type"], each["receiver"]["contacts"][0]["identifierValue"])
        for each in api.interactions(shown["id"], EMAIL)
    ]
    assert done == [("opened", "read@simulator.example"), ("reported-as-spam", "complaint@simulator.example")]


def test_a_report_that_comes_again_is_one_interaction_told_twice(api: Api):
    api.subscribe("whatsapp.interaction")
    shown = api.life("+12025550110", WHATSAPP)

    report(api.world, shown["id"], Report(type=EventType.READ, repeats=True))

    assert [each["type"] for each in api.interactions(shown["id"], WHATSAPP)] == ["read"]
    first, second = api.told()
    assert first.body == second.body


def test_a_message_that_nobody_touched_has_none(api: Api):
    shown = api.life("ada@example.com", EMAIL)

    assert api.interactions(shown["id"], EMAIL) == []
