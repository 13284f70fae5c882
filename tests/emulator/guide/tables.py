"""What the guide's pages say that other files know: the catalogue, the contracts, the story's schema, the settings.

Pages hold it between `<!-- begin NAME -->` and `<!-- end -->`. `python -m tests.emulator.guide.tables` writes it anew.
"""

import asyncio
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cache
from typing import Any

import httpx

from emulator.app import create_app
from emulator.control.overview import directory
from emulator.core.records import Channel
from emulator.dialects import DIALECTS
from emulator.guide.pages import ADDRESS, FOLDER
from emulator.providers.catalogue import OUTCOMES, magic_outcome
from emulator.providers.reasons import Reason
from emulator.server.contract import load_contract
from emulator.settings import Settings
from emulator.stories.schema import story_schema

BLOCK = re.compile(r"<!-- begin (?P<name>[^>]+?) -->\n(?P<text>.*?)<!-- end -->\n", re.DOTALL)
EVIDENCE = ("seed", "docs", "code", "assumed")
_METHODS = ("get", "put", "post", "patch", "delete")

Rows = Iterable[Iterable[object]]


def blocks_of(page: str) -> Iterator[tuple[str, str]]:
    """The generated parts of a page: their names, and what stands there now."""
    return ((match["name"], match["text"]) for match in BLOCK.finditer(page))


def block(name: str) -> str:
    """What should stand in the generated part of this name."""
    kind, _, about = name.partition(" ")
    return BLOCKS[kind](*about.split())


def table(head: Iterable[str], rows: Rows) -> str:
    lines = [list(head), *([_cell(each) for each in row] for row in rows)]
    lines.insert(1, ["---"] * len(lines[0]))
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def _cell(value: object) -> str:
    return " ".join(str(value).split()).replace("|", "\\|")


def recipients() -> str:
    """Every magic recipient, from the catalogue."""
    for outcome in OUTCOMES:
        assert magic_outcome(Channel.SMS, f"+120255501{outcome.number:02d}") == outcome.name
        assert magic_outcome(Channel.EMAIL, f"{outcome.name}@simulator.example") == outcome.name
    return table(
        ("NN", "Name", "Also", "What happens"),
        (
            (f"{each.number:02d}", f"`{each.name}`", ", ".join(f"`{word}`" for word in each.aliases), each.summary)
            for each in OUTCOMES
        ),
    )


def evidence(api: str) -> str:
    """How many facts of a contract were published, read in code, or are ours."""
    document = load_contract(api).document
    counts: dict[str, Counter[str]] = {
        "Operations": Counter(each["x-evidence"] for each in _operations(document)),
        "Answers": Counter(),
        "Events told to webhooks": Counter(),
        "Statuses and others": Counter(),
    }
    for path, mark in _marks(document, ()):
        counts[_kind(path)][mark] += 1
    counts["Operations"] = Counter(each["x-evidence"] for each in _operations(document))
    total = sum(counts.values(), Counter())
    rows = [(name, each) for name, each in (*counts.items(), ("All", total)) if each]
    return table(
        ("What", *EVIDENCE),
        ((name, *(each[mark] for mark in EVIDENCE)) for name, each in rows),
    )


def _operations(document: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    for item in document["paths"].values():
        yield from (item[method] for method in _METHODS if method in item)


def _marks(value: Any, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], str]]:
    if isinstance(value, dict):
        if "x-evidence" in value and isinstance(value["x-evidence"], str):
            yield path, value["x-evidence"]
        for name, inner in value.items():
            yield from _marks(inner, (*path, str(name)))
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from _marks(inner, (*path, "[]"))


def _kind(path: tuple[str, ...]) -> str:
    if path[0] == "webhooks" or "callbacks" in path:
        return "Events told to webhooks"
    if len(path) == 3 and path[0] == "paths":
        return "Operations"
    if "responses" in path:
        return "Answers"
    return "Statuses and others"


def operations(api: str) -> str:
    """The operations of a contract."""
    document = load_contract(api).document
    found = [
        (f"`{method.upper()} {path}`", item[method]["operationId"], item[method])
        for path, item in document["paths"].items()
        for method in _METHODS
        if method in item
    ]
    return table(
        ("Call", "Operation", "What it does", "Evidence"),
        ((call, f"`{id}`", each.get("summary", ""), each["x-evidence"]) for call, id, each in found),
    )


def events(api: str) -> str:
    """What the API tells webhooks."""
    document = load_contract(api).document
    found = [(name, item[method]) for name, item in document["webhooks"].items() for method in item if method in _METHODS]
    return table(
        ("Event", "When", "Evidence"),
        ((f"`{name}`", each.get("summary", ""), each.get("x-evidence", "")) for name, each in found),
    )


def left_out(api: str) -> str:
    """What of an API is not emulated."""
    found = load_contract(api).document["info"].get("x-not-emulated", [])
    return "".join(f"- {_cell(each['what'])} {_cell(each['why'])}\n" for each in found)


def accounts(api: str) -> str:
    """The accounts of the default world, and what each call sends."""
    return table(
        ("Account", "Environment", "Id", "Header"),
        (
            (each["name"], each["environment"], f"`{each['id']}`", f"`{_header(each['headers'])}`")
            for each in _card(api)["accounts"]
        ),
    )


