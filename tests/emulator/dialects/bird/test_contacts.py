"""Contacts: made by hand, by sending and by receiving; found by their identifiers; on lists."""

from typing import Any

import pytest

from emulator.core.records import Channel
from emulator.dialects.bird.fixtures import CONTACT_ID, OTHER_WORKSPACE_ID
from emulator.gateway.inbound import Inbound, receive
from tests.emulator.dialects.bird.conftest import EMAIL, WORKSPACE, Answer, Api

CONTACTS = f"{WORKSPACE}/contacts"
NOWHERE = "00000000-0000-4000-8000-000000000000"
A_LIST = "d4b82e0f-17c6-4a95-8e3b-f60a9d5c2713"
ANOTHER_LIST = "11111111-2222-4333-8444-555555555555"

# The example of the contract, "createContact".
ADA: dict[str, Any] = {
    "displayName": "Ada",
    "identifiers": [{"key": "emailaddress", "value": "ada@example.com"}],
    "attributes": {"timezone": "Europe/Amsterdam"},
    "listIds": [A_LIST],
}


def made(api: Api, **changes: Any) -> dict[str, Any]:
    answer = api.post(CONTACTS, ADA | changes)
    assert answer.status == 201, answer
    return answer.json


def ids(answer: Answer) -> list[str]:
    assert answer.status == 200, answer
    return [each["id"] for each in answer.json["results"]]


def by_identifier(key: str, value: str) -> str:
    return f"{CONTACTS}/identifiers/{key}/{value}"


def contact_not_found() -> tuple[int, dict[str, str]]:
    message = "The requested resource does not exist: contact not found"
    return 404, {"code": "ResourceNotFound", "message": message}


class TestCreating:
    def test_the_answer_is_that_of_the_contract(self, api: Api):
        api.advance(0.5)

        contact = made(api)

        assert contact == {
            "id": contact["id"],
            "computedDisplayName": "Ada",
            "featuredIdentifiers": [{"key": "emailaddress", "value": "ada@example.com"}],
            "identifierCount": 1,
            "attributes": {
                "displayName": "Ada",
                "emailaddress": ["ada@example.com"],
                "timezone": "Europe/Amsterdam",
            },
            "accountIds": [],
            "listIds": [A_LIST],
            "workspaceId": WORKSPACE.rpartition("/")[2],
            "createdAt": "2026-01-01T00:00:00.5Z",
            "updatedAt": "2026-01-01T00:00:00.5Z",
        }
        assert api.get(f"{CONTACTS}/{contact['id']}").json == contact

    def test_nothing_is_needed(self, api: Api):
        contact = api.post(CONTACTS, {}).json

        assert (contact["computedDisplayName"], contact["identifierCount"], contact["attributes"]) == ("", 0, {})

    def test_without_a_name_the_first_identifier_is_shown(self, api: Api):
        identifiers = [
            {"key": "phonenumber", "value": "+31600000005"},
            {"key": "phonenumber", "value": "+31600000006"},
            {"key": "emailaddress", "value": "Ada@Example.com"},
            {"key": "emailaddress", "value": "ada@example.com"},
        ]

        contact = api.post(CONTACTS, {"identifiers": identifiers}).json

        assert contact["computedDisplayName"] == "+31600000005"
        assert contact["identifierCount"] == 3, "the two mail addresses are one"
        assert contact["featuredIdentifiers"] == [
            {"key": "phonenumber", "value": "+31600000005"},
            {"key": "emailaddress", "value": "ada@example.com"},
        ]
        assert contact["attributes"] == {
            "phonenumber": ["+31600000005", "+31600000006"],
            "emailaddress": ["ada@example.com"],
        }

    def test_a_name_among_the_attributes_is_the_name(self, api: Api):
        contact = api.post(CONTACTS, {"attributes": {"displayName": "Bob", "shoe": 42}}).json

        assert (contact["computedDisplayName"], contact["attributes"]) == ("Bob", {"displayName": "Bob", "shoe": 42})

    def test_an_identifier_belongs_to_one_contact(self, api: Api):
        made(api)

        refused = api.post(CONTACTS, {"identifiers": [{"key": "emailaddress", "value": "ADA@example.com"}]})

        assert (refused.status, refused.json) == (409, {"code": "Conflict", "message": "contact already exists"})
        assert len(ids(api.get(CONTACTS))) == 2

    def test_another_workspace_may_have_it_too(self, api: Api):
        made(api)

        assert api.post(f"/workspaces/{OTHER_WORKSPACE_ID}/contacts", ADA).status == 201

    def test_unknown_members_are_ignored(self, api: Api):
        assert "strategy" not in made(api, strategy="visitor", allowWritingReadOnly=True)

    def test_identifiers_cannot_be_written_as_attributes(self, api: Api):
        refused = api.post(CONTACTS, {"attributes": {"phonenumber": ["+31600000005"]}})

        assert (refused.status, refused.json["message"]) == (422, 'cannot edit read-only attribute "phonenumber"')

    @pytest.mark.parametrize(
        ("changes", "details"),
        [
            ({"displayName": ""}, {".displayName": ["minimum string length is 1"]}),
            ({"displayName": "x" * 151}, {".displayName": ["maximum string length is 150"]}),
            ({"identifiers": [{"value": "x"}]}, {".identifiers[0].key": ["Property 'key' is missing"]}),
            ({"identifiers": {}}, {".identifiers": ["value must be an array"]}),
            ({"attributes": []}, {".attributes": ["value must be an object"]}),
            ({"attributes": {"displayName": ["Ada"]}}, {".attributes.displayName": ["value must be a string"]}),
            ({"attributes": {"displayName": ""}}, {".attributes.displayName": ["minimum string length is 1"]}),
            ({"listIds": ["l_1"]}, {".listIds[0]": ["string doesn't match the expected format"]}),
            ({"accountIds": [1]}, {".accountIds[0]": ["value must be a string"]}),
        ],
    )
    def test_a_bad_member_is_refused(self, api: Api, changes: dict[str, Any], details: dict[str, list[str]]):
        assert api.post(CONTACTS, ADA | changes).details == details

    def test_a_viewer_may_not(self, api: Api):
        assert api.post(CONTACTS, ADA, key=api.viewer_key).status == 403


