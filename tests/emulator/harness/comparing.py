"""Parity played in a test: what the two sides are, and what was found."""

import asyncio
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

from emulator.app import create_app
from emulator.harness.parity import Parity, compare_targets
from emulator.harness.parity_targets import TargetSpec, read_target
from emulator.server.connection import serving
from emulator.settings import Settings
from emulator.stories.story import Story, load_story, parse_story
from tests.emulator.harness.clones import Clone

SCENARIOS = Path(__file__).resolve().parents[3] / "scenarios"


def emulator() -> Any:
    app = create_app(Settings(pace="held"))
    return serving(app, on_stop=app.stopping, invalid_request=app.refuse_invalid)


def story(name: str) -> Story:
    return load_story(SCENARIOS / f"{name}.story.yaml")


def written(text: str) -> Story:
    return parse_story(text, file="a.story.yaml")


def compare(stories: list[Story], left: str, right: str, **options: Any) -> Parity:
    return asyncio.run(compare_targets(stories, read_target(left), read_target(right), emulator=emulator, **options))


def compare_clone(stories: list[Story], environment: str = "test", **spoils: Any) -> Parity:
    """Compare a fresh emulator's `live` with a clone's `test`."""

    async def run() -> Parity:
        async with clone(**spoils) as url:
            right = TargetSpec("clone", environment=environment, url=url)
            return await compare_targets(
                stories, read_target("live"), right, emulator=emulator, patience=timedelta(seconds=5)
            )

    return asyncio.run(run())


@asynccontextmanager
async def clone(**spoils: Any):
    async with AsyncExitStack() as stack:
        yield await stack.enter_async_context(serving(Clone(create_app(Settings(pace="held")), **spoils)))


def places(parity: Parity) -> list[tuple[str, str]]:
    """Kind and path of every finding."""
    return [(gap.kind, gap.path) for each in parity.comparisons for gap in each.findings]
