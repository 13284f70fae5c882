"""What became of a message, as lines that stand below a failure."""

from collections.abc import Iterator, Mapping
from typing import Any

from emulator.stories.play import seconds_between
from emulator.stories.remote import Refused, World
from emulator.stories.words import span_text

_DETAILS = ("kind", "reason", "code", "diagnostic", "url")


async def message_lines(world: World, id: str | None) -> list[str]:
    """The timeline and the webhooks of a message, of the newest one without an id; nothing if nobody knows."""
    if not world.has_control:
        return []
    try:
        if id is None:
            newest = (await world.get("messages", limit=1))["messages"]
            if not newest:
                return []
            id = newest[0]["id"]
        return [*_lines(await world.get(f"messages/{id}"))]
    except Refused:
        # The world may be gone, or the id another API's; a failure is told all the same.
        return []


def _lines(message: Mapping[str, Any]) -> Iterator[str]:
    to = ", ".join(f"{each['address']} ({each['status']})" for each in message["recipients"])
    yield f"message {message['id']}, {message['channel']} to {to}, accepted at {message['created_at']}"
    for entry in message["timeline"]:
        details = ", ".join(f"{name} {entry[name]}" for name in _DETAILS if entry.get(name))
        after = span_text(seconds_between(message["created_at"], entry["at"]))
        yield f"  +{after:<8} {entry['type']}  {details}".rstrip()
    for event in message["webhooks"]:
        for attempt in event["attempts"]:
            answer = attempt["response"]["status"] if attempt["response"] else attempt["error"] or "not posted yet"
            after = span_text(seconds_between(message["created_at"], attempt["due_at"]))
            yield f"  +{after:<8} webhook {event['type']}, attempt {attempt['number']}: {answer}"
