"""One story being played: what its steps share, and the order of things around them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from emulator.core.errors import Json
from emulator.core.moments import read_moment
from emulator.core.spans import parse_span
from emulator.stories.api import Surface, surface
from emulator.stories.client import Answer, Client
from emulator.stories.matching import Difference
from emulator.stories.receiver import Mailbox
from emulator.stories.remote import Refused, World, account_cards
from emulator.stories.story import Story
from emulator.stories.variables import NoSuchPlace, UnknownVariable, pick
from emulator.stories.words import nearest

Scope = dict[str, Any]
"""The variables that a step sees, by name."""


class Failed(Exception):
    """An expectation that does not hold. The text says which; `differences` how; `came` what came instead.

    `message` is the id of the message that it is about, if that is known.
    """

    def __init__(
        self,
        sentence: str,
        differences: Sequence[Difference] = (),
        *,
        came: str | None = None,
        message: str | None = None,
    ) -> None:
        super().__init__(sentence)
        self.differences = tuple(differences)
        self.came = came
        self.message = message


class Skipped(Exception):
    """A step, or a story, that cannot be played against this target. The text says why."""


@dataclass
class Play:
    """What the steps of one story share.

    `cards` are the accounts of each API that was asked for, `base_urls` its URL, `snapshots` ids by name. `notes` say
    what was left out. With `judges` off, what a story expects of answers is not looked at: who compares targets judges.
    With `waits` off nothing is waited for, because the target is a recording.
    """

    story: Story
    environment: str | None
    world: World
    client: Client
    mailbox: Mailbox
    cards: dict[str, Sequence[Mapping[str, Any]]] = field(default_factory=dict[str, Sequence[Mapping[str, Any]]])
    base_urls: dict[str, str] = field(default_factory=dict[str, str])
    snapshots: dict[str, str] = field(default_factory=dict[str, str])
    notes: list[str] = field(default_factory=list[str])
    judges: bool = True
    waits: bool = True

    def api(self, step: Mapping[str, Any]) -> Surface:
        """The API that a step is about."""
        return surface(step.get("api", self.story.api))

    def needs_control(self, kind: str) -> None:
        """Skip a step that nobody else can do. Raises `Skipped`."""
        if not self.world.has_control:
            raise Skipped(f"{kind} needs a control API, and the target has none")

    async def learn(self, api: str) -> None:
        """Find out where an API is, and which accounts it has."""
        if not self.world.has_control:
            self.base_urls[api], self.cards[api] = self.world.url, ()
            return
        self.base_urls[api], self.cards[api] = account_cards(await self.world.get("apis"), api)

    async def base_url(self, api: str) -> str:
        """What paths of an API stand below."""
        if api not in self.base_urls:
            await self.learn(api)
        return self.base_urls[api]

    async def card(self, api: str, word: str | None = None, environment: str | None = None) -> Mapping[str, Any]:
        """An account, by name or id; the first one without a word. Empty where nobody lists accounts.

        Raises `Failed` if there is none.
        """
        if api not in self.cards:
            await self.learn(api)
        cards = self.cards[api]
        if not cards:
            return {}
        environment = environment or (self.environment if api == self.story.api else None)
        named = [card for card in cards if word in (None, card["name"], card["id"])]
        found = [card for card in named if environment in (None, card["environment"])]
        if not found:
            known = [f"{card['name']}/{card['environment']}" for card in cards]
            wanted = f"{word or 'the account'}{f'/{environment}' if environment else ''}"
            raise Failed(f"{api} has no account {wanted}{nearest(wanted, known)}")
        return found[0]

    async def account_id(self, step: Mapping[str, Any]) -> str:
        """The id of the account that a step is about."""
        return str((await self.card(step.get("api", self.story.api), step.get("account")))["id"])

    async def message_id(self, chosen: str | Mapping[str, Any] | None) -> str:
        """The id of the message that is meant; of the newest one without a choice. Raises `Failed`."""
        if isinstance(chosen, str):
            return chosen
        found = (await self.world.get("messages", limit=1, **(chosen or {})))["messages"]
        if not found:
            raise Failed("there is no such message" if chosen else "no message was accepted yet")
        return found[0]["id"]

    async def message(self, chosen: str | Mapping[str, Any] | None) -> Mapping[str, Any]:
        """The message that is meant, in full. Raises `Failed`."""
        id = await self.message_id(chosen)
        try:
            return await self.world.get(f"messages/{id}")
        except Refused as error:
            raise Failed(str(error)) from None


def capture(scope: Scope, wanted: Mapping[str, str], came: Answer | Mapping[str, Json]) -> None:
    """Keep parts of what came as variables. Raises `Failed`."""
    value = came.as_value() if isinstance(came, Answer) else dict(came)
    for name, path in wanted.items():
        try:
            scope[name] = pick(value, path)
        except NoSuchPlace as error:
            raise Failed(f"nothing to capture as {name}: {error}") from None


def span_of(text: Any) -> timedelta:  # noqa: ANN401 - after a variable was filled in, it can be anything
    """A span from a step. Raises `Failed`."""
    try:
        return parse_span(str(text))
    except ValueError as error:
        raise Failed(f"{text!r}: {error}") from None


def seconds_between(earlier: str, later: str) -> timedelta:
    """The span between two moments of the control API."""
    begin, end = read_moment(earlier), read_moment(later)
    assert begin is not None
    assert end is not None
    return end - begin


__all__ = ["Failed", "Play", "Scope", "Skipped", "UnknownVariable", "capture", "seconds_between", "span_of"]