class TestFinding:
    def test_sending_makes_a_contact_once(self, api: Api):
        first, second = (api.accepted("ada@example.com", EMAIL) for _ in range(2))

        contact_id = first["receiver"]["contacts"][0]["id"]
        assert second["receiver"]["contacts"][0]["id"] == contact_id
        assert ids(api.get(CONTACTS)) == [contact_id, CONTACT_ID]
        shown = api.get(f"{CONTACTS}/{contact_id}").json
        assert shown["attributes"] == {"emailaddress": ["ada@example.com"]}

    def test_sending_finds_the_contact_that_was_made(self, api: Api):
        contact = made(api)

        sent = api.accepted("ada@example.com", EMAIL)

        assert sent["receiver"]["contacts"][0]["id"] == contact["id"]

    def test_receiving_makes_a_contact(self, api: Api):
        account_id = WORKSPACE.rpartition("/")[2]
        receive(
            api.world,
            Inbound(
                api="bird",
                account_id=account_id,
                channel=Channel.SMS,
                person="+31600000007",
                sender="+31970000000",
                text="Hi",
            ),
        )

        newest = api.get(CONTACTS).json["results"][0]

        assert newest["attributes"] == {"phonenumber": ["+31600000007"]}

    def test_pages_follow_one_another_in_either_order(self, api: Api):
        for number in range(5):
            api.post(CONTACTS, {"displayName": f"{number}"})

        for reverse in ("", "&reverse=true"):
            seen: list[str] = []
            token = ""
            while True:
                page = api.get(f"{CONTACTS}?limit=2{reverse}{token}").json
                seen += [each["computedDisplayName"] for each in page["results"]]
                if "nextPageToken" not in page:
                    break
                token = f"&pageToken={page['nextPageToken']}"
            expected = ["+31600000001", "0", "1", "2", "3", "4"]
            assert seen == (expected if reverse else expected[::-1])

    def test_a_token_stays_good_while_contacts_come_and_go(self, api: Api):
        for number in range(6):
            api.post(CONTACTS, {"displayName": f"{number}"})
        page = api.get(f"{CONTACTS}?limit=3").json

        made(api)
        api.delete(f"{CONTACTS}/{page['results'][2]['id']}")
        following = api.get(f"{CONTACTS}?limit=3&pageToken={page['nextPageToken']}").json

        assert [each["computedDisplayName"] for each in following["results"]] == ["2", "1", "0"]

    @pytest.mark.parametrize(
        ("query", "details"),
        [
            ("limit=101", {".limit": ["number must be at most 100"]}),
            ("pageToken=%ff", {".pageToken": ["string doesn't match the expected format"]}),
            ("pageToken=%C3%B6", {".pageToken": ["string doesn't match the expected format"]}),
            ("reverse=perhaps", {".reverse": ["value must be a boolean"]}),
        ],
    )
    def test_a_bad_query_is_refused(self, api: Api, query: str, details: dict[str, list[str]]):
        assert api.get(f"{CONTACTS}?{query}").details == details

    def test_what_is_not_there_is_a_404(self, api: Api):
        elsewhere = f"/workspaces/{OTHER_WORKSPACE_ID}/contacts/{CONTACT_ID}"

        for path in (f"{CONTACTS}/{NOWHERE}", elsewhere):
            for answer in (api.get(path), api.patch(path, {}), api.delete(path)):
                assert (answer.status, answer.json) == contact_not_found()

    def test_ids_have_to_be_ids(self, api: Api):
        assert ".contactId" in api.get(f"{CONTACTS}/c_1").details


