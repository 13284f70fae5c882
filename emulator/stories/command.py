"""What `parrotfish run` and `parrotfish validate` do, without the words of the command line."""

import asyncio
from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractAsyncContextManager
from pathlib import Path

from emulator.stories.mistakes import StoryError
from emulator.stories.reports.as_json import write_json
from emulator.stories.reports.console import Console
from emulator.stories.reports.junit import write_junit
from emulator.stories.results import FAILED, Listener, StoryResult
from emulator.stories.runner import Options, run_stories
from emulator.stories.story import Story, find_stories, load_story

NewEmulator = Callable[[], AbstractAsyncContextManager[str]]
"""Serves an emulator of our own while the block runs; its value is the URL."""


class Report(Listener):
    """Writes a file at the end."""

    def __init__(self, path: Path, write: Callable[[Path, Sequence[StoryResult]], None]) -> None:
        self._path = path
        self._write = write

    def ended(self, results: Sequence[StoryResult]) -> None:
        """Write it. Raises `OSError`."""
        self._write(self._path, results)


def load_stories(paths: Iterable[Path]) -> list[Story]:
    """All stories that paths mean. Raises `StoryError` with the mistakes of all files together."""
    stories: list[Story] = []
    mistakes: list[str] = []
    for path in find_stories(paths):
        try:
            stories.append(load_story(path))
        except StoryError as error:
            mistakes += error.mistakes
    if mistakes:
        raise StoryError(mistakes)
    return stories


def play(
    stories: Sequence[Story],
    options: Options,
    *,
    emulator: NewEmulator,
    write: Callable[[str], object],
    is_live: bool,
    reports: Sequence[Listener] = (),
) -> bool:
    """Play stories against the target, or against an emulator of our own if its URL is empty; whether all held.

    Raises `Unreachable`, `Refused`, and `OSError` for a report that cannot be written.
    """
    return asyncio.run(_play(stories, options, emulator, (Console(write, is_live=is_live), *reports)))


async def _play(
    stories: Sequence[Story], options: Options, emulator: NewEmulator, listeners: Sequence[Listener]
) -> bool:
    if options.url:
        results = await run_stories(stories, options, *listeners)
    else:
        async with emulator() as url:
            results = await run_stories(stories, options.at(url), *listeners)
    return all(result.status != FAILED for result in results)


def junit_report(path: Path) -> Report:
    """JUnit XML."""
    return Report(path, write_junit)


def json_report(path: Path) -> Report:
    """JSON."""
    return Report(path, write_json)
