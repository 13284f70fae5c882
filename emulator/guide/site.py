"""Where the guide's pages are: `/docs/…` as HTML, `/docs/….md` as Markdown, `/llms.txt` as an index.

The same stands below `/_emulator/`, which is there even when one API is served at the root.
"""

import re
from pathlib import Path
from urllib.parse import unquote

from emulator.control.access import Guard
from emulator.control.problems import problem_reply
from emulator.core.errors import MethodNotAllowed
from emulator.gateway.world import World
from emulator.guide.pages import ADDRESS, for_address, pages
from emulator.server.asgi import App, Receive, Scope, Send
from emulator.server.clocks import date_header
from emulator.server.dialect import Headers, Reply

_HTML = b"text/html; charset=utf-8"
_MARKDOWN = b"text/markdown; charset=utf-8"
_TEXT = b"text/plain; charset=utf-8"
_CSS = b"text/css; charset=utf-8"
_ALSO_BELOW = b"/_emulator"
_READS = ("GET", "HEAD")

_POLICY = b"default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
_ALWAYS = (
    (b"cache-control", b"no-cache"),
    (b"content-security-policy", _POLICY),
    (b"referrer-policy", b"no-referrer"),
    (b"x-content-type-options", b"nosniff"),
)
_PLAIN_HOST = re.compile(r"(?:[A-Za-z0-9.-]+|\[[0-9A-Fa-f:.]+\])(?::[0-9]{1,5})?")

_SUMMARY = (
    "A local emulator of messaging-provider APIs: it answers as the real services do, walks each message through its"
    " life on a virtual clock, and posts delivery receipts and signed webhooks, with the vendors' retries."
)


class Guide:
    """The ASGI app in front of another: it answers the guide's paths, and hands everything else on.

    `only` names the API that is served at the root, so that the samples' addresses are right.
    """

    def __init__(self, beyond: App, guard: Guard, *, only: str | None = None) -> None:
        self._beyond = beyond
        self._guard = guard
        self._only = only

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request for a page, or let the other app answer."""
        raw_path: bytes = scope["raw_path"]
        if not is_of_guide(raw_path):
            await self._beyond(scope, receive, send)
            return
        try:
            reply = self._answer(scope)
        except Exception as error:  # noqa: BLE001 - the table says which are refusals; the others are logged
            reply = problem_reply(error)
        await _send(send, scope["state"]["world"], reply, with_body=scope["method"] != "HEAD")

    def _answer(self, scope: Scope) -> Reply:
        headers: Headers = dict(scope["headers"])
        raw_path: bytes = scope["raw_path"]
        if scope["method"] not in _READS:
            raise MethodNotAllowed(scope["method"], raw_path.decode("latin-1"), _READS)
        # The pages are the same everywhere, so they need no token; names that lead here by a trick are refused.
        self._guard.check("GET", headers, is_open=True)
        address = _address(scope["scheme"], headers, scope["state"].get("base_path", ""))
        return answer(raw_path, address=address, only=self._only)


def is_of_guide(raw_path: bytes) -> bool:
    """Whether a path is one of the guide's."""
    path = raw_path.removeprefix(_ALSO_BELOW)
    return path in (b"/docs", b"/llms.txt") or path.startswith(b"/docs/")


def answer(raw_path: bytes, *, address: str = ADDRESS, only: str | None = None) -> Reply:
    """What is at one of the guide's paths. `address` is what addresses of the caller's world begin with."""
    path = raw_path.removeprefix(_ALSO_BELOW)
    prefix = raw_path[: len(raw_path) - len(path)].decode()
    if path == b"/docs":
        return Reply(308, headers=((b"location", f"{address}{prefix}/docs/".encode()),))
    if path == b"/llms.txt":
        return Reply(200, _index(f"{address}{prefix}/docs/").encode(), content_type=_TEXT)
    # Late: who looks at no page needs no HTML.
    from emulator.guide.rendering import nothing_here, page_as_html  # noqa: PLC0415 - late: the rest of the server needs no HTML

    name = unquote(path.removeprefix(b"/docs/").decode("latin-1"))
    if name == "guide.css":
        return Reply(200, Path(__file__).with_name("guide.css").read_bytes(), content_type=_CSS)
    home = "../ui/" if prefix else "../"
    page = pages().get(name.removesuffix(".md") or "index")
    if page is None or name == "index":
        return Reply(404, nothing_here(name.count("/"), home).encode(), content_type=_HTML)
    text = for_address(page.markdown, address, only)
    if name.endswith(".md"):
        return Reply(200, text.encode(), content_type=_MARKDOWN)
    return Reply(200, page_as_html(page, text, home).encode(), content_type=_HTML)


def _index(root: str) -> str:
    """The index for machines, after llmstxt.org."""
    lines = [f"- [{page.title}]({root}{page.name}.md): {page.summary}" for page in pages().values()]
    return "\n".join(["# Parrotfish", "", f"> {_SUMMARY}", "", "## Guide", "", *lines, ""])


def _address(scheme: str, headers: Headers, base_path: str) -> str:
    """What addresses begin with that lead back; of a host that is not plain, the usual one."""
    host = headers.get(b"host", b"").decode("latin-1")
    return f"{scheme}://{host}{base_path}" if _PLAIN_HOST.fullmatch(host) else ADDRESS + base_path


async def _send(send: Send, world: World, reply: Reply, *, with_body: bool) -> None:
    headers = [(b"date", date_header(world.clock.now)), *_ALWAYS, *reply.headers]
    headers.append((b"content-length", b"%d" % len(reply.body)))
    if reply.content_type is not None and reply.body:
        headers.append((b"content-type", reply.content_type))
    await send({"type": "http.response.start", "status": reply.status, "headers": headers})
    await send({"type": "http.response.body", "body": reply.body if with_body else b""})
