"""Checks of our own, beside those of Schemathesis. Each is a function over one call and its answer."""

from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from schemathesis.openapi.checks import EnsureResourceAvailability

from emulator.harness.contracts.checks.answers import documented_status, error_envelope, rate_limit_told
from emulator.harness.contracts.checks.bodies import malformed_body
from emulator.harness.contracts.checks.doors import account_isolation, authentication_required, environment_isolation
from emulator.harness.contracts.checks.lists import each_item_once
from emulator.harness.contracts.checks.repeating import idempotent_conflict, idempotent_replay, reading_changes_nothing
from emulator.harness.contracts.exchange import Exchange, Scene
from emulator.harness.contracts.library import CHECKS, HOOKS, Call

if TYPE_CHECKING:
    from schemathesis import CheckContext, HookContext, Response
    from schemathesis.core.failures import Failure

_TOO_LONG = (400, 414, 431)
_LONG_HEAD = 32 * 1024

_FRAMING = ("transfer-encoding", "content-length", "connection", "upgrade", "expect", "host")
"""Headers that say where a call ends and who is asked: made up ones are wrong HTTP, of which no contract speaks."""

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
    hooks = _hooks(scene)
    # Such hooks are the whole process's; there is one run in it at a time.
    for hook in hooks:
        HOOKS.register_hook_with_name(hook, hook.__name__)
    for name, rule in RULES.items():
        CHECKS.register(_as_check(name, rule, scene))
    try:
        yield
    finally:
        for hook in hooks:
            HOOKS.unregister(hook)
        for name in RULES:
            CHECKS.unregister(name)


def _hooks(scene: Scene) -> tuple[Callable[..., Any], ...]:
    """What Schemathesis calls around each call, under the names that it knows."""

    def before_call(_: "HookContext", case: Call, kwargs: dict[str, Any]) -> None:  # noqa: ARG001 - a hook
        leave_framing(case)
        operation = scene.document.operations.get(case.operation.label)
        if operation is not None:
            scene.freshness.prepare(operation, case)
            scene.before(operation, case)

    def after_call(_: "HookContext", case: Call, response: "Response") -> None:
        operation = scene.document.operations.get(case.operation.label)
        if operation is not None:
            scene.after(operation, case, response)

    def filter_failure(_: "HookContext", failure: "Failure", case: Call, response: "Response") -> bool:
        if isinstance(failure, EnsureResourceAvailability):
            return not scene.freshness.others.intersection(map(str, case.path_parameters.values()))
        # What stands before a body is limited everywhere, and no contract says so.
        request = response.request
        head = len(request.url or "") + sum(len(name) + len(value) for name, value in request.headers.items())
        return response.status_code not in _TOO_LONG or head < _LONG_HEAD

    return before_call, after_call, filter_failure


def leave_framing(case: Call) -> None:
    """Take out of a call what would be wrong HTTP rather than a wrong call."""
    for name in [each for each in case.headers if each.lower() in _FRAMING]:
        del case.headers[name]


def _as_check(name: str, rule: Rule, scene: Scene) -> "Callable[[CheckContext, Response, Call], None]":
    def check(context: "CheckContext", response: "Response", case: Call) -> None:
        operation = scene.document.operations.get(case.operation.label)
        if operation is not None:
            rule(Exchange(scene, context, case, response, operation))

    check.__name__ = name
    return check
