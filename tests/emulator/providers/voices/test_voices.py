"""`emulator.providers.voices`: who speaks, and what holds for every provider."""

from base64 import b64decode
from email import message_from_string
from email.policy import default
from urllib.parse import parse_qs

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emulator.core.ids import Ids
from emulator.core.records import Channel, Content, Event, EventType, Origin
from emulator.providers.catalogue import OUTCOMES, script
from emulator.providers.reasons import Reason
from emulator.providers.script import Refuse, Report
from emulator.providers.voice import Payload, words_of
from emulator.providers.voices import VOICES, payload, stray_payload, voice
from tests.builders import a_mail, a_message, an_event
from tests.emulator.providers.voices.stories import (
    MAIL_PROVIDERS,
    MAILBOX,
    REPORTED_AT,
    a_connection,
    accepted,
    facts,
    json_of,
    refused,
    report,
    said,
)

E = EventType
PROVIDERS = sorted(VOICES)
WITH_HTTP = [name for name in PROVIDERS if name not in {"smtp", "safaricom", "airtel", "telkom", "unknown"}]
# What a provider never posts: either it cannot know it, or (a click on WhatsApp) somebody else saw it.
NO_WEBHOOKS = {
    "smtp": {E.DELIVERED, E.DEFERRED, E.OPENED, E.CLICKED, E.COMPLAINED, E.UNSUBSCRIBED},
    "fcm": set(EventType),
    "whatsapp": {E.CLICKED},
    "meta_waba": {E.CLICKED},
}
OURS = {Reason.SERVER_ERROR, Reason.NO_ANSWER, Reason.CONNECTION_RESET, Reason.GARBLED_ANSWER}
UNANSWERED = {Reason.NO_ANSWER, Reason.CONNECTION_RESET}


def reports_of(channel: Channel) -> set[EventType]:
    steps = [step for outcome in OUTCOMES for step in script(outcome.name, channel).steps]
    return {step.type for step in steps if isinstance(step, Report)}


def read(payload: Payload) -> object:
    """The body, as its content type says it is to be read."""
    match payload.content_type.partition(";")[0]:
        case "application/json":
            return json_of(payload)
        case "application/x-www-form-urlencoded":
            return parse_qs(payload.body, strict_parsing=True)
        case "message/rfc822":
            return message_from_string(payload.body, policy=default)
        case _:
            return payload.body


def test_table_names_each_voice_as_it_names_itself():
    assert {name: known.name for name, known in VOICES.items()} == {name: name for name in VOICES}


@pytest.mark.parametrize("provider", PROVIDERS)
def test_every_report_of_the_catalogue_is_said_on_every_channel_of_a_provider(provider: str):
    for channel in VOICES[provider].channels:
        unsaid = {type for type in reports_of(channel) if payload(facts(provider, report(type))) is None}

        assert unsaid == reports_of(channel) & NO_WEBHOOKS.get(provider, set())


@pytest.mark.parametrize("provider", PROVIDERS)
def test_every_refusal_is_said(provider: str):
    unsaid = {reason for reason in Reason if payload(facts(provider, refused(reason))) is None}

    assert unsaid == set(UNANSWERED)


@pytest.mark.parametrize("provider", sorted(set(PROVIDERS) - {"sandbox"}))
def test_every_reason_but_our_own_has_the_provider_s_words(provider: str):
    # Only a chat platform knows a time in which one may write freely.
    chat = {Reason.WINDOW_CLOSED} if Channel.WHATSAPP not in VOICES[provider].channels else set()

    assert set(VOICES[provider].words) == set(Reason) - OURS - chat


@pytest.mark.parametrize("provider", PROVIDERS)
def test_scripted_code_and_diagnostic_win(provider: str):
    event = report(E.BOUNCED, reason=Reason.MAILBOX_FULL, code="551", diagnostic="551 5.7.8 Go away")

    assert words_of(VOICES[provider], event) == ("551", "551 5.7.8 Go away")


@pytest.mark.parametrize("provider", PROVIDERS)
def test_message_ids_differ(provider: str):
    ids = Ids(7, {})

    assert len({VOICES[provider].message_id(ids) for _ in range(50)}) == 50


def test_what_was_really_posted_is_given_back():
    event = report(E.DELIVERED, raw='{"RecordType":"Delivery"}')

    assert said("postmark", event) == Payload(content_type="application/json", body='{"RecordType":"Delivery"}')


