"""Contacts: made or updated by e-mail address, read, changed, deleted, imported."""

import pytest

from tests.emulator.dialects.arowana.asking import Workspace

CONTACTS = "/v1/contacts"
KIM = {"email": "kim@mail.example", "phone": "+4915112345001", "source": "API"}


@pytest.fixture
def shop() -> Workspace:
    return Workspace()


def made(shop: Workspace, **members: object) -> dict[str, object]:
    answer = shop.post(CONTACTS, {**KIM, **members})
    assert answer.status == 201, answer
    return answer.json


def test_a_new_contact_is_answered_in_full(shop: Workspace):
    answer = shop.post(
        CONTACTS,
        {
            "external_id": "crm-1042",
            "email": "kim@mail.example",
            "phone": "+4915112345001",
            "first_name": "Kim",
            "last_name": "Berg",
            "source": "API",
            "tags": ["beta"],
            "custom_fields": {"plan": "gold"},
        },
    )

    assert answer.status == 201
    id = answer.json["id"]
    assert answer.json == {
        "id": id,
        "external_id": "crm-1042",
        "email": "kim@mail.example",
        "phone": "+4915112345001",
        "first_name": "Kim",
        "last_name": "Berg",
        "source": "API",
        "status": "ACTIVE",
        "tags": ["beta"],
        "custom_fields": {"plan": "gold"},
        "created_at": "2026-01-01T00:00:00Z",
        "updated_at": "2026-01-01T00:00:00Z",
    }
    assert len(id) == len("c_") + 32
    assert answer.headers["location"].endswith(f"/v1/contacts/{id}")


def test_what_is_not_given_is_null_or_empty(shop: Workspace):
    answer = shop.post(CONTACTS, {"phone": "+4915112345001", "source": "MANUAL"})

    assert answer.status == 201
    names = ("external_id", "email", "first_name", "last_name", "tags", "custom_fields", "source")
    assert [answer.json[name] for name in names] == [None, None, None, None, [], {}, "MANUAL"]


def test_a_known_address_makes_it_an_update(shop: Workspace):
    first = made(shop, first_name="Kim", tags=["a", "b"], custom_fields={"plan": "gold", "size": 3})
    shop.advance(60)

    again = shop.post(
        CONTACTS,
        {"email": "KIM@mail.example", "source": "IMPORT", "tags": ["c"], "custom_fields": {"plan": "silver"}},
    )

    assert again.status == 200
    assert again.json == {
        **first,
        "source": "IMPORT",
        "tags": ["c"],
        "custom_fields": {"plan": "silver", "size": 3},
        "updated_at": "2026-01-01T00:01:00Z",
    }


def test_a_known_phone_number_does_not(shop: Workspace):
    made(shop)

    other = shop.post(CONTACTS, {"phone": KIM["phone"], "source": "API"})

    assert other.status == 201


def test_a_status_is_not_read_when_a_contact_is_made(shop: Workspace):
    assert made(shop, status="BLOCKED")["status"] == "ACTIVE"


def test_an_external_id_belongs_to_one_contact(shop: Workspace):
    made(shop, external_id="crm-1")
    other = made(shop, email="lou@mail.example")

    on_create = shop.post(CONTACTS, {"email": "new@mail.example", "source": "API", "external_id": "crm-1"})
    on_update = shop.patch(f"{CONTACTS}/{other['id']}", {"external_id": "crm-1"})

    for answer in (on_create, on_update):
        assert (answer.status, answer.json) == (
            409,
            {"error": "already_exists", "message": "Another contact has this external_id."},
        )
    assert shop.post(CONTACTS, {"email": "new@mail.example", "source": "API"}).status == 201, "nothing was made before"


def test_an_address_belongs_to_one_contact(shop: Workspace):
    made(shop)
    other = made(shop, email="lou@mail.example")

    answer = shop.patch(f"{CONTACTS}/{other['id']}", {"email": KIM["email"]})

    assert (answer.status, answer.json["error"]) == (409, "already_exists")
    assert answer.json["message"] == "Another contact has this email."


@pytest.mark.parametrize(
    "members",
    [{"source": "API"}, {"source": "API", "email": None}, {"source": "API", "email": None, "phone": None}],
)
def test_a_contact_needs_an_address(shop: Workspace, members: dict[str, object]):
    answer = shop.post(CONTACTS, members)

    assert answer.status == 400
    assert answer.json == {
        "error": "validation_error",
        "message": "Request validation failed.",
        "details": [
            {"field": "email", "message": "Give email or phone."},
            {"field": "phone", "message": "Give email or phone."},
        ],
    }


