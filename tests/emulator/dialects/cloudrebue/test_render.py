"""Total tables, the wording of refusals, and the small forms: times and money."""

from datetime import UTC, datetime, timedelta

import msgspec
import pytest

from emulator.core.errors import RULES, FieldProblem, InsufficientFunds, InvalidFields, MessagingError
from emulator.core.records import Event, EventType, Origin, Recipient, Status
from emulator.dialects.cloudrebue import render, vocabulary
from emulator.dialects.cloudrebue.refusals import failed_element, render_error
from emulator.dialects.cloudrebue.webhooks import delivery_status
from emulator.providers.reasons import Reason

NOON = datetime(2026, 6, 2, 8, 15, 30, tzinfo=UTC)


def test_every_refusal_has_a_row():
    assert set(vocabulary.ERRORS) == set(MessagingError.__subclasses__())


def test_every_event_cause_and_rule_has_a_word():
    assert set(vocabulary.STATUS_OF_EVENT) == set(EventType)
    assert set(vocabulary.STATUS_OF_REASON) == {*Reason, vocabulary.INVALID_LINK}
    assert set(vocabulary.FIELD_TEXTS) == RULES


def test_every_word_of_the_tables_is_known_to_the_contract(contract):
    receipt = contract.document["components"]["schemas"]["DeliveryReceipt"]
    known = {each["value"] for each in receipt["properties"]["deliveryStatus"]["x-known-values"]}
    words = {*vocabulary.STATUS_OF_EVENT.values(), *vocabulary.STATUS_OF_REASON.values()} - {None}

    assert known == vocabulary.DELIVERY_STATUSES
    assert words <= known


def test_times_are_east_african_without_a_zone():
    assert render.local_time(NOON) == "2026-06-02 11:15:30"
    assert render.local_time(NOON.replace(microsecond=999_999)) == "2026-06-02 11:15:30"
    assert render.utc_time(NOON) == "2026-06-02T08:15:30.000000Z"


@pytest.mark.parametrize(("micros", "kes"), [(3_761_000_000, 1880.5), (2_000_000, 1), (0, 0), (20_000, 0.01)])
def test_a_unit_is_half_a_shilling(micros, kes):
    shown = render.kes(micros)

    assert shown == kes
    assert type(shown) is type(kes)


def _event(type, **facts):
    return Event(type=type, at=NOON, **facts)


def _recipient(status=Status.SENT):
    return Recipient(id="1", message_id="1", address="254711000111", status=status, updated_at=NOON)


@pytest.mark.parametrize(
    ("event", "status"),
    [
        (_event(EventType.DELIVERED), "DeliveredToTerminal"),
        (_event(EventType.FAILED), "DeliveryImpossible"),
        (_event(EventType.EXPIRED), "Expired"),
        (_event(EventType.UNCERTAIN), "DeliveryUncertain"),
        (_event(EventType.FAILED, reason=Reason.SPAM), "SenderName Blacklisted"),
        (_event(EventType.FAILED, reason="CallBarred"), "CallBarred"),
        (_event(EventType.FAILED, reason="carrier-words", code="NumberChanged"), "NumberChanged"),
        (_event(EventType.FAILED, code="Unknown"), "Unknown"),
        (_event(EventType.FAILED, code="027"), "DeliveryImpossible"),
        (_event(EventType.FAILED, reason=Reason.SPAM, code="13"), "SenderName Blacklisted"),
        (_event(EventType.DEFERRED, reason=Reason.SPAM, code="SentToNetwork"), "SentToNetwork"),
        (_event(EventType.FAILED, reason=Reason.SERVER_ERROR, code="503"), "SystemFailure"),
        (_event(EventType.DEFERRED), "MessageWaiting"),
        (_event(EventType.DEFERRED, reason="SentToNetwork"), "SentToNetwork"),
        (_event(EventType.DEFERRED, reason=Reason.ABSENT_SUBSCRIBER), "MessageWaiting"),
        (_event(EventType.RETRY_SCHEDULED, reason=Reason.NO_ANSWER), None),
        (_event(EventType.RETRY_SCHEDULED, code="Unknown"), None),
        (_event(EventType.SENT, origin=Origin.ANSWER), None),
        (_event(EventType.SENT, origin=Origin.RECEIPT), "DeliveredToNetwork"),
    ],
)
def test_an_event_has_its_word_or_is_not_told(event, status):
    assert delivery_status(_recipient(), event) == status


def test_the_network_is_told_when_it_comes_after_the_handset():
    late = _event(EventType.SENT, origin=Origin.ANSWER)

    assert delivery_status(_recipient(Status.DELIVERED), late) == "DeliveredToNetwork"


@pytest.mark.parametrize(
    ("problem", "message"),
    [
        (FieldProblem(("phone",), "required"), {"phone": ["The phone field is required."]}),
        (FieldProblem(("link_id",), "required"), {"link_id": ["The link id field is required."]}),
        (FieldProblem(("phone",), "phone", "{0}"), {"phone": ["The phone number {0} is invalid."]}),
        (
            FieldProblem(("correlator",), "type", 1.5, ("string", "integer")),
            {"correlator": ["The correlator must be a string."]},
        ),
        (FieldProblem(("endpoint",), "pattern", "x", "^h"), {"endpoint": ["The endpoint must be a valid URL."]}),
        (
            FieldProblem(("message",), "max_length", "", 1530),
            {"message": ["The message may not be greater than 1530 characters."]},
        ),
        (FieldProblem((), "max_items", None, 100), "A maximum of 100 messages can be sent in a single request."),
        (FieldProblem((), "min_items", None, 1), "The request body must not be empty."),
        (FieldProblem((), "type", None, ("object", "array")), "The request body must be an object or an array."),
        (FieldProblem((), "text"), "The request body is invalid."),
    ],
)
def test_a_field_problem_is_worded_as_the_framework_does(problem, message):
    reply = render_error(InvalidFields([problem]), call=None)

    assert reply.status == 422
    assert msgspec.json.decode(reply.body) == {"status": False, "message": message}


def test_a_failed_element_says_the_first_text_and_echoes_its_labels():
    item = {"correlator": 502, "phone": "12345"}
    error = InvalidFields([FieldProblem(("phone",), "phone", "12345"), FieldProblem(("link_id",), "required")])

    assert failed_element(error, item) == {
        "status": False,
        "message": "The phone number 12345 is invalid.",
        "data": {"correlator": 502, "phone": "12345"},
    }


@pytest.mark.parametrize("item", [None, 5, [], {}, {"phone": True, "correlator": 1.5}, {"phone": {}, "correlator": []}])
def test_a_failed_element_echoes_only_text_and_whole_numbers(item):
    element = failed_element(InsufficientFunds(2, 1, "units"), item)

    assert element["data"] == {"correlator": None, "phone": None}


def test_spans_are_the_documented_ones():
    from emulator.dialects.cloudrebue.webhooks import WEBHOOKS

    assert WEBHOOKS.schedule == (timedelta(minutes=1), timedelta(minutes=5))
    assert WEBHOOKS.timeout == timedelta(seconds=10)
