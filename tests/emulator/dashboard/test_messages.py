"""The inbox, a message, its buttons; conversations; webhooks and receivers; failures; accounts; compose."""

import re
from email import message_from_bytes, policy
from typing import Any

import pytest

from tests.emulator.dashboard.browsing import ORIGIN, Browser, Page, browse


def recipients(page: Page) -> list[str]:
    return ["".join(cell.itertext()).strip() for cell in page.all("td", **{"class": "to"})]


def test_the_inbox_is_searched_and_filtered():
    async def scene(browser: Browser) -> None:
        await browser.text("Gate 4 is open", to="+254722000001")
        await browser.text("Gate 5 is open", to="+12025550102")
        await browser.mail("<p>Platform nine</p>", subject="Trains")
        await browser.advance()

        async def found(**query: str) -> list[str]:
            answer = await browser.client.get("/messages", params=query)
            return recipients(Page(answer))

        assert await found() == ["ada@example.org", "+12025550102", "+254722000001"]
        assert await found(q="gate 4") == ["+254722000001"]
        assert await found(q="platform NINE") == ["ada@example.org"]
        assert await found(q="0001") == ["+254722000001"]
        assert await found(channel="email") == ["ada@example.org"]
        assert await found(status="failed", api="raven") == ["+12025550102"]
        assert await found(environment="test") == []
        assert await found(account="nobody") == []

    browse(scene)


