# pyright: basic, reportDeprecated=false
"""What a generated call must have that nobody can generate: a new idempotency key, ids that are there, no made-up cursor.

Without this nearly every call would end at the first door, as a repetition or as a call about something unknown.
"""

from typing import TYPE_CHECKING, Any

from schemathesis.core.parameters import ParameterLocation

from emulator.harness.contracts.conventions import KeyPlace, is_cursor, key_places
from emulator.harness.contracts.documents import Document, Operation
from emulator.harness.contracts.keys import Keyring

if TYPE_CHECKING:
    from schemathesis import Case


class Freshness:
    """Prepares each call. What is wrong on purpose stays wrong."""

    def __init__(self, document: Document, keyring: Keyring, prefix: str) -> None:
        self._document = document
        self._keyring = keyring
        self._prefix = prefix
        self._used = 0
        self._places: dict[str, tuple[KeyPlace, ...]] = {}
        self.lasting: set[str] = set()
        """Ids of what was there before the run; it is not deleted, because everything else depends on it."""
        self.others: set[str] = set()
        """Ids that stand in place of those, and lead nowhere."""

    def key(self) -> str:
        """An idempotency key that was never used."""
        self._used += 1
        return f"{self._prefix}-{self._used}"

    def places(self, operation: Operation) -> tuple[KeyPlace, ...]:
        """Where an operation takes an idempotency key."""
        if operation.label not in self._places:
            self._places[operation.label] = tuple(key_places(self._document, operation))
        return self._places[operation.label]

    def prepare(self, operation: Operation, case: "Case[Any]") -> None:
        """Make a generated call one that can be answered."""
        if not _is_wrong(case, ParameterLocation.PATH):
            self._put_real_ids(operation, case)
        if not _is_wrong(case, ParameterLocation.QUERY):
            for name in [name for name in case.query if is_cursor(name)]:
                del case.query[name]
        self.renew_key(operation, case)

    def _put_real_ids(self, operation: Operation, case: "Case[Any]") -> None:
        real = {name: str(value) for name, value in self._keyring.parameters.items() if isinstance(value, str | int)}
        for name in case.path_parameters:
            if name in real and name.lower().endswith("id"):
                case.path_parameters[name] = real[name]
        if operation.method == "delete" and case.path_parameters:
            last = list(case.path_parameters)[-1]
            if case.path_parameters[last] in {*real.values(), *self.lasting}:
                other = _other(str(case.path_parameters[last]))
                self.others.add(other)
                case.path_parameters[last] = other

    def renew_key(self, operation: Operation, case: "Case[Any]") -> None:
        """Put a new key where there is one, and leave only one."""
        body: Any = case.body
        for place in self.places(operation):
            if place.place == "header" and not _is_wrong(case, ParameterLocation.HEADER):
                given = [name for name in place.names if name in case.headers]
                in_body = isinstance(body, dict) and any(n in body for p in self.places(operation)[1:] for n in p.names)
                for name in given:
                    del case.headers[name]
                if given and not (in_body and _is_wrong(case, ParameterLocation.BODY)):
                    case.headers[place.names[0]] = self.key()
            if place.place == "body" and isinstance(body, dict) and not _is_wrong(case, ParameterLocation.BODY):
                given = [name for name in place.names if name in body]
                in_header = any(name in case.headers for p in self.places(operation) for name in p.names)
                for name in given:
                    del body[name]
                if given and not in_header:
                    body[given[0]] = self.key()

    def put_key(self, operation: Operation, case: "Case[Any]", key: str) -> bool:
        """Give a call this key and no other; False if it can take none."""
        places = self.places(operation)
        body: Any = case.body
        for place in places:
            held = case.headers if place.place == "header" else body if isinstance(body, dict) else {}
            for name in [name for name in place.names if name in held]:
                del held[name]
        for place in places:
            if place.place == "header":
                case.headers[place.names[0]] = key
                return True
            if isinstance(body, dict):
                body[place.names[0]] = key
                return True
        return False


def _is_wrong(case: "Case[Any]", location: ParameterLocation) -> bool:
    """Whether this part of a call is wrong on purpose."""
    # The attribute and not the property: reading the property judges the call anew.
    meta = case._meta  # noqa: SLF001  # pyright: ignore[reportPrivateUsage]
    return meta is not None and meta.is_negative_at(location)


def _other(id: str) -> str:
    """An id of the same form."""
    return id[:-1] + ("0" if id[-1:] != "0" else "1")
