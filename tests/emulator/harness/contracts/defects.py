"""Tiny APIs with one defect each. Each names the check that must find it."""

import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

from tests.emulator.harness.contracts.tiny import KEYS, Answer, Asked, No, Note, Owner, Tiny

SECRET = "tiny-secret"
URL = "http://127.0.0.1:9/hook"


LISTING, CREATING = (1, 4), (2, 4)
"""Shards of one operation each."""


class Defect(Tiny):
    """`found_by` is the check, `shows_in` the phase that brings it to light; calls of a `shard` of the API are enough."""

    found_by: ClassVar[str]
    shows_in: ClassVar[str] = "examples"
    shard: ClassVar[tuple[int, int]] = (1, 1)


class AnotherStatus(Defect):
    found_by = "status_code_conformance"

    def made_answer(self, note: Note) -> Answer:
        return Answer(200, self.show(note), self.told())


class MissingMember(Defect):
    found_by = "response_schema_conformance"

    def show(self, note: Note) -> Any:
        return {"id": note["id"], "text": note["text"]}


class AnotherType(Defect):
    found_by = "response_schema_conformance"

    def show(self, note: Note) -> Any:
        return {**note, "id": int(note["id"][1:])}


class AnotherContentType(Defect):
    found_by = "content_type_conformance"

    def get(self, asked: Asked, owner: Owner) -> Answer:
        answer = super().get(asked, owner)
        answer.content_type = "text/plain"
        return answer


class BreaksOnALongText(Defect):
    found_by = "not_a_server_error"
    shows_in = "coverage"
    shard = CREATING

    def keep(self, owner: Owner, members: dict[str, Any]) -> Note:
        if len(members["text"]) >= 300:
            raise No(500, "oh")
        return super().keep(owner, members)


class BreaksOnNull(Defect):
    found_by = "not_a_server_error"
    shows_in = "coverage"
    shard = CREATING

    def check(self, members: Any) -> None:
        if isinstance(members, dict) and members.get("text", "") is None:
            raise No(500, "oh")
        super().check(members)


class BreaksOnAList(Defect):
    found_by = "not_a_server_error"
    shows_in = "coverage"
    shard = CREATING

    def check(self, members: Any) -> None:
        if isinstance(members, list):
            raise No(500, "oh")
        super().check(members)


class SendsTwice(Defect):
    found_by = "idempotent_replay"

    def replay(self, owner: Owner, key: str, asked: Asked) -> Answer | None:
        answer = super().replay(owner, key, asked)
        if answer is not None:
            self.keep(owner, json.loads(asked.body))
        return answer


class RepetitionIsNew(Defect):
    found_by = "idempotent_replay"

    def replay(self, owner: Owner, key: str, asked: Asked) -> Answer | None:
        return None


class RepetitionIsNotMarked(Defect):
    found_by = "idempotent_replay"

    def replay(self, owner: Owner, key: str, asked: Asked) -> Answer | None:
        answer = super().replay(owner, key, asked)
        return answer and Answer(answer.status, answer.body, self.told())


class RepetitionIsAConflict(Defect):
    found_by = "idempotent_replay"

    def replay(self, owner: Owner, key: str, asked: Asked) -> Answer | None:
        if super().replay(owner, key, asked) is not None:
            raise No(409, "used_key")
        return None


class FirstCallIsMarked(Defect):
    found_by = "idempotent_replay"

    def made_answer(self, note: Note) -> Answer:
        return Answer(201, self.show(note), {**self.told(), "Idempotent-Replayed": "true"})


class UsedKeyIsTaken(Defect):
    found_by = "idempotent_conflict"

    def replay(self, owner: Owner, key: str, asked: Asked) -> Answer | None:
        first = self.first_answers.get((owner, key))
        return first and Answer(first[1].status, first[1].body, {**self.told(), "Idempotent-Replayed": "true"})


class PagesLeaveOut(Defect):
    found_by = "each_item_once"

    def page(self, notes: list[Note], start: int, limit: int) -> tuple[list[Note], str | None]:
        found, following = super().page(notes, start, limit)
        return found, following and str(int(following) + 1)


class PagesRepeat(Defect):
    found_by = "each_item_once"

    def page(self, notes: list[Note], start: int, limit: int) -> tuple[list[Note], str | None]:
        found, following = super().page(notes, start, limit)
        return found, following and str(int(following) - 1)


