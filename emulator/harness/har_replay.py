"""A recording as a target: each call is answered as it was when it was recorded, in the recorded order."""

from collections import Counter
from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import msgspec

from emulator.control.redaction import REDACTED
from emulator.core.errors import Json, MethodNotAllowed, UnknownPath
from emulator.harness.har_file import RecordedCall, Recording
from emulator.harness.parity_masks import Pairs, Sight
from emulator.harness.parity_trace import Call, Listening
from emulator.server.contract import load_contract
from emulator.stories.client import DEFAULT_TIMEOUT, Answer, Broken
from emulator.stories.play import Skipped
from emulator.stories.story import Story


class Replay(Listening):
    """Answers from a recording. An answer is given once; a call that is not recorded is skipped."""

    def __init__(self, recording: Recording) -> None:
        super().__init__()
        self._recording = recording
        self._used: set[int] = set()

    async def ask(  # noqa: D102 - as the client's
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str],  # noqa: ARG002 - as the client's
        body: bytes | None = None,
        timeout: timedelta = DEFAULT_TIMEOUT,  # noqa: ARG002, ASYNC109 - as the client's
        kept: bool = False,  # noqa: ARG002 - as the client's
    ) -> Answer:
        found = next((each for each in self._recording.calls if self._is_asked(each, method, url, body)), None)
        if found is None:
            raise Skipped(f"the recording does not hold {method} {urlsplit(url).path}")
        self._used.add(found.number)
        if found.answer is None:
            self.calls.append(Call(method, url, body, None, "before-headers"))
            raise Broken("before-headers")
        self.calls.append(Call(method, url, body, found.answer))
        return found.answer

    def _is_asked(self, call: RecordedCall, method: str, url: str, body: bytes | None) -> bool:
        if call.number in self._used or call.method != method:
            return False
        asked, recorded = urlsplit(url), urlsplit(call.url)
        return (
            recorded.path == asked.path
            and sorted(parse_qsl(recorded.query)) == sorted(parse_qsl(asked.query))
            and _is_same(_value(call.body), _value(body))
        )


def recorded_card(recording: Recording, story: Story, other: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
    """Where a story's API is in a recording, and its account, as far as paths name it; the rest is the other side's."""
    contract = load_contract(story.api)
    bases: Counter[str] = Counter()
    parameters: dict[str, Json] = {}
    for call in recording.calls:
        segments = call.path.split("/")
        for place in range(1, len(segments)):
            try:
                match = contract.match(call.method, ("/" + "/".join(segments[place:])).encode())
            except (UnknownPath, MethodNotAllowed):
                continue
            bases[call.origin + "/".join(segments[:place])] += 1
            for name, value in match.parameters.items():
                parameters.setdefault(name, value)
            break
    base = bases.most_common(1)[0][0] if bases else ""
    own = {name: value for name, value in parameters.items() if name in other}
    card = {"id": "", "name": "", **{name: other[name] for name in ("id", "name") if name in other}}
    return base, {**card, "environment": "", "credentials": {}, "parameters": {**other, **own}}


def _value(body: bytes | None) -> Json:
    if not body:
        return None
    try:
        return msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return body.decode("utf-8", "replace")


def _is_same(recorded: Json, asked: Json) -> bool:
    """Whether a body is the recorded one; ids and moments in it may be others, and what was redacted anything."""
    if isinstance(recorded, dict) and isinstance(asked, dict):
        return recorded.keys() == asked.keys() and all(_is_same(recorded[name], asked[name]) for name in recorded)
    if isinstance(recorded, list) and isinstance(asked, list):
        return len(recorded) == len(asked) and all(map(_is_same, recorded, asked))
    if isinstance(recorded, str) and REDACTED in recorded:
        return True
    if isinstance(recorded, str) and isinstance(asked, str) and _is_address(recorded) and _is_address(asked):
        # A receiver has another address each time.
        return True
    return Pairs(Sight(), Sight()).contrast("", recorded, asked) is None


def _is_address(text: str) -> bool:
    return text.startswith(("http://", "https://"))
