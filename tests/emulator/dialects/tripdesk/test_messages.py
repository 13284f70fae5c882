"""Reading messages: one in full, and lists with their filters."""

import pytest

from tests.emulator.dialects.tripdesk.conftest import MAIL, SEED, SMS, Api

LIST = "/api/v1/messages"


def ids(api: Api, query: str = "") -> list[str]:
    answer = api.get(f"{LIST}?{query}")
    assert answer.status == 200, answer
    return [each["id"] for each in answer.json["data"]]


class TestOne:
    def test_a_delivered_message_shows_what_the_reference_shows(self, api: Api):
        # The members and their order: the reference page, section 7.
        message = api.life(SEED, seconds=5)

        made = {name: message.pop(name) for name in ("id", "contact_id", "conversation_id", "gateway_id")}
        made["provider_message_id"] = message.pop("provider_message_id")
        assert message == {
            "status": "delivered",
            "direction": "outbound",
            "channel": "whatsapp",
            "to": "+15551234567",
            "from": "+12025550199",
            "template": "order_confirmation",
            "language": "en",
            "variables": {"name": "Nayeem", "order_id": "TR-204821", "eta": "15 minutes"},
            "text": None,
            "external_id": None,
            "metadata": {},
            "attempts": 1,
            "retry_count": 0,
            "cost_estimate": "0.012",
            "cost": "0.012",
            "currency": "USD",
            "refund": None,
            "last_error": None,
            "bounce": None,
            "created_at": "2026-01-01T00:00:00Z",
            "sent_at": "2026-01-01T00:00:00Z",
            "delivered_at": "2026-01-01T00:00:00Z",
            "failed_at": None,
            "events": [
                {"type": "queued", "at": "2026-01-01T00:00:00Z"},
                {"type": "sent", "at": "2026-01-01T00:00:00Z"},
                {"type": "delivered", "at": "2026-01-01T00:00:00Z"},
            ],
        }
        assert made["provider_message_id"].startswith("wamid.")

    def test_a_queued_message_has_no_provider_yet(self, api: Api):
        message = api.message(api.send(SMS).json["id"])

        assert (message["status"], message["attempts"], message["cost"]) == ("queued", 0, None)
        assert (message["provider_message_id"], message["sent_at"]) == (None, None)
        assert message["events"] == [{"type": "queued", "at": "2026-01-01T00:00:00Z"}]

    def test_a_failed_message_names_its_refund(self, api: Api):
        message = api.life({**SMS, "to": "+12025550106"})

        assert message["refund"]["amount"] == "0.020"
        assert message["refund"]["balance_after"] == "100.000"
        assert message["cost"] == "0.000"
        # 15 s and 30 s, 15 s and 2 min, 15 s and 10 min, 15 s; picked up after a twentieth of a second.
        assert message["failed_at"] == "2026-01-01T00:13:30Z"
        transactions = api.get("/api/v1/account/transactions?type=refund").json["data"]
        assert [each["id"] for each in transactions] == [message["refund"]["transaction_id"]]

    def test_an_inbound_message_costs_nothing_and_names_the_person(self, api: Api):
        id = api.says("Thank you!")

        message = api.message(id)

        assert message["id"] == id
        assert (message["direction"], message["status"], message["text"]) == ("inbound", "delivered", "Thank you!")
        assert (message["from"], message["to"]) == ("+15557654321", "+12025550199")
        assert (message["cost_estimate"], message["cost"], message["attempts"]) == ("0.000", "0.000", 0)
        assert message["conversation_id"] == api.fixture("conversation_id")
        assert message["events"] == [{"type": "delivered", "at": "2026-01-01T00:00:00Z"}]

    def test_a_message_of_nobody_or_of_the_other_side_is_404(self, api: Api, sandbox: Api):
        id = sandbox.says("Hello")

        assert api.get(f"{LIST}/msg_none").code == "resource_not_found"
        assert api.get(f"{LIST}/{id}").code == "resource_not_found"


class TestList:
    def test_both_directions_are_listed_newest_first(self, api: Api):
        made = [api.send(SEED).json["id"], api.says("Hello"), api.send(SMS).json["id"]]

        assert ids(api) == made[::-1]

    def test_the_sides_do_not_mix(self, api: Api, sandbox: Api):
        made = [api.send(SMS).json["id"], sandbox.send(SMS).json["id"]]

        assert (ids(api), ids(sandbox)) == (made[:1], made[1:])

    def test_pages_follow_one_another_without_gap(self, api: Api):
        made = [api.send(SMS).json["id"] for _ in range(7)]

        seen: list[str] = []
        cursor = None
        for expected in (3, 3, 1):
            page = api.get(f"{LIST}?limit=3" + (f"&cursor={cursor}" if cursor else "")).json
            assert len(page["data"]) == expected
            seen += [each["id"] for each in page["data"]]
            cursor = page["next_cursor"]

        assert (seen, cursor) == (made[::-1], None)

    def test_a_page_has_25_entries_unless_it_is_asked_otherwise(self, api: Api):
        for _ in range(26):
            api.send(SMS)

        assert len(ids(api)) == 25
        assert len(ids(api, "limit=100")) == 26

    def test_filters_are_combined_with_and(self, api: Api):
        sms, mail = api.send(SMS, external_id="trip-77").json["id"], api.send(MAIL, external_id="trip-77").json["id"]
        other = api.send(SMS).json["id"]
        inbound = api.says("Hello", person=SMS["to"], channel="sms")
        shown = api.message(sms)

        assert ids(api, "external_id=trip-77") == [mail, sms]
        assert ids(api, "channel=sms") == [inbound, other, sms]
        assert ids(api, "channel=sms&external_id=trip-77") == [sms]
        assert ids(api, f"contact_id={shown['contact_id']}") == [inbound, other, sms]
        assert ids(api, f"conversation_id={shown['conversation_id']}&external_id=trip-77") == [sms]
        assert ids(api, "contact_id=ctc_none") == []

    def test_what_belongs_to_the_other_side_is_not_found_by_its_ids(self, api: Api, sandbox: Api):
        message = sandbox.message(sandbox.send(SMS).json["id"])

        assert ids(api, f"contact_id={message['contact_id']}") == []
        assert ids(api, f"conversation_id={message['conversation_id']}") == []

    def test_the_present_status_counts(self, api: Api):
        delivered = api.send(SMS).json["id"]
        failed = api.send({**SMS, "to": "+12025550108"}).json["id"]
        api.advance(5)
        queued = api.send(SMS).json["id"]

        assert ids(api, "status=delivered") == [delivered]
        assert ids(api, "status=failed") == [failed]
        assert ids(api, "status=queued") == [queued]
        assert ids(api, "status=read") == []

    def test_times_bound_the_list_on_both_sides(self, api: Api):
        made: list[str] = []
        for _ in range(3):
            made.append(api.send(SMS).json["id"])
            api.advance(60)

        assert ids(api, "created_after=2026-01-01T00:00:00Z") == made[:0:-1]
        assert ids(api, "created_before=2026-01-01T00:02:00Z") == made[1::-1]
        assert ids(api, "created_after=2026-01-01T01:00:00%2B01:00&created_before=2026-01-01T00:02:00Z") == [made[1]]

    @pytest.mark.parametrize(
        "query", ["created_after=2026-01-01", "created_before=soon", "created_before=2016-12-31T23:59:60Z"]
    )
    def test_a_time_needs_its_full_form(self, api: Api, query: str):
        assert api.get(f"{LIST}?{query}").code == "invalid_field"