class PagesEndEarly(Defect):
    found_by = "each_item_once"

    def page(self, notes: list[Note], start: int, limit: int) -> tuple[list[Note], str | None]:
        found, following = super().page(notes, start, limit)
        return found, following if following is not None and int(following) < len(notes) - 2 else None


class PagesAreTooLong(Defect):
    found_by = "each_item_once"

    def page(self, notes: list[Note], start: int, limit: int) -> tuple[list[Note], str | None]:
        return super().page(notes, start, limit + 1)


class PagesHaveAnotherOrder(Defect):
    found_by = "each_item_once"

    def page(self, notes: list[Note], start: int, limit: int) -> tuple[list[Note], str | None]:
        found, following = super().page(notes, start, limit)
        return found[::-1], following


class OpenDoor(Defect):
    found_by = "ignored_auth"

    def owner(self, asked: Asked) -> Owner:
        return KEYS.get(asked.headers.get("x-key", ""), ("ada", "live"))


class DoorAfterTheFields(Defect):
    """Only who sends a good body is asked for a key."""

    found_by = "authentication_required"
    shows_in = "coverage"
    shard = CREATING

    def create(self, asked: Asked, owner: Owner) -> Answer:
        if owner == ("nobody", "live"):
            self.members(asked)
            raise No(401, "no_such_key")
        return super().create(asked, owner)

    def owner(self, asked: Asked) -> Owner:
        if asked.method == "POST" and asked.path == "/notes":
            return KEYS.get(asked.headers.get("x-key", ""), ("nobody", "live"))
        return super().owner(asked)


class HalfAKeyIsEnough(Defect):
    found_by = "authentication_required"

    def owner(self, asked: Asked) -> Owner:
        given = asked.headers.get("x-key", "")
        found = next((owner for key, owner in KEYS.items() if given[:8] == key[:8]), None)
        if found is None:
            raise No(401, "no_such_key")
        return KEYS.get(given, found)


def delete_rightly(app: Tiny, asked: Asked, owner: Owner) -> Answer:
    app.notes.get(owner, []).remove(Tiny.find(app, owner, asked.path.removeprefix("/notes/")))
    return Answer(204)


class EnvironmentLeak(Defect):
    found_by = "environment_isolation"

    def find(self, owner: Owner, id: str) -> Note:
        for environment in (owner[1], "live", "test"):
            for note in self.notes.get((owner[0], environment), []):
                if note["id"] == id:
                    return note
        raise No(404, "no_such_note")

    def delete(self, asked: Asked, owner: Owner) -> Answer:
        return delete_rightly(self, asked, owner)


class AccountLeak(Defect):
    found_by = "account_isolation"

    def find(self, owner: Owner, id: str) -> Note:
        for (_, environment), notes in self.notes.items():
            for note in notes:
                if note["id"] == id and environment == owner[1]:
                    return note
        raise No(404, "no_such_note")

    def delete(self, asked: Asked, owner: Owner) -> Answer:
        return delete_rightly(self, asked, owner)


class LimitIsNotTold(Defect):
    found_by = "rate_limit_told"

    def told(self) -> dict[str, str]:
        return {"X-RateLimit-Limit": "100"}


class LimitIsNoNumber(Defect):
    found_by = "rate_limit_told"

    def told(self) -> dict[str, str]:
        return {"X-RateLimit-Limit": "100", "X-RateLimit-Remaining": "many"}


class MoreRemainsThanTheLimit(Defect):
    found_by = "rate_limit_told"

    def told(self) -> dict[str, str]:
        return {"X-RateLimit-Limit": "100", "X-RateLimit-Remaining": "101"}


class OtherMethodsInAnotherForm(Defect):
    found_by = "error_envelope"
    shows_in = "coverage"
    shard = LISTING

    def other_method(self, asked: Asked, methods: list[str]) -> Answer:
        return Answer(405, {"detail": "Method Not Allowed"}, {"Allow": ", ".join(methods)})


class OtherMethodsInHtml(Defect):
    found_by = "error_envelope"
    shows_in = "coverage"
    shard = LISTING

    def other_method(self, asked: Asked, methods: list[str]) -> Answer:
        return Answer(405, "<h1>405</h1>", {"Allow": ", ".join(methods)}, "text/html")


class RefusesInAnotherForm(Defect):
    found_by = "error_envelope"

    def refuse(self, no: No) -> Answer:
        answer = super().refuse(no)
        return Answer(404, {"message": "not found"}) if no.status == 404 else answer


