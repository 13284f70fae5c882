"""One world of an emulator, as tests see it: everything goes through the control API, so it may run anywhere.

This is the face for coroutines; `blocking.py` has the same calls for everybody else.
"""

import re
import time
from collections.abc import AsyncGenerator, Callable, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path
from typing import Any, TypeAlias, TypedDict, TypeVar, Unpack
from urllib.parse import unquote

import msgspec

from emulator.server.asgi import App
from emulator.testing.control import Control, Span, quoted, seconds_of, span_of
from emulator.testing.errors import NotSeen, NotVerified, Refused
from emulator.testing.records import (
    Account,
    AccountState,
    Advanced,
    Api,
    Attempt,
    Clock,
    Fault,
    Inbound,
    Message,
    MessageSummary,
    Post,
    Rule,
    Snapshot,
    Suppression,
    read_api,
    read_fault,
)
from emulator.testing.taken import Taken
from emulator.testing.telling import calls_refused, inbox_lines, message_lines

Json: TypeAlias = Mapping[str, Any]
TextPattern: TypeAlias = str | re.Pattern[str] | Json
"""A text that is exact or a glob, a compiled pattern, or `{"regex": …}`."""

AccountRef: TypeAlias = Account | AccountState | str
"""An account, or its id."""

MessageRef: TypeAlias = Message | MessageSummary | str
"""A message, or its id."""

DEFAULT_WAIT = "10s"
_LONGEST_HOLD = 50.0  # seconds that one call is held
_MOST_ON_A_PAGE = 500

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


class AsyncClock:
    """A world's time."""

    def __init__(self, control: Control) -> None:
        self._control = control

    async def now(self) -> datetime:
        """What time it is in the world."""
        return (await self.read()).now

    async def read(self) -> Clock:
        """The time, the pace, and what is due."""
        return msgspec.convert(await self._control.get("clock"), Clock)

    async def advance(self, by: Span = "0s", *, to: datetime | str | None = None) -> Advanced:
        """Move on by a span, or to a moment: everything that falls due happens, webhooks and their retries included.

        Without anything, only what is due now: in the pace `held` webhooks leave when time is moved.
        """
        wanted = {"by": span_of(by)} if to is None else {"to": _moment(to)}
        return msgspec.convert(await self._control.ask("POST", "clock/advance", wanted), Advanced)

    async def set_pace(self, pace: str | float) -> Clock:
        """Let time stand (`held`), follow the machine (`real`), or run so many times as fast (a number)."""
        return msgspec.convert(await self._control.ask("PUT", "clock", {"pace": pace}), Clock)


class AsyncSink:
    """A webhook receiver of the emulator. `url` is what an account is given as its address."""

    def __init__(self, control: Control, name: str, taken: Taken) -> None:
        self._control = control
        self._path = f"sink/{quoted(name)}"
        self._taken = taken
        self.name = name
        self.url = f"{control.url}/_emulator/{self._path}"

    async def posts(self) -> list[Post]:
        """What came, oldest first; the newest 1,000 are kept."""
        return await self._posts(0)

    async def wait_for_post(self, *, within: Span = DEFAULT_WAIT, where: Callable[[Post], bool] | None = None) -> Post:
        """The next post that came, or comes within a span of real time; each is given once. Raises `NotSeen`."""
        ends_at = time.monotonic() + seconds_of(within)
        after = 0
        while True:
            left = max(0.0, ends_at - time.monotonic())
            found = await self._posts(after, wait=left)
            for post in found:
                after = post.number
                if (where is None or where(post)) and self._taken.take(self.name, str(post.number)):
                    return post
            if not found and left == 0:
                raise NotSeen(await self._nothing_came(within))

    async def answer(self, *statuses: int, delay: Span = "0s", silent: bool = False, body: str = "") -> None:
        """From now on answer with these statuses in turn, the last one for ever, after a delay in real time.

        `silent` never answers. Without statuses, 200.
        """
        chosen: dict[str, Any] = {"status": list(statuses) or 200, "delay": span_of(delay), "body": body}
        if silent:
            chosen["silent"] = True
        await self._control.ask("PUT", self._path, chosen)

    async def forget(self) -> None:
        """Forget what came so far, and answer 200 again."""
        await self._control.ask("PUT", self._path, {"forget": True})

    async def _posts(self, after: int, wait: float = 0.0) -> list[Post]:
        found: list[Post] = []
        while True:
            hold = None if found or not wait else span_of(min(wait, _LONGEST_HOLD))
            told = await self._control.get(self._path, {"after": after, "limit": _MOST_ON_A_PAGE, "wait": hold})
            found += msgspec.convert(told["posts"], list[Post])
            if len(told["posts"]) < _MOST_ON_A_PAGE:
                return found
            after = told["next"]

    async def _nothing_came(self, within: Span) -> str:
        came = await self.posts()
        if not came:
            return f"nothing was posted to {self.url} within {span_of(within)}"
        lines = [f"  #{post.number}  {post.status}  {post.body[:200]}" for post in came[-10:]]
        return f"nothing else was posted to {self.url} within {span_of(within)}; before:\n" + "\n".join(lines)


