"""What happened when a story was played at one target: each call with its answer, each webhook, each step's verdict."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from emulator.core.moments import read_moment
from emulator.stories.api import surface
from emulator.stories.client import DEFAULT_TIMEOUT, Answer, Asked, Broken, Client
from emulator.stories.play import Failed, Play, Scope
from emulator.stories.receiver import Received
from emulator.stories.runner import Stopped, begin, kind_of, label_of, play_step
from emulator.stories.signatures import Signed, judge
from emulator.stories.steps.webhooks import webhook_secrets
from emulator.stories.story import Story

PASSED, FAILED, SKIPPED = "passed", "failed", "skipped"

_COMPARED_OTHERWISE = frozenset({"call", "request", "webhook"})


@dataclass(frozen=True)
class Call:
    """A call of a story and its answer; `broken` says how the connection ended where there is none."""

    method: str
    url: str
    body: bytes | None
    answer: Answer | None
    broken: str | None = None


@dataclass(frozen=True)
class Event:
    """A webhook. `signature` is `valid`, `invalid`, `absent` or `unknown`; `name` the contract's, or its path."""

    name: str
    received: Received
    signature: str
    step: int


@dataclass
class Step:
    """One step of the story's own list. `verdict` is None where calls and webhooks say it all."""

    number: int
    line: int
    kind: str
    label: str
    operation: str | None
    status: str = PASSED
    why: str | None = None
    calls: list[Call] = field(default_factory=list[Call])

    @property
    def verdict(self) -> str | None:
        """Whether the step held, of those that ask something that only the control API knows."""
        return None if self.kind in _COMPARED_OTHERWISE or self.status == SKIPPED else self.status


@dataclass
class Trace:
    """One story at one target. `stopped` says why the rest could not be played; `left_out` what was skipped."""

    steps: list[Step] = field(default_factory=list[Step])
    events: list[Event] = field(default_factory=list[Event])
    addresses: dict[str, str] = field(default_factory=dict[str, str])
    begun_at: datetime | None = None
    account: Mapping[str, Any] = field(default_factory=dict[str, Any])
    stopped: str | None = None
    left_out: list[str] = field(default_factory=list[str])

    @property
    def calls(self) -> int:
        """How many calls were made."""
        return sum(len(step.calls) for step in self.steps)


class Listening(Client):
    """A client that keeps what stories ask and are told; `patience` is the longest that it waits for an answer."""

    def __init__(self, patience: timedelta = DEFAULT_TIMEOUT) -> None:
        super().__init__(patience)
        self.calls: list[Call] = []

    def hear(self, asked: Asked, came: Answer | Broken) -> None:
        """Keep a call with its end."""
        answer, how = (None, came.how) if isinstance(came, Broken) else (came, None)
        self.calls.append(Call(asked.method, asked.url, asked.body, answer, how))


async def trace(play: Play, client: Listening, variables: Mapping[str, str], into: Trace) -> None:
    """Play a story to its end, or to where a variable is missing that an answer should have brought.

    What was seen until then stands in `into` even if the target goes away. Raises `Unreachable`, `Stopped` for what is
    given and cannot be.
    """
    scope = await begin(play, variables)
    into.addresses = _addresses(play, scope)
    into.account = scope["account"] if isinstance(scope["account"], dict) else {}
    if play.world.has_control:
        into.begun_at = read_moment(str(scope["now"]))
    seen = 0
    for place, written in enumerate(play.story.steps):
        step = _step(play.story, written, place)
        into.steps.append(step)
        client.calls = step.calls
        try:
            await play_step(play, written, ("steps", place), scope)
        except Stopped as stopped:
            step.status = FAILED if isinstance(stopped.cause, Failed) else SKIPPED
            step.why = str(stopped)
            if step.status == SKIPPED:
                into.left_out.append(f"line {step.line}, {step.label}: {step.why}")
        finally:
            fresh = play.mailbox.received[seen:]
            seen += len(fresh)
            into.events += [await _event(play, received, step.number) for received in fresh]
        play.notes.clear()
        if step.status != PASSED and not _is_known(written, scope):
            into.stopped = f"line {step.line}, {step.label}: {step.why}"
            return


def _step(story: Story, written: Mapping[str, Any], place: int) -> Step:
    kind = kind_of(written)
    value: Any = written[kind]
    operation = _members(value).get("operation")
    line = story.line(("steps", place))
    return Step(place + 1, line, kind, label_of(written, place), operation)


def _is_known(written: Mapping[str, Any], scope: Scope) -> bool:
    """Whether all that a step was to capture is there."""
    captures: Mapping[str, str] = _members(written[kind_of(written)]).get("capture", {})
    return all(name in scope for name in captures)


def _members(value: Any) -> Mapping[str, Any]:  # noqa: ANN401 - as the schema has it
    return value if isinstance(value, Mapping) else {}  # pyright: ignore[reportUnknownVariableType] - JSON


def _addresses(play: Play, scope: Scope) -> dict[str, str]:
    """The side's own addresses, with words for them. The host alone stands in texts, too."""
    found = {str(scope["base_url"]): "<base>", play.world.url: "<target>", play.mailbox.url: "<receiver>"}
    host = play.world.url.partition("://")[2].partition("/")[0]
    if host:
        found[host] = "<host>"
    return {address: word for address, word in found.items() if address}


async def _event(play: Play, received: Received, step: int) -> Event:
    api = surface(play.story.api)
    known = api.recognise(received.headers, received.body)
    secrets: Sequence[str | None] = await webhook_secrets(play, api.name, received) or (None,)
    signed = Signed(received.headers, received.raw_body, received.url)
    judged = {judge(api.signature, signed, secret) for secret in secrets}
    best = next(word for word in ("valid", "unknown", "absent", "invalid") if word in judged)
    return Event(known.name if known is not None else received.path or "unknown", received, best, step)
