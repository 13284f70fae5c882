"""Reading, listing and revoking messages."""

from typing import Any

import pytest

from emulator.core.records import EventType
from emulator.dialects.arowana.fixtures import key_of
from emulator.gateway.reporting import report
from emulator.providers.script import Report
from tests.emulator.dialects.arowana.conftest import MAIL, PERSON, TEXT, Api


def test_a_delivered_message_in_full(api: Api):
    message = api.life()

    # Source: the reference page's record and the seed's members beside them; id and time are this world's own.
    assert {**message, "message_id": "msg_7d0c2f1e", "id": "msg_7d0c2f1e"} == {
        "message_id": "msg_7d0c2f1e",
        "id": "msg_7d0c2f1e",
        "status": "delivered",
        "direction": "OUTBOUND",
        "channel_id": "ch_shop01",
        "agent_id": "ag_live_shop01",
        "contact_id": "c_kim01",
        "campaign_id": None,
        "message_type": "MESSAGE",
        "content_type": "TEXT",
        "content": {"text": "Parcel 77 leaves today."},
        "cost": "0.0800",
        "error_code": None,
        "error_message": None,
        "created_at": "2026-01-01T00:00:00Z",
        "sent_at": "2026-01-01T00:00:01Z",
        "delivered_at": "2026-01-01T00:00:05Z",
        "read_at": None,
        "events": [
            {"type": "queued", "at": "2026-01-01T00:00:00Z"},
            {"type": "sent", "at": "2026-01-01T00:00:01Z"},
            {"type": "delivered", "at": "2026-01-01T00:00:05Z"},
        ],
    }
    assert message["message_id"] == message["id"]


def test_members_stand_in_the_same_order_in_both_directions(api: Api):
    api.sent()
    api.reply()
    sent, received = (api.read(id) for id in reversed(listed(api)))

    assert list(sent) == list(received)
    assert list(sent)[:6] == ["message_id", "id", "status", "direction", "channel_id", "agent_id"]


def test_a_message_that_waits_has_no_cost_and_no_times(api: Api):
    message = api.read(api.sent())

    assert (message["status"], message["cost"], message["sent_at"], message["delivered_at"]) == (
        "queued",
        None,
        None,
        None,
    )


def test_a_mail_that_was_opened_is_read(api: Api):
    message = api.life(MAIL, to="read@simulator.example")

    assert (message["status"], message["read_at"]) == ("read", "2026-01-01T00:00:02Z")
    assert [event["type"] for event in message["events"]] == ["queued", "sent", "delivered", "read"]


@pytest.mark.parametrize("type", [EventType.OPENED, EventType.CLICKED, EventType.COMPLAINED])
def test_the_furthest_step_of_a_mail_stays_its_status(api: Api, type: EventType):
    id = api.sent(MAIL, to="kim@example.org")
    api.advance(6)
    report(api.world, id, Report(type=EventType.UNSUBSCRIBED))
    report(api.world, id, Report(type=type))

    assert api.read(id)["status"] == "unsubscribed"


@pytest.mark.parametrize("id", ["msg_nobody", "x", "%00", "ag_live_shop01"])
def test_an_unknown_message_is_not_found(api: Api, id: str):
    for method in ("GET", "DELETE"):
        reply = api.request(method, f"/v1/messages/{id}")

        assert (reply.status, reply.error) == (404, "not_found")


def test_another_workspaces_message_is_not_found(api: Api):
    id, reply_id = api.sent(), api.reply()
    api.key = key_of("default", "example-studio")

    for each in (id, reply_id):
        assert api.get(f"/v1/messages/{each}").json == {"error": "not_found", "message": "Message not found."}
        assert api.delete(f"/v1/messages/{each}").status == 404
    assert api.get("/v1/messages").json["total"] == 0


def listed(api: Api, query: str = "") -> list[str]:
    reply = api.get(f"/v1/messages?{query}")
    assert reply.status == 200, reply
    return [message["id"] for message in reply.json["messages"]]


