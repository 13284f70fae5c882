"""Webhooks: what came at the receiver, and what the target says it attempted."""

import asyncio
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from emulator.core.errors import Json
from emulator.core.moments import read_moment
from emulator.stories.api import Surface, Webhook
from emulator.stories.matching import Difference, differences
from emulator.stories.play import Failed, Play, Scope, Skipped, capture, seconds_between, span_of
from emulator.stories.receiver import Received
from emulator.stories.signatures import Signed, judge
from emulator.stories.steps.calls import shown_body
from emulator.stories.steps.messages import one_way
from emulator.stories.steps.timing import LONGEST_REAL_WAIT
from emulator.stories.words import shown, span_text

_MOST_ATTEMPTS = 500
_GRACE = timedelta(seconds=2)
_POLL = 0.02


async def webhook(play: Play, step: Mapping[str, Any], scope: Scope) -> None:
    """Expect a webhook within some time, or that none comes."""
    if not play.waits:
        raise Skipped("a recording holds no webhooks")
    api = play.api(step)
    within = span_of(step.get("within", "0s"))
    found = await _find(play, api, step, within)
    if step.get("none"):
        if found is not None:
            raise Failed("a webhook came that was not to come", came=_shown(found))
        return
    if found is None:
        raise _missing(play, api, step, within)
    found.is_taken = True
    if step.get("contract", True):
        _hold_to_contract(api, found)
    capture(scope, step.get("capture", {}), found)


async def _find(play: Play, api: Surface, step: Mapping[str, Any], within: timedelta) -> Received | None:
    """Let time pass until the webhook is there, or the time is over; the whole time if none is to come."""
    if play.world.has_control and (await play.world.get("clock"))["pace"] == "held":
        return await _find_in_virtual_time(play, api, step, within)
    if within > LONGEST_REAL_WAIT:
        raise Skipped(f"webhook needs a held clock; {span_text(within)} of real time are too long to wait")
    loop = asyncio.get_running_loop()
    ends_at = loop.time() + max(within, _GRACE).total_seconds()
    while True:
        found = await _look(play, api, step)
        if found is not None or loop.time() >= ends_at:
            return found
        await asyncio.sleep(_POLL)


async def _find_in_virtual_time(
    play: Play, api: Surface, step: Mapping[str, Any], within: timedelta
) -> Received | None:
    now = (await play.world.ask("POST", "clock/advance", {"by": "0s"}))["now"]
    begun_at = read_moment(now)
    assert begun_at is not None
    while (found := await _look(play, api, step)) is None:
        due = (await play.world.get("clock"))["next_timer_at"]
        moment = read_moment(due) if due is not None else None
        if moment is None or moment - begun_at > within:
            break
        # Moments are written in whole milliseconds, and timers fall due between them.
        await play.world.ask("POST", "clock/advance", {"to": due})
        await play.world.ask("POST", "clock/advance", {"by": "1ms"})
    if found is None and within:
        left = within - seconds_between(now, (await play.world.get("clock"))["now"])
        await play.world.ask("POST", "clock/advance", {"by": span_text(max(left, timedelta()))})
        found = await _look(play, api, step)
    return found


async def _look(play: Play, api: Surface, step: Mapping[str, Any]) -> Received | None:
    """The first webhook that nobody took yet and that is as expected."""
    for received in play.mailbox.received:
        if not received.is_taken and not await _differences(play, api, step, received):
            return received
    return None


async def _differences(play: Play, api: Surface, step: Mapping[str, Any], received: Received) -> list[Difference]:
    known = api.recognise(received.headers, received.body)
    found: list[Difference] = []
    if "type" in step and (known is None or known.name != step["type"]):
        found.append(Difference("type", step["type"], known.name if known is not None else "no webhook of the API"))
    if "to" in step and received.path.partition("?")[0] != step["to"]:
        found.append(Difference("to", step["to"], received.path))
    if "answered" in step and received.status != step["answered"]:
        found.append(Difference("answered", str(step["answered"]), str(received.status)))
    if "headers" in step:
        lowered = {name.lower(): value for name, value in step["headers"].items()}
        found += differences(lowered, dict(received.headers), "headers")
    if "body" in step:
        found += differences(step["body"], received.body, "body")
    return found + (await _signature(play, api, step, received) if play.judges else [])


async def _signature(play: Play, api: Surface, step: Mapping[str, Any], received: Received) -> list[Difference]:
    wanted = step.get("signature", "any" if api.signature is None else "valid")
    if wanted == "any":
        return []
    secrets = await webhook_secrets(play, api.name, received)
    signed = Signed(received.headers, received.raw_body, received.url)
    judged = {judge(api.signature, signed, secret) for secret in secrets or (None,)}
    # Without a secret nobody can tell; a story that insists on one names it.
    if wanted in judged or ("unknown" in judged and "signature" not in step):
        return []
    return [Difference("signature", wanted, ", ".join(sorted(judged)))]


