"""The control API's ASGI app: access, route, body, parameters, handler, answer.

The routes are the contract's own, matched on the raw path as those of every emulated API are; so no framework's router
has to be imported before the server is ready.
"""

import asyncio
import logging
from collections.abc import Mapping, Sequence
from inspect import isawaitable
from urllib.parse import unquote_to_bytes

from emulator.control.access import Guard
from emulator.control.call import ControlCall, Server, Stream
from emulator.control.checks import check_members, check_query
from emulator.control.problems import detail_of, problem_reply
from emulator.core.errors import Json, NotFound, PayloadTooLarge, UnknownPath
from emulator.gateway.timers import EndlessLoop, catch_up
from emulator.gateway.world import World
from emulator.server.asgi import Receive, Scope, Send
from emulator.server.clocks import date_header
from emulator.server.contract import Match, load_contract
from emulator.server.dialect import Headers, Reply, json_reply
from emulator.server.edge import Api
from emulator.server.worlds import Worlds

log = logging.getLogger("parrotfish")

BODY_LIMIT = 1024 * 1024
_ROOT = b"/_emulator"
_OPEN = frozenset({"getHealth"})
_RECEIVES = frozenset({"postToSink"})
_ALWAYS = (
    (b"cache-control", b"no-store"),
    (b"x-content-type-options", b"nosniff"),
)


class CallerGone(Exception):
    """The caller went away before its body had come."""


