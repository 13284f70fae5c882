"""The dashboard in headless Chromium: what only a browser can show.

They need Debian's `chromium` (`apt-get install chromium`) or another one named by `CHROMIUM`; without it they are
skipped.
"""

import time

from tests.emulator.dashboard.desks import Chromium, Desk

HOSTILE_MAIL = """<script>alert(1)</script><img src=//evil.example/a onerror=alert(1)><svg onload=alert(1)></svg>
    <style>@import '//evil.example/b';body{background:url(//evil.example/c)}
    @font-face{font-family:x;src:url(//evil.example/font)} *{font-family:x;cursor:url(//evil.example/cursor),auto}</style>
    <iframe src=//evil.example/d></iframe><p style="background:url(//evil.example/e)">x</p>
    <meta http-equiv=refresh content="0;url=//evil.example/f"><link rel=preconnect href=//evil.example>
    <link rel=stylesheet href=//evil.example/css><link rel=prefetch href=//evil.example/prefetch>
    <video autoplay src=//evil.example/v poster=//evil.example/p></video><audio autoplay src=//evil.example/s></audio>
    <object data=//evil.example/o></object><embed src=//evil.example/em><input type=image src=//evil.example/in>
    <img srcset="//evil.example/set 2x"><img src="data:image/svg+xml,<svg xmlns='http://www.w3.org/2000/svg'
    onload='alert(1)'><image href='http://evil.example/svg'/></svg>"><table background=//evil.example/t><tr><td>x</table>
    <form action=//evil.example/form><button id=send>send</button></form><base href=//evil.example/>
    <a id=go href=//evil.example/g target=_top ping=//evil.example/ping>go</a> <a id=run href="javascript:alert(1)">run</a>
    <a id=data href="data:text/html,<script>alert(1)</script>" target=_top>data</a> \u202egpj.exe"""


def test_a_message_is_seen_and_its_receipt_fails_and_is_posted_again(chromium: Chromium):
    async def scene(desk: Desk) -> None:
        await desk.client.put("/_emulator/sink/hook", json={"status": 500})
        headers = (await desk.account("cloudrebue"))["headers"]
        page = await desk.open("/messages")
        body = {"sender": "CLOUD_REBUE", "message": "Gate 4 is open", "phone": "254711000111", "correlator": 1}
        began = time.perf_counter()
        sent = await desk.client.post(
            "/cloudrebue/api/v1/send-sms", json={**body, "endpoint": f"{desk.url}/_emulator/sink/hook"}, headers=headers
        )
        assert sent.status_code == 200, sent.text
        link = page.locator("#inbox td.to a").first
        await link.wait_for()
        print(f"it appeared {(time.perf_counter() - began) * 1000:.0f} ms after the request was sent")

        await link.click()
        await page.fill("#by", "5s")
        await page.get_by_role("button", name="Advance", exact=True).click()
        await page.locator("#timeline .status", has_text="delivered").wait_for()
        await page.locator("#attempts .status", has_text="failed").first.wait_for()
        await desk.client.put("/_emulator/sink/hook", json={"status": 200})
        await page.locator("#attempts details").first.evaluate("each => { each.open = true; }")
        await page.get_by_role("button", name="Post it again now").first.click()
        await page.get_by_role("button", name="To next event").click()
        await page.locator("#attempts summary", has_text="200").first.wait_for()
        assert desk.said == []

    chromium.at_a_desk(scene)


def test_a_mail_bounces_and_a_person_replies_a_day_later(chromium: Chromium):
    async def scene(desk: Desk) -> None:
        id = await desk.send(
            channel="email", to="ada@example.org", subject="Hi", bodyText="x", **{"from": "orders@mail.acme.co.ke"}
        )
        page = await desk.open(f"/messages/{id}")
        await page.fill("#by", "1s")
        await page.get_by_role("button", name="Advance", exact=True).click()
        await page.locator("#timeline .status", has_text="delivered").wait_for()
        await page.get_by_role("button", name="Bounce", exact=True).click()
        await page.locator("#timeline .status", has_text="bounced").wait_for()
        assert page.url == f"{desk.url}/messages/{id}"

        await page.fill("#by", "1d")
        await page.get_by_role("button", name="Advance", exact=True).click()
        await page.locator("#clock-now", has_text="2026-01-02 00:00").wait_for()

        await page.goto(f"{desk.url}/messages/{await desk.card()}")
        await page.locator("textarea[name=text]").fill("On my way")
        await page.get_by_role("button", name="Reply", exact=True).click()
        await page.get_by_text("The reply was received.").wait_for()
        await page.goto(f"{desk.url}/conversations")
        await page.locator("td.to a").first.click()
        await page.locator("#thread", has_text="On my way").wait_for()
        assert desk.said == []

    chromium.at_a_desk(scene)


