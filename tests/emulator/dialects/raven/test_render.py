"""Bodies as the reference has them, and tables that leave nothing out."""

from datetime import timedelta
from typing import Any

import pytest

from emulator.core import errors
from emulator.core.errors import RULES, FieldProblem, MessagingError
from emulator.core.records import Channel, Event, EventType, Origin, Status
from emulator.dialects.raven.problems import field_text
from emulator.dialects.raven.render import render_message
from emulator.dialects.raven.statuses import status_of
from emulator.dialects.raven.vocabulary import EVENT_WORDS, REFUSALS, STATUS_WORDS, event_word, refusal_text
from tests.builders import a_mail, a_message, a_recipient
from tests.emulator.dialects.raven.conftest import CONTRACT, MAIL, SMS, Api

E = EventType


def _subclasses(base: type) -> set[type]:
    return {each for sub in base.__subclasses__() for each in (sub, *_subclasses(sub))}


class TestTables:
    def test_every_refusal_has_a_row(self):
        known = {each for each in _subclasses(MessagingError) if each.__module__ == MessagingError.__module__}

        assert set(REFUSALS) == known

    def test_every_status_has_a_word_of_the_contract(self):
        words = CONTRACT.document["components"]["schemas"]["MessageStatus"]["enum"]

        assert set(STATUS_WORDS) == set(Status)
        assert set(STATUS_WORDS.values()) <= set(words)

    def test_every_event_has_a_word_of_the_contract(self):
        schema = CONTRACT.document["components"]["schemas"]["DeliveryEvent"]
        words = set(schema["properties"]["eventType"]["enum"])

        assert set(EVENT_WORDS) == set(EventType)
        assert {event_word(channel, type) for channel in Channel for type in EventType} == words

    def test_neither_402_nor_422_is_ever_said(self):
        assert not {402, 422} & {refusal.status for refusal in REFUSALS.values()}

    @pytest.mark.parametrize("rule", sorted(RULES))
    def test_every_rule_has_a_sentence(self, rule: str):
        text = field_text(FieldProblem(("externalId",), rule, "x", 3))

        assert "externalId" in text
        assert text != "externalId is not valid"

    @pytest.mark.parametrize(
        ("error", "status", "text"),
        [
            (errors.AlreadyExists("suppression"), 409, "Address already suppressed for this channel"),
            (errors.AlreadyExists("sending domain"), 409, "Domain already registered for this tenant"),
            (errors.AlreadyExists("tenant"), 409, "Slug already in use"),
            (errors.NotFound("message", "x"), 404, "Message not found"),
            (errors.NotFound("connection", "x"), 404, "Provider not found"),
            (errors.NotFound("credential", "x"), 404, "API key not found"),
            (errors.NotFound("sending domain", "x"), 404, "Sending domain not found"),
            (errors.NotFound("verification", "x"), 404, "Verification not found"),
            (errors.NotFound("webhook endpoint", "x"), 404, "Outbound webhook not found"),
            (errors.NotFound("account", "x"), 404, "Tenant not found"),
            (errors.Unauthenticated("unknown", "signature"), 401, "Invalid signature"),
            (errors.Forbidden("role", roles="owner"), 403, "Requires role: owner"),
            (errors.UnknownPath("GET", "/v1/{x}"), 404, "Cannot GET /v1/{x}"),
            (errors.MalformedRequest("Unrecognised callback payload"), 400, "Unrecognised callback payload"),
            (errors.RequestInProgress("k"), 409, "A request with this idempotency key is still in progress"),
            (errors.NotEmulated("sign-on"), 501, "Not emulated: sign-on"),
            (errors.InternalFault(), 500, "Internal server error"),
            (errors.Unavailable(), 503, "Service unavailable"),
        ],
    )
    def test_texts(self, error: MessagingError, status: int, text: str):
        assert (REFUSALS[type(error)].status, refusal_text(error)) == (status, text)


