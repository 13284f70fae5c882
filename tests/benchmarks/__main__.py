"""`python -m tests.benchmarks`: one table, ratios measured side by side.

The targets are served one core, the load comes from the other; each round measures every target once, in turn, so a
drift of the machine's speed touches all of them alike. Ratios are medians over the rounds.
"""

import argparse
import json
import mmap
import sys
import time
from collections.abc import Callable
from contextlib import ExitStack
from statistics import median
from typing import NamedTuple

from tests.benchmarks.dashboard import measure_dashboard
from tests.benchmarks.load import Load, Render, request
from tests.benchmarks.servers import Server, ask, credentials, pin, put_load, raven_send, serving

ECHO = request(
    "/echo", b'{"channel":"sms","to":"+254722000000","body":"Hi Ada, your order #AC-1042 is on its way.","n":1000001}'
)


def other_send(server: Server, api: str) -> Render:
    """A plain send of one of the other APIs, to one of two hundred people."""
    listed = ask(f"{server.url}/_emulator/apis")["apis"]
    account = next(entry for entry in listed if entry["name"] == api)["accounts"][0]
    known = account["parameters"]
    path, body = {
        "tripdesk": (
            "/api/v1/messages",
            {"channel": "sms", "to": "+15557000%03d", "text": "Your order is on its way."},
        ),
        "arowana": (
            "/v1/messages",
            {
                "agent_id": known.get("agent_id"),
                "to": "+491511000%03d",
                "message_type": "MESSAGE",
                "traffic_type": "TRANSACTION",
                "content": {"text": "Your order is on its way."},
            },
        ),
        "bird": (
            f"/workspaces/{known.get('workspaceId')}/channels/{known.get('channelId')}/messages",
            {
                "receiver": {"contacts": [{"identifierValue": "+3160000%03d"}]},
                "body": {"type": "text", "text": {"text": "Your order is on its way."}},
            },
        ),
    }[api]
    raw = json.dumps(body).encode()
    requests = [request(f"/{api}{path}", raw % number, account["headers"]) for number in range(200)]
    return lambda number: requests[number % 200]


def cloudrebue_sends(server: Server, messages: int) -> Render:
    """One message by itself, or a batch of several."""
    each = [
        {"sender": "CLOUD_REBUE", "message": "Test API", "phone": f"0711{n:06d}", "correlator": n}
        for n in range(messages)
    ]
    headers = credentials(server, "cloudrebue")
    whole = request("/cloudrebue/api/v1/send-sms", json.dumps(each if messages > 1 else each[0]).encode(), headers)
    return lambda _: whole


class Target(NamedTuple):
    """What is asked of a server of its own, so that no API pays for what another one keeps in memory."""

    name: str
    serves: str
    status: int
    render: Callable[[Server], Render]
    share: float = 1.0  # of the requests of a round
    rest: float = 0.0  # seconds for what the requests set off, so that it is not done in the next target's time


PLAIN = request("/", ECHO.partition(b"\r\n\r\n")[2])
TARGETS = (
    Target("empty ASGI app", "empty", 200, lambda _: lambda _: PLAIN),
    Target("Starlette JSON echo", "echo", 200, lambda _: lambda _: ECHO),
    Target("  the same behind our connections", "echo-edge", 200, lambda _: lambda _: ECHO),
    Target("Raven send, held", "held", 202, lambda at: raven_send(credentials(at, "raven"))),
    Target("Raven send, real", "real", 202, lambda at: raven_send(credentials(at, "raven")), rest=4.0),
    Target("Cloud Rebue send, held", "held", 200, lambda at: cloudrebue_sends(at, 1)),
    Target("Cloud Rebue batch of 100, held", "held", 200, lambda at: cloudrebue_sends(at, 100), 0.02),
    Target("TripDesk send, held", "held", 202, lambda at: other_send(at, "tripdesk")),
    Target("Arowana send, held", "held", 200, lambda at: other_send(at, "arowana")),
    Target("Bird send, held", "held", 202, lambda at: other_send(at, "bird")),
)


def measure_sends(rounds: int, requests: int) -> None:
    """The empty app, the echo and our sends, in turn."""
    _touch_memory()
    with ExitStack() as opened:
        servers = {target: opened.enter_context(serving(target.serves)) for target in TARGETS}
        pin(0, 1)
        renders = {target: target.render(server) for target, server in servers.items()}
        for target, server in servers.items():
            if target.serves == "held":
                _fill_wallet(server)
        figures: dict[str, list[Load]] = {target.name: [] for target in TARGETS}
        for place in range(rounds + 1):
            for target, server in servers.items():
                count = int(requests * target.share)
                load = put_load(server, renders[target], first=place * count, requests=count, status=target.status)
                time.sleep(target.rest)
                if place:  # the first round warms up
                    figures[target.name].append(load)
        _print_table(figures, rounds)


