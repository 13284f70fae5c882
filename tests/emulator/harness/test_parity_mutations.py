"""Parity is proved: a clone with one defect is named by its defect, and a clean one is like the original."""

from collections.abc import Callable
from typing import Any, NamedTuple

import pytest

from tests.emulator.harness.clones import Said
from tests.emulator.harness.comparing import compare_clone, places, story


class Defect(NamedTuple):
    """What is spoilt, in which story it shows, and the finding that names it."""

    name: str
    story: str
    finding: tuple[str, str]
    answers: Callable[[Said], None] | None = None
    webhooks: Callable[[Said], None] | None = None
    breaks: tuple[dict[str, Any], ...] = ()


def send(change: Callable[[Said], None]) -> Callable[[Said], None]:
    return lambda said: change(said) if said.is_call("POST", "/messages") else None


def get(change: Callable[[Said], None]) -> Callable[[Said], None]:
    return lambda said: change(said) if said.is_call("GET", said.path) and "/messages/msg_" in said.path else None


def event(name: str, change: Callable[[Said], None]) -> Callable[[Said], None]:
    return lambda said: change(said) if said.headers["x-tripdesk-event"] == name else None


def set_status(status: int) -> Callable[[Said], None]:
    return lambda said: setattr(said, "status", status)


def drop(name: str) -> Callable[[Said], None]:
    return lambda said: said.body.pop(name) and None


def put(name: str, value: Any) -> Callable[[Said], None]:
    return lambda said: said.body.update({name: value})


def header(name: str, value: str | None) -> Callable[[Said], None]:
    def change(said: Said) -> None:
        if value is None:
            del said.headers[name]
        else:
            said.headers[name] = value

    return change


def data(name: str, value: Any) -> Callable[[Said], None]:
    return lambda said: said.body["data"].update({name: value})


def repeat(times: int) -> Callable[[Said], None]:
    return lambda said: setattr(said, "status", times)


def reverse_events(said: Said) -> None:
    said.body["events"].reverse()


def lose_an_event(said: Said) -> None:
    said.body["events"].pop(1)


def shift(member: str) -> Callable[[Said], None]:
    return lambda said: said.body.update({member: "2026-01-01T00:07:00Z"})


def as_html(said: Said) -> None:
    said.headers["content-type"] = "text/html"
    said.body = "<h1>Accepted</h1>"


def no_body(said: Said) -> None:
    said.body = ""


def forget_replay(said: Said) -> None:
    said.headers.pop("idempotency-replayed", None)


def new_id_on_replay(said: Said) -> None:
    if said.is_call("POST", "/messages") and said.count == 2:
        said.body["id"] = "msg_01KDVDNA00SK32SGR9HYSY2XZZ"


def other_order(said: Said) -> None:
    if said.is_call("GET", "/messages") and isinstance(said.body, dict):
        said.body["data"].reverse()


def error_code(said: Said) -> None:
    if said.status == 402:
        said.body["error"]["code"] = "no_money"


def error_details(said: Said) -> None:
    if said.status == 402:
        del said.body["error"]["details"][0]["required"]


def no_retry_after(said: Said) -> None:
    said.headers.pop("retry-after", None)


def never_limits(said: Said) -> None:
    if said.status == 429:
        said.status, said.body = 200, {"data": [], "next_cursor": None}


def spaced(said: Said) -> None:
    said.headers["x-tripdesk-timestamp"] = "1767229999"


