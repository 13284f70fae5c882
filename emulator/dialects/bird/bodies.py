"""Whether a platform can carry a body. One that it cannot is accepted all the same, and then fails.

Source: Bird documentation, "Message types", read 2026-11. That cards which WhatsApp does not take fail like a type that
it does not have is assumed.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from emulator.dialects.bird.members import inside
from emulator.dialects.bird.vocabulary import MEDIA_BODIES, PLATFORMS, SMS, WHATSAPP

_FEWEST_CARDS, _MOST_CARDS = 2, 10
_MOST_PICTURES = 10
_FILES = ("images", "files")

_IMAGE, _VIDEO = "image", "video"
_KINDS: Mapping[str, str] = MappingProxyType(
    {**dict.fromkeys(("jpg", "jpeg", "png", "webp", "gif"), _IMAGE), **dict.fromkeys(("mp4", "3gp", "mov"), _VIDEO)}
)
"""What a file is, by the ending of its name."""


def carries(platform_id: str, body: Mapping[str, Any]) -> bool:
    """Whether a platform can carry a body that fits the schema; of an SMS channel, one that sends pictures."""
    type: str = body["type"]
    bodies = PLATFORMS[platform_id].bodies
    if bodies is not None and type not in bodies:
        return False
    if platform_id == SMS and type in MEDIA_BODIES:
        return sum(len(inside(body, type, name) or ()) for name in _FILES) <= _MOST_PICTURES
    return platform_id != WHATSAPP or type != "carousel" or _are_cards(body["carousel"])


def _are_cards(carousel: Mapping[str, Any]) -> bool:
    """WhatsApp wants a text, and 2 to 10 cards with title, one link and an image, or all of them with a video."""
    cards: list[Mapping[str, Any]] = carousel["items"] or []
    if not carousel.get("text") or not _FEWEST_CARDS <= len(cards) <= _MOST_CARDS:
        return False
    return all(_is_card(card) for card in cards) and len({_kind(card) for card in cards} - {None}) <= 1


def _is_card(card: Mapping[str, Any]) -> bool:
    actions = [action["type"] for action in card.get("actions", ())]
    return bool(card.get("title")) and bool(card.get("mediaUrl")) and actions == ["link"]


def _kind(card: Mapping[str, Any]) -> str | None:
    """What a card shows, as far as its address tells; nothing is fetched."""
    path = str(card["mediaUrl"]).partition("?")[0]
    return _KINDS.get(path.rpartition(".")[2].lower())
