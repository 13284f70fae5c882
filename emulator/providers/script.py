"""What a provider will do with a message, and after how long.

A script is a list of steps. Each step's `after` is counted from the step before it, the first one's from the moment
the message was accepted. Steps that fail the send call (`ServerError`, `NoAnswer`) stand first and use up one call
each; if nothing follows them the last one is repeated for every further call. `Accept` answers the call; a script
that reports without having accepted is given an `Accept` in front. `Refuse` answers the call with a refusal.
"""

from datetime import timedelta
from typing import TypeAlias

from msgspec.structs import replace

from emulator.core.records import EventType, Record

ACCEPT_AFTER = timedelta(milliseconds=100)


class ServerError(Record, frozen=True, kw_only=True):
    """The send call is answered with a 5xx."""

    after: timedelta = ACCEPT_AFTER
    status: int = 503


class NoAnswer(Record, frozen=True, kw_only=True):
    """The send call is never answered; the provider holds the connection for `hold`, if we wait that long."""

    after: timedelta = timedelta()
    hold: timedelta = timedelta(seconds=30)


class Accept(Record, frozen=True, kw_only=True):
    """The send call is answered: taken."""

    after: timedelta = ACCEPT_AFTER


class Refuse(Record, frozen=True, kw_only=True):
    """The send call is answered with a refusal of this recipient."""

    after: timedelta = ACCEPT_AFTER
    status: int = 400
    reason: str = "invalid-address"
    code: str | None = None
    diagnostic: str | None = None


class Report(Record, frozen=True, kw_only=True):
    """A report comes. `repeats` marks the same report again, under the same id."""

    type: EventType
    after: timedelta = timedelta()
    hard: bool = True
    reason: str | None = None
    code: str | None = None
    diagnostic: str | None = None
    repeats: bool = False


class Reply(Record, frozen=True, kw_only=True):
    """The person writes back."""

    text: str
    after: timedelta = timedelta()


CallStep: TypeAlias = ServerError | NoAnswer
Step: TypeAlias = ServerError | NoAnswer | Accept | Refuse | Report | Reply


class Script(Record, frozen=True, kw_only=True):
    """A named list of steps. `blocks` marks the recipient as one that must not be written to."""

    name: str
    steps: tuple[Step, ...]
    blocks: bool = False


def make_script(name: str, *steps: Step, blocks: bool = False) -> Script:
    """Put a script in order: failing calls first, then exactly one answer, unless every call fails.

    Raises `ValueError` with a sentence for people when the steps contradict one another.
    """
    if not steps:
        raise ValueError("a script has at least one step")
    failing = _leading_failures(steps)
    rest = steps[len(failing) :]
    if any(isinstance(step, ServerError | NoAnswer) for step in rest):
        raise ValueError("a call can only fail before the provider has answered one")
    answers = sum(isinstance(step, Accept | Refuse) for step in rest)
    if answers > 1:
        raise ValueError("a provider answers a message once")
    if rest and not answers:
        rest = _accepted_first(rest)
    return Script(name=name, steps=failing + rest, blocks=blocks)


def place_of_call(script: Script, attempt: int) -> int:
    """Where in `steps` the answer to a call (1, 2, …) begins."""
    failing = len(_leading_failures(script.steps))
    if attempt <= failing or failing == len(script.steps):
        return min(attempt, failing) - 1
    return failing


def _leading_failures(steps: tuple[Step, ...]) -> tuple[Step, ...]:
    for place, step in enumerate(steps):
        if not isinstance(step, ServerError | NoAnswer):
            return steps[:place]
    return steps


def _accepted_first(steps: tuple[Step, ...]) -> tuple[Step, ...]:

    first = steps[0]
    accept = Accept(after=min(ACCEPT_AFTER, first.after))
    return (accept, replace(first, after=first.after - accept.after), *steps[1:])
