"""The public site: complete HTML without script, clean addresses, and what differs by host."""

import re
from typing import Any, cast

import html5lib
import pytest

from emulator.dialects.tripdesk.handlers import HANDLERS
from emulator.server.dialect import Call
from tests.emulator.dialects.tripdesk.surfaces import CONTRACT, SMS, Answer, Desk, text_of

PAGES = ("/", "/developers", "/channels", "/pricing", "/security", "/evaluation", "/contact")
SANDBOX = {"Host": "sandbox.yourtripdesk.com"}
PRODUCTION = {"Host": "yourtripdesk.com"}

# Source: the seed, the request and the answer as they stand there; only the line breaks are ours.
SHOWN_REQUEST = {
    "POST /api/v1/messages",
    "Authorization: Bearer ak_live_••••••••••••",
    "Idempotency-Key: 7f3e2c1a-9b8d-4f6e-a2c1-b3d4e5f6a7b8",
    '"template": "order_confirmation",',
    '"name": "Nayeem",',
    '"order_id": "TR-204821",',
    '"eta": "15 minutes"',
    "202 Accepted",
    '"id": "msg_01HNQX2P8Y9R3T4V5W6Z7A8B9C",',
    '"cost_estimate": "0.012",',
    '"created_at": "2026-05-23T14:22:17Z"',
}


def parsed(answer: Answer) -> Any:
    """The document, read by a parser that takes nothing but valid HTML."""
    parser: Any = html5lib.HTMLParser(strict=True, namespaceHTMLElements=False)
    return parser.parse(text_of(answer))


def canonical(answer: Answer) -> list[str]:
    return re.findall(r'<link rel="canonical" href="([^"]*)">', text_of(answer))


@pytest.fixture
def desk() -> Desk:
    return Desk()


@pytest.mark.parametrize("path", [*PAGES, "/evaluation/thanks"])
def test_every_page_is_semantic_and_complete_without_script(desk: Desk, path: str):
    page = desk.page(path)
    document = parsed(page)

    assert page.status == 200
    assert document.get("lang") == "en"
    assert len(document.findall(".//h1")) == 1
    for each in ("header", "header/nav", "main", "main/h1", "footer"):
        assert len(document.findall(f"./body/{each}")) == 1, each
    assert document.findall(".//script") == []
    assert document.find("./head/title").text
    assert document.find("./head/meta[@name='description']").get("content")
    assert len(document.find("./body/main")) > 1, "there is something below the heading"


@pytest.mark.parametrize("path", [*PAGES, "/evaluation/thanks"])
@pytest.mark.parametrize("host", [PRODUCTION, SANDBOX, {"Host": "127.0.0.1:8026"}])
def test_the_canonical_address_is_always_productions(desk: Desk, path: str, host: dict[str, str]):
    assert canonical(desk.page(path, headers=host)) == [f"https://yourtripdesk.com{path}"]


def test_titles_and_descriptions_are_those_of_the_contract(desk: Desk):
    for path in (*PAGES, "/evaluation/thanks"):
        response = CONTRACT.document["paths"][path]["get"]["responses"]["200"]
        example = response["content"]["text/html"]["examples"]["page"]["value"]
        shown = text_of(desk.page(path))
        for pattern in ("<title>.*</title>", '<meta name="description" .*>', "<h1>.*</h1>"):
            assert re.findall(pattern, shown) == re.findall(pattern, example), path


def test_the_page_for_developers_shows_the_request_and_its_answer(desk: Desk):
    document = parsed(desk.page("/developers"))
    shown = {line.strip() for code in document.findall(".//pre/code") for line in code.text.splitlines()}

    assert shown >= SHOWN_REQUEST


def test_the_pages_name_every_channel_and_its_price(desk: Desk):
    channels, prices = parsed(desk.page("/channels")), parsed(desk.page("/pricing"))

    names = [row.find("td/code").text for row in channels.findall(".//tbody/tr")]
    assert names == CONTRACT.document["components"]["schemas"]["Channel"]["enum"]
    confirming = {row.find("td/code").text: row.findall("td")[1].text for row in channels.findall(".//tbody/tr")}
    assert [name for name, confirms in confirming.items() if confirms == "no"] == ["broadcast"]
    shown = {row.find("th").text: row.find("td").text for row in prices.findall(".//tbody/tr")}
    assert shown["WhatsApp, template"] == "0.012"
    assert shown["WhatsApp, text"] == "0.005"
    assert shown["SMS, each segment"] == "0.020"
    assert shown["Broadcast"] == "0.010"
    assert len(shown) == 12


@pytest.mark.parametrize("path", ["/nope", "/evaluation/thanks/", "/evaluation/thanks.html", "/nope/", "/nope.html"])
def test_an_unknown_address_is_a_page_that_says_so(desk: Desk, path: str):
    page = desk.page(path)

    assert page.status == 404
    assert parsed(page).find("./body/main/h1").text == "Page not found"
    assert canonical(page) == []


@pytest.mark.parametrize("path", ["/nope.php", "//", "/api", "/w", "/%00", "/%ff", "/robots.txt/", "/sitemap.xml.html"])
def test_odd_addresses_are_unknown_too(desk: Desk, path: str):
    assert desk.page(path).status == 404


