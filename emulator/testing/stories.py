"""A story of the user's own, played as one test."""

import asyncio
from pathlib import Path

from emulator.stories.client import Unreachable as NobodyThere
from emulator.stories.remote import Refused as NotLetIn
from emulator.stories.reports.console import failure_lines
from emulator.stories.results import FAILED, SKIPPED, StoryResult
from emulator.stories.runner import Options, run_stories
from emulator.stories.story import load_story
from emulator.testing.errors import Unreachable


class StoryFailed(AssertionError):
    """An expectation of a story did not hold. The text has all that is known about it."""


class StorySkipped(Exception):
    """A story cannot be played against this target. The text says why."""


def play_story(path: Path, url: str, token: str | None = None) -> None:
    """Play a story, in each of its environments, in a world of its own.

    Raises `StoryError` for a file that is no story, `StoryFailed`, `StorySkipped` and `Unreachable`.
    """
    story = load_story(path)
    try:
        results = asyncio.run(run_stories([story], Options(url, token=token)))
    except (NobodyThere, NotLetIn) as error:
        raise Unreachable(str(error)) from None
    failed = [result for result in results if result.status == FAILED]
    if failed:
        raise StoryFailed("\n\n".join(map(_told, failed)))
    if all(result.status == SKIPPED for result in results):
        raise StorySkipped("; ".join(str(result.skipped) for result in results))


def _told(result: StoryResult) -> str:
    assert result.failure is not None
    where = f"{result.take.story.file}:{result.failure.line}: {result.take.title}"
    return "\n".join([where, *failure_lines(result.failure)])
