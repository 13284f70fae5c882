"""Africa's Talking. Source: Africa's Talking, "Sending SMS", "Delivery reports", read 2026-11."""

import re
from urllib.parse import parse_qsl

import pytest

from emulator.core.ids import Ids
from emulator.core.records import EventType
from emulator.providers.reasons import Reason
from emulator.providers.voice import words_of
from emulator.providers.voices import VOICES
from tests.emulator.providers.voices.stories import accepted, json_of, refused, report, said

E = EventType
ID = "ATXid_9f1c"


def form_of(event, **changes) -> dict[str, str]:
    payload = said("africas_talking", event, provider_message_id=ID, **changes)
    assert payload.content_type == "application/x-www-form-urlencoded"
    return dict(parse_qsl(payload.body, strict_parsing=True))


def test_accepted():
    answer = said("africas_talking", accepted(), provider_message_id=ID, address="+12025550100")

    assert answer.status == 201
    assert json_of(answer) == {
        "SMSMessageData": {
            "Message": "Sent to 1/1 Total Cost: KES 0.8000",
            "Recipients": [
                {
                    "statusCode": 101,
                    "number": "+12025550100",
                    "status": "Success",
                    "cost": "KES 0.8000",
                    "messageId": "ATXid_9f1c",
                    "messageParts": 1,
                }
            ],
        }
    }


def test_refused_is_answered_201_too():
    answer = said("africas_talking", refused(Reason.INVALID_ADDRESS), address="+12025550108")

    assert answer.status == 201
    assert json_of(answer)["SMSMessageData"]["Recipients"] == [
        {
            "statusCode": 403,
            "number": "+12025550108",
            "status": "InvalidPhoneNumber",
            "cost": "0",
            "messageId": "None",
        }
    ]


@pytest.mark.parametrize(
    ("reason", "code", "name"),
    [
        (Reason.BLOCKED, 406, "UserInBlacklist"),
        (Reason.SENDER_REFUSED, 402, "InvalidSenderId"),
        (Reason.INSUFFICIENT_CREDIT, 405, "InsufficientBalance"),
        (Reason.DELIVERY_FAILURE, 407, "CouldNotRoute"),
        (Reason.CONTENT_REFUSED, 502, "RejectedByGateway"),
        ("made up", 502, "made up"),
    ],
)
def test_status_code_of_a_refusal(reason: str, code: int, name: str):
    (recipient,) = json_of(said("africas_talking", refused(reason)))["SMSMessageData"]["Recipients"]

    assert (recipient["statusCode"], recipient["status"]) == (code, name)


def test_scripted_code_is_a_number_or_a_name():
    number, name = (
        json_of(said("africas_talking", refused(Reason.BLOCKED, code=code)))["SMSMessageData"]["Recipients"][0]
        for code in ("409", "DoNotDisturbRejection")
    )

    assert (number["statusCode"], name["status"]) == (409, "DoNotDisturbRejection")


def test_too_many_requests_and_5xx_are_plain_text():
    throttled = said("africas_talking", refused(Reason.THROTTLED))
    broken = said("africas_talking", refused(Reason.SERVER_ERROR, code="500"))

    assert (throttled.status, throttled.content_type) == (429, "text/plain")
    assert (broken.status, broken.body) == (500, "Internal Server Error")


def test_cost_counts_the_parts():
    answer = json_of(said("africas_talking", accepted(), segments=3, cost_micros=2_400_000))

    (recipient,) = answer["SMSMessageData"]["Recipients"]
    assert (recipient["cost"], recipient["messageParts"]) == ("KES 2.4000", 3)


def test_delivered_is_success():
    assert form_of(report(E.DELIVERED), address="+254711000100") == {
        "id": "ATXid_9f1c",
        "status": "Success",
        "phoneNumber": "+254711000100",
        "networkCode": "63902",
    }


@pytest.mark.parametrize(
    ("event", "status", "failure"),
    [
        (report(E.SENT), "Sent", None),
        (report(E.DEFERRED, reason=Reason.MAILBOX_FULL), "Buffered", None),
        (report(E.FAILED, reason=Reason.UNKNOWN_SUBSCRIBER), "Failed", "UserDoesNotExist"),
        (report(E.FAILED, reason=Reason.SPAM), "Rejected", "UserInBlackList"),
        (report(E.FAILED, reason=Reason.BLOCKED), "Rejected", "UserInBlackList"),
        (report(E.FAILED, reason=Reason.INSUFFICIENT_CREDIT), "Failed", "InsufficientCredit"),
        (report(E.FAILED), "Failed", "DeliveryFailure"),
        (report(E.FAILED, code="NotNetworkSubcriber"), "Failed", "NotNetworkSubcriber"),
        (report(E.FAILED, reason=Reason.ABSENT_SUBSCRIBER), "AbsentSubscriber", None),
        (report(E.EXPIRED, reason=Reason.ABSENT_SUBSCRIBER), "AbsentSubscriber", None),
        (report(E.EXPIRED), "Expired", None),
    ],
)
def test_status_of_a_report(event, status: str, failure: str | None):
    form = form_of(event)

    assert (form["status"], form.get("failureReason")) == (status, failure)


@pytest.mark.parametrize(
    ("number", "network"),
    [
        ("+254711000100", "63902"),
        ("+254733000100", "63903"),
        ("+254757000100", "63902"),
        ("+254750000100", "63903"),
        ("+254763000100", "63999"),
        ("+254770000100", "63907"),
        ("+256772000100", "64110"),
        ("+255754000100", "64004"),
        ("+12025550100", "99999"),
    ],
)
def test_network_code(number: str, network: str):
    assert form_of(report(E.DELIVERED), address=number)["networkCode"] == network


def test_words_are_names_twice():
    words = words_of(VOICES["africas_talking"], report(E.FAILED, reason=Reason.UNKNOWN_SUBSCRIBER))

    assert words == ("UserDoesNotExist", "UserDoesNotExist")


def test_a_black_list_is_spelled_as_where_it_is_told():
    events = (refused(Reason.BLOCKED), report(E.FAILED, reason=Reason.BLOCKED))

    assert [words_of(VOICES["africas_talking"], event).code for event in events] == [
        "UserInBlacklist",
        "UserInBlackList",
    ]


@pytest.mark.parametrize("reason", [Reason.INSUFFICIENT_CREDIT, Reason.UNKNOWN_SUBSCRIBER, Reason.SPAM])
def test_words_of_a_refusal_are_those_of_the_answer(reason: Reason):
    event = refused(reason)

    (recipient,) = json_of(said("africas_talking", event))["SMSMessageData"]["Recipients"]
    assert words_of(VOICES["africas_talking"], event).code == recipient["status"]


def test_message_id_form():
    assert re.fullmatch(r"ATXid_[0-9a-f]{32}", VOICES["africas_talking"].message_id(Ids(1, {})))
