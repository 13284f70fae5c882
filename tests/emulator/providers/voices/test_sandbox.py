"""The sandbox's own plain JSON."""

import pytest

from emulator.core.records import Channel, EventType
from emulator.providers.reasons import Reason
from tests.builders import a_message
from tests.emulator.providers.voices.stories import accepted, json_of, refused, report, said

ID = "5b8e6c1e-2f43-4d0b-9c55-1f3f0c2f7a10"


def test_accepted():
    answer = said("sandbox", accepted(), provider_message_id=ID)

    content = json_of(answer)
    assert len(content.pop("event_id")) == 36
    assert (answer.status, content) == (
        202,
        {
            "event": "accepted",
            "provider": "sandbox",
            "channel": "sms",
            "message_id": ID,
            "recipient": "+254711000100",
            "occurred_at": "2026-11-21T12:00:00.100Z",
        },
    )


def test_refused_names_reason_code_and_description():
    answer = said("sandbox", refused(Reason.BLOCKED, code="X1", diagnostic="Not wanted"))

    content = json_of(answer)
    assert answer.status == 422
    assert (content["event"], content["reason"], content["code"], content["description"]) == (
        "refused",
        "blocked",
        "X1",
        "Not wanted",
    )


@pytest.mark.parametrize("channel", list(Channel))
@pytest.mark.parametrize("type", [EventType.DELIVERED, EventType.READ, EventType.BOUNCED, EventType.CLICKED])
def test_event_and_channel_are_in_our_words(channel: Channel, type: EventType):
    content = json_of(said("sandbox", report(type), message=a_message(channel=channel)))

    assert (content["event"], content["channel"]) == (type.value, channel.value)


def test_bounce_says_whether_it_is_permanent():
    hard, soft = (json_of(said("sandbox", report(EventType.BOUNCED, hard=hard))) for hard in (True, False))

    assert (hard["permanent"], soft["permanent"]) == (True, False)
