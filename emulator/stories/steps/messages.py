"""Messages: awaited, answered, reported about, and what became of them."""

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from typing import Any

from emulator.core.errors import Json
from emulator.core.spans import parse_span
from emulator.stories.matching import Difference, differences
from emulator.stories.play import Failed, Play, Scope, capture, seconds_between, span_of
from emulator.stories.remote import Refused
from emulator.stories.words import shown, span_text

_FILTERS = ("account", "channel", "recipient", "contains")
_AWAIT = "10s"
_LONGEST_HOLD = timedelta(seconds=50)
_MOST_MESSAGES = 100


async def await_message(play: Play, step: Mapping[str, Any], scope: Scope) -> None:
    """Wait, in real time, until the application under test has sent a message."""
    play.needs_control("await")
    within = span_of(step.get("within", _AWAIT))
    loop = asyncio.get_running_loop()
    ends_at = loop.time() + within.total_seconds()
    seen: dict[str, list[Difference]] = {}
    while True:
        for message in await _messages(play, step, timedelta(seconds=max(0.0, ends_at - loop.time())), bool(seen)):
            if message["id"] not in seen:
                found = differences(step.get("message", {}), message, "message")
                if not found:
                    _came(step, message, scope)
                    return
                seen[message["id"]] = found
        if loop.time() >= ends_at:
            break
        if seen:
            # The inbox answers at once as long as there is anything in it.
            await asyncio.sleep(0.02)
    if not step.get("none"):
        raise _no_message(step, span_text(within), seen)


def _came(step: Mapping[str, Any], message: Mapping[str, Any], scope: Scope) -> None:
    if step.get("none"):
        raise Failed("a message came that was not to come", came=shown(message), message=message["id"])
    capture(scope, step.get("capture", {}), message)


def _no_message(step: Mapping[str, Any], within: str, seen: Mapping[str, list[Difference]]) -> Failed:
    asked = ", ".join(f"{name} {step[name]}" for name in _FILTERS if name in step)
    sentence = f"no message {f'with {asked} ' if asked else ''}was sent within {within}"
    if not seen:
        return Failed(sentence)
    id, found = next(iter(seen.items()))
    return Failed(f"{sentence}; {len(seen)} came that are not as expected, the nearest is {id}", found, message=id)


async def _messages(play: Play, step: Mapping[str, Any], left: timedelta, look: bool) -> list[dict[str, Any]]:
    asked = {name: step[name] for name in _FILTERS if name in step}
    if "api" in step or "account" in step:
        asked["api"] = step.get("api", play.story.api)
    hold = None if look else f"{int(min(left, _LONGEST_HOLD).total_seconds() * 1000)}ms"
    return (await play.world.get("messages", limit=_MOST_MESSAGES, wait=hold, **asked))["messages"]


async def inbound(play: Play, step: Mapping[str, Any], scope: Scope) -> None:
    """Let a person write to an account."""
    play.needs_control("inbound")
    api = step.get("api", play.story.api)
    said: dict[str, Json] = {name: value for name, value in step.items() if name != "capture"}
    said |= {"api": api, "account": await play.account_id(step), "channel": step.get("channel", "sms")}
    if "to" not in said:
        newest = await play.message(None)
        if newest["sender"] is None:
            raise Failed("to whom? The newest message names no sender")
        said["to"] = newest["sender"]
    try:
        written = await play.world.ask("POST", "inbound", said)
    except Refused as error:
        raise Failed(f"nobody can write that: {error}") from None
    await play.world.ask("POST", "clock/advance", {"by": "0s"})
    capture(scope, step.get("capture", {}), written)


async def receipt(play: Play, step: Mapping[str, Any], _: Scope) -> None:
    """Report about a recipient by hand."""
    play.needs_control("receipt")
    id = await play.message_id(step.get("message"))
    try:
        await play.world.ask(
            "POST", f"messages/{id}/receipts", {name: value for name, value in step.items() if name != "message"}
        )
    except Refused as error:
        raise Failed(f"the report is refused: {error}", message=id) from None


async def timeline(play: Play, step: Mapping[str, Any], scope: Scope) -> None:
    """Hold what became of a message against what is expected."""
    play.needs_control("timeline")
    message = await play.message(step.get("message"))
    recipient = _recipient(message, step.get("recipient"))
    events = [_event(message, each) for each in message["timeline"] if each["recipient"] == recipient["address"]]
    found = [*_judge(step, recipient, events)]
    if found:
        raise Failed(f"the message to {recipient['address']} did not go as expected", found, message=message["id"])
    capture(scope, step.get("capture", {}), message)


def _recipient(message: Mapping[str, Any], address: str | None) -> Mapping[str, Any]:
    found = [each for each in message["recipients"] if address in (None, each["address"])]
    if not found:
        known = ", ".join(each["address"] for each in message["recipients"])
        raise Failed(f"the message has no recipient {address}; it has {known}", message=message["id"])
    return found[0]


def _event(message: Mapping[str, Any], entry: Mapping[str, Any]) -> dict[str, Json]:
    event = {name: value for name, value in entry.items() if name != "raw"}
    event["after"] = span_text(seconds_between(message["created_at"], entry["at"]))
    return event


def _judge(
    step: Mapping[str, Any], recipient: Mapping[str, Any], events: Sequence[dict[str, Json]]
) -> Iterator[Difference]:
    if "status" in step:
        yield from differences(step["status"], recipient["status"], "status")
    types: list[Json] = [each["type"] for each in events]
    if "events" in step:
        wanted = [expected_event(each) for each in step["events"]]
        if len(wanted) != len(events):
            yield Difference("events", shown([each.get("type") for each in wanted]), shown(types))
        else:
            yield from differences([*wanted], [*events], "events")
    yield from _included(step.get("includes", ()), events, types)
    for type in step.get("excludes", ()):
        if type in types:
            yield Difference("excludes", f"no {type}", shown(types))


def _included(wanted: Sequence[Json], events: Sequence[dict[str, Json]], types: Sequence[Json]) -> Iterator[Difference]:
    left = iter(events)
    for each in map(expected_event, wanted):
        if all(differences(each, event, "") for event in left):
            yield Difference("includes", shown(each.get("type") if len(each) == 1 else each), shown([*types]))
            return


def expected_event(written: Json) -> dict[str, Json]:
    """An event as a step has it: a type alone, or members, of which `after` may be written in several ways."""
    if not isinstance(written, dict):
        return {"type": written}
    after = written.get("after")
    return {**written, "after": one_way(after)} if isinstance(after, str) else written


def one_way(span: Json) -> Json:
    """A span in the one way in which spans are compared; anything else as it is."""
    try:
        return span_text(parse_span(span)) if isinstance(span, str) else span
    except ValueError:
        return span
