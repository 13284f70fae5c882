"""What the caller of each API sees of each magic recipient: what `magic_recipients.md` says.

One call to each address through each API and channel, over HTTP, then forty days of virtual time. What is judged is
what the API itself answers and posts, in its own words.
"""

import asyncio
import json
from collections.abc import Awaitable, Callable, Iterator, Mapping
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import httpx
import pytest

from emulator.app import create_app
from emulator.providers.catalogue import OUTCOMES
from emulator.server.connection import serving
from emulator.settings import Settings

TWICE = (0, 2, 4, 5, 8, 9, 12, 20)
"""Who is written to once more after forty days."""

NAMES = {outcome.number: outcome.name for outcome in OUTCOMES if not outcome.mix}
PAGE = Path(__file__).with_name("magic_recipients.md")

LINK = '<a href="https://shop.example/77">Parcel 77</a>'
BIRD = "/workspaces/a1e4c7d2-5b80-4f36-9d1c-7e2f0b9a6c35/channels"


class Seen(NamedTuple):
    """What is seen of a message: its last status, all that came before, why it failed, and what was told of it."""

    status: str
    sequence: str = ""
    cause: str = ""
    told: str = ""


class Post(NamedTuple):
    """A webhook that came: when, in seconds since acceptance, and its body."""

    after: float
    body: Any


class Lane(NamedTuple):
    """A way to send: an API and a channel, with a body in which `$to` is the address.

    `read` says in the API's own words what its answer and its posts amount to; `id` is where the answer to a send has
    the message's id, empty if a message cannot be read.
    """

    path: str
    body: dict[str, Any]
    read: Callable[[Any, list[Post]], Seen]
    id: str = "id"

    def body_for(self, address: str) -> dict[str, Any]:
        return json.loads(json.dumps(self.body).replace("$to", address))


class Sent(NamedTuple):
    """What came of one message."""

    seen: Seen
    posts: list[Post]
    message: Any


def is_signal(body: Any) -> bool:
    """Whether a webhook is about a message; the end of a session comes a day later and is about none."""
    return body.get("event") != "conversation.ended"


def words(posts: list[Post], name: Callable[[Any], str]) -> str:
    return " ".join(name(post.body) for post in posts if is_signal(post.body))


def short(name: str) -> str:
    """A webhook's name without what it is about: `message.delivered` is `delivered`."""
    about, _, what = name.partition(".")
    return what if about in ("message", "email", "sms", "whatsapp") else name


def read_raven(message: Any, posts: list[Post]) -> Seen:
    return Seen(
        message["status"],
        " ".join(event["eventType"] for event in message["events"]),
        message["failureReason"] or message["suppressionReason"] or "",
        words(posts, lambda body: short(body["type"])),
    )


def read_tripdesk(message: Any, posts: list[Post]) -> Seen:
    error: dict[str, Any] = message["last_error"] or {}
    retried = f"{message['retry_count']} retries" if message["retry_count"] else ""
    return Seen(
        message["status"],
        " ".join(event["type"] for event in message["events"]),
        ", ".join(part for part in (error.get("code"), retried) if part),
        words(posts, lambda body: short(body["type"])),
    )


def read_cloudrebue(_: Any, posts: list[Post]) -> Seen:
    told = ", ".join(post.body["deliveryStatus"] for post in posts)
    return Seen(posts[-1].body["deliveryStatus"] if posts else "no receipt", told=told)


def read_arowana(message: Any, posts: list[Post]) -> Seen:
    return Seen(
        message["status"],
        " ".join(event["type"] for event in message["events"]),
        _arowana_cause(message),
        words(posts, lambda body: short(body["event"])),
    )


def _arowana_cause(message: Any) -> str:
    code, text = message["error_code"] or "", message["error_message"] or ""
    # Of mail the enhanced status says more than the code: `5.4.7 Delivery time expired.`
    return f"{code} {text.split()[0]}" if code.isdigit() else code


def read_bird(message: Any, posts: list[Post]) -> Seen:
    def name(body: Any) -> str:
        kind, payload = short(body["event"]), body["payload"]
        return {"outbound": payload.get("status"), "interaction": payload.get("type")}.get(kind, kind)

    failure = message.get("failure")
    cause = f"{failure['code']} {failure['source']['name']}" if failure else ""
    return Seen(message["status"], cause=cause, told=words(posts, name))


def _bird(key: str, **body: Any) -> dict[str, Any]:
    return {"receiver": {"contacts": [{"identifierKey": key, "identifierValue": "$to"}]}, "body": body}


