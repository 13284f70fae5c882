"""Gathers what was heard of each contract, and writes the report anew whenever there is more."""

from collections.abc import Sequence
from pathlib import Path

from emulator.harness.contracts.documents import Document
from emulator.harness.coverage.assess import Coverage, assess
from emulator.harness.coverage.heard import Heard
from emulator.harness.coverage.reports.as_json import write_json
from emulator.harness.coverage.reports.page import write_page

ENDINGS = {".json": write_json, ".html": write_page, ".htm": write_page}


class Gathered:
    """What is known so far. `documents` are the contracts by API, in the order of the report."""

    def __init__(self, documents: dict[str, Document], path: Path | None = None) -> None:
        self.documents = documents
        self._path = path
        self._heard = {name: Heard() for name in documents}
        self._troubles: dict[str, list[str]] = {name: [] for name in documents}

    def take(self, api: str, heard: Heard | None, troubles: Sequence[str] = ()) -> None:
        """Add to it, and write the file: whatever happens next, it is kept. Raises `OSError`."""
        self._heard[api].join(heard)
        self._troubles[api] += [each for each in troubles if each not in self._troubles[api]]
        self.write()

    def coverage(self, api: str) -> Coverage:
        """What is covered of one API so far."""
        return assess(api, self.documents[api], self._heard[api], self._troubles[api])

    def all(self) -> list[Coverage]:
        """What is covered of all of them so far."""
        return [self.coverage(name) for name in self.documents]

    def write(self) -> None:
        """Write the file, if there is to be one. Raises `OSError`."""
        if self._path is not None:
            ENDINGS[self._path.suffix.lower()](self._path, self.all())
