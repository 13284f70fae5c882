"""Every API of the emulator is held against its contract, a quarter of its operations at a time."""

from pathlib import Path

import pytest

from emulator.harness.contracts.command import DEEP, EXAMPLES
from emulator.harness.contracts.plan import Plan
from emulator.harness.contracts.reports.console import details
from emulator.harness.contracts.work import Task, do, settings_file

NAMES = sorted(path.stem for path in Path(__file__).resolve().parent.parent.joinpath("openapi").glob("*.yaml"))
SHARDS = 4


@pytest.mark.parametrize("number", range(1, SHARDS + 1))
@pytest.mark.parametrize("name", NAMES)
def test_an_api_keeps_its_contract(
    name: str, number: int, target: str, seed: int, request: pytest.FixtureRequest
) -> None:
    factor = DEEP if request.config.getoption("--deep") else 1
    plan = Plan(seed=seed, examples=EXAMPLES * factor, shard=(number, SHARDS), settings=settings_file())

    result = do(Task(name, plan, url=target))

    assert result.holds, "\n".join(details(result))