def _touch_memory() -> None:
    """Write to as much memory as the servers will need.

    A virtual machine finds a page when it is first written to, for ten times what it costs afterwards. Only what keeps
    messages would pay for that, and only on a machine that was started lately.
    """
    with mmap.mmap(-1, 2 << 30) as memory:
        for place in range(0, len(memory), mmap.PAGESIZE):
            memory[place] = 1


def _print_table(figures: dict[str, list[Load]], rounds: int) -> None:
    print(
        f"\n{'target':<36}{'per second':>12}{'x echo':>9}{'server µs':>12}   (medians of {rounds} interleaved rounds)"
    )
    echoes = [load.per_second for load in figures["Starlette JSON echo"]]
    for name, loads in figures.items():
        ratio = median(load.per_second / other for load, other in zip(loads, echoes, strict=True))
        cost = median(load.microseconds for load in loads)
        print(f"{name:<36}{median(load.per_second for load in loads):>12,.0f}{ratio:>9.2f}{cost:>12,.1f}")


def _fill_wallet(server: Server) -> None:
    accounts = ask(f"{server.url}/_emulator/accounts?limit=500")["accounts"]
    for account in accounts:
        if account["api"] in {"cloudrebue", "tripdesk", "arowana"}:
            ask(f"{server.url}/_emulator/accounts/{account['id']}", {"balance": "1000000000"}, "PATCH")


def measure_life(messages: int) -> None:
    """Whole lives with one signed webhook each, acknowledged; everything on the virtual clock."""
    with serving("held") as held, serving("receiver") as receiver:
        headers = credentials(held, "raven")
        listed = ask(f"{held.url}/_emulator/apis")["apis"]
        account = next(entry for entry in listed if entry["name"] == "raven")["accounts"][0]
        ask(
            f"{held.url}/_emulator/accounts/{account['id']}",
            {
                "settings": {"outbound_webhooks": True},
                "webhooks": [{"url": receiver.url, "events": ["message.delivered"]}],
            },
            "PATCH",
        )
        pin(0, 1)
        started = time.perf_counter()
        put_load(held, raven_send(headers), requests=messages)
        moved = ask(f"{held.url}/_emulator/clock/advance", {"by": "10s"})
        seconds = time.perf_counter() - started
        print(f"\nwhole life with one signed webhook acknowledged: {messages / seconds:,.0f} messages per second")
        print(f"  ({messages:,} messages, {moved['timers_run']:,} timers, {moved['attempts_made']:,} attempts)")


def measure_start(rounds: int) -> None:
    """From process start to the line `ready`, and memory then."""
    command = (sys.executable, "-m", "emulator", "serve", "--port", "0")
    times: list[float] = []
    idle = 0.0
    for _ in range(rounds):
        with serving("start", *command) as server:
            times.append(server.ready_after)
            idle = server.memory_mib()
    print(
        f"\nready after {median(times):.3f} s (median of {rounds}; least {min(times):.3f}), idle memory {idle:.1f} MiB"
    )


def measure_memory(messages: int) -> None:
    """Resident memory before and after messages with their whole lives, in `held`."""
    with serving("held") as held:
        headers = credentials(held, "raven")
        render = raven_send(headers)
        pin(0, 1)
        put_load(held, render, requests=11_000)  # fills the bounded journal
        ask(f"{held.url}/_emulator/clock/advance", {"by": "1h"})
        before = held.memory_mib()
        steps = [put_load(held, render, first=20_000, requests=messages // 2)]
        steps.append(put_load(held, render, first=20_000_000, requests=messages // 2))
        ask(f"{held.url}/_emulator/clock/advance", {"by": "1h"})
        after = held.memory_mib()
        print(f"\nmemory: {before:.0f} MiB, after {messages:,} more messages with their whole lives {after:.0f} MiB:")
        print(f"  {(after - before) * 1024 / messages:.2f} KiB a message")
        print(
            f"  sends per second over the first and the second half: {steps[0].per_second:,.0f}, {steps[1].per_second:,.0f}"
        )


def main() -> None:
    """Measure what the arguments name, or everything."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description=__doc__)
    parser.add_argument("what", nargs="*", choices=["start", "sends", "life", "memory", "dashboard", []], default=[])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--requests", type=int, default=10_000)
    parser.add_argument("--messages", type=int, default=100_000)
    chosen = parser.parse_args()
    what = chosen.what or ["start", "sends", "life", "memory", "dashboard"]
    if "start" in what:
        measure_start(chosen.rounds)
    if "sends" in what:
        measure_sends(chosen.rounds, chosen.requests)
    if "life" in what:
        measure_life(min(chosen.messages, 20_000))
    if "memory" in what:
        measure_memory(chosen.messages)
    if "dashboard" in what:
        measure_dashboard(chosen.rounds, chosen.requests, chosen.messages)


if __name__ == "__main__":
    main()
