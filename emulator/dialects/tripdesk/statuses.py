"""What a recipient's events amount to, in this API's words."""

from collections.abc import Iterator

from emulator.core.errors import Json
from emulator.core.lifecycle import COMMON as LIFECYCLE
from emulator.core.lifecycle import STATUS_OF_EVENT, may_follow
from emulator.core.records import Event, EventType, Recipient, Status
from emulator.dialects.tripdesk.vocabulary import CAUSES, EVENT_WORDS, GATEWAY_DOWN, OTHER_CAUSE, TEMPLATE_PAUSED
from emulator.providers.reasons import Reason

FAILURES = frozenset({Status.FAILED, Status.EXPIRED, Status.SUPPRESSED, Status.CANCELED})

_ERRORS = frozenset({EventType.RETRY_SCHEDULED, EventType.FAILED, EventType.EXPIRED})
_NOBODY_SAID = frozenset(
    {Reason.NO_ANSWER, Reason.CONNECTION_RESET, Reason.GARBLED_ANSWER, GATEWAY_DOWN, TEMPLATE_PAUSED}
)


def reached(recipient: Recipient) -> Iterator[Event]:
    """The events that moved the status, each status once, in order of time."""
    status: Status | None = None
    for event in recipient.events:
        wanted = STATUS_OF_EVENT.get(event.type)
        if wanted is None or (event.type is EventType.BOUNCED and not event.hard):
            continue
        if status is None or may_follow(LIFECYCLE, status, wanted):
            status = wanted
            if EVENT_WORDS[event.type] is not None:
                yield event


def first(recipient: Recipient, type: EventType) -> Event | None:
    """The first event of a type, or None."""
    return next((event for event in recipient.events if event.type is type), None)


def retry_count(recipient: Recipient) -> int:
    """How often the provider was called again."""
    return max(0, recipient.attempt - 1)


def last_error(recipient: Recipient) -> dict[str, Json] | None:
    """The last thing that went wrong on the way, or None."""
    event = next((event for event in reversed(recipient.events) if event.type in _ERRORS), None)
    if event is None:
        return None
    cause = CAUSES.get(event.reason or "", OTHER_CAUSE)
    return {
        "code": cause.code,
        "message": event.diagnostic or cause.text,
        "provider_code": _provider_code(recipient, event),
    }


def _provider_code(recipient: Recipient, event: Event) -> str | None:
    """The provider's own code, if it said anything that has one."""
    if event.code is not None or event.reason is None or event.reason in _NOBODY_SAID:
        return event.code
    from emulator.providers.voice import words_of  # noqa: PLC0415 - voices are read when something failed
    from emulator.providers.voices import voice  # noqa: PLC0415 - the same

    speaker = voice(recipient.provider or "")
    return words_of(speaker, event).code if event.reason in speaker.words else None


def bounce(recipient: Recipient) -> dict[str, Json] | None:
    """The permanent bounce of an e-mail, or None.

    Source: the vendor's page, read 2026-11, for "diagnostic info"; that it is that of RFC 3464 is assumed.
    """
    if recipient.status is not Status.BOUNCED:
        return None
    from emulator.providers.voices.smtp_replies import smtp_reply  # noqa: PLC0415 - only a bounce needs it

    event = next(event for event in reversed(recipient.events) if event.type is EventType.BOUNCED)
    reply = smtp_reply(event)
    return {
        "type": "permanent",
        "code": reply.status,
        "diagnostic": f"smtp; {reply.line}",
        "reporting_mta": f"mx.{recipient.address.rpartition('@')[2]}",
    }
