# pyright: basic, reportDeprecated=false
"""Checks of our own, beside those of Schemathesis. Each is a function over one call and its answer."""

from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from schemathesis.checks import CHECKS
from schemathesis.hooks import GLOBAL_HOOK_DISPATCHER
from schemathesis.openapi.checks import EnsureResourceAvailability

from emulator.harness.contracts.checks.answers import documented_status, error_envelope, rate_limit_told
from emulator.harness.contracts.checks.bodies import malformed_body
from emulator.harness.contracts.checks.doors import account_isolation, authentication_required, environment_isolation
from emulator.harness.contracts.checks.lists import each_item_once
from emulator.harness.contracts.checks.repeating import idempotent_conflict, idempotent_replay, reading_changes_nothing
from emulator.harness.contracts.exchange import Exchange, Scene

if TYPE_CHECKING:
    from schemathesis import Case, CheckContext, HookContext, Response
    from schemathesis.core.failures import Failure

_TOO_LONG = (400, 414, 431)
_LONG_HEAD = 32 * 1024

Rule = Callable[[Exchange], None]

RULES: Mapping[str, Rule] = MappingProxyType(
    {
        rule.__name__: rule
        for rule in (
            documented_status,
            error_envelope,
            rate_limit_told,
            authentication_required,
            account_isolation,
            environment_isolation,
            idempotent_replay,
            idempotent_conflict,
            reading_changes_nothing,
            malformed_body,
            each_item_once,
        )
    }
)


@contextmanager
def at_work(scene: Scene) -> Generator[None]:
    """Let Schemathesis use our checks, and prepare its calls, while the block runs."""

    def before_call(context: "HookContext", case: "Case[Any]", kwargs: dict[str, Any]) -> None:  # noqa: ARG001 - a hook
        operation = scene.document.operations.get(case.operation.label)
        if operation is not None:
            scene.freshness.prepare(operation, case)
            scene.before(operation, case)

    def after_call(context: "HookContext", case: "Case[Any]", response: "Response") -> None:  # noqa: ARG001 - a hook
        operation = scene.document.operations.get(case.operation.label)
        if operation is not None:
            scene.after(operation, case, response)

    def filter_failure(context: "HookContext", failure: "Failure", case: "Case[Any]", response: "Response") -> bool:  # noqa: ARG001 - a hook
        if isinstance(failure, EnsureResourceAvailability):
            return not scene.freshness.others.intersection(map(str, case.path_parameters.values()))
        # What stands before a body is limited everywhere, and no contract says so.
        request = response.request
        head = len(request.url or "") + sum(len(name) + len(value) for name, value in request.headers.items())
        return response.status_code not in _TOO_LONG or head < _LONG_HEAD

    hooks = (before_call, after_call, filter_failure)
    # Such hooks are the whole process's; there is one run in it at a time.
    for hook in hooks:
        GLOBAL_HOOK_DISPATCHER.register_hook_with_name(hook, hook.__name__)
    for name, rule in RULES.items():
        CHECKS.register(_as_check(name, rule, scene))
    try:
        yield
    finally:
        for hook in hooks:
            GLOBAL_HOOK_DISPATCHER.unregister(hook)
        for name in RULES:
            CHECKS.unregister(name)


def _as_check(name: str, rule: Rule, scene: Scene) -> "Callable[[CheckContext, Response, Case[Any]], None]":
    def check(context: "CheckContext", response: "Response", case: "Case[Any]") -> None:
        operation = scene.document.operations.get(case.operation.label)
        if operation is not None:
            rule(Exchange(scene, context, case, response, operation))

    check.__name__ = name
    return check
