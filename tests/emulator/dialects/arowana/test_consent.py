"""Consent records: granted, with double opt-in or without, revoked, and told to webhooks."""

from typing import Any

import pytest

from emulator.core.errors import NotFound
from emulator.core.records import Channel, Message, Status
from emulator.dialects.arowana import DIALECT, consent_records
from emulator.testing.texts import find_links
from tests.emulator.dialects.arowana.asking import PERSON, Answer, Workspace

NEWS = {"channel_type": "EMAIL", "message_type": "NEWSLETTER"}
DOUBLE = {**NEWS, "source": "landing_page", "enforced_doi": True, "doi_channel": "EMAIL"}


@pytest.fixture
def shop() -> Workspace:
    return Workspace()


@pytest.fixture
def path(shop: Workspace) -> str:
    """The consent of a new contact."""
    made = shop.post("/v1/contacts", {"email": "kim@mail.example", "source": "API"})
    shop.listen_to_all()
    return f"/v1/contacts/{made.json['id']}/consent"


def contact_of(path: str) -> str:
    return path.split("/")[3]


def confirm(shop: Workspace, id: str) -> None:
    shop.amend(confirm_consents=[id])


def test_a_consent_is_granted_at_once(shop: Workspace, path: str):
    answer = shop.post(path, {**NEWS, "source": "checkout", "proof_text": "Box ticked at checkout."})

    assert answer.status == 201
    id = answer.json["id"]
    assert answer.json == {
        "id": id,
        "contact_id": contact_of(path),
        "channel_type": "EMAIL",
        "message_type": "NEWSLETTER",
        "status": "GRANTED",
        "source": "checkout",
        "proof_text": "Box ticked at checkout.",
        "enforced_doi": False,
        "doi_status": None,
        "doi_channel": None,
        "granted_at": "2026-01-01T00:00:00Z",
        "revoked_at": None,
        "created_at": "2026-01-01T00:00:00Z",
    }
    assert shop.data_of("consent.created") == [
        {
            "contact_id": contact_of(path),
            "consent_record_id": id,
            "channel_type": "EMAIL",
            "message_type": "NEWSLETTER",
            "status": "GRANTED",
            "source": "checkout",
            "enforced_doi": False,
            "doi_status": None,
            "created_at": "2026-01-01T00:00:00Z",
        }
    ]
    assert len(id) == len("cr_") + 32


def test_the_source_is_the_api_unless_it_is_given(shop: Workspace, path: str):
    assert shop.post(path, NEWS).json["source"] == "api"


def test_double_opt_in_waits_for_the_person(shop: Workspace, path: str):
    pending = shop.post(path, DOUBLE).json
    shop.advance(90)
    confirm(shop, pending["id"])
    confirm(shop, pending["id"])

    (granted,) = shop.get(path).json["consent_records"]
    assert [pending[name] for name in ("status", "doi_status", "doi_channel", "granted_at")] == [
        "PENDING",
        "DOI_SEND",
        "EMAIL",
        None,
    ]
    assert granted == {
        **pending,
        "status": "GRANTED",
        "doi_status": "DOI_ACCEPTED",
        "granted_at": "2026-01-01T00:01:30Z",
    }
    assert [data["status"] for data in shop.data_of("consent.created")] == ["PENDING"]
    assert shop.data_of("consent.updated") == [
        {
            "contact_id": contact_of(path),
            "consent_record_id": pending["id"],
            "channel_type": "EMAIL",
            "message_type": "NEWSLETTER",
            "previous_status": "PENDING",
            "status": "GRANTED",
            "source": "doi_confirmation",
            "doi_status": "DOI_ACCEPTED",
            "updated_at": "2026-01-01T00:01:30Z",
        }
    ]


def test_a_newsletter_may_be_sent_once_the_person_confirmed(shop: Workspace, path: str):
    pending = shop.post(path, DOUBLE).json
    before = shop.send_mail(to="kim@mail.example", message_type="NEWSLETTER")
    confirm(shop, pending["id"])

    assert (before.status, before.json["error"]) == (422, "consent_required")
    assert shop.send_mail(to="kim@mail.example", message_type="NEWSLETTER").status == 200


def asked(shop: Workspace) -> Message:
    """The message that asks for a confirmation."""
    return next(each for each in shop.world.store.messages if "confirms" in each.extras)


def click(shop: Workspace, message: Message) -> Answer:
    """Follow the link that the person sees, as a browser does: without a key."""
    content = DIALECT.render_content(shop.world, message, "http://127.0.0.1:8026/arowana")
    link = find_links(content.text or "", content.html)[0].url
    return shop.get(link.removeprefix("http://127.0.0.1:8026/arowana"), headers={"Authorization": ""})