DEFECTS = [
    Defect("another success status", "delivered", ("status", "status"), send(set_status(201))),
    Defect("a failure", "delivered", ("status", "status"), get(set_status(500))),
    Defect("a member is missing", "delivered", ("missing", "body.conversation_id"), get(drop("conversation_id"))),
    Defect("a member is too many", "delivered", ("surplus", "body.debug"), send(put("debug", True))),
    Defect("a number for a text", "delivered", ("type", "body.cost"), get(put("cost", 0.02))),
    Defect("a text for a number", "delivered", ("type", "body.attempts"), get(put("attempts", "1"))),
    Defect("true for one", "delivered", ("type", "body.attempts"), get(put("attempts", True))),
    Defect("null for a text", "delivered", ("type", "body.external_id"), get(put("external_id", None))),
    Defect("another value", "delivered", ("value", "body.status"), get(put("status", "sent"))),
    Defect("another price", "delivered", ("value", "body.cost_estimate"), send(put("cost_estimate", "0.021"))),
    Defect("another kind of id", "delivered", ("value", "body.id"), send(put("id", "17"))),
    Defect("an id in another form", "delivered", ("value", "body.contact_id"), get(put("contact_id", "contact-1"))),
    Defect(
        "another thing's id", "delivered", ("identity", "body.id"), get(put("id", "msg_01KDVDNA00SK32SGR9HYSY2XZZ"))
    ),
    Defect("a header is gone", "delivered", ("missing", "headers.x-request-id"), send(header("x-request-id", None))),
    Defect("a header is too many", "delivered", ("surplus", "headers.x-served"), send(header("x-served", "a"))),
    Defect(
        "another limit", "delivered", ("value", "headers.x-ratelimit-limit"), send(header("x-ratelimit-limit", "9"))
    ),
    Defect(
        "another content type",
        "delivered",
        ("value", "headers.content-type"),
        send(header("content-type", "text/json")),
    ),
    Defect("HTML", "delivered", ("type", "body"), get(as_html)),
    Defect("an empty body", "delivered", ("type", "body"), get(no_body)),
    Defect(
        "a moment in another form",
        "delivered",
        ("time", "body.created_at"),
        get(put("created_at", "2026-01-01T00:00:00.000Z")),
    ),
    Defect("a moment that is late", "delivered", ("time", "body.delivered_at"), get(shift("delivered_at"))),
    Defect("a moment that is a number", "delivered", ("type", "body.sent_at"), get(put("sent_at", 1767225600))),
    Defect("items in another order", "delivered", ("order", "body.events"), get(reverse_events)),
    Defect("an item is missing", "delivered", ("length", "body.events"), get(lose_an_event)),
    Defect("the environment leaks", "delivered", ("surplus", "body.environment"), get(put("environment", "live"))),
    Defect("a replay is not told", "idempotent-replay", ("missing", "headers.idempotency-replayed"), forget_replay),
    Defect("a replay is another message", "idempotent-replay", ("identity", "body.id"), new_id_on_replay),
    Defect("another error code", "insufficient-funds", ("value", "body.error.code"), error_code),
    Defect("less of an error", "insufficient-funds", ("missing", "body.error.details[0].required"), error_details),
    Defect("no Retry-After", "rate-limited", ("missing", "headers.retry-after"), no_retry_after),
    Defect("no limit at all", "rate-limited", ("status", "status"), never_limits),
    Defect(
        "an event is missing",
        "delivered",
        ("missing", "webhooks.message.sent"),
        webhooks=event(
            "message.sent", lambda said: setattr(said, "path", "127.0.0.1:1") or setattr(said, "status", -1)
        ),
    ),
    Defect(
        "an event comes twice",
        "delivered",
        ("surplus", "webhooks.message.sent"),
        webhooks=event("message.sent", repeat(2)),
    ),
    Defect(
        "events in another order",
        "delivered",
        ("order", "webhooks"),
        breaks=({"webhook": "reorder", "api": "tripdesk", "times": 1},),
    ),
    Defect(
        "an event is late",
        "delivered",
        ("time", "webhook.step"),
        breaks=({"webhook": "late", "api": "tripdesk", "times": 1},),
    ),
    Defect(
        "a signature over other bytes",
        "delivered",
        ("signature", "webhook.signature"),
        breaks=({"webhook": "bad_signature", "api": "tripdesk"},),
    ),
    Defect(
        "no signature",
        "delivered",
        ("missing", "webhook.headers.x-tripdesk-signature"),
        webhooks=event("message.sent", header("x-tripdesk-signature", None)),
    ),
    Defect(
        "an event's member is missing",
        "delivered",
        ("missing", "webhook.body.data.external_id"),
        webhooks=event("message.sent", lambda said: said.body["data"].pop("external_id") and None),
    ),
    Defect(
        "an event's value differs",
        "delivered",
        ("value", "webhook.body.data.to"),
        webhooks=event("message.delivered", data("to", "+15550000000")),
    ),
    Defect(
        "an event is about another message",
        "delivered",
        ("identity", "webhook.body.data.message_id"),
        webhooks=event("message.delivered", data("message_id", "msg_01KDVDNA00SK32SGR9HYSY2XZZ")),
    ),
    Defect(
        "an event is signed for another time",
        "delivered",
        ("time", "webhook.headers.x-tripdesk-timestamp"),
        webhooks=event("message.sent", spaced),
    ),
]


@pytest.mark.parametrize("defect", DEFECTS, ids=lambda defect: defect.name)
def test_a_defect_is_named(defect: Defect):
    parity = compare_clone(
        [story(f"tripdesk/{defect.story}")],
        answers=defect.answers,
        webhooks=defect.webhooks,
        breaks=[*defect.breaks],
    )

    assert defect.finding in places(parity)
    assert parity.exit_status == 1


def test_a_clean_clone_is_like_the_original():
    names = sorted({f"tripdesk/{defect.story}" for defect in DEFECTS})

    parity = compare_clone([story(name) for name in names])

    assert places(parity) == []
    assert parity.exit_status == 0


def test_there_are_enough_defects():
    assert len(DEFECTS) >= 25
    assert len({defect.name for defect in DEFECTS}) == len(DEFECTS)
