"""What accounts have, edited in the browser: what is saved is what the API then uses."""

import json
from typing import Any

import pytest

from emulator.dashboard.pages import lists
from emulator.dialects import DIALECTS
from tests.emulator.dashboard.browsing import ORIGIN, Browser, Page, browse

SHOP = "arowana"
SENDER = "ag_live_shop01"
MAILS = "ch_mail01"


async def place(browser: Browser, kind: str, api: str = SHOP) -> str:
    return f"/things/{kind}/{(await browser.account(api))['id']}"


async def save(browser: Browser, path: str, **fields: str) -> str:
    """Send a form that is taken; gives the address of the thing."""
    answer = await browser.submit(path, **fields)
    return answer.headers["location"].removesuffix("?done=saved")


async def refused(browser: Browser, path: str, **fields: str) -> Page:
    return Page(await browser.submit(path, answers=422, **fields))


async def ask(browser: Browser, api: str, method: str, path: str, **request: Any) -> Any:
    headers = (await browser.account(api))["headers"]
    answer = await browser.client.request(method, f"/{api}{path}", headers=headers, **request)
    assert answer.status_code < 300, answer.text
    return answer.json() if answer.content else None


def field(page: Page, name: str) -> str:
    """What a field of the form holds."""
    [found] = [each for tag in ("input", "textarea", "select") for each in page.all(tag, name=name, id=f"field-{name}")]
    if found.tag == "select":
        return next(each.attrib["value"] for each in found.iter("option") if "selected" in each.attrib)
    return found.attrib.get("value", "") if found.tag == "input" else (found.text or "").removeprefix("\n")


def headings(page: Page) -> list[str]:
    """All headings below the page's own, whatever their level."""
    return ["".join(each.itertext()) for each in page.all("main")[0].iter() if each.tag in {"h2", "h3", "h4"}]


def shown_steps(page: Page) -> list[str]:
    return [each for each in headings(page) if each[:1].isdigit()]


async def tried(browser: Browser) -> list[dict[str, Any]]:
    """The first attempts of all events."""
    found = (await browser.client.get("/_emulator/webhooks/attempts")).json()["attempts"]
    return [each for each in found if each["number"] == 1]


KINDS = list(dict.fromkeys(kind.name for dialect in DIALECTS for kind in dialect.kinds()))


def test_every_kind_has_a_list_forms_and_pages_without_a_mistake():
    async def scene(browser: Browser) -> None:
        await browser.with_receipt()
        for kind in KINDS:
            page = await browser.open(f"/things/{kind}")
            things = [link for link in page.links() if link.count("/") == 4 and link.startswith(f"/things/{kind}/")]
            for link in {each.rpartition("/")[0]: each for each in things}.values():
                shown = await browser.open(link)
                assert not shown.all("div", id="wrong")
            makers = [each.attrib["value"] for form in page.forms()[-1:] for each in form.iter("option")]
            if f"/things/{kind}/new" in {form.attrib["action"] for form in page.forms()}:
                for account in filter(None, makers[:2]):
                    new = await browser.client.get(f"/things/{kind}/new?account={account}")
                    assert new.headers["location"] == f"/things/{kind}/{account}/new"
                    await browser.open(new.headers["location"])

    browse(scene)


def test_what_there_is_not_is_a_page_that_says_so():
    async def scene(browser: Browser) -> None:
        agents = await place(browser, "agents")
        for path in ("/things/cats", f"{agents}/ag_live_nobody", "/things/agents/nobody/new"):
            await browser.open(path, status=404)

    browse(scene)


# -- templates and campaigns -----------------------------------------------------------------------------------------