def test_a_story_is_played_and_its_verdict_is_shown(chromium: Chromium):
    async def scene(desk: Desk) -> None:
        page = await desk.open("/stories/raven/delivered")
        await page.get_by_role("button", name="Play it").click()
        await page.locator("main .status", has_text="passed").first.wait_for()
        assert desk.said == []

    chromium.at_a_desk(scene)


def test_a_refusal_is_told_where_the_form_is(chromium: Chromium):
    async def scene(desk: Desk) -> None:
        page = await desk.open("/failures")
        await page.locator("textarea").first.fill("[")
        await page.get_by_role("button", name="Add the rule").click()
        await page.locator("#notice [role=alert]").wait_for()
        assert await page.locator("textarea").first.input_value() == "["
        assert desk.said == []

    chromium.at_a_desk(scene)


def test_what_is_half_filled_in_outlives_the_clock_and_what_is_wrong_has_the_focus(chromium: Chromium):
    async def scene(desk: Desk) -> None:
        page = await desk.open("/compose")
        await page.fill("textarea[name=body]", "half")
        await page.focus("#by")
        await page.keyboard.press("Enter")
        await page.locator("#clock-now", has_text="2026-01-01 01:00").wait_for()
        await page.get_by_text("The clock was advanced.").wait_for()
        assert await page.input_value("textarea[name=body]") == "half"

        await page.fill("#by", "soon")
        await page.keyboard.press("Enter")
        await page.locator("#notice [role=alert]", has_text="expected a span of time").wait_for()
        assert await page.input_value("textarea[name=body]") == "half"

        await page.goto(f"{desk.url}/things/campaigns")
        await page.locator("form[action$='/new'] button").click()
        await page.get_by_role("button", name="Save").last.click()
        await page.locator("#wrong").wait_for()
        assert await page.evaluate("document.activeElement.name") == "name"
        assert desk.said == []

    chromium.at_a_desk(scene)


def test_every_page_is_used_from_the_keyboard(chromium: Chromium):
    async def scene(desk: Desk) -> None:
        page = await desk.open("/things/senders")
        await page.keyboard.press("Tab")
        assert await page.evaluate("document.activeElement.className") == "skip"
        await page.keyboard.press("Enter")
        await page.keyboard.press("Tab")
        assert await page.evaluate("document.getElementById('main').contains(document.activeElement)")
        assert await page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"
        await page.goto(f"{desk.url}/messages")
        await page.keyboard.press("/")
        await page.keyboard.type("nowhere")
        await page.keyboard.press("Enter")
        await page.wait_for_url("**/messages?*q=nowhere*")

    chromium.at_a_desk(scene)


def test_what_is_read_stays_where_it_is_while_more_comes(chromium: Chromium):
    async def scene(desk: Desk) -> None:
        for _ in range(30):
            await desk.send()
        page = await desk.open("/messages", viewport={"width": 1280, "height": 500})
        link = page.locator("#inbox td.to a").nth(20)
        read = page.locator(f"#inbox td.to a[href='{await link.get_attribute('href')}']")
        await link.evaluate(
            "each => { each.scrollIntoView({ block: 'center' }); each.focus({ preventScroll: true }); }"
        )
        before = (await read.bounding_box())["y"]
        new = await desk.send()
        await page.locator(f"#inbox a[href$='{new}']").wait_for()
        assert abs((await read.bounding_box())["y"] - before) < 2
        assert await read.evaluate("each => each === document.activeElement")

        await read.evaluate("each => getSelection().selectAllChildren(each.closest('tr'))")
        async with page.expect_response("**/messages"):  # the page looks again
            newer = await desk.send()
        assert await page.evaluate("getSelection().isCollapsed") is False
        await page.evaluate("getSelection().removeAllRanges()")
        await page.locator(f"#inbox a[href$='{newer}']").wait_for()
        assert desk.said == []

    chromium.at_a_desk(scene)


def test_a_page_tells_that_its_world_or_what_it_shows_is_gone(chromium: Chromium):
    async def scene(desk: Desk) -> None:
        await desk.client.post("/_emulator/worlds", json={"name": "other"})
        id = await desk.send()
        in_other = await desk.open("/w/other/messages")
        in_default = await desk.open(f"/messages/{id}")
        await desk.client.delete("/_emulator/worlds/other")
        await desk.client.post("/_emulator/reset", json={})
        await in_other.locator("#notice [role=alert]", has_text="There is no world 'other'.").wait_for()
        await in_default.locator("#notice [role=alert]", has_text="There is no message").wait_for()

        await in_other.get_by_role("button", name="To next event").click()
        await in_other.reload()
        assert await in_other.locator("h1").inner_text() == "There is no such thing"
        await in_other.get_by_role("link", name="Back").click()
        await in_other.wait_for_url(f"{desk.url}/")
        assert [each for each in desk.said if "404" not in each] == []

    chromium.at_a_desk(scene)


