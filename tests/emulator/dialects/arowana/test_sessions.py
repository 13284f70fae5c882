"""Sessions: what a reply opens, what may be said inside, and what it costs."""

from typing import Any

import pytest

from emulator.core.errors import StatusConflict
from emulator.core.records import EventType
from emulator.gateway.reporting import report
from emulator.providers.script import Report
from tests.emulator.dialects.arowana.conftest import PERSON, TEXT, Api

ANSWER = {**TEXT, "message_type": "CONVERSATION", "traffic_type": "SERVICEREQUEST"}


def test_a_reply_is_told_as_in_the_seed(api: Api):
    api.listen("conversation.started")
    api.reply("Yes, I'm interested!")

    (told,) = api.told()
    # Source: the seed, "Receive user replies"; ids and times are this world's own.
    assert {**told, "id": "evt_a1b2c3"} == {
        "id": "evt_a1b2c3",
        "event": "conversation.started",
        "timestamp": "2026-01-01T00:00:00Z",
        "data": {
            "agent_id": "ag_live_shop01",
            "from": PERSON,
            "session_expires_at": "2026-01-02T00:00:00Z",
            "user_message": {"type": "text", "text": "Yes, I'm interested!"},
        },
    }
    assert list(told) == ["id", "event", "timestamp", "data"]


def test_every_reply_is_told_and_makes_the_session_last(api: Api):
    api.listen("conversation.started", "conversation.ended")
    api.reply()
    api.advance(hours=23)
    api.reply("And?")
    api.advance(hours=23)
    meanwhile = api.send(ANSWER).status
    api.advance(hours=1)

    started, again, ended = api.told()
    assert started["data"]["session_expires_at"] == "2026-01-02T00:00:00Z"
    assert again["data"]["session_expires_at"] == "2026-01-02T23:00:00Z"
    assert meanwhile == 200
    assert ended["data"] == {
        "agent_id": "ag_live_shop01",
        "with": PERSON,
        "ended_at": "2026-01-02T23:00:00Z",
        "reason": "ttl_expired",
    }
    assert ended["timestamp"] == "2026-01-02T23:00:00Z"


def test_without_a_session_an_answer_is_refused(api: Api):
    reply = api.send(ANSWER)

    assert (reply.status, reply.error) == (422, "no_active_session")
    assert reply.details == [("to", "No session is open for this agent and number.")]


@pytest.mark.parametrize(("hours", "status"), [(23.99, 200), (24, 422)])
def test_a_session_lasts_24_hours(api: Api, hours: float, status: int):
    api.reply()
    api.advance(hours=hours)

    assert api.send(ANSWER).status == status


def test_a_session_is_of_one_agent_and_one_number(api: Api):
    api.reply()

    assert api.send(ANSWER, to="+4915112345679").status == 422
    assert api.send(ANSWER, agent_id="ag_live_service02").status == 422
    assert api.send(ANSWER).status == 200


def test_sends_do_not_make_a_session_last(api: Api):
    api.reply()
    api.advance(hours=23)
    api.sent(ANSWER)
    api.advance(hours=1)

    assert api.send(ANSWER).status == 422


def test_the_first_answer_holds_the_price_and_later_ones_hold_nothing(api: Api):
    api.reply()
    first, second = api.send(ANSWER).json["billing"], api.send(ANSWER).json["billing"]

    assert (first["message_type"], first["hold_amount"], first["in_session"]) == ("conversation", 0.15, True)
    assert (second["message_type"], second["hold_amount"], second["message_price"]) == ("conversation", 0.0, 0.0)
    assert second["in_session"] is True
    assert second["tier"]["volume_used"] == first["tier"]["volume_used"] == 12501


def test_the_hold_is_charged_when_the_session_ends(api: Api):
    api.reply()
    id = api.sent(ANSWER)
    api.advance(hours=23)
    meanwhile, cost = api.balance, api.read(id)["cost"]
    api.advance(hours=1)

    assert (meanwhile, cost) == ((49.85, 0.15, 50.0), None)
    assert api.balance == (49.85, 0.0, 49.85)
    assert api.read(id)["cost"] == "0.1500"


def test_a_session_in_which_nothing_was_delivered_costs_nothing(api: Api):
    silent = "+12025550115"
    api.reply(person=silent)
    api.sent(ANSWER, to=silent)
    api.advance(hours=24)

    assert api.balance == (50.0, 0.0, 50.0)


def test_a_later_answer_that_is_delivered_lets_the_first_one_be_charged(api: Api):
    silent = "+12025550115"
    api.reply(person=silent)
    first, second = api.sent(ANSWER, to=silent), api.sent(ANSWER, to=silent)
    api.advance(1)
    report(api.world, second, Report(type=EventType.DELIVERED))
    api.advance(hours=24)

    assert api.balance == (49.85, 0.0, 49.85)
    assert (api.read(first)["cost"], api.read(first)["status"]) == ("0.1500", "sent")


def test_when_the_first_answer_fails_the_next_one_holds_the_price(api: Api):
    bounce = "+12025550102"
    api.reply(person=bounce)
    api.sent(ANSWER, to=bounce)
    api.advance(10)
    released = api.balance

    assert released == (50.0, 0.0, 50.0)
    assert api.send(ANSWER, to=bounce).json["billing"]["hold_amount"] == 0.15


