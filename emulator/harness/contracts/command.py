# pyright: basic, reportDeprecated=false
"""`parrotfish contracts`: which tasks there are, the processes that do them, and what is told of it."""

import multiprocessing
import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from emulator.harness.contracts.documents import Document, NotAContract
from emulator.harness.contracts.findings import Result
from emulator.harness.contracts.reports.console import annotation, details, summary
from emulator.harness.contracts.reports.junit import write_junit
from emulator.harness.contracts.run import PHASES, Plan
from emulator.harness.contracts.target import Api, Client, Refused, Unreachable, World
from emulator.harness.contracts.work import Task, do, own_emulator, settings_file

EXAMPLES = 10
DEEP = 10
DEEP_SEEDS = 3

Write = Callable[[str], None]


@dataclass(frozen=True)
class Options:
    """What a user asks for. Without a `url`, each contract gets an emulator of its own."""

    api: str | None = None
    url: str | None = None
    token: str | None = None
    junit: Path | None = None
    seed: int = 1
    deep: bool = False
    shard: tuple[int, int] = (1, 1)
    examples: int = EXAMPLES
    phases: Sequence[str] = PHASES
    annotate: bool = False
    workers: int = field(default_factory=lambda: os.cpu_count() or 1)


class UnknownApi(Exception):
    """There is no such API. The text names those that there are."""


def run(options: Options, write: Write) -> int:
    """Hold everything that is asked for against its contract; answers with the exit status.

    Raises `Unreachable`, `Refused`, `NotAContract`, `UnknownApi`, and `OSError` if the report cannot be written.
    """
    tasks = list(_tasks(options))
    results: dict[str, Result] = {}
    left = {name: sum(task.api == name for task in tasks) for name in dict.fromkeys(task.api for task in tasks)}
    try:
        for result in _done(tasks, options.workers):
            whole = results.setdefault(result.api, result)
            if whole is not result:
                whole.join(result)
            left[result.api] -= 1
            if not left[result.api]:
                write(summary(whole))
    except KeyboardInterrupt:
        for name, count in left.items():
            if count:
                results.setdefault(name, Result(name)).errors.append("it was interrupted")
    ordered = [results[name] for name in left if name in results]
    if options.junit is not None:
        write_junit(options.junit, ordered)
    for result in ordered:
        for line in details(result):
            write(line)
        if options.annotate:
            for finding, _ in result.findings.values():
                write(annotation(finding))
    return exit_status(ordered)


def exit_status(results: Sequence[Result]) -> int:
    """0 all held, 1 something was found, else what kept a run from being whole."""
    if any(result.findings for result in results):
        return 1
    return max((result.trouble or int(bool(result.errors)) for result in results), default=0)


def _tasks(options: Options) -> Iterator[Task]:
    """The longest first, so that the last one is not waited for alone."""
    with _directory(options) as world:
        found = {api.name: api for api in world.apis()}
        if options.api is not None and options.api not in found:
            raise UnknownApi(f"there is no API {options.api}; there are {', '.join(found)}")
        chosen = [api for api in found.values() if options.api in (None, api.name)]
        chosen.sort(key=lambda api: _size(world, api), reverse=True)
    seeds = range(options.seed, options.seed + DEEP_SEEDS) if options.deep else (options.seed,)
    for turn, seed in enumerate(seeds):
        plan = Plan(
            seed=seed,
            examples=options.examples * (DEEP if options.deep else 1),
            probes=DEEP if options.deep else 2,
            turn=turn,
            shard=options.shard,
            settings=settings_file(),
            phases=options.phases,
        )
        for api in chosen:
            yield Task(api.name, plan, options.url, options.token)


@contextmanager
def _directory(options: Options) -> Iterator[World]:
    """A target that is only asked what there is."""
    client = Client(token=options.token)
    if options.url is not None:
        yield World(client, options.url.rstrip("/").partition("/w/")[0])
        return
    with own_emulator(options.seed) as (url, _):
        yield World(client, url)


def _size(world: World, api: Api) -> int:
    try:
        return len(Document(world.contract(api)).operations)
    except (Refused, NotAContract):
        # The task will say it.
        return 0


def _done(tasks: Sequence[Task], workers: int) -> Iterator[Result]:
    """The results as they come. Each task has a process to itself, so that nothing is left over from another."""
    # Not forked: the parent has threads of libraries.
    context = multiprocessing.get_context("spawn")
    pool = ProcessPoolExecutor(max(1, min(len(tasks), workers)), mp_context=context, max_tasks_per_child=1)
    futures: dict[Future[Result], Task] = {pool.submit(do, task): task for task in tasks}
    try:
        for future in as_completed(futures):
            try:
                yield future.result()
            except (BrokenProcessPool, OSError) as error:
                yield Result(futures[future].api, errors=[f"its process ended: {error or type(error).__name__}"])
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


__all__ = ["NotAContract", "Options", "Refused", "UnknownApi", "Unreachable", "run"]