@pytest.mark.parametrize("path", ["/api/", "/api/v1", "/api/nope", "/api/v1/webhooks", "/api/v1/messages.html"])
def test_below_api_what_is_unknown_is_said_in_json(desk: Desk, path: str):
    answer = desk.page(path)

    assert (answer.status, answer.code) == (404, "route_not_found")
    assert answer.json["error"]["type"] == "not_found"


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("POST", "/developers", "GET"),
        ("HEAD", "/", "GET"),
        ("DELETE", "/evaluation", "GET, POST"),
        ("POST", "/robots.txt", "GET"),
        ("POST", "/pricing.html", "GET"),
    ],
)
def test_a_page_has_few_methods_and_names_them(desk: Desk, method: str, path: str, allowed: str):
    page = desk.ask(method, path, token=None)

    assert page.status == 405
    assert page.headers["allow"] == allowed
    assert parsed(page).find("./body/main/h1").text == "Method not allowed"


def test_a_bug_is_a_page_as_well(desk: Desk, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture):
    def breaks(_: Call) -> Any:
        raise ZeroDivisionError

    monkeypatch.setitem(cast("dict[str, Any]", HANDLERS), "showHome", breaks)

    page = desk.page("/", headers=SANDBOX)

    assert page.status == 500
    assert parsed(page).find("./body/main/h1").text == "Something went wrong"
    assert page.headers["x-robots-tag"] == "noindex"
    assert "ZeroDivisionError" in caplog.text


@pytest.mark.parametrize(
    ("path", "clean"),
    [
        ("/index", "/"),
        ("/index.html", "/"),
        ("/index.php", "/"),
        ("/index/", "/"),
        *((f"{path}{ending}", path) for path in PAGES[1:] for ending in (".html", ".php", "/")),
        ("/pricing.html?utm_source=x&b=%20", "/pricing?utm_source=x&b=%20"),
        ("/index?a=1", "/?a=1"),
    ],
)
def test_an_old_address_leads_to_the_clean_one_with_its_query(desk: Desk, path: str, clean: str):
    answer = desk.page(path)

    assert (answer.status, text_of(answer)) == (301, "")
    assert answer.headers["location"] == clean


def test_links_and_redirects_lead_back_to_where_the_site_was_asked_for(desk: Desk):
    base_path = "/w/x/tripdesk"

    links = re.findall('<a href="([^"]*)">', text_of(desk.page("/", base_path=base_path)))

    assert links == [base_path + path for path in PAGES]
    assert desk.page("/index.html", base_path=base_path).headers["location"] == f"{base_path}/"
    assert f'action="{base_path}/evaluation"' in text_of(desk.page("/evaluation", base_path=base_path))


def test_the_sitemap_lists_all_pages_on_the_production_host(desk: Desk):
    example = CONTRACT.document["paths"]["/sitemap.xml"]["get"]["responses"]["200"]["content"]["application/xml"]

    for host in (PRODUCTION, {"Host": "localhost"}):
        answer = desk.page("/sitemap.xml", headers=host)
        assert text_of(answer) == example["examples"]["production"]["value"]
    assert re.findall("<loc>(.*?)</loc>", text_of(answer)) == [f"https://yourtripdesk.com{path}" for path in PAGES]


def test_the_sandbox_host_has_an_empty_sitemap(desk: Desk):
    answer = desk.page("/sitemap.xml", headers=SANDBOX)

    assert text_of(answer) == (
        '<?xml version="1.0" encoding="UTF-8"?>\n<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"/>\n'
    )


def test_robots_lets_the_crawlers_of_search_engines_and_ai_tools_read_all_but_the_api(desk: Desk):
    assert text_of(desk.page("/robots.txt", headers=PRODUCTION)) == (
        "User-agent: *\n"
        "Disallow: /api/\n"
        "Disallow: /evaluation/thanks\n"
        "\n"
        "User-agent: GPTBot\n"
        "User-agent: OAI-SearchBot\n"
        "User-agent: ChatGPT-User\n"
        "User-agent: Google-Extended\n"
        "User-agent: ClaudeBot\n"
        "User-agent: PerplexityBot\n"
        "Allow: /\n"
        "Disallow: /api/\n"
        "\n"
        "Sitemap: https://yourtripdesk.com/sitemap.xml\n"
    )


def test_the_sandbox_host_is_closed_to_crawlers(desk: Desk):
    answer = desk.page("/robots.txt", headers={"Host": "Sandbox.YourTripDesk.com:443"})

    assert text_of(answer) == "User-agent: *\nDisallow: /\n"


@pytest.mark.parametrize("path", [*PAGES, "/evaluation/thanks", "/nope"])
def test_only_pages_of_the_sandbox_host_are_marked_noindex(desk: Desk, path: str):
    assert desk.page(path, headers=SANDBOX).headers["x-robots-tag"] == "noindex"
    assert "x-robots-tag" not in desk.page(path, headers=PRODUCTION).headers


def test_nothing_that_the_api_answers_differs_by_host():
    answers: list[list[Answer]] = []
    for host in (PRODUCTION, SANDBOX):
        desk = Desk()
        answers.append([desk.ask("POST", "/api/v1/messages", SMS, headers=host), desk.page("/api/nope", headers=host)])

    assert answers[0] == answers[1]


def test_pages_know_no_credential_no_limit_and_no_audit():
    desk = Desk(rate_limits="on")

    answers = [desk.ask("GET", "/pricing", token="ak_live_nobody") for _ in range(30)]

    assert {answer.status for answer in answers} == {200}
    assert not any(name.startswith("x-ratelimit") for name in answers[0].headers)
    assert len(list(desk.world.store.audit)) == 0
