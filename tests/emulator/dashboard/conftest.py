"""One Chromium for all tests of a worker: starting it takes longer than most of them."""

from collections.abc import Iterator

import pytest

from tests.emulator.dashboard.desks import Chromium, missing


@pytest.fixture(scope="session")
def chromium() -> Iterator[Chromium]:
    advice = missing()
    if advice is not None:
        pytest.skip(advice)
    with Chromium() as browser:
        yield browser
