"""The outermost ASGI callable: it picks world and API itself and hands over a call whose body has been read.

Under a framework's mounts and routes a quarter of the speed of a send is lost, so only what is not an emulated API
(control API, dashboard, guide) goes to the framework's app.
"""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import NamedTuple
from urllib.parse import unquote_to_bytes

import msgspec

from emulator.core.errors import MalformedRequest, NotFound
from emulator.gateway import telling
from emulator.gateway.world import World
from emulator.server.asgi import Answer, App, Receive, Scope, Send
from emulator.server.clocks import DateHeader
from emulator.server.contract import Contract, load_contract
from emulator.server.dialect import Call, Dialect, Headers, Reply, Wait
from emulator.server.pipeline import abandon, answer, finish
from emulator.server.timekeeper import WorldReset
from emulator.server.worlds import Worlds

CONTROL = b"_emulator"

_WITHOUT_LENGTH = frozenset({204, 304})


class Api(NamedTuple):
    """One emulated API at this server."""

    dialect: Dialect
    contract: Contract


class Place(msgspec.Struct, frozen=True, gc=False):
    """Where a request belongs: its API (None: control API, dashboard or guide), the vendor's path, the prefix.

    `world` is named by the path, or None if the credential is to select it.
    """

    api: Api | None
    raw_path: bytes
    base_path: str
    world: World | None


class Edge:
    """The server's ASGI app. `rest` answers whatever belongs to no API.

    `rest` gets `scope["state"]` with `world` and `base_path`, and with `unknown_world` for a path that names none.
    """

    def __init__(self, worlds: Worlds, dialects: Sequence[Dialect], *, only: str | None = None) -> None:
        self.worlds = worlds
        self.rest: App = _nothing_there
        self._apis = {d.name.encode(): Api(d, load_contract(d.name)) for d in dialects}
        self._mounts = {mount: (api, f"/{api.dialect.name}") for mount, api in self._apis.items()}
        self._hosts = {host.encode(): api for api in self._apis.values() for host in api.dialect.hosts}
        self._only = self._apis[only.encode()] if only else None
        # Callers ask for the same few paths and hosts again and again.
        self._place_at = lru_cache(maxsize=64)(self._find_place_at)

    @property
    def apis(self) -> Mapping[bytes, Api]:
        """The emulated APIs by mount."""
        return self._apis

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            return
        headers = dict(scope["headers"])
        try:
            place = self._place(scope["raw_path"], headers)
        except NotFound:
            await self._answer_rest(Place(None, scope["raw_path"], "", None), scope, receive, send, unknown_world=True)
            return
        if place.api is None:
            await self._answer_rest(place, scope, receive, send)
            return
        body, too_large = await _read_body(receive, place.api.dialect.body_limit)
        if body is None:
            return
        call = self._call(place.api, place, scope, headers, body, too_large=too_large)
        if call.world.store.faults.rows:
            await self._under_faults(call)(scope, receive, send)
            return
        reply = answer(call)
        if isinstance(reply, Wait):
            reply = await self._wait(call, reply)
        await _send(send, reply, self._end(call, reply))

    def answer_now(self, scope: Scope, body: bytes) -> Answer | App | None:
        """Answer a request to an API whose body is there, without awaiting anything; None for any other request."""
        headers = dict(scope["headers"])
        try:
            place = self._place(scope["raw_path"], headers)
        except NotFound:
            return None
        api = place.api
        if api is None:
            return None
        call = self._call(api, place, scope, headers, body, too_large=len(body) > api.dialect.body_limit)
        if call.world.store.faults.rows:
            return self._under_faults(call)
        reply = answer(call)
        if isinstance(reply, Wait):
            return self._answer_later(call, reply)
        return Answer(reply.status, self._end(call, reply), reply.body)

    def _answer_later(self, call: Call, wait: Wait) -> App:
        async def app(_scope: Scope, _receive: Receive, send: Send) -> None:
            reply = await self._wait(call, wait)
            await _send(send, reply, self._end(call, reply))

        return app

    def _under_faults(self, call: Call) -> App:
        """Do a call in a world that has faults; what is returned lets its answer leave, or not."""
        # Late: most servers never have one.
        from emulator.server.faulty import Faulty  # noqa: PLC0415 - late: most servers never have a fault

        return Faulty(self.worlds, call, end=self._end, finish=self._wait)

    def _call(self, api: Api, place: Place, scope: Scope, headers: Headers, body: bytes, *, too_large: bool) -> Call:
        dialect, contract = api
        world, base_path = place.world, place.base_path
        if world is None:
            world = self.worlds.of_caller(dialect, headers)
            if world is not self.worlds.default:
                # Whoever follows an address of the answer may have no credential that selects the world.
                base_path = f"/w/{world.name}{base_path}"
        host = headers.get(b"host")
        return Call(
            dialect,
            contract,
            world,
            method=scope["method"],
            raw_path=place.raw_path,
            raw_query=scope["query_string"],
            raw_headers=scope["headers"],
            headers=headers,
            raw_body=body,
            too_large=too_large,
            base_path=base_path,
            origin=_origin(scope["scheme"], host) if host else _own_origin(scope),
        )

    def _end(self, call: Call, reply: Reply) -> list[tuple[bytes, bytes]]:
        """End a stretch: let its world go on, and give the answer's headers."""
        keeper = self.worlds.keeper(call.world)
        headers = _all_headers(call, reply, keeper.date)
        keeper.nudge()
        return headers

    async def _wait(self, call: Call, wait: Wait) -> Reply:
        """Let the world go on until an answer is there, or the wait is over."""
        world, epoch = call.world, call.world.epoch
        keeper = self.worlds.keeper(world)
        keeper.nudge()
        ends_at = world.clock.now + wait.at_most
        if wait.told is not None:
            await keeper.post_now(telling.take_ready(world, wait.told))
            if world.epoch != epoch:
                return abandon(call)

        async def look() -> bool | None:
            return True if wait.until() or world.clock.now >= ends_at else None

        try:
            await self.worlds.waiting.until(world, look, wait.at_most / (world.clock.pace.rate or 1))
        except WorldReset:
            return abandon(call)
        return finish(call, wait)

    def refuse_invalid(self, data: bytes) -> tuple[int, Sequence[tuple[bytes, bytes]], bytes]:
        """What is answered to bytes that are not HTTP: the refusal of the API that the first line names, if any."""
        target = data.split(b"\r\n", 1)[0].split(b" ")
        raw_path = target[1] if len(target) > 1 else b"/"
        headers = _headers_of(data)
        try:
            place = self._place(raw_path.partition(b"?")[0], headers)
        except NotFound:
            place = Place(None, raw_path, "", None)
        api = place.api or next(iter(self._apis.values()))
        world = place.world or self.worlds.default
        call = Call(
            *api, world, method="GET", raw_path=place.raw_path, raw_query=b"", raw_headers=(), headers={}, raw_body=b""
        )
        reply = api.dialect.render_error(MalformedRequest("not HTTP"), call)
        return reply.status, _all_headers(call, reply, self.worlds.keeper(world).date), reply.body

    def _place(self, raw_path: bytes, headers: Headers) -> Place:
        """Find world and API. Raises `NotFound` for a world that is not there."""
        host = headers.get(b"host", b"")
        if not raw_path.startswith(b"/w/"):
            return self._place_at(raw_path, host)
        name, _, rest = raw_path[3:].partition(b"/")
        world = self.worlds.get(unquote_to_bytes(name).decode("latin-1"))
        place = self._place_at(b"/" + rest, host)
        return Place(place.api, place.raw_path, f"/w/{name.decode()}{place.base_path}", world)

    def _find_place_at(self, raw_path: bytes, host: bytes) -> Place:
        """Find the API whatever the world: by the path's mount, or by a host that is one API's alone."""
        mount, _, rest = raw_path[1:].partition(b"/")
        if mount == CONTROL:
            return Place(None, raw_path, "", None)
        api = self._only or self._hosts.get(host.partition(b":")[0].lower())
        if api is not None:
            return Place(api, raw_path, "", None)
        known = self._mounts.get(mount)
        return Place(None, raw_path, "", None) if known is None else Place(known[0], b"/" + rest, known[1], None)

    async def _answer_rest(
        self, place: Place, scope: Scope, receive: Receive, send: Send, *, unknown_world: bool = False
    ) -> None:
        inner = dict(scope)
        inner["raw_path"] = place.raw_path
        inner["path"] = unquote_to_bytes(place.raw_path).decode("utf-8", "replace")
        inner["root_path"] = ""
        inner["state"] = {
            **scope.get("state", {}),
            "world": place.world or self.worlds.default,
            "base_path": place.base_path,
            "unknown_world": unknown_world,
        }
        await self.rest(inner, receive, send)


