"""Results as JSON, for programs."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec

from emulator.stories.results import FAILED, StoryResult


def as_json(results: Sequence[StoryResult]) -> dict[str, Any]:
    """`{"held", "stories": [{"file", "name", "environment", "status", "seconds", "skipped", "failure", "steps"}]}`."""
    return {
        "held": all(result.status != FAILED for result in results),
        "stories": [_story(result) for result in results],
    }


def write_json(path: Path, results: Sequence[StoryResult]) -> None:
    """Write the file. Raises `OSError`."""
    path.write_bytes(msgspec.json.format(msgspec.json.encode(as_json(results)), indent=2) + b"\n")


def _story(result: StoryResult) -> dict[str, Any]:
    story, failure = result.take.story, result.failure
    return {
        "file": story.file,
        "name": story.name,
        "environment": result.take.environment,
        "status": result.status,
        "seconds": round(result.seconds, 3),
        "skipped": result.skipped,
        "failure": None
        if failure is None
        else {
            "line": failure.line,
            "step": failure.step,
            "sentence": failure.sentence,
            "differences": [difference._asdict() for difference in failure.differences],
            "came": failure.came,
            "timeline": [*failure.timeline],
        },
        "steps": [
            {
                "line": step.line,
                "step": step.step,
                "status": step.status,
                "seconds": round(step.seconds, 3),
                "why": step.why,
            }
            for step in result.steps
        ],
    }