def test_two_windows_change_one_thing_and_the_way_back_changes_nothing(chromium: Chromium):
    async def scene(desk: Desk) -> None:
        account = await desk.account("cloudrebue")
        senders = f"/things/senders/{account['id']}"
        page = await desk.open("/things/senders")
        await page.goto(f"{desk.url}{senders}/new")
        await page.select_option("select[name=channel]", "sms")
        await page.fill("input[name=address]", "LAMPS")
        await page.keyboard.press("Enter")
        await page.get_by_text("Saved.").wait_for()
        thing = page.url.removeprefix(desk.url).partition("?")[0]
        await page.go_back()
        assert page.url == f"{desk.url}{senders}/new"
        assert [each.address for each in desk.app.worlds.default.store.senders].count("LAMPS") == 1

        one, other = await desk.open(thing), await desk.open(thing)
        await one.get_by_role("button", name="Delete").click()
        await one.get_by_text("Deleted.").wait_for()
        await other.fill("input[name=address]", "LIGHTS")
        await other.get_by_role("button", name="Save").click()
        await other.locator("#notice [role=alert]").wait_for()
        assert await other.input_value("input[name=address]") == "LIGHTS"
        assert desk.said == []

    chromium.at_a_desk(scene)


def test_forms_work_without_javascript(chromium: Chromium):
    async def scene(desk: Desk) -> None:
        id = await desk.card()
        store = desk.app.worlds.default.store
        page = await desk.open("/", java_script_enabled=False)

        async def press(path: str, button: str, within: str = "main", **filled: str) -> None:
            await page.goto(desk.url + path)
            part = page.locator(within)
            for name, value in filled.items():
                await part.locator(f"[name={name}]").first.fill(value)
            await part.get_by_role("button", name=button, exact=True).first.click()

        await press("/", "Advance", "header", by="24h")
        assert "2026-01-02 00:00:00" in await page.locator("#clock-now").inner_text()
        await press("/", "Set", "header", pace="held")
        assert "The pace was changed." in await page.locator("#notice").inner_text()
        await press("/", "To next event", "header")
        assert "The clock was advanced." in await page.locator("#notice").inner_text()
        await press(f"/messages/{id}", "Fail")
        assert "failed" in await page.locator("#timeline").inner_text()
        await press(f"/messages/{id}", "Reply", text="On my way")
        assert [each.text for each in store.inbound] == ["On my way"]
        await press("/failures", "Add the rule")
        await press("/failures", "Withdraw")
        assert "Withdrawn." in await page.locator("#notice").inner_text()
        await press("/sinks/hook", "Set", status="500 200")
        assert "Set;" in await page.locator("#notice").inner_text()
        await press("/sinks", "Open", name="other")
        assert page.url == f"{desk.url}/sinks/other"
        await press("/messages", "Show", q="nowhere")
        assert "No message matches." in await page.locator("#inbox").inner_text()
        await press("/compose", "Send")
        assert "Answer 20" in await page.locator("#answer").inner_text()
        await press("/stories/raven/delivered", "Play it")
        assert "/stories/runs/" in page.url
        await page.locator("summary").first.click()
        await page.locator("header input[name=name]").fill("other")
        await page.get_by_role("button", name="Make", exact=True).click()
        assert page.url.startswith(f"{desk.url}/w/other/")
        await page.locator("summary").first.click()
        await page.get_by_role("button", name="as new").click()
        assert "The world is as new." in await page.locator("#notice").inner_text()

    chromium.at_a_desk(scene)


def test_a_hostile_mail_runs_nothing_and_asks_for_nothing(chromium: Chromium):
    async def scene(desk: Desk) -> None:
        id = await desk.send(
            channel="email",
            to="ada@example.org",
            **{"from": "orders@mail.acme.co.ke"},
            subject=HOSTILE_MAIL.replace("\n", " ")[:998],
            bodyText=HOSTILE_MAIL,
            bodyHtml=HOSTILE_MAIL,
        )
        page = await desk.open(f"/messages/{id}")
        for each in ("#go", "#run", "#data"):
            await page.frame_locator("iframe").locator(each).click()
        await page.goto(f"{desk.url}/messages/{id}/mail")  # as it is without its sandboxed frame around it
        for each in ("#go", "#run", "#data"):
            await page.locator(each).click()
        await page.wait_for_timeout(300)
        assert desk.elsewhere == []
        assert desk.said == []
        assert page.url == f"{desk.url}/messages/{id}/mail"

    chromium.at_a_desk(scene)
