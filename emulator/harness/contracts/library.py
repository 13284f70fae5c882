"""What is used of Schemathesis's values, with types where it leaves them open."""

from collections.abc import Callable, MutableMapping
from typing import Any, Protocol, cast

from schemathesis import checks as _checks
from schemathesis import hooks as _hooks
from schemathesis.core.parameters import ParameterLocation
from schemathesis.generation.meta import CaseMetadata


class Target(Protocol):
    """What a call is made to. `schema` is the whole contract, `app` an ASGI app in place of the network."""

    label: str
    method: str
    app: Any
    schema: Any


class Call(Protocol):
    """A call that was generated, or derived from one."""

    id: str
    method: str
    path_parameters: dict[str, Any]
    headers: MutableMapping[str, str]
    query: dict[str, Any]
    body: Any

    @property
    def operation(self) -> Target:
        """What is called."""
        ...

    @property
    def meta(self) -> CaseMetadata | None:
        """How it was made. Reading it judges a call that was changed anew."""
        ...

    def derive(self, *, keep_auth: bool = False) -> "Call":
        """A copy with another id."""
        ...


class _Hooks(Protocol):
    def register_hook_with_name(self, hook: Callable[..., Any], name: str) -> object: ...

    def unregister(self, hook: Callable[..., Any]) -> None: ...


class _Checks(Protocol):
    def register(self, item: Callable[..., None]) -> object: ...

    def unregister(self, name: str) -> None: ...


HOOKS = cast("_Hooks", _hooks.GLOBAL_HOOK_DISPATCHER)
CHECKS = cast("_Checks", _checks.CHECKS)  # pyright: ignore[reportUnknownMemberType] - untyped there


def as_members(value: object) -> dict[str, Any] | None:
    """A JSON object; None for any other value."""
    return cast("dict[str, Any]", value) if isinstance(value, dict) else None


def is_wrong(call: Call, location: ParameterLocation) -> bool:
    """Whether this part of a call was made wrong on purpose."""
    # The attribute and not the property, for what the property does.
    made = cast("CaseMetadata | None", cast("Any", call)._meta)  # noqa: SLF001 - as said above
    return made is not None and made.is_negative_at(location)
