"""Stories in the browser: found, read, played, watched, judged."""

import asyncio
from pathlib import Path
from textwrap import dedent

from tests.emulator.dashboard.browsing import ORIGIN, UI, Browser, Page, browse

WRONG = """\
    # <script>alert(1)</script>
    name: A <b>wrong</b> guess
    api: raven
    steps:
      - call: {operation: sendMessage, body: {channel: sms, to: "+254722000000", body: <i>Hi</i>}, capture: {id: body.id}}
      - call: {operation: getMessage, parameters: {id: "${id}"}, expect: {body: {status: bounced}}}
      - advance: 1s
    """


def own(folder: Path, text: str = WRONG) -> Path:
    path = folder / "wrong.story.yaml"
    path.write_text(dedent(text))
    return path


def rows(page: Page) -> list[str]:
    return [" ".join("".join(cell.itertext()).split()) for cell in page.all("td", **{"class": "story"})]


async def over(browser: Browser, where: str) -> Page:
    """The page of a run when that is over."""
    async with asyncio.timeout(60):
        while "data-again" in (text := (await browser.client.get(where)).text):
            assert f'<a href="{where}">Look again</a>' in text  # without a script, a person looks again
            await asyncio.sleep(0.02)
    return await browser.open(where)


async def played(browser: Browser, **form: str) -> tuple[str, Page]:
    """Where the run is, and its page when it is over."""
    where = (await browser.submit("/stories/play", **form)).headers["location"]
    return where, await over(browser, where)


def test_the_catalogue_is_searched_by_api_and_by_any_text():
    async def scene(browser: Browser) -> None:
        everything = rows(await browser.open("/stories"))
        of_raven = rows(await browser.open("/stories?api=raven&q=mail"))
        bounces = rows(await browser.open("/stories?api=raven&q=hard%20BOUNCE"))
        by_step = rows(await browser.open("/stories?q=sendSms%20wallet"))

        assert len(everything) > len(of_raven) > len(bounces) == 1
        assert bounces == ["A hard bounce ends the mail, is told, and suppresses the address"]
        assert 0 < len(by_step) < len(everything)
        assert "No story matches." in (await browser.open("/stories?q=nothing-of-the-kind")).text()

    browse(scene)


def test_a_story_shows_its_steps_and_source_and_where_the_contract_speaks_of_it():
    async def scene(browser: Browser) -> None:
        page = await browser.open(f"{UI}/stories/raven/bounced")
        source = "".join(next(each for each in page.all("pre") if each.get("class") == "whole").itertext())

        assert page.text().count("call sendMessage") == 2
        assert "operation: sendMessage" in source
        assert {f"{UI}/contracts/raven/sendMessage", f"{UI}/contracts/raven/webhooks/message.bounced"} <= set(
            page.links()
        )
        for link in page.links():
            if "/contracts/" in link:
                await browser.open(link)
        await browser.open("/stories/raven/nobody", status=404)

    browse(scene)


def test_a_story_is_played_and_every_step_tells_its_request_its_answer_and_its_verdict():
    async def scene(browser: Browser) -> None:
        where, page = await played(browser, story="raven/bounced")
        text = page.text()

        assert where == "/stories/runs/1"
        assert page.text(**{"class": "status good"}) == "passed"
        assert len([each for each in page.all("li") if each.get("class") == "panel step good"]) == 6
        assert "POST http://127.0.0.1:" in text
        assert '"channel": "email"' in text
        assert "answered 200" in text
        assert '"type": "message.bounced"' in text
        inside = await browser.open("/w/raven-bounced/messages")
        assert "/w/raven-bounced/messages" in page.links()
        assert "gone@example.org" in inside.text()
        assert "passed" in (await browser.open("/stories?q=bounced&api=raven")).text()
        assert "Run 1" in (await browser.open("/stories/raven/bounced")).text()

    browse(scene)


def test_a_failure_shows_what_was_expected_beside_what_came(tmp_path: Path):
    async def scene(browser: Browser) -> None:
        _, page = await played(browser, story="own/wrong")
        cells = ["".join(cell.itertext()) for cell in page.all("td")]

        assert cells == ["body.status", '"bounced"', '"queued"']
        assert "the answer 200 is not as expected" in page.text()
        assert "not played 3. advance 1s" in page.text()
        assert "What became of the message" in page.text()

    browse(scene, scenario=own(tmp_path))


def test_what_a_story_says_is_text_and_never_markup(tmp_path: Path):
    async def scene(browser: Browser) -> None:
        where, _ = await played(browser, story="own/wrong")
        for path in ("/stories", "/stories/own/wrong", where):
            main = (await browser.open(path)).all("main")[0]
            tags = [each.tag for each in main.iter()]
            assert not {"script", "b", "i"} & set(tags)
            assert "A <b>wrong</b> guess" in "".join(main.itertext())

    browse(scene, scenario=own(tmp_path))


def test_a_story_that_is_not_well_written_is_shown_with_its_mistakes_and_no_button(tmp_path: Path):
    async def scene(browser: Browser) -> None:
        page = await browser.open("/stories/own/wrong")
        listed = await browser.open("/stories?q=guess")

        assert "did you mean sendMessage" in page.text()
        assert not list(page.all("main")[0].iter("form"))
        assert "not well written" in listed.text()
        await browser.submit("/stories/play", answers=404, story="own/wrong")

    browse(scene, scenario=own(tmp_path, WRONG.replace("sendMessage", "sendMesage")))


def test_all_stories_of_an_api_are_one_run():
    async def scene(browser: Browser) -> None:
        where, page = await played(browser, api="cloudrebue")
        first = await browser.open(f"{where}/0")

        assert len(rows(page)) > 10
        assert "failed" not in page.text()
        assert where in first.links()
        await browser.open(f"{where}/99", status=404)
        await browser.open("/stories/runs/77", status=404)

    browse(scene)


def test_playing_needs_proof_of_its_origin_and_something_to_play():
    async def scene(browser: Browser) -> None:
        before = (await browser.open("/stories?api=raven&q=hard")).text()
        foreign = await browser.client.post(
            "/stories/play", data={"story": "raven/bounced"}, headers={"origin": "http://evil.example"}
        )
        neither = await browser.client.post("/stories/play", data={}, headers={"origin": ORIGIN})
        unknown = await browser.client.post("/stories/play", data={"story": "x/y"}, headers={"origin": ORIGIN})

        assert (foreign.status_code, neither.status_code, unknown.status_code) == (403, 422, 404)
        assert "Nothing was played yet" in before
        assert (await browser.open("/stories?api=raven&q=hard")).text() == before

    browse(scene)


def test_with_a_control_token_and_one_api_at_the_root_stories_are_played_all_the_same():
    async def scene(browser: Browser) -> None:
        await browser.client.post(f"{UI}/session", data={"token": "s3cret"}, headers={"origin": ORIGIN})
        listed = await browser.open(f"{UI}/stories")
        went = await browser.submit(f"{UI}/stories/play", story="cloudrebue/delivered")
        page = await over(browser, went.headers["location"])

        assert "Raven" not in listed.text()
        assert page.text(**{"class": "status good"}) == "passed"

    browse(scene, control_token="s3cret", only="cloudrebue")
