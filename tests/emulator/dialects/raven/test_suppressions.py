"""The suppression list: entered and lifted by hand, compared without regard to case, and never written to."""

import pytest

from emulator.core import suppressions
from emulator.core.records import Channel
from tests.emulator.dialects.raven.asking import Raven

LIST = "/v1/admin/suppressions"
JUMA = {"channel": "email", "address": "Juma@Example.org", "reason": "manual"}


@pytest.fixture
def raven() -> Raven:
    return Raven()


def test_a_new_entry_has_the_documented_members(raven: Raven):
    made = raven.ask("POST", LIST, JUMA)

    assert made.status == 201
    assert made.body == {
        "id": made.body["id"],
        "channel": "email",
        "address": "juma@example.org",
        "reason": "manual",
        "createdAt": "2026-01-01T00:00:00.000Z",
    }


def test_a_message_to_a_suppressed_address_reaches_no_provider(raven: Raven):
    raven.ask("POST", LIST, JUMA)

    shown = raven.show(raven.send(to="JUMA@example.org"))

    assert (shown["status"], shown["suppressionReason"], shown["costAmount"]) == ("suppressed", "manual", None)
    assert [event["eventType"] for event in shown["events"]] == ["queued", "suppressed"]


@pytest.mark.parametrize("environment", ["live", "test"])
def test_an_entry_holds_in_both_environments(raven: Raven, environment: str):
    raven.ask("POST", LIST, JUMA)

    found = suppressions.find(raven.world.store, raven.tenant().id, Channel.EMAIL, "juma@example.org", environment)

    assert found is not None


def test_an_address_is_entered_once_for_a_channel(raven: Raven):
    raven.ask("POST", LIST, JUMA)

    refused = raven.ask("POST", LIST, {**JUMA, "address": "JUMA@EXAMPLE.ORG", "reason": "unsubscribed"})

    assert (refused.status, refused.message) == (409, "Address already suppressed for this channel")


def test_an_address_that_bounced_is_not_entered_again(raven: Raven):
    suppressions.suppress(
        raven.world.store,
        raven.world.ids,
        raven.tenant().id,
        Channel.EMAIL,
        "juma@example.org",
        "hard_bounce",
        at=raven.world.clock.now,
        environment="live",
    )

    assert raven.ask("POST", LIST, JUMA).status == 409


def test_two_tenants_know_nothing_of_each_other(raven: Raven):
    raven.ask("POST", LIST, JUMA, tenant="kilima")

    assert raven.ask("GET", LIST).body == {"data": [], "nextCursor": None}
    assert raven.ask("POST", LIST, JUMA).status == 201


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({}, "channel is required; address is required; reason is required"),
        ({**JUMA, "address": "juma"}, "address must be an email address"),
        (
            {**JUMA, "channel": "sms", "address": "0722000000"},
            "address must be a phone number in E.164 form, such as +254722000000",
        ),
        ({**JUMA, "channel": "push"}, "channel must be one of: email, sms"),
        ({**JUMA, "reason": "dislike"}, "reason must be one of: hard_bounce, spam_complaint, unsubscribed, manual"),
    ],
)
def test_a_wrong_entry_is_refused(raven: Raven, body: dict[str, str], message: str):
    refused = raven.ask("POST", LIST, body)

    assert (refused.status, refused.message) == (400, message)


def test_the_list_is_newest_first_and_filtered(raven: Raven):
    for number in range(3):
        raven.ask("POST", LIST, {"channel": "sms", "address": f"+25472200000{number}", "reason": "unsubscribed"})
    raven.ask("POST", LIST, JUMA)

    def addresses(query: str) -> list[str]:
        return [entry["address"] for entry in raven.ask("GET", f"{LIST}?{query}").body["data"]]

    assert addresses("") == ["juma@example.org", "+254722000002", "+254722000001", "+254722000000"]
    assert addresses("channel=email") == ["juma@example.org"]
    assert addresses("q=JUMA") == ["juma@example.org"]
    assert addresses("channel=sms&q=001") == ["+254722000001"]


def test_the_list_comes_in_pages(raven: Raven):
    for number in range(5):
        raven.ask("POST", LIST, {"channel": "sms", "address": f"+25472200000{number}", "reason": "manual"})
    seen: list[str] = []
    cursor = ""
    while True:
        page = raven.ask("GET", f"{LIST}?limit=2{cursor}").body
        seen += [entry["address"][-1] for entry in page["data"]]
        if page["nextCursor"] is None:
            break
        cursor = f"&cursor={page['nextCursor']}"

    assert seen == ["4", "3", "2", "1", "0"]


@pytest.mark.parametrize("query", ["limit=0", "limit=101", "limit=many", "channel=push", "cursor=nonsense"])
def test_a_wrong_query_is_refused(raven: Raven, query: str):
    assert raven.ask("GET", f"{LIST}?{query}").status == 400


def test_a_lifted_suppression_lets_messages_through_again(raven: Raven):
    id = raven.ask("POST", LIST, JUMA).body["id"]

    lifted = raven.ask("DELETE", f"{LIST}/{id}")

    assert (lifted.status, lifted.body) == (204, None)
    assert raven.show(raven.send(to="juma@example.org"))["status"] == "delivered"


def test_what_is_not_on_the_list_cannot_be_lifted(raven: Raven):
    foreign = raven.ask("POST", LIST, JUMA, tenant="kilima").body["id"]

    answers = [raven.ask("DELETE", f"{LIST}/{id}") for id in (foreign, "nothing")]

    assert {(answer.status, answer.message) for answer in answers} == {(404, "Suppression not found")}


def test_every_role_may_read_and_only_two_may_write(raven: Raven):
    roles = ("owner", "admin", "member", "viewer")
    entries = [{**JUMA, "address": f"{role}@example.org"} for role in roles]

    assert [raven.ask("GET", LIST, role=role).status for role in roles] == [200, 200, 200, 200]
    assert [raven.ask("POST", LIST, entry, role=role).status for role, entry in zip(roles, entries, strict=True)] == [
        201,
        201,
        403,
        403,
    ]


def test_both_changes_are_written_into_the_audit_log(raven: Raven):
    id = raven.ask("POST", LIST, JUMA).body["id"]
    raven.ask("DELETE", f"{LIST}/{id}")

    assert raven.audit() == [("suppression.delete", id), ("suppression.create", id)]
