"""TARGET -> one side of a comparison: an environment of a fresh emulator, a URL, or a recording."""

from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from emulator.harness.har_file import Recording, read_recording
from emulator.harness.har_replay import Replay, recorded_card
from emulator.harness.parity_trace import Listening, Trace, trace
from emulator.stories.play import Failed, Play
from emulator.stories.receiver import Receiver, receiving
from emulator.stories.remote import Target
from emulator.stories.results import Take
from emulator.stories.runner import DEFAULT_SEED, Stopped, world_names
from emulator.stories.story import Story

ENVIRONMENTS = ("live", "test")
PROBE = timedelta(seconds=10)

NewEmulator = Callable[[], AbstractAsyncContextManager[str]]
"""Serves a fresh emulator while the block runs; its value is the URL."""


class BadTarget(Exception):
    """A text that is no TARGET. The exception's text is a sentence for people."""


class NotPlayable(Exception):
    """A story that this side cannot play. The text says why."""


@dataclass(frozen=True)
class TargetSpec:
    """What is compared. Exactly one of `url` and `recording` is there, or none for a fresh emulator.

    `environment` is chosen by the target: `live`, `test`, or after `#` in a URL.
    """

    text: str
    environment: str | None = None
    url: str | None = None
    recording: Recording | None = None
    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    token: str | None = None


def read_target(text: str, headers: Mapping[str, str] | None = None, token: str | None = None) -> TargetSpec:
    """Read a TARGET. Raises `BadTarget`, and `BadHar` for a recording that is none."""
    headers = headers or {}
    if text in ENVIRONMENTS:
        if headers:
            raise BadTarget(f"{text} is a fresh emulator, which knows its credentials; headers are for a URL")
        return TargetSpec(text, environment=text)
    if text.startswith(("http://", "https://")):
        url, _, environment = text.partition("#")
        if not urlsplit(url).hostname:
            raise BadTarget(f"{text}: there is no host in this address")
        return TargetSpec(text, environment or None, url=url, headers=headers, token=token)
    if text.lower().endswith(".har"):
        return TargetSpec(text, recording=read_recording(Path(text)))
    raise BadTarget(f"{text}: expected live, test, a URL (http://…) or a recording (….har)")


class Side:
    """One target, ready to play stories."""

    def __init__(self, spec: TargetSpec, url: str, receiver: Receiver, client: Listening) -> None:
        self.spec = spec
        self._client = client
        self._receiver = receiver
        self._target = Target(client, url, token=spec.token, headers=spec.headers)

    async def probe(self) -> None:
        """Find out whether it is there. Raises `Unreachable`, `Refused`."""
        if self.spec.recording is None:
            await self._target.probe()

    def environment(self, story: Story) -> str | None:
        """In which environment a story is played here."""
        return self.spec.environment or story.environments[0]

    async def play(self, story: Story, variables: Mapping[str, str], into: Trace, other: Mapping[str, Any]) -> None:
        """Play a story. `other` is the account of the other side, from which a recording knows what it is called.

        Raises `NotPlayable`, `Unreachable`, `Refused`.
        """
        recording = self.spec.recording
        if recording is None and story.needs_control and not self._target.has_control:
            raise NotPlayable(f"{story.needs_control} needs a control API, and {self.spec.text} has none")
        name = world_names([Take(story)])[0]
        answers = story.given.get("receiver", {}).get("answers", ())
        async with (
            self._target.world(name, story.given.get("seed", DEFAULT_SEED)) as world,
            self._receiver.mailbox(name, answers) as mailbox,
        ):
            play = Play(story, self.environment(story), world, self._client, mailbox, judges=False)
            if recording is not None:
                base, card = recorded_card(recording, story, other)
                play.waits = False
                play.base_urls[story.api], play.cards[story.api] = base, [card]
                play.environment = None
            try:
                await trace(play, self._client, variables, into)
            except Stopped as stopped:
                if not isinstance(stopped.cause, Failed):
                    raise
                raise NotPlayable(f"{self.spec.text}: {stopped}") from None


@asynccontextmanager
async def opened(spec: TargetSpec, emulator: NewEmulator, patience: timedelta) -> AsyncGenerator[Side]:
    """A side while the block runs. Raises `Unreachable`, `Refused`."""
    async with AsyncExitStack() as stack:
        client = Replay(spec.recording) if spec.recording is not None else Listening(patience)
        await stack.enter_async_context(client)
        receiver = await stack.enter_async_context(receiving())
        url = spec.url or ("" if spec.recording is not None else await stack.enter_async_context(emulator()))
        side = Side(spec, url, receiver, client)
        await side.probe()
        yield side
