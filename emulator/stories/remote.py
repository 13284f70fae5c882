"""A target, asked over HTTP: its control API, if it has one, and a world for each story."""

from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

import msgspec

from emulator.core.errors import Json
from emulator.stories.client import Answer, Broken, Client, Unreachable

_encode = msgspec.json.encode


class Refused(Exception):
    """The control API said no. The text is its sentence."""

    def __init__(self, status: int, detail: str, word: str = "") -> None:
        super().__init__(detail)
        self.status = status
        self.word = word


class World:
    """One world of a target, or a target without a control API.

    `url` is what addresses in it begin with, without a slash at the end. `headers` go with every call of a story.
    """

    def __init__(
        self, client: Client, url: str, *, has_control: bool, token: str | None, headers: Mapping[str, str]
    ) -> None:
        self.client = client
        self.url = url
        self.has_control = has_control
        self.headers = headers
        self._control_headers = {"Authorization": f"Bearer {token}"} if token else {}

    async def get(self, path: str, **query: str | float | None) -> Any:  # noqa: ANN401 - JSON of the control API
        """Ask the control API. Raises `Refused`."""
        asked = {name: value for name, value in query.items() if value is not None}
        return await self.ask("GET", f"{path}?{urlencode(asked)}" if asked else path)

    async def ask(self, method: str, path: str, body: Json = None) -> Any:  # noqa: ANN401 - JSON of the control API
        """One call of the control API; its answer's JSON. Raises `Refused`, `Unreachable`."""
        headers = dict(self._control_headers)
        raw: bytes | None = None
        if body is not None:
            raw = _encode(body)
            headers["Content-Type"] = "application/json"
        url = f"{self.url}/_emulator/{path}"
        try:
            answer = await self.client.ask(method, url, headers=headers, body=raw, kept=True)
        except Broken as error:
            raise Unreachable(f"{url} gave no answer ({error.how})") from None
        if answer.status >= 300:
            raise _refusal(answer)
        return answer.body


class Target:
    """What stories are played against. `worlds` are made for them, unless the URL names one."""

    def __init__(self, client: Client, url: str, *, token: str | None, headers: Mapping[str, str]) -> None:
        self._client = client
        self._token = token
        self._headers = headers
        self.url = url.rstrip("/")
        self.has_control = False

    @property
    def has_one_world(self) -> bool:
        """Whether all stories are played in one place, so that only one can be played at a time."""
        return not self.has_control or "/w/" in urlsplit(self.url).path

    async def probe(self) -> None:
        """Find out whether there is a control API. Raises `Unreachable`, and `Refused` for a wrong token."""
        try:
            health = await self._world(self.url).get("health")
            self.has_control = isinstance(health, dict) and "world" in health
            if self.has_control:
                await self._world(self.url).get("clock")
        except Refused as error:
            if error.status in (401, 421):
                raise
            self.has_control = False

    @asynccontextmanager
    async def world(self, name: str, seed: int) -> AsyncGenerator[World]:
        """A world as new, held; removed afterwards if it was made for this."""
        if self.has_one_world:
            world = self._world(self.url)
            if self.has_control:
                await world.ask("POST", "reset", {"seed": seed})
                await world.ask("PUT", "clock", {"pace": "held"})
            yield world
            return
        made = await self._make(name, seed)
        try:
            yield self._world(f"{self.url}/w/{quote(made)}")
        finally:
            await self._world(self.url).ask("DELETE", f"worlds/{quote(made)}")

    async def _make(self, name: str, seed: int) -> str:
        """Make a world of this name, or of the next one that is free."""
        for wanted in (name, *(f"{name[:60]}-{number}" for number in range(2, 100))):
            try:
                await self._world(self.url).ask("POST", "worlds", {"name": wanted, "seed": seed, "pace": "held"})
            except Refused as error:
                if error.status != 409:
                    raise
            else:
                return wanted
        raise Refused(409, f"there are too many worlds called {name}")

    def _world(self, url: str) -> World:
        return World(self._client, url, has_control=self.has_control, token=self._token, headers=self._headers)


def account_cards(apis: Mapping[str, Any], api: str) -> tuple[str, Sequence[Mapping[str, Any]]]:
    """An API's base URL, and its accounts as `GET /_emulator/apis` lists them. Raises `Refused`."""
    for each in apis["apis"]:
        if each["name"] == api:
            return each["base_url"], each["accounts"]
    known = ", ".join(each["name"] for each in apis["apis"])
    raise Refused(404, f"the target has no API {api}; it has {known}")


def _refusal(answer: Answer) -> Refused:
    problem = answer.body
    if isinstance(problem, dict) and isinstance(problem.get("detail"), str):
        return Refused(answer.status, str(problem["detail"]), str(problem.get("type", "")).rpartition(":")[2])
    return Refused(answer.status, f"the control API answered {answer.status}: {answer.text[:200]}")