def test_a_template_made_here_is_sent_over_the_api_and_a_change_publishes_a_version():
    async def scene(browser: Browser) -> None:
        new = await save(
            browser, f"{await place(browser, 'templates')}/new", channel="RCS", text="Hi {{name}}, it is here."
        )
        await save(browser, new, text="Hello {{name}}, it is here.")
        id = new.rpartition("/")[2]
        members = {"agent_id": SENDER, "to": "+4915112345678", "message_type": "MESSAGE"}
        members |= {"traffic_type": "TRANSACTION", "template_id": id, "template_data": {"name": "Kim"}}
        await browser.post(SHOP, "/v1/messages", members)
        await browser.post(SHOP, "/v1/messages", {**members, "template_version": "1"})

        sent = (await browser.client.get("/_emulator/messages?limit=2")).json()["messages"]
        assert [each["text"] for each in sent] == ["Hi Kim, it is here.", "Hello Kim, it is here."]
        page = await browser.open(new)
        assert "Versions1, 2Variablesname" in page.text(id="facts")
        gone = await browser.submit(f"{new}/do", do="delete")
        assert gone.headers["location"].endswith("done=deleted")
        await browser.open(new, status=404)

    browse(scene)


@pytest.mark.parametrize(
    ("fields", "wrong"),
    [
        ({"channel": "RCS"}, {"text": "is missing"}),
        ({"channel": "EMAIL", "text": "Hi"}, {"subject": "is missing"}),
        ({"channel": "RCS", "text": "Hi", "subject": "Hi"}, {"subject": "is not allowed here"}),
        ({"channel": "FAX", "text": "Hi"}, {"channel": "expected one of RCS or EMAIL"}),
    ],
)
def test_what_is_wrong_is_said_at_its_field_and_the_input_is_kept(fields: dict[str, str], wrong: dict[str, str]):
    async def scene(browser: Browser) -> None:
        page = await refused(browser, f"{await place(browser, 'templates')}/new", **fields)

        said = {each.attrib["id"]: each.text for each in page.all("p", **{"class": "field-error"})}
        assert said == {f"error-{name}": text for name, text in wrong.items()}
        for name in wrong:
            [control] = [each for tag in ("input", "textarea", "select") for each in page.all(tag, name=name)]
            assert control.attrib["aria-invalid"] == "true"
            assert f"error-{name}" in control.attrib["aria-describedby"].split()
        if "text" in fields:
            assert field(page, "text") == fields["text"]
        assert "Nothing was changed" in page.text(id="wrong")

    browse(scene)


def test_steps_are_added_moved_and_removed_without_saving_anything():
    async def scene(browser: Browser) -> None:
        new = f"{await place(browser, 'campaigns')}/new"
        form = {"name": "Lamp", "flow.count": "1", "flow.0.kind": "SEND", "flow.0.text": "One"}
        page = Page(await browser.submit(new, answers=200, **form, do="add flow WAIT"))
        assert shown_steps(page) == ["1. Send a message", "2. Wait"]
        assert (field(page, "name"), field(page, "flow.0.text"), field(page, "flow.1.for")) == ("Lamp", "One", "24h")

        form |= {"flow.count": "2", "flow.1.kind": "WAIT", "flow.1.for": "7h"}
        page = Page(await browser.submit(new, answers=200, **form, do="up flow 1"))
        assert shown_steps(page) == ["1. Wait", "2. Send a message"]
        assert (field(page, "flow.0.for"), field(page, "flow.1.text")) == ("7h", "One")

        page = Page(await browser.submit(new, answers=200, **form, do="remove flow 0"))
        assert (shown_steps(page), field(page, "flow.0.for")) == (["1. Wait"], "7h")
        page = Page(await browser.submit(new, answers=200, **form, do="down flow 1"))
        assert shown_steps(page) == ["1. Send a message", "2. Wait"]
        listed = await browser.open("/things/campaigns")
        assert "Lamp" not in listed.text()

    browse(scene)


