"""Conversations: what a message opens, who has them, their history, and writing into them."""

from typing import Any

import pytest

from emulator.core.errors import NotFound
from tests.emulator.dialects.tripdesk.conftest import MAIL, SEED, SMS, Api

CONVERSATIONS = "/api/v1/conversations"
RUPA = "+15557654321"


def read(api: Api, id: str) -> dict[str, Any]:
    return api.get(f"{CONVERSATIONS}/{id}").json


def act(api: Api, id: str, what: str, body: Any = None) -> dict[str, Any]:
    answer = api.post(f"{CONVERSATIONS}/{id}/{what}", body)
    assert answer.status == 200, answer
    return answer.json


def opened(api: Api, body: dict[str, Any] = SMS) -> str:
    """The conversation that a send opens."""
    return api.message(api.send(body).json["id"])["conversation_id"]


@pytest.fixture
def conversation(api: Api) -> str:
    return api.fixture("conversation_id")


class TestReading:
    def test_the_fixtures_conversation_is_open_and_empty(self, api: Api, conversation: str):
        assert read(api, conversation) == {
            "id": conversation,
            "status": "open",
            "channel": "whatsapp",
            "contact_id": api.fixture("contact_id"),
            "assigned_to": None,
            "last_message_at": None,
            "unread_count": 0,
            "created_at": "2026-01-01T00:00:00Z",
            "updated_at": "2026-01-01T00:00:00Z",
        }

    def test_what_comes_in_is_unread_until_somebody_answers(self, api: Api, conversation: str):
        api.advance(60)
        api.says("Hello")
        api.says("Anybody?")
        shown = read(api, conversation)
        assert (shown["unread_count"], shown["last_message_at"]) == (2, "2026-01-01T00:01:00Z")
        assert shown["updated_at"] == "2026-01-01T00:01:00Z"

        api.advance(60)
        api.send(SEED, to=RUPA)
        shown = read(api, conversation)
        assert (shown["unread_count"], shown["last_message_at"]) == (0, "2026-01-01T00:02:00Z")

    def test_one_of_the_other_side_is_404(self, api: Api, sandbox: Api):
        id = sandbox.fixture("conversation_id")

        for method, rest, body in (
            ("GET", "", None),
            ("GET", "/messages", None),
            ("POST", "/messages", {"text": "x"}),
            ("POST", "/assign", {"agent_id": api.fixture("agent_id")}),
            ("POST", "/close", None),
            ("POST", "/reopen", None),
        ):
            answer = api.request(method, f"{CONVERSATIONS}/{id}{rest}", json_body=body)
            assert answer.error["message"] == "There is no such conversation."

    def test_the_list_is_newest_first_and_filters_are_combined(self, api: Api, conversation: str):
        api.advance(60)
        sms, mail = opened(api), opened(api, MAIL)
        act(api, sms, "close")
        act(api, mail, "assign", {"agent_id": api.fixture("agent_id")})
        contact = read(api, mail)["contact_id"]

        def listed(query: str = "") -> list[str]:
            return [each["id"] for each in api.get(f"{CONVERSATIONS}?{query}").json["data"]]

        assert listed() == [mail, sms, conversation]
        assert listed("status=closed") == [sms]
        assert listed("status=pending") == []
        assert listed(f"contact_id={contact}") == [mail]
        assert listed(f"assigned_to={api.fixture('agent_id')}") == [mail]
        assert listed("updated_after=2026-01-01T00:00:00Z") == [mail, sms]
        assert listed("updated_after=2026-01-01T00:00:00Z&status=open") == [mail]
        assert listed("limit=1") == [mail]


class TestHistory:
    def test_both_directions_are_listed_oldest_first(self, api: Api, conversation: str):
        made = [api.send(SEED, to=RUPA).json["id"], api.says("Thank you!"), api.send(SEED, to=RUPA).json["id"]]

        shown = api.get(f"{CONVERSATIONS}/{conversation}/messages").json

        assert [each["id"] for each in shown["data"]] == made
        assert [each["direction"] for each in shown["data"]] == ["outbound", "inbound", "outbound"]
        assert shown["next_cursor"] is None

    def test_pages_follow_one_another_and_new_messages_come_last(self, api: Api, conversation: str):
        path = f"{CONVERSATIONS}/{conversation}/messages?limit=2"
        made = [api.says(str(number)) for number in range(3)]

        first = api.get(path).json
        made.append(api.says("new"))
        second = api.get(f"{path}&cursor={first['next_cursor']}").json

        assert [each["id"] for each in first["data"] + second["data"]] == made
        assert second["next_cursor"] is None

    def test_messages_after_a_message(self, api: Api, conversation: str):
        made = [api.says(str(number)) for number in range(2)]
        api.advance(60)
        made += [api.says(str(number)) for number in range(3)]
        path = f"{CONVERSATIONS}/{conversation}/messages?after="

        for place, id in enumerate(made):
            assert [each["id"] for each in api.get(path + id).json["data"]] == made[place + 1 :]
        page = api.get(f"{path}{made[0]}&limit=2").json
        rest = api.get(f"{path}{made[0]}&limit=2&cursor={page['next_cursor']}").json
        assert [each["id"] for each in page["data"] + rest["data"]] == made[1:]

    def test_a_message_of_another_conversation_is_404(self, api: Api, conversation: str):
        elsewhere = api.send(SMS).json["id"]

        for id in (elsewhere, "msg_none"):
            answer = api.get(f"{CONVERSATIONS}/{conversation}/messages?after={id}")
            assert (answer.status, answer.error["message"]) == (404, "There is no such message.")

    @pytest.mark.parametrize("cursor", ["x", "1~msg_none", "0~", "99999~x", "-1~x", "9999999999999~x"])
    def test_a_cursor_that_no_page_gave_is_400(self, api: Api, conversation: str, cursor: str):
        api.says("Hello")

        assert api.get(f"{CONVERSATIONS}/{conversation}/messages?cursor={cursor}").code == "invalid_cursor"


