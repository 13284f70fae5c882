"""The pytest plugin: one emulator for the run, one world for each test, and stories as tests.

    def test_the_order_is_confirmed(emulator):
        shop = Shop(emulator.account("acme-api"))
        shop.order("AC-1042", phone="+12025550100")
        assert "AC-1042" in emulator.wait_for_message(recipient="+12025550100").text

Every run of pytest loads it where the distribution is installed. So it imports nothing of the emulator until a test
takes the fixture or a story is played: with xdist, the controller opens a port for all workers, and the server behind
it starts when the first worker calls.

The world of a test is named after it, and its seed is the CRC of its node id: the same test sees the same ids in every
run, alone or among others, on one worker or on eight.
"""

import re
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zlib import crc32

import pytest

if TYPE_CHECKING:
    from emulator.pytest_plugin.on_demand import OnDemand
    from emulator.testing import Emulator

STORY_ENDINGS = (".story.yaml", ".story.yml", ".story.json")

_WORKER_URL = "parrotfish_url"
_NOT_IN_A_NAME = re.compile(r"[^A-Za-z0-9._]+")
_LONGEST_NAME = 40
_MOST_NAMESAKES = 100


def pytest_addoption(parser: pytest.Parser) -> None:
    """The options."""
    group = parser.getgroup("parrotfish", "emulated messaging APIs (Parrotfish)")
    group.addoption("--parrotfish-url", metavar="URL", help="Use this server. Without it, one is started for the run.")
    group.addoption("--parrotfish-token", metavar="TOKEN", help="The control token that the server was started with.")
    group.addoption("--parrotfish-keep", action="store_true", help="Keep the worlds of tests, to look at them.")
    parser.addini("parrotfish_stories", "Collect *.story.yaml as tests.", type="bool", default=True)


def pytest_configure(config: pytest.Config) -> None:
    """Make the marker known, and remember where the server is, or will be."""
    config.addinivalue_line(
        "markers", "parrotfish(pace='held', seed=None): how time passes in the test's world, and its seed."
    )
    config.stash[_HOME] = _Home(config)


def pytest_unconfigure(config: pytest.Config) -> None:
    """Stop the server."""
    home = config.stash.get(_HOME, None)
    if home is not None:
        home.close()


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:  # noqa: ANN401 - xdist's, which may not be installed
    """Tell a worker where the server of all workers is."""
    node.workerinput[_WORKER_URL] = node.config.stash[_HOME].offer()


class _Home:
    """Where the server of this run is. It is started at first need, and stopped at the end of the run."""

    def __init__(self, config: pytest.Config) -> None:
        worker: dict[str, Any] = getattr(config, "workerinput", {})
        self.token: str | None = config.getoption("parrotfish_token")
        self._url: str | None = config.getoption("parrotfish_url") or worker.get(_WORKER_URL)
        self._emulator: Emulator | None = None
        self._on_demand: OnDemand | None = None

    def offer(self) -> str:
        """The address that workers are given."""
        if self._url is not None:
            return self._url
        if self._on_demand is None:
            from emulator.pytest_plugin.on_demand import OnDemand  # noqa: PLC0415 - late, see above

            self._on_demand = OnDemand()
        return self._on_demand.url

    def emulator(self) -> "Emulator":
        """The default world of the server. Raises `CannotStart`, `Unreachable`, `Refused`."""
        if self._emulator is None:
            from emulator.pytest_plugin.on_demand import CANNOT_START  # noqa: PLC0415 - late, see above
            from emulator.testing import CannotStart, Emulator, Refused  # noqa: PLC0415 - late

            try:
                self._emulator = Emulator(self._url, control_token=self.token).start()
            except Refused as error:
                if error.word == CANNOT_START:
                    raise CannotStart(str(error)) from None
                raise
        return self._emulator

    def close(self) -> None:
        """Stop what was started here."""
        for started, stop in ((self._emulator, "stop"), (self._on_demand, "close")):
            if started is not None:
                getattr(started, stop)()
        self._emulator = self._on_demand = None


_HOME = pytest.StashKey[_Home]()