class TestConfirmingByLink:
    def test_the_person_gets_a_mail_and_its_link_confirms(self, shop: Workspace, path: str):
        pending = shop.post(path, DOUBLE).json
        mail = asked(shop)
        shop.advance(60)

        replies = [click(shop, mail) for _ in range(2)]

        assert [reply.status for reply in replies] == [200, 200]
        assert shop.recipient(mail.id).address == "kim@mail.example"
        (granted,) = shop.get(path).json["consent_records"]
        assert (granted["id"], granted["status"], granted["doi_status"]) == (pending["id"], "GRANTED", "DOI_ACCEPTED")
        assert [data["source"] for data in shop.data_of("consent.updated")] == ["doi_confirmation"]

    def test_the_mail_shows_the_link_in_both_parts(self, shop: Workspace, path: str):
        shop.post(path, DOUBLE)
        mail = asked(shop)

        content = DIALECT.render_content(shop.world, mail, "http://x/arowana")

        link = f"http://x/arowana/t/{mail.id}/confirm"
        assert content.subject == "Please confirm your subscription"
        assert (content.text or "").endswith(link)
        assert f'<a href="{link}">' in (content.html or "")

    @pytest.mark.parametrize("channel", ["SMS", "RCS"])
    def test_over_a_phone_it_is_a_text(self, shop: Workspace, channel: str):
        contact = shop.post("/v1/contacts", {"phone": PERSON, "source": "API"}).json
        path = f"/v1/contacts/{contact['id']}/consent"
        shop.post(path, {**DOUBLE, "doi_channel": channel})
        message = asked(shop)
        shop.advance(60)

        assert (message.channel, shop.recipient(message.id).address) == (channel.lower(), PERSON)
        assert shop.recipient(message.id).status is Status.DELIVERED
        assert click(shop, message).status == 200
        assert shop.get(path).json["consent_records"][0]["status"] == "GRANTED"

    def test_it_costs_nothing_stands_in_no_log_and_is_told_to_nobody(self, shop: Workspace, path: str):
        before = shop.balance
        shop.post(path, DOUBLE)
        shop.advance(60)

        assert shop.balance == before
        assert shop.get("/v1/messages").json["total"] == 0
        assert {event.type for event in shop.events} == {"consent.created"}

    @pytest.mark.parametrize(
        "asking",
        [{**DOUBLE, "doi_channel": "SMS"}, NEWS],
        ids=["no address on that channel", "no double opt-in"],
    )
    def test_nobody_is_asked(self, shop: Workspace, path: str, asking: dict[str, Any]):
        assert shop.post(path, asking).status == 201

        assert len(shop.world.store.messages) == 0

    def test_a_suppressed_address_is_not_asked(self, shop: Workspace):
        contact = shop.post("/v1/contacts", {"email": "blocked@simulator.example", "source": "API"}).json

        assert shop.post(f"/v1/contacts/{contact['id']}/consent", DOUBLE).json["status"] == "PENDING"

        assert len(shop.world.store.messages) == 0

    def test_what_was_revoked_is_confirmed_by_no_link(self, shop: Workspace, path: str):
        pending = shop.post(path, DOUBLE).json
        shop.delete(f"{path}/{pending['id']}")

        reply = click(shop, asked(shop))

        assert (reply.status, reply.error) == (404, "not_found")
        assert shop.get(path).json["consent_records"][0]["status"] == "REVOKED"

    def test_another_message_confirms_nothing(self, shop: Workspace):
        for id in (shop.sent(), "msg_nobody"):
            assert shop.get(f"/t/{id}/confirm", headers={"Authorization": ""}).status == 404


def test_only_a_pending_consent_is_confirmed(shop: Workspace, path: str):
    granted = shop.post(path, NEWS).json
    confirm(shop, granted["id"])
    after_grant = shop.get(path).json["consent_records"]
    revoked = shop.delete(f"{path}/{granted['id']}").json
    confirm(shop, granted["id"])

    assert after_grant == [granted]
    assert shop.get(path).json["consent_records"] == [revoked]


def test_only_ones_own_record_can_be_confirmed(shop: Workspace):
    contact = shop.post("/v1/contacts", {"email": "lou@mail.example", "source": "API"}, key=shop.other_key).json
    others = shop.post(f"/v1/contacts/{contact['id']}/consent", DOUBLE, key=shop.other_key).json

    for id in ("cr_nobody", others["id"]):
        with pytest.raises(NotFound):
            confirm(shop, id)


def test_double_opt_in_needs_a_channel(shop: Workspace, path: str):
    answer = shop.post(path, {**NEWS, "enforced_doi": True})

    assert answer.status == 400
    assert answer.json["details"] == [{"field": "doi_channel", "message": "Is required."}]


def test_without_double_opt_in_its_channel_is_not_kept(shop: Workspace, path: str):
    assert shop.post(path, {**NEWS, "doi_channel": "SMS"}).json["doi_channel"] is None


