"""The servers that are compared, each a process of its own: `python -m tests.benchmarks.targets NAME`.

`empty` and `echo` are what one writes by hand for a test, served as one serves it: by uvicorn as it comes, with uvloop,
httptools and no access log. `echo-edge` is the echo behind our own connections; it shows what they alone are worth.
"""

import socket
import sys

import uvicorn

from emulator.server.asgi import App, Receive, Scope, Send
from emulator.server.connection import run

STOCK = frozenset({"empty", "echo"})


async def empty(scope: Scope, receive: Receive, send: Send) -> None:
    """The least that an ASGI app can do: read the body, answer two bytes."""
    if scope["type"] != "http":
        return
    while (await receive()).get("more_body"):
        pass
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"2")]})
    await send({"type": "http.response.body", "body": b"{}"})


def echo() -> App:
    """A Starlette app with one route that parses JSON and answers it."""
    from starlette.applications import Starlette
    from starlette.requests import Request
    from starlette.responses import JSONResponse
    from starlette.routing import Route

    async def answer(request: Request) -> JSONResponse:
        return JSONResponse(await request.json())

    return Starlette(routes=[Route("/echo", answer, methods=["POST"])])


def receiver() -> App:
    """A webhook receiver that takes everything."""
    return empty


def parrotfish(pace: str) -> App:
    """The emulator, with rate limits off, as they are no part of what is measured."""
    from emulator.app import create_app
    from emulator.settings import Settings

    return create_app(Settings(pace=pace, rate_limits="off"))


def build(name: str) -> App:
    """The app of this name."""
    if name in {"held", "real"}:
        return parrotfish(name)
    return {"empty": lambda: empty, "echo": echo, "echo-edge": echo, "receiver": receiver}[name]()


class _Announced(uvicorn.Server):
    """Uvicorn as it comes, but for a line that says where it listens."""

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        host, port = self.servers[0].sockets[0].getsockname()
        print(f"http://{host}:{port}", flush=True)


def run_stock(app: App) -> None:
    """Serve an app by uvicorn as it comes."""
    server = _Announced(uvicorn.Config(app, host="127.0.0.1", port=0, log_level="warning", access_log=False))
    server.run()


def main() -> None:
    """Serve one target on a free port and print its URL."""
    name = sys.argv[1]
    if name in STOCK:
        run_stock(build(name))
    else:
        run(build(name), host="127.0.0.1", port=0, on_ready=lambda url: print(url, flush=True))


if __name__ == "__main__":
    main()
