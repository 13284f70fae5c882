"""What `parrotfish parity` does, without the words of the command line."""

import asyncio
import os
from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from pathlib import Path

from emulator.harness.parity import Comparison, compare_targets
from emulator.harness.parity_report import annotations, story_lines, summary
from emulator.harness.parity_report import junit as as_junit
from emulator.harness.parity_targets import NewEmulator, TargetSpec
from emulator.stories.story import Story


def play(  # noqa: PLR0913 - one for each option
    stories: Sequence[Story],
    left: TargetSpec,
    right: TargetSpec,
    *,
    emulator: NewEmulator,
    variables: Mapping[str, str],
    seconds: float,
    write: Callable[[str], object],
    junit: Path | None = None,
) -> int:
    """Compare, report, and return the exit status. Raises `OSError` for a report that cannot be written."""

    def told(comparison: Comparison) -> None:
        write("\n".join(story_lines(comparison, left.text, right.text)))

    parity = asyncio.run(
        compare_targets(
            stories,
            left,
            right,
            emulator=emulator,
            variables=variables,
            patience=timedelta(seconds=seconds),
            told=told,
        )
    )
    write(summary(parity))
    if os.environ.get("GITHUB_ACTIONS") == "true":
        for line in annotations(parity):
            write(line)
    if junit is not None:
        junit.write_bytes(as_junit(parity))
    return parity.exit_status