class TestWriting:
    def test_a_message_goes_to_the_contact_on_the_channel(self, api: Api, conversation: str):
        api.says("Where?")

        answer = api.post(f"{CONVERSATIONS}/{conversation}/messages", {"text": "See you at gate 4."})

        assert answer.status == 202
        assert list(answer.json) == ["id", "status", "channel", "cost_estimate", "created_at"]
        assert (answer.json["channel"], answer.json["cost_estimate"]) == ("whatsapp", "0.005")
        message = api.message(answer.json["id"])
        assert (message["to"], message["conversation_id"]) == (RUPA, conversation)
        assert message["contact_id"] == api.fixture("contact_id")

    def test_recipient_and_channel_of_the_body_are_not_read(self, api: Api, conversation: str):
        body = {"channel": "sms", "to": 5, "contact_id": 5, "conversation_id": 5}
        template = {name: SEED[name] for name in ("template", "variables")}

        answer = api.post(f"{CONVERSATIONS}/{conversation}/messages", {**body, **template})

        assert (answer.status, answer.json["channel"]) == (202, "whatsapp")

    @pytest.mark.parametrize(
        ("opening", "body", "fault"),
        [
            (SMS, {"text": "x" * 1601}, ("text", "invalid_field")),
            (SMS, {"text": "x", "html": "<p>x</p>"}, ("html", "invalid_field")),
            (MAIL, {"text": "x"}, ("subject", "missing_field")),
            (MAIL, {}, ("template", "missing_field")),
        ],
    )
    def test_rules_of_the_channel_hold_here_too(
        self, api: Api, opening: dict[str, Any], body: dict[str, Any], fault: tuple[str, str]
    ):
        answer = api.post(f"{CONVERSATIONS}/{opened(api, opening)}/messages", body)

        assert (answer.status, answer.error["param"], answer.code) == (422, *fault)

    def test_rules_of_the_channel_come_after_the_conversation_was_found(self, api: Api):
        assert api.post(f"{CONVERSATIONS}/cnv_none/messages", {"text": "x" * 1601}).status == 404

    def test_a_mail_goes_on_with_subject_and_html(self, api: Api):
        body = {"subject": "Re: Your trip", "html": "<p>Hi</p>", "from": "trips@kilima.example.com"}

        answer = api.post(f"{CONVERSATIONS}/{opened(api, MAIL)}/messages", body)

        assert (answer.status, api.message(answer.json["id"])["to"]) == (202, MAIL["to"])

    def test_a_closed_conversation_takes_nothing(self, api: Api):
        id = opened(api)
        act(api, id, "close")

        answer = api.post(f"{CONVERSATIONS}/{id}/messages", {"text": "x"})

        assert (answer.status, answer.code, answer.error["param"]) == (409, "conversation_closed", "conversation_id")

    def test_whatsapps_24_hours_hold_here_too(self, api: Api, conversation: str):
        assert api.post(f"{CONVERSATIONS}/{conversation}/messages", {"text": "x"}).code == "session_window_closed"


class TestClosing:
    def test_the_next_message_opens_another_conversation(self, api: Api):
        first = opened(api)
        assert act(api, first, "close")["status"] == "closed"

        second = opened(api)

        assert second != first
        assert read(api, second)["status"] == "open"

    def test_a_person_who_writes_opens_another_one_too(self, api: Api, conversation: str):
        act(api, conversation, "close")

        message = api.message(api.says("Hello"))

        assert message["conversation_id"] != conversation

    def test_closing_twice_changes_nothing(self, api: Api, conversation: str):
        closed = act(api, conversation, "close")
        api.advance(60)

        assert act(api, conversation, "close") == closed

    def test_a_reopened_conversation_goes_on(self, api: Api):
        id = opened(api)
        act(api, id, "close")
        api.advance(60)

        shown = act(api, id, "reopen")

        assert (shown["status"], shown["updated_at"]) == ("open", "2026-01-01T00:01:00Z")
        assert opened(api) == id

    def test_reopening_closes_the_one_that_took_its_place(self, api: Api):
        first = opened(api)
        act(api, first, "close")
        second = opened(api)

        act(api, first, "reopen")

        assert read(api, second)["status"] == "closed"
        assert opened(api) == first

    def test_reopening_an_open_one_changes_nothing(self, api: Api, conversation: str):
        before = read(api, conversation)
        api.advance(60)

        assert act(api, conversation, "reopen") == before

    def test_a_body_is_not_read(self, api: Api, conversation: str):
        answer = api.post(f"{CONVERSATIONS}/{conversation}/close", content=b"{", extra={"Content-Type": "text/plain"})

        assert answer.status == 200