_MAIL = {"channel": "email", "to": "$to", "subject": "Parcel 77"}
_BIRD_TEXT = _bird("phonenumber", type="text", text={"text": "Parcel 77: https://shop.example/77"})
_BIRD_MAIL = _bird("emailaddress", type="html", html={"html": LINK, "metadata": {"subject": "Parcel 77"}})
LANES: Mapping[str, Lane] = {
    "raven sms": Lane("/v1/messages", {"channel": "sms", "to": "$to", "body": "Hi"}, read_raven),
    "raven email": Lane(
        "/v1/messages", {**_MAIL, "from": "orders@mail.acme.co.ke", "bodyText": "Hi", "bodyHtml": LINK}, read_raven
    ),
    "tripdesk sms": Lane("/api/v1/messages", {"channel": "sms", "to": "$to", "text": "Hi"}, read_tripdesk),
    "tripdesk email": Lane("/api/v1/messages", {**_MAIL, "text": "Hi"}, read_tripdesk),
    "tripdesk whatsapp": Lane(
        "/api/v1/messages",
        {
            "channel": "whatsapp",
            "to": "$to",
            "template": "order_confirmation",
            "variables": {"name": "Ada", "order_id": "77", "eta": "noon"},
        },
        read_tripdesk,
    ),
    "cloudrebue sms": Lane(
        "/api/v1/send-sms",
        {"sender": "CLOUD_REBUE", "message": "Hi", "phone": "$to", "correlator": 1},
        read_cloudrebue,
        id="",
    ),
    "arowana rcs": Lane(
        "/v1/messages",
        {
            "agent_id": "ag_live_shop01",
            "to": "$to",
            "message_type": "MESSAGE",
            "traffic_type": "TRANSACTION",
            "content": {
                "text": "Hi",
                "suggestions": [{"reply": {"text": "Track it", "postback_data": "track"}}],
            },
        },
        read_arowana,
        id="message_id",
    ),
    "arowana email": Lane(
        "/v1/messages",
        {
            "channel_id": "ch_mail01",
            "to": "$to",
            "message_type": "MESSAGE",
            "subject": "Parcel 77",
            "content": {"html": LINK, "text": "Hi"},
        },
        read_arowana,
        id="message_id",
    ),
    "bird sms": Lane(f"{BIRD}/0c8f0a1e-7a54-4f7b-8c39-0a5f6f1f2b01/messages", _BIRD_TEXT, read_bird),
    "bird email": Lane(f"{BIRD}/6d1b8e42-9f30-4c7a-a582-3e0c9d7f1b64/messages", _BIRD_MAIL, read_bird),
    "bird whatsapp": Lane(f"{BIRD}/e85f2c97-1b6d-4a30-9c84-b7d2f0a3e516/messages", _BIRD_TEXT, read_bird),
}


def address_of(lane: str, number: int) -> str:
    if lane.endswith("email"):
        return f"{NAMES[number]}@simulator.example"
    return f"4477009000{number:02d}" if lane.startswith("cloudrebue") else f"+120255501{number:02d}"


