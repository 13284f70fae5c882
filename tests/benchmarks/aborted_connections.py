"""Memory of the server before and after many connections that are broken off.

    python -m tests.benchmarks.aborted_connections --connections 20000

The server is a process of its own with an app that only reads and answers. Each connection is reset by the client at
one of the points below, in turn. Exit status 1 if the memory grew by more than `--limit-kb`.
"""

import argparse
import asyncio
import os
import subprocess
import sys
from urllib.parse import urlsplit

from emulator.server import connection
from emulator.server.asgi import Receive, Scope, Send
from emulator.server.wire import reset

AT_ONCE = 50
WARM_UP = 5_000  # connections until the allocator and the caches have their size

CALL = b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\n\r\n12345"
UNTIL_GONE = CALL.replace(b"POST /", b"POST /until-gone")

# What is sent, and whether the client waits for something to come back before it resets.
POINTS = [
    (b"", False),
    (CALL[:30], False),  # in the head
    (CALL[:-2], False),  # in the body
    (CALL, False),
    (CALL, True),  # idle, with the keep-alive timer running
    (UNTIL_GONE, False),  # while the app waits
    (UNTIL_GONE + CALL, False),  # with a call in the pipeline
    (CALL + CALL[:-2], True),
    (b"not HTTP\r\n\r\n", True),
    (CALL.replace(b": 5", b": 99999"), False),
]


async def app(scope: Scope, receive: Receive, send: Send) -> None:
    while (message := await receive())["type"] != "http.disconnect":
        if not message["more_body"] and scope["path"] == "/":
            await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"2")]})
            await send({"type": "http.response.body", "body": b"ok"})
            return


async def abort_connections(url: str, count: int) -> None:
    parts = urlsplit(url)
    numbers = iter(range(count))

    async def work() -> None:
        for number in numbers:
            data, wait = POINTS[number % len(POINTS)]
            reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
            writer.write(data)
            if wait:
                await reader.read(1)
            reset(writer.transport)

    await asyncio.gather(*(work() for _ in range(AT_ONCE)))


def resident_kb(pid: int) -> int:
    return int(subprocess.check_output(["ps", "-o", "rss=", "-p", str(pid)]))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--connections", type=int, default=20_000)
    parser.add_argument("--limit-kb", type=int, default=2_000)
    parser.add_argument("--serve", action="store_true", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.serve:
        return connection.run(app, host="127.0.0.1", port=0, on_ready=lambda url: print(url, flush=True))

    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([os.getcwd(), *sys.path])}
    command = [sys.executable, "-m", "tests.benchmarks.aborted_connections", "--serve"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as server:
        assert server.stdout is not None
        url = server.stdout.readline().strip()
        try:
            asyncio.run(abort_connections(url, WARM_UP))
            before = resident_kb(server.pid)
            asyncio.run(abort_connections(url, arguments.connections))
            after = resident_kb(server.pid)
        finally:
            server.terminate()
    print(f"{arguments.connections} aborted connections: {before} kB before, {after} kB after")
    return 1 if after - before > arguments.limit_kb else 0


if __name__ == "__main__":
    sys.exit(main())
