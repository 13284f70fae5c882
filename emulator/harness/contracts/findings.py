"""What a run has to say. Plain values, because they go from one process to another."""

from collections import Counter
from dataclasses import dataclass, field

from emulator.harness.coverage.heard import Heard

WRONG_INPUT = 2
UNREACHABLE = 3

INTERRUPTED = "it was interrupted"


@dataclass(frozen=True)
class Finding:
    """Something that does not hold. `curl` repeats the call that shows it; `before` are calls it needs first.

    `check` names the rule; `operation` is the contract's operationId, or a method and path where it has none.
    """

    api: str
    operation: str
    check: str
    title: str
    message: str
    curl: str
    status: int | None = None
    answer: str = ""
    before: tuple[str, ...] = ()

    @property
    def subject(self) -> tuple[str, str, str]:
        """Findings with the same subject are one finding that was seen several times."""
        return self.operation, self.check, self.title


@dataclass
class Result:
    """One contract, or a shard of it, after its run.

    `cases` counts what Schemathesis sent by phase, `probes` what our checks sent beside it; `answers` counts by
    operation and status, `passed` by operation and check how often it held. `errors` are what kept the run from being
    whole; `notes` are for people; `trouble` is an exit status other than that of a finding (`WRONG_INPUT`,
    `UNREACHABLE`); `heard` is there if the run listened for a coverage report.
    """

    api: str
    title: str = ""
    operations: tuple[str, ...] = ()
    cases: Counter[str] = field(default_factory=Counter[str])
    probes: int = 0
    answers: Counter[tuple[str, int]] = field(default_factory=Counter[tuple[str, int]])
    passed: Counter[tuple[str, str]] = field(default_factory=Counter[tuple[str, str]])
    findings: dict[tuple[str, str, str], tuple[Finding, int]] = field(
        default_factory=dict[tuple[str, str, str], tuple[Finding, int]]
    )
    errors: list[str] = field(default_factory=list[str])
    notes: list[str] = field(default_factory=list[str])
    seconds: float = 0.0
    trouble: int = 0
    heard: Heard | None = None

    @property
    def holds(self) -> bool:
        """Whether everything was asked, and nothing was found."""
        return not self.findings and not self.errors

    def add(self, finding: Finding) -> None:
        """Keep a finding; of several with one subject the one with the shortest call."""
        kept, times = self.findings.get(finding.subject, (finding, 0))
        if (len(finding.before), len(finding.curl)) < (len(kept.before), len(kept.curl)):
            kept = finding
        self.findings[finding.subject] = (kept, times + 1)

    def join(self, other: "Result") -> None:
        """Add another run of the same contract."""
        self.operations = tuple(dict.fromkeys((*self.operations, *other.operations)))
        self.cases.update(other.cases)
        self.probes += other.probes
        self.answers.update(other.answers)
        self.passed.update(other.passed)
        for finding, times in other.findings.values():
            self.add(finding)
            kept, seen = self.findings[finding.subject]
            self.findings[finding.subject] = (kept, seen + times - 1)
        self.errors += [error for error in other.errors if error not in self.errors]
        self.notes += [note for note in other.notes if note not in self.notes]
        self.seconds += other.seconds
        self.trouble = self.trouble or other.trouble
        if self.heard is not None:
            self.heard.join(other.heard)
        else:
            self.heard = other.heard
