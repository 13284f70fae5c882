"""A world: one complete, isolated emulated universe."""

from collections import deque
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, NamedTuple

from emulator.core.clock import HELD, Pace, VirtualClock
from emulator.core.ids import Ids
from emulator.core.journal import Journal
from emulator.core.store import Store
from emulator.gateway.policy import Policy

if TYPE_CHECKING:
    from emulator.gateway.snapshots import Snapshot

DEFAULT_WORLD = "default"


class ReadyAttempt(NamedTuple):
    """A webhook attempt that is due and waits to be posted."""

    event_id: str
    trigger: str
    due_at: datetime


class World:
    """Everything that one universe consists of. No two worlds share anything that can change.

    `policies` maps an API's name to its choices. `epoch` counts resets: what was begun in an older epoch is dropped.
    `ready` holds webhook attempts that are due, `snapshots` what was kept of the world until its next reset.
    `rate_limits` is `auto`, `on` or `off`.
    """

    def __init__(
        self,
        name: str,
        *,
        policies: Mapping[str, Policy],
        seed: int = 1,
        pace: Pace = HELD,
        rate_limits: str = "auto",
        new_clock: Callable[[Pace], VirtualClock] = VirtualClock,
    ) -> None:
        self.name = name
        self.policies = policies
        self.epoch = 0
        self.rate_limits = rate_limits
        self._new_clock = new_clock
        self.begin(seed, pace)

    def begin(self, seed: int, pace: Pace) -> None:
        """Make everything new: state, clock, ids, journal."""
        self.seed = seed
        self.epoch += 1
        self.clock = self._new_clock(pace)
        self.store = Store()
        self.ids = Ids(seed, self.store.counters, self.name)
        self.journal = Journal()
        self.ready: deque[ReadyAttempt] = deque()
        self.snapshots: dict[str, Snapshot] = {}

    @property
    def is_default(self) -> bool:
        """Whether this is the world that is always there."""
        return self.name == DEFAULT_WORLD

    @property
    def limits_rates(self) -> bool:
        """Whether vendors' rate limits apply: in `auto` not in the pace `held`, where no window would open again."""
        return self.rate_limits == "on" or (self.rate_limits == "auto" and self.clock.pace.rate != 0)
