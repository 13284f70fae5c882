"""Who may be written to: consent, contact status, suppressions, and what changes them."""

from datetime import timedelta
from typing import Any

import pytest

from emulator.core.failures import Match
from emulator.core.patterns import address_pattern, pattern_of
from emulator.core.records import EventType
from emulator.gateway import rules
from emulator.gateway.reporting import report
from emulator.providers.reasons import Reason
from emulator.providers.script import Report, Script, make_script
from tests.emulator.dialects.arowana.conftest import MAIL, TEXT, Api

SENDS: dict[str, dict[str, Any]] = {"RCS": TEXT, "EMAIL": MAIL}
PENDING = {"RCS": "+4915112345679", "EMAIL": "lou@example.org"}
WITHDRAWN = {"RCS": "+4915112345680", "EMAIL": "max@example.org"}
UNKNOWN = {"RCS": "+4915100000000", "EMAIL": "nobody@example.org"}

each_channel = pytest.mark.parametrize("channel", ["RCS", "EMAIL"])


def send(api: Api, channel: str, to: str, message_type: str = "NEWSLETTER") -> Any:
    return api.send(SENDS[channel], to=to, message_type=message_type)


@each_channel
def test_a_newsletter_needs_a_record(api: Api, channel: str):
    reply = send(api, channel, UNKNOWN[channel])

    assert reply.json == {
        "error": "consent_required",
        "message": f"The recipient has not consented to {channel} NEWSLETTER.",
        "details": [{"field": "to", "message": "There is no consent record."}],
    }


@each_channel
def test_a_newsletter_needs_a_record_that_is_confirmed(api: Api, channel: str):
    reply = send(api, channel, PENDING[channel])

    assert reply.json == {
        "error": "consent_required",
        "message": f"The recipient has not consented to {channel} NEWSLETTER.",
        "details": [{"field": "to", "message": "Consent status is PENDING."}],
    }


@each_channel
def test_a_newsletter_is_not_sent_to_whom_withdrew(api: Api, channel: str):
    reply = send(api, channel, WITHDRAWN[channel])

    assert reply.status == 422
    assert reply.json == {
        "error": "consent_revoked",
        "message": f"The recipient withdrew consent for {channel} NEWSLETTER.",
        "details": [{"field": "to", "message": "Consent status is REVOKED."}],
    }


@each_channel
def test_a_newsletter_is_sent_to_a_subscriber(api: Api, channel: str):
    assert send(api, channel, SENDS[channel]["to"]).status == 200


@each_channel
@pytest.mark.parametrize("people", [UNKNOWN, PENDING, WITHDRAWN], ids=["no record", "pending", "revoked"])
def test_an_ordinary_message_asks_for_no_newsletter_consent(api: Api, channel: str, people: dict[str, str]):
    assert send(api, channel, people[channel], "MESSAGE").status == 200


@each_channel
def test_an_ordinary_message_is_blocked_by_its_own_revoked_record(api: Api, channel: str):
    kind = "email" if channel == "EMAIL" else "phone"
    revoked = {"channel_type": channel, "message_type": "MESSAGE", "status": "REVOKED"}
    api.amend(contacts=[{kind: UNKNOWN[channel], "consents": [revoked]}])

    reply = send(api, channel, UNKNOWN[channel], "MESSAGE")

    assert (reply.error, reply.json["message"]) == (
        "consent_revoked",
        f"The recipient withdrew consent for {channel} MESSAGE.",
    )


NOTHING: set[tuple[str, str]] = set()


@pytest.mark.parametrize(
    ("status", "refused"),
    [
        ("ACTIVE", NOTHING),
        ("UNSUBSCRIBED", {("RCS", "NEWSLETTER"), ("EMAIL", "NEWSLETTER")}),
        ("BOUNCED", {("EMAIL", "MESSAGE"), ("EMAIL", "NEWSLETTER")}),
        (
            "BLOCKED",
            {("RCS", "MESSAGE"), ("RCS", "NEWSLETTER"), ("EMAIL", "MESSAGE"), ("EMAIL", "NEWSLETTER")},
        ),
    ],
)
def test_the_contacts_status_keeps_what_it_keeps(api: Api, status: str, refused: set[tuple[str, str]]):
    api.amend(contacts=[{"email": "kim@example.org", "status": status}])

    found: set[tuple[str, str]] = set()
    for channel, message in SENDS.items():
        for message_type in ("MESSAGE", "NEWSLETTER"):
            reply = send(api, channel, message["to"], message_type)
            if reply.status == 422:
                assert (reply.error, reply.details) == (
                    "recipient_suppressed",
                    [("to", f"Contact status is {status}.")],
                )
                found.add((channel, message_type))

    assert found == refused