@pytest.mark.parametrize(
    ("members", "field"),
    [
        ({"email": "kim@mail.example"}, "source"),
        ({**KIM, "source": "GUESS"}, "source"),
        ({**KIM, "email": "kim"}, "email"),
        ({**KIM, "phone": "0151"}, "phone"),
        ({**KIM, "first_name": "K" * 101}, "first_name"),
        ({**KIM, "last_name": "B" * 101}, "last_name"),
        ({**KIM, "tags": [1]}, "tags[0]"),
        ({**KIM, "custom_fields": []}, "custom_fields"),
        ({**KIM, "external_id": ""}, "external_id"),
    ],
)
def test_a_wrong_member_is_named(shop: Workspace, members: dict[str, object], field: str):
    answer = shop.post(CONTACTS, members)

    assert (answer.status, answer.json["error"]) == (400, "validation_error")
    assert [detail["field"] for detail in answer.json["details"]] == [field]


def test_names_may_have_a_hundred_characters(shop: Workspace):
    assert made(shop, first_name="K" * 100)["first_name"] == "K" * 100


def test_a_contact_is_read_with_its_consent_records(shop: Workspace):
    id = made(shop)["id"]
    granted = shop.post(f"{CONTACTS}/{id}/consent", {"channel_type": "EMAIL", "message_type": "NEWSLETTER"}).json

    contact = shop.get(f"{CONTACTS}/{id}")

    assert contact.status == 200
    assert contact.json["consent_records"] == [granted]


def test_a_patch_replaces_tags_merges_fields_and_clears_with_null(shop: Workspace):
    id = made(shop, first_name="Kim", tags=["a"], custom_fields={"plan": "gold"}, external_id="crm-1")["id"]
    shop.advance(5)

    answer = shop.patch(
        f"{CONTACTS}/{id}",
        {"tags": [], "custom_fields": {"size": 3}, "first_name": None, "phone": None, "external_id": None},
    )

    assert answer.status == 200
    assert answer.json["tags"] == []
    assert answer.json["custom_fields"] == {"plan": "gold", "size": 3}
    assert [answer.json[name] for name in ("first_name", "phone", "external_id")] == [None, None, None]
    assert answer.json["email"] == KIM["email"]
    assert answer.json["updated_at"] == "2026-01-01T00:00:05Z"


def test_a_patch_without_members_changes_nothing_else(shop: Workspace):
    first = made(shop)

    answer = shop.patch(f"{CONTACTS}/{first['id']}", {})

    assert answer.json == first


def test_the_last_address_cannot_be_taken_away(shop: Workspace):
    id = made(shop, phone=None)["id"]

    answer = shop.patch(f"{CONTACTS}/{id}", {"email": None})

    assert answer.status == 400
    assert [detail["field"] for detail in answer.json["details"]] == ["email", "phone"]
    assert shop.get(f"{CONTACTS}/{id}").json["email"] == KIM["email"]


@pytest.mark.parametrize("status", ["ACTIVE", "UNSUBSCRIBED", "BOUNCED", "BLOCKED"])
def test_the_status_can_be_set(shop: Workspace, status: str):
    id = made(shop)["id"]

    assert shop.patch(f"{CONTACTS}/{id}", {"status": status}).json["status"] == status


def test_a_blocked_contact_gets_nothing_until_it_is_active_again(shop: Workspace):
    id = made(shop)["id"]
    shop.patch(f"{CONTACTS}/{id}", {"status": "BLOCKED"})
    blocked = shop.send(to=KIM["phone"])
    shop.patch(f"{CONTACTS}/{id}", {"status": "ACTIVE"})

    assert (blocked.status, blocked.json["error"]) == (422, "recipient_suppressed")
    assert shop.send(to=KIM["phone"]).status == 200


def test_a_bounced_contact_that_is_called_active_can_be_written_to_again(shop: Workspace):
    sent = shop.send_mail(to="gone@mail.example")
    contact_id = shop.get(f"/v1/messages/{sent.json['message_id']}").json["contact_id"]
    shop.advance(1)
    shop.report(sent.json["message_id"], "bounced")
    refused = shop.send_mail(to="gone@mail.example")
    bounced = shop.get(f"{CONTACTS}/{contact_id}").json["status"]
    shop.patch(f"{CONTACTS}/{contact_id}", {"status": "ACTIVE"})

    assert (bounced, refused.status) == ("BOUNCED", 422)
    assert shop.send_mail(to="gone@mail.example").status == 200


def test_a_deleted_contact_is_gone_with_its_consent(shop: Workspace):
    id = made(shop)["id"]
    shop.post(f"{CONTACTS}/{id}/consent", {"channel_type": "EMAIL", "message_type": "NEWSLETTER"})

    answer = shop.delete(f"{CONTACTS}/{id}")

    assert (answer.status, answer.json) == (200, {"success": True})
    assert shop.get(f"{CONTACTS}/{id}").status == 404
    assert list(shop.world.store.consents_by_contact.get(id)) == []
    again = made(shop)
    assert again["id"] != id
    assert shop.get(f"{CONTACTS}/{again['id']}/consent").json == {"consent_records": []}