class AsyncEmulator:
    """One world of an emulator.

    `url` is what addresses in it begin with, `world` its name. `app` is the ASGI app where it runs in this loop, for
    `httpx.ASGITransport` and the like; else None.
    """

    def __init__(self, control: Control, *, app: App | None = None, taken: Taken | None = None) -> None:
        self.control = control
        self.app = app
        self.taken = taken or Taken()
        self.clock = AsyncClock(control)

    @property
    def url(self) -> str:
        """What addresses in this world begin with, without a slash at the end."""
        return self.control.url

    @property
    def world(self) -> str:
        """The world's name."""
        _, mark, name = self.control.base_path.rpartition("/w/")
        return unquote(name) if mark else "default"

    # APIs and accounts

    async def apis(self) -> list[Api]:
        """All emulated APIs, with credentials that work."""
        return [read_api(told) for told in (await self.control.get("apis"))["apis"]]

    async def api(self, name: str) -> Api:
        """One API. Raises `LookupError`."""
        apis = await self.apis()
        return _named(apis, name, "API", lambda api: api.name)

    async def account(self, api: str, name: str | None = None, *, environment: str | None = None) -> Account:
        """An account of an API with its base URL and credentials; the first one unless it is named.

        Raises `LookupError`.
        """
        accounts = (await self.api(api)).accounts
        fitting = [each for each in accounts if environment in (None, each.environment)]
        if environment is not None and not fitting:
            raise LookupError(f"{api} has no account in the environment {environment!r}")
        return fitting[0] if name is None else _named(fitting, name, f"account of {api}", lambda each: each.name)

    async def account_state(self, account: AccountRef) -> AccountState:
        """An account as only its vendor sees it: money, status, keys, webhooks. Raises `LookupError`."""
        wanted, cursor = _account_id(account), None
        while True:
            told = await self.control.get("accounts", {"limit": _MOST_ON_A_PAGE, "cursor": cursor})
            for each in told["accounts"]:
                if each["id"] == wanted:
                    return _state(each)
            cursor = told["next"]
            if cursor is None:
                raise LookupError(f"there is no account with the id {wanted!r}")

    async def update_account(self, account: AccountRef, **changes: Unpack[AccountChanges]) -> AccountState:
        """Change what only the vendor could: `balance`, `status`, `webhooks`, `settings` … Raises `Refused`."""
        return _state(await self.control.ask("PATCH", f"accounts/{quoted(_account_id(account))}", {**changes}))

    async def create_account(self, api: str, name: str, **changes: Unpack[AccountChanges]) -> AccountState:
        """Provision an account, and change it at once. Raises `Refused`."""
        return _state(await self.control.ask("POST", "accounts", {"api": api, "name": name, **changes}))

    async def sign_in(self, account: AccountRef, user: str | None = None) -> dict[str, str]:
        """The headers of a fresh session. Raises `Refused`."""
        asked = {} if user is None else {"user": user}
        told = await self.control.ask("POST", f"accounts/{quoted(_account_id(account))}/sign-in", asked)
        return dict(told["headers"])

    async def suppressions(self, **filter: Unpack[MessageFilter]) -> list[Suppression]:
        """Whom accounts must not write to, newest first; by `api`, `account` and `recipient`."""
        told = await self.control.get("suppressions", {"limit": _MOST_ON_A_PAGE, **_query(filter)})
        return msgspec.convert(told["suppressions"], list[Suppression])

    # Messages

    async def messages(self, *, limit: int = 100, **filter: Unpack[MessageFilter]) -> list[MessageSummary]:
        """The newest messages over all APIs, newest first; at most 500."""
        told = await self.control.get("messages", {"limit": limit, **_query(filter)})
        return msgspec.convert(told["messages"], list[MessageSummary])

    async def message(self, message: MessageRef) -> Message:
        """A message as it is now, with all that is known about it. Raises `Refused`."""
        id = message if isinstance(message, str) else message.id
        return msgspec.convert(await self.control.get(f"messages/{quoted(id)}"), Message)

    async def wait_for_message(
        self,
        *,
        within: Span = DEFAULT_WAIT,
        where: Callable[[Message], bool] | None = None,
        **filter: Unpack[MessageFilter],
    ) -> Message:
        """The next message that was accepted, or is within a span of real time.

        Each message is given once, the oldest first: the second call does not see what the first one returned.
        Raises `NotSeen`, which says what came instead.
        """
        ends_at = time.monotonic() + seconds_of(within)
        query, after, passed_over = _query(filter), None, 0
        while True:
            left = max(0.0, ends_at - time.monotonic())
            hold = span_of(min(left, _LONGEST_HOLD)) if left else None
            asked = {"limit": _MOST_ON_A_PAGE, "after": after, "wait": hold, **query}
            found = (await self.control.get("messages", asked))["messages"]
            for id in (each["id"] for each in reversed(found)):
                if self.taken.has("messages", id):
                    continue
                message = await self.message(id)
                if where is not None and not where(message):
                    passed_over += 1
                elif self.taken.take("messages", id):
                    return message
            if found:
                after = found[0]["id"]
            elif left == 0:
                raise NotSeen(await self._nothing_came(query, within, passed_over))

    async def verify(
        self,
        *,
        exactly: int | None = None,
        at_least: int | None = None,
        at_most: int | None = None,
        **filter: Unpack[MessageFilter],
    ) -> int:
        """Expect so many messages, at least one unless something is said; how many there are.

        Raises `NotVerified`, which says what came.
        """
        counts = {"exactly": exactly, "at_least": at_least, "at_most": at_most}
        asked: dict[str, Any] = {"messages": _query(filter)}
        if any(count is not None for count in counts.values()):
            asked["count"] = {name: count for name, count in counts.items() if count is not None}
        try:
            return (await self.control.ask("POST", "verify", asked))["count"]
        except Refused as error:
            if error.word != "not-verified":
                raise
            came = msgspec.convert(error.problem["messages"], list[MessageSummary])
            raise NotVerified("\n".join([str(error), *inbox_lines(came)])) from None

    async def receipt(
        self,
        message: MessageRef,
        report: str,
        *,
        recipient: str | None = None,
        kind: str | None = None,
        reason: str | None = None,
        code: str | None = None,
        diagnostic: str | None = None,
    ) -> Message:
        """Let the provider report (`delivered`, `bounced` …), by hand; the message afterwards. Raises `Refused`."""
        members = {"recipient": recipient, "kind": kind, "reason": reason, "code": code, "diagnostic": diagnostic}
        said = {name: value for name, value in members.items() if value is not None}
        id = message if isinstance(message, str) else message.id
        await self.control.ask("POST", f"messages/{quoted(id)}/receipts", {"report": report, **said})
        return await self.message(id)

    async def inbound(
        self,
        *,
        api: str,
        account: AccountRef,
        sender: str,
        to: str,
        text: str | None = None,
        channel: str = "sms",
        **members: Any,  # noqa: ANN401 - media, suggestion, location … in the API's words
    ) -> Inbound:
        """Let a person (`sender`) write to an account's number or address (`to`). Raises `Refused`."""
        said = {"api": api, "account": _account_id(account), "channel": channel, "from": sender, "to": to, **members}
        if text is not None:
            said["text"] = text
        return msgspec.convert(await self.control.ask("POST", "inbound", said), Inbound)

    async def reply(self, message: MessageRef, text: str, *, sender: str | None = None, to: str | None = None) -> Inbound:
        """Let the recipient of a message answer it. Raises `Refused`.

        `sender` is which recipient, if there are several; `to` whom they write to, if the message does not say.
        """
        answered = await self.message(message)
        to = to or answered.sender
        if to is None:
            raise ValueError(f"message {answered.id} names no sender; say with `to` whom {answered.recipient} writes to")
        return await self.inbound(
            api=answered.api,
            account=answered.account_id,
            channel=answered.channel,
            sender=sender or answered.recipient,
            to=to,
            text=text,
            in_reply_to=answered.id,
        )

    # What goes wrong

    async def script(
        self, *steps: Json, times: int | None = None, name: str | None = None, **match: Unpack[Match]
    ) -> Rule:
        """Say what providers do with matching messages; the newest rule wins.

        A step is for instance `{"after": "2s", "report": "bounced", "kind": "hard"}`. Raises `Refused`.
        """
        rule: dict[str, Any] = {"match": _patterns(match), "script": [*steps]}
        rule |= {key: value for key, value in (("times", times), ("name", name)) if value is not None}
        return msgspec.convert((await self.control.ask("POST", "providers", rule))["rules"][0], Rule)

    async def rules(self) -> list[Rule]:
        """The provider rules in force, newest first."""
        return msgspec.convert((await self.control.get("providers"))["rules"], list[Rule])

    async def fault(self, goes_wrong: Json, **scope: Unpack[FaultScope]) -> Fault:
        """Let our own answers, or webhooks, go wrong: `{"status": 503}`, `{"ambiguous_commit": True}`,
        `{"webhook": "duplicate"}` … Raises `Refused`.
        """  # noqa: D205 - one sentence
        members = {**_patterns(scope)}
        for name in ("from_", "until"):
            if name in members:
                members[name.rstrip("_")] = _moment(members.pop(name))
        if "by" in members:
            members["by"] = span_of(members["by"])
        told = await self.control.ask("POST", "faults", {"fault": {**goes_wrong}, **members})
        return read_fault(told["faults"][0])

    async def faults(self) -> list[Fault]:
        """The faults, newest first."""
        return [read_fault(told) for told in (await self.control.get("faults"))["faults"]]

    async def withdraw(self, entered: Rule | Fault) -> None:
        """Withdraw a provider rule or a fault. Raises `Refused`."""
        kind = "providers" if isinstance(entered, Rule) else "faults"
        await self.control.ask("DELETE", f"{kind}/{quoted(entered.id)}")

    async def clear(self) -> None:
        """Withdraw all provider rules and faults."""
        await self.control.ask("DELETE", "providers")
        await self.control.ask("DELETE", "faults")

    async def load(self, story: Json | str | Path) -> None:
        """Bring about the beginning of a story, from its file or as JSON: what is given, provider rules, faults.

        Raises `StoryError` for a file that is no story, and `Refused`.
        """
        await self.control.ask("POST", "scenario", story if isinstance(story, Mapping) else _beginning(Path(story)))

    # Webhooks

    def sink(self, name: str = "sink") -> AsyncSink:
        """A webhook receiver of the emulator; it is there once it is named."""
        return AsyncSink(self.control, name, self.taken)

    async def attempts(
        self,
        *,
        api: str | None = None,
        account: AccountRef | None = None,
        type: str | None = None,
        state: str | None = None,
        message: MessageRef | None = None,
    ) -> list[Attempt]:
        """Attempts to tell somebody by webhook, the newest event first; of the 500 newest events."""
        query = {
            "api": api,
            "account": None if account is None else _account_id(account),
            "type": type,
            "state": state,
            "message": message if message is None or isinstance(message, str) else message.id,
            "limit": _MOST_ON_A_PAGE,
        }
        return msgspec.convert((await self.control.get("webhooks/attempts", query))["attempts"], list[Attempt])

    async def retry(self, attempt: Attempt) -> Attempt:
        """Let an event be posted once more; it leaves when time moves. Raises `Refused`."""
        return msgspec.convert(await self.control.ask("POST", f"webhooks/attempts/{quoted(attempt.id)}/retry"), Attempt)

    # The world as a whole

    async def journal(
        self, *, kind: str | None = None, api: str | None = None, operation: str | None = None
    ) -> list[dict[str, Any]]:
        """What happened, oldest first: calls, status changes, webhook attempts, notes. Secrets are left out."""
        entries: list[dict[str, Any]] = []
        query = {"kind": kind, "api": api, "operation": operation, "limit": _MOST_ON_A_PAGE}
        after = 0
        while True:
            told = await self.control.get("journal", {**query, "after": after})
            entries += told["entries"]
            if len(told["entries"]) < _MOST_ON_A_PAGE:
                return entries
            after = told["next"]

    async def snapshot(self) -> Snapshot:
        """Keep the world as it is. Raises `Refused`."""
        kept = msgspec.convert(await self.control.ask("POST", "snapshots"), Snapshot)
        self.taken.keep(kept.id)
        return kept

    async def restore(self, snapshot: Snapshot) -> None:
        """Put the world back. Raises `Refused`."""
        await self.control.ask("POST", f"snapshots/{quoted(snapshot.id)}/restore")
        self.taken.restore(snapshot.id)

    async def reset(self, seed: int | None = None) -> None:
        """Make the world as new."""
        await self.control.ask("POST", "reset", {} if seed is None else {"seed": seed})
        self.taken.clear()

    async def create_world(
        self, name: str, *, seed: int | None = None, pace: str | float | None = "held"
    ) -> "AsyncEmulator":
        """Make another world on the same server; it stays until `delete_world`. Raises `Refused`."""
        asked = {"name": name, "seed": seed, "pace": pace}
        await self._root().ask(
            "POST", "worlds", {member: value for member, value in asked.items() if value is not None}
        )
        prefix = self.control.base_path.rpartition("/w/")[0] if "/w/" in self.control.base_path else ""
        return AsyncEmulator(self.control.elsewhere(f"{prefix}/w/{quoted(name)}"), app=self.app)

    async def delete_world(self, name: str) -> None:
        """Remove a world. Raises `Refused`."""
        await self._root().ask("DELETE", f"worlds/{quoted(name)}")

    async def worlds(self) -> list[str]:
        """The names of all worlds of the server, oldest first."""
        return [world["name"] for world in (await self._root().get("worlds"))["worlds"]]

    @asynccontextmanager
    async def new_world(
        self, name: str, *, seed: int | None = None, pace: str | float | None = "held"
    ) -> "AsyncGenerator[AsyncEmulator]":
        """Another world on the same server while the block runs. Raises `Refused`."""
        world = await self.create_world(name, seed=seed, pace=pace)
        try:
            yield world
        finally:
            await self.delete_world(name)

    async def what_happened(self) -> str:
        """The newest messages with all that became of them, and the calls that were refused, as text for people."""
        parts: list[str] = [f"world {self.world} at {self.url}, {(await self.clock.now()).isoformat()}"]
        for summary in reversed(await self.messages(limit=10)):
            parts += message_lines(await self.message(summary))
        return "\n".join([*parts, *calls_refused(await self.journal(kind="call"))])

    def _root(self) -> Control:
        """The control API outside of any named world."""
        before, mark, _ = self.control.base_path.rpartition("/w/")
        return self.control.elsewhere(before) if mark else self.control

    async def _nothing_came(self, query: Json, within: Span, passed_over: int) -> str:
        asked = ", ".join(f"{name} {value!r}" for name, value in query.items())
        lines = [f"no {'other ' if self.taken.any('messages') else ''}message {f'with {asked} ' if asked else ''}"]
        lines[0] += f"was accepted within {span_of(within)}"
        if passed_over:
            lines[0] += f"; {passed_over} came that `where` did not want"
        came = await self.messages(limit=10)
        lines += inbox_lines(came, taken=lambda id: self.taken.has("messages", id))
        lines += calls_refused(await self.journal(kind="call"))
        return "\n".join(lines)