class TestChanging:
    def test_only_what_is_given_changes(self, api: Api):
        contact = made(api)
        api.advance(1)

        changed = api.patch(f"{CONTACTS}/{contact['id']}", {"displayName": "Ada L."}).json

        assert changed == contact | {
            "computedDisplayName": "Ada L.",
            "attributes": contact["attributes"] | {"displayName": "Ada L."},
            "updatedAt": "2026-01-01T00:00:01Z",
        }
        assert api.get(f"{CONTACTS}/{contact['id']}").json == changed

    def test_null_takes_an_attribute_away(self, api: Api):
        contact = made(api, attributes={"timezone": "Europe/Amsterdam", "birthday": "1815-12-10"})

        body = {"attributes": {"birthday": None, "shoe": 38}}
        changed = api.patch(f"{CONTACTS}/{contact['id']}", body).json

        assert changed["attributes"] == {
            "displayName": "Ada",
            "emailaddress": ["ada@example.com"],
            "timezone": "Europe/Amsterdam",
            "shoe": 38,
        }
        nameless = api.patch(f"{CONTACTS}/{contact['id']}", {"attributes": {"displayName": None}}).json
        assert nameless["computedDisplayName"] == "ada@example.com"

    def test_lists_and_accounts_are_replaced(self, api: Api):
        contact = made(api, accountIds=[NOWHERE])

        body = {"listIds": [ANOTHER_LIST.upper(), ANOTHER_LIST], "accountIds": []}
        changed = api.patch(f"{CONTACTS}/{contact['id']}", body).json

        assert (changed["listIds"], changed["accountIds"]) == ([ANOTHER_LIST], [])

    @pytest.mark.parametrize("name", ["phonenumber", "emailaddress", "telegramid"])
    def test_an_identifier_is_read_only(self, api: Api, name: str):
        contact = made(api)

        refused = api.patch(f"{CONTACTS}/{contact['id']}", {"displayName": "X", "attributes": {name: ["x"]}})

        assert (refused.status, refused.json) == (
            422,
            {"code": "InvalidPayload", "message": f'cannot edit read-only attribute "{name}"'},
        )
        assert api.get(f"{CONTACTS}/{contact['id']}").json == contact, "a refusal leaves no trace"

    def test_so_is_one_of_a_kind_that_the_contact_alone_has(self, api: Api):
        contact = made(api, identifiers=[{"key": "employee", "value": "7"}])

        refused = api.patch(f"{CONTACTS}/{contact['id']}", {"attributes": {"employee": "8"}})

        assert (refused.status, refused.json["message"]) == (422, 'cannot edit read-only attribute "employee"')
        assert api.patch(f"{CONTACTS}/{CONTACT_ID}", {"attributes": {"employee": "8"}}).status == 200

    def test_identifiers_are_not_changed(self, api: Api):
        contact = made(api)

        body = {"identifiers": [{"key": "phonenumber", "value": "+31600000005"}]}

        assert api.patch(f"{CONTACTS}/{contact['id']}", body).json == contact

    def test_a_bad_member_is_refused(self, api: Api):
        refused = api.patch(f"{CONTACTS}/{CONTACT_ID}", {"displayName": "x" * 151})

        assert refused.details == {".displayName": ["maximum string length is 150"]}

        refused = api.patch(f"{CONTACTS}/{CONTACT_ID}", {"attributes": {"displayName": 5}})

        assert refused.details == {".attributes.displayName": ["value must be a string"]}

    def test_a_viewer_may_not(self, api: Api):
        assert api.patch(f"{CONTACTS}/{CONTACT_ID}", {}, key=api.viewer_key).status == 403


class TestDeleting:
    def test_its_identifiers_are_free_again(self, api: Api):
        contact = made(api)

        answer = api.delete(f"{CONTACTS}/{contact['id']}")

        assert (answer.status, answer.body) == (204, b"")
        assert api.get(f"{CONTACTS}/{contact['id']}").status == 404
        assert made(api)["id"] != contact["id"]

    def test_messages_keep_showing_them(self, api: Api):
        sent = api.accepted("+31600000001")

        api.delete(f"{CONTACTS}/{CONTACT_ID}")

        (shown,) = api.message(sent["id"])["receiver"]["contacts"]
        assert (shown["id"], shown["identifierValue"]) == (CONTACT_ID, "+31600000001")

    def test_a_viewer_may_not(self, api: Api):
        assert api.delete(f"{CONTACTS}/{CONTACT_ID}", key=api.viewer_key).status == 403


