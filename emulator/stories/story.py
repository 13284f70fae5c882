"""A file -> a story that has been checked, or every mistake in it with file, line and column."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from emulator.core.errors import Json
from emulator.server.documents import LIMIT_BYTES, DocumentError, read_positions, read_yaml
from emulator.stories.meaning import meaning_mistakes
from emulator.stories.mistakes import StoryError
from emulator.stories.readable import readable_part
from emulator.stories.schema import Mistake, ValuePath, form_mistakes

ENDINGS = (".story.yaml", ".story.yml", ".story.json")
MOST_MISTAKES = 20


@dataclass(frozen=True)
class Story:
    """One story. `file` is its path as it was given; `positions` maps the path of each value to line and column."""

    file: str
    name: str
    api: str
    given: Mapping[str, Any]
    providers: tuple[Mapping[str, Any], ...]
    faults: tuple[Mapping[str, Any], ...]
    steps: tuple[Mapping[str, Any], ...]
    differs: tuple[str | Mapping[str, Any], ...]
    positions: Mapping[ValuePath, tuple[int, int]]

    def line(self, path: ValuePath) -> int:
        """The line of a value, or of what it is in."""
        return _position(self.positions, path)[0]

    def place_in(self, sentence: str) -> str:
        """A sentence that begins with a dotted path into the story, with file, line and column of that in front."""
        line, column = _position(self.positions, self.path_of(sentence))
        return f"{self.file}:{line}:{column}: {sentence}"

    def path_of(self, sentence: str) -> ValuePath:
        """The value that a sentence is about, from the dotted path that it begins with, as far as that leads."""
        path: ValuePath = ()
        left = sentence.partition(":")[0]
        while left:
            below = (each[-1] for each in self.positions if each[:-1] == path and each)
            step = next((each for each in below if left == str(each) or left.startswith(f"{each}.")), None)
            if step is None:
                break
            path, left = (*path, step), left[len(str(step)) + 1 :]
        return path

    @property
    def environments(self) -> tuple[str | None, ...]:
        """In which environments it is to be played; None for the account's first."""
        chosen: list[str] | str | None = self.given.get("environment")
        return tuple(chosen) if isinstance(chosen, list) else (chosen,)

    @property
    def needs_control(self) -> str | None:
        """What of its beginning only a control API can bring about; None if there is nothing."""
        needed = [name for name in ("account", "accounts") if self.given.get(name)]
        needed += [name for name, rules in (("providers", self.providers), ("faults", self.faults)) if rules]
        return ", ".join(needed) or None


def find_stories(paths: Iterable[Path]) -> list[Path]:
    """The files that paths mean: files as they are, folders with all `*.story.yaml` in them, sorted.

    Raises `StoryError` for a path that is not there, and for a folder without stories.
    """
    found: dict[Path, None] = {}
    for path in paths:
        if not path.exists():
            raise StoryError([f"{path}: there is no such file or folder"])
        inside = [path] if not path.is_dir() else sorted(each for each in path.rglob("*") if _is_story(each))
        if not inside:
            raise StoryError([f"{path}: there is no *.story.yaml in this folder"])
        found.update(dict.fromkeys(inside))
    return list(found)


def load_story(path: Path) -> Story:
    """Read and check one file. Raises `StoryError`."""
    return parse_story(_read(path), file=str(path))


def parse_story(text: str | bytes, *, file: str) -> Story:
    """Check the text of a story; `file` stands for it in mistakes. Raises `StoryError`."""
    try:
        value = read_yaml(text, name=file)
    except DocumentError as error:
        raise StoryError([str(error)]) from None
    mistakes = form_mistakes(value)
    positions = read_positions(text, name=file)
    left = readable_part(value, mistakes)
    if left is not None:
        mistakes += [mistake for mistake in meaning_mistakes(left.story) if left.can_tell(mistake)]
    if mistakes:
        raise StoryError(_located(mistakes, positions, file))
    return _story(value, file, positions)


def _is_story(path: Path) -> bool:
    return path.name.endswith(ENDINGS) and path.is_file()


def _read(path: Path) -> bytes:
    try:
        # One byte more than is allowed says that there is more.
        with path.open("rb") as file:
            return file.read(LIMIT_BYTES + 1)
    except OSError as error:
        raise StoryError([f"{path}:1:1: cannot be read: {error.strerror or error}"]) from None


def _located(mistakes: list[Mistake], positions: Mapping[ValuePath, tuple[int, int]], file: str) -> Iterator[str]:
    places = sorted({(_position(positions, mistake.path), mistake.sentence) for mistake in mistakes})
    for (line, column), sentence in places[:MOST_MISTAKES]:
        yield f"{file}:{line}:{column}: {sentence}"
    if len(places) > MOST_MISTAKES:
        yield f"{file}: and {len(places) - MOST_MISTAKES} more"


def _position(positions: Mapping[ValuePath, tuple[int, int]], path: ValuePath) -> tuple[int, int]:
    while path not in positions and path:
        path = path[:-1]
    return positions.get(path, (1, 1))


def _story(value: Json, file: str, positions: Mapping[ValuePath, tuple[int, int]]) -> Story:
    members: dict[str, Any] = value if isinstance(value, dict) else {}
    return Story(
        file=file,
        name=members["name"],
        api=members["api"],
        given=members.get("given", {}),
        providers=tuple(members.get("providers", ())),
        faults=tuple(members.get("faults", ())),
        steps=tuple(members["steps"]),
        differs=tuple(members.get("differs", ())),
        positions=positions,
    )