def contact_status(api: Api, id: str) -> str:
    return api.get(f"/v1/contacts/{api.read(id)['contact_id']}").json["status"]


HARD = Report(type=EventType.BOUNCED, reason=Reason.UNKNOWN_SUBSCRIBER)
SOFT = Report(type=EventType.BOUNCED, hard=False, reason=Reason.MAILBOX_FULL)


def bounce(api: Api, to: str, step: Report = HARD) -> str:
    """A mail that bounces before it is delivered."""
    id = api.sent(MAIL, to=to)
    api.advance(2)
    report(api.world, id, step)
    return id


def another_with(api: Api, phone: str) -> str:
    """A number becomes a contact by a send; then another contact is made that has it."""
    api.sent(to=phone)
    members = {"email": "both@example.org", "phone": phone, "source": "API"}
    return api.post("/v1/contacts", members).json["id"]


def test_any_contact_with_the_number_may_consent(api: Api):
    id = another_with(api, UNKNOWN["RCS"])
    api.post(f"/v1/contacts/{id}/consent", {"channel_type": "RCS", "message_type": "NEWSLETTER"})

    assert send(api, "RCS", UNKNOWN["RCS"]).status == 200


def test_any_contact_with_the_number_may_refuse(api: Api):
    id = another_with(api, SENDS["RCS"]["to"])
    record = api.post(f"/v1/contacts/{id}/consent", {"channel_type": "RCS", "message_type": "NEWSLETTER"}).json["id"]

    api.delete(f"/v1/contacts/{id}/consent/{record}")
    assert send(api, "RCS", SENDS["RCS"]["to"]).error == "consent_revoked"

    api.patch(f"/v1/contacts/{id}", {"status": "BLOCKED"})
    assert api.send().error == "recipient_suppressed"


def test_a_hard_bounce_suppresses_the_address_and_marks_the_contact(api: Api):
    id = bounce(api, "Gone@example.org")

    assert contact_status(api, id) == "BOUNCED"
    refused = api.send(MAIL, to="gone@example.org")
    assert (refused.error, refused.details) == ("recipient_suppressed", [("to", "Contact status is BOUNCED.")])
    assert api.balance == (50.0, 0.0, 50.0)


def test_a_suppressed_address_stays_so_with_another_contact(api: Api, world: Any):
    id = bounce(api, "gone@example.org")
    world.store.contacts.delete(api.read(id)["contact_id"])

    reply = api.send(MAIL, to="gone@example.org")

    assert reply.details == [("to", "The address is suppressed.")]


def test_a_soft_bounce_changes_nothing(api: Api):
    id = bounce(api, "busy@example.org", SOFT)

    assert contact_status(api, id) == "ACTIVE"
    assert api.send(MAIL, to="busy@example.org").status == 200


def test_a_magic_recipient_that_bounces_stays_usable(api: Api):
    for _ in range(2):
        assert api.life(MAIL, to="bounce@simulator.example")["status"] == "bounced"


def test_a_bounced_contact_stays_blocked_if_it_was(api: Api):
    id = api.sent(MAIL, to="gone@example.org")
    api.advance(2)
    api.amend(contacts=[{"email": "gone@example.org", "status": "BLOCKED"}])
    report(api.world, id, Report(type=EventType.BOUNCED, reason=Reason.UNKNOWN_SUBSCRIBER))

    assert contact_status(api, id) == "BLOCKED"


