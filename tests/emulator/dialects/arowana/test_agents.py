"""RCS agents: made as drafts, completed, submitted, approved or rejected, launched."""

from typing import Any

import pytest

from emulator.core.errors import NotFound, StatusConflict
from emulator.dialects.arowana.handlers.agents import contrast_to_white
from tests.emulator.dialects.arowana.asking import Workspace

AGENTS = "/v1/rcs/agents"
SHOP = {
    "display_name": "Example Shop",
    "region": "EUROPE",
    "billing_category": "CONVERSATIONAL",
    "use_case": "MULTI_USE",
    "newsletter_enabled": True,
}
PROFILE = {
    "description": "Orders and offers of the Example Shop.",
    "color": "#1A4D8F",
    "logo_url": "https://img.example/logo.png",
    "banner_url": "https://img.example/banner.png",
    "phone": "+4930999999",
    "email": "help@shop.example",
    "website": "https://shop.example",
    "privacy_policy_url": "https://shop.example/privacy",
    "terms_of_service_url": "https://shop.example/terms",
}
DAY = 24 * 60 * 60


@pytest.fixture
def shop() -> Workspace:
    return Workspace()


def made(shop: Workspace, **changes: Any) -> str:
    answer = shop.post(AGENTS, {**SHOP, **changes})
    assert answer.status == 201, answer
    return answer.json["agent_id"]


def complete(shop: Workspace, **changes: Any) -> str:
    """A draft that can be submitted; a member that is None is left out."""
    id = made(shop)
    profile = {name: value for name, value in {**PROFILE, **changes}.items() if value is not None}
    assert shop.patch(f"{AGENTS}/{id}", profile).status == 200
    return id


def submitted(shop: Workspace) -> str:
    id = complete(shop)
    assert shop.post(f"{AGENTS}/{id}/submit").status == 202
    return id


def decide(shop: Workspace, id: str, decision: str, **more: str) -> None:
    shop.amend(decide_reviews={id: {"decision": decision, **more}})


def approved(shop: Workspace) -> str:
    id = submitted(shop)
    decide(shop, id, "APPROVED")
    return id.replace("draft", "live")


def test_a_new_agent_is_a_draft(shop: Workspace):
    answer = shop.post(AGENTS, SHOP)

    id = answer.json["agent_id"]
    assert answer.status == 201
    assert answer.json == {"agent_id": id, "status": "DRAFT", "created_at": "2026-01-01T00:00:00Z", **SHOP}
    assert id.startswith("ag_draft_")
    assert answer.headers["location"].endswith(f"{AGENTS}/{id}")


def test_newsletters_are_off_unless_asked_for(shop: Workspace):
    body = {name: value for name, value in SHOP.items() if name != "newsletter_enabled"}

    assert shop.post(AGENTS, body).json["newsletter_enabled"] is False


def test_the_profile_is_not_read_when_an_agent_is_made(shop: Workspace):
    id = made(shop, description="Something.")

    assert shop.get(f"{AGENTS}/{id}").json["description"] is None


@pytest.mark.parametrize("name", ["display_name", "region", "billing_category", "use_case"])
def test_what_an_agent_needs_is_named(shop: Workspace, name: str):
    answer = shop.post(AGENTS, {key: value for key, value in SHOP.items() if key != name})

    assert answer.status == 400
    assert answer.json["details"] == [{"field": name, "message": "Is required."}]


@pytest.mark.parametrize(
    ("name", "value"), [("region", "ASIA"), ("billing_category", "FREE"), ("use_case", "FUN"), ("display_name", "")]
)
def test_a_wrong_member_is_named(shop: Workspace, name: str, value: str):
    answer = shop.post(AGENTS, {**SHOP, name: value})

    assert answer.status == 400
    assert [detail["field"] for detail in answer.json["details"]] == [name]


def test_a_draft_can_be_completed(shop: Workspace):
    id = made(shop)

    answer = shop.patch(f"{AGENTS}/{id}", {**PROFILE, "billing_category": "NON_CONVERSATIONAL"})

    assert answer.status == 200
    assert answer.json == {
        "agent_id": id,
        "status": "DRAFT",
        **SHOP,
        **PROFILE,
        "billing_category": "NON_CONVERSATIONAL",
        "created_at": "2026-01-01T00:00:00Z",
    }
    assert shop.get(f"{AGENTS}/{id}").json == answer.json


