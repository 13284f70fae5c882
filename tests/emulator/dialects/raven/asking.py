"""Raven asked as a person of a role, a service or a provider, and what tests of administration look at afterwards."""

import json
from typing import Any, NamedTuple

from msgspec.structs import replace

from emulator.core.journal import NoteEntry
from emulator.core.records import Account, Connection, Message, Recipient, Suppression
from emulator.dialects.raven.auth import find_tenant
from tests.emulator.dialects.raven.conftest import CONTRACT, Api, a_world

__all__ = ["CONTRACT", "Answer", "Raven"]


class Answer(NamedTuple):
    """What came back; `body` is decoded JSON, None if it was empty."""

    status: int
    body: Any
    headers: dict[str, str]

    @property
    def message(self) -> str:
        """The sentence of a refusal."""
        return self.body["message"]


class Raven:
    """Asks and looks; every answer is held against the contract."""

    def __init__(self, world: str = "default") -> None:
        self.world = a_world(world)
        self._api = Api(self.world)

    def ask(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        role: str | None = "owner",
        tenant: str = "acme",
        key: str | None = None,
        headers: dict[str, str] | None = None,
        content_type: str = "application/json",
    ) -> Answer:
        """Ask as a person of a role, with a key, or (role None) as nobody. `body` is JSON, or bytes as they are."""
        raw = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
        sent = {"Content-Type": content_type}
        if key is not None:
            sent["X-Raven-Key"] = key
        elif role is not None:
            sent |= self._api.session(role, tenant)
        answer = self._api.request(method, path, content=raw, headers=sent | (headers or {}))
        return Answer(answer.status, answer.json, answer.headers)

    def advance(self, seconds: float) -> None:
        """Let virtual time pass."""
        self._api.advance(seconds)

    def tenant(self, slug: str = "acme") -> Account:
        """A tenant by its slug."""
        tenant = find_tenant(self.world, slug)
        assert tenant is not None
        return tenant

    def change_tenant(self, slug: str = "acme", **extras: Any) -> None:
        """Change what a tenant may do."""
        tenant = self.tenant(slug)
        self.world.store.accounts.put(replace(tenant, extras={**tenant.extras, **extras}))

    def connect(self, provider: str, *, tenant: str = "acme", **secret: str) -> str:
        """Connect a provider and give its id."""
        body = {"provider": provider, "label": provider, "secretConfig": secret}
        made = self.ask("POST", "/v1/admin/providers", body, tenant=tenant)
        assert made.status == 201, made
        return made.body["id"]

    def connection(self, provider: str) -> Connection:
        """The tenant's connection of a provider."""
        every = self.world.store.connections_by_account.get(self.tenant().id)
        return next(each for each in every if each.provider == provider)

    def send(self, channel: str = "email", to: str = "silent@simulator.example", *, advance: float = 1) -> Message:
        """Send a message, and let so many seconds pass; by itself to an address that no provider reports on."""
        body: dict[str, Any] = {"channel": channel, "to": to, "body": "Gate 4 is open."}
        if channel == "email":
            body |= {"from": "orders@acme.example", "subject": "Gates", "bodyText": "See https://example.org/4"}
        sent = self.ask("POST", "/v1/admin/messages", body)
        assert sent.status == 202, sent
        self.advance(advance)
        return self.world.store.messages[sent.body["id"]]

    def recipient(self, message: Message) -> Recipient:
        """The recipient of a message."""
        return self.world.store.recipients[message.id]

    def show(self, message: Message) -> dict[str, Any]:
        """A message as the API shows it."""
        return self.ask("GET", f"/v1/admin/messages/{message.id}").body

    def suppressions(self) -> list[Suppression]:
        """The tenant's suppressions, oldest first."""
        return list(self.world.store.suppressions_by_account.get(self.tenant().id))

    def notes(self) -> list[NoteEntry]:
        """The notes of the journal, oldest first."""
        return [entry.fact for entry in self.world.journal if isinstance(entry.fact, NoteEntry)]

    def audit(self) -> list[tuple[str, str]]:
        """Actions and their targets, newest first."""
        entries = self.ask("GET", "/v1/admin/audit-log").body["data"]
        return [(entry["action"], entry["targetId"]) for entry in entries]
