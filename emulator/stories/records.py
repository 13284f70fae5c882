"""What was seen while a story was played, kept for people to read: each step's calls, webhooks and verdict.

It is no state of a world: a snapshot does not hold it, and a reset does not take it away.
"""

from dataclasses import dataclass, field
from typing import Any

from emulator.core.errors import Json
from emulator.stories.catalogue import Ready, place_of
from emulator.stories.client import Answer, Asked, Broken, Client
from emulator.stories.receiver import Received
from emulator.stories.results import FAILED, Failure, Listener, StepResult, StoryResult, Take
from emulator.stories.runner import label_of

WAITING = "waiting"
PLAYING = "playing"
BROKEN_OFF = "broken off"

MOST_CALLS = 25
"""So many calls and webhooks of a step are kept; of more, the last ones."""

LONGEST_BODY = 8 * 1024


class Overhearing(Client):
    """A client that keeps what a story itself asks, and what it is told; not what is asked of the control API."""

    def __init__(self) -> None:
        super().__init__()
        self.calls: list[dict[str, Json]] = []

    def hear(self, asked: Asked, came: Answer | Broken) -> None:
        """Keep a call with its end."""
        call: dict[str, Json] = {"method": asked.method, "url": asked.url, "headers": {**asked.headers}}
        call |= {"body": _text(asked.body or b""), "answer": None, "broken": None}
        if isinstance(came, Broken):
            call["broken"] = came.how
        else:
            call["answer"] = {"status": came.status, "headers": dict(came.headers), "body": _text(came.raw_body)}
        self.calls.append(call)
        del self.calls[:-MOST_CALLS]


@dataclass
class Played(Listener):
    """One story in one environment, as far as it has been played. `world` is the one that it was played in."""

    ready: Ready
    take: Take
    status: str = WAITING
    seconds: float = 0.0
    world: str | None = None
    why: str | None = None
    failure: Failure | None = None
    steps: list[dict[str, Json]] = field(default_factory=list[dict[str, Json]])
    calls: list[dict[str, Json]] = field(default_factory=list[dict[str, Json]])
    came: list[dict[str, Json]] = field(default_factory=list[dict[str, Json]])

    def step_ended(self, take: Take, result: StepResult, failure: Failure | None) -> None:  # noqa: ARG002 - as a listener's
        """Keep the step with what was said in it."""
        step: dict[str, Json] = {"status": result.status, "seconds": result.seconds, "why": result.why}
        step["failure"] = None if failure is None else _failure(failure)
        self.steps.append({**step, "calls": [*self.calls], "webhooks": [*self.came]})
        self.calls.clear()
        self.came.clear()

    def story_ended(self, result: StoryResult) -> None:
        """Keep the verdict."""
        self.status, self.seconds = result.status, result.seconds
        self.why, self.failure = result.skipped, result.failure

    def hear(self, received: Received) -> None:
        """Keep a webhook that came to the story's receiver."""
        came: dict[str, Json] = {"url": received.url, "status": received.status, "headers": dict(received.headers)}
        self.came.append({**came, "body": _text(received.raw_body)})
        del self.came[:-MOST_CALLS]

    def broke_off(self, why: str) -> None:
        """It could not be played to its end."""
        self.status, self.why = BROKEN_OFF, why

    def as_values(self) -> dict[str, Json]:
        """`{"key", "api", "title", "environment", "status", "seconds", "world", "why", "given", "at", "steps"}`.

        `given` is the failure of what is given, `at` the number of the step that is being played. A step has `number`,
        `label`, `line`, `source`, `status`, `place` in the contract, and once it has ended `seconds`, `why`, `failure`,
        `calls`, `webhooks`.
        """
        story = self.take.story
        sources = self.ready.sources()
        failed_in_a_step = any(step["failure"] is not None for step in self.steps)
        steps: list[Json] = []
        for place, written in enumerate(story.steps):
            step: dict[str, Json] = {"number": place + 1, "label": label_of(written, place).partition(", ")[2]}
            step |= {"line": story.line(("steps", place)), "source": sources[place], "status": self._status(place)}
            step["place"] = place_of(written, story.api)
            steps.append({**step, **(self.steps[place] if place < len(self.steps) else _NOTHING_YET)})
        return {
            "key": self.ready.key,
            "api": story.api,
            "title": self.take.title,
            "environment": self.take.environment,
            "status": self.status,
            "seconds": self.seconds,
            "world": self.world,
            "why": self.why,
            "given": None if self.failure is None or failed_in_a_step else _failure(self.failure),
            "at": len(self.steps) + 1,
            "steps": steps,
        }

    def _status(self, place: int) -> str:
        if self.status == WAITING or (self.status == PLAYING and place > len(self.steps)):
            return WAITING
        return PLAYING if self.status == PLAYING else "not played"


_NOTHING_YET: dict[str, Json] = {"seconds": None, "why": None, "failure": None, "calls": [], "webhooks": []}


@dataclass
class Run:
    """Stories that were asked for together. `number` counts from one, since the server's start."""

    number: int
    title: str
    stories: list[Played]

    @property
    def is_over(self) -> bool:
        """Whether nothing of it is left to be played."""
        return all(each.status not in (WAITING, PLAYING) for each in self.stories)

    def as_values(self) -> dict[str, Json]:
        """`{"number", "title", "is_over", "counts", "seconds", "stories"}`; of each story all but its steps."""
        told = [{name: value for name, value in each.as_values().items() if name != "steps"} for each in self.stories]
        words = [each.status for each in self.stories]
        counts: dict[str, Any] = {word: words.count(word) for word in dict.fromkeys(words)}
        return {
            "number": self.number,
            "title": self.title,
            "is_over": self.is_over,
            "counts": counts,
            "is_good": FAILED not in counts and BROKEN_OFF not in counts,
            "seconds": sum(each.seconds for each in self.stories),
            "stories": [*told],
        }


def _failure(failure: Failure) -> dict[str, Json]:
    return {
        "line": failure.line,
        "sentence": failure.sentence,
        "differences": [
            {"path": each.path, "expected": each.expected, "got": each.got} for each in failure.differences
        ],
        "came": failure.came,
        "timeline": [*failure.timeline],
    }


def _text(raw: bytes) -> str:
    text = raw[:LONGEST_BODY].decode("utf-8", "replace")
    return text if len(raw) <= LONGEST_BODY else f"{text} … ({len(raw)} bytes)"