def test_what_is_fixed_is_not_read(shop: Workspace):
    id = made(shop)

    answer = shop.patch(f"{AGENTS}/{id}", {"use_case": "OTP", "newsletter_enabled": False, "region": "ASIA"})

    assert (answer.status, answer.json["use_case"], answer.json["newsletter_enabled"]) == (200, "MULTI_USE", True)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"description": "<b>Shop</b>"}, "description"),
        ({"description": '{"a": 1}'}, "description"),
        ({"description": "`rm -r`"}, "description"),
        ({"description": "a\\nb"}, "description"),
        ({"description": "Q&amp;A"}, "description"),
        ({"description": "$(rm -r)"}, "description"),
        ({"color": "blue"}, "color"),
        ({"logo_url": "http://img.example/logo.png"}, "logo_url"),
        ({"banner_url": "banner.png"}, "banner_url"),
        ({"phone": "030"}, "phone"),
        ({"email": "help"}, "email"),
        ({"website": "ftp://shop.example"}, "website"),
        ({"privacy_policy_url": "privacy"}, "privacy_policy_url"),
        ({"terms_of_service_url": "terms"}, "terms_of_service_url"),
    ],
)
def test_a_wrong_part_of_the_profile_is_named(shop: Workspace, changes: dict[str, str], field: str):
    answer = shop.patch(f"{AGENTS}/{made(shop)}", changes)

    assert answer.status == 400
    assert [detail["field"] for detail in answer.json["details"]] == [field]


def test_a_description_may_have_any_other_sign(shop: Workspace):
    plain = "Q&A: 50% off from $5; free over 30 € – or (today) #1 | “yes”"

    assert shop.patch(f"{AGENTS}/{made(shop)}", {"description": plain}).json["description"] == plain


def test_a_color_needs_contrast(shop: Workspace):
    # 4.54 to 1 and 4.48 to 1, by the tables of the W3C's guidelines.
    enough = shop.patch(f"{AGENTS}/{made(shop)}", {"color": "#767676"})
    too_little = shop.patch(f"{AGENTS}/{made(shop)}", {"color": "#777777"})

    assert enough.status == 200
    assert (too_little.status, too_little.json["details"]) == (
        400,
        [{"field": "color", "message": "Must have a contrast of at least 4.5:1 to white."}],
    )


@pytest.mark.parametrize(
    ("color", "contrast"), [("#000000", 21.0), ("#ffffff", 1.0), ("#FF0000", 4.0), ("#0000FF", 8.6)]
)
def test_contrast_is_that_of_the_guidelines(color: str, contrast: float):
    assert contrast_to_white(color) == pytest.approx(contrast, abs=0.01)


def test_a_submitted_agent_is_under_review(shop: Workspace):
    id = complete(shop)
    shop.advance(60)

    answer = shop.post(f"{AGENTS}/{id}/submit")

    assert answer.status == 202
    assert answer.json == {
        "agent_id": id,
        "status": "PENDING_REVIEW",
        "submitted_at": "2026-01-01T00:01:00Z",
        "estimated_review_days": "5–10",
    }
    shown = shop.get(f"{AGENTS}/{id}").json
    assert (shown["status"], shown["submitted_at"]) == ("PENDING_REVIEW", "2026-01-01T00:01:00Z")


def test_what_a_review_needs_is_listed(shop: Workspace):
    answer = shop.post(f"{AGENTS}/{made(shop)}/submit")

    assert (answer.status, answer.json) == (
        422,
        {
            "error": "agent_incomplete",
            "message": "The agent is not complete.",
            "details": [
                {"field": "description", "message": "Is required."},
                {"field": "color", "message": "Is required."},
                {"field": "logo_url", "message": "Is required."},
                {"field": "phone", "message": "Give phone, email or website."},
                {"field": "privacy_policy_url", "message": "Is required."},
                {"field": "terms_of_service_url", "message": "Is required."},
            ],
        },
    )


