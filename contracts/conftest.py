"""What the suites share: one emulator for all of them, and a world of its own for each test.

pytest -n auto contracts                 every API, in shards
pytest contracts --target URL            a running emulator
pytest contracts --deep                  ten times the cases
"""

from contextlib import ExitStack
from typing import Any, Protocol
from zlib import crc32

import pytest

from emulator.harness.contracts.work import own_emulator

_STACK = pytest.StashKey[ExitStack]()
_URL = "contracts_target"


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("contracts")
    group.addoption("--target", metavar="URL", help="A running emulator; without it one is started.")
    group.addoption("--deep", action="store_true", help="Ten times the cases.")


def pytest_configure(config: pytest.Config) -> None:
    # A worker of pytest-xdist is told by the process that started it.
    if hasattr(config, "workerinput"):
        return
    stack = config.stash[_STACK] = ExitStack()
    target = config.getoption("--target")
    if target is None and not config.getoption("--collect-only"):
        target = stack.enter_context(own_emulator(1))[0]
    setattr(config, _URL, target)


class _Node(Protocol):
    """What pytest-xdist, which has no types to import, gives of a worker."""

    config: pytest.Config
    workerinput: dict[str, Any]


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: _Node) -> None:
    node.workerinput[_URL] = getattr(node.config, _URL)


def pytest_unconfigure(config: pytest.Config) -> None:
    stack = config.stash.get(_STACK, None)
    if stack is not None:
        stack.close()


@pytest.fixture(scope="session")
def target(request: pytest.FixtureRequest) -> str:
    """Where the emulator is."""
    told = getattr(request.config, "workerinput", None)
    return told[_URL] if told is not None else getattr(request.config, _URL)


@pytest.fixture
def seed(request: pytest.FixtureRequest) -> int:
    """The same for the same test, whichever worker it comes to."""
    return crc32(request.node.nodeid.encode()) % 10_000
