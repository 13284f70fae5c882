"""Which operations were called since the server's start, and which statuses they answered, in all worlds together.

Nothing is counted when a call is answered: the journals are read on when somebody looks, and before a world goes. Of
what came between two looks a journal keeps so many entries; older ones are not counted.
"""

from collections import Counter
from collections.abc import Mapping
from typing import NamedTuple
from weakref import WeakKeyDictionary

from emulator.core.journal import CallEntry, Journal
from emulator.gateway.world import World
from emulator.server.contract import Contract
from emulator.server.worlds import Worlds


class Coverage(NamedTuple):
    """How much of a contract was exercised. `statuses` are those that it declares, and of them those that were seen."""

    operations: int
    operations_seen: int
    statuses: int
    statuses_seen: int
    calls: int


class Seen:
    """Counts calls by API, operation and status."""

    def __init__(self, worlds: Worlds) -> None:
        self._worlds = worlds
        self._counts: dict[str, dict[str, Counter[int]]] = {}
        # By journal, because a world that is made as new begins another one.
        self._read_to: WeakKeyDictionary[Journal, int] = WeakKeyDictionary()
        worlds.before_parting = self.note

    def note(self, world: World) -> None:
        """Count what is new in a world."""
        journal = world.journal
        for entry in journal.since(self._read_to.get(journal, 0)):
            fact = entry.fact
            if isinstance(fact, CallEntry) and fact.operation is not None:
                operations = self._counts.setdefault(fact.api, {})
                operations.setdefault(fact.operation, Counter())[fact.status] += 1
        self._read_to[journal] = journal.last_number

    def of_api(self, api: str) -> Mapping[str, Mapping[int, int]]:
        """How often each operation of an API answered each status, up to now."""
        for world in self._worlds:
            self.note(world)
        return self._counts.get(api, {})

    def coverage(self, contract: Contract) -> Coverage:
        """How much of a contract was exercised, up to now."""
        seen = self.of_api(contract.name)
        declared = {id: declared_statuses(contract, id) for id in contract.operation_ids}
        met = {id: {str(status) for status in seen.get(id, ())} & statuses for id, statuses in declared.items()}
        return Coverage(
            operations=len(declared),
            operations_seen=sum(id in seen for id in declared),
            statuses=sum(map(len, declared.values())),
            statuses_seen=sum(map(len, met.values())),
            calls=sum(sum(statuses.values()) for statuses in seen.values()),
        )


def declared_statuses(contract: Contract, operation_id: str) -> set[str]:
    """The statuses that a contract names for an operation."""
    operation = contract.operation(operation_id)
    return set(contract.document["paths"][operation.path][operation.method.lower()]["responses"])
