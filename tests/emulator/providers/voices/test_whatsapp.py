"""WhatsApp. Source: Meta, "WhatsApp Business Platform: Cloud API", read 2026-11."""

import hmac
import re
from typing import Any

import pytest

from emulator.core.ids import Ids
from emulator.core.records import Channel, Connection, Event, EventType
from emulator.providers.reasons import Reason
from emulator.providers.voice import Payload, words_of
from emulator.providers.voices import VOICES, payload
from emulator.providers.voices.whatsapp import APP_SECRET
from tests.builders import a_message, an_event
from tests.emulator.providers.voices.stories import a_connection, accepted, facts, json_of, refused, report, said

E = EventType
ID = "wamid.HBgLMTIwMjU1NTAxMDAVAgARGBI5QTNDQTVCM0Q="
TO = "+12025550100"


def told(event: Event, **changes: Any) -> Payload:
    message = a_message(channel=Channel.WHATSAPP)
    usual: dict[str, Any] = {"provider_message_id": ID, "address": TO, "message": message}
    return said("whatsapp", event, **usual | changes)


def status_of(event: Event, **changes: Any) -> Any:
    (entry,) = json_of(told(event, **changes))["entry"]
    (status,) = entry["changes"][0]["value"]["statuses"]
    return status


@pytest.mark.parametrize("name", ["whatsapp", "meta_waba"])
def test_message_id_form(name: str):
    assert re.fullmatch(r"wamid\.HBgL[0-9A-Za-z]{39}=", VOICES[name].message_id(Ids(1, {})))


def test_accepted():
    answer = told(accepted(), provider_message_id="wamid.HBgL")

    assert answer.status == 200
    assert json_of(answer) == {
        "messaging_product": "whatsapp",
        "contacts": [{"input": "+12025550100", "wa_id": "12025550100"}],
        "messages": [{"id": "wamid.HBgL", "message_status": "accepted"}],
    }


def test_refused():
    answer = told(refused(Reason.INVALID_ADDRESS))

    error = json_of(answer)["error"]
    assert len(error.pop("fbtrace_id")) == 27
    assert (answer.status, error) == (
        400,
        {
            "message": "(#131009) Parameter value is not valid",
            "type": "OAuthException",
            "code": 131009,
            "error_data": {"messaging_product": "whatsapp", "details": "Parameter value is not valid"},
        },
    )


@pytest.mark.parametrize(
    ("event", "status", "code"),
    [
        (refused(Reason.UNAUTHORISED), 401, 190),
        (refused(Reason.THROTTLED), 429, 130429),
        (refused(Reason.SENDER_REFUSED), 400, 131037),
        (refused(Reason.CONTENT_REFUSED), 400, 132007),
        (refused(Reason.SERVER_ERROR, code="503"), 503, 131016),
        (refused(Reason.SERVER_ERROR, code="500"), 500, 131000),
        (refused("made up"), 500, 131000),
        (refused("made up", code="132001"), 404, 132001),
        (refused(Reason.INVALID_ADDRESS, code="131021"), 400, 131021),
    ],
)
def test_http_status_and_code_of_a_refusal(event: Event, status: int, code: int):
    answer = told(event)

    assert (answer.status, json_of(answer)["error"]["code"]) == (status, code)


def test_delivered():
    content = json_of(told(report(E.DELIVERED)))

    conversation = content["entry"][0]["changes"][0]["value"]["statuses"][0]["conversation"]
    assert re.fullmatch(r"[0-9a-f]{32}", conversation.pop("id"))
    assert content == {
        "object": "whatsapp_business_account",
        "entry": [
            {
                "id": "102290129340398",
                "changes": [
                    {
                        "value": {
                            "messaging_product": "whatsapp",
                            "metadata": {
                                "display_phone_number": "12025550199",
                                "phone_number_id": "106540352242922",
                            },
                            "statuses": [
                                {
                                    "id": ID,
                                    "status": "delivered",
                                    "timestamp": "1795262400",
                                    "recipient_id": "12025550100",
                                    "conversation": {
                                        "expiration_timestamp": "1795348800",
                                        "origin": {"type": "utility"},
                                    },
                                    "pricing": {
                                        "billable": True,
                                        "pricing_model": "PMP",
                                        "type": "regular",
                                        "category": "utility",
                                    },
                                }
                            ],
                        },
                        "field": "messages",
                    }
                ],
            }
        ],
    }


def test_failed():
    assert status_of(report(E.FAILED, reason=Reason.WINDOW_CLOSED)) == {
        "id": ID,
        "status": "failed",
        "timestamp": "1795262400",
        "recipient_id": "12025550100",
        "errors": [
            {
                "code": 131047,
                "title": "Re-engagement message",
                "message": "Re-engagement message",
                "error_data": {
                    "details": "More than 24 hours have passed since the recipient last replied: send a template."
                },
                "href": "https://developers.facebook.com/docs/whatsapp/cloud-api/support/error-codes/",
            }
        ],
    }


