"""How much is asked of a target."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

PHASES = ("examples", "coverage", "fuzzing", "stateful")


@dataclass(frozen=True)
class Plan:
    """How much is asked. `examples` are the fuzzed calls of an operation; `probes` how often a check of ours asks on.

    `shard` is (2, 5) for the second of five; `settings` a `schemathesis.toml`; `turn` chooses the first account's
    environment; with `listens` the result says what was exercised. A call may take `patience_seconds`.
    """

    seed: int = 1
    examples: int = 10
    probes: int = 2
    turn: int = 0
    shard: tuple[int, int] = (1, 1)
    settings: Path | None = None
    phases: Sequence[str] = PHASES
    listens: bool = False
    patience_seconds: float = 10
