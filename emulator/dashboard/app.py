"""The dashboard's ASGI app: it takes what is a page of its own, and leaves the rest to the control API."""

from emulator.control import Control
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
        b"conversations",
        b"events",
        b"failures",
        b"journal",
        b"messages",
        b"reset",
        b"session",
        b"sinks",
        b"static",
        b"suppressions",
        b"webhooks",
        b"worlds",
    }
)


class Dashboard:
    """The app. `apis` is the whole server's, for requests that a page makes on a person's behalf."""

    def __init__(self, control: Control, apis: App) -> None:
        self._control = control
        self._apis = apis

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request that belongs to no emulated API."""
        place = self._place(scope)
        if place is None:
            await self._control(scope, receive, send)
            return
        # Late: nobody needs templates before somebody looks.
        from emulator.dashboard.site import Site  # noqa: PLC0415

        await Site(self._control, self._apis, *place)(scope, receive, send)

    def _place(self, scope: Scope) -> tuple[str, bytes] | None:
        """What the addresses of pages begin with, below the world's prefix, and the path behind it."""
        raw_path: bytes = scope["raw_path"]
        if scope["state"].get("unknown_world"):
            return None
        if raw_path == UI or raw_path.startswith(UI + b"/"):
            return UI.decode(), raw_path[len(UI) :].lstrip(b"/")
        if raw_path[1:].partition(b"/")[0] not in _AT_ROOT or _wants_json(scope):
            return None
        return "", raw_path[1:]


def create_dashboard(control: Control, apis: App) -> Dashboard:
    """Build the dashboard in front of a control API."""
    return Dashboard(control, apis)


def _wants_json(scope: Scope) -> bool:
    accept = dict(scope["headers"]).get(b"accept", b"")
    return b"application/json" in accept and b"text/html" not in accept