class TestByIdentifier:
    def test_the_contact_that_has_it_is_changed(self, api: Api):
        answer = api.patch(by_identifier("phonenumber", "+31600000001"), {"displayName": "Zoe"})

        assert (answer.status, answer.json["id"]) == (200, CONTACT_ID)
        assert api.get(f"{CONTACTS}/{CONTACT_ID}").json["computedDisplayName"] == "Zoe"

    @pytest.mark.parametrize("value", ["Bob@example.com", "bob%40example.com"])
    def test_without_one_it_is_made(self, api: Api, value: str):
        answer = api.patch(by_identifier("emailaddress", value), {"attributes": {"shoe": 44}, "listIds": [A_LIST]})

        assert answer.status == 200
        assert answer.json["attributes"] == {"emailaddress": ["bob@example.com"], "shoe": 44}
        assert api.get(f"{CONTACTS}/{answer.json['id']}").json == answer.json
        again = api.patch(by_identifier("emailaddress", "bob@example.com"), {})
        assert again.json["id"] == answer.json["id"]

    def test_a_refusal_makes_none(self, api: Api):
        refused = api.patch(by_identifier("emailaddress", "bob@example.com"), {"attributes": {"emailaddress": []}})

        assert (refused.status, refused.json["message"]) == (422, 'cannot edit read-only attribute "emailaddress"')
        assert ids(api.get(CONTACTS)) == [CONTACT_ID]

    def test_its_parts_have_a_greatest_length(self, api: Api):
        assert api.patch(by_identifier("k" * 250, "v" * 500), {}).status == 200
        assert api.patch(by_identifier("k" * 251, "v" * 501), {}).details == {
            ".identifierKey": ["maximum string length is 250"],
            ".identifierValue": ["maximum string length is 500"],
        }

    def test_an_unknown_workspace_is_a_404(self, api: Api):
        path = by_identifier("phonenumber", "+31600000001").replace(WORKSPACE, f"/workspaces/{NOWHERE}")

        assert api.patch(path, {}).status == 404


class TestLists:
    def test_a_list_has_the_contacts_that_name_it(self, api: Api):
        ada, bob = made(api), made(api, displayName="Bob", identifiers=[])
        made(api, displayName="Eve", identifiers=[], listIds=[ANOTHER_LIST])

        assert ids(api.get(f"{WORKSPACE}/lists/{A_LIST}/contacts")) == [bob["id"], ada["id"]]
        assert ids(api.get(f"{WORKSPACE}/lists/{A_LIST}/contacts?reverse=true")) == [ada["id"], bob["id"]]

    def test_it_comes_in_pages(self, api: Api):
        made(api)
        made(api, displayName="Bob", identifiers=[])
        path = f"{WORKSPACE}/lists/{A_LIST}/contacts?limit=1"

        first = api.get(path).json
        second = api.get(f"{path}&pageToken={first['nextPageToken']}").json

        assert [each["computedDisplayName"] for page in (first, second) for each in page["results"]] == ["Bob", "Ada"]
        assert "nextPageToken" not in second

    def test_a_token_is_good_for_the_list_that_gave_it_alone(self, api: Api):
        made(api)
        made(api, displayName="Bob", identifiers=[])
        path = f"{WORKSPACE}/lists/{A_LIST}/contacts"
        token = api.get(f"{path}?limit=1").json["nextPageToken"]

        for other in (CONTACTS, f"{WORKSPACE}/channels", f"{WORKSPACE}/connectors"):
            refused = api.get(f"{other}?limit=1&pageToken={token}")
            assert refused.status == 422
            assert refused.details == {".pageToken": ["string doesn't match the expected format"]}
        assert api.get(f"{path}?limit=1&pageToken={token}").status == 200

    def test_it_is_there_once_a_contact_named_it(self, api: Api):
        path = f"{WORKSPACE}/lists/{A_LIST}/contacts"
        before = api.get(path)

        contact = made(api)
        api.patch(f"{CONTACTS}/{contact['id']}", {"listIds": []})

        assert (before.status, before.json["message"]) == (
            404,
            "The requested resource does not exist: list not found",
        )
        assert ids(api.get(path)) == []
        assert api.get(path.replace(WORKSPACE, f"/workspaces/{OTHER_WORKSPACE_ID}")).status == 404
        assert ".listId" in api.get(f"{WORKSPACE}/lists/l_1/contacts").details

    def test_no_list_can_take_the_place_of_something_else(self, api: Api):
        made(api, listIds=[EMAIL])

        assert api.get(f"{WORKSPACE}/channels/{EMAIL}").status == 200