@pytest.fixture(scope="session")
def emulator_server(pytestconfig: pytest.Config) -> "Emulator":
    """The server of the whole run: its default world, which all tests share."""
    return pytestconfig.stash[_HOME].emulator()


@pytest.fixture
def emulator(request: pytest.FixtureRequest, emulator_server: "Emulator") -> "Iterator[Emulator]":
    """An emulator of this test's own: a world that is made for it, and removed afterwards."""
    node: pytest.Item = request.node
    marker = node.get_closest_marker("parrotfish")
    chosen: dict[str, Any] = {"pace": "held", "seed": None, **(marker.kwargs if marker else {})}
    unknown = chosen.keys() - {"pace", "seed"}
    if unknown:
        raise pytest.UsageError(f"the marker parrotfish takes pace and seed, not {', '.join(sorted(unknown))}")
    seed = crc32(node.nodeid.encode()) if chosen["seed"] is None else chosen["seed"]
    world = _make_world(emulator_server, world_name(node.nodeid), seed, chosen["pace"])
    yield world
    # A test may have removed its world itself.
    if not node.config.getoption("parrotfish_keep") and world.world in emulator_server.worlds():
        emulator_server.delete_world(world.world)


def world_name(node_id: str) -> str:
    """A world's name for a test: what people recognise, and what tells it from all others."""
    readable = _NOT_IN_A_NAME.sub("-", node_id.rpartition("::")[2])[:_LONGEST_NAME].strip("-._")
    return f"{readable or 'test'}-{crc32(node_id.encode()):08x}"


def _make_world(server: "Emulator", name: str, seed: int, pace: str | float) -> "Emulator":
    """A world of this name, or of the next one that is free: a test may be run twice at the same time."""
    from emulator.testing import Refused  # noqa: PLC0415 - late, see above

    for number in range(1, _MOST_NAMESAKES):
        try:
            return server.create_world(name if number == 1 else f"{name}-{number}", seed=seed, pace=pace)
        except Refused as error:
            if error.word != "already-exists":
                raise
    raise pytest.UsageError(f"there are {_MOST_NAMESAKES} worlds called {name} at {server.url}; restart that server")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Show below a test that failed what happened in its world."""
    report = yield
    world: Any = getattr(item, "funcargs", {}).get("emulator")
    if call.when == "call" and report.failed and hasattr(world, "what_happened"):
        from emulator.testing import Trouble  # noqa: PLC0415 - late, see above

        try:
            report.sections.append(("parrotfish", world.what_happened()))
        except Trouble as error:
            report.sections.append(("parrotfish", str(error)))
    return report


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> "StoryFile | None":
    """Take up stories. They are read when they are played."""
    if file_path.name.endswith(STORY_ENDINGS) and parent.config.getini("parrotfish_stories"):
        return StoryFile.from_parent(parent, path=file_path)  # pyright: ignore[reportUnknownMemberType] - untyped there
    return None


class StoryFile(pytest.File):
    """A file with a story."""

    def collect(self) -> "Iterator[StoryItem]":
        """One test."""
        yield StoryItem.from_parent(self, name="story")  # pyright: ignore[reportUnknownMemberType] - untyped there


class StoryItem(pytest.Item):
    """A story, played in a world of its own in each of its environments."""

    def runtest(self) -> None:
        """Play it."""
        from emulator.testing.stories import StorySkipped, play_story  # noqa: PLC0415 - late, see above

        home = self.config.stash[_HOME]
        try:
            play_story(self.path, home.emulator().url, home.token)
        except StorySkipped as error:
            pytest.skip(str(error))

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:  # noqa: ANN401 - as pytest has it
        """What did not hold, without the runner's own frames."""
        from emulator.stories.story import StoryError  # noqa: PLC0415 - late, see above
        from emulator.testing import Trouble  # noqa: PLC0415 - late
        from emulator.testing.stories import StoryFailed  # noqa: PLC0415 - late

        if isinstance(excinfo.value, StoryError | StoryFailed | Trouble):
            return str(excinfo.value)
        return super().repr_failure(excinfo, style)

    def reportinfo(self) -> tuple[Path, int, str]:
        """Where it stands."""
        return self.path, 0, f"story {self.path.name}"