def test_a_list_shows_both_directions_newest_first(api: Api):
    sent, replied, mailed = api.sent(), api.reply(), api.sent(MAIL)

    page = api.get("/v1/messages").json

    assert [each["id"] for each in page["messages"]] == [mailed, replied, sent]
    assert (page["total"], page["limit"], page["offset"]) == (3, 50, 0)


def test_an_entry_has_no_content_and_its_status_in_upper_case(api: Api):
    id = api.life()["id"]

    assert api.get("/v1/messages").json["messages"] == [
        {
            "id": id,
            "direction": "OUTBOUND",
            "channel_id": "ch_shop01",
            "contact_id": "c_kim01",
            "campaign_id": None,
            "message_type": "MESSAGE",
            "content_type": "TEXT",
            "status": "DELIVERED",
            "cost": "0.0800",
            "sent_at": "2026-01-01T00:00:01Z",
            "delivered_at": "2026-01-01T00:00:05Z",
            "read_at": None,
            "created_at": "2026-01-01T00:00:00Z",
        }
    ]


def test_pages_are_cut_by_limit_and_offset(api: Api):
    ids = [api.sent() for _ in range(5)][::-1]

    assert listed(api, "limit=2") == ids[:2]
    assert listed(api, "limit=2&offset=2") == ids[2:4]
    assert listed(api, "limit=2&offset=4") == ids[4:]
    assert listed(api, "limit=2&offset=9") == []
    assert api.get("/v1/messages?limit=2&offset=9").json["total"] == 5


@pytest.mark.parametrize(
    ("query", "details"),
    [
        ("limit=0", [("limit", "Must be between 1 and 200.")]),
        ("limit=201", [("limit", "Must be between 1 and 200.")]),
        ("limit=many", [("limit", "Must be between 1 and 200.")]),
        ("offset=-1", [("offset", "Must be at least 0.")]),
        ("status=GONE", [("status", "Is not a message status.")]),
        ("direction=UP", [("direction", "Must be one of OUTBOUND, INBOUND.")]),
        ("from=yesterday", [("from", "Must be a date and time in ISO 8601.")]),
    ],
)
def test_what_is_wrong_with_a_query_is_told(api: Api, query: str, details: list[tuple[str, str]]):
    reply = api.get(f"/v1/messages?{query}")

    assert (reply.status, reply.details) == (400, details)


def test_filters(api: Api):
    rcs = api.sent()
    mail = api.sent(MAIL)
    failed = api.sent(to="+12025550102")
    other = api.sent(agent_id="ag_live_service02")
    reply = api.reply()
    answer = api.sent(message_type="CONVERSATION")
    api.advance(10)

    assert listed(api, "direction=INBOUND") == [reply]
    assert listed(api, "direction=OUTBOUND") == [answer, other, failed, mail, rcs]
    assert listed(api, "status=failed") == listed(api, "status=FAILED") == [failed]
    assert listed(api, "channel_id=ch_shop01") == [answer, reply, failed, rcs]
    assert listed(api, "channel_id=ch_service02") == [other]
    assert listed(api, "channel_id=ch_mail01") == [mail]
    assert listed(api, "channel_id=ch_nobody") == []
    assert listed(api, "contact_id=c_kim01") == [answer, reply, other, mail, rcs]
    assert listed(api, "contact_id=c_nobody") == []
    assert listed(api, "message_type=CONVERSATION") == [answer, reply]
    assert listed(api, "campaign_id=7d0c2f1e-9a6b-4c5d-8e7f-001122334455") == []
    assert listed(api, "contact_id=c_kim01&channel_id=ch_mail01&status=Delivered") == [mail]
    assert listed(api, "something=else") == [answer, reply, other, failed, mail, rcs]


def test_a_period_includes_both_ends(api: Api):
    ids: list[str] = []
    for _ in range(4):
        ids.append(api.sent())
        api.advance(60)

    between = "from=2026-01-01T00:01:00Z&to=2026-01-01T00:02:00Z"
    assert listed(api, between) == [ids[2], ids[1]]
    assert listed(api, "to=2026-01-01T00:00:00Z") == [ids[0]]
    assert listed(api, "from=2026-01-01T01:03:00%2B01:00") == [ids[3]]
    assert api.get(f"/v1/messages?limit=1&{between}").json["total"] == 2


