"""Contacts: made, found, changed, deleted."""

from typing import Any

import pytest

from tests.emulator.dialects.tripdesk.conftest import SMS, Api

CONTACTS = "/api/v1/contacts"
FULL = {
    "external_id": "crm-9000",
    "name": "Tomás Núñez",
    "phone": "+1 (555) 765-9999",
    "email": "Tomas@example.com",
    "language": "es",
    "channels": [{"channel": "telegram", "address": "82710394"}, {"channel": "sms", "address": "00 1 555 765 9998"}],
    "attributes": {"tier": "gold", "trips": 4},
}


def make(api: Api, **members: Any) -> dict[str, Any]:
    answer = api.post(CONTACTS, members)
    assert answer.status == 201, answer
    return answer.json


def names(api: Api, query: str) -> list[str | None]:
    return [each["name"] for each in api.get(f"{CONTACTS}?{query}").json["data"]]


class TestMaking:
    def test_a_contact_has_what_was_sent_tidied_up(self, api: Api):
        made = make(api, **FULL)

        assert made.pop("id").startswith("ctc_")
        assert made == {
            "external_id": "crm-9000",
            "name": "Tomás Núñez",
            "phone": "+15557659999",
            "email": "Tomas@example.com",
            "language": "es",
            "channels": [
                {"channel": "telegram", "address": "82710394"},
                {"channel": "sms", "address": "+15557659998"},
            ],
            "attributes": {"tier": "gold", "trips": 4},
            "created_at": "2026-01-01T00:00:00Z",
            "updated_at": "2026-01-01T00:00:00Z",
        }

    @pytest.mark.parametrize(
        "members",
        [
            {"external_id": "a"},
            {"phone": "+15557650001"},
            {"email": "a@example.com"},
            {"channels": [{"channel": "webchat", "address": "v1"}]},
        ],
    )
    def test_one_thing_to_know_somebody_by_is_enough(self, api: Api, members: dict[str, Any]):
        assert make(api, **members)["attributes"] == {}

    @pytest.mark.parametrize("members", [{}, {"name": "Nobody"}, {"channels": []}])
    def test_somebody_of_whom_nothing_is_known_is_refused(self, api: Api, members: dict[str, Any]):
        answer = api.post(CONTACTS, members)

        assert (answer.status, answer.code, answer.error["param"]) == (422, "missing_field", "external_id")

    def test_an_external_id_is_unique_in_tenant_and_environment(self, api: Api, sandbox: Api):
        answer = api.post(CONTACTS, {"external_id": "crm-8841"})

        assert (answer.status, answer.code, answer.error["param"]) == (409, "external_id_taken", "external_id")
        make(api, external_id="crm-1")
        make(sandbox, external_id="crm-1")

    @pytest.mark.parametrize(
        ("members", "param"),
        [
            ({"phone": "12"}, "phone"),
            ({"phone": "+15557650001", "channels": [{"channel": "sms", "address": "x"}]}, "channels.0.address"),
            ({"channels": [{"channel": "email", "address": "x"}]}, "channels.0.address"),
        ],
    )
    def test_a_wrong_address_is_an_invalid_recipient(self, api: Api, members: dict[str, Any], param: str):
        answer = api.post(CONTACTS, members)

        assert (answer.code, answer.error["param"]) == ("invalid_recipient", param)

    def test_null_is_no_value(self, api: Api):
        assert api.post(CONTACTS, {"phone": None, "external_id": "a"}).code == "invalid_field"


class TestReading:
    def test_a_contact_of_the_other_side_is_404(self, api: Api, sandbox: Api):
        path = f"{CONTACTS}/{sandbox.fixture('contact_id')}"

        assert sandbox.get(path).json["name"] == "Rupa Sen"
        for method, body in (("GET", None), ("PATCH", {"name": "x"}), ("DELETE", None)):
            assert api.request(method, path, json_body=body).code == "resource_not_found"

    def test_contacts_are_listed_newest_first(self, api: Api):
        make(api, external_id="a", name="A")
        make(api, external_id="b", name="B")

        assert names(api, "") == ["B", "A", "Rupa Sen"]
        assert names(api, "limit=1") == ["B"]

    @pytest.mark.parametrize(
        ("query", "found"),
        [
            ("external_id=crm-9000", ["Tomás Núñez"]),
            ("external_id=nobody", []),
            ("phone=%2B15557654321", ["Rupa Sen"]),
            ("phone=001%20555%20765%209999", ["Tomás Núñez"]),
            ("phone=+15557654321", []),
            ("phone=x", []),
            ("email=TOMAS@example.com", ["Tomás Núñez"]),
            ("q=n%C3%BA%C3%91ez", ["Tomás Núñez"]),
            ("q=crm", ["Tomás Núñez", "Rupa Sen"]),
            ("q=765", ["Tomás Núñez", "Rupa Sen"]),
            ("q=crm&email=rupa@example.com", ["Rupa Sen"]),
            ("external_id=crm-9000&email=rupa@example.com", []),
        ],
    )
    def test_contacts_are_found_by_what_is_known_of_them(self, api: Api, query: str, found: list[str]):
        make(api, **FULL)

        assert names(api, query) == found