def test_a_campaign_made_here_is_triggered_over_the_api_and_goes_by_its_steps():
    async def scene(browser: Browser) -> None:
        flow = {"flow.count": "3", "flow.0.kind": "SEND", "flow.0.sender": SENDER, "flow.0.message_type": "MESSAGE"}
        flow |= {"flow.0.traffic_type": "TRANSACTION", "flow.0.text": "The lamp is back."}
        flow |= {"flow.1.kind": "WAIT", "flow.1.for": "24h"}
        flow |= {"flow.2.kind": "SEND", "flow.2.sender": MAILS, "flow.2.message_type": "MESSAGE"}
        flow |= {"flow.2.subject": "Still there", "flow.2.text": "Two lamps are left."}
        audience = {"audience:c_kim01": "on", "audience:c_lou02": "on"}
        new = await save(
            browser, f"{await place(browser, 'campaigns')}/new", name="Lamp", trigger="API", **audience, **flow
        )
        id = new.rpartition("/")[2]
        assert (await ask(browser, SHOP, "GET", f"/v1/campaigns/{id}/status"))["status"] == "DRAFT"
        await browser.submit(f"{new}/do", do="Activate")
        await browser.post(SHOP, f"/v1/campaigns/{id}/trigger", {})
        await browser.advance("1m")
        first = await ask(browser, SHOP, "GET", f"/v1/messages?campaign_id={id}")
        await refused(browser, new, name="Lamp", trigger="API", **audience, **flow)
        await browser.advance("24h")

        sent = (await browser.client.get("/_emulator/messages?api=arowana")).json()["messages"]
        assert first["total"] == 2
        assert [(each["channel"], each["text"]) for each in sent] == [
            ("email", "Two lamps are left."),
            ("email", "Two lamps are left."),
            ("rcs", "The lamp is back."),
            ("rcs", "The lamp is back."),
        ]
        page = await browser.open(new)
        assert "COMPLETED" in page.text()
        assert "completed 2" in page.text(id="facts")

    browse(scene)


@pytest.mark.parametrize(
    ("step", "name", "said"),
    [
        ({}, "sender", "is missing"),
        ({"sender": SENDER, "text": "Hi"}, "traffic_type", "is missing"),
        ({"sender": SENDER, "traffic_type": "PROMOTION"}, "text", "is missing"),
        (
            {"sender": SENDER, "traffic_type": "PROMOTION", "text": "Hi", "subject": "Hi"},
            "subject",
            "is not allowed here",
        ),
        ({"sender": MAILS, "text": "Hi"}, "subject", "is missing"),
        ({"sender": MAILS, "template_id": "tpl_parcel01"}, "template_id", "is not allowed here"),
        (
            {"sender": SENDER, "traffic_type": "PROMOTION", "template_data": "{", "text": "Hi"},
            "template_data",
            "an object",
        ),
    ],
)
def test_a_step_that_could_send_nothing_is_refused_at_its_field(step: dict[str, str], name: str, said: str):
    async def scene(browser: Browser) -> None:
        fields = {f"flow.0.{key}": value for key, value in {"kind": "SEND", "message_type": "MESSAGE", **step}.items()}
        page = await refused(
            browser,
            f"{await place(browser, 'campaigns')}/new",
            **{"name": "Lamp", "trigger": "API", "flow.count": "1", **fields},
        )

        assert said in page.text(id=f"error-flow.0.{name}")

    browse(scene)


# -- people ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("api", "fields", "change"),
    [
        (
            "arowana",
            {"email": "ada@example.org", "first_name": "Ada"},
            {"email": "ada@example.org", "status": "BLOCKED"},
        ),
        ("tripdesk", {"name": "Ada", "phone": "+254722000001"}, {"name": "Ada L.", "phone": "+254722000001"}),
        ("bird", {"displayName": "Ada", "identifiers": "phonenumber=+31600000009"}, {"displayName": "Ada L."}),
        ("cloudrebue", {"phone": "254722000001", "first_name": "Ada", "last_name": "L"}, None),
    ],
)
def test_a_contact_is_made_changed_and_deleted_through_its_api(
    api: str, fields: dict[str, str], change: dict[str, str] | None
):
    async def scene(browser: Browser) -> None:
        new = await save(browser, f"{await place(browser, 'contacts', api)}/new", **fields)
        page = await browser.open(new)
        if change is not None:
            assert all(field(page, name) == value for name, value in fields.items() if name in change)
            await save(browser, new, **change)
            page = await browser.open(new)
            assert all(field(page, name) == value for name, value in change.items())
        await browser.submit(f"{new}/do", do="delete")
        await browser.open(new, status=404)

        calls = (await browser.client.get("/_emulator/journal?kind=call&limit=500")).json()["entries"]
        operations = [each["call"]["operation"] for each in calls if each["call"]["api"] == api]
        wanted = ["createContact", "updateContact", "deleteContact"] if change else ["addContact", "deleteContact"]
        assert [each for each in operations if each in wanted] == wanted

    browse(scene)


