"""The stories that are ready to be played: those that come with the emulator, and files that were named besides."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from textwrap import dedent
from typing import Any, NamedTuple

from emulator.core.errors import Json
from emulator.stories.mistakes import StoryError
from emulator.stories.runner import kind_of, label_of
from emulator.stories.story import ENDINGS, Story, find_stories, parse_story

OWN = "own"
"""The group of the files that were named besides."""

_PACKAGE = Path(__file__).resolve().parent.parent
_NOT_IN_A_KEY = re.compile(r"[^A-Za-z0-9._-]+")
_TOP = re.compile(r"^(name|api):\s*[\"']?(.*?)[\"']?\s*$", re.MULTILINE)


class Ready(NamedTuple):
    """One story. Of one that is not well written there are `mistakes` in place of `story`."""

    key: str
    file: Path
    text: str
    story: Story | None
    mistakes: tuple[str, ...] = ()

    @property
    def title(self) -> str:
        """Its name, as far as it can be read."""
        return self.story.name if self.story is not None else self._written("name") or self.file.name

    @property
    def api(self) -> str:
        """The API that it is about, as far as that can be read."""
        return self.story.api if self.story is not None else self._written("api")

    def sources(self) -> list[str]:
        """The lines of each step, in order."""
        if self.story is None:
            return []
        lines, positions = self.text.splitlines(), self.story.positions
        ends = sorted(line for path, (line, _) in positions.items() if len(path) == 1)
        starts = [positions[("steps", place)][0] for place in range(len(self.story.steps))]
        after = next((line for line in ends if starts and line > starts[-1]), len(lines) + 1)
        return [
            dedent("\n".join(lines[start - 1 : end - 1])).rstrip()
            for start, end in zip(starts, [*starts[1:], after], strict=True)
        ]

    def as_values(self) -> dict[str, Json]:
        """`{"key", "file", "title", "api", "text", "mistakes", "steps", "shows"}`.

        `shows` are words that it is about, each `{"words", "place"}`; `place`, of what a contract describes, names
        that as the contract's name and the operation's, or `webhooks/` and the webhook's.
        """
        shows: dict[str, Json] = {}
        steps: list[Json] = []
        if self.story is not None:
            steps = [label_of(step, place).partition(", ")[2] for place, step in enumerate(self.story.steps)]
            shows = dict(_shows(self.story))
        return {
            "key": self.key,
            "file": str(self.file),
            "title": self.title,
            "api": self.api,
            "text": self.text,
            "mistakes": list(self.mistakes),
            "steps": steps,
            "shows": [{"words": words, "place": place} for words, place in shows.items()],
        }

    def _written(self, name: str) -> str:
        return next((match[2] for match in _TOP.finditer(self.text) if match[1] == name), "")


class Catalogue:
    """All that is ready. A file is read again when it was changed. `named` are files or folders besides ours."""

    def __init__(self, named: Sequence[Path] = (), *, folder: Path | None = None) -> None:
        self._folder = folder or scenarios_folder()
        self._named = tuple(named)
        self._read: dict[Path, tuple[tuple[int, int], Ready]] = {}

    def read(self) -> list[Ready]:
        """Every story, those that were named first. It reads files: not for the server's loop."""
        found = [*self._keyed(self._named, own=True), *self._keyed([self._folder], own=False)]
        seen: dict[str, Ready] = {}
        for key, path in found:
            free = next(each for each in (key, *(f"{key}.{n}" for n in range(2, 1000))) if each not in seen)
            ready = self._ready(free, path)
            if ready is not None:
                seen[free] = ready
        return list(seen.values())

    def _keyed(self, paths: Iterable[Path], *, own: bool) -> list[tuple[str, Path]]:
        found: list[tuple[str, Path]] = []
        for path in paths:
            try:
                files = find_stories([path])
            except StoryError:
                continue  # a folder that is empty or gone; the command that named it has said so
            found += [(f"{OWN if own else file.parent.name}/{_stem(file)}", file) for file in files]
        return found

    def _ready(self, key: str, path: Path) -> Ready | None:
        try:
            status = path.stat()
            stamp = (status.st_mtime_ns, status.st_size)
            known = self._read.get(path)
            if known is not None and known[0] == stamp:
                return known[1]
            text = path.read_text("utf-8", "replace")
        except OSError:
            return None
        try:
            ready = Ready(key, path, text, parse_story(text, file=str(path)))
        except StoryError as error:
            ready = Ready(key, path, text, None, error.mistakes)
        self._read[path] = (stamp, ready)
        return ready


def scenarios_folder() -> Path:
    """Find the stories: inside the package when installed, in the root of a checkout."""
    inside = _PACKAGE / "scenarios"
    return inside if inside.is_dir() else _PACKAGE.parent / "scenarios"


def _stem(path: Path) -> str:
    name = next((path.name.removesuffix(end) for end in ENDINGS if path.name.endswith(end)), path.stem)
    return _NOT_IN_A_KEY.sub("-", name).strip("-.") or "story"


def place_of(step: Mapping[str, Any], api: str) -> str | None:
    """What of a contract a step is about: `acme/sendMessage`, `acme/webhooks/message.sent`; None if nothing is."""
    kind = kind_of(step)
    if kind not in _IN_CONTRACT:
        return None
    value: Mapping[str, Any] = step[kind]
    member, folder = _IN_CONTRACT[kind]
    name = value.get(member)
    return f"{value.get('api', api)}/{folder}{name}" if isinstance(name, str) and "$" not in name else None


_IN_CONTRACT = {"call": ("operation", ""), "webhook": ("type", "webhooks/")}

Word = tuple[str, str | None]


def _shows(story: Story) -> Iterator[Word]:
    for words, there in (("provider rules", story.providers), ("faults", story.faults)):
        if there:
            yield words, None
    if "clock" in story.given:
        yield "a clock set ahead", None
    yield from _steps_show(story.api, story.steps)


def _steps_show(api: str, steps: Iterable[Mapping[str, Any]]) -> Iterator[Word]:
    """The kinds of steps, with their operations and webhooks."""
    for step in steps:
        kind, place = kind_of(step), place_of(step, api)
        yield f"{kind} {place.rpartition('/')[2]}" if place is not None else kind, place
        if kind == "parallel":
            yield from _steps_show(api, step[kind])
        elif kind == "repeat":
            yield from _steps_show(api, step[kind]["steps"])
