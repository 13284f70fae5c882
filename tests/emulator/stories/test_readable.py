"""What can be read of a story with mistakes of form is judged all the same, and nothing is blamed that was well written."""

from collections.abc import Iterator
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest

from emulator.server.documents import read_yaml
from emulator.stories.meaning import meaning_mistakes
from emulator.stories.mistakes import StoryError
from emulator.stories.readable import readable_part
from emulator.stories.schema import ValuePath, form_mistakes
from emulator.stories.story import parse_story

SCENARIOS = Path(__file__).parents[3] / "scenarios"
STORIES = ("raven/idempotent-replay", "arowana/agent-reviewed", "tripdesk/rate-limited")


def mistakes(*lines: str) -> list[str]:
    with pytest.raises(StoryError) as refused:
        parse_story("\n".join(lines), file="a")
    return [each.removeprefix("a:") for each in refused.value.mistakes]


def test_mistakes_of_form_and_of_meaning_are_told_together():
    assert mistakes(
        "api: raven",
        "given: {variables: {to: x}, acount: {balance: 5}}",
        "steps:",
        "  - call: {operation: sendMesage, expct: {}, body: '${tto}', captures: {id: body.id}}",
        "  - call: {operation: getMessage, parameters: {id: '${id}', ident: 1}}",
        "  - advance: {by: 5}",
        "  - request: {method: GET, path: 5}",
        "  - timeline: {status: delivred}",
        "  - restore: before",
    ) == [
        "1:1: name is missing",
        "2:29: acount is not known here; did you mean account?",
        "4:12: raven has no operation sendMesage; did you mean sendMessage?",
        "4:35: expct is not known here; did you mean expect?",
        "4:46: there is no variable ${tto} here; did you mean to?",
        "4:62: captures is not known here; did you mean capture?",
        "5:61: getMessage has no parameter ident; there are id",
        "6:15: by: expected text",
        "7:28: path: expected text",
        "8:16: no message has the status delivred; did you mean delivered?",
        "9:5: no snapshot before was taken before; there are none",
    ]


def test_a_step_that_cannot_be_read_keeps_its_place_and_its_names():
    assert mistakes(
        "{name: x, api: raven, steps: [",
        "{calls: {operation: nothing, capture: {id: body.id}}},",
        "{snapshots: before},",
        "{repeat: {times: 2, steps: [{advanc: 1s}, {restore: before}, {restore: after}]}},",
        "{call: {aip: bird, operation: createMessage, body: '${id}'}}]}",
    ) == [
        "2:2: calls is not known here; did you mean call?",
        "3:2: snapshots is not known here; did you mean snapshot?",
        "4:30: advanc is not known here; did you mean advance?",
        "4:63: no snapshot after was taken before; there are none",
        "5:9: aip is not known here; did you mean api?",
    ]


@pytest.mark.parametrize("line", ["api: 5", "steps: 5", "ap: raven", "{}"])
def test_without_api_or_steps_only_the_form_can_be_judged(line: str):
    found = mistakes("name: x", *(["api: raven"] if line == "steps: 5" else []), *([line] if line != "{}" else []))

    assert found
    assert not any("there is no" in each for each in found)


@pytest.mark.parametrize("story", STORIES)
def test_one_mistake_of_form_makes_none_of_meaning(story: str):
    value: Any = read_yaml((SCENARIOS / f"{story}.story.yaml").read_bytes(), name=story)
    spoilt = [(path, each, form) for path, each in _spoilt(value) if (form := form_mistakes(each))]
    assert len(spoilt) > 50

    for path, each, form in spoilt:
        left = readable_part(each, form)
        if left is None:
            assert path[0] in ("api", "steps")
            continue
        found = [mistake for mistake in meaning_mistakes(left.story) if left.can_tell(mistake)]
        # What a variable was captured by may be gone altogether.
        assert [mistake for mistake in found if not mistake.undefined] == [], path


def _spoilt(value: Any) -> Iterator[tuple[ValuePath, Any]]:
    """The value with one thing in it made nothing, another thing, misspelt, or left out."""
    for path in _paths(value):
        for wrong in (None, {"odd": [1]}):
            copy = deepcopy(value)
            _around(copy, path)[path[-1]] = wrong
            yield path, copy
        if isinstance(_around(value, path), dict):
            copy = deepcopy(value)
            around = _around(copy, path)
            around[f"{path[-1]}x"] = around.pop(path[-1])
            yield path, copy
            copy = deepcopy(value)
            del _around(copy, path)[path[-1]]
            yield path, copy


def _paths(value: Any, path: ValuePath = ()) -> Iterator[ValuePath]:
    places: Any = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, each in places:
        yield (*path, name)
        yield from _paths(each, (*path, name))


def _around(value: Any, path: ValuePath) -> Any:
    """What a path's last step is in."""
    for step in path[:-1]:
        value = value[step]
    return value