def test_what_the_contract_or_the_api_refuses_is_shown():
    async def scene(browser: Browser) -> None:
        contacts = await place(browser, "contacts")
        page = await refused(browser, f"{contacts}/new", email="nobody")
        assert page.text(id="error-email")
        assert field(page, "email") == "nobody"

        page = await refused(browser, f"{contacts}/c_lou02", email="kim@example.org", status="ACTIVE")
        assert "The API refused it" in page.text(id="wrong")
        assert "Another contact has this email." in page.text(id="wrong")

    browse(scene)


def test_consents_are_granted_confirmed_and_revoked():
    async def scene(browser: Browser) -> None:
        consents = await place(browser, "consents")
        fields = {"contact": "c_max03", "channel_type": "SMS", "message_type": "NEWSLETTER", "source": "fair"}
        new = await save(browser, f"{consents}/new", **fields, enforced_doi="on")
        seen: list[str] = []
        for step in ("Confirm as the contact", "Revoke"):
            await browser.submit(f"{new}/do", do=step)
            records = (await ask(browser, SHOP, "GET", "/v1/contacts/c_max03/consent"))["consent_records"]
            seen.append(next(each["status"] for each in records if each["channel_type"] == "SMS"))

        assert seen == ["GRANTED", "REVOKED"]
        await browser.submit(f"{new}/do", answers=422, do="Revoke")

    browse(scene)


@pytest.mark.parametrize("api", ["raven", "tripdesk", "bird", "arowana", "cloudrebue"])
def test_a_suppression_is_entered_and_lifted(api: str):
    async def scene(browser: Browser) -> None:
        fields = {"channel": "sms", "address": "+254722000001", "reason": "manual"}
        new = await save(browser, f"{await place(browser, 'suppressions', api)}/new", **fields)
        listed = (await browser.client.get(f"/_emulator/suppressions?api={api}")).json()["suppressions"]
        assert [(each["recipient"].lstrip("+"), each["reason"]) for each in listed] == [("254722000001", "manual")]
        await browser.submit(f"{new}/do", do="delete")
        assert not (await browser.client.get(f"/_emulator/suppressions?api={api}")).json()["suppressions"]

    browse(scene)


# -- senders ---------------------------------------------------------------------------------------------------------


def test_a_number_is_bought_from_the_wallet_and_released():
    async def scene(browser: Browser) -> None:
        numbers = await place(browser, "numbers")
        new = await save(browser, f"{numbers}/new", type="Mobile")
        page = await browser.open(new)
        assert "+49151" in page.text(id="facts")
        assert (await ask(browser, SHOP, "GET", "/v1/billing/balance"))["free"] == 45.0

        await browser.submit(f"{new}/do", do="Release")
        assert "RELEASED" in (await browser.open(new)).text()
        account = (await browser.account(SHOP))["id"]
        await browser.submit(f"/accounts/{account}", balance="1")
        page = await refused(browser, f"{numbers}/new", type="Mobile")
        assert "The wallet does not cover it" in page.text(id="wrong")
        assert (await ask(browser, SHOP, "GET", "/v1/billing/balance"))["free"] == 1.0

    browse(scene)


