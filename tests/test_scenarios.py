"""The standard stories: all hold, together in less than twenty seconds, and the README says which there are."""

import asyncio
import re
import time
from pathlib import Path

from emulator.app import create_app
from emulator.dialects import DIALECTS
from emulator.server.connection import serving
from emulator.settings import Settings
from emulator.stories.command import load_stories
from emulator.stories.results import PASSED
from emulator.stories.runner import Options, run_stories

FOLDER = Path(__file__).resolve().parent.parent / "scenarios"
README = (FOLDER / "README.md").read_text()
FILES = sorted(FOLDER.rglob("*.story.yaml"))


def table() -> dict[str, dict[str, str]]:
    """The README's table: the name of a story, and what stands in the column of each API."""
    stories = README.partition("## The standard stories")[2]
    lines = [line for line in stories.splitlines() if line.startswith("| ")]
    head, *rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    return {row[0].strip("`"): dict(zip(head[1:], row[1:], strict=True)) for row in rows}


def test_all_standard_stories_hold_and_take_less_than_twenty_seconds():
    stories = load_stories([FOLDER])

    async def run():
        async with serving(create_app(Settings(pace="held"))) as url:
            return await run_stories(stories, Options(url, workers=4))

    begun = time.process_time()
    results = asyncio.run(run())

    assert [(result.take.story.file, result.failure) for result in results if result.status != PASSED] == []
    assert time.process_time() - begun < 20


def test_each_story_stands_in_the_table_under_its_api():
    told = table()

    assert {path.parent.name for path in FILES} <= {dialect.name for dialect in DIALECTS}
    assert [path for path in FILES if told[path.name.removesuffix(".story.yaml")][path.parent.name] != "yes"] == []


def test_the_table_promises_no_story_that_there_is_not_and_says_why_one_is_missing():
    there = {(path.parent.name, path.name.removesuffix(".story.yaml")) for path in FILES}

    for name, cells in table().items():
        for api, said in cells.items():
            assert (said == "yes") == ((api, name) in there), (api, name)
            assert said == "yes" or re.fullmatch(r"[a-z].{8,}", said), (api, name, "the reason")


def test_no_story_uses_a_magic_recipient_to_be_suppressed():
    for path in FILES:
        if path.name.startswith("suppressed"):
            assert "simulator.example" not in path.read_text()
            assert "providers:" in path.read_text()