class Control:
    """The app. It answers whatever belongs to no emulated API; outside `/_emulator/` there is next to nothing.

    `server` and `guard` are also for whoever stands in front.
    """

    def __init__(self, server: Server, guard: Guard) -> None:
        self._server = server
        self._guard = guard
        self._moving: asyncio.Task[object] | None = None

    @property
    def server(self) -> Server:
        """What belongs to the whole server."""
        return self._server

    @property
    def guard(self) -> Guard:
        """Who may ask."""
        return self._guard

    def stopping(self) -> None:
        """The server is about to stop: calls that wait for something are answered with what there is."""
        self._server.worlds.waiting.stopping()

    def begin_story(self, world: World, members: Mapping[str, Json], url: str) -> str | None:
        """Bring about the beginning of a story in one stretch, as `loadScenario` does; time moves on afterwards.

        Returns a sentence if it cannot be done. A moment of the clock that has passed is let be.
        """
        from emulator.control.scenario import begin, move_clock  # noqa: PLC0415 - late, as all handlers

        contract = self._server.contract
        try:
            begin_stretch(world)
            checked = check_members(contract, contract.operation("loadScenario"), json_reply(200, members).body)
            call = ControlCall(self._server, world, {}, {}, checked, url, "")
            begin(call)
            self._moving = move_clock(call)
        except Exception as error:  # noqa: BLE001 - the table says which are refusals; the others are logged
            return detail_of(problem_reply(error))
        self.nudge(world)
        return None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request. The edge has chosen the world and cut its prefix off the path."""
        world: World = scope["state"]["world"]
        try:
            reply = await self._answer(scope, receive, world)
        except CallerGone:
            return
        except Exception as error:  # noqa: BLE001 - the table says which are refusals; the others are logged
            reply = problem_reply(error)
        self.nudge(world)
        if isinstance(reply, Stream):
            await send_stream(receive, send, world, reply)
        else:
            await _send(send, world, reply)

    async def _answer(self, scope: Scope, receive: Receive, world: World) -> Reply | Stream:
        raw_path: bytes = scope["raw_path"]
        method: str = scope["method"]
        headers: Headers = dict(scope["headers"])
        if scope["state"].get("unknown_world"):
            self._guard.check(method, headers, is_open=False)
            raise NotFound("world", unquote_to_bytes(raw_path.split(b"/", 3)[2]).decode("utf-8", "replace"))
        if not raw_path.startswith(_ROOT + b"/"):
            return _front(method, raw_path)
        # Late: the handlers are half of what is imported, and nobody needs them before the server is ready.
        from emulator.control import routes  # noqa: PLC0415 - late: nobody needs them before `ready`

        match = self._route(method, raw_path, headers)
        body = await read_body(receive) if match.operation.content_types else b""
        # From here to the handler's first wait is one stretch.
        begin_stretch(world)
        contract = self._server.contract
        call = ControlCall(
            server=self._server,
            world=world,
            parameters=match.parameters,
            query=check_query(contract, match.operation, scope["query_string"]),
            members={} if match.operation.id in _RECEIVES else check_members(contract, match.operation, body),
            origin=f"{scope['scheme']}://{host_of(scope, headers)}",
            base_path=scope["state"].get("base_path", ""),
            method=method,
            raw_headers=tuple(scope["headers"]),
            raw_body=body,
        )
        answer = routes.HANDLERS[match.operation.id](call)
        return await answer if isawaitable(answer) else answer

    def _route(self, method: str, raw_path: bytes, headers: Headers) -> Match:
        """Find the operation for those who may ask; the others do not learn what there is."""
        try:
            match = self._server.contract.match(method, raw_path)
        except Exception:
            self._guard.check(method, headers, is_open=False)
            raise
        id = match.operation.id
        # A sink takes what webhooks bring, which know no token and say what they like.
        self._guard.check("GET" if id in _RECEIVES else method, headers, is_open=id in _OPEN | _RECEIVES)
        return match

    def nudge(self, world: World) -> None:
        """Let a world go on after a stretch."""
        try:
            self._server.worlds.keeper(world).nudge()
        except NotFound:
            return  # this very call deleted the world


def create_control(
    worlds: Worlds,
    apis: Mapping[bytes, Api],
    *,
    version: str,
    allowed_hosts: Sequence[str],
    token: str | None,
    only: str | None = None,
) -> Control:
    """Build the control API. `only` names the API that is served at the root, so that addresses are right."""
    server = Server(worlds, apis, load_contract("control"), version, only)
    return Control(server, Guard(allowed_hosts, token))


def begin_stretch(world: World) -> None:
    """Run what is due. A world whose timers never end must still be looked at, and reset."""
    try:
        catch_up(world)
    except EndlessLoop:
        log.exception("world %s", world.name)


def _front(method: str, raw_path: bytes) -> Reply:
    """What stands at the root for whoever wants JSON; the dashboard stands in front."""
    if raw_path != b"/" or method != "GET":
        raise UnknownPath(method, raw_path.decode("utf-8", "replace"))
    return json_reply(
        200, {"name": "parrotfish", "apis": "/_emulator/apis", "control": "/_emulator/openapi/control.yaml"}
    )


async def read_body(receive: Receive) -> bytes:
    """The body. Raises `PayloadTooLarge` as soon as it is, and `CallerGone`."""
    parts: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise CallerGone
        part: bytes = message.get("body", b"")
        size += len(part)
        if size > BODY_LIMIT:
            raise PayloadTooLarge(BODY_LIMIT)
        parts.append(part)
        if not message.get("more_body", False):
            return b"".join(parts)


def host_of(scope: Scope, headers: Headers) -> str:
    """The host and port that the caller named, else our own."""
    host = headers.get(b"host")
    if host:
        return host.decode("latin-1")
    server = scope.get("server") or ("localhost", None)
    return f"{server[0]}:{server[1]}"


async def _send(send: Send, world: World, reply: Reply) -> None:
    headers = [(b"date", date_header(world.clock.now)), *_ALWAYS, *reply.headers]
    if reply.status != 204:
        headers.append((b"content-length", b"%d" % len(reply.body)))
    if reply.content_type is not None and reply.body:
        headers.append((b"content-type", reply.content_type))
    await send({"type": "http.response.start", "status": reply.status, "headers": headers})
    await send({"type": "http.response.body", "body": reply.body})


async def send_stream(receive: Receive, send: Send, world: World, stream: Stream) -> None:
    """Send a stream's parts as they come, until it ends or the caller goes."""
    headers = [(b"date", date_header(world.clock.now)), *_ALWAYS, (b"content-type", stream.content_type)]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    sending = asyncio.create_task(_send_parts(send, stream))
    gone = asyncio.create_task(_caller_gone(receive))
    await asyncio.wait({sending, gone}, return_when=asyncio.FIRST_COMPLETED)
    for task in (sending, gone):
        task.cancel()
    await asyncio.gather(sending, gone, return_exceptions=True)


async def _send_parts(send: Send, stream: Stream) -> None:
    async for part in stream.parts:
        await send({"type": "http.response.body", "body": part, "more_body": True})
    await send({"type": "http.response.body", "body": b""})


async def _caller_gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
