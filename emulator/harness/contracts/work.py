"""One task of a run, in a process of its own: a contract or a shard of it, in a world or an emulator of its own."""

import signal
import subprocess
import sys
from collections.abc import Generator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory, TemporaryFile
from typing import IO

from hypothesis.configuration import set_hypothesis_home_dir

from emulator.harness.contracts.documents import Document, NotAContract
from emulator.harness.contracts.findings import INTERRUPTED, UNREACHABLE, WRONG_INPUT, Finding, Result
from emulator.harness.contracts.place import Place
from emulator.harness.contracts.plan import Plan
from emulator.harness.contracts.run import Run
from emulator.harness.contracts.target import Client, Refused, Unreachable, World, make_world, remove_world

USUAL = "http://127.0.0.1:8026"
"""Where `parrotfish serve` listens if nothing else is said."""

_LOG_TAIL = 4_000


@dataclass(frozen=True)
class Task:
    """What one process does. Without a `url` it starts an emulator of its own."""

    api: str
    plan: Plan
    url: str | None = None
    token: str | None = None


def settings_file() -> Path | None:
    """What a run expects beyond the schemas: inside the package when installed, else in the checkout's `contracts/`."""
    inside = Path(__file__).with_name("schemathesis.toml")
    beside = Path(__file__).resolve().parents[3] / "contracts" / "schemathesis.toml"
    return next((path for path in (inside, beside) if path.is_file()), None)


def do(task: Task) -> Result:
    """Do it. Whatever goes wrong is in the result."""
    try:
        with _notes_elsewhere(), _world(task) as (world, log):
            return _hold(task, world, log)
    except KeyboardInterrupt:
        return Result(task.api, errors=[INTERRUPTED])
    except Unreachable as error:
        return Result(task.api, errors=[str(error)], trouble=UNREACHABLE)
    except (NotAContract, Refused) as error:
        return Result(task.api, errors=[f"{task.api}: {error}"], trouble=WRONG_INPUT)


@contextmanager
def _notes_elsewhere() -> Generator[None]:
    """Hypothesis writes what it noticed of the code into the folder where it runs; that folder is the user's."""
    with TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        set_hypothesis_home_dir(folder)
        try:
            yield
        finally:
            set_hypothesis_home_dir(None)


def interrupt_once() -> None:
    """Heed one SIGINT only: Ctrl-C reaches every process, and then the parent passes it on."""

    def interrupt(*_: object) -> None:
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        raise KeyboardInterrupt

    signal.signal(signal.SIGINT, interrupt)


def _hold(task: Task, world: World, log: IO[bytes] | None) -> Result:
    api = world.api(task.api)
    document = Document(world.contract(api))
    place = Place(world, task.api, document)
    result = Run(api, document, task.plan, place=place).play()
    with suppress(Unreachable, Refused):
        # What is known by now is worth more than a clean end.
        place.leave()
    if log is None:
        if result.findings:
            result.notes.append(f"the world {world.url} is kept, so that the calls can be made again")
        else:
            with suppress(Unreachable, Refused):
                remove_world(world)
        return result
    if any(finding.status is not None and finding.status >= 500 for finding, _ in result.findings.values()):
        log.seek(0)
        result.notes.append(log.read()[-_LOG_TAIL:].decode("utf-8", "replace"))
    return _at_the_usual_address(result, world.url, task.plan.seed)


def _at_the_usual_address(result: Result, url: str, seed: int) -> Result:
    """The emulator of a task is gone when its calls are read; one that was started by hand answers the same."""
    if result.findings:
        result.notes.append(f"the calls can be made again after `parrotfish serve --pace held --seed {seed}`")
    for subject, (finding, times) in result.findings.items():
        result.findings[subject] = (_moved(finding, url), times)
    return result


def _moved(finding: Finding, url: str) -> Finding:
    return replace(
        finding,
        curl=finding.curl.replace(url, USUAL),
        before=tuple(each.replace(url, USUAL) for each in finding.before),
        message=finding.message.replace(url, USUAL),
        answer=finding.answer.replace(url, USUAL),
    )


@contextmanager
def _world(task: Task) -> Generator[tuple[World, IO[bytes] | None]]:
    """A world, and the log of the emulator if it was started for this."""
    client = Client(token=task.token)
    if task.url is None:
        with own_emulator(task.plan.seed) as (url, log):
            yield World(client, url), log
    else:
        number, of = task.plan.shard
        name = f"contracts-{task.api}" if of == 1 else f"contracts-{task.api}-{number}of{of}"
        yield make_world(client, task.url, name, task.plan.seed), None


def _in_its_own_group(command: list[str], log: IO[bytes]) -> subprocess.Popen[bytes]:
    """Start a process that Ctrl-C does not reach: what asks it comes to an end first."""
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=log, start_new_session=True)  # noqa: S603 - our own command


@contextmanager
def own_emulator(seed: int, *more: str) -> Generator[tuple[str, IO[bytes]]]:
    """An emulator in a process of its own while the block runs; its URL and its log. Raises `Unreachable`.

    `more` are further options of `parrotfish serve`.
    """
    command = [sys.executable, "-m", "emulator", "serve", "--port", "0", "--pace", "held", "--seed", str(seed), *more]
    with TemporaryFile() as log, _in_its_own_group(command, log) as process:
        try:
            assert process.stdout is not None
            for line in process.stdout:
                word, _, url = line.decode().strip().partition(" ")
                if word == "ready":
                    yield url, log
                    return
            log.seek(0)
            raise Unreachable(f"the emulator did not start: {log.read()[-500:].decode('utf-8', 'replace')}")
        finally:
            process.terminate()
