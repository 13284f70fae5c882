"""What all tests share."""

from importlib.metadata import entry_points

from hypothesis import settings

# The same examples in each run, and no time limit for one of them: a slow machine is no failure.
settings.register_profile("repeatable", derandomize=True, deadline=None, max_examples=60)
settings.load_profile("repeatable")

# Where the distribution is installed, pytest has loaded its plugin already, under the name of its entry point.
_is_installed = any(each.name == "parrotfish" for each in entry_points(group="pytest11"))
pytest_plugins = ["pytester", *([] if _is_installed else ["emulator.pytest_plugin"])]