@pytest.mark.parametrize(
    ("raw", "content_type"),
    [
        ('[{"event":"open"}]', "application/json"),
        ("id=ATXid_1&status=Success", "application/x-www-form-urlencoded"),
        ("id:7fd4adb583 sub:001", "text/plain"),
    ],
)
def test_content_type_of_a_post_is_seen_from_it(raw: str, content_type: str):
    assert said("sandbox", report(E.DELIVERED, raw=raw)).content_type == content_type


@pytest.mark.parametrize("type", [E.QUEUED, E.SENDING, E.SUPPRESSED, E.CANCELED, E.EXPIRED])
def test_platform_s_own_events_carry_nothing(type: EventType):
    assert payload(facts("postmark", an_event(type=type))) is None


def test_call_without_an_answer_carries_nothing():
    event = an_event(type=E.RETRY_SCHEDULED, reason=Reason.NO_ANSWER, attempt=1)

    assert payload(facts("postmark", event)) is None


@pytest.mark.parametrize("provider", WITH_HTTP)
@pytest.mark.parametrize(
    "event",
    [
        an_event(type=E.RETRY_SCHEDULED, code="502", attempt=1),
        an_event(type=E.RETRY_SCHEDULED, origin=Origin.ANSWER, reason=Reason.SERVER_ERROR, code="502", attempt=1),
        an_event(type=E.FAILED, origin=Origin.ANSWER, reason=Reason.SERVER_ERROR, code="502", attempt=3),
    ],
)
def test_5xx_is_the_provider_s_answer(provider: str, event):
    answer = said(provider, event)

    assert answer.status == 502


@pytest.mark.parametrize("provider", [name for name in PROVIDERS if name not in {"smtp", "fcm"}])
def test_repeated_report_is_told_in_the_same_bytes(provider: str):
    first, second = report(E.DELIVERED), report(E.DELIVERED, at=REPORTED_AT.replace(second=1), repeats=True)

    assert said(provider, accepted(), first, second) == said(provider, accepted(), first)


@pytest.mark.parametrize("provider", ["ses", "sendgrid", "mailgun", "postmark", "sandbox"])
def test_each_deferral_has_an_id_of_its_own(provider: str):
    first = report(E.DEFERRED, reason=Reason.MAILBOX_FULL)
    second = report(E.DEFERRED, reason=Reason.MAILBOX_FULL, at=REPORTED_AT.replace(second=5))

    assert _event_id(said(provider, first)) != _event_id(said(provider, first, second))


def _event_id(payload: Payload) -> object:
    body = json_of(payload)
    content = body[0] if isinstance(body, list) else body
    names = ("MessageId", "sg_event_id", "ID", "event_id", "signature")
    return next(content[name] for name in names if name in content)


def test_soft_bounce_before_a_hard_one_is_not_repeated_by_it():
    soft, hard = report(E.BOUNCED, hard=False), report(E.BOUNCED)

    assert json_of(said("brevo", soft, hard))["event"] == "hard_bounce"


@pytest.mark.parametrize(
    ("provider", "status", "told"),
    [
        ("africas_talking", 401, "The supplied authentication is invalid"),
        ("ses", 403, "UnrecognizedClientException"),
        ("sendgrid", 401, "authorization grant is invalid"),
        ("mailgun", 401, "Forbidden"),
        ("postmark", 401, '"ErrorCode":10'),
        ("brevo", 401, '"code":"unauthorized"'),
        ("mailjet", 401, '"StatusCode":401'),
        ("smtp", None, "535 5.7.8 "),
        ("safaricom", None, "ESME_RINVBNDSTS"),
        ("whatsapp", 401, '"code":190'),
        ("fcm", 401, "UNAUTHENTICATED"),
        ("rbm", 401, "UNAUTHENTICATED"),
    ],
)
def test_credential_that_the_provider_refuses(provider: str, status: int | None, told: str):
    answer = said(provider, refused(Reason.UNAUTHORISED))

    assert answer.status == status
    assert told in f"{answer.headers} {answer.body}"


@pytest.mark.parametrize("provider", [name for name in WITH_HTTP if name != "sandbox"])
def test_limit_on_the_rate_is_answered_429(provider: str):
    event = an_event(type=E.RETRY_SCHEDULED, origin=Origin.ANSWER, reason=Reason.THROTTLED, attempt=1)

    assert said(provider, event).status == 429


@pytest.mark.parametrize("provider", WITH_HTTP)
def test_garbled_answer_is_a_200_that_is_no_answer_of_the_provider(provider: str):
    event = an_event(type=E.RETRY_SCHEDULED, origin=Origin.ANSWER, reason=Reason.GARBLED_ANSWER, attempt=1)

    answer = said(provider, event)

    assert (answer.status, answer.content_type, answer.body[:6]) == (200, "text/html", "<html>")


