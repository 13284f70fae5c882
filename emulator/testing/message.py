"""Messages as Python values, and what can be found in them."""

import re
from collections.abc import Iterable, Iterator
from datetime import datetime
from decimal import Decimal
from functools import cached_property
from typing import Any, cast

from emulator.testing.errors import NothingFound
from emulator.testing.records import Told
from emulator.testing.texts import Link, find_codes, find_links, visible_text


class Addressee(Told, frozen=True, kw_only=True):
    """A recipient in an overview."""

    address: str
    status: str


class MessageSummary(Told, frozen=True, kw_only=True):
    """A message as the inbox lists it."""

    id: str
    api: str
    account: str
    environment: str
    channel: str
    recipients: list[Addressee]
    text: str | None
    created_at: datetime

    @property
    def recipient(self) -> str:
        """The address of the first recipient."""
        return self.recipients[0].address

    @property
    def status(self) -> str:
        """What became of it for the first recipient, so far."""
        return self.recipients[0].status


class Money(Told, frozen=True, kw_only=True):
    """What a recipient costs the account, and what the provider asks."""

    currency: str
    price: Decimal
    held: Decimal
    charged: Decimal
    cost: Decimal | None


class Recipient(Told, frozen=True, kw_only=True):
    """One recipient of a message, and what became of it there."""

    address: str
    status: str
    updated_at: datetime
    reason: str | None
    suppression_reason: str | None
    provider: str | None
    provider_message_id: str | None
    script: str | None
    provider_calls: int
    segments: dict[str, Any] | None
    money: Money


class TimelineEntry(Told, frozen=True, kw_only=True):
    """One event of a recipient. `raw` is what the provider said, in its own words."""

    at: datetime
    recipient: str
    type: str
    origin: str
    kind: str | None
    reason: str | None
    code: str | None
    diagnostic: str | None
    url: str | None
    attempt: int
    raw: dict[str, Any] | None


class Content(Told, frozen=True, kw_only=True):
    """What a message says. `rich` is in the API's own words."""

    text: str | None
    subject: str | None
    html: str | None
    rich: Any


class Attempt(Told, frozen=True, kw_only=True):
    """One attempt to tell somebody by webhook. `state` is `pending`, `delivered` or `failed`."""

    id: str
    event_id: str
    wire_id: str
    api: str
    account: str
    message: str | None
    recipient: str | None
    type: str
    number: int
    trigger: str
    state: str
    due_at: datetime
    started_at: datetime | None
    request: dict[str, Any]
    response: dict[str, Any] | None
    error: str | None
    next_attempt_at: datetime | None


class WebhookEvent(Told, frozen=True, kw_only=True):
    """Something that an account is told by webhook, with all attempts."""

    id: str
    wire_id: str
    type: str
    url: str
    state: str
    created_at: datetime
    recipient: str | None
    body: str
    attempts: list[Attempt]


class Message(Told, frozen=True, kw_only=True):
    """A message with all that is known about it. `handed_to` is the provider, or `sandbox`."""

    id: str
    api: str
    account: str
    account_id: str
    environment: str
    channel: str
    sender: str | None
    external_id: str | None
    created_at: datetime
    starts_at: datetime
    handed_to: str | None
    content: Content
    recipients: list[Recipient]
    timeline: list[TimelineEntry]
    webhooks: list[WebhookEvent]

    @property
    def recipient(self) -> str:
        """The address of the first recipient."""
        return self.recipients[0].address

    @property
    def status(self) -> str:
        """What became of it for the first recipient, so far."""
        return self.recipients[0].status

    @property
    def subject(self) -> str | None:
        """The subject of a mail."""
        return self.content.subject

    @property
    def html(self) -> str | None:
        """The HTML of a mail."""
        return self.content.html

    @property
    def text(self) -> str:
        """What can be read in it: the text, else what the HTML shows, else the strings of the rich content."""
        content = self.content
        return content.text or visible_text(content.html or "") or "\n".join(_strings(content.rich))

    @property
    def events(self) -> list[str]:
        """The types of what happened, in order: `queued`, `sent`, `delivered` and so on."""
        return [entry.type for entry in self.timeline]

    @cached_property
    def codes(self) -> list[str]:
        """All that look like one-time codes, the likeliest first."""
        return find_codes("\n".join(part for part in (self.text, self.content.subject) if part))

    @property
    def code(self) -> str:
        """The one-time code, without spaces and dashes. Raises `NothingFound`."""
        if not self.codes:
            raise NothingFound(f"there is no one-time code in {self.text!r}")
        return self.codes[0]

    @cached_property
    def linked(self) -> list[Link]:
        """All links with what the reader sees."""
        text = "\n".join([self.content.text or "", *_strings(self.content.rich)])
        return find_links(text, self.content.html)

    @property
    def links(self) -> list[str]:
        """The URLs of all links, each once."""
        return [link.url for link in self.linked]

    def link(self, part: str = "") -> str:
        """The URL of the first link with this part, in it or in what the reader sees. Raises `NothingFound`."""
        for link in self.linked:
            if part.lower() in link.url.lower() or part.lower() in link.text.lower():
                return link.url
        wanted = f"no link with {part!r}" if part else "no link"
        there = f"; there are {', '.join(self.links)}" if self.links else f" in {self.text!r}"
        raise NothingFound(f"there is {wanted}{there}", self.links)

    def search(self, pattern: str | re.Pattern[str]) -> str:
        """The first group of a regular expression that is found in the text or the subject, or all that it matches.

        Raises `NothingFound`.
        """
        for part in (self.text, self.content.subject or ""):
            found = re.search(pattern, part)
            if found is not None:
                return found[1] if found.re.groups else found[0]
        raise NothingFound(f"{pattern!r} is not found in {self.text!r}")


def _strings(value: Any) -> Iterator[str]:  # noqa: ANN401 - JSON
    """All strings in a value, as deep as it goes."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        parts = cast("Iterable[Any]", value.values() if isinstance(value, dict) else value)
        for part in parts:
            yield from _strings(part)