def test_a_period_counts_whole_seconds_as_answers_show_them(api: Api):
    api.advance(0.7)
    id = api.sent()
    at = api.read(id)["created_at"]

    assert listed(api, f"from={at}&to={at}") == [id]


def test_one_page_of_many_messages_looks_at_that_page_only(api: Api, monkeypatch: pytest.MonkeyPatch):
    from emulator.dialects.arowana.handlers import messages

    for _ in range(300):
        api.sent()
    looked: list[Any] = []
    render = messages.render_item

    def counting(store: Any, entry: Any) -> Any:
        looked.append(entry)
        return render(store, entry)

    monkeypatch.setattr(messages, "render_item", counting)

    assert len(listed(api, "limit=10&offset=100&contact_id=c_kim01")) == 10
    assert len(looked) == 10


@pytest.mark.parametrize("seconds", [0, 0.5, 2])
def test_a_message_that_is_queued_or_sent_is_revoked(api: Api, seconds: float):
    api.listen("message.revoked", "message.delivered")
    id = api.sent()
    api.advance(seconds)
    at = f"2026-01-01T00:00:0{int(seconds)}Z"

    reply = api.delete(f"/v1/messages/{id}")
    api.advance(60)

    assert (reply.status, reply.json) == (200, {"id": id, "status": "REVOKED", "revoked_at": at})
    assert api.balance == (50.0, 0.0, 50.0)
    (told,) = api.told()
    assert (told["event"], told["timestamp"]) == ("message.revoked", at)
    assert told["data"] == {"message_id": id, "agent_id": "ag_live_shop01", "revoked_at": at}
    message = api.read(id)
    assert (message["status"], message["events"][-1], message["cost"]) == (
        "revoked",
        {"type": "revoked", "at": at},
        None,
    )


def test_a_revoked_mail_is_told_with_its_channel(api: Api):
    api.listen("message.revoked")
    id = api.sent(MAIL)
    api.delete(f"/v1/messages/{id}")

    assert api.told()[0]["data"] == {
        "message_id": id,
        "channel_id": "ch_mail01",
        "revoked_at": "2026-01-01T00:00:00Z",
    }


@pytest.mark.parametrize("to", [PERSON, "+12025550102", "+12025550109", "+12025550110"])
def test_a_message_that_came_to_an_end_cannot_be_revoked(api: Api, to: str):
    id = api.sent(to=to)
    api.advance(120)

    reply = api.delete(f"/v1/messages/{id}")

    assert (reply.status, reply.error) == (404, "not_found")
    assert reply.json["message"] == "Message not found or no longer revocable."


def test_a_message_is_revoked_once(api: Api):
    id = api.sent()

    assert [api.delete(f"/v1/messages/{id}").status for _ in range(2)] == [200, 404]


def test_a_message_received_cannot_be_revoked(api: Api):
    assert api.delete(f"/v1/messages/{api.reply()}").status == 404


def test_a_carrier_may_keep_what_it_has_taken(api: Api):
    api.amend(unrevocable_carriers=["telekom_de"])
    queued, sent = api.sent(), api.sent()
    first = api.delete(f"/v1/messages/{queued}").status
    api.advance(2)

    assert (first, api.delete(f"/v1/messages/{sent}").status) == (200, 404)
    assert api.delete(f"/v1/messages/{api.sent(MAIL)}").status == 200


def test_a_list_of_messages_survives_a_deleted_contact(api: Api):
    id = api.sent(to="+4915188888888")
    contact_id = api.read(id)["contact_id"]
    api.delete(f"/v1/contacts/{contact_id}")

    assert listed(api, f"contact_id={contact_id}") == [id]


def test_text_is_what_was_sent(api: Api):
    assert api.read(api.sent(TEXT))["content"] == TEXT["content"]
