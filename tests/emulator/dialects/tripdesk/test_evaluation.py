"""An evaluation: requested on a page, approved after a business day or by hand, then gone live."""

from datetime import UTC, datetime
from typing import Any

import pytest

from emulator.control.account_changes import Changes
from emulator.core.records import Account
from emulator.dialects.tripdesk import DIALECT, evaluation, tenants
from emulator.dialects.tripdesk.fixtures import key_of
from tests.emulator.dialects.tripdesk.surfaces import SMS, Answer, Desk, a_world
from tests.emulator.dialects.tripdesk.test_pages import parsed

KILIMA = {"company": "Kilima Ltd", "name": "Wanjiru Kamau", "email": "wanjiru@kilima.example.com"}
KEY = key_of("default", "kilima-ltd", "test")
LIVE_KEY = key_of("default", "kilima-ltd", "live")
AGENT = {"email": "maya@kilima-ltd.example", "password": "parrotfish-sandbox", "device_id": "d", "tenant": "kilima-ltd"}
DAY = 24 * 3600


@pytest.fixture
def desk() -> Desk:
    return Desk()


def account_of(desk: Desk, slug: str = "kilima-ltd", environment: str = "test") -> Account:
    return next(each for each in tenants.accounts_of(desk.world, slug) if tenants.environment_of(each) == environment)


def patch(desk: Desk, account: Account, **members: Any) -> Account:
    """What the control API does with a PATCH of an account."""
    return Changes(desk.world, DIALECT, account, members).apply(account)


def balance(desk: Desk, key: str) -> Answer:
    return desk.ask("GET", "/api/v1/account/balance", token=key)


def test_the_page_has_a_form_that_says_what_is_needed(desk: Desk):
    form = parsed(desk.page("/evaluation")).find("./body/main/form")

    assert (form.get("method"), form.get("action")) == ("post", "/evaluation")
    fields = {each.get("name"): each for each in (*form.findall(".//input"), *form.findall(".//textarea"))}
    assert list(fields) == ["company", "name", "email", "channels[]", "use_case"]
    assert [name for name, field in fields.items() if field.get("required") is not None] == ["company", "name", "email"]
    assert len(form.findall(".//input[@type='checkbox']")) == 11
    assert form.findall(".//*[@aria-invalid]") == []


def test_a_request_is_taken_and_leads_to_thanks(desk: Desk):
    answer = desk.submit({**KILIMA, "use_case": "Trip reminders", "channels[]": ["whatsapp", "sms"]})

    assert (answer.status, answer.body) == (303, b"")
    assert answer.headers["location"] == "/evaluation/thanks"
    assert desk.submit(KILIMA, base_path="/w/x/tripdesk").headers["location"] == "/w/x/tripdesk/evaluation/thanks"
    (request,) = desk.world.store.resources_by_kind.get((account_of(desk).id, evaluation.KIND))
    assert request.content == {**KILIMA, "use_case": "Trip reminders", "channels[]": ["whatsapp", "sms"]}


def test_what_was_requested_is_locked_until_it_is_approved(desk: Desk):
    desk.submit(KILIMA)

    assert account_of(desk).status == "requested"
    refused = balance(desk, KEY)
    assert (refused.status, refused.code) == (401, "invalid_api_key")
    refused = desk.ask("POST", "/api/mobile/v1/auth/token", AGENT, token=None)
    assert (refused.status, refused.code) == (401, "invalid_credentials")
    assert "kilima-ltd" not in {card.name for card in DIALECT.describe(desk.world)}


@pytest.mark.parametrize(
    ("requested", "approved"),
    [
        ("2026-06-01T14:30", "2026-06-02T14:30"),  # Monday
        ("2026-06-04T23:59", "2026-06-05T23:59"),  # Thursday
        ("2026-06-05T09:00", "2026-06-08T09:00"),  # Friday
        ("2026-06-06T09:00", "2026-06-08T09:00"),  # Saturday
        ("2026-06-07T09:00", "2026-06-08T09:00"),  # Sunday
    ],
)
def test_approval_comes_at_the_same_time_of_the_next_weekday(desk: Desk, requested: str, approved: str):
    begin, end = (datetime.fromisoformat(each).replace(tzinfo=UTC) for each in (requested, approved))
    desk.world.clock.move_to(begin)
    desk.submit(KILIMA)

    desk.advance((end - begin).total_seconds() - 1)
    assert account_of(desk).status == "requested"
    desk.advance(1)
    assert account_of(desk).status == "active"