class Stage:
    """A world of one server, in which addresses are written to one after the other."""

    def __init__(self, client: httpx.AsyncClient, name: str) -> None:
        self._client, self._lane = client, LANES[name]
        self._api = name.partition(" ")[0]
        self._sink = f"{client.base_url}/_emulator/sink/magic"
        self._headers: dict[str, str] = {}
        self._read = 0

    async def set_up(self) -> None:
        """Let the API's first account be told of everything."""
        apis = (await self._control("GET", "apis"))["apis"]
        card = next(each for each in apis if each["name"] == self._api)["accounts"][0]
        self._headers = card["headers"]
        if self._api == "cloudrebue":
            return  # each message names its own receiver
        changes: dict[str, Any] = {"webhooks": [{"url": self._sink}]}
        if self._api == "raven":
            changes["settings"] = {"outbound_webhooks": True}
        await self._control("PATCH", f"accounts/{card['id']}", changes)

    async def send(self, address: str) -> Sent:
        """Write to an address, let forty days pass, and see."""
        lane, url = self._lane, f"/{self._api}{self._lane.path}"
        body = lane.body_for(address)
        if self._api == "cloudrebue":
            body["endpoint"] = self._sink
        begun_at = (await self._control("GET", "clock"))["now"]
        answer = await self._client.post(url, json=body, headers=self._headers)
        told = answer.json()
        await self._control("POST", "clock/advance", {"by": "40d"})
        posts = await self._posts(begun_at)
        if answer.status_code >= 400:
            return Sent(Seen(f"{answer.status_code} {told['error']}"), posts, None)
        message = None
        if lane.id:
            message = (await self._client.get(f"{url}/{told[lane.id]}", headers=self._headers)).json()
        return Sent(lane.read(message, posts), posts, message)

    async def read(self, path: str) -> Any:
        return (await self._client.get(f"/{self._api}{path}", headers=self._headers)).json()

    async def on_demand(self, address: str) -> tuple[list[Post], list[Post]]:
        """Answer, from a Cloud Rebue short code, a person who wrote to it, twice; gives what was posted after each."""
        account = next(each for each in (await self._control("GET", "apis"))["apis"] if each["name"] == self._api)
        id = account["accounts"][0]["id"]
        await self._control("PATCH", f"accounts/{id}", {"settings": {"callback_url": self._sink}})
        came: list[list[Post]] = []
        for _ in range(2):
            said = {"api": self._api, "account": id, "channel": "sms", "from": address, "to": "22999", "text": "JOIN"}
            await self._control("POST", "inbound", said)
            await self._control("POST", "clock/advance", {"by": "0s"})
            link = (await self._posts())[-1].body["link_id"]
            body = {**self._lane.body_for(address), "sender": "22999", "link_id": link, "endpoint": self._sink}
            answer = await self._client.post("/cloudrebue/api/v1/send-sms", json=body, headers=self._headers)
            assert answer.status_code == 200, answer.text
            await self._control("POST", "clock/advance", {"by": "1m"})
            came.append(await self._posts())
        return came[0], came[1]

    async def _posts(self, begun_at: str = "2026-01-01T00:00:00Z") -> list[Post]:
        came = (await self._control("GET", f"sink/magic?after={self._read}"))["posts"]
        self._read += len(came)
        return [Post(_seconds(begun_at, each["at"]), json.loads(each["body"])) for each in came]

    async def _control(self, method: str, path: str, body: Any = None) -> Any:
        answer = await self._client.request(method, f"/_emulator/{path}", json=body)
        assert answer.status_code < 300, answer.text
        return answer.json()


def _seconds(begun_at: str, at: str) -> float:
    return round((datetime.fromisoformat(at) - datetime.fromisoformat(begun_at)).total_seconds(), 3)


Scene = Callable[[httpx.AsyncClient], Awaitable[Any]]


def serve(scene: Scene) -> Any:
    """Let a scene talk to an emulator of its own."""

    async def run() -> Any:
        async with (
            serving(create_app(Settings(pace="held"))) as url,
            httpx.AsyncClient(base_url=url, timeout=30) as client,
        ):
            return await scene(client)

    return asyncio.run(run())


@cache
def played(lane: str) -> Mapping[int, tuple[Sent, Sent | None]]:
    """What came of a message to each address of a lane, and of a second one to some."""

    async def scene(client: httpx.AsyncClient) -> dict[int, tuple[Sent, Sent | None]]:
        stage = Stage(client, lane)
        await stage.set_up()
        came: dict[int, tuple[Sent, Sent | None]] = {}
        for number in NAMES:
            to = address_of(lane, number)
            came[number] = (await stage.send(to), await stage.send(to) if number in TWICE else None)
        return came

    return serve(scene)


def rows() -> Iterator[tuple[str, int, Seen]]:
    """The page's rows: the lane, a number, and what is seen."""
    lane = ""
    for line in PAGE.read_text().splitlines():
        if line.startswith("## "):
            lane = line.removeprefix("## ")
        elif line.startswith("|") and line[2].isdigit():
            numbers, *seen = (cell.strip() for cell in line.strip("|").split("|"))
            for number in numbers.split():
                yield lane, int(number), Seen(*seen)


EXPECTED = {(lane, number): seen for lane, number, seen in rows()}


def test_the_page_has_each_number_of_each_lane_once():
    listed = [(lane, number) for lane, number, _ in rows()]

    assert sorted(listed) == sorted((lane, number) for lane in LANES for number in NAMES)


@pytest.mark.parametrize("lane", LANES)
def test_what_a_magic_recipient_shows(lane: str):
    assert {number: first.seen for number, (first, _) in played(lane).items()} == {
        number: EXPECTED[lane, number] for number in NAMES
    }


STOPS = {"arowana email": {12}, "cloudrebue sms": set[int]()}
"""Who wants no more: 12 and 20, but that unsubscribing there ends newsletters, and that STOP reaches short codes only."""


@pytest.mark.parametrize("lane", LANES)
def test_a_second_message_fares_as_the_first_unless_the_first_made_them_stop(lane: str):
    for number in TWICE:
        second = played(lane)[number][1]

        assert second is not None, number
        assert second.seen == EXPECTED[lane, 4 if number in STOPS.get(lane, {12, 20}) else number], number


