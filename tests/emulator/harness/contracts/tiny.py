"""A tiny API without a defect: accounts with two environments, notes, pages, idempotency keys, a limit that is told."""

import json
from collections.abc import Mapping
from copy import deepcopy
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote

import yaml

from emulator.harness.contracts.documents import Document
from emulator.harness.contracts.target import Api, Card

KEYS = {
    "key-of-ada-live": ("ada", "live"),
    "key-of-ada-test": ("ada", "test"),
    "key-of-bob-live": ("bob", "live"),
}
"""Who has which key."""

CARDS = tuple(
    Card(name=name, id=name, environment=environment, credentials={"key": {"X-Key": key}})
    for key, (name, environment) in KEYS.items()
)

Owner = tuple[str, str]
Note = dict[str, Any]


@dataclass
class Asked:
    """A call."""

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes


@dataclass
class Answer:
    """What is said to it."""

    status: int
    body: Any = None
    headers: Mapping[str, str] | None = None
    content_type: str = "application/json"


class No(Exception):
    """A refusal."""

    def __init__(self, status: int, code: str) -> None:
        super().__init__(code)
        self.status = status
        self.code = code


class Tiny:
    """The API. A defect is a subclass that does one of these things wrongly."""

    def __init__(self) -> None:
        given = [{"id": f"n{number}", "text": "Gate 3 is open.", "to": None} for number in range(1, 6)]
        self.notes: dict[Owner, list[Note]] = {("ada", "live"): given}
        self.first_answers: dict[tuple[Owner, str], tuple[bytes, Answer]] = {}
        self.made = len(given)

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            raise RuntimeError("no lifespan here")
        body, more = b"", True
        while more:
            message = await receive()
            body, more = body + message.get("body", b""), message.get("more_body", False)
        headers = {name.decode().lower(): value.decode("latin-1") for name, value in scope["headers"]}
        query = dict(parse_qsl(scope["query_string"].decode(), keep_blank_values=True))
        answer = self.answer(Asked(scope["method"], unquote(scope["raw_path"].decode()), query, headers, body))
        raw = b"" if answer.body is None else self.encode(answer.body)
        said = {**(answer.headers or {}), **({"Content-Type": answer.content_type} if raw else {})}
        start = [(name.lower().encode(), value.encode("latin-1")) for name, value in said.items()]
        await send({"type": "http.response.start", "status": answer.status, "headers": start})
        await send({"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else raw})

    def encode(self, body: Any) -> bytes:
        return body.encode() if isinstance(body, str) else json.dumps(body).encode()

    def answer(self, asked: Asked) -> Answer:
        try:
            return self.route(asked)
        except No as no:
            return self.refuse(no)

    def refuse(self, no: No) -> Answer:
        allowed = {"Allow": "GET, POST, DELETE"} if no.status == 405 else {}
        return Answer(no.status, {"error": {"code": no.code, "message": "No."}}, allowed)

    def route(self, asked: Asked) -> Answer:
        if asked.path == "/notes":
            methods = {"POST": self.create, "GET": self.listing}
        elif asked.path.startswith("/notes/"):
            methods = {"GET": self.get, "DELETE": self.delete}
        else:
            raise No(404, "no_such_path")
        if asked.method not in methods:
            return self.other_method(asked, sorted(methods))
        return methods[asked.method](asked, self.owner(asked))

    def other_method(self, asked: Asked, methods: list[str]) -> Answer:
        answer = self.refuse(No(405, "no_such_method"))
        answer.headers = {"Allow": ", ".join(methods)}
        return answer

    def owner(self, asked: Asked) -> Owner:
        owner = KEYS.get(asked.headers.get("x-key", ""))
        if owner is None:
            raise No(401, "no_such_key")
        return owner

    def told(self) -> dict[str, str]:
        return {"X-RateLimit-Limit": "100", "X-RateLimit-Remaining": "99"}

    # What is made

    def create(self, asked: Asked, owner: Owner) -> Answer:
        members = self.members(asked)
        key = asked.headers.get("idempotency-key")
        if key is not None:
            if not 1 <= len(key) <= 100 or any(not "!" <= sign <= "~" for sign in key):
                raise No(400, "bad_key")
            replay = self.replay(owner, key, asked)
            if replay is not None:
                return replay
        answer = self.made_answer(self.keep(owner, members))
        if key is not None:
            self.first_answers[owner, key] = (asked.body, deepcopy(answer))
        return answer

    def members(self, asked: Asked) -> dict[str, Any]:
        if asked.headers.get("content-type", "").partition(";")[0] != "application/json":
            raise No(400, "not_json")
        try:
            members = json.loads(asked.body)
        except ValueError:
            raise No(400, "not_json") from None
        self.check(members)
        return members

    def check(self, members: Any) -> None:
        if not isinstance(members, dict) or not isinstance(members.get("text"), str):
            raise No(400, "bad_text")
        if not 1 <= len(members["text"]) <= 300:
            raise No(400, "bad_text")
        if "to" in members and not (isinstance(members["to"], str) and len(members["to"]) <= 100):
            raise No(400, "bad_to")

    def keep(self, owner: Owner, members: dict[str, Any]) -> Note:
        self.made += 1
        note = {"id": f"n{self.made}", "text": members["text"], "to": members.get("to")}
        self.notes.setdefault(owner, []).append(note)
        return note

    def made_answer(self, note: Note) -> Answer:
        return Answer(201, self.show(note), self.told())

    def replay(self, owner: Owner, key: str, asked: Asked) -> Answer | None:
        first = self.first_answers.get((owner, key))
        if first is None:
            return None
        if first[0] != asked.body:
            raise No(409, "used_key")
        return Answer(first[1].status, first[1].body, {**self.told(), "Idempotent-Replayed": "true"})

    # What is read

    def show(self, note: Note) -> Any:
        return dict(note)

    def listing(self, asked: Asked, owner: Owner) -> Answer:
        limit = asked.query.get("limit", "20")
        if not (limit.isascii() and limit.isdigit() and 1 <= int(limit) <= 50):
            raise No(400, "bad_limit")
        cursor = asked.query.get("cursor", "0")
        if not (cursor.isascii() and cursor.isdigit()):
            raise No(400, "bad_cursor")
        notes, following = self.page(self.notes.get(owner, []), int(cursor), int(limit))
        shown = [self.show(note) for note in notes]
        return Answer(200, {"data": shown, "next_cursor": following}, self.told())

    def page(self, notes: list[Note], start: int, limit: int) -> tuple[list[Note], str | None]:
        end = start + limit
        return notes[start:end], str(end) if end < len(notes) else None

    def find(self, owner: Owner, id: str) -> Note:
        for note in self.notes.get(owner, []):
            if note["id"] == id:
                return note
        raise No(404, "no_such_note")

    def get(self, asked: Asked, owner: Owner) -> Answer:
        return Answer(200, self.show(self.find(owner, asked.path.removeprefix("/notes/"))), self.told())

    def delete(self, asked: Asked, owner: Owner) -> Answer:
        self.notes[owner].remove(self.find(owner, asked.path.removeprefix("/notes/")))
        return Answer(204)


@cache
def document() -> Document:
    return Document(yaml.load(Path(__file__).with_name("tiny.yaml").read_text(), yaml.CSafeLoader))


def api() -> Api:
    # Nothing is sent there; a name would be looked up all the same.
    return Api("tiny", "http://127.0.0.1:1", CARDS)
