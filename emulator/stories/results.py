"""What became of a story, as reports read it."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from emulator.stories.matching import Difference
from emulator.stories.story import Story

PASSED = "passed"
FAILED = "failed"
SKIPPED = "skipped"


@dataclass(frozen=True)
class Take:
    """A story that is to be played, in one environment of its account; None for the account's first."""

    story: Story
    environment: str | None = None

    @property
    def title(self) -> str:
        """The story's name; with the environment, if it is played in several."""
        several = len(self.story.environments) > 1
        return f"{self.story.name} ({self.environment})" if several else self.story.name


@dataclass(frozen=True)
class Failure:
    """An expectation that did not hold: where, what was expected, what came, and what became of the message."""

    line: int
    step: str
    sentence: str
    differences: Sequence[Difference] = ()
    came: str | None = None
    timeline: Sequence[str] = ()


@dataclass(frozen=True)
class StepResult:
    """One step of the story's own list; `why` says of a failed or skipped one what was wrong."""

    line: int
    step: str
    status: str
    seconds: float
    why: str | None = None


@dataclass
class StoryResult:
    """The verdict. `skipped` says why a story was not played at all."""

    take: Take
    status: str = PASSED
    seconds: float = 0.0
    steps: list[StepResult] = field(default_factory=list[StepResult])
    failure: Failure | None = None
    skipped: str | None = None


class Listener:
    """Is told what happens while stories are played. Reports override what they want to know."""

    def begun(self, total: int) -> None:
        """So many stories are going to be played."""

    def step_begun(self, take: Take, number: int, kind: str) -> None:
        """A story begins its nth step (1, 2, …)."""

    def step_ended(self, take: Take, result: StepResult, failure: Failure | None) -> None:
        """A story has ended a step; `failure` says how it failed, if it did."""

    def story_ended(self, result: StoryResult) -> None:
        """A story has ended."""

    def ended(self, results: Sequence[StoryResult]) -> None:
        """All stories have ended; the results are in the order in which the stories were given."""