async def webhook_secrets(play: Play, api: str, received: Received) -> list[str]:
    """The secrets with which the address of a webhook may be told something."""
    given = [play.story.given.get("account", {}), *play.story.given.get("accounts", {}).values()]
    written = [each["secret"] for account in given for each in account.get("webhooks", ()) if "secret" in each]
    if not play.world.has_control:
        return written
    listed = (await play.world.get("accounts", api=api, limit=_MOST_ATTEMPTS))["accounts"]
    endpoints = [each for account in listed for each in account["webhooks"] if each["url"] == received.url]
    return [each["secret"] for each in endpoints if each["secret"]]


def _missing(play: Play, api: Surface, step: Mapping[str, Any], within: timedelta) -> Failed:
    what = step.get("type", "a webhook")
    sentence = f"{what} did not come{f' within {span_text(within)}' if within else ''}"
    left = [each for each in play.mailbox.received if not each.is_taken]
    if not left:
        count = len(play.mailbox.received)
        return Failed(f"{sentence}; {f'all {count} that came are taken' if count else _nothing_came(play)}")
    nearest = _nearest(api, step, left)
    known = api.recognise(nearest.headers, nearest.body)
    return Failed(
        f"{sentence}; {len(left)} came that {'is' if len(left) == 1 else 'are'} not as expected",
        _plain_differences(api, step, nearest, known),
        came=_shown(nearest),
    )


def _nothing_came(play: Play) -> str:
    told = "${receiver" in str((play.story.given, play.story.steps))
    return "nothing came" if told else "nothing came, and no part of the story names ${receiver}"


def _nearest(api: Surface, step: Mapping[str, Any], left: list[Received]) -> Received:
    """Of what came, that of the right type; of several the last."""
    return max(left, key=lambda each: (_is_type(api, step, each), left.index(each)))


def _is_type(api: Surface, step: Mapping[str, Any], received: Received) -> bool:
    known = api.recognise(received.headers, received.body)
    return known is not None and known.name == step.get("type", known.name)


def _plain_differences(
    api: Surface, step: Mapping[str, Any], received: Received, known: Webhook | None
) -> list[Difference]:
    found: list[Difference] = []
    if "type" in step and (known is None or known.name != step["type"]):
        found.append(Difference("type", step["type"], known.name if known is not None else "no webhook of the API"))
    if "answered" in step:
        found += differences(step["answered"], received.status, "answered")
    found += differences(step.get("body", {}), received.body, "body") if "body" in step else []
    if not found and api.signature is not None:
        found.append(Difference("signature", step.get("signature", "valid"), "another"))
    return found


def _hold_to_contract(api: Surface, received: Received) -> None:
    known = api.recognise(received.headers, received.body)
    problems = api.webhook_problems(known, received.body) if known else ["it is no webhook of the API"]
    if problems:
        found = [Difference("contract", "a webhook that fits it", problem) for problem in problems]
        raise Failed("the webhook breaks the contract", found, came=_shown(received))


async def attempts(play: Play, step: Mapping[str, Any], _: Scope) -> None:
    """Hold the target's own list of delivery attempts against what is expected."""
    play.needs_control("attempts")
    message = await play.message_id(step["message"]) if "message" in step else None
    listed: list[dict[str, Any]] = (
        await play.world.get(
            "webhooks/attempts", limit=_MOST_ATTEMPTS, message=message, type=step.get("type"), api=step.get("api")
        )
    )["attempts"]
    listed.sort(key=lambda each: (each["due_at"], each["number"]))
    came: dict[str, Json] = {
        "count": len(listed),
        "states": [each["state"] for each in listed],
        "statuses": [each["response"]["status"] if each["response"] else None for each in listed],
        "after": [span_text(seconds_between(listed[0]["due_at"], each["due_at"])) for each in listed],
    }
    found = [
        difference
        for name in came
        if name in step
        for difference in differences(_spans(step[name]) if name == "after" else step[name], came[name], name)
    ]
    if found:
        raise Failed("the delivery attempts are not as expected", found, came=shown(came), message=message)


def _spans(expected: Json) -> Json:
    return [one_way(each) for each in expected] if isinstance(expected, list) else expected


def _shown(received: Received) -> str:
    headers = "".join(f"\n{name}: {value}" for name, value in received.headers.items())
    body = received.text if received.body is None else shown_body(received.body)
    return f"POST {received.url}, answered {received.status}{headers}\n\n{body}"
