"""What open dashboards cost the one who sends, and how long the inbox takes to be shown."""

import http.client
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from statistics import median

from tests.benchmarks.servers import Server, ask, credentials, pin, put_load, raven_send, serving

_OPEN = (0, 1, 3)
# As in the page's script, in seconds.
_LEAST_PAUSE, _LONGEST_PAUSE, _PAUSE_PER_LOOK = 0.4, 5.0, 40
_QUERIES = (
    "",
    "api=raven",
    "api=bird",
    "channel=sms",
    "environment=live",
    "environment=test",
    "account={account}",
    "status=delivered",
    "status=failed",
    "q=AC-1042",
    "q=0000007",
    "q=nowhere",
)


def measure_dashboard(rounds: int, requests: int, messages: int) -> None:
    """Processor time of the server for each send, with so many inboxes open; then the inbox itself."""
    with serving("held") as held:
        pin(0, 1)
        render = raven_send(credentials(held, "raven"))
        first = 0
        put_load(held, render, first=first, requests=11_000)  # fills the bounded journal
        costs: dict[int, list[float]] = {count: [] for count in _OPEN}
        for _ in range(rounds):
            for count in _OPEN:
                first += 1_000_000
                with ExitStack() as opened:
                    for _ in range(count):
                        opened.enter_context(_open_inbox(held))
                    load = put_load(held, render, first=first, requests=requests)
                    costs[count].append(load.microseconds)
        print(f"\nserver's processor time for a send (medians of {rounds} interleaved rounds)")
        for count, found in costs.items():
            ratio = median(cost / alone for cost, alone in zip(found, costs[0], strict=True))
            print(f"  {count} inboxes open{median(found):>10.1f} µs{(ratio - 1) * 100:>+8.1f} %")
    _measure_inbox(messages)


def _measure_inbox(messages: int) -> None:
    with serving("held") as held:
        pin(0, 1)
        render = raven_send(credentials(held, "raven"))
        put_load(held, render, requests=messages)
        print(
            f"\nthe inbox at {messages:,} messages, first page, ms to the whole answer: first request, then medians of 5"
        )
        listed = ask(f"{held.url}/_emulator/accounts?api=raven")["accounts"]
        for query in (each.format(account=listed[0]["id"]) for each in _QUERIES):
            times = [_look(held, f"/messages?{query}") * 1000 for _ in range(6)]
            print(f"  {query or 'everything':<20}{times[0]:>8.1f}{median(times[1:]):>8.1f}")


def _look(server: Server, path: str) -> float:
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)
    connection.connect()
    began = time.perf_counter()
    connection.request("GET", path, headers={"Accept": "text/html"})
    answer = connection.getresponse()
    answer.read()
    took = time.perf_counter() - began
    assert answer.status == 200, answer.status
    connection.close()
    return took


@contextmanager
def _open_inbox(server: Server) -> Iterator[None]:
    """An inbox as a browser holds it open: the stream, and a look at the page when it says that something happened."""
    stream = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)
    stream.request("GET", "/events", headers={"Accept": "text/event-stream"})
    connection = stream.sock
    answer = stream.getresponse()
    assert answer.status == 200
    happened, ended = threading.Event(), threading.Event()

    def listen() -> None:
        try:
            while answer.read1(1 << 20):
                happened.set()
        except (OSError, http.client.HTTPException):
            return  # closed

    def look() -> None:
        while happened.wait() and not ended.is_set():
            happened.clear()
            took = _look(server, "/messages")
            ended.wait(min(_LONGEST_PAUSE, max(_LEAST_PAUSE, _PAUSE_PER_LOOK * took)))

    threads = [threading.Thread(target=target, daemon=True) for target in (listen, look)]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        ended.set()
        happened.set()
        connection.shutdown(socket.SHUT_RDWR)
        for thread in threads:
            thread.join(10)
        stream.close()