def test_a_repeated_grant_changes_the_record_that_there_is(shop: Workspace, path: str):
    first = shop.post(path, {**NEWS, "source": "checkout"}).json
    shop.advance(60)

    again = shop.post(path, {**NEWS, "source": "crm_sync", "proof_text": "Again."})

    assert again.status == 200
    assert again.json == {
        **first,
        "source": "crm_sync",
        "proof_text": "Again.",
        "granted_at": "2026-01-01T00:01:00Z",
    }
    assert shop.data_of("consent.updated") == []


@pytest.mark.parametrize(("source", "told"), [("crm_sync", "crm_sync"), ("api", "api"), ("checkout", "api")])
def test_a_revoked_consent_can_be_granted_again(shop: Workspace, path: str, source: str, told: str):
    id = shop.post(path, NEWS).json["id"]
    shop.delete(f"{path}/{id}")

    again = shop.post(path, {**NEWS, "source": source})

    assert (again.status, again.json["id"], again.json["status"], again.json["revoked_at"]) == (
        200,
        id,
        "GRANTED",
        None,
    )
    assert shop.data_of("consent.updated")[-1]["previous_status"] == "REVOKED"
    assert shop.data_of("consent.updated")[-1]["source"] == told


def test_each_pair_of_channel_and_type_has_a_record_of_its_own(shop: Workspace, path: str):
    pairs = [(channel, type) for channel in ("EMAIL", "RCS", "SMS") for type in ("MESSAGE", "NEWSLETTER")]
    made = [shop.post(path, {"channel_type": channel, "message_type": type}).status for channel, type in pairs]

    records = shop.get(path).json["consent_records"]

    assert made == [201] * 6
    assert [(record["channel_type"], record["message_type"]) for record in records] == pairs


def test_a_revoked_record_stays(shop: Workspace, path: str):
    granted = shop.post(path, {**NEWS, "source": "checkout"}).json
    shop.advance(60)

    answer = shop.delete(f"{path}/{granted['id']}")
    again = shop.delete(f"{path}/{granted['id']}")

    assert answer.status == 200
    assert answer.json == {**granted, "status": "REVOKED", "revoked_at": "2026-01-01T00:01:00Z"}
    assert (again.status, again.json) == (200, answer.json)
    (told,) = shop.data_of("consent.updated")
    assert (told["previous_status"], told["status"], told["source"]) == ("GRANTED", "REVOKED", "api")


def test_a_revoked_consent_stops_newsletters(shop: Workspace, path: str):
    id = shop.post(path, NEWS).json["id"]
    shop.delete(f"{path}/{id}")

    answer = shop.send_mail(to="kim@mail.example", message_type="NEWSLETTER")

    assert (answer.status, answer.json["error"]) == (422, "consent_revoked")


@pytest.mark.parametrize("cause", ["complaint", "unsubscribe"])
def test_what_the_person_does_is_told_with_its_cause(shop: Workspace, path: str, cause: str):
    shop.post(path, NEWS)

    consent_records.withdraw(shop.world, contact_of(path), Channel.EMAIL, "NEWSLETTER", cause)
    consent_records.withdraw(shop.world, contact_of(path), Channel.RCS, "NEWSLETTER", cause)

    assert [data["source"] for data in shop.data_of("consent.updated")] == [cause]


def test_an_unknown_record_or_contact_is_not_found(shop: Workspace, path: str):
    other = shop.post("/v1/contacts", {"email": "lou@mail.example", "source": "API"}).json["id"]
    id = shop.post(path, NEWS).json["id"]

    answers = {
        "record": shop.delete(f"{path}/cr_nothing"),
        "another contact's record": shop.delete(f"/v1/contacts/{other}/consent/{id}"),
        "contact": shop.delete(f"/v1/contacts/c_nobody/consent/{id}"),
        "list": shop.get("/v1/contacts/c_nobody/consent"),
        "grant": shop.post("/v1/contacts/c_nobody/consent", NEWS),
    }

    assert {name: (answer.status, answer.json["message"]) for name, answer in answers.items()} == {
        "record": (404, "Consent record not found."),
        "another contact's record": (404, "Consent record not found."),
        "contact": (404, "Contact not found."),
        "list": (404, "Contact not found."),
        "grant": (404, "Contact not found."),
    }


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"channel_type": "FAX"}, "channel_type"),
        ({"message_type": "CONVERSATION"}, "message_type"),
        ({"source": ""}, "source"),
        ({"proof_text": "x" * 5001}, "proof_text"),
        ({"enforced_doi": "yes"}, "enforced_doi"),
        ({"doi_channel": "FAX"}, "doi_channel"),
    ],
)
def test_a_wrong_member_is_named(shop: Workspace, path: str, changes: dict[str, Any], field: str):
    answer = shop.post(path, {**NEWS, **changes})

    assert answer.status == 400
    assert [detail["field"] for detail in answer.json["details"]] == [field]


def test_a_proof_may_have_five_thousand_characters(shop: Workspace, path: str):
    assert shop.post(path, {**NEWS, "proof_text": "x" * 5000}).status == 201
