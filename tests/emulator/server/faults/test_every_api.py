"""What holds for faults in the answers of every API, whatever its envelope."""

from typing import Any

import pytest

from emulator.dialects import DIALECTS
from tests.emulator.control.playing import Stage, play

SAID_BY_THE_API = (400, 401, 402, 403, 404, 405, 409, 413, 415, 422, 429, 500, 501, 503)
SCRIPTED = (410, 418, 499, 502, 504, 599)


def is_a_list(operation: Any) -> bool:
    """Whether it is an operation that reads, and can be asked with what an account has."""
    return operation.method == "GET" and operation.emulated


async def ask(stage: Stage, api: str) -> Any:
    """Call an operation that reads, as an account of the API."""
    account = await stage.account(api)
    contract = stage.edge.apis[api.encode()].contract
    operations = [contract.operation(id) for id in contract.operation_ids]
    path = next(each.path for each in operations if is_a_list(each))
    for name, value in account["parameters"].items():
        path = path.replace(f"{{{name}}}", str(value))
    return await stage.client.get(f"/{api}{path}", headers=account["headers"])


@pytest.mark.parametrize("api", [dialect.name for dialect in DIALECTS])
def test_every_status_comes_in_the_vendors_envelope(api: str):
    async def scene(stage: Stage) -> None:
        envelope: list[str] = []
        for status in (500, *SAID_BY_THE_API, *SCRIPTED):
            await stage.post("faults", {"api": api, "status": status, "times": 1}, status=201)

            answer = await ask(stage, api)

            assert answer.status_code == status
            envelope = envelope or list(answer.json())
            assert status not in SCRIPTED or list(answer.json()) == envelope

    play(scene)


@pytest.mark.parametrize("api", ["tripdesk", "arowana", "bird"])
def test_an_outage_is_what_the_contracts_that_have_one_say(api: str):
    async def scene(stage: Stage) -> None:
        await stage.post("faults", {"api": api, "status": 503, "times": 1}, status=201)

        answer = await ask(stage, api)

        contract = stage.edge.apis[api.encode()].contract
        operation = next(id for id in contract.operation_ids if is_a_list(contract.operation(id)))
        assert contract.reply_problems(operation, 503, answer.json(), "application/json") == []

    play(scene)


@pytest.mark.parametrize("api", [dialect.name for dialect in DIALECTS])
def test_a_quota_admits_so_many_known_callers(api: str):
    async def scene(stage: Stage) -> None:
        await stage.post("faults", {"api": api, "rate_limit": {"limit": 3, "per": "1m"}}, status=201)

        statuses = [(await ask(stage, api)).status_code for _ in range(5)]
        await stage.advance("61s")

        assert statuses[3:] == [429, 429]
        assert 429 not in [*statuses[:3], (await ask(stage, api)).status_code]

    play(scene)


BREAKABLE = {
    "bad_signature": {"raven", "tripdesk", "arowana", "bird"},
    "stale_timestamp": {"raven", "tripdesk", "bird"},
}


@pytest.mark.parametrize("kind", BREAKABLE)
def test_what_an_api_signs_can_be_broken_and_nothing_else(kind: str):
    async def scene(stage: Stage) -> None:
        taken: set[str] = set()
        for dialect in DIALECTS:
            answer = await stage.call("POST", "/_emulator/faults", json={"api": dialect.name, "webhook": kind})
            assert answer.status_code in (201, 409), answer.text
            taken |= {dialect.name} if answer.status_code == 201 else set()
        assert taken == BREAKABLE[kind] & {dialect.name for dialect in DIALECTS}

    play(scene)


def _reports(dialect: Any) -> list[tuple[str, str]]:
    return [(channel.value, type.value) for channel, types in dialect.policy.reports.items() for type in types]


@pytest.mark.parametrize("dialect", DIALECTS, ids=lambda dialect: dialect.name)
def test_every_report_that_an_api_has_can_be_scripted(dialect: Any):
    async def scene(stage: Stage) -> None:
        for channel, report in _reports(dialect):
            if report == "uncertain":
                continue  # what a platform concludes
            rule = {"match": {"api": dialect.name, "channel": channel}, "script": [{"report": report}]}
            await stage.post("providers", rule, status=201)

    play(scene)
