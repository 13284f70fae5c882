"""`parrotfish contracts`: which tasks there are, the processes that do them, and what is told of it."""

import multiprocessing
import os
import signal
from collections import Counter, deque
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from emulator.harness.contracts.documents import NotAContract
from emulator.harness.contracts.findings import INTERRUPTED, Result
from emulator.harness.contracts.plan import PHASES, Plan
from emulator.harness.contracts.reports.console import annotation, details, summary
from emulator.harness.contracts.reports.junit import write_junit
from emulator.harness.contracts.target import Api, Client, Refused, Unreachable, World
from emulator.harness.contracts.work import Task, do, interrupt_once, own_emulator, settings_file

EXAMPLES = 10
DEEP = 10
DEEP_SEEDS = 3
PATIENCE_SECONDS = 15
"""How long a process that is asked to stop may take to hand over what it has."""

Write = Callable[[str], None]


@dataclass(frozen=True)
class Options:
    """What a user asks for. Without a `url`, each contract gets an emulator of its own.

    `took` is told of each result as it comes; the runs then listen for a coverage report.
    """

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
    took: Callable[[Result], None] | None = None
    workers: int = field(default_factory=lambda: os.cpu_count() or 1)


class UnknownApi(Exception):
    """There is no such API. The text names those that there are."""


def run(options: Options, write: Write) -> int:
    """Hold everything that is asked for against its contract; answers with the exit status.

    Raises `Unreachable`, `Refused`, `NotAContract`, `UnknownApi`, and `OSError` if the report cannot be written.
    """
    tasks = list(_tasks(options))
    results: dict[str, Result] = {}
    left = Counter(task.api for task in tasks)
    for result in _done(tasks, options.workers):
        if options.took is not None:
            options.took(result)
        whole = results.setdefault(result.api, result)
        if whole is not result:
            whole.join(result)
        left[result.api] -= 1
        if not left[result.api]:
            write(summary(whole))
    ordered = [results[name] for name in left]
    if options.junit is not None:
        write_junit(options.junit, ordered)
    _tell(ordered, write, annotate=options.annotate)
    return exit_status(ordered)


def _tell(results: Sequence[Result], write: Write, *, annotate: bool) -> None:
    for result in results:
        for line in details(result):
            write(line)
        for finding, _ in result.findings.values() if annotate else ():
            write(annotation(finding))


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
            listens=options.took is not None,
        )
        for api in chosen:
            yield Task(api.name, plan, options.url, options.token)


@contextmanager
def _directory(options: Options) -> Generator[World]:
    """A target that is only asked what there is."""
    client = Client(token=options.token)
    if options.url is not None:
        yield World(client, options.url.rstrip("/").partition("/w/")[0])
        return
    with own_emulator(options.seed) as (url, _):
        yield World(client, url)


def _size(world: World, api: Api) -> int:
    """How long its contract is; the longer, the more calls."""
    try:
        return len(repr(world.contract(api)))
    except Refused:
        # The task will say it.
        return 0


def _done(tasks: Sequence[Task], workers: int) -> Iterator[Result]:
    """One result for each task, as they come. Each has a process to itself, so that nothing is left over from another.

    After Ctrl-C those that run are asked to stop, and what they have is taken.
    """
    # Not forked: the parent has threads of libraries.
    context = multiprocessing.get_context("spawn")
    pool = ProcessPoolExecutor(workers, mp_context=context, max_tasks_per_child=1, initializer=interrupt_once)
    waiting, running = deque(tasks), dict[Future[Result], Task]()
    try:
        while waiting or running:
            while waiting and len(running) < workers:
                task = waiting.popleft()
                running[pool.submit(do, task)] = task
            for future in wait(running, return_when=FIRST_COMPLETED).done:
                yield _result(future, running.pop(future))
    except KeyboardInterrupt:
        _interrupt(running)
        yield from (_result(future, task) for future, task in running.items())
        yield from (Result(task.api, errors=[INTERRUPTED]) for task in waiting)
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def _interrupt(running: Iterable[Future[Result]]) -> None:
    children = multiprocessing.active_children()
    for child in children:
        if child.pid is not None:
            os.kill(child.pid, signal.SIGINT)
    if wait(running, timeout=PATIENCE_SECONDS).not_done:
        for child in children:
            child.kill()


def _result(future: Future[Result], task: Task) -> Result:
    if not future.done():
        return Result(task.api, errors=[INTERRUPTED])
    try:
        return future.result()
    except (BrokenProcessPool, OSError) as error:
        return Result(task.api, errors=[f"its process ended: {error or type(error).__name__}"])


__all__ = ["NotAContract", "Options", "Refused", "UnknownApi", "Unreachable", "run"]
