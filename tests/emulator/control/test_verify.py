"""An expectation about the inbox."""

from typing import Any

import pytest

from tests.emulator.control.playing import Stage, play


@pytest.mark.parametrize("count", [{"exactly": 2}, {"at_least": 1}, {"at_most": 2}, {"at_least": 2, "at_most": 2}])
def test_what_holds_is_said_with_its_number(count: dict[str, int]):
    async def scene(stage: Stage) -> None:
        await stage.text()
        await stage.text()
        await stage.mail()

        held = await stage.post("verify", {"messages": {"channel": "sms", "contains": "Gate"}, "count": count})

        assert held == {"verified": True, "count": 2}

    play(scene)


@pytest.mark.parametrize("count", [{"exactly": 1}, {"at_least": 3}, {"at_most": 1}])
def test_what_does_not_hold_is_refused_with_what_came(count: dict[str, int]):
    async def scene(stage: Stage) -> None:
        ids = [await stage.text(), await stage.text()]

        answer = await stage.call("POST", "/_emulator/verify", json={"messages": {"channel": "sms"}, "count": count})

        problem: dict[str, Any] = answer.json()
        assert (answer.status_code, problem["type"]) == (409, "urn:parrotfish:problem:not-verified")
        assert problem["detail"].endswith("of channel 'sms'; 2 came.")
        assert [each["id"] for each in problem["messages"]] == ids[::-1]

    play(scene)


def test_if_none_matched_the_newest_of_all_are_shown():
    async def scene(stage: Stage) -> None:
        id = await stage.text()

        answer = await stage.call("POST", "/_emulator/verify", json={"messages": {"contains": "Gate 5"}})

        assert answer.json()["detail"] == "Expected at least 1 of contains 'Gate 5'; none came."
        assert [each["id"] for each in answer.json()["messages"]] == [id]

    play(scene)
