"""Which provider speaks for a recipient, and what it can report."""

from functools import lru_cache

from emulator.core.records import EventType, Message, Recipient
from emulator.gateway.policy import Policy
from emulator.providers.voice import Voice

SANDBOX = "sandbox"

_NOTHING: frozenset[EventType] = frozenset()


def voice_of(recipient: Recipient) -> Voice:
    """The voice of the provider that has a recipient's message."""
    return _voice(recipient.provider or SANDBOX)


@lru_cache
def _voice(provider: str) -> Voice:
    from emulator.providers.voices import voice  # noqa: PLC0415 - not before the first provider answers: 30 ms

    return voice(provider)


def can_report(policy: Policy, message: Message, voice: Voice, type: EventType) -> bool:
    """Whether the API takes such a report on the message's channel, and anybody ever makes it."""
    if type not in policy.reports.get(message.channel, _NOTHING):
        return False
    return can_say(voice, type) or type in policy.own_reports.get(message.channel, _NOTHING)


def can_say(voice: Voice, type: EventType) -> bool:
    """Whether a provider ever makes such a report."""
    return voice.reports is None or type in voice.reports
