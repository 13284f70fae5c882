"""Results on a terminal: one line for each story, and all about each failure. Progress only where it can be redrawn."""

import time
from collections.abc import Callable, Iterator, Sequence

from emulator.stories.results import FAILED, PASSED, SKIPPED, Failure, Listener, StoryResult, Take

_MARKS = {PASSED: "ok     ", FAILED: "FAILED ", SKIPPED: "skipped"}
_CLEAR = "\r\x1b[K"
_WIDEST = 100


class Console(Listener):
    """`write` gets whole lines, ends included; with `is_live` also pieces of one that is redrawn.

    `clock` gives seconds of real time.
    """

    def __init__(
        self, write: Callable[[str], object], *, is_live: bool, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._write = write
        self._is_live = is_live
        self._clock = clock
        self._begun = clock()
        self._total = 0
        self._ended = 0

    def begun(self, total: int) -> None:
        """Remember how many there are."""
        self._total = total

    def step_begun(self, take: Take, number: int, kind: str) -> None:
        """Redraw the progress."""
        if self._is_live:
            line = f"{self._ended}/{self._total}  {take.title}: step {number} of {len(take.story.steps)}, {kind}"
            self._write(f"{_CLEAR}{line[:_WIDEST]}")

    def story_ended(self, result: StoryResult) -> None:
        """One line, and all about a failure."""
        self._ended += 1
        clear = _CLEAR if self._is_live else ""
        self._write(f"{clear}{_headline(result)}\n")
        for line in _details(result):
            self._write(f"    {line}\n" if line else "\n")

    def ended(self, results: Sequence[StoryResult]) -> None:
        """The sum."""
        counts = [(status, sum(result.status == status for result in results)) for status in (PASSED, FAILED, SKIPPED)]
        seconds = self._clock() - self._begun
        self._write(f"{', '.join(f'{count} {status}' for status, count in counts if count)} in {seconds:.2f} s\n")


def _headline(result: StoryResult) -> str:
    take = result.take
    where = f"{take.story.file}:{result.failure.line}" if result.failure else take.story.file
    why = f"  {result.skipped}" if result.skipped else ""
    return f"{_MARKS[result.status]} {where}  {take.title} ({result.seconds:.2f} s){why}"


def _details(result: StoryResult) -> Iterator[str]:
    for step in result.steps:
        if step.status != FAILED and step.why:
            yield f"line {step.line}, {step.step}: skipped, {step.why}"
    if result.failure is not None:
        yield from failure_lines(result.failure)


def failure_lines(failure: Failure) -> Iterator[str]:
    """All that is known about a failure, in lines."""
    yield f"line {failure.line}, {failure.step}: {failure.sentence}"
    for difference in failure.differences:
        yield f"  {difference.path}"
        yield f"    expected {difference.expected}"
        yield f"    got      {difference.got}"
    if failure.came:
        yield "what came:"
        yield from (f"  {line}" for line in failure.came.splitlines())
    if failure.timeline:
        yield "what became of the message:"
        yield from (f"  {line}" for line in failure.timeline)
