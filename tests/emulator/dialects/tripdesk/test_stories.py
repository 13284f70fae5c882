"""The standard stories of this API are played in both environments, and nobody outside can tell which it was.

Source: the seed: "sandbox responses match production exactly - status codes, error envelopes, webhook payloads".
"""

import asyncio
import json
import re
from pathlib import Path
from typing import Any

import pytest

from emulator.app import create_app
from emulator.dialects.tripdesk.vocabulary import ENVIRONMENTS
from emulator.server.connection import serving
from emulator.settings import Settings
from emulator.stories.client import Client
from emulator.stories.receiver import receiving
from emulator.stories.remote import Target
from emulator.stories.results import PASSED, Take
from emulator.stories.runner import Stage
from emulator.stories.story import Story, load_story
from tests.emulator.dialects.tripdesk.test_parity import masked

_SECRETS = re.compile(r"\[redacted\]\w*")
_LENGTHS = re.compile(r'("content-length":\s*)"\d+"')
"""A caller's password may be longer in one environment, and so the call."""

FILES = sorted((Path(__file__).resolve().parents[4] / "scenarios" / "tripdesk").glob("*.story.yaml"))


@pytest.fixture(params=FILES, ids=lambda path: path.name.removesuffix(".story.yaml"))
def story(request: pytest.FixtureRequest) -> Story:
    return load_story(request.param)


async def journals(story: Story) -> list[list[Any]]:
    """What the journal of a world says after the story was played in each environment, with keys made the same."""
    found: list[list[Any]] = []
    async with serving(create_app(Settings(pace="held"))) as url, Client() as client, receiving() as receiver:
        # The world is looked at after the play, so it is one that is not removed; it is as new for each.
        target = Target(client, f"{url}/w/default", token=None, headers={})
        await target.probe()
        for environment in ENVIRONMENTS:
            result = await Stage(target, client, receiver, {}, ()).play(Take(story, environment), "story")
            assert result.status == PASSED, result.failure
            answer = await client.ask("GET", f"{url}/_emulator/journal?limit=500", headers={})
            text = _SECRETS.sub("<key>", answer.text)
            found.append(json.loads(_LENGTHS.sub(r"\1null", text))["entries"])
    return found


def test_a_story_is_played_in_both_environments(story: Story):
    assert set(story.environments) == set(ENVIRONMENTS)


def test_a_story_reads_the_same_in_both_environments(story: Story):
    live, test = asyncio.run(journals(story))

    assert len(live) == len(test) > 0
    for mine, theirs in zip(live, test, strict=True):
        assert masked(mine, times=False) == masked(theirs, times=False)
