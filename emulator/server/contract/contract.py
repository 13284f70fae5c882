"""One contract: its operations by path and by name, its schemas, and itself as a document."""

from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

from emulator.core.errors import Json
from emulator.server.contract.files import ContractFile, cache_folder, openapi_folder
from emulator.server.contract.operation import Operation
from emulator.server.contract.problems import describe
from emulator.server.contract.references import Document, Place, find, place_of, reference_to
from emulator.server.contract.routes import Routes
from emulator.server.contract.validators import Validator, Validators


class Contract:
    """The OpenAPI document of one API. It is read in steps: at first only what routing needs."""

    def __init__(self, name: str, file: ContractFile) -> None:
        self.name = name
        self.title = file.index.title
        self._file = file
        self._validators: Validators | None = None
        self._compiled: dict[Place, Validator] = {}
        operations = [Operation(entry, self) for entry in file.index.entries]
        self._operations = {operation.id: operation for operation in operations}
        # The method of the routes itself: no call in between.
        self.match = Routes(operations).match

    def __repr__(self) -> str:
        return f"<Contract {self.name}: {len(self._operations)} operations>"

    @property
    def document(self) -> Document:
        """The whole document, decoded when it is first needed. Do not change it."""
        return self._file.document

    @property
    def validators(self) -> Validators:
        """The compiler of the document's schemas."""
        if self._validators is None:
            self._validators = Validators(self.document)
        return self._validators

    @property
    def operation_ids(self) -> tuple[str, ...]:
        """All operations, in contract order."""
        return tuple(self._operations)

    @property
    def webhook_names(self) -> tuple[str, ...]:
        """All that is posted to others: the contract's webhooks, and the callbacks of its operations."""
        paths: Mapping[str, Mapping[str, Any]] = self.document["paths"]
        operations = [find(self.document, ("paths", path, method))[1] for path in paths for method in paths[path]]
        callbacks = [name for each in operations if "callbacks" in each for name in each["callbacks"]]
        return tuple(dict.fromkeys([*self.document.get("webhooks", {}), *callbacks]))

    def operation(self, id: str) -> Operation:
        """Find an operation by its name. Raises `KeyError`."""
        return self._operations[id]

    def as_json(self) -> bytes:
        """The document as JSON."""
        return self._file.json

    def as_yaml(self) -> bytes:
        """The document as it was written."""
        return self._file.yaml

    def schema_problems(self, pointer: str, value: Json) -> list[str]:
        """Hold a value against a schema of the document, such as `#/components/schemas/Message`; nothing if it fits.

        Raises `LookupError` if there is no such schema.
        """
        place = place_of(pointer)
        find(self.document, place)
        return self._schema_problems(place, value)

    def reply_problems(
        self, operation_id: str, status: int, body: Json = None, content_type: str = "application/json"
    ) -> list[str]:
        """Hold one of our own replies against the contract, for tests; nothing if it fits.

        `body` is the decoded JSON, or `None` if there is none; of other content types only the declaration is checked.
        A type that is not declared falls under a range (`image/*`, `*/*`), the narrowest first.
        """
        operation = self._operations[operation_id]
        place, responses = find(self.document, ("paths", operation.path, operation.method.lower(), "responses"))
        declared = next((key for key in (str(status), f"{status // 100}XX", "default") if key in responses), None)
        if declared is None:
            return [f"{operation_id} does not declare status {status}"]
        place, response = find(self.document, (*place, declared))
        content: dict[str, Any] = response.get("content", {})
        if not content:
            return [] if body is None else [f"{operation_id} declares no body for status {status}"]
        ranges = (content_type, f"{content_type.partition('/')[0]}/*", "*/*")
        media_range = next((each for each in ranges if each in content), None)
        if media_range is None:
            return [f"{operation_id} does not declare {content_type} for status {status}"]
        if "schema" not in content[media_range] or "json" not in content_type:
            return []
        return self._schema_problems((*place, "content", media_range, "schema"), body)

    def _schema_problems(self, place: Place, value: Json) -> list[str]:
        if place not in self._compiled:
            self._compiled[place] = self.validators.compile({"$ref": reference_to(place)})
        validator = self._compiled[place]
        return [] if validator.is_valid(value) else [describe(problem) for problem in validator.problems(value)]


def contract_names() -> tuple[str, ...]:
    """Name the contracts that there are, in alphabetical order."""
    return tuple(sorted(path.stem for path in openapi_folder().glob("*.yaml")))


def load_contract(name: str, *, folder: Path | None = None, cache: Path | None = None) -> Contract:
    """Load a contract, fast: its document is decoded and its schemas are compiled when they are first used.

    `folder` and `cache` are for tests, and otherwise those of the installation and the user; of these a process has one
    contract each, whatever number of servers it has. Raises `FileNotFoundError`, `DocumentError`.
    """
    if folder is None and cache is None:
        return _installed(name)
    return Contract(name, ContractFile((folder or openapi_folder()) / f"{name}.yaml", cache or cache_folder()))


@lru_cache
def _installed(name: str) -> Contract:
    return Contract(name, ContractFile(openapi_folder() / f"{name}.yaml", cache_folder()))
