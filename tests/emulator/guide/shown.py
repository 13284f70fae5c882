"""What a message to each magic recipient comes to: played, and read as the API itself shows it."""

import asyncio
import re
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from typing import Any

import httpx

from emulator.app import create_app
from emulator.guide.pages import ADDRESS
from emulator.providers.catalogue import OUTCOMES
from emulator.server.contract.references import is_object
from emulator.settings import Settings
from tests.emulator.guide.cards import card
from tests.emulator.guide.writing import table

Send = Callable[[str, str], tuple[str, Any]]


def _phone(number: int) -> str:
    return f"+120255501{number:02d}"


def _raven(channel: str, to: str) -> tuple[str, Any]:
    if channel == "sms":
        return "/raven/v1/messages", {"channel": "sms", "to": to, "body": "Hi"}
    mail = {"from": "orders@mail.acme.co.ke", "subject": "Hi", "bodyText": "Hi"}
    return "/raven/v1/messages", {"channel": "email", "to": to, **mail}


def _tripdesk(channel: str, to: str) -> tuple[str, Any]:
    names = {"name": "Rupa", "order_id": "A-1", "eta": "2 days"}
    body = (
        {"template": "order_confirmation", "language": "en", "variables": names}
        if channel == "whatsapp"
        else {"text": "Hi"}
    )
    subject = {"subject": "Hi"} if channel == "email" else {}
    return "/tripdesk/api/v1/messages", {"channel": channel, "to": to, **body, **subject}


def _cloudrebue(_channel: str, to: str) -> tuple[str, Any]:
    body = {"sender": "CLOUD_REBUE", "message": "Hi", "phone": to, "endpoint": "http://127.0.0.1:9/dlr"}
    return "/cloudrebue/api/v1/send-sms", body


def _arowana(channel: str, to: str) -> tuple[str, Any]:
    if channel == "email":
        mail = {"subject": "Hi", "message_type": "MESSAGE", "content": {"html": "<p>Hi</p>", "text": "Hi"}}
        return "/arowana/v1/messages", {"channel_id": "ch_mail01", "to": to, **mail}
    rich = {"message_type": "MESSAGE", "traffic_type": "TRANSACTION", "content": {"text": "Hi"}}
    return "/arowana/v1/messages", {"agent_id": "ag_live_shop01", "to": to, **rich}


def _bird(channel: str, to: str) -> tuple[str, Any]:
    named = card("bird")["accounts"][0]["parameters"]
    id = named[{"sms": "channelId", "email": "emailChannelId", "whatsapp": "whatsappChannelId"}[channel]]
    key = {"identifierKey": "emailaddress"} if channel == "email" else {}
    body: dict[str, Any] = {"type": "text", "text": {"text": "Hi"}}
    if channel == "email":
        body = {"type": "html", "html": {"html": "<p>Hi</p>", "text": "Hi", "metadata": {"subject": "Hi"}}}
    receiver = {"contacts": [{"identifierValue": to, **key}]}
    return f"/bird/workspaces/{named['workspaceId']}/channels/{id}/messages", {"receiver": receiver, "body": body}


SHOWN: Mapping[str, tuple[Send, tuple[str, ...]]] = {
    "raven": (_raven, ("sms", "email")),
    "tripdesk": (_tripdesk, ("sms", "whatsapp", "email")),
    "cloudrebue": (_cloudrebue, ("sms",)),
    "arowana": (_arowana, ("rcs", "email")),
    "bird": (_bird, ("sms", "email", "whatsapp")),
}
_UNTOLD = frozenset({"queued", "sending"})


@cache
def shown(api: str) -> str:
    """What became of a message to each magic recipient, by channel."""
    send, channels = SHOWN[api]
    return asyncio.run(_played(api, send, channels))


async def _played(api: str, send: Send, channels: tuple[str, ...]) -> str:
    app = create_app(Settings(pace="held", rate_limits="off"))
    headers = card(api)["accounts"][0]["headers"]
    cells: dict[tuple[int, str], Any] = {}
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=ADDRESS) as client:
        for outcome in OUTCOMES:
            for channel in channels:
                cells[outcome.number, channel] = await _sent(client, send, channel, outcome, headers)
        await client.post("/_emulator/clock/advance", json={"by": "96h"})
        rows = [
            (
                f"{each.number:02d} `{each.name}`",
                *[await _became(client, api, cells[each.number, one], headers) for one in channels],
            )
            for each in OUTCOMES
        ]
    await app.shutdown()
    return table(("Recipient", *channels), rows)


async def _sent(client: httpx.AsyncClient, send: Send, channel: str, outcome: Any, headers: Mapping[str, str]) -> Any:
    to = f"{outcome.name}@simulator.example" if channel == "email" else _phone(outcome.number)
    if "cloudrebue" in send.__name__:
        to = f"4477009000{outcome.number:02d}"
    before = (await client.get("/_emulator/messages?limit=1")).json()["messages"]
    path, body = send(channel, to)
    answer = await client.post(path, json=body, headers=headers)
    after = (await client.get("/_emulator/messages?limit=1")).json()["messages"]
    is_new = bool(after) and after != before and after[0]["id"] not in {each["id"] for each in before}
    return (answer.status_code, after[0]["id"] if is_new else None, f"{path}/{_id_of(answer)}", outcome.name)


def _id_of(answer: httpx.Response) -> str:
    told = answer.json()
    members = told if is_object(told) else {}
    return str(members.get("id") or members.get("message_id") or "")


async def _became(client: httpx.AsyncClient, api: str, cell: Any, headers: Mapping[str, str]) -> str:
    status, id, path, name = cell
    if name == "random":
        return "by chance"
    if id is None:
        return f"answered {status}"
    told = (await client.get(f"/_emulator/messages/{id}")).json()
    steps = [each["type"].replace("_", " ") for each in told["timeline"] if each["type"] not in _UNTOLD]
    if api == "cloudrebue":
        bodies = (
            re.search(r'"(?:status|deliveryStatus|description|state)": ?"([^"]+)"', each["body"])
            for each in told["webhooks"]
        )
        last = [match[1] for match in bodies if match]
    else:
        last = [str((await client.get(path, headers=headers)).json().get("status", ""))]
    return f"{', '.join(_counted(steps)) or '-'}{f' → `{last[-1]}`' if last and last[-1] else ''}"


def _counted(steps: list[str]) -> Iterator[str]:
    """Steps, those that come several times in a row told once."""
    place = 0
    while place < len(steps):
        end = place
        while end < len(steps) and steps[end] == steps[place]:
            end += 1
        yield steps[place] if end - place == 1 else f"{steps[place]} × {end - place}"
        place = end
