"""The words of the calls: which messages, which matches, which changes; and how the control API reads them."""

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, TypeAlias, TypedDict, TypeVar, cast

from emulator.core.hints import hint
from emulator.testing.control import Span
from emulator.testing.message import Message, MessageSummary
from emulator.testing.records import Account, AccountState

Json: TypeAlias = Mapping[str, Any]
TextPattern: TypeAlias = str | re.Pattern[str] | Json
"""A text that is exact or a glob, a compiled pattern, or `{"regex": …}`."""

AccountRef: TypeAlias = Account | AccountState | str
"""An account, or its id."""

MessageRef: TypeAlias = Message | MessageSummary | str
"""A message, or its id."""

T = TypeVar("T")


class MessageFilter(TypedDict, total=False):
    """Which messages: all conditions hold. `recipient` is a whole address, `contains` a part of what it says."""

    api: str
    account: AccountRef
    channel: str
    recipient: str
    contains: str


class Match(TypedDict, total=False):
    """What a provider rule is about."""

    api: TextPattern
    account: TextPattern
    environment: TextPattern
    channel: TextPattern
    recipient: TextPattern
    text: TextPattern
    nth: int


class FaultScope(TypedDict, total=False):
    """What a fault may touch. `from_` and `until` are moments of the world's clock, `rate` is from 0 to 1."""

    name: str
    api: str
    operation: str
    recipient: TextPattern
    credential: str
    account: TextPattern
    type: str
    by: Span
    times: int
    every: int
    rate: float
    from_: datetime | str
    until: datetime | str


class AccountChanges(TypedDict, total=False):
    """What can be changed of an account; lists replace what was there."""

    balance: float | str
    status: str
    rate_limits: bool | None
    senders: Sequence[Json]
    templates: Sequence[Json]
    webhooks: Sequence[Json]
    settings: Json
    extra_providers: Any
    contacts: Sequence[Any]
    go_live: bool
    revoke: str


def named(things: Sequence[T], name: str, kind: str, called: Callable[[T], str]) -> T:
    """The thing of this name; an account is found by its id as well. Raises `LookupError` with the nearest name."""
    for thing in things:
        if name in (called(thing), getattr(thing, "id", None)):
            return thing
    raise LookupError(f"there is no {kind} called {name!r}; {hint(name, map(called, things))}")


def account_id(account: AccountRef) -> str:
    """The id of an account."""
    return account if isinstance(account, str) else account.id


def query_of(filter: Mapping[str, Any]) -> dict[str, Any]:
    """A filter as the control API reads it."""
    given = {name: value for name, value in filter.items() if value is not None}
    if "account" in given:
        given["account"] = account_id(given["account"])
    return given


def patterns(given: Mapping[str, Any]) -> dict[str, Any]:
    """What is given, with compiled patterns as the control API reads them; None is left out."""
    return {name: _pattern(value) for name, value in given.items() if value is not None}


def _pattern(value: Any) -> Any:  # noqa: ANN401 - also what is no pattern
    return {"regex": cast("re.Pattern[str]", value).pattern} if isinstance(value, re.Pattern) else value


def moment(moment: datetime | str) -> str:
    """A moment as text. Raises `ValueError` for one without a time zone."""
    if isinstance(moment, str):
        return moment
    if moment.tzinfo is None:
        raise ValueError(f"{moment!r} has no time zone; the world's clock is in UTC")
    return moment.isoformat()
