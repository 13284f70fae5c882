"""A port that is open from the beginning; the server behind it starts when the first caller comes.

So the workers of one run know where their server will be, and a run in which nobody asks for it pays a socket and a
sleeping thread.
"""

import json
import select
import socket
import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from emulator.testing.server import Server

BACKLOG = 2048
CANNOT_START = "cannot-start"
"""The word of the problem that callers are told when the server does not start."""


class OnDemand:
    """An emulator on a free port of the loopback interface."""

    def __init__(self) -> None:
        # With the protocol named, asyncio sends small parts at once.
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        self._socket.bind(("127.0.0.1", 0))
        self._socket.listen(BACKLOG)
        self.url = f"http://127.0.0.1:{self._socket.getsockname()[1]}"
        self._end, self._rope = socket.socketpair()
        self._server: Server | None = None
        self._thread = threading.Thread(target=self._wait, name="parrotfish-on-demand", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Close the port, and stop the server if it was started."""
        self._rope.send(b".")
        self._thread.join()
        if self._server is not None:
            self._server.stop()
        for each in (self._socket, self._end, self._rope):
            each.close()

    def _wait(self) -> None:
        if self._is_over():
            return
        try:
            from emulator.testing.server import Server  # noqa: PLC0415 - late, that is the point

            server = Server(listening=self._socket)
            server.start()
            self._server = server
        except Exception as error:  # noqa: BLE001 - whoever comes is told, whatever it is
            self._refuse(str(error))

    def _is_over(self) -> bool:
        """Sleep until somebody comes, or it is over."""
        ready, _, _ = select.select([self._socket, self._end], [], [])
        return self._end in ready

    def _refuse(self, why: str) -> None:
        """Tell everybody who comes why there is no server."""
        problem = {"type": f"urn:parrotfish:problem:{CANNOT_START}", "status": 503, "detail": why}
        body = json.dumps(problem).encode()
        head = b"HTTP/1.1 503 Service Unavailable\r\nContent-Type: application/problem+json\r\n"
        answer = b"%bContent-Length: %d\r\nConnection: close\r\n\r\n%b" % (head, len(body), body)
        while not self._is_over():
            caller, _ = self._socket.accept()
            with caller:
                caller.settimeout(1)
                try:
                    caller.recv(65536)
                    caller.sendall(answer)
                except OSError:
                    continue  # the caller went away
