"""Brevo. Source: Brevo API reference, "Send a transactional email", "Transactional webhooks", read 2026-11."""

import re

import pytest

from emulator.core.ids import Ids
from emulator.core.records import EventType
from emulator.providers.reasons import Reason
from emulator.providers.voices import VOICES
from tests.emulator.providers.voices.stories import accepted, json_of, refused, report, said

E = EventType
ID = "<201803062010.27287306012@smtp-relay.mailin.fr>"


def hook(*events) -> dict:
    return json_of(said("brevo", *events, provider_message_id=ID))


def test_message_id_form():
    assert re.fullmatch(r"<\d{12}\.\d{11}@smtp-relay\.mailin\.fr>", VOICES["brevo"].message_id(Ids(1, {})))


def test_accepted():
    answer = said("brevo", accepted(), provider_message_id=ID)

    assert (answer.status, json_of(answer)) == (201, {"messageId": ID})


@pytest.mark.parametrize(
    ("reason", "status", "code"),
    [
        (Reason.INVALID_ADDRESS, 400, "invalid_parameter"),
        (Reason.INSUFFICIENT_CREDIT, 402, "not_enough_credits"),
        (Reason.THROTTLED, 429, "too_many_requests"),
        (Reason.SERVER_ERROR, 503, "service_unavailable"),
    ],
)
def test_refused(reason: Reason, status: int, code: str):
    answer = said("brevo", refused(reason))

    assert (answer.status, list(json_of(answer)), json_of(answer)["code"]) == (status, ["code", "message"], code)


def test_hard_bounce():
    assert hook(report(E.BOUNCED, reason=Reason.UNKNOWN_SUBSCRIBER)) == {
        "event": "hard_bounce",
        "email": "someone@simulator.example",
        "id": 1000001,
        "date": "2026-11-21 12:00:00",
        "ts": 1795262400,
        "message-id": ID,
        "ts_event": 1795262400,
        "subject": "Gate change",
        "sending_ip": "192.0.2.10",
        "ts_epoch": 1795262400500,
        "reason": "550 5.1.1 The email account that you tried to reach does not exist",
    }


@pytest.mark.parametrize(
    ("event", "name"),
    [
        (report(E.SENT), "request"),
        (report(E.DELIVERED), "delivered"),
        (report(E.DEFERRED), "deferred"),
        (report(E.BOUNCED, hard=False), "soft_bounce"),
        (report(E.EXPIRED), "soft_bounce"),
        (report(E.EXPIRED, hard=True), "hard_bounce"),
        (report(E.BOUNCED, reason=Reason.INVALID_ADDRESS), "invalid_email"),
        (refused(Reason.BLOCKED), "blocked"),
        (report(E.COMPLAINED), "spam"),
        (report(E.UNSUBSCRIBED), "unsubscribe"),
        (report(E.OPENED), "unique_opened"),
        (report(E.CLICKED), "click"),
    ],
)
def test_event_name(event, name: str):
    assert hook(event)["event"] == name


def test_second_open_is_no_longer_unique():
    assert hook(report(E.OPENED), report(E.OPENED))["event"] == "opened"


def test_click_names_the_link():
    assert hook(report(E.CLICKED, url="https://example.com/gates"))["link"] == "https://example.com/gates"
