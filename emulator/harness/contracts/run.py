# pyright: basic, reportDeprecated=false
"""Holds one API against its contract: Schemathesis sends, its checks and ours judge, and what they say is a `Result`."""

import json
import time
import traceback
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import schemathesis
from schemathesis.config import HealthCheck, InferenceAlgorithm, SchemathesisConfig
from schemathesis.engine import Status, StopReason, events, from_schema
from schemathesis.engine.recorder import Interaction, ScenarioRecorder
from schemathesis.engine.run import PhaseName
from schemathesis.schemas import BaseSchema

from emulator.harness.contracts import checks, webhooks
from emulator.harness.contracts.curl import as_curl
from emulator.harness.contracts.documents import Document
from emulator.harness.contracts.exchange import Scene
from emulator.harness.contracts.findings import UNREACHABLE, Finding, Result
from emulator.harness.contracts.fresh import Freshness
from emulator.harness.contracts.keys import Keyring
from emulator.harness.contracts.place import Place
from emulator.harness.contracts.target import Api, Unreachable

FIRST_SECONDS = 10
"""How long the first answers may take."""

PHASES = ("examples", "coverage", "fuzzing", "stateful")


@dataclass(frozen=True)
class Plan:
    """How much is asked. `examples` are the fuzzed calls of an operation; `probes` how often a check of ours asks on.

    `shard` is (2, 5) for the second of five; `settings` a `schemathesis.toml`; `turn` chooses the first account's
    environment.
    """

    seed: int = 1
    examples: int = 10
    probes: int = 2
    turn: int = 0
    shard: tuple[int, int] = (1, 1)
    settings: Path | None = None
    phases: Sequence[str] = PHASES


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

    def play(self) -> Result:
        """Run all phases."""
        started = time.monotonic()
        with checks.at_work(self.scene):
            try:
                schema = self._schema()
                self._note_what_is_there(schema)
                for event in from_schema(schema).execute():
                    self._take(event)
            except Unreachable as error:
                self.result.errors.append(str(error))
                self.result.trouble = UNREACHABLE
            except Exception as error:  # noqa: BLE001 - whatever stops it, what was found so far is kept
                self.result.errors.append("".join(traceback.format_exception(error)[-4:]))
        if self.scene.place is not None:
            self._take_webhooks(self.scene.place)
        self.result.probes = self.scene.probes
        self.result.seconds = time.monotonic() - started
        return self.result

    def _schema(self) -> BaseSchema:
        plan = self._plan
        config = SchemathesisConfig.from_path(plan.settings) if plan.settings is not None else SchemathesisConfig()
        config.update(seed=plan.seed, suppress_health_check=[HealthCheck.all], max_failures=None)
        # Nothing of an earlier run: the same seed gives the same calls.
        config.cache.enabled = False
        config.output.sanitization.update(enabled=False)
        schema = schemathesis.openapi.from_dict(self._document.raw, config=config)
        if self._app is not None:
            schema.app = self._app
        own = schema.config
        own.update(base_url=self._api.base_url, continue_on_failure=True, workers=1)
        own.generation.update(max_examples=plan.examples, database="none", no_shrink=True)
        own.phases.update(phases=list(plan.phases))
        own.analysis.constants.enabled = False
        # The other algorithm fails on answers with texts like `http://[e:`.
        own.phases.stateful.inference.algorithms = [InferenceAlgorithm.DEPENDENCY_ANALYSIS]
        schema.auth(refresh_interval=None)(_credentials(self.scene))
        chosen = set(self.result.operations)
        return schema.include(lambda context: _name(self._document, context.operation.label) in chosen)

    def _note_what_is_there(self, schema: BaseSchema) -> None:
        """Read all lists at the top once."""
        for operation in self._document.operations.values():
            answer = self._document.response(operation, 200)
            if operation.method == "get" and "{" not in operation.path and answer and "application/json" in str(answer):
                listing = schema[operation.path]["GET"].Case(headers=self._keyring.headers(operation) or {})
                self.scene.freshness.lasting.update(_ids(listing.call(timeout=FIRST_SECONDS)))

    def _take(self, event: events.EngineEvent) -> None:
        match event:
            case events.ScenarioFinished():
                self._take_scenario(event)
            case events.PhaseFinished():
                if event.phase.name.value in PHASES and self.scene.place is not None:
                    self._keyring.renew(self.scene.place.between())
            case events.NonFatalError():
                self.result.errors.append(f"{event.label}: {event.info.title}: {event.info.message}"[:1000])
            case events.FatalError():
                self.result.errors.append(f"{type(event.exception).__name__}: {event.exception}"[:1000])
            case events.Interrupted():
                self.result.errors.append("it was interrupted")
            case events.EngineFinished():
                if event.stop_reason is StopReason.SERVER_UNAVAILABLE:
                    self.result.errors.append("the target stopped answering")
                    self.result.trouble = UNREACHABLE
            case _:
                pass

    def _take_webhooks(self, place: Place) -> None:
        for each in webhooks.judge(
            self._document, self._api.name, place.attempts, urls=place.urls, secrets=list(place.secrets)
        ):
            if isinstance(each, Finding):
                self.result.add(each)
            else:
                self.result.passed[each] += 1

    def _take_scenario(self, event: events.ScenarioFinished) -> None:
        recorder = event.recorder
        own = Counter(case_id for case_id in recorder.interactions if recorder.cases[case_id].parent_id is None)
        is_chain = event.phase is PhaseName.STATEFUL_TESTING
        self.result.cases[event.phase.value] += len(recorder.interactions) if is_chain else len(own)
        for case_id, interaction in recorder.interactions.items():
            if interaction.response is not None:
                case = recorder.cases[case_id].value
                # A call with another method is about no operation.
                if case.method.upper() == case.operation.method.upper():
                    name = _name(self._document, case.operation.label)
                    self.result.answers[name, interaction.response.status_code] += 1
        for finding in self._findings(recorder):
            self.result.add(finding)

    def _findings(self, recorder: ScenarioRecorder) -> Iterator[Finding]:
        for case_id, judged in recorder.checks.items():
            label = recorder.cases[case_id].value.operation.label
            for check in judged:
                name = _name(self._document, label)
                if check.status is Status.SUCCESS:
                    self.result.passed[name, check.name] += 1
                if check.failure_info is None:
                    continue
                failure = check.failure_info.failure
                shown = recorder.interactions[case_id]
                yield Finding(
                    api=self._api.name,
                    operation=name,
                    check=check.name,
                    title=failure.title,
                    message=failure.message,
                    curl=_curl(shown),
                    status=shown.response.status_code if shown.response is not None else None,
                    answer=shown.response.content[:1000].decode("utf-8", "replace") if shown.response else "",
                    before=_before(recorder, case_id),
                )