class OtherMethodsWithAnUndocumentedStatus(Defect):
    found_by = "documented_status"
    shows_in = "coverage"
    shard = LISTING

    def other_method(self, asked: Asked, methods: list[str]) -> Answer:
        return self.refuse(No(418, "teapot"))


class OtherMethodsAreAnswered(Defect):
    found_by = "unsupported_method"
    shows_in = "coverage"
    shard = LISTING

    def other_method(self, asked: Asked, methods: list[str]) -> Answer:
        return Answer(200, {"data": [], "next_cursor": None}, self.told())


class BreaksOnABrokenBody(Defect):
    found_by = "malformed_body"

    def members(self, asked: Asked) -> dict[str, Any]:
        if asked.body.startswith(b'{"unfinished'):
            raise No(500, "oh")
        return super().members(asked)


class BrokenBodyInAnotherForm(Defect):
    found_by = "malformed_body"

    def members(self, asked: Asked) -> dict[str, Any]:
        try:
            return super().members(asked)
        except No as no:
            raise No(422 if no.code == "not_json" else no.status, no.code) from None


class RequiredMemberIsNotAskedFor(Defect):
    found_by = "negative_data_rejection"
    shows_in = "coverage"
    shard = CREATING

    def check(self, members: Any) -> None:
        if isinstance(members, dict) and "text" not in members:
            members["text"] = "-"
        super().check(members)


class TooLongIsTaken(Defect):
    found_by = "negative_data_rejection"
    shows_in = "coverage"
    shard = CREATING

    def check(self, members: Any) -> None:
        if isinstance(members, dict) and isinstance(members.get("to"), str):
            super().check({**members, "to": ""})
        else:
            super().check(members)


class LongestIsRefused(Defect):
    found_by = "positive_data_acceptance"
    shows_in = "coverage"
    shard = CREATING

    def check(self, members: Any) -> None:
        super().check(members)
        if len(members["text"]) == 300:
            raise No(400, "bad_text")


class DeletedIsStillThere(Defect):
    found_by = "use_after_free"
    shows_in = "stateful"

    def delete(self, asked: Asked, owner: Owner) -> Answer:
        self.find(owner, asked.path.removeprefix("/notes/"))
        return Answer(204)


class CreatedIsNotThere(Defect):
    found_by = "ensure_resource_availability"
    shows_in = "stateful"

    def find(self, owner: Owner, id: str) -> Note:
        raise No(404, "no_such_note")


class ReadingCounts(Defect):
    found_by = "reading_changes_nothing"

    def get(self, asked: Asked, owner: Owner) -> Answer:
        note = self.find(owner, asked.path.removeprefix("/notes/"))
        note["seen"] = note.get("seen", 0) + 1
        return Answer(200, self.show(note), self.told())


CATALOGUE = tuple(
    defect for defect in list(globals().values()) if isinstance(defect, type) and issubclass(defect, Defect)
)[1:]


@dataclass
class Posted:
    """A webhook as the control API lists it: a clean one, unless something in it is changed."""

    body: dict[str, Any] = field(default_factory=lambda: {"type": "note.kept", "id": "n1"})
    type: str = "note.kept"
    signed: bytes | None = None
    headers: Mapping[str, str] | None = None

    def attempt(self) -> dict[str, Any]:
        raw = json.dumps(self.body)
        made = hmac.new(SECRET.encode(), b"1767225600." + (self.signed or raw.encode()), "sha256").hexdigest()
        headers = {"Content-Type": "application/json", "X-Signature": f"t=1767225600,v1={made}"}
        chosen = headers if self.headers is None else dict(self.headers)
        return {"type": self.type, "request": {"url": URL, "headers": chosen, "body": raw}}


POSTED = {
    "a body that lacks a member": (Posted(body={"type": "note.kept"}), "webhook_bodies"),
    "a body with a member too much": (Posted(body={"type": "note.kept", "id": "n1", "x": 1}), "webhook_bodies"),
    "an event that the contract does not know": (Posted(type="note.eaten"), "webhook_bodies"),
    "a content type that the contract does not know": (
        Posted(headers={"Content-Type": "text/plain", "X-Signature": f"t=1,v1={'0' * 64}"}),
        "webhook_bodies",
    ),
    "a signature over the wrong bytes": (Posted(signed=b'{"type": "note.kept"}'), "webhook_signatures"),
    "no signature": (Posted(headers={"Content-Type": "application/json"}), "webhook_headers"),
    "a signature in another form": (
        Posted(headers={"Content-Type": "application/json", "X-Signature": "0" * 64}),
        "webhook_headers",
    ),
}
