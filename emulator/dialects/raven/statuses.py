"""What a recipient's events amount to, in this API's words."""

from collections.abc import Iterator, Mapping

from emulator.core.lifecycle import STATUS_OF_EVENT
from emulator.core.records import Channel, Event, EventType, Message, Recipient, Status
from emulator.dialects.raven.vocabulary import NO_PROVIDER, REACTIONS, event_word, status_word
from emulator.gateway.speaking import SANDBOX
from emulator.providers.reasons import Reason

_SPEAKS_FOR_SANDBOX = {Channel.SMS: "africas_talking", Channel.EMAIL: "postmark", Channel.WHATSAPP: "meta_waba"}
_UNSUCCESSFUL = frozenset({Status.FAILED, Status.BOUNCED, Status.EXPIRED, Status.CANCELED})
_ENDS = frozenset({EventType.FAILED, EventType.EXPIRED, EventType.READ, EventType.SUPPRESSED, EventType.CANCELED})


def status_of(message: Message, recipient: Recipient) -> str:
    """The status: a complaint or an unsubscription is one here, if it came before any other end."""
    for event in recipient.events:
        if event.type in REACTIONS:
            return event_word(message.channel, event.type)
        if event.type in _ENDS or (event.type is EventType.BOUNCED and event.hard):
            break
    return status_word(message.channel, recipient.status)


def failure_reason(message: Message, recipient: Recipient) -> str | None:
    """Why a message failed or bounced, in the provider's words where there are any; else None."""
    if recipient.status not in _UNSUCCESSFUL:
        return None
    event = next(_events_to(recipient.status, recipient.events), None)
    return None if event is None else reason_text(message, recipient, event)


_OUR_WORDS: Mapping[str, str] = {
    Reason.NO_ANSWER: "Provider timeout",
    Reason.CONNECTION_RESET: "Provider connection reset",
    Reason.GARBLED_ANSWER: "Provider sent an unreadable answer",
}


def reason_text(message: Message, recipient: Recipient, event: Event) -> str | None:
    """The cause of an event. A text message has the provider's code word, mail the text.

    Source: Raven documentation, "Message status", read 2026-11; the wordings of time-out and 5xx are assumed.
    """
    if event.reason is not None and event.reason in _OUR_WORDS:
        return _OUR_WORDS[event.reason]
    if event.reason == Reason.SERVER_ERROR:
        return f"Provider error: {event.code}"
    if event.reason == NO_PROVIDER:
        return f"No provider configured for channel: {message.channel}"
    from emulator.providers.voice import words_of  # noqa: PLC0415 - voices are read when something failed
    from emulator.providers.voices import voice  # noqa: PLC0415 - the same

    words = words_of(voice(_speaker(message, recipient)), event)
    return (words.code if message.channel is Channel.SMS else words.text) or None


def _speaker(message: Message, recipient: Recipient) -> str:
    """Whose words are used: the sandbox says what the channel's usual provider would, so that both read alike."""
    name = recipient.provider or SANDBOX
    return _SPEAKS_FOR_SANDBOX.get(message.channel, name) if name == SANDBOX else name


def _events_to(status: Status, events: tuple[Event, ...]) -> Iterator[Event]:
    return (event for event in reversed(events) if STATUS_OF_EVENT.get(event.type) is status)
