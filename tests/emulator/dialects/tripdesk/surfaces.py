"""TripDesk asked on its other surfaces: as an agent, as an administrator, as a person who reads its pages."""

import json
from collections.abc import Mapping
from datetime import timedelta
from typing import Any, NamedTuple
from urllib.parse import urlencode

from emulator.core.outbox import PostOutcome
from emulator.core.records import Message
from emulator.dialects.tripdesk.fixtures import password_of
from emulator.gateway import telling
from emulator.gateway.timers import run_next
from emulator.gateway.world import World
from emulator.server.dialect import Call, Reply, Wait
from emulator.server.pipeline import answer
from tests.emulator.dialects.tripdesk.conftest import CONTRACT, SLUG, SMS, Answer, Api, a_world

__all__ = ["CONTRACT", "SMS", "Answer", "Desk", "Told", "a_world"]

FORM = "application/x-www-form-urlencoded"


class Told(NamedTuple):
    """One webhook delivery."""

    headers: dict[str, str]
    json: Any


class Desk(Api):
    """One environment of the tenant; the headers that the contract says an answer has are checked as well."""

    def __init__(self, environment: str = "live", *, world: World | None = None, rate_limits: str = "auto") -> None:
        super().__init__(world or a_world(rate_limits=rate_limits), environment)

    def ask(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        token: str | None = "",
        headers: Mapping[str, str] | None = None,
        **more: Any,
    ) -> Answer:
        """Ask with the partner's key, with another token, or (None) with none."""
        return self.request(method, path, json_body=body, headers=self._headers(token, headers), **more)

    def read(self, call: Call, reply: Reply | Wait) -> Answer:
        answer = super().read(call, reply)
        if call.operation is not None:
            assert required_headers(call.operation_id, answer.status) <= {name.lower() for name in answer.headers}
        return answer

    def ask_and_wait(
        self,
        method: str,
        path: str,
        body: Any,
        *,
        seconds: float = 10,
        token: str | None = "",
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """Ask what may wait, and let so much of the world's time pass at most."""
        call = self.call(method, path, json_body=body, headers=self._headers(token, headers))
        wait = answer(call)
        if isinstance(wait, Reply):
            return self.read(call, wait)
        until = self.world.clock.now + min(timedelta(seconds=seconds), wait.at_most)
        while not wait.until() and run_next(self.world, until):
            pass
        if not wait.until():
            self.world.clock.move_to(until)
        return self.end(call, wait)

    def start(self, method: str, path: str, body: Any, *, token: str, headers: Mapping[str, str]) -> tuple[Call, Wait]:
        """Ask what waits, and leave it waiting."""
        return self.begin(method, path, json_body=body, headers=self._headers(token, headers))

    def sign_in(self, agent: str = "maya", **changes: str) -> Answer:
        """Sign an agent in."""
        password = password_of(self.world.name, SLUG, self.environment, agent)
        body = {"email": f"{agent}@acme.example", "password": password, "device_id": "pixel-9", "tenant": SLUG}
        return self.ask("POST", "/api/mobile/v1/auth/token", {**body, **changes}, token=None)

    def token_of(self, agent: str = "maya") -> str:
        """A fresh access token of an agent."""
        return self.sign_in(agent).json["access_token"]

    def agent_id(self, agent: str = "maya") -> str:
        return self.sign_in(agent).json["agent"]["id"]

    def page(self, path: str, **more: Any) -> Answer:
        """Read a public page."""
        return self.ask("GET", path, token=None, **more)

    def submit(self, fields: Any, *, content_type: str = FORM, **more: Any) -> Answer:
        """Send the form of an evaluation: fields, or bytes as they are."""
        content = fields if isinstance(fields, bytes) else urlencode(fields, doseq=True).encode()
        return self.ask(
            "POST", "/evaluation", token=None, content=content, headers={"Content-Type": content_type}, **more
        )

    def deliveries(self) -> list[Told]:
        """What was posted since the last look, taken with a 200."""
        posted: list[Told] = []
        while self.world.ready:
            begun = telling.begin_attempt(self.world, self.world.ready.popleft())
            if begun is not None:
                event, attempt = begun
                posted.append(Told(dict(attempt.headers), json.loads(event.body)))
                telling.end_attempt(self.world, event.id, attempt, PostOutcome(200))
        return posted

    def notifications(self) -> list[Message]:
        """What was recorded for agents' devices, oldest first."""
        return [each for each in self.world.store.messages if each.id.startswith("ntf_")]

    def _headers(self, token: str | None, headers: Mapping[str, str] | None) -> dict[str, str]:
        proof = {} if token is None else {"Authorization": f"Bearer {token or self.key}"}
        return {**proof, **(headers or {})}


def text_of(answer: Answer) -> str:
    """The body of a page."""
    return answer.body.decode()


def required_headers(operation_id: str, status: int) -> set[str]:
    """The headers that the contract says an answer has."""
    operation = CONTRACT.operation(operation_id)
    responses = CONTRACT.document["paths"][operation.path][operation.method.lower()]["responses"]
    declared = {
        name: _followed(header) for name, header in _followed(responses[str(status)]).get("headers", {}).items()
    }
    return {name.lower() for name, header in declared.items() if header.get("required")}


def _followed(value: Any) -> Any:
    """What a reference leads to."""
    while "$ref" in value:
        found: Any = CONTRACT.document
        for name in value["$ref"].removeprefix("#/").split("/"):
            found = found[name]
        value = found
    return value
