"""`parrotfish contracts --coverage`: the suites, then ready stories and probes, and what all have exercised."""

from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from emulator.harness.contracts import command as suites
from emulator.harness.contracts.documents import Document, NotAContract
from emulator.harness.contracts.findings import Result
from emulator.harness.contracts.target import CONTROL, Client, Refused, Unreachable, World, make_world, remove_world
from emulator.harness.contracts.work import own_emulator
from emulator.harness.coverage.assess import total
from emulator.harness.coverage.probes import Prober
from emulator.harness.coverage.report import ENDINGS, Gathered
from emulator.harness.coverage.reports.console import lines
from emulator.harness.coverage.stories import play_stories
from emulator.server.contract import contract_names, load_contract

Write = Callable[[str], None]

_TOKEN = "coverage"  # noqa: S105 - of an emulator that lives for a few calls


class BadReport(Exception):
    """A file that no report can be written to. The text says why."""


def check_path(path: Path | None) -> None:
    """Look whether a report can be called like this. Raises `BadReport`."""
    if path is not None and path.suffix.lower() not in ENDINGS:
        raise BadReport(f"{path}: a coverage report ends with .html or .json")


def run(options: suites.Options, write: Write, *, path: Path | None = None, fail_under: float | None = None) -> int:
    """Run everything, and tell what was exercised; answers with the exit status of the suites, or 1.

    Raises what `suites.run` raises. The file is written after each step, so that what was heard is kept.
    """
    gathered = Gathered(_documents(options), path)
    gathered.write()
    heard: list[str] = []

    def took(result: Result) -> None:
        heard.append(result.api)
        gathered.take(result.api, result.heard, result.errors)

    try:
        status = suites.run(replace(options, took=took), write)
        missing = [name for name in gathered.documents if name not in heard]
        for name in missing:
            gathered.take(name, None, ["its suites did not end"])
        if not missing:
            status = max(status, _go_on(options, gathered, write))
    finally:
        for line in lines(gathered.all()):
            write(line)
    return status or int(fail_under is not None and _falls_short(gathered, fail_under))


def _falls_short(gathered: Gathered, fail_under: float) -> bool:
    found = gathered.all()
    return total(found).percent < fail_under or any(each.stale for each in found)


def _documents(options: suites.Options) -> dict[str, Document]:
    """The contracts that are asked for. One that is none is left to the suites, which say so."""
    if options.url is None:
        names = [name for name in contract_names() if options.api in (None, name)]
        return {name: Document(load_contract(name).document) for name in names}
    world = World(Client(token=options.token), options.url.rstrip("/").partition("/w/")[0])
    found: dict[str, Document] = {}
    for api in world.apis():
        if options.api in (None, api.name):
            try:
                found[api.name] = Document(world.contract(api))
            except (NotAContract, Refused):
                continue
    return found


def _go_on(options: suites.Options, gathered: Gathered, write: Write) -> int:
    """Go where the suites did not come; 1 if something was found on the way."""
    status = 0
    try:
        if options.url is None:
            status = _play(gathered, write)
        with _target(options) as url:
            _probe(options, gathered, url)
        if options.url is None and CONTROL in gathered.documents:
            _probe_the_door(options, gathered)
    except KeyboardInterrupt:
        for name in gathered.documents:
            gathered.take(name, None, ["it was interrupted"])
        return 1
    return status


def _play(gathered: Gathered, write: Write) -> int:
    played = play_stories(list(gathered.documents))
    for name in gathered.documents:
        gathered.take(name, played.heard.get(name))
    for failed in played.failed:
        write(f"a story failed: {failed}")
    for finding in played.findings:
        write(f"{finding.api}: {finding.title}: {finding.operation}: {finding.message}\n{finding.answer}")
    return int(bool(played.failed or played.findings))


@contextmanager
def _target(options: suites.Options) -> Generator[str]:
    if options.url is not None:
        yield options.url
        return
    with own_emulator(options.seed) as (url, _):
        yield url


def _probe(options: suites.Options, gathered: Gathered, url: str) -> None:
    """Probe for what is still missing, each API in a world of its own."""
    client = Client(token=options.token)
    for name, document in gathered.documents.items():
        gaps = gathered.coverage(name).gaps
        if gaps:
            world = make_world(client, url, f"coverage-{name}", options.seed)
            try:
                world.prepare()
                _probe_one(world, name, document, gathered)
            finally:
                remove_world(world)


def _probe_the_door(options: suites.Options, gathered: Gathered) -> None:
    """The control API lets nobody in without a token, where it has one."""
    refused = [part for part in gathered.coverage(CONTROL).gaps if part.status == "401"]
    if refused:
        with own_emulator(options.seed, "--control-token", _TOKEN) as (url, _):
            world = World(Client(token=_TOKEN), url)
            prober = Prober(world, world.api(CONTROL), gathered.documents[CONTROL])
            prober.probe(refused)
            gathered.take(CONTROL, prober.heard)


def _probe_one(world: World, name: str, document: Document, gathered: Gathered) -> None:
    prober = Prober(world, world.api(name), document)
    try:
        prober.probe(gathered.coverage(name).gaps)
    except Unreachable as error:
        gathered.take(name, None, [str(error)])
    finally:
        gathered.take(name, prober.heard)