@pytest.mark.parametrize("left", ["phone", "email", "website"])
def test_one_way_to_reach_the_owner_is_enough_and_a_banner_is_not_needed(shop: Workspace, left: str):
    gone = dict.fromkeys({"phone", "email", "website", "banner_url"} - {left})

    assert shop.post(f"{AGENTS}/{complete(shop, **gone)}/submit").status == 202


def test_a_review_ends_by_itself_with_an_approval(shop: Workspace):
    shop.listen_to_all()
    id = submitted(shop)

    shop.advance(5 * DAY - 1)
    still = shop.get(f"{AGENTS}/{id}").json["status"]
    shop.advance(1)

    live = id.replace("ag_draft_", "ag_live_")
    shown = shop.get(f"{AGENTS}/{live}").json
    assert still == "PENDING_REVIEW"
    assert shown == {
        "agent_id": live,
        "status": "APPROVED",
        **SHOP,
        **PROFILE,
        "submitted_at": "2026-01-01T00:00:00Z",
        "approved_at": "2026-01-06T00:00:00Z",
        "created_at": "2026-01-01T00:00:00Z",
    }
    assert shop.data_of("agent.approved") == [
        {"agent_id": live, "display_name": "Example Shop", "approved_at": "2026-01-06T00:00:00Z"}
    ]


def test_the_drafts_id_goes_on_to_lead_to_the_agent(shop: Workspace):
    live = approved(shop)
    draft = live.replace("live", "draft")

    assert shop.get(f"{AGENTS}/{draft}").json["agent_id"] == live
    assert shop.get(f"{AGENTS}/{draft}/launch").json["agent_id"] == live


def test_reviews_can_be_made_to_end_badly(shop: Workspace):
    shop.listen_to_all()
    shop.amend(agent_review="REJECTED")
    id = submitted(shop)

    shop.advance(5 * DAY)

    shown = shop.get(f"{AGENTS}/{id}").json
    reason = "The agent does not meet the guidelines."
    assert (shown["status"], shown["rejected_at"], shown["rejection_reason"]) == (
        "REJECTED",
        "2026-01-06T00:00:00Z",
        reason,
    )
    assert "approved_at" not in shown
    assert shop.data_of("agent.rejected") == [
        {
            "agent_id": id,
            "display_name": "Example Shop",
            "rejected_at": "2026-01-06T00:00:00Z",
            "reason": reason,
        }
    ]


def test_a_review_can_be_decided_by_hand(shop: Workspace):
    shop.listen_to_all()
    id = submitted(shop)

    decide(shop, id, "REJECTED", reason="The description does not say who sends.")
    shop.advance(10 * DAY)

    assert shop.get(f"{AGENTS}/{id}").json["rejection_reason"] == "The description does not say who sends."
    assert len(shop.data_of("agent.rejected")) == 1
    assert shop.data_of("agent.approved") == []


def test_a_rejected_agent_can_be_changed_and_submitted_again(shop: Workspace):
    id = submitted(shop)
    shop.advance(DAY)
    decide(shop, id, "REJECTED")

    changed = shop.patch(f"{AGENTS}/{id}", {"description": "The Example Shop of Berlin."})
    again = shop.post(f"{AGENTS}/{id}/submit")
    review = shop.get(f"{AGENTS}/{id}").json
    shop.advance(4 * DAY)
    at_the_first_reviews_time = shop.get(f"{AGENTS}/{id}").json["status"]
    shop.advance(DAY)

    assert (changed.status, changed.json["status"], again.status) == (200, "REJECTED", 202)
    assert "rejection_reason" not in review
    assert "rejected_at" not in review
    assert at_the_first_reviews_time == "PENDING_REVIEW"
    assert shop.get(f"{AGENTS}/{id}").json["status"] == "APPROVED"


@pytest.mark.parametrize("state", ["PENDING_REVIEW", "APPROVED"])
def test_an_agent_is_changed_and_submitted_as_a_draft_only(shop: Workspace, state: str):
    id = submitted(shop) if state == "PENDING_REVIEW" else approved(shop)

    answers = [shop.patch(f"{AGENTS}/{id}", {"description": "New."}), shop.post(f"{AGENTS}/{id}/submit")]

    for answer in answers:
        assert (answer.status, answer.json) == (409, {"error": "invalid_state", "message": f"The agent is {state}."})


