"""One call and its answer, as our checks see them, and further calls that a check makes to be sure."""

import json
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar, NoReturn

from schemathesis.core.failures import Failure
from schemathesis.core.parameters import ParameterLocation

from emulator.harness.contracts.documents import Document, Node, Operation
from emulator.harness.contracts.fresh import Freshness
from emulator.harness.contracts.keys import Keyring
from emulator.harness.contracts.library import Call, as_members
from emulator.harness.contracts.place import Place

if TYPE_CHECKING:
    from schemathesis import CheckContext, Response

_MOST_RENEWALS = 50


class Broken(Failure):
    """A check of ours does not hold."""

    code: ClassVar[str] = "ST901"
    __slots__ = ()

    @property
    def _unique_key(self) -> str:
        return self.title


@dataclass
class Scene:
    """What the checks of one run share. A check makes its further calls `often` times for each operation.

    `place` is the world that the run has to itself, where there is such a thing.
    """

    document: Document
    keyring: Keyring
    freshness: Freshness
    place: Place | None = None
    often: int = 2
    probes: int = 0
    renewals: int = 0
    made: Counter[tuple[str, str]] = field(default_factory=Counter[tuple[str, str]])
    kept: dict[str, Any] = field(default_factory=dict[str, Any])

    def before(self, operation: Operation, case: Call) -> None:
        """Called before each call, those of checks too."""
        if self.place is not None:
            self.place.before(operation, case)

    def after(self, operation: Operation, case: Call, response: "Response") -> None:
        """Called after each call that was answered."""
        if self.place is None:
            return
        self.place.after(operation, case, response)
        if response.status_code == 401 and self._carried_the_key(operation, case) and self.renewals < _MOST_RENEWALS:
            # A call before this one has revoked it.
            self.renewals += 1
            self.keyring.renew(self.place.api())

    def _carried_the_key(self, operation: Operation, case: Call) -> bool:
        headers = self.keyring.headers(operation)
        return bool(headers) and all(case.headers.get(name) == value for name, value in headers.items())

    def may(self, check: str, operation: Operation) -> bool:
        """Whether a check may still make its calls for this operation."""
        return self.made[check, operation.label] < self.often

    def count(self, check: str, operation: Operation) -> None:
        """Remember that it did."""
        self.made[check, operation.label] += 1


class Exchange:
    """One call and its answer. `operation` is the contract's; the method may be another one, to see it refused."""

    def __init__(
        self, scene: Scene, context: "CheckContext", case: Call, response: "Response", operation: Operation
    ) -> None:
        self.scene = scene
        self.context = context
        self.case = case
        self.response = response
        self.operation = operation

    @property
    def status(self) -> int:
        """The answer's status."""
        return self.response.status_code

    @property
    def is_ok(self) -> bool:
        """Whether the operation did what it is for."""
        return 200 <= self.status < 300 and self.is_of_the_contract

    @property
    def is_of_the_contract(self) -> bool:
        """Whether the method is the operation's own."""
        return self.case.method.upper() == self.operation.method.upper()

    @property
    def is_good(self) -> bool:
        """Whether the call fits the contract."""
        meta = self.case.meta
        return meta is None or meta.generation.mode.is_positive

    @property
    def has_wrong_path(self) -> bool:
        """Whether the path is wrong on purpose, so that the call may be about another operation, or about none."""
        meta = self.case.meta
        return meta is not None and meta.is_negative_at(ParameterLocation.PATH)

    @property
    def documented(self) -> Node | None:
        """What the contract says of this answer."""
        return self.scene.document.response(self.operation, self.status) if self.is_of_the_contract else None

    def header(self, name: str) -> str | None:
        """A header of the answer."""
        values = self.response.headers.get(name.lower())
        return values[0] if values else None

    def derive(self, change: Callable[[Call], None] | None = None, *, headers: Mapping[str, str] | None = None) -> Call:
        """The same call, changed. `headers` stand in place of the credentials."""
        probe = self.case.derive(keep_auth=True)
        if headers is not None:
            for name in [name for name in probe.headers if name.lower() in self._secrets]:
                del probe.headers[name]
            probe.headers.update(headers)
        if change is not None:
            change(probe)
        return probe

    @property
    def _secrets(self) -> frozenset[str]:
        return self.scene.keyring.secret_headers(self.operation)

    def ask(self, probe: Call, **kwargs: Any) -> "Exchange":  # noqa: ANN401 - of the transport
        """Make a further call. It is recorded, so that a failure can show it."""
        internals: Any = self.context.internals
        options: dict[str, Any] = {**(internals.transport_kwargs or {}), **kwargs}
        if probe.operation.app is not None:
            options.setdefault("app", probe.operation.app)
        operation = self.scene.document.operations.get(probe.operation.label, self.operation)
        internals.record_case(parent_id=self.case.id, case=probe)
        self.scene.before(operation, probe)
        response = probe.operation.schema.transport.send(probe, **options)
        self.scene.after(operation, probe, response)
        internals.record_response(case_id=probe.id, response=response)
        self.scene.probes += 1
        return Exchange(self.scene, self.context, probe, response, operation)

    def fail(self, title: str, message: str = "") -> NoReturn:
        """Report that something does not hold, shown by this call. Raises `Broken`."""
        raise Broken(operation=self.operation.label, title=title, message=message, case_id=self.case.id)

    def json(self) -> Any:  # noqa: ANN401 - JSON
        """The answer's JSON; None if it is none."""
        try:
            return json.loads(self.response.content)
        except ValueError:
            return None

    def members(self) -> dict[str, Any]:
        """The answer's members; none if it is no JSON object."""
        return as_members(self.json()) or {}

    def said(self) -> str:
        """The beginning of the answer, for people."""
        return f"{self.status} {self.response.content[:300].decode('utf-8', 'replace')}"
