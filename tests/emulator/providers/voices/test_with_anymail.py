"""The voices are understood by django-anymail, which real programs read these providers with.

Its words for Amazon SES need boto3 only to make a client, which a tracking webhook never does, so that one function is
replaced and boto3 is not needed.
"""

import json
from collections.abc import Iterator

import pytest
from django.conf import settings

if not settings.configured:
    settings.configure(USE_TZ=True, SECRET_KEY="only for tests", ANYMAIL={})

from anymail.exceptions import AnymailWebhookValidationFailure
from anymail.signals import AnymailTrackingEvent, tracking
from anymail.webhooks import amazon_ses, brevo, mailgun, mailjet, postmark, sendgrid
from django.test import RequestFactory

from emulator.core.records import Event, EventType
from emulator.providers.reasons import Reason
from emulator.providers.voice import Payload
from emulator.providers.voices.addresses import READER_AGENT
from emulator.providers.voices.mailgun import WEBHOOK_SIGNING_KEY
from tests.emulator.providers.voices.stories import (
    MAILBOX,
    REPORTED_AT,
    a_connection,
    facts,
    json_of,
    refused,
    report,
    said,
)

pytestmark = [
    pytest.mark.filterwarnings("ignore::anymail.exceptions.AnymailInsecureWebhookWarning"),
    pytest.mark.filterwarnings("ignore::anymail.exceptions.AnymailNotSupportedWarning"),
]

E = EventType
LINK = "https://example.com/gates"
VIEWS = {
    "ses": amazon_ses.AmazonSESTrackingWebhookView,
    "postmark": postmark.PostmarkTrackingWebhookView,
    "sendgrid": sendgrid.SendGridTrackingWebhookView,
    "mailgun": mailgun.MailgunTrackingWebhookView,
    "brevo": brevo.BrevoTrackingWebhookView,
    "mailjet": mailjet.MailjetTrackingWebhookView,
}
PROVIDERS = list(VIEWS)

DELIVERED = report(E.DELIVERED)
DEFERRED = report(E.DEFERRED, reason=Reason.MAILBOX_FULL)
HARD = report(E.BOUNCED, reason=Reason.UNKNOWN_SUBSCRIBER)
SOFT = report(E.BOUNCED, reason=Reason.MAILBOX_FULL, hard=False)
EXPIRED = report(E.EXPIRED, reason=Reason.ABSENT_SUBSCRIBER)
COMPLAINED = report(E.COMPLAINED, reason=Reason.SPAM)
UNSUBSCRIBED = report(E.UNSUBSCRIBED)
OPENED = report(E.OPENED)
CLICKED = report(E.CLICKED, url=LINK)
BLOCKED = refused(Reason.BLOCKED, at=REPORTED_AT)

# From an event to anymail's event type and reject reason; where a provider says it otherwise, see OTHERWISE.
USUALLY = {
    "delivered": (DELIVERED, "delivered", None),
    "deferred": (DEFERRED, "deferred", None),
    "hard bounce": (HARD, "bounced", "bounced"),
    "soft bounce": (SOFT, "bounced", "bounced"),
    "expired": (EXPIRED, "bounced", "bounced"),
    "complained": (COMPLAINED, "complained", "spam"),
    "unsubscribed": (UNSUBSCRIBED, "unsubscribed", None),
    "opened": (OPENED, "opened", None),
    "clicked": (CLICKED, "clicked", None),
    "blocked": (BLOCKED, "rejected", "blocked"),
}
OTHERWISE = {
    # SendGrid gives a reason for drops only; complaints carry none.
    ("sendgrid", "hard bounce"): ("bounced", None),
    ("sendgrid", "soft bounce"): ("bounced", None),
    ("sendgrid", "expired"): ("bounced", None),
    ("sendgrid", "complained"): ("complained", None),
    ("sendgrid", "blocked"): ("rejected", "bounced"),
    ("mailgun", "deferred"): ("deferred", "other"),
    ("mailgun", "expired"): ("bounced", "other"),
    ("mailgun", "complained"): ("complained", None),
    ("mailgun", "blocked"): ("bounced", "bounced"),
    ("mailjet", "deferred"): ("deferred", "other"),
    ("mailjet", "expired"): ("bounced", "other"),
    ("mailjet", "complained"): ("complained", None),
    ("postmark", "unsubscribed"): ("unsubscribed", "unsubscribed"),
    # anymail does not know these two events of SES.
    ("ses", "deferred"): ("unknown", None),
    ("ses", "unsubscribed"): ("unknown", None),
    ("ses", "blocked"): ("bounced", "bounced"),
}
# Postmark answers the call with a 422 instead.
CASES = [(p, name) for p in PROVIDERS for name in USUALLY if (p, name) != ("postmark", "blocked")]