def _credentials(scene: Scene) -> type:
    """What Schemathesis asks for the credentials of each call."""

    class Credentials:
        def get(self, case: schemathesis.Case, _: schemathesis.AuthContext) -> dict[str, str] | None:
            operation = scene.document.operations.get(case.operation.label)
            return scene.keyring.headers(operation) if operation is not None else None

        def set(self, case: schemathesis.Case, data: dict[str, str], _: schemathesis.AuthContext) -> None:
            case.headers.update(data)

    return Credentials


def _ids(response: schemathesis.Response) -> Iterator[str]:
    """Every id in an answer."""
    try:
        rest: list[Any] = [json.loads(response.content)]
    except ValueError:
        return
    while rest:
        value = rest.pop()
        if isinstance(value, dict):
            found = cast("dict[str, Any]", value)
            rest += found.values()
            yield from (str(each) for name, each in found.items() if name.lower().endswith("id"))
        elif isinstance(value, list):
            rest += cast("list[Any]", value)


def _share(document: Document, shard: tuple[int, int]) -> tuple[str, ...]:
    """The operations of a shard: every fifth one of five."""
    number, of = shard
    return tuple(each.id for place, each in enumerate(document.operations.values()) if place % of == number - 1)


def _name(document: Document, label: str) -> str:
    operation = document.operations.get(label)
    return operation.id if operation is not None else label


def _before(recorder: ScenarioRecorder, case_id: str) -> tuple[str, ...]:
    """The calls that a call builds on, oldest first."""
    chain = [case.id for case in recorder.iter_chain_cases(case_id=case_id) if case.id != case_id]
    return tuple(_curl(recorder.interactions[id]) for id in chain if id in recorder.interactions)


def _curl(shown: Interaction) -> str:
    request = shown.request
    headers = {name: values[0] for name, values in request.headers.items()}
    return as_curl(request.method, request.uri, headers, request.body)