# When the last webhook came, in seconds since acceptance. The platform's own ladder stands in where it retries.
_USUAL = {0: 0.5, 1: 30.0, 2: 0.5, 3: 15.0, 6: 51.05, 7: 6.6, 9: 60.0}
_LADDER = {0: 0.5, 1: 30.0, 2: 0.5, 3: 150.6, 6: 810.05, 7: 150.6, 9: 750.25}
MOMENTS = {
    lane: _LADDER if lane.startswith("tripdesk") else _USUAL | ({2: 0.1, 15: 30 * 86400.0} if "rcs" in lane else {})
    for lane in LANES
}


@pytest.mark.parametrize(("lane", "number"), [(lane, number) for lane in LANES for number in MOMENTS[lane]])
def test_when_it_is_over(lane: str, number: int):
    assert played(lane)[number][0].posts[-1].after == MOMENTS[lane][number]


@pytest.mark.parametrize("lane", LANES)
def test_a_receipt_that_comes_twice_is_told_twice_with_the_same_bytes_200_ms_apart(lane: str):
    *_, first, second = played(lane)[13][0].posts

    assert (first.after, second.after) == (0.5, 0.7)
    assert first.body == second.body


def paid(lane: str, message: Any) -> bool:
    """Whether a message was paid for in the end."""
    if lane.startswith("tripdesk"):
        return message["refund"] is None
    cost = message["cost" if lane.startswith("arowana") else "costAmount"]
    return cost is not None


@pytest.mark.parametrize(("lane", "free"), [
    ("raven sms", {4, 6, 8, 18, 22, 24, 26, 27}),
    ("raven email", {4, 6, 8, 18, 24, 26, 27}),
    ("tripdesk sms", {2, 4, 5, 6, 8, 9, 18, 19, 22, 24, 26, 27}),
    ("tripdesk email", {4, 6, 8, 9, 18, 19, 24, 26, 27}),
    ("arowana rcs", {2, 6, 8, 9, 15, 18, 19, 24, 26, 27, 29}),
    ("arowana email", {2, 6, 8, 9, 15, 18, 19, 22, 24, 26, 27, 29}),
])  # fmt: skip
def test_who_costs_nothing_in_the_end(lane: str, free: set[int]):
    messages = {number: first.message for number, (first, _) in played(lane).items() if first.message is not None}

    assert {number for number, message in messages.items() if not paid(lane, message)} == free


REPLIES = {11: "Simulated reply", 12: "STOP", 25: "I am out of the office until Monday."}
TAP = {"type": "suggested_reply", "text": "Track it", "postback_data": "track"}


@pytest.mark.parametrize(
    ("number", "said"), [(16, TAP), *((number, {"type": "text", "text": text}) for number, text in REPLIES.items())]
)
def test_an_arowana_agent_is_told_of_the_reply_and_of_the_chip_that_was_tapped(number: int, said: Any):
    posts = (post.body for post in played("arowana rcs")[number][0].posts)

    assert [each["data"]["user_message"] for each in posts if each["event"] == "conversation.started"] == [said]


@pytest.mark.parametrize(("lane", "number", "text"), [
    ("bird sms", 11, "Simulated reply"),
    ("bird sms", 12, "STOP"),
    ("bird email", 11, "Simulated reply"),
    ("bird whatsapp", 12, "STOP"),
])  # fmt: skip
def test_a_bird_workspace_is_told_of_the_reply(lane: str, number: int, text: str):
    payload = played(lane)[number][0].posts[-1].body["payload"]

    assert (payload["direction"], payload["status"]) == ("incoming", "delivered")
    assert text in json.dumps(payload["body"])


@pytest.mark.parametrize(("number", "text"), REPLIES.items())
def test_a_reply_stands_in_the_tripdesk_conversation(number: int, text: str):
    async def scene(client: httpx.AsyncClient) -> Any:
        stage = Stage(client, "tripdesk sms")
        await stage.set_up()
        sent = await stage.send(address_of("tripdesk sms", number))
        return await stage.read(f"/api/v1/conversations/{sent.message['conversation_id']}/messages")

    listed = serve(scene)["data"]
    assert [each["text"] for each in listed if each["direction"] == "inbound"] == [text]


def test_a_reply_to_a_cloud_rebue_short_code_comes_with_a_link_and_a_stop_ends_it():
    async def scene(client: httpx.AsyncClient) -> Any:
        stage = Stage(client, "cloudrebue sms")
        await stage.set_up()
        return await stage.on_demand("447700900012")

    first, later = serve(scene)

    assert [post.body.get("deliveryStatus") or post.body["message"] for post in first] == [
        "DeliveredToTerminal",
        "STOP",
    ]
    assert first[-1].body["link_id"]
    assert [post.body["deliveryStatus"] for post in later] == ["SenderName Blacklisted"]
