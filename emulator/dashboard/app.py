"""The dashboard's ASGI app: it takes what is a page of its own, and leaves the rest to the control API."""

from importlib import import_module

from emulator.control import Control
from emulator.dashboard.seen import Seen
from emulator.dashboard.stories import FindStories
from emulator.server.asgi import App, Receive, Scope, Send

UI = b"/_emulator/ui"

# Below the root only these are pages; everything else there belongs to nobody yet.
_AT_ROOT = frozenset(
    {
        b"",
        b"accounts",
        b"audit",
        b"clock",
        b"compose",
        b"contacts",
        b"contracts",
        b"conversations",
        b"events",
        b"failures",
        b"journal",
        b"messages",
        b"reset",
        b"session",
        b"sinks",
        b"static",
        b"stories",
        b"suppressions",
        b"things",
        b"webhooks",
        b"worlds",
    }
)


class Dashboard:
    """The app. `apis` is the whole server's, for requests that a page makes on a person's behalf.

    `stories` gives who plays stories.
    """

    def __init__(self, control: Control, apis: App, stories: FindStories) -> None:
        self._control = control
        self._apis = apis
        self._stories = stories
        self._seen = Seen(control.server.worlds)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request that belongs to no emulated API."""
        place = self._place(scope)
        if place is None:
            await self._control(scope, receive, send)
            return
        # Late: nobody needs templates before somebody looks.
        from emulator.dashboard.site import Site  # noqa: PLC0415 - late: nobody needs templates before somebody looks

        await Site(self._control, self._apis, self._stories, self._seen, *place)(scope, receive, send)

    def _place(self, scope: Scope) -> tuple[str, bytes] | None:
        """What the addresses of pages begin with, below the world's prefix, and the path behind it."""
        raw_path: bytes = scope["raw_path"]
        if scope["state"].get("unknown_world"):
            # Its pages are told apart from its calls by who asks.
            return None if b"text/html" not in dict(scope["headers"]).get(b"accept", b"") else ("", raw_path[1:])
        if raw_path == UI or raw_path.startswith(UI + b"/"):
            return UI.decode(), raw_path[len(UI) :].lstrip(b"/")
        if raw_path[1:].partition(b"/")[0] not in _AT_ROOT or _wants_json(scope):
            return None
        return "", raw_path[1:]


def make_ready() -> None:
    """Import what pages need, and compile the first templates; takes a quarter of a second, and may run in a thread."""
    import_module("emulator.dashboard.site")
    from emulator.dashboard.templates import ENVIRONMENT  # noqa: PLC0415 - late, as above

    for name in ("base.html", "macros.html", "home.html", "messages.html", "message.html"):
        ENVIRONMENT.get_template(name)


def create_dashboard(control: Control, apis: App, stories: FindStories) -> Dashboard:
    """Build the dashboard in front of a control API."""
    return Dashboard(control, apis, stories)


def _wants_json(scope: Scope) -> bool:
    accept = dict(scope["headers"]).get(b"accept", b"")
    return b"application/json" in accept and b"text/html" not in accept