class TestChanging:
    def test_members_that_are_sent_replace_and_null_clears(self, api: Api):
        made = make(api, **FULL)
        api.advance(60)

        changed = api.request("PATCH", f"{CONTACTS}/{made['id']}", json_body={"name": "Tomás", "email": None})

        assert changed.status == 200
        assert changed.json == {**made, "name": "Tomás", "email": None, "updated_at": "2026-01-01T00:01:00Z"}
        assert api.get(f"{CONTACTS}/{made['id']}").json == changed.json

    def test_lists_and_attributes_are_replaced_as_a_whole(self, api: Api):
        id = make(api, **FULL)["id"]
        changes = {"channels": [{"channel": "viber", "address": "+15557650007"}], "attributes": {"tier": "iron"}}

        changed = api.request("PATCH", f"{CONTACTS}/{id}", json_body=changes).json

        assert {name: changed[name] for name in changes} == changes

    def test_a_contact_is_found_by_its_new_address_and_no_more_by_the_old(self, api: Api):
        id = make(api, phone=SMS["to"])["id"]
        api.request("PATCH", f"{CONTACTS}/{id}", json_body={"phone": "+15557650002"})

        by_new, by_old = (api.message(api.send(SMS, to=to).json["id"]) for to in ("+15557650002", SMS["to"]))

        assert by_new["contact_id"] == id
        assert by_old["contact_id"] != id

    def test_something_to_know_somebody_by_must_remain(self, api: Api):
        id = make(api, phone="+15557650001")["id"]

        answer = api.request("PATCH", f"{CONTACTS}/{id}", json_body={"phone": None})

        assert (answer.status, answer.code) == (422, "missing_field")
        assert api.get(f"{CONTACTS}/{id}").json["phone"] == "+15557650001"

    def test_another_contacts_external_id_is_taken_and_the_own_is_not(self, api: Api):
        id = make(api, external_id="a")["id"]

        assert api.request("PATCH", f"{CONTACTS}/{id}", json_body={"external_id": "crm-8841"}).status == 409
        assert api.request("PATCH", f"{CONTACTS}/{id}", json_body={"external_id": "a"}).status == 200

    def test_a_wrong_address_changes_nothing(self, api: Api):
        id = make(api, external_id="a", name="A")["id"]
        changes = {"name": "B", "channels": [{"channel": "sms", "address": "x"}]}

        assert api.request("PATCH", f"{CONTACTS}/{id}", json_body=changes).code == "invalid_recipient"
        assert api.get(f"{CONTACTS}/{id}").json["name"] == "A"


class TestDeleting:
    def test_a_deleted_contact_is_gone_and_its_external_id_is_free(self, api: Api):
        id = make(api, external_id="a")["id"]

        deleted = api.request("DELETE", f"{CONTACTS}/{id}")

        assert (deleted.status, deleted.body) == (204, b"")
        assert api.get(f"{CONTACTS}/{id}").status == 404
        assert api.request("DELETE", f"{CONTACTS}/{id}").status == 404
        make(api, external_id="a")

    def test_messages_and_conversations_stay(self, api: Api):
        message = api.message(api.send(SMS).json["id"])

        api.request("DELETE", f"{CONTACTS}/{message['contact_id']}")

        assert api.message(message["id"]) == message
        conversation = api.get(f"/api/v1/conversations/{message['conversation_id']}").json
        assert conversation["contact_id"] == message["contact_id"]
        answer = api.post(f"/api/v1/conversations/{conversation['id']}/messages", {"text": "Still there?"})
        assert api.message(answer.json["id"])["to"] == SMS["to"]
