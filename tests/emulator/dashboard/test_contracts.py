"""Contracts in the browser: every operation and webhook, what is seen of them, and requests that work."""

import shlex
from typing import Any

import pytest

from emulator.dashboard.examples import examples_of
from emulator.dashboard.reference import operations_of, webhooks_of
from emulator.server.contract import contract_names, load_contract
from tests.emulator.dashboard.browsing import Browser, Page, browse


def cells(page: Page, api: str) -> list[str]:
    """The row of a contract in the index."""
    row = next(
        row for row in page.all("tr") if any(a.get("href", "").endswith(f"/contracts/{api}") for a in row.iter("a"))
    )
    return [" ".join("".join(cell.itertext()).split()) for cell in row.iter("td")]


def curl_of(page: Page) -> list[str]:
    block = next("".join(pre.itertext()) for pre in page.all("pre") if "".join(pre.itertext()).startswith("curl"))
    return shlex.split(block.replace("\\\n", " "))


def test_the_index_has_every_contract_of_this_server():
    async def scene(browser: Browser) -> None:
        page = await browser.open("/contracts")

        for name in contract_names():
            assert cells(page, name)[0] == load_contract(name).title
            assert f"/contracts/{name}/openapi/yaml" in page.links()

    browse(scene)


@pytest.mark.parametrize("name", contract_names())
def test_every_operation_and_webhook_has_a_page(name: str):
    """Built without parsing each as HTML, which takes a hundred times longer; the pages of one API are parsed below."""

    async def scene(browser: Browser) -> None:
        contract = load_contract(name)
        index = await browser.open(f"/contracts/{name}")
        for brief in operations_of(contract):
            assert f"/contracts/{name}/{brief.id}" in index.links()
            answer = await browser.client.get(f"/contracts/{name}/{brief.id}")
            assert answer.status_code == 200, brief
            for status in contract.document["paths"][brief.path][brief.method.lower()]["responses"]:
                assert f'id="answer-{status}"' in answer.text
        for brief in webhooks_of(contract):
            assert f"/contracts/{name}/webhooks/{brief.id}" in index.links()
            assert (await browser.client.get(f"/contracts/{name}/webhooks/{brief.id}")).status_code == 200, brief

    browse(scene)


@pytest.mark.parametrize(
    "path",
    [
        "bird/createChannelMessage",
        "bird/uploadMedia",
        "bird/webhooks/messageEvent",
        "tripdesk/requestEvaluation",
        "tripdesk/getSitemap",
        "raven/receiveSmsCallback",
        "control/advanceClock",
        "cloudrebue/webhooks/incomingSms",
    ],
)
def test_pages_of_every_kind_are_html_without_a_mistake(path: str):
    async def scene(browser: Browser) -> None:
        page = await browser.open(f"/contracts/{path}")

        assert (page.all("h1")[0].text or "").strip() == path.rpartition("/")[2]

    browse(scene)


def test_an_operation_tells_its_members_its_answers_and_how_sure_we_are():
    async def scene(browser: Browser) -> None:
        page = await browser.open("/contracts/raven/sendMessage")
        text = page.text()

        assert "channel required string one of sms, email, push, whatsapp seed How the message travels." in text
        assert "to required string 1 to 200 characters" in text
        assert "if channel is email needs from, subject" in text
        assert "ravenKey (header X-Raven-Key) with messages:send" in text
        assert '"message": "channel must be one of: sms, email, push, whatsapp"' in text
        assert "X-RateLimit-Remaining required integer at least 0" in text
        assert "/compose?api=raven&example=sendMessage.sms" in page.links()

    browse(scene)


@pytest.mark.parametrize(
    "path",
    [
        "raven/sendMessage",
        "raven/listMessages",
        "bird/createChannelMessage",
        "bird/listChannels",
        "tripdesk/sendMessage",
        "arowana/getBalance",
        "cloudrebue/sendSms",
    ],
)
def test_the_request_for_a_shell_works_in_its_own_world(path: str):
    async def scene(browser: Browser) -> None:
        await browser.submit("/worlds", name="other")
        words = curl_of(await browser.open(f"/w/other/contracts/{path}"))
        method, url = words[words.index("-X") + 1], words[3]
        headers = dict(words[at + 1].split(": ", 1) for at, word in enumerate(words) if word == "-H")
        body = words[words.index("-d") + 1] if "-d" in words else None
        answer = await browser.client.request(method, url, headers=headers, content=body)

        assert "/w/other/" in url
        assert answer.status_code < 300, answer.text

    browse(scene)


def test_a_search_goes_through_all_contracts():
    async def scene(browser: Browser) -> None:
        page = await browser.open("/contracts?q=send+MESSAGE")
        found = [link for link in page.links() if link.startswith("/contracts/") and "openapi" not in link]

        assert {"/contracts/raven/sendMessage", "/contracts/arowana/sendMessage"} <= set(found)
        assert (
            "/contracts/raven/webhooks/message.bounced" in (await browser.open("/contracts?q=message.bounced")).links()
        )
        assert "0 found" in (await browser.open("/contracts?q=nothing-of-the-kind")).text()

    browse(scene)


