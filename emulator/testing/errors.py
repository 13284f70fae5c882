"""What can go wrong between a test and an emulator.

Trouble                  the harness or the set-up is at fault, not the application under test
 +- CannotStart          a server cannot be started here
 +- Unreachable          nobody, or something else, answers at an address
 +- Refused              the control API said no
AssertionError           the application under test did not do what was expected
 +- NotSeen              nothing came in time
 +- NotVerified          not so many messages came
LookupError
 +- NothingFound         a message has no one-time code, or no such link
"""

from collections.abc import Sequence
from typing import Any


class Trouble(Exception):
    """The harness, or how it is set up, is at fault. The text is a sentence for people."""


class CannotStart(Trouble):
    """No server can be started here; the text says what to do about it."""


class Unreachable(Trouble):
    """Nobody answers at an address, or something that is no emulator does."""


class Refused(Trouble):
    """The control API said no.

    `status` is the HTTP status, `word` the kind of problem (`invalid-fields`, `not-found` …), `problem` the whole
    document.
    """

    def __init__(self, status: int, word: str, detail: str, problem: dict[str, Any]) -> None:
        super().__init__(detail)
        self.status = status
        self.word = word
        self.problem = problem


class NotSeen(AssertionError):
    """Nothing came in time. The text says what came instead."""


class NotVerified(AssertionError):
    """The number of messages is not the expected one. The text says what came."""


class NothingFound(LookupError):
    """A message does not have what is looked for in it. `found` is what was there."""

    def __init__(self, sentence: str, found: Sequence[str] = ()) -> None:
        super().__init__(sentence)
        self.found = tuple(found)

    def __str__(self) -> str:
        return str(self.args[0])
