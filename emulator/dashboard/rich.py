"""Cards, media, places and suggestions, out of whatever words an API has for them.

Every API writes rich content its own way, and all of them write the same few things. So what a thing is is told by its
members: what has a title or a description is a card, what has coordinates is a place.
"""

from collections.abc import Iterator
from typing import Any, NamedTuple

from emulator.server.contract.references import is_array, is_object

_MOST = 50
_DEEPEST = 12
_SUGGESTIONS = ("suggestions", "actions")
_TARGETS = ("url", "phone_number", "phoneNumber", "payload", "postback_data", "postbackData")


class Suggestion(NamedTuple):
    """Something to tap. `target` is where it leads or what it says to the sender; `written` is the API's own object."""

    label: str
    target: str
    written: dict[str, Any]


class Media(NamedTuple):
    """A file or picture by address. It is named, never fetched."""

    url: str
    label: str


class Card(NamedTuple):
    """A card with its media and suggestions."""

    title: str
    description: str
    media: tuple[Media, ...]
    suggestions: tuple[Suggestion, ...]


class Rich(NamedTuple):
    """All there is, in the order in which it stands."""

    cards: list[Card]
    media: list[Media]
    suggestions: list[Suggestion]
    places: list[str]


def read_rich(rich: Any) -> Rich:  # noqa: ANN401 - JSON
    """What a person sees of a rich content."""
    found = Rich([], [], [], [])
    _read(rich, "", found, 0)
    return found


def _read(node: Any, key: str, found: Rich, depth: int) -> None:  # noqa: ANN401 - JSON
    if depth > _DEEPEST or len(found.cards) + len(found.media) > _MOST:
        return
    if is_array(node):
        for each in node:
            _read(each, key, found, depth + 1)
    elif is_object(node):
        if _is_card(node):
            found.cards.append(_card(node))
            return
        found.media.extend(_media(node, key))
        found.places.extend(_places(node))
        for name, value in node.items():
            if name in _SUGGESTIONS:
                found.suggestions.extend(_suggestions(value))
            elif name != "headers":
                _read(value, name, found, depth + 1)


def _is_card(node: dict[str, Any]) -> bool:
    if isinstance(node.get("items"), list):
        return False
    return isinstance(node.get("title"), str) or isinstance(node.get("description"), str)


def _card(node: dict[str, Any]) -> Card:
    inside = Rich([], [], [], [])
    _read({name: value for name, value in node.items() if name not in ("title", "description")}, "", inside, 0)
    return Card(
        _text(node.get("title")), _text(node.get("description")), tuple(inside.media), tuple(inside.suggestions)
    )


def _media(node: dict[str, Any], key: str) -> Iterator[Media]:
    url = node.get("mediaUrl") or (node.get("url") if key == "media" else None)
    if isinstance(url, str):
        label = next((node[name] for name in ("filename", "altText", "contentType") if node.get(name)), "")
        yield Media(url, _text(label))


def _places(node: dict[str, Any]) -> Iterator[str]:
    if "latitude" in node and "longitude" in node:
        yield f"{node['latitude']}, {node['longitude']}"


def _suggestions(listed: Any) -> Iterator[Suggestion]:  # noqa: ANN401 - JSON
    for each in listed if is_array(listed) else ():
        inner = next((value for value in each.values() if is_object(value)), None) if is_object(each) else None
        if inner is not None:
            label = _text(inner.get("text") or inner.get("label") or inner.get("title")) or "(no text)"
            yield Suggestion(label, _target(inner), each)


def _target(node: dict[str, Any]) -> str:
    for name, value in node.items():
        if name in _TARGETS and isinstance(value, str):
            return value
        if is_object(value) and (inner := _target(value)):
            return inner
    return ""


def _text(value: Any) -> str:  # noqa: ANN401 - JSON
    return value if isinstance(value, str) else ""
