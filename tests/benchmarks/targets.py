"""The servers that are compared, each a process of its own: `python -m tests.benchmarks.targets NAME`.

All of them run behind the same uvicorn, with the same protocol and event loop, so that the ratios speak of the app.
"""

import sys

from emulator.server.asgi import App, Receive, Scope, Send
from emulator.server.connection import run


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
    return {"empty": lambda: empty, "echo": echo, "receiver": receiver}[name]()


def main() -> None:
    """Serve one target on a free port and print its URL."""
    run(build(sys.argv[1]), host="127.0.0.1", port=0, on_ready=lambda url: print(url, flush=True))


if __name__ == "__main__":
    main()