async def _nothing_there(_scope: Scope, _receive: Receive, send: Send) -> None:
    await send({"type": "http.response.start", "status": 404, "headers": [(b"content-length", b"0")]})
    await send({"type": "http.response.body", "body": b""})


async def _read_body(receive: Receive, limit: int) -> tuple[bytes | None, bool]:
    """The body, and whether it is larger than the limit; None if the caller went away."""
    message = await receive()
    if message["type"] == "http.disconnect":
        return None, False
    body: bytes = message.get("body", b"")
    if not message.get("more_body", False):
        return body, len(body) > limit
    parts, size = [body], len(body)
    while size <= limit:
        message = await receive()
        if message["type"] == "http.disconnect":
            return None, False
        part: bytes = message.get("body", b"")
        parts.append(part)
        size += len(part)
        if not message.get("more_body", False):
            break
    return b"".join(parts), size > limit


@lru_cache(maxsize=64)
def _origin(scheme: str, host: bytes) -> str:
    return f"{scheme}://{host.decode('latin-1')}"


def _own_origin(scope: Scope) -> str:
    server = scope.get("server") or ("localhost", None)
    return f"{scope['scheme']}://{server[0]}:{server[1]}"


def _headers_of(data: bytes) -> dict[bytes, bytes]:
    lines = data.split(b"\r\n\r\n", 1)[0].split(b"\r\n")[1:]
    pairs = (line.partition(b":") for line in lines if b":" in line)
    return {name.strip().lower(): value.strip() for name, _, value in pairs}


def _all_headers(call: Call, reply: Reply, date: DateHeader) -> list[tuple[bytes, bytes]]:
    kind = ((b"content-type", reply.content_type),) if reply.content_type is not None and reply.body else ()
    headers = [
        (b"content-length", b"%d" % len(reply.body)),
        (b"date", date.at(call.world.clock.now)),
        *kind,
        *reply.headers,
        *call.dialect.reply_headers(call),
    ]
    if reply.status in _WITHOUT_LENGTH:
        del headers[0]
    return headers


async def _send(send: Send, reply: Reply, headers: list[tuple[bytes, bytes]]) -> None:
    await send({"type": "http.response.start", "status": reply.status, "headers": headers})
    await send({"type": "http.response.body", "body": reply.body})
