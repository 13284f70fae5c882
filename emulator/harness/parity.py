"""Parity: the same stories on two targets, and every difference between what came of them.

parity_targets.py   TARGET -> a side: a fresh emulator's environment, a URL, a recording
parity_trace.py     one story at one side -> what happened
parity_compare.py   two traces -> gaps; parity_masks.py what is no difference: ids, moments, secrets
parity_differs.py   what the story documents
parity_report.py    the verdicts, for people and as JUnit
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from emulator.harness.parity_compare import Gap, compare
from emulator.harness.parity_differs import entries, judge
from emulator.harness.parity_targets import NewEmulator, NotPlayable, Side, TargetSpec, opened
from emulator.harness.parity_trace import Trace
from emulator.stories.client import DEFAULT_TIMEOUT, Unreachable
from emulator.stories.remote import Refused
from emulator.stories.story import Story


@dataclass
class Comparison:
    """One story on both sides. `skipped` says why it could not be compared; `error` what broke it off.

    `documented` are the differences that the story lists; `notes` say what was left out; `calls` and `events` count
    what was compared.
    """

    story: Story
    findings: list[Gap] = field(default_factory=list[Gap])
    documented: list[Gap] = field(default_factory=list[Gap])
    notes: list[str] = field(default_factory=list[str])
    skipped: str | None = None
    error: str | None = None
    calls: int = 0
    events: int = 0
    seconds: float = 0.0

    @property
    def holds(self) -> bool:
        """Whether it was compared, and nothing was found."""
        return not (self.findings or self.skipped or self.error)


@dataclass
class Parity:
    """All comparisons. `unreachable` says which target went away, or never was there."""

    left: str
    right: str
    comparisons: list[Comparison] = field(default_factory=list[Comparison])
    unreachable: str | None = None
    damage: list[str] = field(default_factory=list[str])

    @property
    def exit_status(self) -> int:
        """0 alike, 1 something was found, 2 nothing compared or an input damaged, 3 a target is not there."""
        if self.unreachable is not None:
            return 3
        if self.damage or not any(each.calls for each in self.comparisons):
            return 2
        return 1 if any(each.findings or each.error for each in self.comparisons) else 0


async def compare_targets(
    stories: Sequence[Story],
    left: TargetSpec,
    right: TargetSpec,
    *,
    emulator: NewEmulator,
    variables: Mapping[str, str] | None = None,
    patience: timedelta = DEFAULT_TIMEOUT,
    told: Callable[[Comparison], object] = lambda _: None,
) -> Parity:
    """Play each story on both sides, one after the other; `told` hears of each at once.

    A target that goes away ends the run; what was compared until then stays.
    """
    result = Parity(left.text, right.text)
    result.damage = [each.recording.damage for each in (left, right) if each.recording and each.recording.damage]
    try:
        async with opened(left, emulator, patience) as here, opened(right, emulator, patience) as there:
            for story in stories:
                comparison = Comparison(story)
                result.comparisons.append(comparison)
                try:
                    await _compare_story(comparison, here, there, variables or {})
                except (Unreachable, Refused) as error:
                    comparison.error = result.unreachable = str(error)
                told(comparison)
                if result.unreachable is not None:
                    break
    except (Unreachable, Refused) as error:
        result.unreachable = str(error)
    return result


async def _compare_story(comparison: Comparison, left: Side, right: Side, variables: Mapping[str, str]) -> None:
    story, clock = comparison.story, asyncio.get_running_loop().time
    begun = clock()
    here, there = Trace(), Trace()
    # A recording learns from the other side what its account is called, and so comes last.
    order = ((left, here, there), (right, there, here))
    try:
        for side, trace, other in order if left.spec.recording is None else reversed(order):
            await side.play(story, variables, trace, other.account)
    except NotPlayable as error:
        comparison.skipped = str(error)
    finally:
        comparison.seconds = clock() - begun
        _note(comparison, left, here, right, there)
    if comparison.skipped is not None:
        return
    comparison.calls = min(here.calls, there.calls)
    comparison.events = min(len(here.events), len(there.events))
    if comparison.calls == 0 and here.calls + there.calls:
        comparison.skipped = _nothing_in_common(left, here, right)
        return
    _find(comparison, left, here, right, there)
    for side, trace, other in order:
        if _is_a_site(trace) and not _is_a_site(other):
            raise Unreachable(f"{side.spec.text} answers each call with HTML; is it the API's address?")


def _is_a_site(trace: Trace) -> bool:
    """Whether all answers are pages for people."""
    answers = [call.answer for step in trace.steps for call in step.calls]
    return bool(answers) and all(each is not None and each.content_type == "text/html" for each in answers)


def _find(comparison: Comparison, left: Side, here: Trace, right: Side, there: Trace) -> None:
    story = comparison.story
    gaps = compare(story.api, here, there)
    documented = entries(story, left.environment(story), right.environment(story))
    is_whole = not (here.stopped or there.stopped or here.left_out or there.left_out)
    judged = judge(gaps, documented, is_whole=is_whole)
    comparison.findings, comparison.documented = judged.findings, judged.documented
    if not gaps and (here.stopped is None) != (there.stopped is None):
        # Nothing else says it: one side cannot be played to the end.
        side = here if here.stopped is not None else there
        last = side.steps[-1]
        said: list[Any] = [each.stopped or "it goes on" for each in (here, there)]
        comparison.findings.append(Gap("verdict", last.label, "verdict", said[0], said[1], last.line, last.number))


def _nothing_in_common(left: Side, here: Trace, right: Side) -> str:
    silent = right if here.calls else left
    kind = "the recording holds none of its calls" if silent.spec.recording else "no call could be made"
    return f"{silent.spec.text}: {kind}"


def _note(comparison: Comparison, left: Side, here: Trace, right: Side, there: Trace) -> None:
    for side, trace in ((left, here), (right, there)):
        comparison.notes += [f"{side.spec.text}: left out: {each}" for each in trace.left_out]
        if trace.stopped is not None:
            comparison.notes.append(f"{side.spec.text}: the rest was not compared after {trace.stopped}")