def test_an_agent_goes_through_its_life_by_buttons():
    async def scene(browser: Browser) -> None:
        agents = await place(browser, "agents")
        terms = {"region": "EUROPE", "use_case": "MULTI_USE", "billing_category": "CONVERSATIONAL"}
        new = await save(browser, f"{agents}/new", display_name="Lamps", **terms)
        page = Page(await browser.submit(f"{new}/do", answers=422, do="Submit for review"))
        assert "agent_incomplete" in page.text(id="wrong")

        profile = {"description": "Lamps", "color": "#1A4D8F", "logo_url": "https://img.example/l.png"}
        profile |= {"email": "a@example.org", "privacy_policy_url": "https://shop.example/p"}
        profile |= {"terms_of_service_url": "https://shop.example/t", "display_name": "Lamps"}
        await save(browser, new, billing_category="CONVERSATIONAL", **profile)
        for step in ("Submit for review", "Approve"):
            await browser.submit(f"{new}/do", do=step)
        live = new.replace("ag_draft_", "ag_live_")
        await browser.submit(f"{live}/do", do="Launch at telekom_de")
        members = {"agent_id": live.rpartition("/")[2], "to": "+4915112345678", "message_type": "MESSAGE"}

        sent = await browser.post(
            SHOP, "/v1/messages", {**members, "traffic_type": "TRANSACTION", "content": {"text": "Hi"}}
        )
        assert sent["status"] == "queued"
        assert "telekom_de LAUNCHED" in (await browser.open(live)).text(id="facts")

    browse(scene)


def test_a_step_that_cannot_be_taken_now_is_refused():
    async def scene(browser: Browser) -> None:
        agent = f"{await place(browser, 'agents')}/ag_draft_news03"
        page = Page(await browser.submit(f"{agent}/do", answers=422, do="Approve"))

        assert "There is no button 'Approve'" in page.text(id="wrong")
        assert "DRAFT" in (await browser.open(agent)).text()

    browse(scene)


def test_a_channels_domain_is_verified_and_then_it_sends():
    async def scene(browser: Browser) -> None:
        channel = await save(
            browser,
            f"{await place(browser, 'channels')}/new",
            **{"type": "EMAIL", "from": "lamps@new.example", "message_types:MESSAGE": "on", "active": "on"},
        )
        mail = {"channel_id": channel.rpartition("/")[2], "to": "ada@example.org", "message_type": "MESSAGE"}
        mail |= {"subject": "Hi", "content": {"text": "Hi"}}
        headers = (await browser.account(SHOP))["headers"]
        before = await browser.client.post("/arowana/v1/messages", json=mail, headers=headers)
        await browser.submit(f"{channel}/do", do="Verify the domain")
        after = await browser.client.post("/arowana/v1/messages", json=mail, headers=headers)

        assert (before.status_code, after.status_code) == (403, 200)

    browse(scene)


def test_a_sending_domain_is_registered_through_the_api_and_verified_by_a_button():
    async def scene(browser: Browser) -> None:
        domain = await save(
            browser, f"{await place(browser, 'domains', 'raven')}/new", domain="new.example", attachAll="on"
        )
        page = await browser.open(domain)
        assert "pending dns" in page.text()
        await browser.submit(f"{domain}/do", do="Verify the DNS records")

        page = await browser.open(domain)
        assert "verified" in page.text()
        assert "Verify the DNS records" not in page.text()

    browse(scene)


def test_a_sender_made_here_can_be_sent_from():
    async def scene(browser: Browser) -> None:
        senders = await place(browser, "senders", "cloudrebue")
        await save(browser, f"{senders}/new", channel="sms", address="LAMPS")
        page = await refused(browser, f"{senders}/new", channel="sms", address="lamps")
        assert "There is a sender" in page.text(id="wrong")
        sms = {"sender": "LAMPS", "message": "Hi", "phone": "254711000111", "correlator": 1}
        await browser.post("cloudrebue", "/api/v1/send-sms", sms)

        assert (await browser.client.get("/_emulator/messages?limit=1")).json()["messages"][0]["text"] == "Hi"

    browse(scene)