@pytest.mark.parametrize(
    ("event", "code"),
    [
        (report(E.FAILED, reason=Reason.UNKNOWN_SUBSCRIBER), 131026),
        (report(E.FAILED, reason=Reason.NO_CAPABILITY), 131026),
        (report(E.FAILED, reason=Reason.SPAM), 131049),
        (report(E.FAILED, reason=Reason.BLOCKED), 131050),
        (report(E.FAILED, reason=Reason.DELIVERY_FAILURE), 131000),
        (report(E.FAILED), 131000),
        (report(E.BOUNCED, reason=Reason.MAILBOX_FULL), 131000),
        (report(E.EXPIRED, reason=Reason.ABSENT_SUBSCRIBER), 131026),
        (report(E.EXPIRED), 131026),
        (report(E.FAILED, code="130472"), 130472),
        # Refusals that Meta makes later, in a status.
        (refused(Reason.UNKNOWN_SUBSCRIBER), 131026),
        (refused(Reason.NO_CAPABILITY), 131026),
        (refused(Reason.BLOCKED), 131050),
        (refused(Reason.SPAM), 131049),
        (refused(Reason.WINDOW_CLOSED), 131047),
        (refused(Reason.INSUFFICIENT_CREDIT), 131042),
    ],
)
def test_code_of_a_failure(event: Event, code: int):
    status = status_of(event)

    assert (status["status"], [error["code"] for error in status["errors"]]) == ("failed", [code])
    assert "pricing" not in status


@pytest.mark.parametrize(
    ("type", "name"), [(E.SENT, "sent"), (E.DELIVERED, "delivered"), (E.READ, "read"), (E.EXPIRED, "failed")]
)
def test_status_word(type: EventType, name: str):
    assert status_of(report(type))["status"] == name


def test_one_conversation_has_all_statuses_of_a_message():
    sent, read = status_of(report(E.SENT)), status_of(report(E.READ))

    assert sent["conversation"] == read["conversation"]


def test_marketing_preference_is_told_in_a_field_of_its_own():
    (change,) = json_of(told(report(E.UNSUBSCRIBED)))["entry"][0]["changes"]

    (preference,) = change["value"]["user_preferences"]
    assert (change["field"], preference["wa_id"], preference["value"]) == ("user_preferences", "12025550100", "stop")


def test_numbers_and_accounts_are_the_connection_s():
    connection = a_connection(
        "whatsapp", public={"phone_number_id": "1", "business_account_id": "2", "display_phone_number": "3"}
    )

    (entry,) = json_of(told(report(E.READ), connection=connection))["entry"]

    assert (entry["id"], entry["changes"][0]["value"]["metadata"]) == (
        "2",
        {"display_phone_number": "3", "phone_number_id": "1"},
    )


def test_sender_of_the_message_is_the_number_that_is_shown():
    message = a_message(channel=Channel.WHATSAPP, sender="+12025550111")

    (entry,) = json_of(told(report(E.READ), message=message))["entry"]

    assert entry["changes"][0]["value"]["metadata"]["display_phone_number"] == "12025550111"


@pytest.mark.parametrize(
    ("connection", "secret"),
    [(None, APP_SECRET), (a_connection("whatsapp", secret={"app_secret": "app_secret"}), "app_secret")],
)
def test_webhook_is_signed_with_the_app_secret(connection: Connection | None, secret: str):
    post = told(report(E.DELIVERED), connection=connection)

    signature = hmac.new(secret.encode(), post.body.encode(), "sha256").hexdigest()
    assert post.headers == (("X-Hub-Signature-256", f"sha256={signature}"),)
    assert post.status is None


@pytest.mark.parametrize("type", [E.CLICKED, E.DEFERRED, E.COMPLAINED, E.OPENED])
def test_what_meta_does_not_tell(type: EventType):
    assert payload(facts("whatsapp", report(type))) is None


def test_reports():
    # A click is reported by whoever owns the link.
    assert VOICES["whatsapp"].reports == {
        E.SENT,
        E.DELIVERED,
        E.READ,
        E.BOUNCED,
        E.FAILED,
        E.EXPIRED,
        E.UNSUBSCRIBED,
        E.CLICKED,
    }


def test_words_are_number_and_title():
    event = an_event(type=E.FAILED, reason=Reason.SPAM)

    assert words_of(VOICES["meta_waba"], event) == (
        "131049",
        "This message was not delivered to maintain healthy ecosystem engagement",
    )
