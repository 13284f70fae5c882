"""A benchmark's servers, each a process of its own, and what is asked of them."""

import asyncio
import json
import os
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple

from emulator.server.connection import loop_factory
from tests.benchmarks.load import Load, Render, request, run_load


class Server(NamedTuple):
    """A target's process."""

    name: str
    url: str
    port: int
    process: subprocess.Popen[str]
    ready_after: float  # seconds from process start

    def memory_mib(self) -> float:
        """Resident memory of the process."""
        with open(f"/proc/{self.process.pid}/status") as status:
            return next(int(line.split()[1]) for line in status if line.startswith("VmRSS")) / 1024

    def cpu_seconds(self) -> float:
        """Processor time of the process so far, the system's work for it included; in steps of a hundredth."""
        with open(f"/proc/{self.process.pid}/stat") as stat:
            fields = stat.read().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@contextmanager
def serving(name: str, *command: str) -> Iterator[Server]:
    """A target in a process of its own, on the first core."""
    started = time.perf_counter()
    process = subprocess.Popen(
        command or (sys.executable, "-m", "tests.benchmarks.targets", name), stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    line = ""
    while not line.startswith(("http", "ready")):
        line = process.stdout.readline()
        assert line, f"{name} did not start"
    ready_after = time.perf_counter() - started
    url = line.removeprefix("ready ").strip()
    pin(process.pid, 0)
    try:
        yield Server(name, url, int(url.rpartition(":")[2]), process, ready_after)
    finally:
        process.terminate()
        process.wait(10)


def put_load(server: Server, render: Render, *, first: int = 0, requests: int, status: int = 202) -> Load:
    """Send a number of requests as fast as they are answered, from the fastest loop there is."""
    before = server.cpu_seconds()
    with asyncio.Runner(loop_factory=loop_factory()) as runner:
        load = runner.run(run_load(server.port, render, first=first, requests=requests, status=status))
    return load._replace(server_seconds=server.cpu_seconds() - before)


def pin(pid: int, core: int) -> None:
    """Keep a process on one core."""
    cores = sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else []
    if len(cores) > 1:
        os.sched_setaffinity(pid, {cores[core]})


def ask(url: str, body: object = None, method: str | None = None, headers: dict[str, str] | None = None) -> dict:
    """One JSON call."""
    raw = None if body is None else json.dumps(body).encode()
    wanted = urllib.request.Request(
        url, raw, {"Content-Type": "application/json", **(headers or {})}, method=method or ("POST" if raw else "GET")
    )
    with urllib.request.urlopen(wanted, timeout=600) as answer:
        return json.loads(answer.read() or b"{}")


def credentials(server: Server, api: str) -> dict[str, str]:
    """The headers of the first account of an API."""
    listed = ask(f"{server.url}/_emulator/apis")["apis"]
    return next(entry for entry in listed if entry["name"] == api)["accounts"][0]["headers"]


def raven_send(headers: dict[str, str]) -> Render:
    """A send of the kind that the vendor's page shows, each with its own idempotency key."""
    body = b'{"channel":"sms","to":"+254722000000","body":"Hi Ada, your order #AC-1042 is on its way.","idempotency_key":"%010d"}'
    whole = request("/raven/v1/messages", body % 0, headers)
    head = whole[: -len(body % 0)]
    return lambda number: head + body % number