# -- webhooks and conversations --------------------------------------------------------------------------------------


def test_an_endpoint_has_a_secret_in_the_vendors_form_and_can_be_switched_off_and_on():
    async def scene(browser: Browser) -> None:
        url = f"{ORIGIN}/_emulator/sink/hook"
        endpoints = await place(browser, "endpoints")
        endpoint = await save(browser, f"{endpoints}/new", **{"url": url, "events:message.delivered": "on"})
        first = field(await browser.open(endpoint), "secret")
        await browser.submit(f"{endpoint}/do", do="New secret")
        second = field(await browser.open(endpoint), "secret")
        told: list[int] = []
        for step in ("Disable", "Enable"):
            await browser.submit(f"{endpoint}/do", do=step)
            await browser.card()
            await browser.advance("1m")
            told.append(len(await tried(browser)))

        assert first.startswith("whsec_")
        assert second.startswith("whsec_")
        assert first != second
        assert told == [0, 1]
        page = await refused(browser, endpoint, url="nowhere")
        assert page.text(id="error-url")
        await browser.submit(f"{endpoint}/do", do="delete")
        assert "There is none" in (await browser.open("/things/endpoints")).text()

    browse(scene)


def test_a_subscription_is_made_through_the_api_with_its_filters():
    async def scene(browser: Browser) -> None:
        fields = {"event": "sms.outbound", "url": f"{ORIGIN}/_emulator/sink/hook", "signingKey": "lamp"}
        endpoint = await save(
            browser,
            f"{await place(browser, 'endpoints', 'bird')}/new",
            **fields,
            eventFilters="messageStatus=delivered",
        )
        page = await browser.open(endpoint)

        assert (field(page, "signingKey"), field(page, "eventFilters")) == ("lamp", "messageStatus=delivered")

    browse(scene)


def test_an_attempt_shows_what_its_signature_covers():
    async def scene(browser: Browser) -> None:
        endpoints = await place(browser, "endpoints")
        await save(browser, f"{endpoints}/new", url=f"{ORIGIN}/_emulator/sink/hook", secret="lamp-lamp")
        await browser.card()
        await browser.advance("1m")
        page = await browser.open("/webhooks")

        [attempt] = await tried(browser)
        assert attempt["request"]["signed"] == attempt["request"]["body"]
        assert headings(page)[-3:] == ["Request", "What the signature covers", "Response"]

    browse(scene)


def test_a_conversation_is_assigned_put_aside_and_closed_where_it_is_read():
    async def scene(browser: Browser) -> None:
        account = (await browser.account("tripdesk"))["id"]
        who = {"api": "tripdesk", "account": account, "channel": "sms", "from": "+15551234567", "to": "+15550000001"}
        said = await browser.client.post("/_emulator/inbound", json={**who, "text": "Where is my bus?"})
        assert said.status_code < 300, said.text
        thread = f"/conversations/thread?account={account}&channel=sms&person=%2B15551234567"
        page = await browser.open(thread)
        [form, steps] = [each for each in page.forms() if "/things/conversations/" in each.attrib["action"]]
        [agent, *_] = [each.attrib["value"] for each in form.iter("option") if each.attrib["value"]]
        back = await browser.submit(form.attrib["action"], assigned_to=agent, back=thread)
        assert back.headers["location"].startswith(f"{thread}&done=")
        id = form.attrib["action"].rpartition("/")[2]
        statuses: list[str] = []
        for step in ("Put aside", "Reopen", "Close"):
            await browser.submit(steps.attrib["action"], do=step, back=thread)
            shown = await ask(browser, "tripdesk", "GET", f"/api/v1/conversations/{id}")
            statuses.append(shown["status"])

        assert shown["assigned_to"] == agent
        assert statuses == ["pending", "open", "closed"]

    browse(scene)


# -- the audit log ---------------------------------------------------------------------------------------------------