class TestStatus:
    @pytest.mark.parametrize(
        ("types", "status", "word"),
        [
            ([E.QUEUED, E.SENDING, E.SENT, E.COMPLAINED], Status.SENT, "complained"),
            ([E.SENT, E.DELIVERED, E.UNSUBSCRIBED], Status.DELIVERED, "unsubscribed"),
            # a complaint is final: nothing after it changes the status
            ([E.SENT, E.COMPLAINED, E.DELIVERED, E.UNSUBSCRIBED], Status.DELIVERED, "complained"),
            ([E.SENT, E.FAILED, E.COMPLAINED], Status.FAILED, "failed"),
            ([E.SENT, E.OPENED, E.CLICKED], Status.SENT, "sent"),
            ([E.SENT, E.EXPIRED], Status.EXPIRED, "bounced"),
            ([E.SENT, E.BOUNCED, E.DELIVERED, E.COMPLAINED], Status.DELIVERED, "complained"),
        ],
    )
    def test_of_a_mail(self, types: list[EventType], status: Status, word: str):
        message = a_mail()
        events = tuple(Event(type=type, at=message.created_at, origin=Origin.RECEIPT) for type in types)

        assert status_of(message, a_recipient(status=status, events=events)) == word

    def test_a_complaint_after_a_hard_bounce_changes_nothing(self):
        message = a_mail()
        bounce = Event(type=E.BOUNCED, at=message.created_at, hard=True)
        complaint = Event(type=E.COMPLAINED, at=message.created_at)
        recipient = a_recipient(status=Status.BOUNCED, events=(bounce, complaint))

        assert status_of(message, recipient) == "bounced"

    def test_an_expired_text_message_failed(self):
        assert status_of(a_message(), a_recipient(status=Status.EXPIRED)) == "failed"


# Source: our Raven reference, section 6, which follows the documentation's example.
GOLDEN = (
    '{"id":"%s","channel":"sms","status":"delivered","to":"+254733111222","from":null,"subject":null,'
    '"body":"Gate 4 is open.","externalId":"gate-4","idempotencyKey":"gate-4-open","source":"api",'
    '"environment":"live","provider":"africas_talking","providerMessageId":"%s","costCurrency":"KES",'
    '"costAmount":0.8,"segments":1,"failureReason":null,"suppressionReason":null,'
    '"enqueuedAt":"2026-01-01T00:00:00.000Z","updatedAt":"2026-01-01T00:00:00.500Z","events":['
    '{"eventType":"queued","occurredAt":"2026-01-01T00:00:00.000Z"},'
    '{"eventType":"sending","occurredAt":"2026-01-01T00:00:00.050Z"},'
    '{"eventType":"sent","occurredAt":"2026-01-01T00:00:00.100Z"},'
    '{"eventType":"delivered","occurredAt":"2026-01-01T00:00:00.500Z"}]}'
)


def test_a_message_as_the_reference_has_it(api: Api):
    sent = api.send(
        {"channel": "sms", "to": "+254733111222", "body": "Gate 4 is open."},
        externalId="gate-4",
        idempotencyKey="gate-4-open",
    )
    api.advance(5)

    answer = api.get(f"/v1/messages/{sent.json['id']}")

    provider_id = answer.json["providerMessageId"]
    assert answer.body.decode() == GOLDEN % (sent.json["id"], provider_id)


def test_a_mail_has_no_segments_and_costs_nothing(api: Api):
    shown = api.life(MAIL)

    assert (shown["segments"], shown["costAmount"], shown["costCurrency"]) == (None, 0, "KES")
    assert (shown["from"], shown["subject"]) == (MAIL["from"], MAIL["subject"])


def test_lists_leave_the_events_out(api: Api):
    api.send()

    (listed,) = api.get("/v1/messages").json["data"]
    assert "events" not in listed
    assert list(listed)[:3] == ["id", "channel", "status"]


def test_a_5xx_as_the_last_answer_is_named(api: Api):
    id = api.send().json["id"]
    message, recipient = api.message(id), api.recipient(id)
    failed = Event(type=E.FAILED, at=message.created_at + timedelta(seconds=9), reason="server-error", code="503")
    api.world.store.recipients.put(
        type(recipient)(**{**_members(recipient), "status": Status.FAILED, "events": (*recipient.events, failed)})
    )

    assert render_message(api.world.store, message)["failureReason"] == "Provider error: 503"


def test_reading_changes_nothing(api: Api):
    id = api.life(SMS)["id"]
    before = api.recipient(id)

    first, second = (api.get(f"/v1/messages/{id}").body for _ in range(2))

    assert first == second
    assert api.recipient(id) is before


def _members(record: Any) -> dict[str, Any]:
    return {name: getattr(record, name) for name in record.__struct_fields__}
