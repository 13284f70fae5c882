"""Makes calls for documented statuses that nothing else has reached: each is tried by the recipes of its status."""

import json
from collections.abc import Generator, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import Any, NamedTuple

from urllib3 import HTTPHeaderDict, PoolManager
from urllib3.exceptions import HTTPError

from emulator.harness.contracts.documents import Document, Operation
from emulator.harness.contracts.keys import Keyring
from emulator.harness.contracts.target import CONTROL, Api, Refused, World
from emulator.harness.coverage.calls import Shot, good_shots
from emulator.harness.coverage.heard import Heard
from emulator.harness.coverage.hearing import Hearing
from emulator.harness.coverage.keywords import Seen
from emulator.harness.coverage.parts import STATUS, Part
from emulator.harness.coverage.recipes import FAULTS, RECIPES

TIMEOUT_SECONDS = 10
_EVENTS = "text/event-stream"
_FORBIDDEN = "403"
_KEPT_BODY = 200_000
"""Bodies larger than this are sent, and not counted for keywords."""


class _Answer(NamedTuple):
    status: int
    headers: Mapping[str, str]
    body: bytes


class Prober:
    """Probes one API in a world that it has to itself."""

    def __init__(self, world: World, api: Api, document: Document) -> None:
        """Keep the world as it is now. Raises `Refused`, `Unreachable`."""
        self._world = world
        self._api = api
        self._document = document
        self._hearing = Hearing(document)
        self._keyring = Keyring(document, api)
        self._pool = PoolManager()
        self._give(document.raw.get("info", {}).get("x-given"))
        self._operations = {each.id: each for each in document.operations.values()}
        self._snapshot = world.ask("POST", "snapshots")["id"]
        self._has_changed = False

    @property
    def heard(self) -> Heard:
        """What was heard."""
        return self._hearing.heard()

    def probe(self, parts: Iterable[Part]) -> None:
        """Try to reach statuses, each until it is there. What cannot be reached stays a gap."""
        for part in parts:
            if part.kind == STATUS:
                self._reach(self._operations[part.name], part.status)
                if self._has_changed:
                    self._restore()

    def _give(self, members: Mapping[str, Any] | None) -> None:
        """Give the accounts what the contract asks for."""
        if members:
            for account in self._world.pages("accounts", "accounts"):
                if account["api"] == self._api.name:
                    self._world.ask("PATCH", f"accounts/{account['id']}", members)

    def _reach(self, operation: Operation, status: str) -> None:
        with self._given(operation, status):
            for shot in self._shots(operation, status):
                if self._send(operation, shot, status):
                    return
                if status == _FORBIDDEN and self._has_changed:
                    # Whoever may do it has done it.
                    self._restore()

    def _shots(self, operation: Operation, status: str) -> Iterator[Shot]:
        credentials = self._keyring.headers(operation) or {}
        good = list(good_shots(self._document, operation, self._keyring.parameters, credentials))
        if status in FAULTS:
            yield from good[:1] * 2
        for recipe in RECIPES.get(status, ()):
            for shot in good:
                yield from recipe(shot)
        if status == "404" and self._api.name == CONTROL:
            yield good[0].having(base_url=f"{self._world.url.partition('/w/')[0]}/w/no-such-world")
        if status == _FORBIDDEN and self._api.name != CONTROL:
            for keys in self._lesser_keys(operation):
                yield good[0].having(credentials=keys)

    @contextmanager
    def _given(self, operation: Operation, status: str) -> Generator[None]:
        """Bring about what a status needs beside the call itself."""
        if status in FAULTS and self._api.name != CONTROL:
            fault = {"api": self._api.name, "operation": operation.id, **FAULTS[status]}
            made = self._world.ask("POST", "faults", fault)["faults"]
            yield
            for each in made:
                self._world.ask("DELETE", f"faults/{each['id']}")
        elif operation.node.get("x-waits"):
            # It answers when virtual time has passed.
            self._world.ask("PUT", "clock", {"pace": 1000})
            yield
            self._world.ask("PUT", "clock", {"pace": "held"})
        else:
            yield

    def _lesser_keys(self, operation: Operation) -> Iterator[dict[str, str]]:
        """Credentials of those who may do less, and of an account that is suspended."""
        own = self._keyring.headers(operation) or {}
        secret = self._keyring.secret_headers(operation)
        named = {name: value for name, value in own.items() if name.lower() not in secret}
        for _, headers in self._keyring.strangers(operation):
            yield headers
            yield {**headers, **named}
        listed = {each["name"]: each for each in self._world.ask("GET", "apis")["apis"]}
        for card in listed[self._api.name]["accounts"]:
            for key in card["fixtures"].get("keys", ()):
                yield {name: _with_key(value, key["key"]) for name, value in own.items()}
            for user in card["fixtures"].get("users", ()):
                yield from self._signed_in(card["id"], user["email"], own)
        yield from self._newcomer(operation, own)
        holder = self._keyring.holder(operation)
        if holder is not None:
            with suppress(Refused):
                self._world.ask("PATCH", f"accounts/{holder.id}", {"status": "suspended"})
                self._has_changed = True
                yield own

    def _newcomer(self, operation: Operation, own: Mapping[str, str]) -> Iterator[dict[str, str]]:
        """The credentials of an account that has only just come."""
        with suppress(Refused):
            made = self._world.ask("POST", "accounts", {"api": self._api.name, "name": "Newcomer"})
            self._has_changed = True
            for card in self._world.api(self._api.name).cards:
                if card.id == made["id"]:
                    yield {**own, **(card.headers(self._document.security(operation)) or {})}

    def _signed_in(self, account: str, user: str, own: Mapping[str, str]) -> Iterator[dict[str, str]]:
        with suppress(Refused):
            answer = self._world.ask("POST", f"accounts/{account}/sign-in", {"user": user})
            yield {**own, **answer["headers"]}

    def _send(self, operation: Operation, shot: Shot, status: str) -> bool:
        url = shot.url(shot.base_url or self._api.base_url)
        try:
            answer = self._ask(shot, url)
        except HTTPError:
            return False
        self._has_changed = self._has_changed or (answer.status < 300 and shot.method != "GET")
        if shot.method != operation.method.upper():
            self._hearing.take_other_method(operation, answer.status)
        elif not self._breaks(operation, answer):
            self._hearing.take_answer(operation, answer.status, _seen(shot, url, answer))
        return str(answer.status) == status

    def _ask(self, shot: Shot, url: str) -> "_Answer":
        headers = HTTPHeaderDict(shot.all_headers())
        for name, value in shot.twice.items():
            headers.add(name, value)
        came = self._pool.request(
            shot.method,
            url,
            headers=headers,
            body=shot.body,
            timeout=TIMEOUT_SECONDS,
            redirect=False,
            retries=False,
            preload_content=False,
        )
        told = {name.lower(): value for name, value in came.headers.items()}
        if told.get("content-type", "").startswith(_EVENTS):
            # It never ends, and each of its parts is judged elsewhere.
            came.close()
            return _Answer(came.status, told, b"")
        answer = _Answer(came.status, told, came.read())
        came.release_conn()
        return answer

    def _breaks(self, operation: Operation, answer: "_Answer") -> bool:
        said = self._document.response(operation, answer.status)
        body = answer.body
        content: Mapping[str, Any] = said.get("content", {}) if said is not None else {}
        kind = answer.headers.get("content-type", "").partition(";")[0].strip()
        if said is None or (body and content and kind not in content):
            return True
        if "json" not in kind or not body:
            return False
        try:
            return bool(self._document.problems(content.get(kind, {}).get("schema", {}), json.loads(body)))
        except ValueError:
            return True

    def _restore(self) -> None:
        try:
            self._world.ask("POST", f"snapshots/{self._snapshot}/restore")
        except Refused:
            # A reset forgets snapshots as well.
            self._world.ask("POST", "reset")
            self._snapshot = self._world.ask("POST", "snapshots")["id"]
        self._keyring.renew(self._world.api(self._api.name))
        self._has_changed = False


def _with_key(value: str, key: str) -> str:
    """A credential header's value with another key in it."""
    scheme, space, _ = value.rpartition(" ")
    return f"{scheme}{space}{key}"


def _seen(shot: Shot, url: str, answer: _Answer) -> Seen:
    asked = shot.body if shot.body is None or len(shot.body) < _KEPT_BODY else None
    return Seen(
        method=shot.method,
        url=url,
        headers=shot.all_headers(),
        body=asked,
        status=answer.status,
        answer_headers=dict(answer.headers),
        answer=answer.body,
    )