def _named(things: Sequence[T], name: str, kind: str, called: Callable[[T], str]) -> T:
    """The thing of this name; an account is found by its id as well. Raises `LookupError` with the nearest name."""
    for thing in things:
        if name in (called(thing), getattr(thing, "id", None)):
            return thing
    # Late: only who misspelt something needs it.
    from difflib import get_close_matches  # noqa: PLC0415

    names = list(dict.fromkeys(called(thing) for thing in things))
    near = get_close_matches(name, names, n=1, cutoff=0.6)
    hint = f"did you mean {near[0]!r}?" if near else f"there are {', '.join(names) or 'none'}"
    raise LookupError(f"there is no {kind} called {name!r}; {hint}")


def _account_id(account: AccountRef) -> str:
    return account if isinstance(account, str) else account.id


def _query(filter: Mapping[str, Any]) -> dict[str, Any]:
    """A filter as the control API reads it."""
    given = {name: value for name, value in filter.items() if value is not None}
    if "account" in given:
        given["account"] = _account_id(given["account"])
    return given


def _patterns(given: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name: {"regex": value.pattern} if isinstance(value, re.Pattern) else value
        for name, value in given.items()
        if value is not None
    }


def _moment(moment: datetime | str) -> str:
    if isinstance(moment, str):
        return moment
    if moment.tzinfo is None:
        raise ValueError(f"{moment!r} has no time zone; the world's clock is in UTC")
    return moment.isoformat()


def _state(told: Mapping[str, Any]) -> AccountState:
    # Decimals come as text, which is exact.
    return msgspec.convert(told, AccountState, strict=False)


def _beginning(path: Path) -> Json:
    from emulator.stories.story import load_story  # noqa: PLC0415 - late: few tests load one

    story = load_story(path)
    parts: Iterable[tuple[str, Any]] = (("providers", story.providers), ("faults", story.faults))
    return {"name": story.name, "api": story.api, "given": story.given, **{name: [*each] for name, each in parts}}