@pytest.mark.parametrize(
    ("type", "source", "event"),
    [
        (EventType.COMPLAINED, "complaint", "email.complained"),
        (EventType.UNSUBSCRIBED, "unsubscribe", "email.unsubscribed"),
    ],
)
def test_a_complaint_and_an_unsubscription_take_the_consent_back(api: Api, type: EventType, source: str, event: str):
    api.listen("consent.updated", event)
    id = api.sent(MAIL, message_type="NEWSLETTER")
    api.advance(6)
    report(api.world, id, Report(type=type))

    updated = api.told("consent.updated")
    assert [
        (each["data"]["channel_type"], each["data"]["message_type"], each["data"]["status"], each["data"]["source"])
        for each in updated
    ] == [("EMAIL", "NEWSLETTER", "REVOKED", source)]
    assert len(api.told(event)) == 1
    assert api.send(MAIL, message_type="NEWSLETTER").error == "consent_revoked"
    # Ordinary mail, and RCS, go on.
    assert api.send(MAIL).status == 200
    assert api.send(message_type="NEWSLETTER").status == 200


def test_a_complaint_leaves_the_status_delivered(api: Api):
    message = api.life(MAIL, to="complaint@simulator.example")

    assert message["status"] == "delivered"
    assert [event["type"] for event in message["events"]] == ["queued", "sent", "delivered", "complained"]


def test_a_complaint_about_an_ordinary_mail_without_any_consent_takes_nothing(api: Api):
    api.listen("consent.updated", "consent.created")
    api.life(MAIL, to="complaint@simulator.example")

    assert api.told() == []


def test_the_magic_mail_recipient_stop_gets_nothing_any_more(api: Api):
    api.life(MAIL, to="stop@simulator.example")

    assert api.send(MAIL, to="stop@simulator.example").error == "recipient_suppressed"


def test_the_magic_number_unsubscribe_gets_nothing_any_more(api: Api):
    message = api.life(to="+12025550120")

    assert message["status"] == "unsubscribed"
    assert api.send(to="+12025550120").error == "recipient_suppressed"


def test_a_deleted_contact_starts_clean(api: Api):
    id = bounce(api, "gone@example.org")
    contact_id = api.read(id)["contact_id"]
    assert api.delete(f"/v1/contacts/{contact_id}").status == 200

    assert api.send(MAIL, to="gone@example.org").status == 200
    assert api.read(id)["contact_id"] == contact_id


MAGIC = {("RCS", "blocked"): "+12025550104", ("EMAIL", "blocked"): "blocked@simulator.example"}
NO_RCS = "+12025550122"


def rule(api: Api, script: Script, **match: str) -> None:
    """Enter a provider rule for messages like this, once."""
    conditions: dict[str, Any] = {
        name: (address_pattern if name == "recipient" else pattern_of)(text) for name, text in match.items()
    }
    rules.enter(api.world, rules.RuleDraft(match=Match(**conditions), script=script, times=1))


DELIVERED = make_script("delivered", Report(type=EventType.DELIVERED, after=timedelta(seconds=1)))


@each_channel
def test_a_rule_that_says_what_happens_frees_a_blocked_magic_recipient(api: Api, channel: str):
    to = MAGIC[channel, "blocked"]
    rule(api, DELIVERED, recipient=to)

    assert api.life(SENDS[channel], to=to)["status"] == "delivered"
    # The rule is used up.
    assert send(api, channel, to, "MESSAGE").error == "recipient_suppressed"


def test_a_rule_that_says_what_happens_frees_a_magic_recipient_without_rcs(api: Api):
    rule(api, DELIVERED, recipient=NO_RCS)

    assert api.life(to=NO_RCS)["status"] == "delivered"
    assert api.send(to=NO_RCS).error == "device_not_rcs_capable"


def test_a_rule_about_other_texts_frees_nobody(api: Api):
    rule(api, DELIVERED, text="Another text")

    assert api.send(to=NO_RCS).error == "device_not_rcs_capable"
    assert send(api, "EMAIL", MAGIC["EMAIL", "blocked"], "MESSAGE").error == "recipient_suppressed"


def test_a_rule_frees_nobody_whom_the_workspace_knows_better(api: Api):
    rule(api, DELIVERED)
    api.amend(contacts=[{"phone": MAGIC["RCS", "blocked"], "status": "BLOCKED"}], recipients={NO_RCS: {"rcs": False}})

    assert api.send(to=MAGIC["RCS", "blocked"]).error == "recipient_suppressed"
    assert api.send(to=NO_RCS).error == "device_not_rcs_capable"