class TestPuttingAside:
    @pytest.fixture
    def aside(self, api: Api, conversation: str) -> str:
        api.advance(60)
        api.amend(conversations=[{"id": conversation, "status": "pending"}])
        return conversation

    def test_it_is_pending_and_found_as_such(self, api: Api, aside: str):
        shown = read(api, aside)

        assert (shown["status"], shown["updated_at"]) == ("pending", "2026-01-01T00:01:00Z")
        assert [each["id"] for each in api.get(f"{CONVERSATIONS}?status=pending").json["data"]] == [aside]

    def test_a_message_of_the_person_opens_it(self, api: Api, aside: str):
        assert api.message(api.says("Hello"))["conversation_id"] == aside

        assert read(api, aside)["status"] == "open"

    @pytest.mark.parametrize("in_it", [True, False])
    def test_a_message_of_the_tenant_opens_it(self, api: Api, aside: str, in_it: bool):
        more = {"conversation_id": aside} if in_it else {}

        sent = api.send(SEED, to=RUPA, **more).json["id"]

        assert api.message(sent)["conversation_id"] == aside
        assert read(api, aside)["status"] == "open"

    def test_it_can_be_opened_closed_and_given_to_an_agent(self, api: Api, aside: str):
        assert act(api, aside, "assign", {"agent_id": api.fixture("agent_id")})["status"] == "pending"
        assert act(api, aside, "reopen")["status"] == "open"
        assert act(api, aside, "close")["status"] == "closed"

    def test_a_closed_one_takes_the_place_of_the_open_one(self, api: Api):
        first = opened(api)
        act(api, first, "close")
        second = opened(api)

        api.amend(conversations=[{"id": first, "status": "pending"}])

        assert read(api, second)["status"] == "closed"
        assert opened(api) == first

    def test_one_of_the_other_side_is_not_found_and_none_is_changed(self, api: Api, sandbox: Api, conversation: str):
        asked = [{"id": each, "status": "pending"} for each in (conversation, sandbox.fixture("conversation_id"))]

        with pytest.raises(NotFound):
            api.amend(conversations=asked)

        assert read(api, conversation)["status"] == "open"


class TestAssigning:
    def test_an_agent_gets_the_conversation_and_it_is_told(self, api: Api, conversation: str):
        api.listen()
        agent = api.fixture("agent_id")

        assert act(api, conversation, "assign", {"agent_id": agent})["assigned_to"] == agent

        (event,) = api.told()
        assert event["type"] == "conversation.assigned"
        assert event["tenant_id"] == api.account.id
        assert event["data"] == {
            "conversation_id": conversation,
            "contact_id": api.fixture("contact_id"),
            "channel": "whatsapp",
            "agent": {"id": agent, "name": "Maya Otieno", "email": "maya@acme.example"},
            "previous_agent_id": None,
            "assigned_by": api.account.parent_id,
            "assigned_at": "2026-01-01T00:00:00Z",
        }

    def test_the_same_agent_again_changes_and_tells_nothing(self, api: Api, conversation: str):
        api.listen()
        first = act(api, conversation, "assign", {"agent_id": api.fixture("agent_id")})
        api.advance(60)

        assert act(api, conversation, "assign", {"agent_id": api.fixture("agent_id")}) == first
        assert len(api.told()) == 1

    def test_another_agent_takes_over_and_an_agent_is_named_as_the_one_who_did_it(self, api: Api, conversation: str):
        api.listen()
        maya, sam = (each.id for each in api.world.store.users if each.id in _agents(api))
        act(api, conversation, "assign", {"agent_id": maya})

        path = f"{CONVERSATIONS}/{conversation}/assign"
        api.post(path, {"agent_id": sam}, headers=api.agent())

        taken_over = api.told()[1]["data"]
        assert (taken_over["previous_agent_id"], taken_over["agent"]["id"]) == (maya, sam)
        assert taken_over["assigned_by"] == maya

    def test_an_agent_of_nobody_or_of_the_other_side_is_404(self, api: Api, sandbox: Api, conversation: str):
        for id in ("agt_none", sandbox.fixture("agent_id"), ""):
            answer = api.post(f"{CONVERSATIONS}/{conversation}/assign", {"agent_id": id})
            assert answer.status == (404 if id else 422)

        assert read(api, conversation)["assigned_to"] is None


def _agents(api: Api) -> set[str]:
    store = api.world.store
    return {each.user_id for each in store.memberships_by_account.get(api.account.id)}