def fixtures(api: str) -> str:
    """What the first account has."""
    account = _card(api)["accounts"][0]
    return table(("What", "Its first one"), ((name, f"`{value}`") for name, value in account["parameters"].items()))


def hosts(api: str) -> str:
    """Where an API is, here and in reality."""
    card = _card(api)
    return table(
        ("Here", "In reality"),
        [(f"`{card['base_url']}`", ", ".join(f"`{host}`" for host in card["hosts"]))],
    )


def settings(api: str) -> str:
    """The settings of an account that only this API has."""
    dialect = next(each for each in DIALECTS if each.name == api)
    return table(
        ("Setting", "Value", "What it does"),
        (
            (f"`{name}`", _type_of(schema), _sentence(schema.get("description") or SAID_OF[api, name]))
            for name, schema in dialect.settings.items()
        ),
    )


SAID_OF = {
    ("cloudrebue", "profile"): "Which of the two services the account belongs to.",
    ("cloudrebue", "callback_url"): "Where incoming messages are posted.",
}
"""Settings whose schema has no sentence of its own."""


def _sentence(text: str) -> str:
    return text if text.endswith(".") else f"{text}."


def _type_of(schema: Mapping[str, Any]) -> str:
    if "enum" in schema:
        return ", ".join(f"`{each}`" for each in schema["enum"])
    types = schema.get("type", "any")
    return " or ".join(types) if isinstance(types, list) else types


def control() -> str:
    """The calls of the control API."""
    document = load_contract("control").document
    return table(
        ("Call", "What it does"),
        (
            (f"`{method.upper()} {path}`", item[method]["summary"])
            for path, item in document["paths"].items()
            for method in _METHODS
            if method in item
        ),
    )


def words(name: str) -> str:
    """The members of one thing in the schema of stories."""
    members = story_schema()["$defs"][name]["properties"]
    return table(
        ("Member", "What it says"),
        ((f"`{word}`", _said(schema)) for word, schema in members.items()),
    )


def _said(schema: Mapping[str, Any]) -> str:
    said = schema.get("description")
    if said is None and "$ref" in schema:
        said = story_schema()["$defs"][schema["$ref"].rpartition("/")[2]].get("description")
    choice = schema.get("enum") or schema.get("items", {}).get("enum") if isinstance(schema.get("items", {}), dict) else None
    listed = f" One of {', '.join(f'`{each}`' for each in choice)}." if choice else ""
    return f"{said or ''}{listed}".strip()


def reasons() -> str:
    """The causes that reports can have."""
    return ", ".join(f"`{each.value}`" for each in Reason) + ".\n"


def _header(headers: Mapping[str, str]) -> str:
    return ", ".join(f"{name}: {value}" for name, value in headers.items())


@cache
def _cards() -> dict[str, Any]:
    world = create_app(Settings(pace="held")).worlds.default
    return {each["name"]: each for each in directory(DIALECTS, world, ADDRESS, only=None, sessions=False)["apis"]}  # type: ignore[union-attr, index, misc]


def _card(api: str) -> dict[str, Any]:
    return _cards()[api]


# What each magic recipient shows: played, and read as the API shows it.

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
    body = {"template": "order_confirmation", "language": "en", "variables": names} if channel == "whatsapp" else {"text": "Hi"}
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
    named = _card("bird")["accounts"][0]["parameters"]
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
    headers = _card(api)["accounts"][0]["headers"]
    cells: dict[tuple[int, str], Any] = {}
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://127.0.0.1:8026") as client:
        for outcome in OUTCOMES:
            for channel in channels:
                cells[outcome.number, channel] = await _sent(client, send, channel, outcome, headers)
        await client.post("/_emulator/clock/advance", json={"by": "96h"})
        rows = [
            (f"{each.number:02d} `{each.name}`", *[await _became(client, api, cells[each.number, one], headers) for one in channels])
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
    return (answer.status_code, after[0]["id"] if is_new else None, f"{path}/{_id_of(answer)}")


def _id_of(answer: httpx.Response) -> str:
    told = answer.json()
    members = told if isinstance(told, dict) else {}
    return str(members.get("id") or members.get("message_id") or "")


async def _became(client: httpx.AsyncClient, api: str, cell: Any, headers: Mapping[str, str]) -> str:
    status, id, path = cell
    if id is None:
        return f"answered {status}"
    told = (await client.get(f"/_emulator/messages/{id}")).json()
    steps = [each["type"].replace("_", " ") for each in told["timeline"] if each["type"] not in _UNTOLD]
    if api == "cloudrebue":
        bodies = (re.search(r'"(?:status|deliveryStatus|description|state)": ?"([^"]+)"', each["body"]) for each in told["webhooks"])
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


BLOCKS: Mapping[str, Callable[..., str]] = {
    "recipients": recipients,
    "shown": shown,
    "evidence": evidence,
    "operations": operations,
    "events": events,
    "left-out": left_out,
    "accounts": accounts,
    "fixtures": fixtures,
    "hosts": hosts,
    "settings": settings,
    "control": control,
    "words": words,
    "reasons": reasons,
}


def main() -> None:
    """Write the generated parts of all pages anew."""
    for path in sorted(FOLDER.glob("*.md")):
        text = path.read_text("utf-8")
        path.write_text(
            BLOCK.sub(lambda each: f"<!-- begin {each['name']} -->\n{block(each['name'])}<!-- end -->\n", text), "utf-8"
        )


if __name__ == "__main__":
    main()
