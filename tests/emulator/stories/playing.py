"""Stories played in a test: an emulator in this loop, with whatever is put around it."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

from emulator.app import App, create_app
from emulator.server.connection import serving
from emulator.settings import Settings
from emulator.stories.results import StoryResult
from emulator.stories.runner import Options, run_stories
from emulator.stories.story import parse_story

Around = Callable[[App], Any]
"""An ASGI app in front of the emulator's."""

Beside = Callable[[str], Any]
"""Makes a further app, such as one under test, from the emulator's URL; it is served at `${app}`."""


def play(
    text: str,
    *,
    around: Around | None = None,
    beside: Beside | None = None,
    variables: dict[str, str] | None = None,
    file: str = "test/a.story.yaml",
    **settings: Any,
) -> StoryResult:
    """Play one story and give the verdict."""
    return play_all([(file, text)], around=around, beside=beside, variables=variables, **settings)[0]


def play_all(
    texts: list[tuple[str, str]],
    *,
    around: Around | None = None,
    beside: Beside | None = None,
    variables: dict[str, str] | None = None,
    workers: int = 1,
    path: str = "",
    **settings: Any,
) -> list[StoryResult]:
    """Play stories, given as pairs of a file's name and its text."""
    stories = [parse_story(text, file=file) for file, text in texts]

    async def run() -> list[StoryResult]:
        app = create_app(Settings(**{"pace": "held", **settings}))
        async with AsyncExitStack() as stack:
            url = await stack.enter_async_context(serving(around(app) if around else app))
            given = dict(variables or {})
            if beside is not None:
                given["app"] = await stack.enter_async_context(serving(beside(url)))
            return await run_stories(stories, Options(url + path, workers=workers, variables=given))

    return asyncio.run(run())


def play_at(url: str, text: str, **options: Any) -> StoryResult:
    """Play one story against an address."""
    story = parse_story(text, file="test/a.story.yaml")
    return asyncio.run(run_stories([story], Options(url, **options)))[0]


def scene(run: Callable[[], Awaitable[None]]) -> None:
    """Run a coroutine function."""
    asyncio.run(run())


STANDARD = Path(__file__).resolve().parents[3] / "scenarios"