def test_only_a_review_can_be_decided(shop: Workspace):
    id = made(shop)

    with pytest.raises(StatusConflict):
        decide(shop, id, "APPROVED")
    with pytest.raises(NotFound):
        decide(shop, "ag_draft_nobody", "APPROVED")


def test_a_launch_is_shown_for_an_approved_agent_only(shop: Workspace):
    answer = shop.get(f"{AGENTS}/{made(shop)}/launch")

    assert (answer.status, answer.json) == (409, {"error": "invalid_state", "message": "The agent is DRAFT."})


def test_an_approved_agent_is_launched_a_day_later(shop: Workspace):
    id = approved(shop)
    before = shop.get(f"{AGENTS}/{id}/launch")
    refused = shop.send(agent_id=id)
    shop.advance(DAY)

    after = shop.get(f"{AGENTS}/{id}/launch")

    names = ("vodafone_de", "telekom_de", "telefonica_de")
    assert before.status == 200
    assert before.json == {
        "agent_id": id,
        "agent_status": "APPROVED",
        "carriers": [{"carrier": name, "status": "PENDING", "launched_at": None} for name in names],
    }
    assert (refused.status, refused.json["error"]) == (403, "agent_not_approved")
    assert after.json["carriers"] == [
        {"carrier": name, "status": "LAUNCHED", "launched_at": "2026-01-02T00:00:00Z"} for name in names
    ]
    assert shop.send(agent_id=id).status == 200


def test_the_drafts_id_can_be_sent_from_too(shop: Workspace):
    id = approved(shop)
    shop.advance(DAY)

    sent = shop.send(agent_id=id.replace("live", "draft"))

    assert sent.status == 200
    assert shop.get(f"/v1/messages/{sent.json['message_id']}").json["agent_id"] == id


def test_a_carrier_can_be_set_by_hand(shop: Workspace):
    id = approved(shop)
    shop.amend(launches={id: {"vodafone_de": "REJECTED", "telekom_de": "SUSPENDED"}})
    shop.advance(DAY)

    launch = shop.get(f"{AGENTS}/{id}/launch").json["carriers"]

    assert launch == [
        {
            "carrier": "vodafone_de",
            "status": "REJECTED",
            "launched_at": None,
            "rejection_reason": "The agent does not meet the guidelines.",
        },
        {"carrier": "telekom_de", "status": "SUSPENDED", "launched_at": None},
        {"carrier": "telefonica_de", "status": "LAUNCHED", "launched_at": "2026-01-02T00:00:00Z"},
    ]


def test_a_carrier_where_the_agent_is_not_launched_refuses_its_messages(shop: Workspace):
    id = approved(shop)
    shop.advance(DAY)
    shop.amend(launches={id: {"telekom_de": "SUSPENDED"}})

    sent = shop.send(agent_id=id)
    shop.advance(10)

    shown = shop.get(f"/v1/messages/{sent.json['message_id']}").json
    assert (shown["status"], shown["error_code"]) == ("failed", "CARRIER_NOT_LAUNCHED")


def test_only_an_approved_agent_is_launched(shop: Workspace):
    with pytest.raises(StatusConflict):
        shop.amend(launches={made(shop): {"telekom_de": "LAUNCHED"}})


@pytest.mark.parametrize(("method", "suffix"), [("GET", ""), ("PATCH", ""), ("POST", "/submit"), ("GET", "/launch")])
def test_an_agent_of_nobody_or_of_another_workspace_is_not_found(shop: Workspace, method: str, suffix: str):
    body: dict[str, str] | None = {} if method == "PATCH" else None
    others = made(shop)

    answers = [
        shop.request(method, f"{AGENTS}/ag_live_nobody{suffix}", json_body=body),
        shop.request(method, f"{AGENTS}/{others}{suffix}", json_body=body, key=shop.other_key),
    ]

    for answer in answers:
        assert (answer.status, answer.json) == (404, {"error": "not_found", "message": "Agent not found."})


def test_a_body_that_submit_does_not_take_is_not_read(shop: Workspace):
    assert shop.post(f"{AGENTS}/{complete(shop)}/submit", {"note": "please"}).status == 202
