"""What was exercised, as counts that go from one process to another."""

from collections import Counter
from dataclasses import dataclass, field


@dataclass
class Heard:
    """Counts of answers by operation and status, and of events by name.

    `keywords` are counts of schema keywords, each as tracecov exports it; none where it is not installed.
    """

    answers: Counter[tuple[str, int]] = field(default_factory=Counter[tuple[str, int]])
    events: Counter[str] = field(default_factory=Counter[str])
    keywords: tuple[bytes, ...] = ()

    def join(self, other: "Heard | None") -> None:
        """Add what was heard elsewhere."""
        if other is not None:
            self.answers.update(other.answers)
            self.events.update(other.events)
            self.keywords += other.keywords
