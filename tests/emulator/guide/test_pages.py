"""What the pages say is true: their tables are what the sources say, and their samples do what they show."""

import shutil
from pathlib import Path

import pytest

from emulator.dialects import DIALECTS
from emulator.guide.pages import FOLDER, GROUPS, pages
from emulator.guide.rendering import page_as_html
from emulator.server.contract import load_contract
from emulator.testing import Emulator
from tests.emulator.guide.samples import LANGUAGES, Sample, samples_of, try_samples
from tests.emulator.guide.tables import EVIDENCE, block, blocks_of, evidence, recipients

NAMES = [name for _, names in GROUPS for name in names]
APIS = [dialect.name for dialect in DIALECTS]
NO_CURL = shutil.which("curl") is None or shutil.which("bash") is None


def source(name: str) -> str:
    return (FOLDER / f"{name}.md").read_text("utf-8")


def test_every_page_is_in_the_list_and_every_file_is_a_page():
    assert sorted(NAMES) == sorted(path.stem for path in FOLDER.glob("*.md"))
    assert list(pages()) == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_a_page_begins_with_a_title_and_a_sentence(name: str):
    page = pages()[name]

    assert page.markdown.startswith(f"# {page.title}\n")
    assert page.summary.endswith((".", "?"))
    assert "<!--" not in page.markdown


@pytest.mark.parametrize("name", NAMES)
def test_what_is_generated_is_up_to_date(name: str):
    for part, text in blocks_of(source(name)):
        assert text == block(part), f"{part} is stale: python -m tests.emulator.guide.tables"


def test_a_page_that_is_stale_is_found():
    assert next(blocks_of("<!-- begin recipients -->\n| 00 | nothing |\n<!-- end -->\n"))[1] != recipients()


@pytest.mark.parametrize("api", APIS)
def test_a_page_about_an_api_says_all_that_there_is_to_say(api: str):
    parts = [name for name, _ in blocks_of(source(api))]

    wanted = {"hosts", "accounts", "fixtures", "shown", "settings", "evidence", "operations", "left-out"}
    assert {f"{kind} {api}" for kind in wanted} <= set(parts)


@pytest.mark.parametrize("api", APIS)
def test_the_figures_count_every_mark_of_the_contract(api: str):
    written = [line for line in evidence(api).splitlines() if line.startswith("| All ")]

    counts = [int(cell) for cell in written[0].split("|")[2:-1]]
    raw = str(load_contract(api).document)
    assert counts == [raw.count(f"'x-evidence': '{mark}'") for mark in EVIDENCE]


def test_every_sample_is_in_a_language_that_is_tried():
    for name in NAMES:
        for sample in samples_of(source(name)):
            assert sample.language in LANGUAGES, f"{name}.md, line {sample.line}"


@pytest.mark.skipif(NO_CURL, reason="the guide's samples need bash and curl: apt-get install bash curl")
@pytest.mark.parametrize("name", [name for name in NAMES if samples_of(source(name))])
def test_the_samples_do_what_they_show(name: str, tmp_path: Path):
    assert try_samples(pages()[name].markdown, tmp_path) == []


@pytest.mark.skipif(NO_CURL, reason="needs bash and curl: apt-get install bash curl")
@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            '```sh\ncurl http://127.0.0.1:8026/_emulator/health\n```\n\n```json\n{"status": "ill", "…": "…"}\n```\n',
            "line 5",
        ),
        ("```sh\ncurl http://127.0.0.1:8026/_emulator/nowhere\n```\n", "ends with 22"),
        ("```sh\nparrotfish run nothing.story.yaml\n```\n", "ends with 2"),
        ("```sh\nparrotfish serve --sped 3\n```\n", "ends with 2"),
        ("```sh\npip install something-else\n```\n", "does not install so"),
        ("```sh\nparrotfish contracts --sed 3\n```\n", "No such option"),
        ("```sh\nparrotfish contracts --fail-under all\n```\n", "not a valid float"),
        ("```sh\nparrotfish record --upstream http://127.0.0.1:9 --out a.har --port 8027\n```\n", "ends with 3"),
        (
            "```yaml\n# ci.yml\nstrategy: {matrix: {number: [7]}}\nrun: exit ${{ matrix.number }}\n```\n",
            "ends with 7",
        ),
        ("```yaml\nname: No steps\napi: raven\n```\n", "steps is missing"),
        ("```python\nprint(1)\n```\n\n```text\n2\n```\n", "line 5"),
        ("```python\ndef test_it():\n    assert False\n```\n", "1 failed"),
        ("```toml\na = \n```\n", "TOMLDecodeError"),
    ],
)
def test_a_sample_that_is_wrong_is_found(text: str, said: str, tmp_path: Path):
    wrong = try_samples(text, tmp_path)

    assert len(wrong) == 1
    assert said in wrong[0]


def test_samples_are_found_with_their_lines():
    assert samples_of("# A\n\n```sh\nls\n```\n") == [Sample(3, "sh", "ls\n")]


def test_the_fixture_has_what_the_page_says():
    told = source("pytest").partition("## What the fixture offers")[2]

    for name in ("account", "update_account", "wait_for_message", "messages", "message", "verify", "receipt", "inbound",
                 "clock", "sink", "snapshot", "restore", "reset"):  # fmt: skip
        assert f"`{name}" in told
        assert hasattr(Emulator, name), name


def test_every_page_can_be_rendered():
    for page in pages().values():
        assert f"<title>{page.title}" in page_as_html(page, page.markdown)
