"""A server's own story: what is given in its file is so from the start, and again after each edit.

A broken edit is reported, and the old beginning stays. Steps are not played.
"""

import asyncio
import contextlib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from emulator.control.scenario import SINK
from emulator.core.errors import Json
from emulator.stories.mistakes import StoryError
from emulator.stories.remote import Refused, account_cards
from emulator.stories.story import Story, load_story
from emulator.stories.variables import UnknownVariable, substitute

EVERY_SECONDS = 0.2

Begin = Callable[[Mapping[str, Json]], str | None]
"""Brings about the beginning of a story; a sentence if it cannot be done."""


class Following:
    """Follows one file. `begin` changes the world, `has_begun` tells whether it still knows of a story.

    `directory` is what `GET /_emulator/apis` answers, `url` what addresses begin with. `say` is told what happened.
    """

    def __init__(
        self,
        path: Path,
        url: str,
        *,
        begin: Begin,
        has_begun: Callable[[], bool],
        directory: Callable[[], Mapping[str, Any]],
        say: Callable[[str], None],
    ) -> None:
        self._path = path
        self._url = url
        self._begin = begin
        self._has_begun = has_begun
        self._directory = directory
        self._say = say
        self._task: asyncio.Task[None] | None = None
        self._seen: tuple[int, int, int] | None = None

    def begin(self) -> Story:
        """Read the file and bring about its beginning. Raises `StoryError`."""
        # Before it is read, so that no edit is missed.
        self._seen = _stamp(self._path) or self._seen
        story = load_story(self._path)
        try:
            problem = self._begin(self._members(story))
        except (UnknownVariable, Refused) as error:
            problem = str(error)
        if problem is not None:
            raise StoryError([story.place_in(problem)])
        return story

    def start(self) -> None:
        """Follow the file from now on, in the running loop."""
        self._task = asyncio.get_running_loop().create_task(self._follow())

    async def stop(self) -> None:
        """Follow it no more."""
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task

    async def _follow(self) -> None:
        is_good = True
        while True:
            await asyncio.sleep(EVERY_SECONDS)
            is_edit = _stamp(self._path) not in (self._seen, None)
            # A world that was made as new knows nothing of the story any more; a broken file is reported once.
            if is_edit or (is_good and not self._has_begun()):
                is_good = self._again(is_edit=is_edit)

    def _again(self, *, is_edit: bool) -> bool:
        try:
            story = self.begin()
        except StoryError as error:
            self._say(f"{error}\nthe story stays as it was")
            return False
        if is_edit:
            self._say(f"took up {self._path}: {story.name}")
        return True

    def _members(self, story: Story) -> dict[str, Json]:
        base_url, cards = account_cards(self._directory(), story.api)
        nobody: Mapping[str, Any] = {"parameters": {}, "id": "", "name": ""}
        card = next((card for card in cards if story.environments[0] in (None, card["environment"])), nobody)
        scope: dict[str, Any] = {
            "emulator": self._url,
            "base_url": base_url,
            "receiver": f"{self._url}/_emulator/sink/{SINK}",
            "account": {**card["parameters"], "id": card["id"], "name": card["name"]},
            "now": "",
        }
        scope.update({name: substitute(each, scope) for name, each in story.given.get("variables", {}).items()})
        members: dict[str, Any] = {
            "given": {**story.given},
            "providers": [*story.providers],
            "faults": [*story.faults],
        }
        return {"name": story.name, "api": story.api, **{key: substitute(each, scope) for key, each in members.items()}}


def _stamp(path: Path) -> tuple[int, int, int] | None:
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_mtime_ns, status.st_size, status.st_ino
