"""What all tests share."""

import atexit
import gc
import os
import shutil
import sys
import tempfile
from importlib.metadata import entry_points

from hypothesis import settings

# Tests start some two hundred processes. Where the environment forbids compiled modules beside the sources, each of them
# would compile everything anew; so all of them, the workers included, share a folder that goes with the run.
if sys.dont_write_bytecode and "PYTEST_XDIST_WORKER" not in os.environ:
    _compiled = tempfile.mkdtemp(prefix="compiled-")
    atexit.register(shutil.rmtree, _compiled, ignore_errors=True)
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    os.environ["PYTHONPYCACHEPREFIX"] = _compiled

# The same examples in each run, and no time limit for one of them: a slow machine is no failure.
settings.register_profile("repeatable", derandomize=True, deadline=None, max_examples=60)
settings.load_profile("repeatable")

# Where the distribution is installed, pytest has loaded its plugin already, under the name of its entry point.
_is_installed = any(each.name == "parrotfish" for each in entry_points(group="pytest11"))
pytest_plugins = ["pytester", *([] if _is_installed else ["emulator.pytest_plugin"])]


def pytest_collection_finish() -> None:
    """Keep ten thousand collected tests out of the garbage collector's sight: they stay to the end anyway."""
    gc.collect()
    gc.freeze()