def test_the_inbox_is_paged_and_a_search_goes_on_where_it_stopped(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("emulator.dashboard.pages.messages.PAGE", 2)
    monkeypatch.setattr("emulator.dashboard.pages.messages._SLICE", 2)
    monkeypatch.setattr("emulator.dashboard.pages.messages.MOST_LOOKED_AT", 2)

    async def scene(browser: Browser) -> None:
        for number in range(5):
            await browser.text(to=f"+25472200000{number}")
        seen: list[str] = []
        path: str | None = "/messages?q=2547220000"
        while path:
            page = await browser.open(path)
            seen += recipients(page)
            path = next((link.attrib["href"] for link in page.all("a", rel="next")), None)
        lone, steps = "/messages?q=000000", 0
        while not recipients(page := await browser.open(lone)):
            lone, steps = page.all("a", rel="next")[0].attrib["href"], steps + 1

        assert seen == [f"+25472200000{number}" for number in (4, 3, 2, 1, 0)]
        assert steps == 2

    browse(scene)


def test_a_text_is_shown_in_its_segments():
    async def scene(browser: Browser) -> None:
        text = "a" * 153 + "b" * 10
        page = await browser.open(f"/messages/{await browser.text(text)}")
        bubbles = ["".join(each.itertext()) for each in page.all("li", **{"class": "bubble"})]

        assert bubbles == ["a" * 153 + "part 1 of 2", "b" * 10 + "part 2 of 2"]
        assert "GSM-7 · 163 septets · 2 segments" in page.text()

    browse(scene)


def test_a_mail_is_shown_in_a_closed_frame_and_can_be_downloaded():
    async def scene(browser: Browser) -> None:
        id = await browser.mail("<p>Hi <b>Ada</b></p>", subject="Grüße 77")
        page = await browser.open(f"/messages/{id}")
        frame = page.all("iframe")[0]
        inside = await browser.open(frame.attrib["src"])
        raw = await browser.client.get(f"/messages/{id}/raw")
        mail = message_from_bytes(raw.content, policy=policy.default)

        assert frame.attrib["sandbox"] == ""
        assert inside.answer.headers["content-security-policy"].endswith("sandbox")
        assert "Ada" in [each.text for each in inside.all("b")]
        assert raw.headers["content-disposition"].startswith("attachment")
        assert mail["subject"] == "Grüße 77"
        assert mail.get_body(("html",)).get_content() == "<p>Hi <b>Ada</b></p>"

    browse(scene)


def test_the_buttons_report():
    async def scene(browser: Browser) -> None:
        id = await browser.mail("<a href='https://shop.example/'>x</a>")
        await browser.advance("1s")
        for report in ("opened", "clicked", "bounced"):
            page = await browser.open(f"/messages/{id}")
            assert report in [each.get("value") for each in page.all("button", name="report")]
            went = await browser.submit(f"/messages/{id}/report", report=report)
            assert went.headers["location"] == f"/messages/{id}?done=reported"
        timeline = (await browser.open(f"/messages/{id}")).text(id="timeline")

        assert "opened" in timeline
        assert "https://shop.example/" in timeline
        assert "What the provider said" in timeline

    browse(scene)


def test_a_card_is_shown_and_its_suggestion_tapped():
    async def scene(browser: Browser) -> None:
        id = await browser.card()
        await browser.advance()
        page = await browser.open(f"/messages/{id}")
        card = page.all("li", **{"class": "card"})[0]
        form = next(each for each in card.iter("form") if "Not now" in "".join(each.itertext()))
        fields: dict[str, Any] = {each.attrib["name"]: each.attrib["value"] for each in form.iter("input")}
        await browser.submit(form.attrib["action"], **fields)
        inbound = list(browser.app.worlds.default.store.inbound)

        assert "The lamp is back" in "".join(card.itertext())
        assert inbound[0].rich == {"suggestion": {"reply": {"text": "Not now", "postback_data": "lamp-later"}}}
        assert (await browser.open("/conversations")).text().count("+4915112345678") >= 1

    browse(scene)


def test_a_person_replies_in_a_thread():
    async def scene(browser: Browser) -> None:
        await browser.card()
        threads = await browser.open("/conversations")
        link = next(link for link in threads.links() if "/thread?" in link)
        thread = await browser.open(link)
        form = next(each for each in thread.forms() if each.attrib["action"].endswith("conversations/reply"))
        fields: dict[str, Any] = {each.attrib["name"]: each.attrib["value"] for each in form.iter("input")}
        went = await browser.submit(form.attrib["action"], **fields, text="Yes, please")
        again = await browser.open(went.headers["location"])

        assert "Yes, please" in again.text(id="thread")

    browse(scene)


def test_a_webhook_attempt_is_shown_and_retried():
    async def scene(browser: Browser) -> None:
        id = await browser.with_receipt()
        await browser.advance("2s")
        page = await browser.open(f"/messages/{id}")
        attempts = page.text(id="attempts")
        retry = next(each for each in page.forms() if each.attrib["action"].endswith("/webhooks/retry"))
        event = retry.findall(".//input[@name='id']")[0].attrib["value"]
        went = await browser.submit("/webhooks/retry", id=event)
        listed = await browser.open("/webhooks")

        assert "attempt 1" in attempts
        assert "POST http://127.0.0.1:9/hook" in attempts
        assert went.headers["location"] == "/webhooks?done=retried"
        assert "by hand" in listed.text(id="attempts")

    browse(scene)


def test_a_receiver_shows_what_came_and_is_told_what_to_answer():
    async def scene(browser: Browser) -> None:
        await browser.submit("/sinks/hook", status="503, 200", delay="5ms", body="later", silent="on")
        await browser.client.put("/_emulator/sink/hook", json={"status": 201})
        await browser.client.post("/_emulator/sink/hook", json={"n": 7})
        page = await browser.open("/sinks/hook")
        refused = await browser.client.post("/sinks/hook", data={"status": "no"}, headers={"origin": ORIGIN})

        assert "1 · 2026-01-01 00:00:00 · answered 201" in page.text(id="posts")
        assert '"n": 7' in page.text(id="posts")
        assert refused.status_code == 422

    browse(scene)


def test_rules_and_faults_are_entered_and_withdrawn():
    async def scene(browser: Browser) -> None:
        world = browser.app.worlds.default
        page = await browser.open("/failures")
        for form in page.forms():
            if form.attrib["action"].endswith("/failures/add"):
                fields: dict[str, Any] = {each.attrib["name"]: each.attrib["value"] for each in form.iter("input")}
                await browser.submit("/failures/add", what=fields["what"], json=next(form.iter("textarea")).text or "")
        assert (len(world.store.rules.rows), len(world.store.faults.rows)) == (1, 1)
        wrong = await browser.client.post(
            "/failures/add",
            data={"what": "rule", "json": '{"match":{"chanel":"sms"},"script":[]}'},
            headers={"origin": ORIGIN},
        )
        page = await browser.open("/failures")
        for form in page.forms():
            if form.attrib["action"].endswith("/failures/withdraw"):
                fields: dict[str, Any] = {each.attrib["name"]: each.attrib["value"] for each in form.iter("input")}
                await browser.submit("/failures/withdraw", **fields)

        assert wrong.status_code == 422
        assert "channel" in wrong.text
        assert (len(world.store.rules.rows), len(world.store.faults.rows)) == (0, 0)

    browse(scene)


def test_a_wallet_is_set():
    async def scene(browser: Browser) -> None:
        listed = (await browser.client.get("/_emulator/accounts")).json()["accounts"]
        id = next(each["id"] for each in listed if each["wallet"])
        await browser.submit(f"/accounts/{id}", balance="12.5")
        page = await browser.open(f"/accounts/{id}")

        assert page.text(id="balance").startswith("12.5 ")

    browse(scene)


def test_every_account_has_a_page():
    async def scene(browser: Browser) -> None:
        for account in list(browser.app.worlds.default.store.accounts):
            await browser.open(f"/accounts/{account.id}")

    browse(scene)


@pytest.mark.parametrize("api", ["raven", "tripdesk", "cloudrebue", "arowana", "bird"])
def test_the_first_example_of_an_api_is_sent_as_it_stands(api: str):
    async def scene(browser: Browser) -> None:
        form = next(
            each
            for each in (await browser.open(f"/compose?api={api}")).forms()
            if each.get("method") == "post" and each.attrib["action"].endswith("/compose")
        )
        fields: dict[str, Any] = {each.attrib["name"]: each.attrib["value"] for each in form.iter("input")}
        fields |= {each.attrib["name"]: each.text or "" for each in form.iter("textarea")}
        answer = Page(await browser.submit("/compose", answers=200, **fields))

        assert re.search(r"Answer (200|202)", answer.text(id="answer"))
        assert len(browser.app.worlds.default.store.messages) == 1

    browse(scene)


def test_compose_signs_in_where_the_operation_wants_a_session():
    async def scene(browser: Browser) -> None:
        body = '{"channel": "sms", "to": "+254722000000", "body": "By hand"}'
        chosen: dict[str, Any] = {
            "api": "raven",
            "account": "0",
            "example": "sendDashboardMessage.sms",
            "path": "/v1/admin/messages",
        }
        answer = Page(await browser.submit("/compose", answers=200, **chosen, body=body))
        wrong = Page(await browser.submit("/compose", answers=200, **chosen, body="{"))

        assert "Answer 202" in answer.text(id="answer")
        assert "X-Tenant-Slug: acme" in answer.text()
        assert "Answer 400" in wrong.text(id="answer")

    browse(scene)
