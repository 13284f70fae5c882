"""Stands around an emulator in this process, and notes what is called, what is answered and what is posted.

An answer counts if it keeps to the contract; one that a fault has broken does not.
"""

import json
import re
from collections.abc import Mapping
from typing import Any

from emulator.app import App
from emulator.core.errors import Json, MethodNotAllowed, UnknownPath
from emulator.harness.contracts.documents import Document
from emulator.harness.contracts.findings import Finding
from emulator.harness.coverage.attempts import posted, secrets_in
from emulator.harness.coverage.heard import Heard
from emulator.harness.coverage.hearing import Hearing
from emulator.harness.coverage.keywords import Seen
from emulator.server.asgi import Receive, Scope, Send
from emulator.server.contract import Contract, contract_names, load_contract

_CONTROL = "control"
_MOUNT = "_emulator"
_WORLD = re.compile(r"/w/([^/]+)(?=/)")
_FORGETS = re.compile(r"/_emulator/(?:worlds/(?P<removed>[^/]+)|reset|snapshots/[^/]+/restore)")


class Witness:
    """An ASGI app around an `App`. `findings` are posted webhooks that break their contract."""

    def __init__(self, app: App) -> None:
        self.app = app
        self.findings: list[Finding] = []
        self._surfaces: dict[str, tuple[Contract, Document, Hearing]] = {}
        self._secrets: dict[str, None] = {}

    @property
    def heard(self) -> dict[str, Heard]:
        """What was heard of each API that was called."""
        return {name: hearing.heard() for name, (_, _, hearing) in self._surfaces.items()}

    async def startup(self) -> None:
        """Begin."""
        await self.app.startup()

    async def shutdown(self) -> None:
        """End."""
        await self.app.shutdown()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let the app answer, and note it."""
        path: str = scope["raw_path"].decode("latin-1")
        await self._before_it_forgets(scope["method"], path)
        exchange = _Exchange(receive, send)
        await self.app(scope, exchange.receive, exchange.send)
        if exchange.is_whole:
            self._secrets.update(dict.fromkeys(secrets_in(exchange.asked)))
            self._note(scope, path, exchange)

    def _note(self, scope: Scope, path: str, exchange: "_Exchange") -> None:
        api, inner = _split(path)
        if api not in contract_names():
            return
        contract, document, hearing = self._surface(api)
        method: str = scope["method"]
        try:
            operation = contract.match(method, inner.encode("latin-1")).operation
        except UnknownPath:
            return
        except MethodNotAllowed:
            # What every path answers alike is left to the suites.
            return
        label = f"{method} {operation.path}"
        if label not in document.operations or exchange.breaks(contract, operation.id):
            return
        hearing.take_answer(document.operations[label], exchange.status, exchange.seen(scope))

    def _surface(self, api: str) -> tuple[Contract, Document, Hearing]:
        if api not in self._surfaces:
            contract = load_contract(api)
            document = Document(contract.document)
            self._surfaces[api] = contract, document, Hearing(document)
        return self._surfaces[api]

    async def _before_it_forgets(self, method: str, path: str) -> None:
        """Judge what a world has posted, before that is gone."""
        forgets = _FORGETS.fullmatch(_WORLD.sub("", path, count=1)) if method in ("POST", "DELETE") else None
        if forgets is None:
            return
        world = _WORLD.match(path)
        name = forgets["removed"] or (world[1] if world is not None else None)
        await self.judge_webhooks(f"/w/{name}" if name is not None else "")

    async def judge_webhooks(self, prefix: str) -> None:
        """Judge and note what the world with this prefix has posted so far."""

        async def ask(path: str) -> Any:  # noqa: ANN401 - JSON of the control API
            return await self._ask(f"{prefix}/{_MOUNT}/{path}")

        found = await posted(ask)
        for api, attempts in found.attempts.items():
            hearing = self._surface(api)[2]
            secrets = [*found.secrets, *self._secrets]
            self.findings += hearing.take_webhooks(api, attempts, urls=found.urls, secrets=secrets)

    async def _ask(self, address: str) -> Any:  # noqa: ANN401 - JSON of the control API
        path, _, query = address.partition("?")
        answer = bytearray()

        async def receive() -> dict[str, Any]:
            return {"type": "http.request", "body": b"", "more_body": False}

        async def send(message: Mapping[str, Any]) -> None:
            answer.extend(message.get("body", b""))

        scope: dict[str, Any] = {
            "type": "http",
            "http_version": "1.1",
            "method": "GET",
            "scheme": "http",
            "path": path,
            "raw_path": path.encode("latin-1"),
            "query_string": query.encode("latin-1"),
            "headers": [(b"host", b"127.0.0.1")],
            "server": ("127.0.0.1", 80),
            "client": ("127.0.0.1", 0),
        }
        await self.app(scope, receive, send)
        return json.loads(answer)


class _Exchange:
    """One call and its answer as they pass by."""

    def __init__(self, receive: Receive, send: Send) -> None:
        self._receive = receive
        self._send = send
        self.asked = b""
        self.answered = b""
        self.status = 0
        self.headers: dict[str, str] = {}
        self.is_whole = False

    async def receive(self) -> Any:  # noqa: ANN401 - a message of ASGI
        message = await self._receive()
        self.asked += message.get("body", b"")
        return message

    async def send(self, message: Any) -> None:  # noqa: ANN401 - a message of ASGI
        if message["type"] == "http.response.start":
            self.status = message["status"]
            self.headers = _texts(message.get("headers", ()))
        else:
            self.answered += message.get("body", b"")
            self.is_whole = not message.get("more_body", False)
        await self._send(message)

    def breaks(self, contract: Contract, operation_id: str) -> bool:
        """Whether the answer breaks the contract."""
        kind = self.headers.get("content-type", "").partition(";")[0].strip() or "application/json"
        body: Json = None
        if "json" in kind and self.answered:
            try:
                body = json.loads(self.answered)
            except ValueError:
                return True
        return bool(contract.reply_problems(operation_id, self.status, body, kind))

    def seen(self, scope: Scope) -> Seen:
        """For the count of keywords."""
        headers = _texts(scope["headers"])
        query = scope["query_string"].decode("latin-1")
        url = f"http://{headers.get('host', 'localhost')}{scope['raw_path'].decode('latin-1')}"
        return Seen(
            method=scope["method"],
            url=f"{url}?{query}" if query else url,
            headers=headers,
            body=self.asked or None,
            status=self.status,
            answer_headers=self.headers,
            answer=self.answered,
        )


def _texts(headers: Any) -> dict[str, str]:  # noqa: ANN401 - pairs of bytes
    return {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in headers}


def _split(path: str) -> tuple[str, str]:
    """The API that a path is about, and the path in its contract."""
    rest = _WORLD.sub("", path, count=1) if path.startswith("/w/") else path
    mount, _, inner = rest[1:].partition("/")
    return (_CONTROL, rest) if mount == _MOUNT else (mount, f"/{inner}")
