"""The world that a run has to itself: as it was when it began at the start of each phase, and time that can pass."""

import json
import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from emulator.harness.contracts.documents import Document, Operation
from emulator.harness.contracts.library import Call, as_members
from emulator.harness.contracts.target import CONTROL, Api, Refused, World

if TYPE_CHECKING:
    from schemathesis import Response

PASSING = ("2s", "1m", "1h")
"""What goes by after each phase, so that messages go their way, and webhooks with them."""

SECRET = "whsec_parrotfish_contracts_0001"  # noqa: S105 - it guards webhooks that a run posts to itself

_SECRET = re.compile(r"secret|signing_?key", re.IGNORECASE)
_MAKES_WORLDS = "createWorld"
_REMOVES_WORLDS = "deleteWorld"
_LET_TIME_GO = ("setClock", "loadScenario")
_NO_WORLD = "no-such-world"


class Place:
    """A world as one run uses it.

    `urls` are the addresses of which all secrets are known, `secrets` those and others that calls and answers named.
    """

    def __init__(self, world: World, name: str, document: Document) -> None:
        """Prepare the world for the API of this name. Raises `Refused`, `Unreachable`."""
        self._world = world
        self._name = name
        self._is_hurried = False
        self._made: list[str] = []
        self._posted: list[Mapping[str, Any]] = []
        self.secrets: dict[str, None] = {SECRET: None}
        self.urls: set[str] = set()
        world.prepare()
        self._give(document.raw.get("info", {}).get("x-given"))
        self._snapshot = None if name == CONTROL else world.ask("POST", "snapshots")["id"]

    def api(self) -> Api:
        """The API with credentials that work now."""
        return self._world.api(self._name)

    def between(self) -> Api:
        """Let time pass, keep what was posted, and make the world again what it was; answers with new credentials."""
        self.calm()
        if self._snapshot is not None:
            for span in PASSING:
                self._world.advance(span)
            self._posted += [each for each in self._attempts() if each["api"] == self._name]
            self._world.ask("POST", f"snapshots/{self._snapshot}/restore")
        return self.api()

    def take_attempts(self) -> list[Mapping[str, Any]]:
        """The webhooks that were posted since they were taken last, as the control API lists them."""
        taken, self._posted = self._posted, []
        return taken

    def _give(self, members: Mapping[str, Any] | None) -> None:
        """Give the accounts what the contract asks for, and subscribe them to everything, at a receiver of ours."""
        sink = f"{self._world.url}/_emulator/sink/{self._name}"
        for account in self._world.pages("accounts", "accounts"):
            if account["api"] == self._name:
                place = f"accounts/{account['id']}"
                if members:
                    self._world.ask("PATCH", place, members)
                try:
                    self._world.ask("PATCH", place, {"webhooks": [{"url": sink, "secret": SECRET}]})
                except Refused as error:
                    # Some APIs have no subscriptions; they post where a message says so.
                    if error.status not in (409, 422):
                        raise
        for account in self._world.pages("accounts", "accounts"):
            if account["api"] == self._name:
                self.urls.update(each["url"] for each in account["webhooks"])
                self.secrets.update(dict.fromkeys(each["secret"] for each in account["webhooks"] if each["secret"]))

    def _attempts(self) -> Iterator[Mapping[str, Any]]:
        for attempt in self._world.pages("webhooks/attempts", "attempts"):
            # A repetition has the same body.
            if attempt["state"] != "pending" and attempt["number"] == 1:
                yield attempt

    def before(self, operation: Operation, case: Call) -> None:
        """Prepare a call: let time pass by itself where the call waits for it, and keep the worlds of others safe."""
        if operation.node.get("x-waits"):
            self._world.ask("PUT", "clock", {"pace": 1000})
            self._is_hurried = True
        else:
            self.calm()
        if self._name == CONTROL and operation.id == _REMOVES_WORLDS and case.path_parameters.get("name") is not None:
            case.path_parameters["name"] = self._made[-1] if self._made else _NO_WORLD

    def after(self, operation: Operation, case: Call, response: "Response") -> None:
        """Hold the clock again, and remember the worlds that the run made."""
        if operation.method != "get" and response.status_code < 300:
            self.secrets.update(dict.fromkeys(_secrets(case.body, response.content)))
        if self._name == CONTROL and response.status_code < 300:
            body: Any = case.body
            if operation.id == _MAKES_WORLDS:
                self._made.append(body["name"])
            elif operation.id == _REMOVES_WORLDS and case.path_parameters["name"] in self._made:
                self._made.remove(case.path_parameters["name"])
            self._is_hurried = self._is_hurried or operation.id in _LET_TIME_GO
        self.calm()

    def calm(self) -> None:
        """Hold the clock, if it was let go."""
        if self._is_hurried:
            self._is_hurried = False
            self._world.ask("PUT", "clock", {"pace": "held"})

    def leave(self) -> None:
        """Remove the worlds that the run made."""
        for name in self._made:
            try:
                self._world.ask("DELETE", f"worlds/{name}")
            except Refused as error:
                if error.status != 404:
                    raise


def _secrets(body: object, answer: bytes) -> Iterator[str]:
    """What a call or its answer names as a secret."""
    rest: list[object] = [body]
    with suppress(ValueError):
        rest.append(json.loads(answer))
    for value in rest:
        members = as_members(value) or {}
        yield from (text for name, text in members.items() if isinstance(text, str) and _SECRET.search(name))