def test_an_address_starts_clean_after_its_contact_was_deleted(shop: Workspace):
    sent = shop.send_mail(to="gone@mail.example")
    contact_id = shop.get(f"/v1/messages/{sent.json['message_id']}").json["contact_id"]
    shop.advance(1)
    shop.report(sent.json["message_id"], "bounced")
    refused = shop.send_mail(to="gone@mail.example")

    shop.delete(f"{CONTACTS}/{contact_id}")

    assert refused.status == 422
    assert shop.send_mail(to="gone@mail.example").status == 200
    assert shop.get(f"/v1/messages/{sent.json['message_id']}").json["contact_id"] == contact_id


@pytest.mark.parametrize("method", ["GET", "PATCH", "DELETE"])
def test_an_unknown_contact_is_not_found(shop: Workspace, method: str):
    answer = shop.request(method, f"{CONTACTS}/c_nobody", json_body={} if method == "PATCH" else None)

    assert (answer.status, answer.json) == (404, {"error": "not_found", "message": "Contact not found."})


def test_another_workspaces_contact_is_not_found(shop: Workspace):
    id = made(shop)["id"]

    assert shop.get(f"{CONTACTS}/{id}", key=shop.other_key).status == 404


@pytest.mark.parametrize(
    ("role", "allowed"), [("viewer", set[str]()), ("editor", {"POST", "PATCH", "IMPORT"}), ("manager", {"DELETE"})]
)
def test_roles_limit_what_a_key_may_do(shop: Workspace, role: str, allowed: set[str]):
    id = made(shop)["id"]
    key = shop.key_with_role(role)

    answers = {
        "POST": shop.post(CONTACTS, {"phone": "+4915112345002", "source": "API"}, key=key),
        "PATCH": shop.patch(f"{CONTACTS}/{id}", {"tags": ["x"]}, key=key),
        "IMPORT": shop.post(f"{CONTACTS}/import", {"contacts": [{"phone": "+4915112345003"}]}, key=key),
        "DELETE": shop.delete(f"{CONTACTS}/{id}", key=key),
    }

    refused = {name for name, answer in answers.items() if answer.status == 403}
    expected = set(answers) - allowed - ({"POST", "PATCH", "IMPORT"} if role == "manager" else set())
    assert refused == expected
    assert all(answers[name].json["error"] == "forbidden" for name in refused)


def test_a_missing_contact_comes_before_a_missing_role(shop: Workspace):
    assert shop.delete(f"{CONTACTS}/c_nobody", key=shop.key_with_role("viewer")).status == 404


def test_an_import_counts_new_contacts_only(shop: Workspace):
    made(shop)

    answer = shop.post(
        f"{CONTACTS}/import",
        {
            "contacts": [
                {"email": "Kim@mail.example", "first_name": "Not Kim"},
                {"email": "new@mail.example", "first_name": "New"},
                {"email": "NEW@mail.example"},
                {"phone": "+4915112345002", "first_name": "Lou", "last_name": "Hall", "tags": ["ignored"]},
                {"first_name": "Nobody"},
                {"email": None, "phone": None},
                {"email": "not an address"},
                "not a row",
            ]
        },
    )

    assert (answer.status, answer.json) == (200, {"imported": 2})
    lou = shop.contact("+4915112345002")
    assert (lou["source"], lou["last_name"], lou["tags"]) == ("IMPORT", "Hall", [])
    assert shop.contact("kim@mail.example")["first_name"] is None


def test_an_import_needs_a_row(shop: Workspace):
    answer = shop.post(f"{CONTACTS}/import", {"contacts": []})

    assert answer.status == 400
    assert answer.json["details"] == [{"field": "contacts", "message": "Must have at least 1 entry."}]


def test_an_import_takes_ten_thousand_rows_and_no_more(shop: Workspace):
    rows = [{"phone": f"+49151{number:08}"} for number in range(10_001)]

    too_many = shop.post(f"{CONTACTS}/import", {"contacts": rows})
    enough = shop.post(f"{CONTACTS}/import", {"contacts": rows[1:]})

    assert (too_many.status, too_many.json) == (
        422,
        {
            "error": "limit_exceeded",
            "message": "An import has at most 10000 contacts.",
            "details": [{"field": "contacts", "message": "Must have at most 10000 entries."}],
        },
    )
    assert (enough.status, enough.json) == (200, {"imported": 10_000})


def test_a_repeated_creation_is_answered_again(shop: Workspace):
    headers = {"Idempotency-Key": "5b0a3f52-5d5c-4d0e-9a55-0d6a3c1c7e11"}
    first = shop.post(CONTACTS, KIM, headers=headers)

    again = shop.post(CONTACTS, KIM, headers=headers)

    assert (again.status, again.body) == (201, first.body)
    assert again.headers["idempotent-replayed"] == "true"