@pytest.mark.parametrize("provider", [name for name in PROVIDERS if name not in {"smtp", "fcm"}])
def test_stray_report_names_an_id_that_nobody_was_given(provider: str):
    ours = facts(provider, report(E.DELIVERED))

    stray = stray_payload(ours)

    assert stray is not None
    assert stray == stray_payload(ours)
    assert stray != payload(ours)
    assert (ours.recipient.provider_message_id or "") not in read_all(stray)


def test_provider_without_reports_makes_no_stray_ones():
    assert stray_payload(facts("fcm", report(E.DELIVERED))) is None


def read_all(payload: Payload) -> str:
    """The body, and what is hidden in it as base64."""
    body = payload.body
    return body + b64decode(json_of(payload)["message"]["data"]).decode() if '"data"' in body else body


@pytest.mark.parametrize("channel", [Channel.MESSENGER, Channel.TELEGRAM, Channel.WEBCHAT, Channel.BROADCAST])
def test_channel_without_a_provider_of_its_own_speaks_plainly_under_its_name(channel: Channel):
    answer = json_of(said(channel.value, report(E.DELIVERED), message=a_message(channel=channel)))

    assert (answer["event"], answer["provider"], answer["channel"]) == ("delivered", channel.value, channel.value)


def test_unknown_provider_speaks_plainly_under_its_name():
    answer = json_of(said("pigeon", report(E.DELIVERED)))

    assert (answer["event"], answer["provider"]) == ("delivered", "pigeon")
    assert voice("pigeon") is voice("pigeon")


def test_receipt_names_the_id_that_the_provider_gave():
    answer = json_of(said("postmark", report(E.DELIVERED), provider_message_id="known"))

    assert answer["MessageID"] == "known"


def test_message_refused_in_a_report_is_given_an_id_of_the_right_form():
    first = json_of(said("brevo", refused(Reason.BLOCKED), provider_message_id=None))
    again = json_of(said("brevo", refused(Reason.BLOCKED), provider_message_id=None))
    other = json_of(said("brevo", refused(Reason.BLOCKED), provider_message_id=None, message_id="msg-2"))

    assert first["message-id"].endswith("@smtp-relay.mailin.fr>")
    assert first == again
    assert first["message-id"] != other["message-id"]


ANY_EVENT = st.builds(
    an_event,
    type=st.sampled_from(list(EventType)),
    origin=st.sampled_from(list(Origin)),
    hard=st.booleans(),
    reason=st.none() | st.sampled_from([*Reason, "made up"]),
    code=st.none() | st.sampled_from(["550", "4.2.2", "x", "", "99999", "²"]),
    diagnostic=st.none() | st.text(max_size=20),
)
ANY_ADDRESS = st.text(max_size=12) | st.sampled_from(
    [MAILBOX, "Some One <a@example.com>", "+12025550100", "<", "@", "ü@münchen.example"]
)


@given(provider=st.sampled_from(PROVIDERS), event=ANY_EVENT, words=st.text(max_size=40), address=ANY_ADDRESS)
def test_anything_can_be_said_and_is_said_the_same_way_twice(provider: str, event: Event, words: str, address: str):
    message = a_mail(content=Content(subject=words, text=words, html=words or None), sender=address)
    known = facts(provider, event, message=message, connection=a_connection(), address=address)

    told = payload(known)

    assert told == payload(known)
    if told is not None:
        read(told)
        assert all(value.isprintable() for _, value in told.headers)


def test_mail_providers_speak_of_mail_only():
    assert {name for name in PROVIDERS if VOICES[name].channels == {Channel.EMAIL}} == set(MAIL_PROVIDERS)


@pytest.mark.parametrize(
    ("channel", "provider"),
    [
        (Channel.SMS, "africas_talking"),
        (Channel.EMAIL, "postmark"),
        (Channel.WHATSAPP, "whatsapp"),
        (Channel.PUSH, "fcm"),
        (Channel.RCS, "rbm"),
    ],
)
def test_causes_that_the_catalogue_names_are_said_in_the_provider_s_words(channel: Channel, provider: str):
    reasons = {
        step.reason
        for outcome in OUTCOMES
        for step in script(outcome.name, channel).steps
        if isinstance(step, Refuse | Report) and step.reason
    }

    assert reasons <= set(VOICES[provider].words)
