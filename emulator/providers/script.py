"""What a provider will do with a message, and after how long.

A script is a list of steps. Each step's `after` is counted from the step before it, the first one's from the moment
the message was accepted. Steps that fail the send call (`ServerError`, `NoAnswer`) stand first and use up one call
each; if nothing follows them the last one is repeated for every further call. `Accept` answers the call; a script
that reports without having accepted is given an `Accept` in front. `Refuse` answers the call with a refusal. Where the
platform calls again after a temporary bounce, that ends the call, and what follows is the next one's. Last may stand a
choice (`Either`), which `settled` makes for one recipient.
"""

from bisect import bisect_right
from datetime import timedelta
from enum import StrEnum
from itertools import accumulate
from typing import NamedTuple, TypeAlias

from msgspec.structs import replace

from emulator.core.ids import derived_uuid
from emulator.core.records import EventType, Record
from emulator.providers.reasons import Reason

ACCEPT_AFTER = timedelta(milliseconds=100)
_HTTP_TOO_MANY_REQUESTS = 429


class ServerError(Record, frozen=True, kw_only=True):
    """The send call is answered with an error that says nothing about the recipient: a 5xx, or 429.

    With `retry_after` the provider asks not to be called again any sooner.
    """

    after: timedelta = ACCEPT_AFTER
    status: int = 503
    retry_after: timedelta | None = None


class Ending(StrEnum):
    """How a send call ends that gets no usable answer."""

    HELD = "held"  # the provider holds the connection, then closes it
    RESET = "reset"  # the connection breaks
    GARBLED = "garbled"  # 200, with a body that nobody can read


class NoAnswer(Record, frozen=True, kw_only=True):
    """The send call gets no usable answer.

    A `HELD` call ends after `hold`, if we wait that long; any other one ends after `after`. With `taken` the provider
    took the message all the same, under an id that we never learn: it reports about that one too, as the script goes
    on after the answer, and we call again.
    """

    after: timedelta = timedelta()
    hold: timedelta = timedelta(seconds=30)
    ending: Ending = Ending.HELD
    taken: bool = False


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
    """A report comes. `repeats` marks the same report again, under the same id.

    `at_validity` marks a report that comes when the message's own validity ends; after `after` if it has none.
    `unknown_id` marks one that names a provider message id which nobody was given: it is about no message of ours.
    """

    type: EventType
    after: timedelta = timedelta()
    hard: bool = True
    reason: str | None = None
    code: str | None = None
    diagnostic: str | None = None
    repeats: bool = False
    at_validity: bool = False
    unknown_id: bool = False


class Reply(Record, frozen=True, kw_only=True):
    """The person writes back.

    With `taps_first` the person taps the first suggestion (a button, a chip) that the message offers. If it offers
    none the person writes `text`, or nothing at all if that is empty.
    """

    text: str = ""
    after: timedelta = timedelta()
    taps_first: bool = False


class Failure(NamedTuple):
    """Why a send call failed: our word, the provider's code if it has one, and whether the provider said anything."""

    reason: Reason
    answered: bool
    code: str | None = None


CallStep: TypeAlias = ServerError | NoAnswer
Step: TypeAlias = ServerError | NoAnswer | Accept | Refuse | Report | Reply


class Choice(Record, frozen=True, kw_only=True):
    """One way in which a script may go on, and how often it is chosen, compared with the others."""

    steps: tuple["Step | Either", ...]
    weight: int = 1


class Either(Record, frozen=True, kw_only=True):
    """One of several ways, by chance. `after` is added to the first step of the way that is chosen."""

    choices: tuple[Choice, ...]
    after: timedelta = timedelta()


class Script(Record, frozen=True, kw_only=True):
    """A named list of steps. `blocks` marks the recipient as one that must not be written to.

    A script with a choice still to make (`either`) cannot be run: see `settled`.
    """

    name: str
    steps: tuple[Step, ...]
    blocks: bool = False
    either: Either | None = None


def make_script(name: str, *steps: Step | Either, blocks: bool = False) -> Script:
    """Put a script in order: failing calls first, then exactly one answer, unless every call fails.

    With a choice at the end each way is tried, and the order is left to `settled`. Raises `ValueError` with a sentence
    for people when the steps contradict one another.
    """
    if not steps:
        raise ValueError("a script has at least one step")
    plain = tuple(step for step in steps if not isinstance(step, Either))
    last = steps[-1]
    if isinstance(last, Either):
        if len(plain) + 1 < len(steps):
            raise ValueError("nothing follows a choice")
        _check_choice(name, plain, last)
        return Script(name=name, steps=plain, blocks=blocks, either=last)
    if len(plain) < len(steps):
        raise ValueError("nothing follows a choice")
    return Script(name=name, steps=_in_order(plain), blocks=blocks)


