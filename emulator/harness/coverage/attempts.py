"""The webhooks that a world has posted, as its control API lists them, with what their signatures are made of."""

import json
import re
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, cast

Ask = Callable[[str], Awaitable[Any]]
"""Asks the control API of a world for what is below `/_emulator/`; answers with JSON."""

_SECRET = re.compile(r"secret|signing_?key", re.IGNORECASE)


@dataclass
class Posted:
    """First attempts by API; the addresses that accounts have subscribed, and all secrets that are known."""

    attempts: dict[str, list[Mapping[str, Any]]] = field(default_factory=dict[str, list[Mapping[str, Any]]])
    urls: set[str] = field(default_factory=set[str])
    secrets: dict[str, None] = field(default_factory=dict[str, None])


async def posted(ask: Ask) -> Posted:
    """What a world has posted so far."""
    found = Posted()
    for attempt in await _all(ask, "webhooks/attempts", "attempts"):
        # A repetition has the same body.
        if attempt["state"] != "pending" and attempt["number"] == 1:
            found.attempts.setdefault(attempt["api"], []).append(attempt)
    if found.attempts:
        for account in await _all(ask, "accounts", "accounts"):
            found.urls.update(each["url"] for each in account["webhooks"])
            found.secrets.update(dict.fromkeys(each["secret"] for each in account["webhooks"] if each["secret"]))
    return found


def secrets_in(raw: bytes) -> Iterator[str]:
    """What a JSON body names as a secret, at any depth."""
    try:
        rest: list[object] = [json.loads(raw)]
    except ValueError:
        return
    while rest:
        value = rest.pop()
        if isinstance(value, dict):
            members = cast("dict[str, object]", value)
            yield from (text for name, text in members.items() if isinstance(text, str) and _SECRET.search(name))
            rest += members.values()
        elif isinstance(value, list):
            rest += cast("list[object]", value)


async def _all(ask: Ask, path: str, member: str) -> Sequence[Any]:
    found: list[Any] = []
    cursor = ""
    while True:
        page = await ask(f"{path}?limit=100{cursor}")
        found += page[member]
        if page.get("next") is None:
            return found
        cursor = f"&cursor={page['next']}"
