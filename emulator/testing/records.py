"""What the control API tells, as Python values. Moments are aware datetimes on the world's clock, money is Decimal."""

import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from decimal import Decimal
from functools import cached_property
from typing import Any

import msgspec

from emulator.testing.errors import NothingFound
from emulator.testing.texts import Link, find_codes, find_links, visible_text


class _Told(msgspec.Struct, frozen=True, kw_only=True, dict=True):
    """A value that was told; `dict` is for what is computed once."""


class Account(_Told, frozen=True, kw_only=True):
    """An account with all that is needed to call its API.

    `base_url` is what to point an application at, `headers` can be sent as they are, and `parameters` hold the first
    working one of each thing that paths and bodies need. `credentials` has the headers for each security scheme,
    `fixtures` what else the account has.
    """

    api: str
    base_url: str
    name: str
    id: str
    environment: str
    headers: dict[str, str]
    credentials: dict[str, dict[str, Any]]
    parameters: dict[str, Any]
    fixtures: dict[str, Any]
    webhook_secret: str | None


class Api(_Told, frozen=True, kw_only=True):
    """An emulated API. `hosts` are the vendor's real ones."""

    name: str
    title: str
    base_url: str
    openapi_url: str
    hosts: list[str]
    accounts: list[Account]


class Wallet(_Told, frozen=True, kw_only=True):
    """An account's money. `held` belongs to messages that are on their way."""

    currency: str
    balance: Decimal
    held: Decimal


class AccountState(_Told, frozen=True, kw_only=True):
    """An account as only its vendor sees it. `credentials` and `webhooks` show their secrets."""

    id: str
    api: str
    name: str
    status: str
    parent_id: str | None
    created_at: datetime
    rate_limits: bool | None
    wallet: Wallet | None
    settings: dict[str, Any]
    credentials: list[dict[str, Any]]
    senders: list[dict[str, Any]]
    templates: list[dict[str, Any]]
    webhooks: list[dict[str, Any]]


class Addressee(_Told, frozen=True, kw_only=True):
    """A recipient in an overview."""

    address: str
    status: str


class MessageSummary(_Told, frozen=True, kw_only=True):
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


class Money(_Told, frozen=True, kw_only=True):
    """What a recipient costs the account, and what the provider asks."""

    currency: str
    price: Decimal
    held: Decimal
    charged: Decimal
    cost: Decimal | None


class Recipient(_Told, frozen=True, kw_only=True):
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


class TimelineEntry(_Told, frozen=True, kw_only=True):
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


class Content(_Told, frozen=True, kw_only=True):
    """What a message says. `rich` is in the API's own words."""

    text: str | None
    subject: str | None
    html: str | None
    rich: Any


class Attempt(_Told, frozen=True, kw_only=True):
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


class WebhookEvent(_Told, frozen=True, kw_only=True):
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


class Message(_Told, frozen=True, kw_only=True):
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


class Clock(_Told, frozen=True, kw_only=True):
    """A world's time, and what is due."""

    now: datetime
    pace: str | float
    timers: int
    next_timer_at: datetime | None
    attempts_due: int
    is_advancing: bool


class Advanced(_Told, frozen=True, kw_only=True):
    """What moving the clock did."""

    now: datetime
    timers_run: int
    attempts_made: int


class Inbound(_Told, frozen=True, kw_only=True):
    """What a person wrote. `sender` is the person, `to` whom they wrote to."""

    id: str
    api: str
    account: str
    channel: str
    sender: str = msgspec.field(name="from")
    to: str
    text: str | None
    rich: Any
    in_reply_to: str | None
    conversation: str | None
    created_at: datetime


class Rule(_Told, frozen=True, kw_only=True):
    """A provider rule in force. `seen` counts the recipients that matched, `used` those that it was used for."""

    id: str
    name: str | None
    created_at: datetime
    match: dict[str, Any]
    times: int | None
    script: list[dict[str, Any]]
    seen: int
    used: int


class Fault(_Told, frozen=True, kw_only=True):
    """A fault in force. `scope` is all that was written beside what goes wrong."""

    id: str
    name: str | None
    fault: dict[str, Any]
    scope: dict[str, Any]
    times: int | None
    seen: int
    used: int


class Post(_Told, frozen=True, kw_only=True):
    """A webhook that came to a sink.

    `signature` says whether it held, and is None where there is nothing to check. `status` is what was answered.
    """

    number: int
    at: datetime
    method: str
    headers: dict[str, str]
    body: str
    signature: bool | None
    status: int | None

    @property
    def json(self) -> Any:  # noqa: ANN401 - as the vendor sends it
        """The body's JSON. Raises `msgspec.DecodeError`."""
        return msgspec.json.decode(self.body)


class Suppression(_Told, frozen=True, kw_only=True):
    """An address that an account must not write to."""

    id: str
    api: str | None
    account: str
    environment: str | None
    channel: str
    recipient: str
    reason: str
    created_at: datetime


class Snapshot(_Told, frozen=True, kw_only=True):
    """A kept state of a world."""

    id: str
    taken_at: datetime


_ENTERED = frozenset({"id", "name", "created_at", "seen", "used", "times", "fault"})


def read_api(told: Mapping[str, Any]) -> Api:
    """An API as `GET /_emulator/apis` lists it; each account learns where its API is."""
    where = {"api": told["name"], "base_url": told["base_url"]}
    return msgspec.convert({**told, "accounts": [{**where, **account} for account in told["accounts"]]}, Api)


def read_fault(told: Mapping[str, Any]) -> Fault:
    """A fault as the control API lists it."""
    scope = {name: value for name, value in told.items() if name not in _ENTERED}
    return msgspec.convert({**told, "scope": scope}, Fault)


def _strings(value: Any) -> Iterator[str]:  # noqa: ANN401 - JSON
    """All strings in a value, as deep as it goes."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        parts: Any = value.values() if isinstance(value, dict) else value
        for part in parts:
            yield from _strings(part)
