"""What a generated call must have that nobody can generate: a new idempotency key, ids of what there is, no cursor.

Without this nearly every call would end at the first door, as a repetition or as a call about something unknown.
"""

from collections.abc import MutableMapping
from typing import Any

from schemathesis.core.parameters import ParameterLocation

from emulator.harness.contracts.conventions import KeyPlace, is_cursor, key_places
from emulator.harness.contracts.documents import Document, Operation
from emulator.harness.contracts.keys import Keyring
from emulator.harness.contracts.library import Call, as_members, is_wrong

_LOCATIONS = {"header": ParameterLocation.HEADER, "body": ParameterLocation.BODY}


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

    def prepare(self, operation: Operation, case: Call) -> None:
        """Make a generated call one that can be answered."""
        if not is_wrong(case, ParameterLocation.PATH):
            self._put_real_ids(operation, case)
        if not is_wrong(case, ParameterLocation.QUERY):
            for name in [name for name in case.query if is_cursor(name)]:
                del case.query[name]
        self.renew_key(operation, case)

    def _put_real_ids(self, operation: Operation, case: Call) -> None:
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

    def renew_key(self, operation: Operation, case: Call) -> None:
        """Put a new key where there is one, and leave only one."""
        places = self.places(operation)
        held = {place.place: _names_held(place, case) for place in places}
        for place in places:
            if not held[place.place] or is_wrong(case, _LOCATIONS[place.place]):
                continue
            for name in held[place.place]:
                del _holder(place, case)[name]
            if place.place == "header":
                is_needed = not (held.get("body") and is_wrong(case, ParameterLocation.BODY))
                name = place.names[0]
            else:
                is_needed = not any(_names_held(each, case) for each in places if each.place == "header")
                name = held[place.place][0]
            if is_needed:
                _holder(place, case)[name] = self.key()

    def put_key(self, operation: Operation, case: Call, key: str) -> bool:
        """Give a call this key and no other; False if it can take none."""
        places = [each for each in self.places(operation) if each.place == "header" or isinstance(case.body, dict)]
        for place in places:
            for name in _names_held(place, case):
                del _holder(place, case)[name]
        if not places:
            return False
        _holder(places[0], case)[places[0].names[0]] = key
        return True


def _holder(place: KeyPlace, case: Call) -> MutableMapping[str, Any]:
    """Where a call has its keys; a body that is no object has none."""
    if place.place == "header":
        return case.headers
    return as_members(case.body) or {}


def _names_held(place: KeyPlace, case: Call) -> list[str]:
    holder = _holder(place, case)
    return [name for name in place.names if name in holder]


def _other(id: str) -> str:
    """An id of the same form."""
    return id[:-1] + ("0" if id[-1:] != "0" else "1")