@pytest.fixture(autouse=True)
def without_boto3(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(amazon_ses, "_get_anymail_boto3_params", lambda **_: ({}, {}))


@pytest.fixture
def heard() -> Iterator[list[AnymailTrackingEvent]]:
    events: list[AnymailTrackingEvent] = []

    def hear(event: AnymailTrackingEvent, **_: object) -> None:
        events.append(event)

    tracking.connect(hear)
    yield events
    tracking.disconnect(hear)


def post(provider: str, payload: Payload, key: str = WEBHOOK_SIGNING_KEY) -> int:
    options = {"webhook_signing_key": key} if provider == "mailgun" else {}
    request = RequestFactory().post("/", payload.body, content_type=payload.content_type, headers=dict(payload.headers))
    return VIEWS[provider].as_view(**options)(request).status_code


def understood(heard: list[AnymailTrackingEvent], provider: str, event: Event) -> AnymailTrackingEvent:
    assert post(provider, said(provider, event)) == 200
    (normalised,) = heard
    return normalised


def message_id(provider: str) -> str:
    id = facts(provider, DELIVERED).recipient.provider_message_id
    # anymail reads SendGrid's `smtp-id`, and puts Mailgun's angle brackets back.
    return {"sendgrid": f"<{id}@geopod-ismtpd-1>", "mailgun": f"<{id}>"}.get(provider, str(id))


@pytest.mark.parametrize(("provider", "case"), CASES)
def test_event_is_normalised(heard, provider: str, case: str):
    event, *usual = USUALLY[case]

    normalised = understood(heard, provider, event)

    assert (normalised.event_type, normalised.reject_reason) == OTHERWISE.get((provider, case), tuple(usual))
    assert normalised.recipient == MAILBOX
    assert normalised.message_id == message_id(provider)
    assert not normalised.metadata or provider == "sendgrid"


@pytest.mark.parametrize("provider", PROVIDERS)
@pytest.mark.parametrize("event", [DELIVERED, HARD, COMPLAINED, UNSUBSCRIBED, OPENED], ids=lambda e: e.type)
def test_time_is_the_event_s(heard, provider: str, event: Event):
    whole_seconds = provider in {"sendgrid", "mailjet"}

    normalised = understood(heard, provider, event)

    assert normalised.timestamp == (REPORTED_AT.replace(microsecond=0) if whole_seconds else REPORTED_AT)


@pytest.mark.parametrize("provider", PROVIDERS)
def test_clicked_link_is_found(heard, provider: str):
    assert understood(heard, provider, CLICKED).click_url == LINK


@pytest.mark.parametrize("provider", [name for name in PROVIDERS if name != "brevo"])
def test_reader_s_program_is_found(heard, provider: str):
    assert understood(heard, provider, OPENED).user_agent == READER_AGENT


@pytest.mark.parametrize("provider", [name for name in PROVIDERS if name != "mailjet"])
def test_receiving_server_s_words_are_found(heard, provider: str):
    assert "5.1.1 The email account that you tried to reach" in _mta_words(understood(heard, provider, HARD))


def _mta_words(event: AnymailTrackingEvent) -> str:
    assert event.mta_response is not None
    return event.mta_response


@pytest.mark.parametrize("provider", ["ses", "sendgrid", "mailgun", "postmark"])
def test_repeated_report_has_the_same_event_id(heard, provider: str):
    again = report(E.BOUNCED, reason=Reason.UNKNOWN_SUBSCRIBER, at=REPORTED_AT.replace(second=9), repeats=True)

    post(provider, said(provider, HARD))
    post(provider, said(provider, HARD, again))

    first, second = heard
    assert first.event_id == second.event_id is not None


def test_sendgrid_s_id_leads_back_to_the_answer(heard):
    answered = facts("sendgrid", DELIVERED).recipient.provider_message_id

    normalised = understood(heard, "sendgrid", DELIVERED)

    assert normalised.esp_event["sg_message_id"].partition(".filter")[0] == answered


def test_mailgun_signs_with_the_secret_of_the_connection(heard):
    connection = a_connection(secret={"webhook_secret": "its own"})

    status = post("mailgun", said("mailgun", DELIVERED, connection=connection), key="its own")

    assert status == 200
    assert [event.event_type for event in heard] == ["delivered"]


def test_mailgun_s_signature_is_refused_under_another_key(heard):
    with pytest.raises(AnymailWebhookValidationFailure):
        post("mailgun", said("mailgun", DELIVERED), key="another")

    assert heard == []


def test_ses_describes_the_bounce(heard):
    assert understood(heard, "ses", HARD).description == "Permanent: NoEmail"


def test_ses_event_is_a_string_in_the_envelope(heard):
    envelope = json_of(said("ses", DELIVERED))

    normalised = understood(heard, "ses", DELIVERED)

    assert json.loads(envelope["Message"]) == normalised.esp_event
