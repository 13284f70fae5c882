"""Source: RFC 5321, RFC 3463."""

import pytest

from emulator.core.records import Event, EventType
from emulator.providers.reasons import Reason
from emulator.providers.voice import words_of
from emulator.providers.voices import voice
from emulator.providers.voices.smtp_replies import MAIL_WORDS, smtp_reply
from tests.emulator.providers.voices.stories import MAIL_PROVIDERS, refused, report

E = EventType


@pytest.mark.parametrize(
    ("event", "code", "status"),
    [
        (report(E.BOUNCED, reason=Reason.MAILBOX_FULL), 552, "5.2.2"),
        (report(E.BOUNCED, reason=Reason.MAILBOX_FULL, hard=False), 452, "4.2.2"),
        (report(E.DEFERRED, reason=Reason.MAILBOX_FULL, hard=True), 452, "4.2.2"),
        (report(E.FAILED, reason=Reason.UNKNOWN_SUBSCRIBER, hard=False), 550, "5.1.1"),
        (report(E.EXPIRED, reason=Reason.ABSENT_SUBSCRIBER), 451, "4.4.7"),
        (report(E.EXPIRED, hard=True), 550, "5.4.7"),
        (report(E.DEFERRED, reason=Reason.GREYLISTED), 450, "4.7.1"),
        (report(E.BOUNCED, reason=Reason.NO_CAPABILITY), 556, "5.1.10"),
        (report(E.FAILED, reason=Reason.UNAUTHORISED), 535, "5.7.8"),
        (report(E.BOUNCED, reason="made up"), 550, "5.0.0"),
    ],
)
def test_class_follows_the_event_and_detail_the_reason(event, code: int, status: str):
    reply = smtp_reply(event)

    assert (reply.code, reply.status) == (code, status)
    assert reply.line.startswith(f"{code} {status} ")
    assert reply.text == reply.line.removeprefix(f"{code} ")


@pytest.mark.parametrize(
    ("changes", "reply"),
    [
        ({"diagnostic": "551 5.7.8 Go away"}, (551, "5.7.8", "551 5.7.8 Go away")),
        ({"diagnostic": "551 Go away"}, (551, "5.1.1", "551 Go away")),
        ({"diagnostic": "Go away"}, (550, "5.1.1", "550 5.1.1 Go away")),
        ({"code": "551", "diagnostic": "Go away"}, (551, "5.1.1", "551 5.1.1 Go away")),
        ({"code": "5.2.1", "diagnostic": "Disabled"}, (550, "5.2.1", "550 5.2.1 Disabled")),
        ({"code": "4.2.1", "diagnostic": "Busy"}, (450, "4.2.1", "450 4.2.1 Busy")),
    ],
)
def test_scripted_code_and_diagnostic_win(changes: dict[str, str], reply: tuple[int, str, str]):
    assert smtp_reply(report(E.BOUNCED, reason=Reason.UNKNOWN_SUBSCRIBER, **changes)) == reply


def test_words_are_the_reply_code_and_the_whole_line():
    assert MAIL_WORDS[Reason.UNKNOWN_SUBSCRIBER] == (
        "550",
        "550 5.1.1 The email account that you tried to reach does not exist",
    )
    assert MAIL_WORDS[Reason.MAILBOX_FULL].code == "452"


@pytest.mark.parametrize("provider", MAIL_PROVIDERS)
@pytest.mark.parametrize(
    "event",
    [
        report(E.EXPIRED, reason=Reason.ABSENT_SUBSCRIBER),
        report(E.BOUNCED, reason=Reason.MAILBOX_FULL),
        report(E.BOUNCED, hard=False, reason=Reason.UNKNOWN_SUBSCRIBER),
        report(E.BOUNCED, reason=Reason.UNKNOWN_SUBSCRIBER, code="551"),
    ],
)
def test_words_of_a_report_are_the_reply_that_it_tells(provider: str, event: Event):
    words = words_of(voice(provider), event)

    assert words == (str(smtp_reply(event).code), smtp_reply(event).line)


@pytest.mark.parametrize(
    ("event", "text"),
    [
        (refused(Reason.INVALID_ADDRESS), "Invalid 'To' address."),
        (report(E.BOUNCED, reason=Reason.UNKNOWN_SUBSCRIBER, diagnostic="Go away"), "Go away"),
        (report(E.BOUNCED, reason="HardBounce"), "HardBounce"),
    ],
)
def test_a_providers_own_words_stay(event: Event, text: str):
    assert words_of(voice("postmark"), event).text == text
