"""Figures for Prometheus, made when they are asked for.

Only what is counted without looking at every message: sizes of tables and queues, and the calls that the journal still
holds. Messages are not counted by status, which would mean to look at a million of them.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from emulator.control.call import ControlCall, Server
from emulator.core.journal import CallEntry
from emulator.gateway.world import World
from emulator.server.dialect import Reply

if TYPE_CHECKING:
    from prometheus_client.metrics_core import Metric

CONTENT_TYPE = b"text/plain; version=0.0.4; charset=utf-8"

_SIZES: tuple[tuple[str, str, Callable[[World], int]], ...] = (
    ("recipients", "Recipients of messages.", lambda world: len(world.store.recipients)),
    ("inbound_messages", "Messages from people.", lambda world: len(world.store.inbound)),
    ("accounts", "Accounts of all APIs.", lambda world: len(world.store.accounts)),
    ("timers", "Timers that will fall due.", lambda world: len(world.clock.timers)),
    ("webhook_events", "Events that were to be told.", lambda world: len(world.store.webhook_events)),
    ("webhook_attempts_due", "Delivery attempts that are due and not yet posted.", lambda world: len(world.ready)),
    ("idempotency_keys", "Remembered replies.", lambda world: len(world.store.remembered)),
    ("journal_entries", "Entries that the journal holds.", lambda world: len(world.journal)),
    ("journal_entries_written", "Entries ever written since the last reset.", lambda world: world.journal.last_number),
)


def get_metrics(call: ControlCall) -> Reply:
    """The figures of all worlds."""
    # Late: a server that nobody measures does not need it.
    from prometheus_client import CollectorRegistry, ProcessCollector, generate_latest  # noqa: PLC0415 - late: few servers are measured

    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Collector(call.server))
    ProcessCollector(registry=registry)
    return Reply(200, generate_latest(registry), content_type=CONTENT_TYPE)


class _Collector:
    """What a registry asks for figures."""

    def __init__(self, server: Server) -> None:
        self._server = server

    def describe(self) -> list["Metric"]:
        """Nothing beforehand: the registry need not look for clashes."""
        return []

    def collect(self) -> Iterator["Metric"]:
        """All figures."""
        from prometheus_client.metrics_core import GaugeMetricFamily, InfoMetricFamily  # noqa: PLC0415 - late: few servers are measured

        worlds = tuple(self._server.worlds)
        yield InfoMetricFamily("parrotfish", "What runs.", value={"version": self._server.version})
        yield GaugeMetricFamily("parrotfish_worlds", "Worlds of this server.", value=len(worlds))
        for name, text, size in _SIZES:
            family = GaugeMetricFamily(f"parrotfish_{name}", text, labels=["world"])
            for world in worlds:
                family.add_metric([world.name], size(world))
            yield family
        yield self._messages(worlds)
        yield self._calls(worlds)

    def _messages(self, worlds: tuple[World, ...]) -> "Metric":
        from prometheus_client.metrics_core import GaugeMetricFamily  # noqa: PLC0415 - late: few servers are measured

        family = GaugeMetricFamily("parrotfish_messages", "Messages that were accepted.", labels=["world", "api"])
        for world in worlds:
            for api in self._server.apis:
                name = api.decode()
                family.add_metric([world.name, name], _count_messages(world, name))
        return family

    def _calls(self, worlds: tuple[World, ...]) -> "Metric":
        from prometheus_client.metrics_core import GaugeMetricFamily  # noqa: PLC0415 - late: few servers are measured

        family = GaugeMetricFamily(
            "parrotfish_journal_calls", "Calls that the journal holds.", labels=["world", "api", "status"]
        )
        for world in worlds:
            facts = (entry.fact for entry in world.journal)
            calls = Counter((fact.api, fact.status) for fact in facts if isinstance(fact, CallEntry))
            for (api, status), count in sorted(calls.items()):
                family.add_metric([world.name, api, str(status)], count)
        return family


def _count_messages(world: World, api: str) -> int:
    store = world.store
    return sum(len(store.messages_by_account.ids(account_id)) for account_id in store.accounts_by_api.ids(api))
