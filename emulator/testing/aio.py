"""One world of an emulator, as tests see it: everything goes through the control API, so it may run anywhere.

This is the face for coroutines; `blocking.py` has the same calls for everybody else.
"""

from collections.abc import AsyncGenerator, Iterable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Unpack
from urllib.parse import unquote

import msgspec

from emulator.server.asgi import App
from emulator.testing.clock import AsyncClock
from emulator.testing.control import MOST_ON_A_PAGE, Control, quoted, span_of
from emulator.testing.inbox import AsyncInbox
from emulator.testing.message import Attempt
from emulator.testing.records import (
    Account,
    AccountState,
    Api,
    Fault,
    Rule,
    Snapshot,
    Suppression,
    read_api,
    read_fault,
)
from emulator.testing.sink import AsyncSink
from emulator.testing.taken import Taken
from emulator.testing.telling import calls_refused, message_lines
from emulator.testing.words import (
    AccountChanges,
    AccountRef,
    FaultScope,
    Json,
    Match,
    MessageFilter,
    MessageRef,
    account_id,
    moment,
    named,
    patterns,
    query_of,
)


class AsyncEmulator(AsyncInbox):
    """One world of an emulator.

    `url` is what addresses in it begin with, `world` its name. `app` is the ASGI app where it runs in this loop, for
    `httpx.ASGITransport` and the like; else None.
    """

    def __init__(self, control: Control, *, app: App | None = None, taken: Taken | None = None) -> None:
        super().__init__(control, taken or Taken())
        self.app = app
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
        return named(apis, name, "API", lambda api: api.name)

    async def account(self, api: str, name: str | None = None, *, environment: str | None = None) -> Account:
        """An account of an API with its base URL and credentials; the first one unless it is named.

        Raises `LookupError`.
        """
        accounts = (await self.api(api)).accounts
        fitting = [each for each in accounts if environment in (None, each.environment)]
        if environment is not None and not fitting:
            raise LookupError(f"{api} has no account in the environment {environment!r}")
        return fitting[0] if name is None else named(fitting, name, f"account of {api}", lambda each: each.name)

    async def account_state(self, account: AccountRef) -> AccountState:
        """An account as only its vendor sees it: money, status, keys, webhooks. Raises `LookupError`."""
        wanted, cursor = account_id(account), None
        while True:
            told = await self.control.get("accounts", {"limit": MOST_ON_A_PAGE, "cursor": cursor})
            for each in told["accounts"]:
                if each["id"] == wanted:
                    return _state(each)
            cursor = told["next"]
            if cursor is None:
                raise LookupError(f"there is no account with the id {wanted!r}")

    async def update_account(self, account: AccountRef, **changes: Unpack[AccountChanges]) -> AccountState:
        """Change what only the vendor could: `balance`, `status`, `webhooks`, `settings` … Raises `Refused`."""
        return _state(await self.control.ask("PATCH", f"accounts/{quoted(account_id(account))}", {**changes}))

    async def create_account(self, api: str, name: str, **changes: Unpack[AccountChanges]) -> AccountState:
        """Provision an account, and change it at once. Raises `Refused`."""
        return _state(await self.control.ask("POST", "accounts", {"api": api, "name": name, **changes}))

    async def sign_in(self, account: AccountRef, user: str | None = None) -> dict[str, str]:
        """The headers of a fresh session. Raises `Refused`."""
        asked = {} if user is None else {"user": user}
        told = await self.control.ask("POST", f"accounts/{quoted(account_id(account))}/sign-in", asked)
        return dict(told["headers"])

    async def suppressions(self, **filter: Unpack[MessageFilter]) -> list[Suppression]:
        """Whom accounts must not write to, newest first; by `api`, `account` and `recipient`."""
        told = await self.control.get("suppressions", {"limit": MOST_ON_A_PAGE, **query_of(filter)})
        return msgspec.convert(told["suppressions"], list[Suppression])

    # What goes wrong

    async def script(
        self, *steps: Json, times: int | None = None, name: str | None = None, **match: Unpack[Match]
    ) -> Rule:
        """Say what providers do with matching messages; the newest rule wins.

        A step is for instance `{"after": "2s", "report": "bounced", "kind": "hard"}`. Raises `Refused`.
        """
        rule: dict[str, Any] = {"match": patterns(match), "script": [*steps]}
        rule |= {key: value for key, value in (("times", times), ("name", name)) if value is not None}
        return msgspec.convert((await self.control.ask("POST", "providers", rule))["rules"][0], Rule)

    async def rules(self) -> list[Rule]:
        """The provider rules in force, newest first."""
        return msgspec.convert((await self.control.get("providers"))["rules"], list[Rule])

    async def fault(self, goes_wrong: Json, **scope: Unpack[FaultScope]) -> Fault:
        """Let our own answers, or webhooks, go wrong: `{"status": 503}`, `{"ambiguous_commit": True}`,
        `{"webhook": "duplicate"}` … Raises `Refused`.
        """  # noqa: D205 - one sentence
        members = {**patterns(scope)}
        for name in ("from_", "until"):
            if name in members:
                members[name.rstrip("_")] = moment(members.pop(name))
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
            "account": None if account is None else account_id(account),
            "type": type,
            "state": state,
            "message": message if message is None or isinstance(message, str) else message.id,
            "limit": MOST_ON_A_PAGE,
        }
        return msgspec.convert((await self.control.get("webhooks/attempts", query))["attempts"], list[Attempt])

    async def retry(self, attempt: Attempt) -> Attempt:
        """Let an event be posted once more; it leaves when time moves. Raises `Refused`."""
        return msgspec.convert(await self.control.ask("POST", f"webhooks/attempts/{quoted(attempt.id)}/retry"), Attempt)

    # The world as a whole

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


def _state(told: Mapping[str, Any]) -> AccountState:
    # Decimals come as text, which is exact.
    return msgspec.convert(told, AccountState, strict=False)


def _beginning(path: Path) -> Json:
    from emulator.stories.story import load_story  # noqa: PLC0415 - late: few tests load one

    story = load_story(path)
    parts: Iterable[tuple[str, Any]] = (("providers", story.providers), ("faults", story.faults))
    return {"name": story.name, "api": story.api, "given": story.given, **{name: [*each] for name, each in parts}}
