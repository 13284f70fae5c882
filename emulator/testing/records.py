"""What the control API tells, as Python values. Moments are aware datetimes on the world's clock, money is Decimal."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

import msgspec


class Told(msgspec.Struct, frozen=True, kw_only=True, dict=True):
    """A value that was told; `dict` is for what is computed once."""


class Account(Told, frozen=True, kw_only=True):
    """An account with all that is needed to call its API.

    `base_url` is what to point an application at, `headers` can be sent as they are, and `parameters` hold the first
    working one of each thing that paths and bodies need. `credentials` has the headers for each security scheme,
    `fixtures` what else the account has. `webhooks` are `{"url", "secret"}`: where it is told what happens, and what
    that is signed with. `webhook_secret` is the first of those secrets.
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
    webhooks: list[dict[str, str | None]]
    webhook_secret: str | None


class Api(Told, frozen=True, kw_only=True):
    """An emulated API. `hosts` are the vendor's real ones."""

    name: str
    title: str
    base_url: str
    openapi_url: str
    hosts: list[str]
    accounts: list[Account]


class Wallet(Told, frozen=True, kw_only=True):
    """An account's money. `held` belongs to messages that are on their way."""

    currency: str
    balance: Decimal
    held: Decimal


class AccountState(Told, frozen=True, kw_only=True):
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


class ClockState(Told, frozen=True, kw_only=True):
    """A world's time, and what is due."""

    now: datetime
    pace: str | float
    timers: int
    next_timer_at: datetime | None
    attempts_due: int
    is_advancing: bool


class Advanced(Told, frozen=True, kw_only=True):
    """What moving the clock did."""

    now: datetime
    timers_run: int
    attempts_made: int


class Inbound(Told, frozen=True, kw_only=True):
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


class Rule(Told, frozen=True, kw_only=True):
    """A provider rule in force. `seen` counts the recipients that matched, `used` those that it was used for."""

    id: str
    name: str | None
    created_at: datetime
    match: dict[str, Any]
    times: int | None
    script: list[dict[str, Any]]
    seen: int
    used: int


class Fault(Told, frozen=True, kw_only=True):
    """A fault in force. `scope` is all that was written beside what goes wrong."""

    id: str
    name: str | None
    fault: dict[str, Any]
    scope: dict[str, Any]
    times: int | None
    seen: int
    used: int


class Post(Told, frozen=True, kw_only=True):
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


class Suppression(Told, frozen=True, kw_only=True):
    """An address that an account must not write to."""

    id: str
    api: str | None
    account: str
    environment: str | None
    channel: str
    recipient: str
    reason: str
    created_at: datetime


class Snapshot(Told, frozen=True, kw_only=True):
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
