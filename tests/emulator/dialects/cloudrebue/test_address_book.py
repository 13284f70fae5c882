"""Contacts and groups, in both profiles."""

import pytest

CONTACTS = "/api/v1/address-book/contacts"
GROUPS = "/api/v1/address-book/groups"


def test_a_contact_is_added_in_its_normal_form(client):
    body = {
        "first_name": "Jane",
        "last_name": "Doe",
        "email": "jane@client.example",
        "phone": "0738000111",
        "field_1": "Gate 4",
        "field_3": None,
    }

    answer = client.post(f"{CONTACTS}/add", body)

    assert (answer.status, answer.message) == (200, "Contact added successfully")
    assert list(answer.json["data"].items()) == [
        ("id", 1),
        ("first_name", "Jane"),
        ("last_name", "Doe"),
        ("email", "jane@client.example"),
        ("phone", "254738000111"),
        ("operator", "Airtel"),
        ("custom_fields", {"field_1": "Gate 4", "field_2": None, "field_3": None}),
        ("created_at", "2026-01-01 03:00:00"),
    ]
    assert client.get(CONTACTS).json == {"status": True, "data": [answer.json["data"]]}


def test_a_duplicate_shows_the_contact_with_its_operator_in_lower_case(client):
    added = client.post(f"{CONTACTS}/add", {"phone": "0738000111", "first_name": "Jane"}).json["data"]

    answer = client.post(f"{CONTACTS}/add", {"phone": "+254738000111", "first_name": "John"})

    assert answer.status == 409
    assert answer.message == "Contact with this phone number 254738000111 already exists."
    assert answer.json["data"] == {**added, "operator": "airtel"}
    assert len(client.get(CONTACTS).json["data"]) == 1


def test_a_deleted_contact_is_gone_and_its_number_free(client):
    first = client.post(f"{CONTACTS}/add", {"phone": 738000111}).json["data"]["id"]

    answer = client.delete(f"{CONTACTS}/delete/{first}")

    assert answer.json == {"status": True, "message": "Contact deleted successfully."}
    assert client.delete(f"{CONTACTS}/delete/{first}").status == 404
    assert client.post(f"{CONTACTS}/add", {"phone": "0738000111"}).json["data"]["id"] == first + 1


@pytest.mark.parametrize("id", ["7", "x", "01", "1-1", "%2F", "%00", "1%20"])
def test_an_id_of_nothing_is_not_found(client, id):
    client.post(f"{CONTACTS}/add", {"phone": "0738000111"})
    client.post(GROUPS, {"name": "Group 1"})

    for path in (f"{CONTACTS}/delete/{id}", f"{GROUPS}/{id}"):
        answer = client.delete(path)
        assert (answer.status, answer.json) == (404, {"status": False, "message": "Resource not found."})


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({}, {"phone": ["The phone field is required."]}),
        ({"phone": None}, {"phone": ["The phone field is required."]}),
        ({"phone": "12345"}, {"phone": ["The phone number 12345 is invalid."]}),
        ({"phone": "0711000111,0722000222"}, {"phone": ["The phone number 0711000111,0722000222 is invalid."]}),
        ({"phone": "0711000111", "email": 5}, {"email": ["The email must be a string."]}),
    ],
)
def test_a_bad_contact_is_refused(client, body, message):
    answer = client.post(f"{CONTACTS}/add", body)

    assert (answer.status, answer.message) == (422, message)


def test_groups_are_made_listed_and_deleted(client):
    for _ in range(2):
        answer = client.post(GROUPS, {"name": "Group 1"})

    assert answer.json == {
        "status": True,
        "message": "Group added successfully",
        "data": {"id": 2, "name": "Group 1", "created_at": "2026-01-01 03:00:00"},
    }
    assert [group["id"] for group in client.get(GROUPS).json["data"]] == [1, 2]
    assert client.delete(f"{GROUPS}/1").json == {"status": True, "message": "Group deleted successfully."}
    assert [group["id"] for group in client.get(GROUPS).json["data"]] == [2]


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({}, {"name": ["The name field is required."]}),
        ({"name": ""}, {"name": ["The name field is required."]}),
        ({"name": 5}, {"name": ["The name must be a string."]}),
        ([], "The request body must be an object."),
    ],
)
def test_a_bad_group_is_refused(client, body, message):
    answer = client.post(GROUPS, body)

    assert (answer.status, answer.message) == (422, message)


def test_an_account_sees_its_own_only(client, rebuetext):
    client.post(f"{CONTACTS}/add", {"phone": "0738000111"})
    client.post(GROUPS, {"name": "Group 1"})

    assert rebuetext.get(CONTACTS).json["data"] == []
    assert rebuetext.get(GROUPS).json["data"] == []
    assert rebuetext.delete(f"{CONTACTS}/delete/1").status == 404
    assert rebuetext.post(f"{CONTACTS}/add", {"phone": "0738000111"}).status == 200