def settled(script: Script, key: str) -> Script:
    """The script with its choices made. The same key, a recipient's id for one, always makes the same ones."""
    if script.either is None:
        return script
    drawn = _draw(script.either, key)
    return settled(make_script(script.name, *script.steps, *drawn, blocks=script.blocks), f"{key}/")


def place_of_call(script: Script, attempt: int) -> int:
    """Where in `steps` the answer to a call (1, 2, …) begins."""
    failing = len(_leading_failures(script.steps))
    if attempt <= failing or failing == len(script.steps):
        return min(attempt, failing) - 1
    return failing


def place_after(script: Script, place: int, attempt: int) -> int:
    """Where in `steps` a call (1, 2, …) goes on after a step, if a temporary bounce ends a call as a failed one does.

    After its answer it goes on where the call before ended; if nothing follows there, the last bounce is repeated.
    """
    spent = attempt - 1 - len(_leading_failures(script.steps))
    if spent <= 0 or not isinstance(script.steps[place], Accept):
        return place + 1
    bounces = (at for at, step in enumerate(script.steps) if bounces_softly(step) and at + 1 < len(script.steps))
    begins = [place + 1, *(at + 1 for at in bounces)]
    return begins[min(spent, len(begins) - 1)]


def bounces_softly(step: Step) -> bool:
    """Whether a step is a report of a temporary bounce."""
    return isinstance(step, Report) and step.type is EventType.BOUNCED and not step.hard


def place_after_answer(script: Script) -> int:
    """Where in `steps` begins what follows the answer; the number of steps if nothing does."""
    answers = (place for place, step in enumerate(script.steps) if isinstance(step, Accept | Refuse))
    return next(answers, len(script.steps) - 1) + 1


def failure_of(step: CallStep) -> Failure:
    """What is known of a failed call. A 429 has no code of its own: each provider says it in its own words."""
    if isinstance(step, NoAnswer):
        return _FAILURES[step.ending]
    if step.status == _HTTP_TOO_MANY_REQUESTS:
        return Failure(Reason.THROTTLED, answered=True)
    return Failure(Reason.SERVER_ERROR, answered=True, code=str(step.status))


_FAILURES = {
    Ending.HELD: Failure(Reason.NO_ANSWER, answered=False),
    Ending.RESET: Failure(Reason.CONNECTION_RESET, answered=False),
    Ending.GARBLED: Failure(Reason.GARBLED_ANSWER, answered=True),
}


def _in_order(steps: tuple[Step, ...]) -> tuple[Step, ...]:
    failing = _leading_failures(steps)
    rest = steps[len(failing) :]
    if any(isinstance(step, ServerError | NoAnswer) for step in rest):
        raise ValueError("a call can only fail before the provider has answered one")
    answers = sum(isinstance(step, Accept | Refuse) for step in rest)
    if answers > 1:
        raise ValueError("a provider answers a message once")
    if rest and not answers:
        rest = _accepted_first(rest)
    return failing + rest


def _leading_failures(steps: tuple[Step, ...]) -> tuple[Step, ...]:
    for place, step in enumerate(steps):
        if not isinstance(step, ServerError | NoAnswer):
            return steps[:place]
    return steps


def _accepted_first(steps: tuple[Step, ...]) -> tuple[Step, ...]:
    first = steps[0]
    accept = Accept(after=min(ACCEPT_AFTER, first.after))
    return (accept, replace(first, after=first.after - accept.after), *steps[1:])


def _check_choice(name: str, before: tuple[Step, ...], either: Either) -> None:
    if not either.choices:
        raise ValueError("a choice has at least one way")
    if any(choice.weight < 1 for choice in either.choices):
        raise ValueError("a weight is at least 1")
    for choice in either.choices:
        make_script(name, *before, *_later(choice.steps, either.after))


def _draw(either: Either, key: str) -> tuple[Step | Either, ...]:
    bounds = list(accumulate(choice.weight for choice in either.choices))
    # Eight hexadecimal digits are a number below 2^32.
    drawn = int(derived_uuid("either", key)[:8], 16) * bounds[-1] >> 32
    return _later(either.choices[bisect_right(bounds, drawn)].steps, either.after)


def _later(steps: tuple[Step | Either, ...], span: timedelta) -> tuple[Step | Either, ...]:
    if not steps or not span:
        return steps
    return (replace(steps[0], after=steps[0].after + span), *steps[1:])
