"""A request for a page: guard, form, route, page. What is refused is told on a page as well."""

import logging
from collections.abc import Mapping
from http.cookies import CookieError, SimpleCookie
from inspect import isawaitable
from typing import Any
from urllib.parse import parse_qs, unquote

import msgspec

from emulator.control import Control
from emulator.control.app import CallerGone, begin_stretch, host_of, read_body, send_stream
from emulator.control.call import Stream
from emulator.control.problems import CrossOrigin, problem_reply
from emulator.core.errors import NotFound, Unauthenticated, UnsupportedContentType
from emulator.dashboard.asking import Asker, Refused
from emulator.dashboard.assets import asset
from emulator.dashboard.frame import framed
from emulator.dashboard.routes import find
from emulator.dashboard.seen import Seen
from emulator.dashboard.stories import FindStories
from emulator.dashboard.visit import Visit
from emulator.gateway.world import World
from emulator.server.asgi import App, Receive, Scope, Send
from emulator.server.clocks import date_header
from emulator.server.dialect import Headers, Reply

log = logging.getLogger("parrotfish")

COOKIE = "parrotfish_token"

_FORM = b"application/x-www-form-urlencoded"
_POLICY = (
    b"default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; frame-src 'self'; "
    b"form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
_ALWAYS = (
    (b"cache-control", b"no-store"),
    (b"x-content-type-options", b"nosniff"),
    # `no-referrer` would take the origin from the forms, and with it the proof of where they stand.
    (b"referrer-policy", b"same-origin"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"x-dns-prefetch-control", b"off"),
)


class Site:
    """Answers one request. `prefix` is what addresses of pages begin with, `raw_path` the page's own.

    `stories` and `seen` live as long as the server.
    """

    def __init__(
        self, control: Control, apis: App, stories: FindStories, seen: Seen, prefix: str, raw_path: bytes
    ) -> None:
        self._control = control
        self._apis = apis
        self._stories = stories
        self._seen = seen
        self._prefix = prefix
        self._path = raw_path.decode("latin-1")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer."""
        world: World = scope["state"]["world"]
        headers = _with_token(dict(scope["headers"]))
        try:
            reply = await self._answer(scope, receive, world, headers)
        except CallerGone:
            return
        if isinstance(reply, Stream):
            await send_stream(receive, send, world, reply)
        else:
            await _send(send, scope["method"], world, reply)

    async def _answer(self, scope: Scope, receive: Receive, world: World, headers: Headers) -> Reply | Stream:
        visit = self._visit(scope, world, headers)
        try:
            return await self._page(scope, receive, visit, headers)
        except Refused as refused:
            problem = refused.problem
        except CallerGone:
            raise
        except Exception as error:  # noqa: BLE001 - the table says which are refusals; the others are logged
            problem = msgspec.json.decode(problem_reply(error).body)
        if problem["status"] == 401:
            return await framed(visit, "sign_in.html", status=401, bare=True)
        return await framed(visit, "refused.html", status=problem["status"], problem=problem, bare=True)

    async def _page(self, scope: Scope, receive: Receive, visit: Visit, headers: Headers) -> Reply | Stream:
        method: str = scope["method"]
        is_open = self._path.startswith("static/") or self._path == "session"
        self._control.guard.check("GET", headers, is_open=is_open)
        if self._path.startswith("static/"):
            return asset(self._path.removeprefix("static/"))
        if scope["state"].get("unknown_world"):
            raise NotFound("world", unquote(self._path.split("/", 2)[1]))
        if method not in ("GET", "HEAD"):
            _check_origin(headers)
            visit = visit._replace(form=await _read_form(receive, headers))
        if self._path == "session":
            return _session(visit)
        page, parts = find(method, self._path)
        begin_stretch(visit.world)
        answer = page(visit._replace(parts=parts))
        try:
            return await answer if isawaitable(answer) else answer
        finally:
            self._control.nudge(visit.world)

    def _visit(self, scope: Scope, world: World, headers: Headers) -> Visit:
        base_path: str = scope["state"].get("base_path", "")
        origin = f"{scope['scheme']}://{host_of(scope, headers)}"
        server = self._control.server
        return Visit(
            server=server,
            world=world,
            asker=Asker(server, world, origin, base_path),
            apis=self._apis,
            stories=self._stories,
            seen=self._seen,
            root=base_path + self._prefix,
            base_path=base_path,
            origin=origin,
            path=self._path,
            parts={},
            query=_last_values(scope["query_string"]),
            form={},
        )


def _with_token(headers: Mapping[bytes, bytes]) -> dict[bytes, bytes]:
    """The headers, with the token that the browser keeps where a program would send it."""
    if b"authorization" in headers or COOKIE.encode() not in headers.get(b"cookie", b""):
        return dict(headers)
    try:
        morsel = SimpleCookie(headers[b"cookie"].decode("latin-1")).get(COOKIE)
    except CookieError:
        return dict(headers)
    token = morsel.value if morsel is not None else ""
    return {**headers, b"authorization": b"Bearer " + token.encode("latin-1", "ignore")}


def _session(visit: Visit) -> Reply:
    """Let the browser keep the token; whether it is right shows with the next page."""
    token = visit.form.get("token", "")
    if not visit.form or not token.isprintable() or not token.isascii():
        raise Unauthenticated("missing", "controlToken")
    cookie = SimpleCookie()
    cookie[COOKIE] = token
    kept = f"{cookie[COOKIE].OutputString()}; HttpOnly; Path=/; SameSite=Strict"
    went = visit.go()
    return Reply(303, headers=(*went.headers, (b"set-cookie", kept.encode())), content_type=None)


def _check_origin(headers: Headers) -> None:
    """A change must prove that it comes from one of our own pages. Raises `CrossOrigin`."""
    site = headers.get(b"sec-fetch-site")
    origin = headers.get(b"origin", b"").decode("latin-1")
    host = headers.get(b"host", b"").decode("latin-1").strip().lower()
    is_same = origin.partition("://")[2].lower() == host if origin else site == b"same-origin"
    if not is_same or site not in (None, b"same-origin"):
        raise CrossOrigin(origin or "another origin")


async def _read_form(receive: Receive, headers: Headers) -> Mapping[str, str]:
    """The form's last value of each name. Raises `UnsupportedContentType`, `PayloadTooLarge`."""
    content_type = headers.get(b"content-type", b"").partition(b";")[0].strip().lower()
    if content_type not in (b"", _FORM):
        raise UnsupportedContentType(content_type.decode("latin-1"))
    return _last_values(await read_body(receive))


def _last_values(raw: bytes) -> dict[str, str]:
    try:
        pairs = parse_qs(raw.decode("latin-1"), keep_blank_values=True, max_num_fields=1000)
    except ValueError:
        return {}
    return {name: values[-1] for name, values in pairs.items()}


async def _send(send: Send, method: str, world: World, reply: Reply) -> None:
    own: dict[bytes, Any] = dict(reply.headers)
    headers = [(b"date", date_header(world.clock.now)), (b"content-length", b"%d" % len(reply.body))]
    headers += [(name, value) for name, value in _ALWAYS if name not in own]
    if b"content-security-policy" not in own:
        headers.append((b"content-security-policy", _POLICY))
    if reply.content_type is not None:
        headers.append((b"content-type", reply.content_type))
    await send({"type": "http.response.start", "status": reply.status, "headers": [*headers, *reply.headers]})
    await send({"type": "http.response.body", "body": b"" if method == "HEAD" else reply.body})