def test_an_approved_evaluation_is_a_sandbox_ready_to_send(desk: Desk):
    desk.submit(KILIMA)
    desk.advance(DAY)

    assert balance(desk, KEY).json["balance"] == "100.000"
    sent = desk.ask("POST", "/api/v1/messages", SMS, token=KEY)
    assert sent.status == 202
    desk.advance(10)
    assert desk.ask("GET", f"/api/v1/messages/{sent.json['id']}", token=KEY).json["status"] == "delivered"
    assert desk.ask("POST", "/api/mobile/v1/auth/token", AGENT, token=None).status == 200
    card = next(card for card in DIALECT.describe(desk.world) if card.name == "kilima-ltd")
    assert (card.environment, card.credentials["partnerKey"]) == ("test", {"Authorization": f"Bearer {KEY}"})


def test_its_technical_contact_is_shown_with_the_account(desk: Desk):
    desk.submit(KILIMA)

    contact = account_of(desk).extras["technical_contact"]
    assert contact == {"name": "Nabila Rahman", "slack_channel": "#evaluation-kilima-ltd"}
    assert "technical_contact" in DIALECT.settings
    changed = patch(desk, account_of(desk), settings={"technical_contact": {"name": "Ada", "slack_channel": "#x"}})
    assert changed.extras["technical_contact"] == {"name": "Ada", "slack_channel": "#x"}


def test_it_can_be_approved_by_hand_and_the_timer_then_changes_nothing(desk: Desk):
    desk.submit(KILIMA)

    patch(desk, account_of(desk), status="active")
    assert balance(desk, KEY).status == 200

    patch(desk, account_of(desk), status="suspended")
    desk.advance(4 * DAY)
    assert account_of(desk).status == "suspended"
    assert balance(desk, KEY).code == "tenant_suspended"


def test_the_production_side_is_made_when_the_tenant_goes_live(desk: Desk):
    desk.submit(KILIMA)
    desk.advance(DAY)
    assert balance(desk, LIVE_KEY).code == "invalid_api_key"

    patch(desk, account_of(desk), settings={"go_live": True})

    assert balance(desk, LIVE_KEY).json["balance"] == "0.000"
    for path in ("contacts", "conversations", "messages", "audit-log"):
        assert desk.ask("GET", f"/api/v1/{path}", token=LIVE_KEY).json["data"] == [], path
    assert len(desk.ask("GET", "/api/v1/gateways", token=LIVE_KEY).json["data"]) == 11
    refused = desk.ask("POST", "/api/v1/messages", SMS, token=LIVE_KEY)
    assert (refused.status, refused.code) == (402, "insufficient_balance")


def test_going_live_twice_changes_nothing(desk: Desk):
    desk.submit(KILIMA)
    patch(desk, account_of(desk), status="active", settings={"go_live": True})
    live = account_of(desk, environment="live")
    patch(desk, live, balance="5")

    patch(desk, account_of(desk), settings={"go_live": True})
    patch(desk, account_of(desk, environment="live"), settings={"go_live": True})

    assert len(tenants.accounts_of(desk.world, "kilima-ltd")) == 2
    assert balance(desk, LIVE_KEY).json["balance"] == "5.000"


def test_two_companies_of_one_name_are_two_tenants(desk: Desk):
    desk.submit(KILIMA)
    desk.submit({**KILIMA, "company": "Kilima  LTD."})
    desk.submit({**KILIMA, "company": "日本"})

    assert account_of(desk, "kilima-ltd-2").extras["title"] == "Kilima  LTD."
    assert account_of(desk, "tenant").extras["title"] == "日本"
    assert account_of(desk).id != account_of(desk, "kilima-ltd-2").id


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"company": None}, ["Company is missing."]),
        ({"company": ""}, ["Company is missing."]),
        ({"email": "wanjiru"}, ["E-mail is no e-mail address."]),
        ({"name": None, "email": None}, ["Name is missing.", "E-mail is missing."]),
        ({"channels[]": ["sms", "fax"]}, ["Channels names a channel that there is not."]),
    ],
)
def test_what_is_wrong_with_the_form_is_said_above_it(desk: Desk, changes: dict[str, Any], words: list[str]):
    fields = {name: value for name, value in {**KILIMA, **changes}.items() if value is not None}

    page = desk.submit(fields)

    assert page.status == 422
    document = parsed(page)
    assert [each.text for each in document.findall(".//ul[@role='alert']/li")] == words
    shown = {each.get("name"): each.get("value") for each in document.findall(".//form/label/input")}
    assert shown == {name: fields.get(name, "") for name in KILIMA}
    assert tenants.accounts_of(desk.world, "kilima-ltd") == ()


