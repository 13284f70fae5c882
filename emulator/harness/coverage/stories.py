"""Plays the stories that come with the emulator under a witness: what only a history of calls reaches."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from emulator.app import create_app
from emulator.harness.contracts.findings import Finding
from emulator.harness.coverage.heard import Heard
from emulator.harness.coverage.witness import Witness
from emulator.server.connection import serving
from emulator.stories.catalogue import scenarios_folder
from emulator.stories.results import FAILED
from emulator.stories.runner import Options, run_stories
from emulator.stories.story import find_stories, load_story

WORKERS = 4


@dataclass
class Played:
    """What stories have exercised by API, the webhooks that break a contract, and the stories that failed."""

    heard: dict[str, Heard] = field(default_factory=dict[str, Heard])
    findings: list[Finding] = field(default_factory=list[Finding])
    failed: list[str] = field(default_factory=list[str])
    stories: int = 0


def play_stories(apis: Sequence[str]) -> Played:
    """Play the ready stories of some APIs in an emulator of their own. Raises `StoryError`."""
    return asyncio.run(_play(apis))


async def _play(apis: Sequence[str]) -> Played:
    stories = [load_story(path) for path in find_stories([scenarios_folder()])]
    chosen = [story for story in stories if story.api in apis]
    async with witnessed() as (witness, url):
        results = await run_stories(chosen, Options(url, workers=WORKERS))
    failed = [
        f"{each.take.story.file}: {each.failure.sentence if each.failure is not None else each.status}"
        for each in results
        if each.status == FAILED
    ]
    return Played(witness.heard, witness.findings, failed, len(results))


@asynccontextmanager
async def witnessed() -> AsyncGenerator[tuple[Witness, str]]:
    """Serve an emulator with a witness around it while the block runs."""
    app = create_app()
    witness = Witness(app)
    async with serving(witness, on_stop=app.stopping, invalid_request=app.refuse_invalid) as url:
        yield witness, url