def test_a_reply_after_the_end_opens_a_session_with_a_price_of_its_own(api: Api):
    api.reply()
    api.sent(ANSWER)
    api.advance(hours=24)
    api.reply()

    assert api.send(ANSWER).json["billing"]["hold_amount"] == 0.15


def test_an_ordinary_message_inside_a_session_costs_what_it_costs(api: Api):
    api.reply()

    billing = api.send().json["billing"]

    assert (billing["message_type"], billing["hold_amount"]) == ("basic_message", 0.08)
    assert "in_session" not in billing


def test_an_answer_needs_no_consent(api: Api):
    api.amend(
        contacts=[
            {
                "phone": PERSON,
                "consents": [{"channel_type": "RCS", "message_type": "MESSAGE", "status": "REVOKED"}],
            }
        ]
    )
    api.reply()

    assert api.send().error == "consent_revoked"
    assert api.send(ANSWER).status == 200


@pytest.mark.parametrize(
    ("rich", "user_message"),
    [
        (
            {"suggestion": {"reply": {"text": "Track it", "postback_data": "dHJhY2tfNzc="}}},
            {"type": "suggested_reply", "text": "Track it", "postback_data": "dHJhY2tfNzc="},
        ),
        (
            {"suggestion": {"text": "Track it"}},
            {"type": "suggested_reply", "text": "Track it", "postback_data": None},
        ),
        (
            {"suggestion": {"action": {"text": "Call us", "dial": {"phone_number": "+4930999999"}}}},
            {"type": "suggested_action", "text": "Call us", "postback_data": None},
        ),
        (
            {"location": {"latitude": 52.52, "longitude": 13.405}},
            {"type": "location", "latitude": 52.52, "longitude": 13.405},
        ),
        (
            {"media": {"url": "https://img.example/x.png", "mime_type": "image/png", "file_name": "x.png"}},
            {"type": "file", "url": "https://img.example/x.png", "mime_type": "image/png", "file_name": "x.png"},
        ),
    ],
)
def test_what_a_person_sends_besides_text(api: Api, rich: Any, user_message: dict[str, Any]):
    api.listen("conversation.started")
    id = api.reply(None, rich=rich)

    (told,) = api.told()
    assert told["data"]["user_message"] == user_message
    assert api.read(id)["content"] == user_message
    assert api.read(id)["content_type"] == ("MEDIA" if user_message["type"] == "file" else "TEXT")


def test_a_reply_stands_in_the_log(api: Api):
    id = api.reply("Yes", person="+4915188888888")

    message = api.read(id)
    assert (message["direction"], message["status"], message["message_type"]) == (
        "INBOUND",
        "delivered",
        "CONVERSATION",
    )
    assert (message["agent_id"], message["channel_id"]) == ("ag_live_shop01", "ch_shop01")
    assert message["events"] == [
        {"type": "received", "at": "2026-01-01T00:00:00Z"},
        {"type": "delivered", "at": "2026-01-01T00:00:00Z"},
    ]
    assert message["cost"] is None
    assert api.get(f"/v1/contacts/{message['contact_id']}").json["phone"] == "+4915188888888"


def test_the_magic_person_taps_the_first_suggestion(api: Api):
    api.listen("conversation.started")
    card = {
        "rich_card": {
            "carousel": {
                "card_width": "SMALL",
                "cards": [
                    {"title": "a"},
                    {"title": "b", "suggestions": [{"reply": {"text": "B", "postback_data": "b"}}]},
                ],
            }
        }
    }
    api.life(to="+12025550116", content=card)

    assert api.told()[0]["data"]["user_message"] == {"type": "suggested_reply", "text": "B", "postback_data": "b"}


@pytest.mark.parametrize("agent", ["ag_draft_news03", "ag_live_nobody", "ag_test_0001", "ch_mail01"])
def test_nobody_can_write_to_what_is_no_approved_agent(api: Api, agent: str):
    with pytest.raises(StatusConflict):
        api.reply(agent=agent)


def test_stop_is_an_ordinary_reply(api: Api):
    api.reply("STOP")

    assert api.send(ANSWER).status == 200
    assert api.send().status == 200


def test_stop_from_the_magic_person_blocks_every_channel_and_type(api: Api):
    stop = "+12025550112"
    api.life(to=stop)

    for message_type in ("MESSAGE", "CONVERSATION", "NEWSLETTER"):
        reply = api.send(to=stop, message_type=message_type)
        assert (reply.error, reply.details) == ("recipient_suppressed", [("to", "Contact status is BLOCKED.")])


def test_a_number_may_be_written_without_a_plus(api: Api):
    api.listen("conversation.started")
    api.reply(person=PERSON.removeprefix("+"))

    assert api.told()[0]["data"]["from"] == PERSON
    assert api.send(ANSWER).status == 200


def test_a_late_failure_of_a_delivered_answer_leaves_it_the_one_that_pays(api: Api):
    api.reply()
    id = api.sent(ANSWER)
    api.advance(10)
    report(api.world, id, Report(type=EventType.FAILED))

    assert api.send(ANSWER).json["billing"]["hold_amount"] == 0.0
    api.advance(hours=24)
    assert api.balance == (49.85, 0.0, 49.85)
