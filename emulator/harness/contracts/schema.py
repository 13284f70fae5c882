"""A contract as Schemathesis takes it: which operations, how many calls, and with whose credentials."""

from collections.abc import Collection
from typing import Any

import schemathesis
from schemathesis.config import HealthCheck, InferenceAlgorithm, SchemathesisConfig
from schemathesis.filters import FilterSet

from emulator.harness.contracts.exchange import Scene
from emulator.harness.contracts.library import Call
from emulator.harness.contracts.plan import Plan


def make_schema(scene: Scene, plan: Plan, chosen: Collection[str], *, base_url: str, app: Any = None) -> Any:  # noqa: ANN401 - an ASGI app; a schema, whose types are open
    """The schema with these operations. The calls go to `app`, if there is one, else below `base_url`."""
    library: Any = SchemathesisConfig
    config = library.from_path(plan.settings) if plan.settings is not None else library()
    config.update(seed=plan.seed, suppress_health_check=[HealthCheck.all], max_failures=None)
    # Nothing of an earlier run: the same seed gives the same calls.
    config.cache.enabled = False
    config.output.sanitization.update(enabled=False)
    schema: Any = schemathesis.openapi.from_dict(scene.document.raw, config=config)
    if app is not None:
        schema.app = app
    _set_up(schema.config, plan, base_url)
    schema.auth(refresh_interval=None)(_credentials(scene))

    def is_chosen(context: Any) -> bool:  # noqa: ANN401 - what Schemathesis asks about
        return scene.document.name(context.operation.label) in chosen

    # Without the filter that comes with settings: it takes every operation, and would count beside ours.
    return schema.clone(filter_set=FilterSet()).include(is_chosen)


def _set_up(own: Any, plan: Plan, base_url: str) -> None:  # noqa: ANN401 - the contract's part of the configuration
    own.update(base_url=base_url, continue_on_failure=True, workers=1, request_timeout=plan.patience_seconds)
    own.generation.update(max_examples=plan.examples, database="none", no_shrink=True)
    own.phases.update(phases=list(plan.phases))
    own.analysis.constants.enabled = False
    # The other algorithm fails on answers with texts like `http://[e:`.
    own.phases.stateful.inference.algorithms = [InferenceAlgorithm.DEPENDENCY_ANALYSIS]


def _credentials(scene: Scene) -> type:
    """What Schemathesis asks for the credentials of each call."""

    class Credentials:
        def get(self, case: Call, _: schemathesis.AuthContext) -> dict[str, str] | None:
            operation = scene.document.operations.get(case.operation.label)
            return scene.keyring.headers(operation) if operation is not None else None

        def set(self, case: Call, data: dict[str, str], _: schemathesis.AuthContext) -> None:
            case.headers.update(data)

    return Credentials
