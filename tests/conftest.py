"""What all tests share."""

import gc
import os
import sys
from importlib.util import find_spec
from pathlib import Path

import certifi
import pytest
from hypothesis import settings

# The same examples in each run, and no time limit for one of them: a slow machine is no failure.
settings.register_profile("repeatable", derandomize=True, deadline=None, max_examples=60)
settings.load_profile("repeatable")

# httpx looks for it at each request. Where it is not installed, the search takes longer than many an answer.
if find_spec("sniffio") is None:
    sys.modules["sniffio"] = None  # type: ignore[assignment]

pytest_plugins = ["pytester"]


def pytest_configure(config: pytest.Config) -> None:
    """Spare the workers, and the two hundred processes that tests start, what each would do anew."""
    if "PYTEST_XDIST_WORKER" in os.environ or not hasattr(config, "cache"):
        return
    # Where the environment forbids compiled modules beside the sources: the next run finds them too.
    if sys.dont_write_bytecode:
        os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
        os.environ["PYTHONPYCACHEPREFIX"] = str(config.cache.mkdir("compiled"))
    # Each HTTP client reads all certificates of the machine, but tests speak to this machine only. One is enough.
    first, end, _ = Path(certifi.where()).read_text("utf-8").partition("-----END CERTIFICATE-----\n")
    trusted = config.cache.mkdir("trusted") / "one.pem"
    ours = trusted.with_suffix(f".{os.getpid()}")
    ours.write_text(first + end, "utf-8")
    ours.replace(trusted)  # another run may be reading it
    os.environ["SSL_CERT_FILE"] = str(trusted)


def pytest_collection() -> None:
    """Ten thousand tests are collected, none is thrown away: there is nothing to look for in between."""
    gc.disable()


def pytest_collection_finish() -> None:
    """Keep what was collected out of the garbage collector's sight: it stays to the end anyway."""
    gc.collect()
    gc.freeze()
    gc.enable()