def test_the_audit_log_is_filtered_and_paged(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(lists, "_PAGE", 3)

    async def scene(browser: Browser) -> None:
        suppressions = await place(browser, "suppressions", "raven")
        for number in range(4):
            fields = {"channel": "sms", "address": f"+2547220{number:05}", "reason": "manual"}
            await browser.submit(f"{suppressions}/new", **fields)
        await browser.submit(f"{await place(browser, 'domains', 'raven')}/new", domain="new.example")

        page = await browser.open("/audit")
        assert len(page.all("tr")) == 4
        page = await browser.open("/audit?action=sending_domain.create")
        assert len(page.all("tr")) == 2
        page = await browser.open("/audit?action=suppression.create")
        [older] = page.all("a", rel="next")
        page = await browser.open(older.attrib["href"])
        assert len(page.all("tr")) == 2
        assert "was asked for" in (await browser.open("/audit?q=nothing-of-the-kind")).text()

    browse(scene)


# -- what was filled in is emptied -----------------------------------------------------------------------------------


async def stored(browser: Browser, thing: str, name: str) -> str:
    return field(await browser.open(thing), name)


def test_what_the_api_can_clear_is_emptied():
    async def scene(browser: Browser) -> None:
        contact = await save(
            browser,
            f"{await place(browser, 'contacts')}/new",
            email="kim@example.com",
            phone="+4915112345678",
            first_name="Kim",
            external_id="k-1",
            tags="vip",
            custom_fields='{"size": 4, "city": "Ulm"}',
        )
        await save(browser, contact, email="kim@example.com", status="ACTIVE", custom_fields='{"size": 4}')
        page = await browser.open(contact)
        for name in ("phone", "first_name", "external_id", "tags"):
            assert field(page, name) == "", name
        assert json.loads(field(page, "custom_fields")) == {"size": 4, "city": None}

    browse(scene)


def test_a_name_that_only_an_attribute_can_clear_is_emptied():
    async def scene(browser: Browser) -> None:
        lists = "5f0c2b1e-8f3a-4c56-9d51-0a8d3a4b6c7d"
        contact = await save(
            browser,
            f"{await place(browser, 'contacts', 'bird')}/new",
            displayName="Kim",
            identifiers="phonenumber=+31600000077",
            listIds=lists,
            attributes='{"size": 4, "city": "Ulm"}',
        )
        await save(browser, contact, displayName="Kim", attributes='{"size": 5}')
        assert json.loads(await stored(browser, contact, "attributes")) == {"size": 5}
        await save(browser, contact)
        page = await browser.open(contact)
        assert [field(page, name) for name in ("displayName", "listIds")] == ["", ""]
        assert json.loads(field(page, "attributes") or "{}") == {}

    browse(scene)


def test_a_signing_key_is_emptied_and_nothing_is_signed_any_more():
    async def scene(browser: Browser) -> None:
        url = {"url": f"{ORIGIN}/_emulator/sink/hook"}
        new = f"{await place(browser, 'endpoints', 'bird')}/new"
        endpoint = await save(browser, new, **url, event="sms.outbound", signingKey="lamp")
        await save(browser, endpoint, **url)

        assert await stored(browser, endpoint, "signingKey") == ""

    browse(scene)


def test_what_the_api_cannot_clear_is_said_at_its_field():
    async def scene(browser: Browser) -> None:
        new = f"{await place(browser, 'agents')}/new"
        terms = {"region": "EUROPE", "use_case": "MULTI_USE", "billing_category": "CONVERSATIONAL"}
        agent = await save(browser, new, display_name="Lamps", **terms)
        known = {"display_name": "Lamps", "billing_category": "CONVERSATIONAL"}
        await save(browser, agent, **known, color="#1A4D8F")
        page = await refused(browser, agent, **known)

        assert page.text(id="error-color") == "cannot be emptied: the API has no way to clear it"
        assert await stored(browser, agent, "color") == "#1A4D8F"

    browse(scene)
