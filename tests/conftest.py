"""What all tests share."""

from hypothesis import settings

# The same examples in each run, and no time limit for one of them: a slow machine is no failure.
settings.register_profile("repeatable", derandomize=True, deadline=None, max_examples=60)
settings.load_profile("repeatable")
