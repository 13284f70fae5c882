"""What a person sends to an agent, as events and the log show it.

Source: the seed for texts, Arowana documentation, "conversation.started", for suggested replies, read 2026-11; the
other kinds are assumed.
"""

from collections.abc import Mapping
from typing import Any

from emulator.core.errors import Json
from emulator.core.records import InboundMessage

Rich = Mapping[str, Any]


def user_message(message: InboundMessage) -> dict[str, Json]:
    """`user_message`: a tap, a place, a file or a text, whichever comes first."""
    rich: dict[str, Any] = message.rich if isinstance(message.rich, dict) else {}
    for name, render in (("suggestion", _tap), ("location", _location), ("media", _file)):
        if rich.get(name):
            return render(rich[name])
    return {"type": "text", "text": message.text or ""}


def content_type(message: InboundMessage) -> str:
    """The log's word for what a person sent; whatever was tapped or typed is a text (assumed)."""
    return "MEDIA" if user_message(message)["type"] == "file" else "TEXT"


def _tap(suggestion: Rich) -> dict[str, Json]:
    """A tap on a chip, as it was sent (`{"reply": …}`, `{"action": …}`) or with its members alone."""
    kind = "action" if "action" in suggestion else "reply"
    chip: Rich = suggestion.get(kind, suggestion)
    return {
        "type": f"suggested_{kind}",
        "text": str(chip.get("text", "")),
        "postback_data": chip.get("postback_data"),
    }


def _location(place: Rich) -> dict[str, Json]:
    return {"type": "location", "latitude": place.get("latitude", 0), "longitude": place.get("longitude", 0)}


def _file(media: Rich) -> dict[str, Json]:
    return {
        "type": "file",
        "url": str(media.get("url", "")),
        "mime_type": str(media.get("mime_type", "application/octet-stream")),
        "file_name": media.get("file_name"),
    }
