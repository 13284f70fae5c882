"""Holds one API against its contract: Schemathesis sends, its checks and ours judge; a `Result` is what they say."""

import time
import traceback
from collections.abc import Iterator
from contextlib import suppress
from typing import Any, cast

import requests
from schemathesis.engine import StopReason, events, from_schema
from schemathesis.engine.run import PhaseName

from emulator.harness.contracts import checks, webhooks
from emulator.harness.contracts.documents import Document
from emulator.harness.contracts.exchange import Scene
from emulator.harness.contracts.findings import INTERRUPTED, UNREACHABLE, Finding, Result
from emulator.harness.contracts.fresh import Freshness
from emulator.harness.contracts.keys import Keyring
from emulator.harness.contracts.library import as_members
from emulator.harness.contracts.place import Place
from emulator.harness.contracts.plan import PHASES, Plan
from emulator.harness.contracts.recorded import Recorded
from emulator.harness.contracts.schema import make_schema
from emulator.harness.contracts.target import Api, Unreachable
from emulator.harness.coverage.hearing import Hearing

FIRST_SECONDS = 10
"""How long the first answers may take."""

_NO_LINKS = "Missing Open API links"
_SILENCE = "Network Error"
_MOST_SILENCES = 3
"""So often a call may get no answer. After that the run would only wait, ten seconds for each operation and phase."""


class Run:
    """One run. `place` is the world that it has to itself, if there is one; `app` is asked in place of the network."""

    def __init__(
        self,
        api: Api,
        document: Document,
        plan: Plan,
        *,
        app: Any = None,  # noqa: ANN401 - any ASGI app
        place: Place | None = None,
    ) -> None:
        self._api = api
        self._document = document
        self._plan = plan
        self._app = app
        self._keyring = Keyring(document, api, plan.turn)
        freshness = Freshness(document, self._keyring, f"parrotfish-{plan.seed}-{plan.shard[0]}")
        self.scene = Scene(document, self._keyring, freshness, place, often=plan.probes)
        self.result = Result(api.name, document.title, _share(document, plan.shard))
        self._silences = 0
        self._hearing = Hearing(document) if plan.listens else None

    def play(self) -> Result:
        """Run all phases."""
        started = time.monotonic()
        try:
            self._play()
        except (Unreachable, requests.RequestException) as error:
            self.result.errors.append(f"the target stopped answering: {error}")
            self.result.trouble = UNREACHABLE
        except KeyboardInterrupt:
            self.result.errors.append(INTERRUPTED)
        except Exception as error:  # noqa: BLE001 - whatever stops it, what was found so far is kept
            self.result.errors.append("".join(traceback.format_exception(error)[-4:]))
        if self._hearing is not None:
            self.result.heard = self._hearing.heard()
        self.result.probes = self.scene.probes
        self.result.seconds = time.monotonic() - started
        return self.result

    def _play(self) -> None:
        plan, chosen, base_url = self._plan, set(self.result.operations), self._api.base_url
        with checks.at_work(self.scene):
            schema = make_schema(self.scene, plan, chosen, base_url=base_url, app=self._app)
            self._note_what_is_there(schema)
            for event in from_schema(schema).execute():
                self._take(event)

    def _note_what_is_there(self, schema: Any) -> None:  # noqa: ANN401 - Schemathesis's, whose types are open
        """Read all lists at the top once."""
        for operation in self._document.operations.values():
            answer = self._document.response(operation, 200)
            if operation.method == "get" and "{" not in operation.path and answer and "application/json" in str(answer):
                listing = schema[operation.path]["GET"].Case(headers=self._keyring.headers(operation) or {})
                with suppress(ValueError):
                    self.scene.freshness.lasting.update(_ids(listing.call(timeout=FIRST_SECONDS).json()))

    def _take(self, event: events.EngineEvent) -> None:
        match event:
            case events.ScenarioFinished():
                self._take_scenario(event)
            case events.PhaseFinished():
                if event.phase.name.value in PHASES and self.scene.place is not None:
                    self._keyring.renew(self.scene.place.between())
                    self._take_webhooks(self.scene.place)
            case events.NonFatalError():
                self._take_trouble(event)
            case events.FatalError():
                self.result.errors.append(f"{type(event.exception).__name__}: {event.exception}"[:1000])
            case events.Interrupted():
                self.result.errors.append(INTERRUPTED)
            case events.EngineFinished():
                if event.stop_reason is StopReason.SERVER_UNAVAILABLE:
                    self.result.errors.append("the target stopped answering")
                    self.result.trouble = UNREACHABLE
            case _:
                pass

    def _take_trouble(self, event: events.NonFatalError) -> None:
        if event.info.title == _NO_LINKS and self._plan.shard != (1, 1):
            # The links of a small shard lead out of it.
            return
        self.result.errors.append(f"{event.label}: {event.info.title}: {event.info.message}"[:1000])
        self._silences += event.info.title == _SILENCE
        if self._silences >= _MOST_SILENCES:
            raise Unreachable(f"{_MOST_SILENCES} calls got no answer")

    def _take_webhooks(self, place: Place) -> None:
        api, secrets, attempts = self._api.name, list(place.secrets), place.take_attempts()
        if self._hearing is not None:
            self._hearing.take_webhooks(api, attempts, urls=place.urls, secrets=secrets)
        for each in webhooks.judge(self._document, api, attempts, urls=place.urls, secrets=secrets):
            if isinstance(each, Finding):
                self.result.add(each)
            else:
                self.result.passed[each] += 1

    def _take_scenario(self, event: events.ScenarioFinished) -> None:
        if self._hearing is not None:
            self._hearing.take(event.recorder)
        result, recorded = self.result, Recorded(self._document, self._api.name, event.recorder)
        result.cases[event.phase.value] += recorded.calls(is_chain=event.phase is PhaseName.STATEFUL_TESTING)
        result.answers.update(recorded.answers())
        result.passed.update(recorded.passed())
        for finding in recorded.findings():
            result.add(finding)


def _ids(value: object) -> Iterator[str]:
    """Every id in a JSON value."""
    members = as_members(value)
    if members is not None:
        yield from (str(each) for name, each in members.items() if name.lower().endswith("id"))
        for each in members.values():
            yield from _ids(each)
    elif isinstance(value, list):
        for each in cast("list[object]", value):
            yield from _ids(each)


def _share(document: Document, shard: tuple[int, int]) -> tuple[str, ...]:
    """The operations of a shard: every fifth one of five."""
    number, of = shard
    return tuple(each.id for place, each in enumerate(document.operations.values()) if place % of == number - 1)