@pytest.mark.parametrize("name", ["raven", "control"])
def test_the_document_can_be_downloaded(name: str):
    async def scene(browser: Browser) -> None:
        yaml = await browser.client.get(f"/contracts/{name}/openapi/yaml")
        as_json = await browser.client.get(f"/contracts/{name}/openapi/json")

        assert yaml.content == load_contract(name).as_yaml()
        assert as_json.json()["info"]["title"] == load_contract(name).title
        assert yaml.headers["content-disposition"] == f'attachment; filename="{name}.yaml"'
        assert (await browser.client.get(f"/contracts/{name}/openapi/xml")).status_code == 404

    browse(scene)


@pytest.mark.parametrize("path", ["nobody", "raven/nobody", "raven/webhooks/nobody", "nobody/openapi/yaml"])
def test_what_is_in_no_contract_is_told_on_a_page(path: str):
    async def scene(browser: Browser) -> None:
        page = await browser.open(f"/contracts/{path}", status=404)

        assert "There is no" in page.text()

    browse(scene)


def test_coverage_counts_what_was_called_in_all_worlds_even_in_those_that_are_gone():
    async def scene(browser: Browser) -> None:
        async def covered() -> list[str]:
            return cells(await browser.open("/contracts"), "raven")[1:4]

        nothing = await covered()
        await browser.text()
        account = await browser.account("raven")
        refused = await browser.client.post("/raven/v1/messages", json={"channel": "smoke"}, headers=account["headers"])
        assert refused.status_code == 400
        once = await covered()
        again = await covered()
        await browser.submit("/worlds", name="other")
        other: Any = (await browser.client.get("/w/other/_emulator/apis")).json()["apis"]
        headers = next(each for each in other if each["name"] == "raven")["accounts"][0]["headers"]
        await browser.client.get("/w/other/raven/v1/messages", headers=headers)
        await browser.client.delete("/_emulator/worlds/other")
        await browser.submit("/reset")
        await browser.text()
        after = await covered()
        page = await browser.open("/contracts/raven/sendMessage")

        operations = len(operations_of(load_contract("raven")))
        assert nothing[0] == f"0 of {operations}"
        assert (once[0], once[2]) == (f"1 of {operations}", "2")
        assert once[1].startswith("2 of ")
        assert again == once
        assert (after[0], after[2]) == (f"2 of {operations}", "4")
        assert after[1].startswith("3 of ")
        assert "202 2× 400 1×" in page.text()
        assert "Declared and not seen: 401, 403" in page.text()

    browse(scene)


def test_an_answer_that_no_contract_has_is_told_to_be_a_fault():
    async def scene(browser: Browser) -> None:
        fault = {"api": "raven", "operation": "sendMessage", "fault": {"status": 502}}
        assert (await browser.client.post("/_emulator/faults", json=fault)).status_code == 201
        account = await browser.account("raven")
        await browser.client.post("/raven/v1/messages", json={}, headers=account["headers"])

        assert "502 1× not in the contract: a fault" in (await browser.open("/contracts/raven/sendMessage")).text()

    browse(scene)


def test_the_journal_is_read_by_operation_and_leads_to_the_contract():
    async def scene(browser: Browser) -> None:
        await browser.text()
        account = await browser.account("raven")
        await browser.client.get("/raven/v1/messages", headers=account["headers"])
        page = await browser.open("/journal?kind=call&operation=sendMessage")

        assert "sendMessage" in page.text()
        assert "listMessages" not in page.text()
        assert "/contracts/raven/sendMessage" in page.links()

    browse(scene)


@pytest.mark.parametrize("api", ["arowana", "bird", "cloudrebue", "raven", "tripdesk"])
def test_what_a_webhook_was_told_leads_to_the_contract(api: str):
    async def scene(browser: Browser) -> None:
        account, example = await browser.account(api), examples_of(load_contract(api))[0]
        hook = "http://127.0.0.1:9/hook"
        if api == "cloudrebue":  # each message brings the address for its receipts along
            await browser.with_receipt()
        else:
            settings = {"settings": {"outbound_webhooks": True}} if api == "raven" else {}
            given = await browser.client.patch(
                f"/_emulator/accounts/{account['id']}", json={"webhooks": [{"url": hook}], **settings}
            )
            assert given.status_code == 200, given.text
            await browser.post(api, example.path_for(account), example.value)
        await browser.advance("1m")
        for path in ("/webhooks", f"/messages/{await browser.newest()}"):
            links = {link for link in (await browser.open(path)).links() if "/webhooks/" in link}

            assert {link.rpartition("/")[0] for link in links} == {f"/contracts/{api}/webhooks"}
            for link in links:
                await browser.open(link)

    browse(scene)