def test_a_blank_field_is_missing_and_blanks_around_a_field_are_left_out(desk: Desk):
    blank = desk.submit({**KILIMA, "company": " \t "})
    assert blank.status == 422
    assert [each.text for each in parsed(blank).findall(".//ul[@role='alert']/li")] == ["Company is missing."]

    assert desk.submit({name: f" {value} " for name, value in KILIMA.items()}).status == 303
    (request,) = desk.world.store.resources_by_kind.get((account_of(desk).id, evaluation.KIND))
    assert request.content == KILIMA


def test_the_form_shows_again_what_was_chosen(desk: Desk):
    page = parsed(desk.submit({**KILIMA, "name": "", "use_case": "Reminders\n& more", "channels[]": ["sms", "push"]}))

    assert page.find(".//textarea").text == "Reminders\n& more"
    boxes = page.findall(".//input[@type='checkbox']")
    assert [box.get("value") for box in boxes if box.get("checked") is not None] == ["sms", "push"]
    assert [each.get("name") for each in page.findall(".//*[@aria-invalid='true']")] == ["name"]


def test_what_was_sent_cannot_become_markup(desk: Desk):
    nasty = '"><script>alert(1)</script>'

    page = desk.submit({"company": nasty, "name": "", "email": "x", "use_case": f"</textarea>{nasty}"})

    document = parsed(page)
    assert document.findall(".//script") == []
    assert document.find(".//input[@name='company']").get("value") == nasty
    assert document.find(".//textarea").text == f"</textarea>{nasty}"


@pytest.mark.parametrize("body", [b"company=%ff%fe", b"company=\xff", b"&".join([b"a=1"] * 2000), b"company=\xc3\xa4"])
def test_what_is_no_form_is_refused(desk: Desk, body: bytes):
    page = desk.submit(body)

    assert page.status == 400
    assert parsed(page).find("./body/main/h1").text == "The form cannot be read"


def test_a_form_may_be_too_large_or_of_another_type(desk: Desk):
    large = desk.submit({**KILIMA, "use_case": "x" * 256 * 1024})
    other = desk.submit(b'{"company": "Kilima"}', content_type="application/json")
    nothing = desk.ask("POST", "/evaluation", token=None)

    assert (large.status, parsed(large).find(".//h1").text) == (413, "The form is too large")
    assert (other.status, parsed(other).find(".//h1").text) == (415, "This is not a form")
    assert nothing.status == 415
    assert tenants.accounts_of(desk.world, "kilima") == ()


def test_the_last_value_of_a_repeated_field_counts_and_others_are_ignored(desk: Desk):
    body = b"company=A&company=Kilima+Ltd&name=W%C3%A4&email=w%40k.example&channels%5B%5D=sms&more=1"

    assert desk.submit(body).status == 303
    (request,) = desk.world.store.resources_by_kind.get((account_of(desk).id, evaluation.KIND))
    assert request.content["name"] == "Wä"
    assert request.content["channels[]"] == ["sms"]


def test_an_idempotency_key_is_not_read(desk: Desk):
    body = b"company=Kilima+Ltd&name=W&email=w%40k.example"
    for _ in range(2):
        headers = {"Content-Type": "application/x-www-form-urlencoded", "Idempotency-Key": "same"}
        assert desk.ask("POST", "/evaluation", token=None, content=body, headers=headers).status == 303

    assert len(tenants.accounts_of(desk.world, "kilima-ltd-2")) == 1


def test_a_world_has_keys_of_its_own_for_an_evaluation():
    desk = Desk(world=a_world("other"))
    desk.submit(KILIMA)
    desk.advance(DAY)

    assert key_of("other", "kilima-ltd", "test") != KEY
    assert balance(desk, key_of("other", "kilima-ltd", "test")).status == 200
