"""The pages about commands and the dashboard name what there is, and show what is really told."""

import re
from collections import Counter

import click
import pytest

from emulator.cli import main
from emulator.dashboard.frame import NAVIGATION
from emulator.dialects import DIALECTS
from emulator.guide.pages import FOLDER, pages
from emulator.harness.contracts import checks, webhooks
from emulator.harness.contracts.documents import Document
from emulator.harness.contracts.findings import Finding, Result
from emulator.harness.contracts.reports.console import finding_lines, summary
from emulator.harness.coverage.assess import Coverage
from emulator.harness.coverage.keywords import Keywords
from emulator.harness.coverage.parts import documented, waivers
from emulator.harness.coverage.reports.console import lines
from emulator.harness.parity_report import _KINDS  # pyright: ignore[reportPrivateUsage] - the words themselves
from emulator.server.contract import load_contract
from emulator.server.contract.references import is_object
from emulator.server.documents import read_yaml
from emulator.stories.schema import story_schema
from tests.emulator.guide.samples import samples_of

CLOUDREBUE = Document(load_contract("cloudrebue").document)


def shown(name: str, beginning: str) -> str:
    """The `text` sample of a page that begins like this."""
    texts = [each.text for each in samples_of(pages()[name].markdown) if each.language == "text"]
    return next(each for each in texts if each.startswith(beginning)).rstrip("\n")


@pytest.mark.parametrize(
    ("command", "page"), [("contracts", "contracts"), ("parity", "parity"), ("record", "recording"), ("run", "stories")]
)
def test_a_page_names_every_option_of_its_command(command: str, page: str):
    for option in main.commands[command].params:
        if isinstance(option, click.Option):
            assert option.opts[-1] in pages()[page].markdown, option.opts


def test_every_check_is_explained():
    told = pages()["contracts"].markdown

    for name in (*checks.RULES, webhooks.BODIES, webhooks.HEADERS, webhooks.SIGNATURES):
        assert f"\n| `{name}` | " in told, name


def test_the_checks_of_recordings_are_explained():
    source = (FOLDER.parent / "harness" / "har.py").read_text("utf-8")

    for name in set(re.findall(r'_finding\(api, \w+, "(\w+)"', source)):
        assert f"\n| `{name}` | " in pages()["recording"].markdown, name


def test_a_line_about_a_contract_looks_as_it_is_shown():
    cases = Counter({"coverage": 461, "examples": 24, "fuzzing": 100, "stateful": 60})
    operations = tuple(each.id for each in CLOUDREBUE.operations.values())
    result = Result("cloudrebue", operations=operations, cases=cases, probes=91, seconds=5)

    assert summary(result) == shown("contracts", "cloudrebue")


def test_a_finding_looks_as_it_is_shown():
    url, answer = "http://127.0.0.1:8026/raven/v1/messages", '{"id":"ffbb081f-589a-49d8-91e6-d80423b596f7"}'
    finding = Finding(
        "raven",
        "getMessage",
        "authentication_required",
        "Credentials are not required",
        f"without them: 200 {answer}",
        f"curl -i {url}/ffbb081f-589a-49d8-91e6-d80423b596f7",
        200,
        answer,
        (f"curl -i -H 'X-Raven-Key: rk_live_…' --data-raw '{{\"channel\":\"sms\"}}' {url}",),
    )

    assert "\n".join(finding_lines(finding, 2)) == shown("contracts", "raven getMessage")


def test_coverage_looks_as_it_is_shown():
    counts = dict.fromkeys(documented(CLOUDREBUE), 1)
    found = Coverage(
        "cloudrebue", "", counts, {}, keywords=Keywords(full=89, partial=4, total=93, reached=0, answers=0)
    )

    assert "\n".join(lines([found])) == shown("contracts", "coverage")


def test_the_waivers_that_are_shown_are_read():
    written = next(each.text for each in samples_of(pages()["contracts"].markdown) if each.language == "yaml")
    document = read_yaml(written, name="openapi/shop.yaml")
    assert is_object(document)
    found = waivers(Document(document))

    assert {str(part) for part in found} == {"listOrders 410", "listOrders 500", "order.lost"}


def test_every_kind_of_difference_is_explained():
    told = pages()["parity"].markdown

    for words in set(_KINDS.values()) - {_KINDS["documented"]}:
        assert words in told, words


def test_every_member_of_a_documented_difference_is_explained():
    members = story_schema()["properties"]["differs"]["items"]["properties"]

    for name in members:
        assert f"`{name}`" in pages()["parity"].markdown.partition("## Documented differences")[2], name


def test_the_tour_goes_to_every_page():
    told = pages()["dashboard"].markdown

    for _, word in NAVIGATION:
        assert re.search(rf"^## {word}\b|\*{word}\*", told, re.MULTILINE), word
    for title in {kind.title for dialect in DIALECTS for kind in dialect.kinds()}:
        assert title.lower() in told.lower(), title
